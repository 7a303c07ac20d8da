-- What a month has come to so far, against what may be used.

select private.drop_functions('usage_figures');

-- usage_figures: kind read; key actor, since; called by console, api
-- Calls, minutes, texts and what they cost since a moment, by product and currency: of the whole service, or of the
-- organization that the actor leads. Days that are over are read as the worker counted them: a price that came since then is in
-- within hours. `spent_today`: what calls and answers have been reckoned to cost today (UTC), by
-- purse, for whoever runs the service alone. Costs are positive; what has no price yet is in `unpriced`.
create function public.usage_figures(since timestamptz, actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    organization constant uuid := private.actor_organization(actor);
    wanted constant uuid := coalesce(organization, '00000000-0000-0000-0000-000000000000');
    counted_to constant timestamptz := private.usage_counted_to(since);
begin
    if not private.leads(actor, organization) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    return jsonb_build_object(
        'result', 'found',
        'products', coalesce((
            select jsonb_agg(to_jsonb(p) order by p.product, p.currency)
              from (select u.product, u.currency, sum(u.count)::bigint as count, sum(u.minutes) as minutes, sum(u.cost) as cost,
                           sum(u.unpriced)::bigint as unpriced
                      from (select d.scope, d.product, d.currency, d.count, d.minutes, d.cost, d.unpriced from public.usage_days d
                             where d.began >= usage_figures.since and d.began < counted_to
                            union all
                            select n.* from private.usage_between(counted_to, 'infinity', wanted) n) u
                     where u.scope = wanted
                     group by 1, 2) p), '[]'),
        'spent_today', case when private.is_service_wide(actor) then coalesce((
            select jsonb_object_agg(d.purse, d.usd)
              from (select d.purse, sum(d.usd) as usd from public.daily_spending d
                     where d.day = (now() at time zone 'UTC')::date group by d.purse) d), '{}') end);
end $$;

select private.grant_to_service('usage_figures');
