-- Who turned to us and got no answer because of their country, their kind of line, or a cap.

select private.drop_functions('list_unanswered', 'count_unanswered');

-- Each occasion: a text that no answer could follow, an answer or a text of ours that was refused, a call or a dial that was
-- not let through, a code that was asked for. `why` is what the row says: not_textable, not_dialable, country, line, capped.
create or replace function private.unanswered(since timestamptz, upto timestamptz default 'infinity') returns table (
    number text, channel text, why text, at timestamptz, conversation_id uuid
)
language sql stable set search_path = '' as $$
    select c.person_number, c.channel, case e.reason when 'too_many_texts' then 'capped' else e.reason end, e.created_at, c.id
      from public.support_escalations e join public.conversations c on c.id = e.conversation_id
     where e.reason in ('not_textable', 'too_many_texts') and e.created_at >= unanswered.since and e.created_at < upto
    union all
    select m.phone_number, m.channel, m.error_code, m.updated_at, m.conversation_id from public.sms_history m
     where m.direction = 'outbound' and m.outbox_state = 'failed' and m.error_code in ('not_textable', 'capped')
       and coalesce(m.part, 0) = 0 and m.updated_at >= unanswered.since and m.updated_at < upto
    union all
    select h.phone_number, 'call', 'capped', h.created_at, null from public.call_history h
     where h.end_reason = 'capped' and h.created_at >= unanswered.since and h.created_at < upto
    union all
    select private.person_number(a.to_number), 'call', a.error, a.updated_at, null from public.call_attempts a
     where a.state = 'failed' and a.error = 'not_dialable' and a.updated_at >= unanswered.since and a.updated_at < upto
    union all
    select v.phone_number, 'code', v.blocked, v.blocked_at, null from public.verifications v
     where v.blocked in ('country', 'line') and v.blocked_at >= unanswered.since and v.blocked_at < upto
$$;

-- list_unanswered: kind read; key since, after; called by cli texts unanswered, api
-- A page (access/pages.sql): one row for a number and a reason, whoever was turned away last first; the last week, if
-- no `since` is told. For the whole service's
-- operators alone, as blocks are.
create function public.list_unanswered(
    since timestamptz default null, actor jsonb default null, number text default null, page_size int default 50,
    after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(page_size);
    after_at constant timestamptz := (after ->> 'at')::timestamptz;
begin
    if not private.is_service_wide(actor) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(to_jsonb(s) - 'place', jsonb_build_object('at', s.last_at, 'name', s.place))
                                  order by s.last_at desc, s.place), '[]')
          from (select g.* from (
                    select u.number, u.channel, u.why, count(*) as times, min(u.at) as first_at, max(u.at) as last_at,
                           (array_agg(u.conversation_id) filter (where u.conversation_id is not null))[1] as conversation_id,
                           concat_ws(':', u.number, u.channel, u.why) as place
                      from private.unanswered(coalesce(list_unanswered.since, now() - interval '7 days')) u
                     where list_unanswered.number is null or u.number = private.person_number(list_unanswered.number)
                     group by u.number, u.channel, u.why) g
                 where after_at is null or g.last_at < after_at
                    or (g.last_at = after_at and g.place > list_unanswered.after ->> 'name')
                 order by g.last_at desc, g.place limit size + 1) s), size);
end $$;

-- count_unanswered: kind read; key since; called by services/doctor/backlog, cli texts unanswered, api
-- How many telephones, and how often, all told and by reason.
create function public.count_unanswered(since timestamptz default null, actor jsonb default null) returns jsonb
language sql stable set search_path = '' as $$
    select case when not private.is_service_wide(actor) then jsonb_build_object('result', 'refused', 'code', 'not_allowed')
           else (with seen as materialized (
                     select * from private.unanswered(coalesce(count_unanswered.since, now() - interval '7 days')))
                 select jsonb_build_object(
                     'people', (select count(distinct s.number) from seen s), 'times', (select count(*) from seen),
                     'reasons', coalesce((
                         select jsonb_agg(jsonb_build_object('why', r.why, 'people', r.people, 'times', r.times) order by r.why)
                           from (select s.why, count(distinct s.number) as people, count(*) as times
                                   from seen s group by s.why) r), '[]'))) end
$$;

select private.share_with_service('unanswered');
select private.grant_to_service('list_unanswered', 'count_unanswered');
