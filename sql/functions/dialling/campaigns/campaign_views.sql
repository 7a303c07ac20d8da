-- A campaign looked at: what would be dialled now, and what came of it so far.

select private.drop_functions('preview_campaign', 'campaign_report', 'campaigns_progress');

drop function if exists private.talk_takes_s();
-- What a call is expected to take and to cost, and what that rests on: up to two hundred of the newest calls that we made,
-- those with the template when there are five of them (`template`), else all (`calls`). While there are none, two minutes
-- (`assumed`) at a price for each begun minute (`list_price`). Only the currency that most of them have counts.
create or replace function private.expected_call(template uuid, minute_price double precision) returns jsonb
language sql stable set search_path = '' as $$
    with newest as materialized (
        select c.duration, c.cost, c.price_unit, c.template_id is not distinct from expected_call.template as own, c.id
          from (select h.id, h.duration, h.cost, h.price_unit, h.template_id, h.direction
                  from public.call_history h order by h.id desc limit 5000) c
         where c.direction = 'outbound' and c.duration > 0),
    talked as (
        select n.duration from newest n
         where n.own or (select count(*) from newest o where o.own) < 5 order by n.id desc limit 200),
    priced as materialized (
        select n.* from newest n
         where n.cost is not null
           and n.price_unit = (select mode() within group (order by u.price_unit) from newest u where u.cost is not null)),
    paid as (
        select p.cost, p.price_unit from priced p
         where p.own or (select count(*) from priced o where o.own) < 5 order by p.id desc limit 200),
    told as (
        select (select count(*) from newest n where n.own) >= 5 as talked_own, (select count(*) from priced p where p.own) >= 5 as paid_own,
               (select count(*) from talked) as talks, coalesce((select avg(t.duration) from talked t), 120)::double precision as talk_s,
               (select count(*) from paid) as prices, (select avg(p.cost) from paid p)::double precision as cost,
               (select max(p.price_unit) from paid p) as unit)
    select jsonb_build_object(
               'talk_s', t.talk_s, 'talks', t.talks,
               'talk_from', case when t.talked_own then 'template' when t.talks > 0 then 'calls' else 'assumed' end,
               'cost', coalesce(t.cost, minute_price * ceil(t.talk_s / 60)), 'currency', coalesce(t.unit, 'USD'), 'prices', t.prices,
               'cost_from', case when t.paid_own then 'template' when t.prices > 0 then 'calls' else 'list_price' end)
      from told t
$$;

-- preview_campaign: kind read; key id; called by cli campaigns, api
-- What a campaign would do if it ran now, by the very judgement that the claim goes by (reasons.sql): `now`, `later` with
-- the minute (null: nobody knows), `never` with the reason; how long it takes by its rate and lines, were it alone; and
-- what one call to each costs, `minute_price` (in US dollars) being asked while no call has a price.
-- Planned anew each time: of a hundred thousand people the judgement goes another way than of twenty.
create function public.preview_campaign(
    id uuid, limits jsonb default '{}', at timestamptz default null, actor jsonb default null, minute_price double precision default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan
set work_mem = '64MB' as $$
#variable_conflict use_column
declare
    moment constant timestamptz := coalesce(preview_campaign.at, clock_timestamp());
    one public.campaigns;
    told jsonb;
    lines int;
    rate double precision;
    callable int;
    expected jsonb;
begin
    select c.* into one from public.campaigns c where c.id = preview_campaign.id;
    if one.id is null or not private.may_see_campaign(actor, one) then
        return '{"result": "refused", "code": "unknown_campaign"}';
    end if;
    with judged as materialized (
        select j.over, j.reasons[1] as reason,
               case when not j.over and j.may_at > moment then date_trunc('minute', j.may_at + interval '59.999999 s') end as may_at
          from private.judge(array(select q.id from public.call_queue q
                                    where q.campaign_id = one.id and q.status = 'queued'), moment, true) j),
    groups as (
        select case when g.over then 'never' when g.reason is null then 'now' else 'later' end as fate, g.reason, g.may_at,
               count(*) as people
          from judged g group by 1, 2, 3)
    select jsonb_build_object(
               'now', coalesce(sum(g.people) filter (where g.fate = 'now'), 0),
               'later', coalesce(jsonb_agg(jsonb_build_object('reason', g.reason, 'at', g.may_at, 'people', g.people)
                                           order by g.may_at nulls last, g.reason) filter (where g.fate = 'later'), '[]'),
               'never', coalesce(jsonb_agg(jsonb_build_object('reason', g.reason, 'people', g.people)
                                           order by g.people desc, g.reason) filter (where g.fate = 'never'), '[]'),
               'waiting', coalesce(sum(g.people), 0),
               'callable', coalesce(sum(g.people) filter (where g.fate <> 'never'), 0))
      into told from groups g;
    told := private.as_plan_allows(told, one.user_id, moment);
    callable := (told ->> 'callable')::int;
    lines := least(one.concurrent, private.lines_for_all(limits, moment));
    expected := private.expected_call(one.template_id, preview_campaign.minute_price);
    rate := least(one.calls_per_second, (limits ->> 'calls_per_second')::double precision, lines / (expected ->> 'talk_s')::double precision);
    return told || jsonb_build_object(
        'result', 'previewed', 'at', moment, 'campaign', private.campaign_view(one), 'lines', lines,
        'held_by', private.provider_reasons((select t.provider_id from public.call_templates t where t.id = one.template_id), limits, moment),
        'takes_s', case when callable = 0 then 0 else ceil(callable / rate) end,
        'talk_s', round((expected ->> 'talk_s')::numeric), 'talk_from', expected -> 'talk_from',
        'cost', round((expected ->> 'cost')::numeric * callable, 2), 'currency', expected -> 'currency',
        'cost_from', expected -> 'cost_from',
        'calls_looked_at', jsonb_build_object('talk_s', expected -> 'talks', 'cost', expected -> 'prices'));
end $$;

create or replace function private.counted(names text[]) returns jsonb
language sql immutable set search_path = '' as $$
    select coalesce(jsonb_object_agg(n.name, n.times), '{}')
      from (select u.name, count(*) as times from unnest(names) u (name) where u.name is not null group by u.name) n
$$;

-- What came of a campaign so far. A scan of all calls is never the way to those of one campaign.
create or replace function private.campaign_figures(campaign uuid) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set enable_seqscan = off set work_mem = '32MB'
set plan_cache_mode = force_custom_plan as $$
declare
    entries jsonb;
    attempts jsonb;
begin
    with entry as materialized (
        select q.status, q.last_error, q.retry_count, q.next_attempt_at from public.call_queue q where q.campaign_id = campaign),
    redials as (select count(*) as people, min(e.next_attempt_at) as next_at from entry e
                 where e.status = 'queued' and e.retry_count > 0)
    select jsonb_build_object(
               'people', count(*), 'by_status', private.counted(array_agg(e.status)),
               'failed_by', private.counted(array_agg(e.last_error) filter (where e.status = 'failed')),
               'redials_to_come', (select to_jsonb(r) from redials r))
      into entries from entry e;
    with attempt as materialized (
        select a.call_queue_id, a.state, a.transport_result, a.answered_by, a.goal, a.error,
               c.id is not null as known, c.outcome, c.cost, c.price_unit,
               coalesce(a.state = 'failed' or a.transport_result = 'failed' or a.error = 'not_dialable', false) and private.is_no_number(a) as no_number
          from public.call_attempts a left join public.call_history c on c.call_sid = a.call_sid
         where a.campaign_id = campaign and a.kind = 'talk' and a.error is distinct from 'not_sent'),
    person as (
        select a.call_queue_id, bool_or(a.answered_by = 'human') as talked,
               bool_or(a.goal = 'reached' and a.answered_by not in ('voicemail', 'screener', 'fax')) as reached,
               bool_or(a.no_number) and not bool_or(coalesce(a.answered_by = 'human', false)) as no_number,
               bool_and(a.state = 'failed' and coalesce(a.error, '') <> 'failed') as not_dialled
          from attempt a group by a.call_queue_id)
    select jsonb_build_object(
               'attempts', count(*), 'under_way', count(*) filter (where a.state in ('sending', 'sent', 'unknown')),
               'by_transport', private.counted(array_agg(a.transport_result) filter (where not a.no_number)),
               'by_answered_by', private.counted(array_agg(a.answered_by) filter (where not a.no_number)),
               'by_goal', private.counted(array_agg(a.goal) filter (where not a.no_number)),
               'invalid_numbers', (select count(*) from person p where p.no_number),
               'dialled', (select count(*) from person p where not p.no_number and not p.not_dialled),
               'talked_with', (select count(*) from person p where p.talked),
               'reached', (select count(*) from person p where p.reached),
               'by_outcome', private.counted(array_agg(a.outcome)),
               'cost', (select coalesce(jsonb_object_agg(k.price_unit, k.cost), '{}')
                          from (select b.price_unit, sum(b.cost) as cost from attempt b
                                 where b.cost is not null and b.price_unit is not null group by b.price_unit) k),
               'unpriced', count(*) filter (where a.known and a.cost is null))
      into attempts from attempt a;
    return entries || attempts;
end $$;

-- Counts one campaign of many people whose figures are due, if there is one: each minute while it runs; afterwards each time when an
-- eighth of the time since its last change has passed, for eight days, as prices and verdicts come late.
create or replace function private.count_campaign(moment timestamptz) returns boolean
language plpgsql set search_path = '' as $$
declare
    due constant uuid := (
        select c.id from public.campaigns c left join public.campaign_figures f on f.campaign_id = c.id
         where (c.state = 'running' or c.updated_at > moment - interval '8 days' or f.counted_at is not null)
           and (f.counted_at is null or c.updated_at > f.counted_at
                or (c.state = 'running' and f.counted_at <= moment - interval '1 minute')
                or (c.updated_at > moment - interval '8 days'
                    and moment - f.counted_at >= greatest(interval '1 minute', (moment - c.updated_at) / 8)))
           and (select count(*) from (select from public.call_queue q where q.campaign_id = c.id limit 5001) n) > 5000
         order by f.counted_at nulls first limit 1);
begin
    insert into public.campaign_figures as f (campaign_id, counted_at, figures)
    select due, moment, private.campaign_figures(due) where due is not null
    on conflict on constraint campaign_figures_pkey do update set counted_at = excluded.counted_at, figures = excluded.figures;
    return due is not null;
end $$;

-- campaign_report: kind read; key id; called by cli campaigns, api
-- What came of a campaign, told alike in every state. Three facts of each attempt are counted apart: what the carrier made
-- of it, who answered, whether it reached what it was for. A number that is none is in no rate: `dialled` counts people
-- whom a call reached or could have reached, and the three facts are theirs. Voicemail and screeners are talked with never.
-- `cost` is by currency, `unpriced` counts the calls whose price nobody told yet. Of many people it is what the worker counted, at
-- `counted_at`, unless the campaign came to its end since, or changed and that is ten minutes old; null: it was counted now.
create function public.campaign_report(id uuid, actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
declare
    one public.campaigns;
    kept public.campaign_figures;
begin
    select c.* into one from public.campaigns c where c.id = campaign_report.id;
    if one.id is null or not private.may_see_campaign(actor, one) then
        return '{"result": "refused", "code": "unknown_campaign"}';
    end if;
    select f.* into kept from public.campaign_figures f
     where f.campaign_id = one.id and (f.counted_at >= one.updated_at or one.state in ('running', 'paused'))
       and (f.counted_at > now() - interval '10 minutes' or one.state <> 'running' and f.counted_at >= one.updated_at);
    return coalesce(kept.figures, private.campaign_figures(one.id)) || jsonb_build_object(
        'result', 'reported', 'campaign', private.campaign_view(one), 'counted_at', kept.counted_at);
end $$;

-- campaigns_progress: kind read; key ids; called by console, api
-- Of each campaign how many people it has and how many of them wait still or are being dialled, counted up to 10001.
create function public.campaigns_progress(ids jsonb, actor jsonb default null) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object('rows', coalesce(jsonb_agg(jsonb_build_object(
               'id', c.id,
               'people', (select count(*) from (select from public.call_queue q where q.campaign_id = c.id limit 10001) p),
               'open', (select count(*) from (select from public.call_queue q
                         where q.campaign_id = c.id and q.status in ('queued', 'in-progress') limit 10001) p))), '[]'))
      from public.campaigns c
     where c.id in (select i.id::uuid from jsonb_array_elements_text(ids) i (id) limit 200)
       and private.may_see_campaign(actor, c)
$$;

select private.grant_to_service('preview_campaign', 'campaign_report', 'campaigns_progress');
select private.share_with_service('expected_call', 'counted', 'campaign_figures', 'count_campaign');
