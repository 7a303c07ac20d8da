-- What the worker has to know of calls: the facts beside a transcript, and the calls whose end nobody told.

select private.drop_functions('call_facts', 'overdue_calls');

-- call_facts: kind read; key call_id; called by services/calls/summarise, services/calls/price, cli calls show
create function public.call_facts(call_id bigint) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select coalesce((
        select jsonb_build_object(
                   'result', 'found', 'call_id', c.id, 'call_sid', c.call_sid, 'account', private.account_of_call(c.call_sid), 'call_status', c.call_status,
                   'answered', c.answered_at is not null, 'priced', c.price is not null,
                   'caller_utterances', (
                       select count(*) from public.transcripts t where t.session_id = c.id and t.speaker = 'caller'),
                   'notes', coalesce((
                       select jsonb_agg(jsonb_build_object(
                                  'category', n.category, 'content', n.content, 'is_manual', n.is_manual,
                                  'created_at', n.created_at) order by n.created_at, n.id)
                         from public.smart_notes n where n.session_id = c.id), '[]'))
          from public.call_history c where c.id = call_facts.call_id),
        jsonb_build_object('result', 'refused', 'code', 'unknown_call'))
$$;

-- overdue_calls: kind read; key none; called by services/calls/end_overdue
-- Two kinds: `too_long`, past the longest time that its template allows, and `quiet`, of which nothing was heard for a
-- while: it may well go on (a transferred caller talks), so somebody has to ask the carrier.
create function public.overdue_calls(
    max_call_s double precision, grace_s double precision default 120, quiet_s double precision default 300,
    page_size int default 50
) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    with open_calls as (
        select c.id, c.call_sid, c.call_status, c.answered_at is not null as answered,
               coalesce(c.started_at, c.created_at) as began,
               coalesce((s.plan -> 'template' -> 'limits' ->> 'max_duration_s')::double precision,
                        overdue_calls.max_call_s) as limit_s,
               greatest(c.updated_at, s.updated_at, s.stream_lease_until, (
                   select max(t.lease_until) from public.call_turns t where t.call_id = c.id)) as last_heard,
               -- A talk with a person has a limit of its own, which <Dial> keeps.
               coalesce((
                   select t.closing ->> 'kind' = 'transfer' from public.call_turns t
                    where t.call_id = c.id order by t.turn desc limit 1), false) as transferred
          from public.call_history c
          left join public.call_states s on s.call_id = c.id
         where c.ended_at is null
           -- Whoever leads a call by itself is asked about it elsewhere (dialling/providers/led_calls.sql).
           and c.transport is distinct from 'vapi'
           and (c.call_status is null or c.call_status in ('queued', 'initiated', 'ringing', 'in-progress'))
    ), overdue as (
        select o.*, case when o.call_status = 'in-progress' and not o.transferred
                          and o.began < now() - make_interval(secs => o.limit_s + overdue_calls.grace_s)
                         then 'too_long'
                         when o.last_heard < now() - make_interval(secs => overdue_calls.quiet_s) then 'quiet'
                    end as reason
          from open_calls o
    )
    select jsonb_build_object('result', 'found', 'calls', coalesce((
        select jsonb_agg(jsonb_build_object(
                   'call_id', page.id, 'call_sid', page.call_sid, 'call_status', page.call_status,
                   'answered', page.answered, 'reason', page.reason, 'account', private.account_of_call(page.call_sid))
               order by page.reason desc, page.began)
          from (select * from overdue where reason is not null
                 order by reason desc, began limit greatest(1, overdue_calls.page_size)) page), '[]'))
$$;

select private.grant_to_service('call_facts', 'overdue_calls');
