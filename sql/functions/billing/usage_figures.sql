-- What a month has come to so far, against what may be used.

select private.drop_functions('usage_figures');

-- usage_figures: kind read; key actor, since; called by console, api
-- Calls, minutes, texts and what they cost since a moment, by product and currency: of the whole service, or of the
-- organization that the actor leads. `spent_today`: what calls and answers have been reckoned to cost today (UTC), by
-- purse, for whoever runs the service alone. Costs are positive; what has no price yet is in `unpriced`.
create function public.usage_figures(since timestamptz, actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    organization constant uuid := private.actor_organization(actor);
begin
    if not private.leads_here(actor, organization) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    return jsonb_build_object(
        'result', 'found',
        'products', coalesce((
            select jsonb_agg(to_jsonb(p) order by p.product, p.currency)
              from (
                -- By columns first: the words for them are made once a group.
                select 'calls ' || case g.direction when 'inbound' then 'in' else 'out' end as product, upper(coalesce(g.price_unit, '')) as currency,
                       sum(g.count)::bigint as count, coalesce(sum(g.minutes), 0) as minutes, sum(g.cost) as cost,
                       sum(g.unpriced)::bigint as unpriced
                  from (select c.direction, c.price_unit, count(*) as count, sum((c.duration + 59) / 60) as minutes,
                               sum(coalesce(c.cost, -c.price)) as cost, count(*) filter (where c.cost is null and c.price is null) as unpriced
                          from public.call_history c
                         where coalesce(c.started_at, c.created_at) >= usage_figures.since
                           and (organization is null or c.organization_id = organization)
                         group by 1, 2) g
                 group by 1, 2
                union all
                select 'texts ' || case g.direction when 'inbound' then 'in' else 'out' end, upper(coalesce(g.price_unit, '')),
                       sum(g.count)::bigint, null, sum(g.cost), sum(g.unpriced)::bigint
                  from (select m.direction, m.price_unit, count(*) as count, -sum(m.price) as cost,
                               count(*) filter (where m.price is null) as unpriced
                          from public.sms_history m
                         where m.created_at >= usage_figures.since
                           and (organization is null
                                or exists (select from public.conversations t
                                            where t.id = m.conversation_id and t.organization_id = organization)
                                or (m.user_id in (select private.members_of(organization)) and not exists (
                                    select from public.conversations t where t.id = m.conversation_id and t.organization_id is not null)))
                         group by 1, 2) g
                 group by 1, 2) p), '[]'),
        'spent_today', case when private.is_service_wide(actor) then coalesce((
            select jsonb_object_agg(d.purse, d.usd)
              from (select d.purse, sum(d.usd) as usd from public.daily_spending d
                     where d.day = (now() at time zone 'UTC')::date group by d.purse) d), '{}') end);
end $$;

select private.grant_to_service('usage_figures');
