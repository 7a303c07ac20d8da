-- A call begins: its row, and what is known of caller and number at that moment.

select private.drop_functions('call_background', 'call_plan', 'begin_call', 'begin_gather_call', 'running_calls');

-- call_background: kind read; key number, user_id; called by begin_call
-- `theirs` is the caller's number in its one form.
-- `version_id`, `variables`: what a call of ours runs under; else what was published for the number. `organization`: for whom the
-- call is; only what was said to that one is known in it. `home`: the language of voices to choose where no other is known.
create function public.call_background(
    number text, user_id uuid, theirs text, version_id uuid default null, variables jsonb default null,
    organization uuid default null, home text default null
) returns jsonb
language sql stable set search_path = '' set plan_cache_mode = force_generic_plan as $$
    with dialled as (
        select n.id, n.template_id from public.provider_phone_numbers n
         where n.full_number = call_background.number and n.is_active limit 1),
    -- What was published, never the draft: for a call of ours the version that its attempt was claimed with.
    template as (
        select p.content || jsonb_build_object('id', p.template_id, 'version_id', p.id, 'version', p.version)
                   || case when call_background.variables is null then '{}'
                           else jsonb_build_object('params', coalesce(nullif(p.content -> 'params', 'null'), '{}')
                                                             || call_background.variables) end as content,
               v.voice_id as template_voice, v.language as template_language
          from public.call_template_versions p
          left join public.voice_options v on v.id = (p.content ->> 'voice_id')::uuid and v.is_active
         where p.id = coalesce(call_background.version_id, (
            select t.published_version_id from public.call_templates t where t.id = (select template_id from dialled)))),
    taste as (
        select p.language, v.voice_id from public.preferences p
          left join public.voice_options v on v.voice_id = p.voice_preference and v.is_active
         where p.user_id = call_background.user_id limit 1),
    thread as (
        select c.state, c.stopped, c.onboarding_by_call from public.conversations c
         where c.id = private.thread_of('sms', call_background.theirs, call_background.number)),
    texts_refused as (
        select exists (select from private.standing_suppressions(call_background.theirs, 'texts')) as yes),
    person as (
        select u.first_name, u.last_name, private.place_of(u, call_background.organization) as location from public.user_profiles u
         where u.user_id = call_background.user_id limit 1)
    select jsonb_build_object(
        'number_id', (select id from dialled),
        'template', (select content from template),
        'language', coalesce((select language from taste), (select template_language from template)),
        'voice_id', coalesce((select voice_id from taste), (select template_voice from template)),
        'person', (select to_jsonb(person) from person),
        'number', call_background.theirs,
        'wants_no_texts', (select yes from texts_refused),
        'code_runs', exists (select from public.verifications v
                              where v.phone_number = call_background.theirs and v.status = 'pending' and v.expires_at > now()),
        'onboarding', (
            select jsonb_build_object(
                       'status', u.onboarding_status, 'verified', u.phone_verified,
                       'state', (select state from thread),
                       'stopped', coalesce((select stopped from thread), false),
                       'onboarding_by_call', (select onboarding_by_call from thread),
                       'voices', case when u.onboarding_status = 'completed' then '[]' else public.voices_to_choose(
                           coalesce((select language from taste), (select content -> 'languages' ->> 0 from template),
                                    (select template_language from template), call_background.home, 'en')) end)
              from public.user_profiles u
             where u.user_id = call_background.user_id
               -- A person who wants no texts could not even be sent the code at the end of the questions.
               and not (select yes from texts_refused)),
        'voices', private.voices_of_languages((select content -> 'languages' from template)),
        'elsewhere', private.said_elsewhere(
            call_background.theirs, call_background.number, call_background.user_id, call_background.organization))
$$;

-- The first language of what was published for a number of ours; null where it names none.
create or replace function private.line_language(number text) returns text
language sql stable set search_path = '' as $$
    select p.content -> 'languages' ->> 0
      from public.provider_phone_numbers n
      join public.call_templates t on t.id = n.template_id
      join public.call_template_versions p on p.id = t.published_version_id
     where n.full_number = number and n.is_active limit 1
$$;

-- begin_call: kind claim; key call_sid; called by begin_gather_call
-- Stores the call and what is known as it begins, whatever carries it; a repeated request changes nothing, and who was refused is
-- answered so again, also when the block was lifted meanwhile. Answers {result: begun, call_id}. `caller_key` is what the caller
-- is blocked by and known as; for a blocked caller {result: blocked, answer}, for one call too many {result: capped, cap}, both
-- with the `language` of the number. `caps`: how many are let in (people/caps.sql), and what is set aside for each.
-- `home`: the language of the house.
-- `token`, `lease_s`, `input`: a process of the release before claims the first turn with them, while it is replaced.
create function public.begin_call(
    call_sid text, direction text, from_number text, to_number text, transport text, stir_verstat text,
    forwarded_from text, caller_name text, event_id text, token_index int, caller_key text default null,
    token uuid default null, lease_s double precision default null, input jsonb default null, caps jsonb default null,
    home text default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    ours text := private.our_side(begin_call.direction, begin_call.from_number, begin_call.to_number);
    theirs text := private.their_side(begin_call.direction, begin_call.from_number, begin_call.to_number);
    whose text := private.person_number(
        case when begin_call.direction = 'inbound' then coalesce(begin_call.caller_key, theirs) else theirs end);
    -- What is there of the call, and how its number stands with us.
    standing record;
    person uuid;
    background jsonb;
    the_call bigint;
    dial public.call_attempts;
    organization uuid;
    -- Whether the call is blocked or capped, and the answer to the one or the cap of the other.
    refused_for text;
    refused_with text;
    details constant jsonb := jsonb_strip_nulls(jsonb_build_object(
        'stir_verstat', begin_call.stir_verstat, 'forwarded_from', begin_call.forwarded_from,
        'caller_name', begin_call.caller_name));
    set_aside constant numeric := case when begin_call.direction = 'inbound'
                                       then coalesce((begin_call.caps ->> 'call_usd')::numeric, 0) else 0 end;
begin
    perform private.note_event(
        begin_call.event_id, 'voice', begin_call.call_sid, begin_call.token_index, jsonb_build_array(begin_call.direction));

    select s.call_id, a.id is not null as is_dialled,
           case when c.end_reason in ('blocked', 'capped') then c.end_reason end as refused_for,
           c.call_data ->> 'refused_with' as refused_with,
           -- As private.block_answer, which would be set up anew for each call.
           (select b.answer from public.blocked_callers b
             where b.number = any (private.known_as(whose)) and (b.until is null or b.until > now())) as blocked,
           (select l.user_id from public.phone_links l where l.phone_number = whose) as person
      into standing
      from (values (begin_call.call_sid)) asked (sid)
      left join public.call_history c on c.call_sid = asked.sid
      left join public.call_states s on s.call_id = c.id
      left join public.call_attempts a on a.call_sid = asked.sid
     limit 1;
    the_call := standing.call_id;
    if the_call is null then
        if begin_call.direction = 'inbound' then
            refused_for := coalesce(standing.refused_for, case when standing.blocked is not null then 'blocked' end);
            refused_with := case when standing.refused_for is null then standing.blocked else standing.refused_with end;
            if refused_for is null and begin_call.caps is not null then
                refused_with := private.let_in('calls', whose, begin_call.call_sid, begin_call.caps) ->> 'cap';
                refused_for := case when refused_with is not null then 'capped' end;
            end if;
            if refused_for is not null then
                if standing.refused_for is null then
                    perform private.refuse_call(
                        begin_call.call_sid, theirs, ours, whose, begin_call.transport, details, refused_for, refused_with,
                        begin_call.caps);
                end if;
                return jsonb_strip_nulls(jsonb_build_object(
                    'result', refused_for, 'language', private.line_language(ours),
                    case refused_for when 'blocked' then 'answer' else 'cap' end, refused_with));
            end if;
        end if;
        person := coalesce(standing.person, (public.ensure_user(whose) ->> 'user_id')::uuid);
        if standing.is_dialled then
            select a.* into dial from public.call_attempts a where a.call_sid = begin_call.call_sid;
        end if;
        if dial.id is null then
            organization := private.organization_of_number(ours);
        else
            organization := private.organization_of_dial(dial, ours);
        end if;
        background := public.call_background(
                ours, person, whose, dial.template_version_id, dial.variables, organization, begin_call.home)
             || jsonb_build_object('attestation', begin_call.stir_verstat);
        if dial.id is not null then
            background := private.within_held_minutes(background || private.dialled_background(dial), dial);
        end if;
        insert into public.call_history as c (
            call_sid, user_id, phone_number, phone_number_id, call_queue_id, template_id, template_version_id, direction,
            from_number, to_number, transport, call_status, started_at, answered_at, call_data, organization_id)
        values (
            begin_call.call_sid, person, whose, (background ->> 'number_id')::uuid, dial.call_queue_id,
            (background -> 'template' ->> 'id')::uuid, (background -> 'template' ->> 'version_id')::uuid, begin_call.direction,
            begin_call.from_number, begin_call.to_number, begin_call.transport, 'in-progress', now(), now(), details,
            organization)
        -- A status callback may have come first: its row is filled, and keeps a terminal status.
        on conflict on constraint call_history_call_sid_key do update
           set user_id = coalesce(c.user_id, excluded.user_id),
               phone_number = excluded.phone_number,
               phone_number_id = excluded.phone_number_id, call_queue_id = coalesce(c.call_queue_id, excluded.call_queue_id),
               template_id = excluded.template_id,
               template_version_id = excluded.template_version_id,
               direction = coalesce(c.direction, excluded.direction),
               from_number = coalesce(c.from_number, excluded.from_number),
               to_number = coalesce(c.to_number, excluded.to_number),
               transport = excluded.transport,
               answered_at = least(c.answered_at, excluded.answered_at),
               started_at = least(c.started_at, excluded.started_at),
               call_data = coalesce(c.call_data, '{}') || excluded.call_data,
               call_status = case when c.ended_at is null then 'in-progress' else c.call_status end
        returning id into the_call;
        insert into public.call_states (call_id, plan, reserved_usd) values (the_call, background, set_aside)
        on conflict do nothing;
        if found then
            perform private.spend('inbound', set_aside, the_call);
        end if;
    end if;
    if begin_call.token is not null then
        return public.claim_turn(
            begin_call.call_sid, 0, 0, begin_call.input, begin_call.token, begin_call.lease_s, false);
    end if;
    return jsonb_build_object('result', 'begun', 'call_id', the_call);
end $$;

-- begin_gather_call: kind claim; key call_sid, token; called by services/calls/gather/take
-- Begins a call and claims its first turn, in one round trip: the answer is claim_turn's, or what refuses the caller. With `claims`
-- false the first turn of a call that begins is told as next_turn tells it, for whoever opens it as it ends.
-- `offer`: {"usual", "usable", "token_hash", "token_s"}, where sockets can carry calls; a call that one is to carry gets
-- {result: offered, call_id, transport, plan} and no turn.
create function public.begin_gather_call(
    call_sid text, direction text, from_number text, to_number text, transport text, stir_verstat text,
    forwarded_from text, caller_name text, event_id text, token_index int, token uuid, lease_s double precision,
    input jsonb, caller_key text default null, caps jsonb default null, offer jsonb default null, home text default null,
    claims boolean default true
) returns jsonb
language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_variable
declare
    first_turn jsonb := '{}';
    begun constant jsonb := public.begin_call(
        call_sid, direction, from_number, to_number, transport, stir_verstat, forwarded_from, caller_name, event_id,
        token_index, caller_key, caps => caps, home => home);
    the_call constant bigint := (begun ->> 'call_id')::bigint;
    chosen constant text := case when offer is not null and begun ->> 'result' = 'begun'
                                 then private.offered_transport(the_call, offer) end;
begin
    if chosen is not null then
        update public.call_history c set transport = chosen where c.id = the_call and c.transport <> chosen;
        perform private.keep_offer(the_call, chosen, offer);
        return jsonb_build_object(
            'result', 'offered', 'call_id', the_call, 'transport', chosen,
            'plan', (select s.plan from public.call_states s where s.call_id = the_call));
    end if;
    if begun ->> 'result' in ('blocked', 'capped') then
        return begun;
    end if;
    if not claims then
        first_turn := public.next_turn(call_sid, 0);
        -- As a claim: what is answered is committed later, and waits for the disk.
        perform set_config('synchronous_commit', 'off', true);
    end if;
    return case when first_turn <> '{}' then first_turn
                else public.claim_turn(call_sid, 0, 0, input, token, lease_s, false) end;
end $$;

-- running_calls: kind read; key call_sids; called by services/calls/live
-- Which of these calls have not ended, as {"calls": [sid, …]}.
create function public.running_calls(call_sids jsonb) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object('calls', coalesce(jsonb_agg(c.call_sid), '[]'))
      from public.call_history c
     where c.call_sid in (select jsonb_array_elements_text(running_calls.call_sids)) and c.ended_at is null
$$;

select private.grant_to_service('call_background', 'begin_call', 'begin_gather_call', 'running_calls');
select private.share_with_service('line_language');
