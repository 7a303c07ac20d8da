-- What a time used, counted once a day and kept (`billing/usage_figures.sql` reads it).

-- What was used between two moments, by scope, product and currency: of the whole service, and of each organization. A text counts for
-- that of its thread, else for those of whom the person is a member.
-- `wanted`: that scope alone; null: all of them.
create or replace function private.usage_between(began timestamptz, ended timestamptz, wanted uuid default null)
returns table (scope uuid, product text, currency text, count bigint, minutes bigint, cost numeric, unpriced bigint)
language sql stable set search_path = '' as $$
    select o.scope, g.product, upper(coalesce(g.unit, '')), sum(g.count)::bigint, sum(g.minutes)::bigint, sum(g.cost),
           sum(g.unpriced)::bigint
      from (
        -- By columns first: scopes and words are made once a group.
        select 'calls ' || case c.direction when 'inbound' then 'in' else 'out' end as product, c.price_unit as unit,
               case when c.organization_id is null then '{}'::uuid[] else array[c.organization_id] end as scopes,
               c.count, coalesce(c.minutes, 0) as minutes, c.cost, c.unpriced
          from (select c.direction, c.price_unit, c.organization_id, count(*) as count, sum((c.duration + 59) / 60) as minutes,
                       sum(coalesce(c.cost, -c.price)) as cost, count(*) filter (where c.cost is null and c.price is null) as unpriced
                  from public.call_history c
                 where coalesce(c.started_at, c.created_at) >= usage_between.began
                   and coalesce(c.started_at, c.created_at) < usage_between.ended
                   and (wanted is null or wanted = '00000000-0000-0000-0000-000000000000' or c.organization_id = wanted)
                 group by 1, 2, 3) c
        union all
        select 'texts ' || case m.direction when 'inbound' then 'in' else 'out' end, m.price_unit,
               case when wanted = '00000000-0000-0000-0000-000000000000' then '{}' else private.scopes_of(m.organization_id, m.person) end,
               m.count, null, m.cost, m.unpriced
          from (select m.direction, m.price_unit, t.organization_id,
                       case when t.organization_id is null then m.user_id end as person, count(*) as count, -sum(m.price) as cost,
                       count(*) filter (where m.price is null) as unpriced
                  from public.sms_history m left join public.conversations t on t.id = m.conversation_id
                 where m.created_at >= usage_between.began and m.created_at < usage_between.ended
                   and (wanted is null or wanted = '00000000-0000-0000-0000-000000000000' or t.organization_id = wanted
                        or (t.organization_id is null and m.user_id in (select private.members_of(wanted))))
                 group by 1, 2, 3, 4) m) g
     cross join lateral (select '00000000-0000-0000-0000-000000000000'::uuid as scope union all select unnest(g.scopes)) o
     group by 1, 2, 3
$$;

-- Until when the days from a moment on were counted, each after it was over and none left out; the moment itself: none.
create or replace function private.usage_counted_to(since timestamptz) returns timestamptz
language sql stable set search_path = '' as $$
    with days as (
        select r.began, r.rolled_at, r.has_usage, lead(r.began) over (order by r.began) as ended
          from public.figure_rolls r where r.grain = 'day' and r.began >= usage_counted_to.since)
    select case when exists (select from days d where d.began = usage_counted_to.since)
                then (select min(d.began) from days d
                       where d.ended is null or d.ended - d.began > interval '25 hours' or d.rolled_at < d.ended or not d.has_usage)
                else usage_counted_to.since end
$$;

select private.share_with_service('usage_between', 'usage_counted_to');
