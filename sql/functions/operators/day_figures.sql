-- What one day came to.

select private.drop_functions('day_figures');

-- day_figures: kind read; key day, zone; called by services/operators/send_digest
-- `unanswered`: telephones that got no answer because of country, kind of line or a cap.
-- `day` is a date of the calendar in `zone`: 23 or 25 hours where the clocks change. A call or text belongs to the day in
-- which it began. `abandoned`: the caller hung up and had said nothing. `wait`: from the first ring until somebody
-- answered; null where no call tells. Escalations that are open, and the oldest of them, are those of this moment. Costs
-- are positive, by currency; null prices are not in yet.
create function public.day_figures(day text, zone text) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    with span as (
        select (day_figures.day::date)::timestamp at time zone zone as began,
               (day_figures.day::date + 1)::timestamp at time zone zone as ended
    ), calls as (
        select c.* from public.call_history c, span s
         where coalesce(c.started_at, c.created_at) >= s.began and coalesce(c.started_at, c.created_at) < s.ended
    ), spoken as (
        select c.*, extract(epoch from c.answered_at - c.started_at) as wait_s,
               coalesce(c.call_status = 'failed' or c.end_reason in (
                   'model_failed', 'transport_lost', 'service_failed', 'failed'), false) as has_failed,
               c.direction = 'inbound' and c.ended_at is not null and coalesce(c.end_reason, '') not in ('blocked', 'capped')
                   and (c.end_reason = 'caller_hung_up' or c.call_status in ('canceled', 'no-answer'))
                   and not exists (select from public.transcripts t
                                    where t.session_id = c.id and t.speaker = 'caller') as is_abandoned
          from calls c
    ), texts as (
        select m.* from public.sms_history m, span s
         where m.created_at >= s.began and m.created_at < s.ended
    ), costs as (
        select coalesce(upper(p.unit), '') as currency, sum(p.calls) as calls, sum(p.texts) as texts
          from (select c.price_unit as unit, coalesce(c.cost, -c.price) as calls, 0 as texts from calls c
                 where coalesce(c.cost, c.price) is not null
                union all
                select m.price_unit, 0, -m.price from texts m where m.price is not null) p
         group by 1
    )
    select jsonb_build_object(
        'day', day_figures.day::date, 'zone', zone, 'began', (select s.began from span s),
        'ended', (select s.ended from span s),
        'calls', (
            select jsonb_build_object(
                       'inbound', count(*) filter (where k.direction = 'inbound'),
                       'outbound', count(*) filter (where k.direction = 'outbound'),
                       'answered', count(*) filter (where k.answered_at is not null),
                       'transferred', count(*) filter (where k.outcome = 'transferred'),
                       'abandoned', count(*) filter (where k.is_abandoned),
                       'failed', count(*) filter (where k.has_failed),
                       'minutes', round(coalesce(sum(k.duration), 0) / 60.0, 1),
                       'average_s', round(avg(k.duration) filter (where k.answered_at is not null)),
                       'wait_average_s', round(avg(k.wait_s) filter (where k.wait_s >= 0)),
                       'wait_longest_s', round(max(k.wait_s) filter (where k.wait_s >= 0)),
                       'messages', count(*) filter (where exists (
                           select from public.smart_notes n where n.session_id = k.id and n.category = 'message')))
              from spoken k),
        'escalations', (
            select jsonb_build_object(
                       'opened', count(*) filter (where e.created_at >= s.began and e.created_at < s.ended),
                       'call_backs', count(*) filter (
                           where e.reason = 'call_back' and e.created_at >= s.began and e.created_at < s.ended),
                       'open', count(*) filter (where e.state = 'open'),
                       'oldest_open_at', min(e.created_at) filter (where e.state = 'open'))
              from public.support_escalations e, span s),
        'texts', (
            select jsonb_build_object(
                       'inbound', count(*) filter (where m.direction = 'inbound'),
                       'outbound', count(*) filter (where m.direction = 'outbound'),
                       'failed', count(*) filter (where m.direction = 'outbound' and m.status in ('failed', 'undelivered')))
              from texts m),
        'unanswered', (select count(distinct u.number) from span s, private.unanswered(s.began, s.ended) u),
        'new_people', (select count(*) from public.user_profiles u, span s
                        where u.created_at >= s.began and u.created_at < s.ended),
        'opt_outs', (select count(distinct x.phone_number) from public.suppressions x, span s
                      where x.since >= s.began and x.since < s.ended and x.reason in ('STOP', 'spoken_request')),
        'codes', (
            select jsonb_build_object('sent', count(*), 'approved', count(*) filter (where v.status = 'approved'))
              from public.verifications v, span s where v.created_at >= s.began and v.created_at < s.ended),
        'costs', (
            select coalesce(jsonb_agg(jsonb_build_object(
                       'currency', c.currency, 'calls', c.calls, 'texts', c.texts, 'amount', c.calls + c.texts)
                       order by c.currency), '[]')
              from costs c))
$$;

select private.grant_to_service('day_figures');
