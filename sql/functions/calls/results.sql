-- What a call came to: lists and single calls for people, summaries and prices for the worker, the reason it ended.

select private.drop_functions(
    'list_calls', 'find_calls', 'show_call', 'call_for_summary', 'save_summary', 'fail_summary', 'calls_without_price',
    'save_price', 'finish_call');

-- How much of a call a person still has to look at.
create or replace function private.open_escalations(the_call bigint) returns bigint
language sql stable set search_path = '' as $$
    select count(*) from public.support_escalations e where e.call_id = the_call and e.state = 'open'
$$;

-- list_calls: kind read; key actor, after; called by cli calls list, the simulator's phone page, api
-- A page (access/pages.sql), the call that began last first. What an actor sees is may_see_call's to say.
create function public.list_calls(
    actor jsonb default null, number text default null, status text default null, direction text default null,
    end_reason text default null, since timestamptz default null, until timestamptz default null,
    page_size int default 50, after jsonb default null, tag text default null, budget_ms double precision default 250
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
declare
    size constant int := private.page_size(list_calls.page_size);
    got record;
    page jsonb;
begin
    select f.ids, f.reached into got from private.found_calls(
        jsonb_strip_nulls(jsonb_build_object(
            'number', list_calls.number, 'state', list_calls.status, 'direction', list_calls.direction, 'end_reason', list_calls.end_reason,
            'since', list_calls.since, 'until', list_calls.until, 'tag', list_calls.tag)),
        list_calls.actor, size + 1, (list_calls.after ->> 'at')::timestamptz, coalesce((list_calls.after ->> 'id')::bigint, 0),
        list_calls.budget_ms) f;
    page := private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(to_jsonb(shown) - array['began', 'nth'], jsonb_build_object(
                   'at', shown.began, 'id', shown.id)) order by shown.nth), '[]')
          from (select c.id, c.public_id, c.call_sid, c.user_id, c.direction, c.phone_number, c.from_number, c.to_number,
                       c.call_status, c.duration, c.end_reason, c.outcome,
                       (select g.goal from public.summaries g where g.session_id = c.id) as goal, c.summary, c.price, c.price_unit,
                       c.started_at, c.answered_at, c.ended_at, c.created_at,
                       private.open_escalations(c.id) as open_escalations, private.tags_of_call(c.id) as tags,
                       coalesce(c.started_at, c.created_at) as began, f.nth
                  from unnest(got.ids) with ordinality f (id, nth) join public.call_history c on c.id = f.id) shown), size);
    if page -> 'next' = 'null' and got.reached is not null then
        page := page || jsonb_build_object('next', jsonb_build_object('at', got.reached, 'id', 9223372036854775807));
    end if;
    return page;
end $$;

-- find_calls: kind read; key prefix; called by cli calls show
-- Calls whose public id or CallSid begins so, however the letters are written: the last to begin first, `page_size` at
-- most. The ranges are those of the unique indexes. For the operator of the machine alone.
create function public.find_calls(prefix text, page_size int default 5) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
declare
    hex constant text := replace(lower(find_calls.prefix), '-', '');
    named constant text := 'CA' || lower(substr(find_calls.prefix, 3));
    found_calls jsonb;
begin
    with of_id as (
        select c.* from public.call_history c
         where hex ~ '^[0-9a-f]{1,32}$'
           and c.public_id between rpad(case when hex ~ '^[0-9a-f]{1,32}$' then hex else '' end, 32, '0')::uuid
                               and rpad(case when hex ~ '^[0-9a-f]{1,32}$' then hex else '' end, 32, 'f')::uuid
         limit greatest(1, page_size)),
    of_sid as (
        select c.* from public.call_history c
         where lower(find_calls.prefix) ~ '^ca[0-9a-f]{1,32}$'
           and c.call_sid >= named and c.call_sid <= named || repeat('f', 33) and starts_with(c.call_sid, named)
         limit greatest(1, page_size)),
    -- Of a provider that leads calls by itself the name is a uuid, too.
    of_led as (
        select c.* from public.call_history c
         where lower(find_calls.prefix) ~ '^[0-9a-f][0-9a-f-]{0,35}$' and c.transport = 'vapi'
           and c.call_sid >= lower(find_calls.prefix) and c.call_sid <= lower(find_calls.prefix) || repeat('f', 36)
           and starts_with(c.call_sid, lower(find_calls.prefix))
         limit greatest(1, page_size))
    select jsonb_agg(jsonb_build_object(
               'public_id', b.public_id, 'call_sid', b.call_sid, 'began_at', coalesce(b.started_at, b.created_at))
               order by coalesce(b.started_at, b.created_at) desc) into found_calls
      from (select * from of_id union select * from of_sid union select * from of_led) b;
    return jsonb_build_object('calls', coalesce(found_calls, '[]'));
end $$;

-- show_call: kind read; key public_id or call_sid; called by cli calls show, the demo, api
-- A call that the actor may not see is answered like one that does not exist.
create function public.show_call(
    public_id uuid default null, call_sid text default null, actor jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
#variable_conflict use_column
declare
    shown public.call_history;
begin
    select c.* into shown from public.call_history c
     where c.public_id = show_call.public_id or c.call_sid = show_call.call_sid limit 1;
    if shown.id is null or not private.may_see_call(actor, shown) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_call');
    end if;
    return jsonb_build_object(
        'call', to_jsonb(shown) || jsonb_build_object(
            'open_escalations', private.open_escalations(shown.id),
            'goal', (select s.goal from public.summaries s where s.session_id = shown.id)),
        'escalations', coalesce((
            select jsonb_agg(private.escalation_view(e) order by e.created_at, e.id)
              from public.support_escalations e where e.call_id = shown.id), '[]'),
        'transcripts', coalesce((
            select jsonb_agg(to_jsonb(t) order by t.sequence_number)
              from public.transcripts t where t.session_id = shown.id), '[]'),
        'speeds', coalesce((
            select jsonb_agg(jsonb_build_object(
                       'turn', t.turn, 'gap_ms', t.gap_ms, 'filler_ms', t.filler_ms, 'wait_ms', t.wait_ms, 'words_ms', t.words_ms,
                       'token_ms', t.token_ms, 'sentence_ms', t.sentence_ms, 'voice_ms', t.voice_ms, 'ours_ms', t.ours_ms,
                       'speculative', t.speculative, 'caller_began_at', t.caller_began_at,
                       'caller_ended_at', t.caller_ended_at, 'answered_at', t.answered_at) order by t.turn)
              from public.call_turns t where t.call_id = shown.id and t.gap_ms is not null), '[]'),
        'summary', (select to_jsonb(s) from public.summaries s where s.session_id = shown.id),
        'statuses', coalesce((
            select jsonb_agg(jsonb_build_object('type', e.event_type, 'received_at', e.received_at)
                             order by e.received_at, e.event_type)
              from public.webhook_events e where e.subject = shown.call_sid), '[]'));
end $$;

-- call_for_summary: kind read; key call_id; called by services/calls/summarise
create function public.call_for_summary(call_id bigint) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select coalesce((
        select jsonb_build_object(
                   'result', 'found', 'call_id', c.id, 'call_sid', c.call_sid, 'direction', c.direction,
                   'end_reason', c.end_reason, 'outcome', c.outcome, 'duration', c.duration,
                   'transcript', private.render_transcript(c.id),
                   'utterances', (select count(*) from public.transcripts t where t.session_id = c.id),
                   'language', p.language,
                   'template', (select st.plan -> 'template' from public.call_states st
                                 where st.call_id = c.id and c.direction = 'outbound'),
                   'summary_status', s.generation_status)
          from public.call_history c
          left join public.preferences p on p.user_id = c.user_id
          left join public.summaries s on s.session_id = c.id
         where c.id = call_for_summary.call_id),
        jsonb_build_object('result', 'refused', 'code', 'unknown_call'))
$$;

-- save_summary: kind command; key call_id; called by services/calls/summarise
-- The same job run twice leaves its last answer; call_history.summary is the short form. `quote`: words of the caller that
-- show what came of the call. `goal` and `goal_evidence`: of the template's goal; null: it states none.
create function public.save_summary(
    call_id bigint, title text, tldr text, key_decisions jsonb, action_items jsonb, follow_up_questions jsonb,
    outcome text, model_used text, seconds double precision, quote text default null, goal text default null,
    goal_evidence text default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    summarised public.call_history;
begin
    update public.call_history c
       set summary = save_summary.tldr, outcome = coalesce(c.outcome, save_summary.outcome)
     where c.id = save_summary.call_id
    returning c.* into summarised;
    if summarised.id is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_call');
    end if;
    insert into public.summaries as s (
        session_id, user_id, organization_id, title, tldr, key_decisions, action_items, follow_up_questions,
        conversation_highlights, full_transcript, generation_status, generation_error, model_used, generation_time_seconds, goal,
        goal_evidence)
    values (
        summarised.id, summarised.user_id, summarised.organization_id, left(save_summary.title, 255), save_summary.tldr,
        save_summary.key_decisions, save_summary.action_items, save_summary.follow_up_questions,
        case when save_summary.quote <> '' then jsonb_build_array(save_summary.quote) end,
        private.render_transcript(summarised.id), 'success', null, left(save_summary.model_used, 50),
        least(save_summary.seconds, 9999), save_summary.goal, save_summary.goal_evidence)
    on conflict (session_id) do update
       set title = excluded.title, tldr = excluded.tldr, key_decisions = excluded.key_decisions,
           action_items = excluded.action_items, follow_up_questions = excluded.follow_up_questions,
           conversation_highlights = excluded.conversation_highlights,
           full_transcript = excluded.full_transcript, generation_status = 'success', generation_error = null,
           model_used = excluded.model_used, generation_time_seconds = excluded.generation_time_seconds,
           goal = excluded.goal, goal_evidence = excluded.goal_evidence;
    perform private.note_goal(a.id) from public.call_attempts a where a.call_sid = summarised.call_sid;
    return jsonb_build_object('result', 'saved', 'call_id', summarised.id);
end $$;

-- fail_summary: kind command; key call_id; called by services/calls/summarise
-- A summary that exists is not spoilt by a later failure.
create function public.fail_summary(call_id bigint, error text) returns jsonb
language plpgsql set search_path = '' as $$
begin
    insert into public.summaries as s (session_id, user_id, organization_id, generation_status, generation_error)
    select c.id, c.user_id, c.organization_id, 'error', left(fail_summary.error, 500)
      from public.call_history c where c.id = fail_summary.call_id
    on conflict (session_id) do update
       set generation_status = 'error', generation_error = excluded.generation_error
     where s.generation_status <> 'success';
    return jsonb_build_object('result', case when found then 'noted' else 'unchanged' end);
end $$;

-- calls_without_price: kind read; key page_size; called by services/calls/price
-- The carrier prices a call some minutes after its end, and lists it for a year: younger and much older ones are left.
create function public.calls_without_price(page_size int default 100, ended_before timestamptz default null) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select coalesce(jsonb_agg(to_jsonb(due) order by due.ended_at, due.call_id), '[]')
      from (select c.id as call_id, c.call_sid, c.ended_at
              from public.call_history c
             where c.price is null and c.ended_at is not null
               and c.ended_at < coalesce(calls_without_price.ended_before, now() - interval '1 minute')
               and c.ended_at > now() - interval '30 days'
             order by c.ended_at, c.id
             limit greatest(1, least(coalesce(page_size, 100), 1000))) due
$$;

-- save_price: kind command; key call_id; called by services/calls/price
-- `price` is text as the carrier sends it, negative for a charge.
create function public.save_price(call_id bigint, price text, price_unit text, duration_s int default null) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
begin
    if save_price.price is null or save_price.price !~ '^[+-]?[0-9]{1,7}(\.[0-9]{1,10})?$' then
        return jsonb_build_object('result', 'refused', 'code', 'not_a_price');
    end if;
    update public.call_history c
       set price = save_price.price::numeric, price_unit = upper(save_price.price_unit),
           cost = abs(save_price.price::numeric), duration = coalesce(c.duration, save_price.duration_s)
     where c.id = save_price.call_id;
    if not found then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_call');
    end if;
    return jsonb_build_object('result', 'saved', 'call_id', save_price.call_id);
end $$;

-- finish_call: kind command; key call_sid; called by services/calls/end_overdue
-- Compare and swap: the first reason that the call itself gives stays; one read off a carrier's status gives way.
create function public.finish_call(call_sid text, reason text, outcome text default null) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    standing text;
begin
    update public.call_history c
       set end_reason = reason, end_reason_derived = false, outcome = coalesce(finish_call.outcome, c.outcome)
     where c.call_sid = finish_call.call_sid and (c.end_reason is null or c.end_reason_derived);
    if found then
        return jsonb_build_object('result', 'finished', 'end_reason', reason);
    end if;
    select c.end_reason into standing from public.call_history c where c.call_sid = finish_call.call_sid;
    return jsonb_build_object(
        'result', 'refused', 'code', case when standing is null then 'unknown_call' else 'already_finished' end,
        'end_reason', standing);
end $$;

select private.grant_to_service(
    'list_calls', 'find_calls', 'show_call', 'call_for_summary', 'save_summary', 'fail_summary', 'calls_without_price',
    'save_price', 'finish_call');
select private.share_with_service('open_escalations');
