-- A call's turns on Gather: claim, commit sentences, finish, serve. The function is the transaction.

select private.drop_functions(
    'turn_view', 'claim_turn', 'renew_turn', 'add_turn_part', 'apply_call_results', 'finish_turn', 'serve_document',
    'read_turn', 'read_turn_part');

-- turn_view: kind read; key call_id, turn; called by claim_turn and read_turn
create function public.turn_view(call_id bigint, turn int, document int) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object(
        'call_id', t.call_id, 'turn', t.turn, 'closing', t.closing, 'started_at', t.started_at,
        'voice_id', coalesce(s.state #>> '{core,voice_id}', s.plan ->> 'voice_id'), 'language', s.plan ->> 'language',
        'running', t.closing is null and t.lease_until > clock_timestamp(),
        'parts_served', coalesce((
            select max(d.parts_served) from public.call_turn_documents d
             where d.call_id = t.call_id and d.turn = t.turn and d.document < turn_view.document), 0),
        'parts', coalesce((
            select jsonb_agg(jsonb_build_object('event', p.event, 'speech', p.speech) order by p.part)
              from public.call_turn_parts p where p.call_id = t.call_id and p.turn = t.turn), '[]'))
      from public.call_turns t
      join public.call_states s on s.call_id = t.call_id
     where t.call_id = turn_view.call_id and t.turn = turn_view.turn
$$;

-- A code is tried where its turn is opened, in one transaction: a repeated request finds the turn and tries nothing.
create or replace function private.opened_with(input jsonb, code jsonb, number text) returns jsonb
language plpgsql set search_path = '' as $$
begin
    return case when code is null then input else jsonb_build_array(jsonb_build_object(
        'event', 'CodeChecked', 'text', input #>> '{0,text}',
        'outcome', private.apply_code_check(
            (code ->> 'verification_id')::uuid, (code ->> 'ok')::boolean, number) ->> 'result')) end;
end $$;

-- claim_turn: kind claim; key call_sid, turn, token; called by webhooks/twilio/voice
create function public.claim_turn(
    call_sid text, turn int, document int, input jsonb, token uuid, lease_s double precision, force boolean,
    code jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    the_call bigint;
    number text;
    current_state public.call_states;
    running public.call_turns;
    served text;
begin
    select c.id, c.phone_number into the_call, number
      from public.call_history c where c.call_sid = claim_turn.call_sid;
    -- Locks the call: two processes that get the same request decide one after the other.
    select * into current_state from public.call_states s where s.call_id = the_call for update;
    if not found then
        return jsonb_build_object('result', 'unknown_call');
    end if;

    select d.body into served from public.call_turn_documents d
     where d.call_id = the_call and d.turn = claim_turn.turn and d.document = claim_turn.document;
    if found then
        return jsonb_build_object('result', 'served', 'body', served);
    end if;

    -- Locks the turn against its next part: whether it has any decides below.
    select * into running from public.call_turns t
     where t.call_id = the_call and t.turn = claim_turn.turn for no key update;
    if not found then
        if claim_turn.turn <> current_state.turn + 1 or claim_turn.document <> 0 then
            return jsonb_build_object(
                'result', 'stale', 'turn', current_state.turn, 'language', current_state.plan ->> 'language');
        end if;
        insert into public.call_turns (call_id, turn, input, token, lease_until)
        values (the_call, claim_turn.turn, private.opened_with(claim_turn.input, claim_turn.code, number),
                claim_turn.token, clock_timestamp() + make_interval(secs => claim_turn.lease_s))
        returning * into running;
    elsif running.closing is null and running.token <> claim_turn.token
          and (claim_turn.force or running.lease_until <= clock_timestamp()) then
        update public.call_turns t
           set token = claim_turn.token,
               lease_until = clock_timestamp() + make_interval(secs => claim_turn.lease_s),
               -- Asked to say it again, the caller may have said something else; it counts while nothing is answered.
               input = case when claim_turn.document > 0 or claim_turn.input @> '[{"event": "SilencePassed"}]'
                                 or t.input @> '[{"event": "CodeChecked"}]'
                                 or exists (select from public.call_turn_parts p
                                             where p.call_id = the_call and p.turn = claim_turn.turn)
                            then t.input else private.opened_with(claim_turn.input, claim_turn.code, number) end
         where t.call_id = the_call and t.turn = claim_turn.turn
        returning * into running;
    end if;

    return public.turn_view(the_call, claim_turn.turn, claim_turn.document) || jsonb_build_object(
        'result', case when running.closing is not null then 'finished'
                       when running.token = claim_turn.token then 'claimed' else 'running' end,
        'input', running.input, 'plan', current_state.plan, 'state', current_state.state,
        'previous', coalesce((
            select jsonb_agg(jsonb_build_object('speech', d.speech, 'served_at', d.served_at) order by d.document)
              from public.call_turn_documents d
             where d.call_id = the_call and d.turn = claim_turn.turn - 1), '[]'));
end $$;

-- renew_turn: kind claim; key call_id, turn, token; called by the process that generates the turn
create function public.renew_turn(call_id bigint, turn int, token uuid, lease_s double precision) returns jsonb
language plpgsql set search_path = '' as $$
begin
    update public.call_turns t
       set lease_until = clock_timestamp() + make_interval(secs => renew_turn.lease_s)
     where t.call_id = renew_turn.call_id and t.turn = renew_turn.turn and t.token = renew_turn.token
       and t.closing is null;
    return jsonb_build_object('result', case when found then 'renewed' else 'fenced' end);
end $$;

-- add_turn_part: kind claim; key call_id, turn, part; called by the process that generates the turn
create function public.add_turn_part(
    call_id bigint, turn int, token uuid, part int, event jsonb, speech jsonb, lease_s double precision
) returns jsonb
language plpgsql set search_path = '' as $$
begin
    if public.renew_turn(add_turn_part.call_id, add_turn_part.turn, add_turn_part.token, add_turn_part.lease_s)
       ->> 'result' = 'fenced' then
        return jsonb_build_object('result', 'fenced');
    end if;
    insert into public.call_turn_parts (call_id, turn, part, event, speech)
    values (add_turn_part.call_id, add_turn_part.turn, add_turn_part.part, add_turn_part.event, add_turn_part.speech)
    on conflict do nothing;
    return jsonb_build_object('result', 'added');
end $$;

-- apply_call_results: kind command; key call_id, utterance number; called by finish_turn
create function public.apply_call_results(call_id bigint, utterances jsonb, results jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
    insert into public.transcripts as t (
        session_id, sequence_number, speaker, content, confidence_score, heard, heard_source, latency_ms, is_final,
        start_time_seconds)
    select apply_call_results.call_id, (u ->> 'number')::int, u ->> 'speaker', u ->> 'text',
           (u ->> 'confidence')::numeric, u ->> 'heard', u ->> 'heard_source', (u ->> 'latency_ms')::int, true,
           extract(epoch from clock_timestamp() - c.started_at)
      from jsonb_array_elements(apply_call_results.utterances) u
      join public.call_history c on c.id = apply_call_results.call_id
    on conflict (session_id, sequence_number) do update
       set content = excluded.content, heard = coalesce(excluded.heard, t.heard),
           heard_source = coalesce(excluded.heard_source, t.heard_source),
           latency_ms = coalesce(excluded.latency_ms, t.latency_ms),
           start_time_seconds = coalesce(t.start_time_seconds, excluded.start_time_seconds);
    update public.call_history c
       set outcome = coalesce(apply_call_results.results ->> 'outcome', c.outcome),
           -- A reason that the call itself gives takes the place of one read off the carrier's status.
           end_reason = case when c.end_reason is null or c.end_reason_derived
                             then coalesce(apply_call_results.results ->> 'end_reason', c.end_reason)
                             else c.end_reason end,
           end_reason_derived = c.end_reason_derived and not apply_call_results.results ? 'end_reason'
     where c.id = apply_call_results.call_id and apply_call_results.results <> '{}';
    -- The caller may hang up while an answer is made: what is stored after the end belongs in the summary too.
    if apply_call_results.utterances <> '[]'
       and exists (select from public.call_history c where c.id = apply_call_results.call_id and c.ended_at is not null) then
        perform jobs.defer('summarise_call', jsonb_build_object('call_id', apply_call_results.call_id));
    end if;
    return jsonb_build_object('result', 'applied');
end $$;

-- finish_turn: kind claim; key call_id, turn, token; called by the process that generates the turn
create function public.finish_turn(
    call_id bigint, turn int, token uuid, first_part int, parts jsonb, closing jsonb, state jsonb,
    utterances jsonb, results jsonb, guidance jsonb default null, draft jsonb default null,
    operator_notice jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
begin
    -- In the order in which claim_turn locks.
    perform from public.call_states s where s.call_id = finish_turn.call_id for update;
    update public.call_turns t set closing = finish_turn.closing, finished_at = clock_timestamp()
     where t.call_id = finish_turn.call_id and t.turn = finish_turn.turn and t.token = finish_turn.token
       and t.closing is null;
    if not found then
        return jsonb_build_object('result', 'fenced');
    end if;
    insert into public.call_turn_parts (call_id, turn, part, event, speech)
    select finish_turn.call_id, finish_turn.turn, finish_turn.first_part + (p.position - 1)::int,
           p.part -> 'event', p.part -> 'speech'
      from jsonb_array_elements(finish_turn.parts) with ordinality as p (part, position)
    on conflict do nothing;
    update public.call_states s
       set state = finish_turn.state, turn = finish_turn.turn, updated_at = now()
     where s.call_id = finish_turn.call_id and s.turn = finish_turn.turn - 1;
    perform public.apply_call_results(finish_turn.call_id, finish_turn.utterances, finish_turn.results);
    perform private.keep_guidance(finish_turn.call_id, finish_turn.guidance);
    perform private.keep_message(
                finish_turn.call_id, 'message', n ->> 'key', n ->> 'text', finish_turn.operator_notice)
       from jsonb_array_elements(coalesce(finish_turn.results -> 'messages', '[]')) n;
    perform private.text_caller(finish_turn.call_id, finish_turn.results -> 'texts');
    -- The turn that a transfer's end opened is the one that <Dial> names too.
    perform private.escalate_call(
                finish_turn.call_id, why, concat(why, '-', finish_turn.turn), null, finish_turn.operator_notice)
       from jsonb_array_elements_text(coalesce(finish_turn.results -> 'escalations', '[]')) why;
    return jsonb_build_object('result', 'finished') || case when finish_turn.draft is null then '{}' else
        public.serve_document(
            finish_turn.call_id, finish_turn.turn, (draft ->> 'document')::int, draft ->> 'body',
            (draft ->> 'parts_served')::int, draft -> 'speech') - 'result' end;
end $$;

-- serve_document: kind claim; key call_id, turn, document; called by webhooks/twilio/voice
create function public.serve_document(
    call_id bigint, turn int, document int, body text, parts_served int, speech jsonb
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    stored text;
begin
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

-- read_turn: kind read; key call_id, turn; called by a process that waits for another's turn
create function public.read_turn(call_id bigint, turn int, document int) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(public.turn_view(read_turn.call_id, read_turn.turn, read_turn.document), '{}')
        || jsonb_build_object('body', (
            select d.body from public.call_turn_documents d
             where d.call_id = read_turn.call_id and d.turn = read_turn.turn and d.document = read_turn.document))
$$;

-- read_turn_part: kind read; key call_id, turn, part; called by /speech
create function public.read_turn_part(call_id bigint, turn int, part int) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object('speech', (
        select p.speech from public.call_turn_parts p
         where p.call_id = read_turn_part.call_id and p.turn = read_turn_part.turn and p.part = read_turn_part.part))
$$;

select private.grant_to_service(
    'turn_view', 'claim_turn', 'renew_turn', 'add_turn_part', 'apply_call_results', 'finish_turn', 'serve_document',
    'read_turn', 'read_turn_part');
select private.share_with_service('opened_with');
