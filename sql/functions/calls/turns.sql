-- A call's turns on Gather: claim, commit sentences, finish, serve. The function is the transaction.

select private.drop_functions(
    'turn_view', 'claim_turn', 'renew_turn', 'add_turn_part', 'apply_call_results', 'finish_turn', 'serve_document');
drop function if exists private.opened_with(jsonb, jsonb, text), private.turn_documents(bigint, int);

-- claim_turn: kind claim; key call_sid, turn, token; called by services/calls/gather/serve, begin_gather_call
-- `input`: the events that open the turn; `said` and `confidence`: the words among them; `silent`: the caller did nothing.
-- `code`: {"verification_id", "ok"}, tried where its turn is opened, in one transaction: a repeated request finds the
-- turn and tries nothing. `words`: a digest of them; an answer that was begun to the same words opens the turn with them.
create function public.claim_turn(
    call_sid text, turn int, document int, input jsonb, token uuid, lease_s double precision, force boolean,
    code jsonb default null, said text default null, confidence double precision default null,
    silent boolean default false, words text default null
) returns jsonb
language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan as $$
declare
    standing record;
    speculation jsonb;
    stepped jsonb;
    -- The turn that is there, with the document that is asked for and what waits to open it.
    asked record;
    waiting record;
    is_new boolean;
    is_ours boolean;
    lease constant timestamptz := clock_timestamp() + make_interval(secs => claim_turn.lease_s);
begin
    -- Locks the call: two processes that get the same request decide one after the other.
    select s.call_id, s.turn, s.plan, s.state, s.spent_usd, coalesce(s.voice_id, s.plan ->> 'voice_id') as voice_id,
           coalesce(s.language, s.plan ->> 'language') as language, s.stream_lease, c.phone_number into standing
      from public.call_history c join public.call_states s on s.call_id = c.id
     where c.call_sid = claim_turn.call_sid for update of s;
    if not found then
        return jsonb_build_object('result', 'unknown_call');
    end if;

    -- Nearly every turn is new, and nothing waits for it: one statement that runs after the lock looks for all of it.
    select exists (select from public.call_turns t where t.call_id = standing.call_id and t.turn = claim_turn.turn) as is_there,
           exists (select from public.call_commands k where k.call_id = standing.call_id and k.done_at is null) as has_commands,
           exists (select from public.call_speculations g
                    where g.call_id = standing.call_id and g.turn = claim_turn.turn) as has_answer,
           (select coalesce(jsonb_agg(jsonb_build_object('speech', d.speech, 'served_at', d.served_at) order by d.document), '[]')
              from private.served_documents d
             where d.call_id = standing.call_id and d.turn = claim_turn.turn - 1) as previous
      into waiting;
    is_new := not waiting.is_there;
    if not is_new then
        -- Locks the turn against its next part: whether it has any decides below.
        select t.input, t.code_outcome, t.token, t.lease_until, t.closing, t.started_at,
               case when claim_turn.document = 0 then coalesce(t.document, d.body) else d.body end as body into asked
          from public.call_turns t
          left join public.call_turn_documents d
            on d.call_id = t.call_id and d.turn = t.turn and d.document = claim_turn.document
         where t.call_id = standing.call_id and t.turn = claim_turn.turn for no key update of t;
        if asked.body is not null then
            return jsonb_build_object('result', 'served', 'body', asked.body);
        end if;
    end if;
    if is_new then
        if claim_turn.turn <> standing.turn + 1 or claim_turn.document <> 0 then
            return jsonb_build_object('result', 'stale', 'turn', standing.turn, 'language', standing.language);
        end if;
        if claim_turn.code is null then
            -- What is answered is committed later and waits for the disk: a claim that a crash takes away was answered to nobody.
            perform set_config('synchronous_commit', 'off', true);
        end if;
        stepped := '[]';
        if waiting.has_commands then
            stepped := private.commands_for_turn(standing.call_id, claim_turn.turn, claim_turn.token, true);
        end if;
        if waiting.has_answer then
            -- An answer that was begun before knows nothing of what an operator asks for.
            speculation := private.take_speculation(
                standing.call_id, claim_turn.turn, case when stepped = '[]' then claim_turn.words end);
        end if;
        insert into public.call_turns as t (
            call_id, turn, input, silent, said, confidence, code_outcome, token, lease_until)
        values (standing.call_id, claim_turn.turn, coalesce(speculation -> 'events', '[]') || claim_turn.input,
                claim_turn.silent, case when claim_turn.code is null then claim_turn.said end,
                case when claim_turn.code is null then claim_turn.confidence end,
                case when claim_turn.code is not null
                     then private.code_outcome(claim_turn.code, standing.phone_number) end,
                claim_turn.token, lease)
        returning t.input, t.code_outcome, t.token, t.lease_until, t.closing, t.started_at, null::text as body into asked;
    elsif asked.closing is null and asked.token <> claim_turn.token
          and (claim_turn.force or asked.lease_until <= clock_timestamp()) then
        update public.call_turns t set token = claim_turn.token, lease_until = lease
         where t.call_id = standing.call_id and t.turn = claim_turn.turn;
        -- Asked to say it again, the caller may have said something else; it counts while nothing is answered.
        if claim_turn.document = 0 and not claim_turn.silent and asked.code_outcome is null
           and not exists (select from public.call_turn_parts p
                            where p.call_id = standing.call_id and p.turn = claim_turn.turn) then
            update public.call_turns t
               set input = claim_turn.input, silent = false,
                   said = case when claim_turn.code is null then claim_turn.said end,
                   confidence = case when claim_turn.code is null then claim_turn.confidence end,
                   code_outcome = case when claim_turn.code is not null
                                       then private.code_outcome(claim_turn.code, standing.phone_number) end
             where t.call_id = standing.call_id and t.turn = claim_turn.turn;
        end if;
        select t.input, t.code_outcome, t.token, t.lease_until, t.closing, t.started_at, null::text as body into asked
          from public.call_turns t where t.call_id = standing.call_id and t.turn = claim_turn.turn;
    end if;

    is_ours := asked.token = claim_turn.token;
    if is_ours and standing.stream_lease is not null then
        -- The carrier asks for documents again: the socket that had the call is gone, whatever its process believes.
        update public.call_states s set stream_lease = null, stream_lease_until = null where s.call_id = standing.call_id;
    end if;
    return jsonb_build_object(
        'result', case when asked.closing is not null then 'finished' when is_ours then 'claimed' else 'running' end,
        'call_id', standing.call_id, 'turn', claim_turn.turn, 'closing', asked.closing, 'started_at', asked.started_at,
        'running', asked.closing is null and asked.lease_until > clock_timestamp(),
        'voice_id', standing.voice_id, 'language', standing.language,
        'parts', case when is_new then '[]' else private.turn_parts(standing.call_id, claim_turn.turn) end,
        'parts_served', case when is_new then 0
                             else private.parts_served(standing.call_id, claim_turn.turn, claim_turn.document) end,
        'commands', coalesce(stepped, case when is_ours and asked.closing is null then private.commands_for_turn(
            standing.call_id, claim_turn.turn, claim_turn.token, false) end, '[]'),
        'input', asked.input, 'code_outcome', asked.code_outcome, 'plan', standing.plan, 'state', standing.state,
        'spent_usd', standing.spent_usd, 'speculation', speculation - 'events',
        'previous', waiting.previous);
end $$;

-- renew_turn: kind claim; key call_id, turn, token; called by services/calls/gather/log
create function public.renew_turn(call_id bigint, turn int, token uuid, lease_s double precision) returns jsonb
language plpgsql set search_path = '' as $$
begin
    update public.call_turns t
       set lease_until = clock_timestamp() + make_interval(secs => renew_turn.lease_s)
     where t.call_id = renew_turn.call_id and t.turn = renew_turn.turn and t.token = renew_turn.token
       and t.closing is null;
    return jsonb_build_object('result', case when found then 'renewed' else 'fenced' end);
end $$;

-- add_turn_part: kind claim; key call_id, turn, part; called by services/calls/gather/log
create function public.add_turn_part(
    call_id bigint, turn int, token uuid, part int, event jsonb, speech jsonb, lease_s double precision
) returns jsonb
language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan as $$
begin
    update public.call_turns t
       set lease_until = clock_timestamp() + make_interval(secs => add_turn_part.lease_s)
     where t.call_id = add_turn_part.call_id and t.turn = add_turn_part.turn and t.token = add_turn_part.token
       and t.closing is null;
    if not found then
        return jsonb_build_object('result', 'fenced');
    end if;
    insert into public.call_turn_parts (call_id, turn, part, event, speech)
    values (add_turn_part.call_id, add_turn_part.turn, add_turn_part.part, add_turn_part.event, add_turn_part.speech)
    on conflict do nothing;
    return jsonb_build_object('result', 'added');
end $$;

-- finish_turn: kind claim; key call_id, turn, token; called by services/calls/gather/log
-- `voice_id` to `taking_message` and `language`: what SQL needs of `state`, as the columns of call_states say. `guidance`: where a caller
-- who is asked our questions stands, {"onboarding", "phase", "reminders", "effects"}.
-- `opening`: {"input", "silent", "state_at"} of a turn that nobody has claimed, from whoever ended the last one: it is opened as well, if
-- the row of the call is as it was written at `state_at` and nothing waits for the turn.
-- `used_usd`: what the turn has cost besides the carrier's minutes, of which each costs `minute_usd`.
create function public.finish_turn(
    call_id bigint, turn int, token uuid, first_part int, parts jsonb, closing jsonb, state jsonb,
    utterances jsonb, results jsonb, guidance jsonb default null, draft jsonb default null,
    operator_notice jsonb default null, voice_id text default null, next_number int default null,
    transferring boolean default false, taking_message boolean default false, used_usd double precision default 0,
    minute_usd double precision default 0, language text default null, held_by text default null,
    muted boolean default false, opening jsonb default null
) returns jsonb
language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan as $$
declare
    calling record;
    kept record;
    served text;
    -- The draft of a turn that is answered as a whole: it stands with the turn, in one row.
    whole jsonb := case when finish_turn.first_part = 0 and draft ->> 'document' = '0' then draft end;
begin
    -- In the order in which claim_turn locks. A report of the call's end waits for this turn, or this turn for it: words
    -- that are stored after the end belong in the summary too. `more`: what the call has cost since it was last asked, with
    -- the carrier's minutes that have begun.
    select c.started_at, c.ended_at, c.direction, s.turn, s.updated_at, m.minutes,
           finish_turn.used_usd::numeric
               + finish_turn.minute_usd::numeric * greatest(0, m.minutes - s.paid_minutes) as more into calling
      from public.call_states s join public.call_history c on c.id = s.call_id,
           -- As private.begun_minutes, which would be set up anew for each turn.
           lateral (select ceil(greatest(1, extract(
               epoch from coalesce(c.ended_at, clock_timestamp()) - c.answered_at)) / 60)::int as minutes) m
     where s.call_id = finish_turn.call_id for update of s for key share of c;
    if finish_turn.opening is not null then
        insert into public.call_turns (
            call_id, turn, input, silent, token, lease_until, closing, finished_at, parts, document, parts_served, speech)
        select finish_turn.call_id, finish_turn.turn, opening -> 'input', (opening ->> 'silent')::boolean, finish_turn.token,
               now(), finish_turn.closing, clock_timestamp(), case when whole is not null then finish_turn.parts end,
               whole ->> 'body', (whole ->> 'parts_served')::int, whole -> 'speech'
         where calling.turn = finish_turn.turn - 1 and calling.updated_at = (opening ->> 'state_at')::timestamptz
           and not exists (select from public.call_commands k where k.call_id = finish_turn.call_id and k.done_at is null)
           and not exists (select from public.call_speculations g
                            where g.call_id = finish_turn.call_id and g.turn = finish_turn.turn)
        on conflict do nothing;
    else
        -- Somebody who waited for the turn may have been answered meanwhile.
        if whole is not null and exists (
            select from public.call_turn_documents d
             where d.call_id = finish_turn.call_id and d.turn = finish_turn.turn and d.document = 0) then
            whole := null;
        end if;
        update public.call_turns t
           set closing = finish_turn.closing, finished_at = clock_timestamp(),
               parts = case when whole is not null then finish_turn.parts end, document = whole ->> 'body',
               parts_served = (whole ->> 'parts_served')::int, speech = whole -> 'speech'
         where t.call_id = finish_turn.call_id and t.turn = finish_turn.turn and t.token = finish_turn.token
           and t.closing is null;
    end if;
    if not found then
        return jsonb_build_object('result', 'fenced');
    end if;
    update public.call_states s
       set state = finish_turn.state, turn = finish_turn.turn, voice_id = finish_turn.voice_id,
           next_number = finish_turn.next_number, onboarding_phase = finish_turn.guidance ->> 'phase',
           transferring = finish_turn.transferring, taking_message = finish_turn.taking_message,
           held_by = finish_turn.held_by, muted = finish_turn.muted, updated_at = now(),
           language = coalesce(finish_turn.language, s.language),
           spent_usd = s.spent_usd + calling.more, paid_minutes = greatest(s.paid_minutes, calling.minutes),
           minute_usd = finish_turn.minute_usd
     where s.call_id = finish_turn.call_id and s.turn = finish_turn.turn - 1
    returning s.updated_at, s.spent_usd into kept;
    if finish_turn.utterances <> '[]' then
        perform private.keep_utterances(finish_turn.call_id, calling.started_at, finish_turn.utterances);
        if calling.ended_at is not null then
            perform private.follow_late_words(finish_turn.call_id);
            perform jobs.defer('summarise_call', jsonb_build_object('call_id', finish_turn.call_id));
        end if;
    end if;
    if finish_turn.guidance is not null then
        perform private.keep_guidance(finish_turn.call_id, finish_turn.guidance);
    end if;
    if finish_turn.results <> '{}' then
        perform private.keep_results(
            finish_turn.call_id, finish_turn.turn, finish_turn.results, finish_turn.operator_notice);
    end if;
    if whole is not null then
        served := whole ->> 'body';
    else
        insert into public.call_turn_parts (call_id, turn, part, event, speech)
        select finish_turn.call_id, finish_turn.turn, finish_turn.first_part + (p.position - 1)::int,
               p.part -> 'event', p.part -> 'speech'
          from jsonb_array_elements(finish_turn.parts) with ordinality as p (part, position)
        on conflict do nothing;
        if finish_turn.draft is not null then
            served := public.serve_document(
                finish_turn.call_id, finish_turn.turn, (draft ->> 'document')::int, draft ->> 'body',
                (draft ->> 'parts_served')::int, draft -> 'speech') ->> 'body';
        end if;
    end if;
    if calling.more > 0 then
        -- Last: other calls wait for these rows.
        perform private.take_from_purse(finish_turn.call_id, calling.direction, calling.more);
    end if;
    return jsonb_strip_nulls(jsonb_build_object(
        'result', 'finished', 'body', served, 'state_at', kept.updated_at, 'spent_usd', kept.spent_usd));
end $$;

-- serve_document: kind claim; key call_id, turn, document; called by services/calls/gather/serve, finish_turn
create function public.serve_document(
    call_id bigint, turn int, document int, body text, parts_served int, speech jsonb
) returns jsonb
language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan as $$
declare
    stored text;
begin
    if serve_document.document = 0 then
        -- Waits for the turn's end, which may have its first document with it.
        perform from public.call_states s where s.call_id = serve_document.call_id for update;
        select t.document into stored from public.call_turns t
         where t.call_id = serve_document.call_id and t.turn = serve_document.turn;
        if stored is not null then
            return jsonb_build_object('result', 'served', 'body', stored);
        end if;
    end if;
    insert into public.call_turn_documents as d (call_id, turn, document, body, parts_served, speech)
    values (serve_document.call_id, serve_document.turn, serve_document.document, serve_document.body,
            serve_document.parts_served, serve_document.speech)
    on conflict do nothing
    returning d.body into stored;
    if stored is null then
        select d.body into stored from public.call_turn_documents d
         where d.call_id = serve_document.call_id and d.turn = serve_document.turn
           and d.document = serve_document.document;
    end if;
    return jsonb_build_object('result', 'served', 'body', stored);
end $$;

select private.grant_to_service(
    'claim_turn', 'renew_turn', 'add_turn_part', 'finish_turn', 'serve_document');
select private.share_with_service('code_outcome');
