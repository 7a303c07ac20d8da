-- Who has which plan, since when, and what they used of it.

select private.drop_functions(
    'subscribe', 'change_subscription', 'show_subscription', 'list_subscriptions', 'list_usage', 'keep_plans');

create or replace function private.usage_view(u public.user_call_usage) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'id', u.id, 'user_id', u.user_id, 'subscription_id', u.subscription_id,
        'plan', (select p.name from public.user_subscriptions s join public.subscription_plans p on p.id = s.plan_id
                  where s.id = u.subscription_id),
        'period_start', u.billing_period_start, 'period_end', u.billing_period_end, 'calls_used', u.calls_used,
        'calls_reserved', u.calls_reserved, 'calls_remaining', u.calls_remaining, 'minutes_used', u.minutes_used,
        'minutes_reserved', u.minutes_reserved, 'minutes_remaining', u.minutes_remaining, 'seconds_used', u.seconds_used,
        'updated_at', u.last_updated)
$$;

-- `reason`: why no call of the user may begin (private.plan_standing); null: one may.
create or replace function private.subscription_view(s public.user_subscriptions) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'id', s.id, 'user_id', s.user_id,
        'number', (select l.phone_number from public.phone_links l where l.user_id = s.user_id
                    order by l.verified desc, l.created_at, l.id limit 1),
        'plan', (select jsonb_build_object('id', p.id, 'name', p.name) from public.subscription_plans p where p.id = s.plan_id),
        'status', s.status, 'period_start', s.current_period_start, 'period_end', s.current_period_end,
        'timezone', s.timezone, 'cancel_at_period_end', coalesce(s.cancel_at_period_end, false), 'renews', private.renews(s),
        'reason', private.plan_reason(s.user_id, clock_timestamp()),
        'usage', (select private.usage_view(u) from public.user_call_usage u
                   where u.subscription_id = s.id and u.billing_period_start <= clock_timestamp()
                     and u.billing_period_end > clock_timestamp()
                   order by u.billing_period_start desc limit 1),
        'created_at', s.created_at, 'updated_at', s.updated_at)
$$;

create or replace function private.open_usage(s public.user_subscriptions) returns void
language sql set search_path = '' as $$
    insert into public.user_call_usage (user_id, subscription_id, billing_period_start, billing_period_end)
    values (s.user_id, s.id, s.current_period_start, s.current_period_end)
    on conflict (subscription_id, billing_period_start) do nothing
$$;

-- subscribe: kind command; key user + plan; called by services/dialling/plans
-- Gives a user a plan, from now or from `starts_at`; a number that has no account gets one. Who has a plan already gets
-- another one by change_subscription; asking again for the one that they have changes nothing.
create function public.subscribe(
    plan text, user_id uuid default null, number text default null, timezone text default null,
    starts_at timestamptz default null, trial boolean default false, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_variable
declare
    begins constant timestamptz := coalesce(starts_at, date_trunc('second', now()));
    zone text := timezone;
    chosen public.subscription_plans;
    whose uuid := user_id;
    known public.user_subscriptions;
    made public.user_subscriptions;
begin
    if not private.is_service_wide(actor) then
        return '{"result": "refused", "code": "not_allowed"}';
    end if;
    chosen := private.plan_named(plan);
    if chosen.id is null or chosen.ended_at is not null then
        return jsonb_build_object('result', 'refused', 'field', 'plan',
                                  'code', case when chosen.id is null then 'unknown_plan' else 'plan_over' end);
    elsif zone is not null and not private.is_time_zone(zone) then
        return '{"result": "refused", "code": "invalid", "message": "timezone: write it like America/Denver"}';
    elsif whose = private.house_account() then
        return '{"result": "refused", "code": "house_account", "field": "user_id"}';
    end if;
    whose := coalesce(whose, (public.ensure_user(number) ->> 'user_id')::uuid);
    if whose is null then
        return '{"result": "refused", "code": "unknown_user", "field": "user_id"}';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('subscribe:' || whose, 0));
    select s.* into known from public.user_subscriptions s
     where s.user_id = whose and (s.status = 'past_due' or s.status in ('active', 'trialing')
           and (s.current_period_end > now() or private.renews(s)))
     order by s.current_period_start desc limit 1;
    if known.id is not null then
        return case when known.plan_id = chosen.id
                    then jsonb_build_object('result', 'known', 'subscription', private.subscription_view(known))
                    else jsonb_build_object('result', 'refused', 'code', 'has_plan', 'field', 'plan',
                                            'subscription', private.subscription_view(known)) end;
    end if;
    if zone is null then
        select p.timezone into zone from public.preferences p where p.user_id = whose;
        zone := case when private.is_time_zone(zone) then zone else 'UTC' end;
    end if;
    insert into public.user_subscriptions (
        user_id, plan_id, status, current_period_start, current_period_end, period_anchor, timezone)
    select whose, chosen.id, case when trial then 'trialing' else 'active' end, lower(p.period), upper(p.period), begins, zone
      from (select private.period_at(begins, chosen."interval", zone, greatest(begins, now())) as period) p
    returning * into made;
    perform private.open_usage(made);
    return jsonb_build_object('result', 'subscribed', 'subscription', private.subscription_view(made));
exception when foreign_key_violation then
    return '{"result": "refused", "code": "unknown_user", "field": "user_id"}';
end $$;

-- change_subscription: kind command; key id; called by services/dialling/plans
-- `plan`: another one. Of the same interval it holds at once, in the period that runs, with what was used of it; of another
-- interval it begins a period now. `status`: active (again), past_due, canceled. `cancel_at_period_end`: it is not renewed.
-- `renew`: a period begins now. Calls under way go on whatever is changed.
create function public.change_subscription(
    id uuid, plan text default null, status text default null, cancel_at_period_end boolean default null,
    renew boolean default false, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_variable
declare
    one public.user_subscriptions;
    had public.subscription_plans;
    chosen public.subscription_plans;
    anew boolean := coalesce(renew, false);
begin
    select s.* into one from public.user_subscriptions s where s.id = change_subscription.id for update;
    if one.id is null or not private.may_reach(actor, one.user_id) and not private.is_service_wide(actor) then
        return '{"result": "refused", "code": "unknown_subscription"}';
    elsif not private.is_service_wide(actor) then
        return '{"result": "refused", "code": "not_allowed"}';
    end if;
    select p.* into had from public.subscription_plans p where p.id = one.plan_id;
    chosen := had;
    if plan is not null then
        chosen := private.plan_named(plan);
        if chosen.id is null or chosen.ended_at is not null and chosen.id <> had.id then
            return jsonb_build_object('result', 'refused', 'field', 'plan',
                                      'code', case when chosen.id is null then 'unknown_plan' else 'plan_over' end);
        end if;
        anew := anew or chosen."interval" <> had."interval";
    end if;
    if one.status = 'canceled' and status is distinct from 'active' and (plan is not null or anew or status <> 'canceled'
                                                                         or cancel_at_period_end is not null) then
        return '{"result": "refused", "code": "subscription_over", "field": "status"}';
    end if;
    -- Whoever comes back after the end of a period begins another one.
    anew := anew or status = 'active' and one.status in ('canceled', 'past_due') and one.current_period_end <= now();
    if anew then
        update public.user_call_usage u set billing_period_end = greatest(now(), u.billing_period_start + interval '1 microsecond')
         where u.subscription_id = one.id and u.billing_period_end > now();
    end if;
    update public.user_subscriptions s
       set plan_id = chosen.id, status = coalesce(change_subscription.status, s.status),
           cancel_at_period_end = case when change_subscription.cancel_at_period_end is not null
                                            then change_subscription.cancel_at_period_end
                                       when change_subscription.status = 'active' or anew then false
                                       else s.cancel_at_period_end end,
           current_period_start = case when anew then now() else s.current_period_start end,
           current_period_end = case when anew then upper(private.period_at(now(), chosen."interval", s.timezone, now()))
                                     else s.current_period_end end,
           period_anchor = case when anew then now() else s.period_anchor end
     where s.id = one.id returning s.* into one;
    if one.status in ('active', 'trialing') then
        perform private.open_usage(one);
    end if;
    return jsonb_build_object('result', 'changed', 'subscription', private.subscription_view(one));
end $$;

-- show_subscription: kind read; key id; called by cli plans, api
create function public.show_subscription(id uuid, actor jsonb default null) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce((
        select jsonb_build_object('result', 'found', 'subscription', private.subscription_view(s))
          from public.user_subscriptions s
         where s.id = show_subscription.id and (private.is_service_wide(actor) or private.may_reach(actor, s.user_id))),
        '{"result": "refused", "code": "unknown_subscription"}')
$$;

-- list_subscriptions: kind read; key actor, after; called by cli plans, api
-- A page (access/pages.sql), the newest first.
create function public.list_subscriptions(
    actor jsonb default null, user_id uuid default null, number text default null, status text default null,
    page_size int default 50, after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(page_size);
    after_at constant timestamptz := (after ->> 'at')::timestamptz;
    after_id constant uuid := (after ->> 'id')::uuid;
begin
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(private.subscription_view(shown.s), jsonb_build_object(
                   'at', (shown.s).created_at, 'id', (shown.s).id)) order by (shown.s).created_at desc, (shown.s).id desc), '[]')
          from (select s from public.user_subscriptions s
                 where (private.is_service_wide(actor) or private.may_reach(actor, s.user_id))
                   and (list_subscriptions.user_id is null or s.user_id = list_subscriptions.user_id)
                   and (list_subscriptions.number is null or s.user_id = (
                        select l.user_id from public.phone_links l
                         where l.phone_number = private.person_number(list_subscriptions.number)))
                   and (list_subscriptions.status is null or s.status = list_subscriptions.status)
                   and (after_at is null or (s.created_at, s.id) < (after_at, after_id))
                 order by s.created_at desc, s.id desc
                 limit size + 1) shown), size);
end $$;

-- list_usage: kind read; key actor, after; called by cli plans, api
-- A page (access/pages.sql) of periods, the newest first.
create function public.list_usage(
    actor jsonb default null, user_id uuid default null, number text default null, page_size int default 50,
    after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(page_size);
    after_at constant timestamptz := (after ->> 'at')::timestamptz;
    after_id constant uuid := (after ->> 'id')::uuid;
begin
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(private.usage_view(shown.u), jsonb_build_object(
                   'at', (shown.u).billing_period_start, 'id', (shown.u).id))
                   order by (shown.u).billing_period_start desc, (shown.u).id desc), '[]')
          from (select u from public.user_call_usage u
                 where (private.is_service_wide(actor) or private.may_reach(actor, u.user_id))
                   and (list_usage.user_id is null or u.user_id = list_usage.user_id)
                   and (list_usage.number is null or u.user_id = (
                        select l.user_id from public.phone_links l
                         where l.phone_number = private.person_number(list_usage.number)))
                   and (after_at is null or (u.billing_period_start, u.id) < (after_at, after_id))
                 order by u.billing_period_start desc, u.id desc
                 limit size + 1) shown), size);
end $$;

-- keep_plans: kind command; key none; called by services/dialling/check
-- Begins the periods that are due, ends what is not renewed, and gives back minutes of calls whose length nobody told until
-- their deadline. Nothing waits for it: a claim knows by itself in which period it is.
create function public.keep_plans(batch int default 500) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    one public.user_subscriptions;
    late public.call_attempts;
    kept int := 0;
begin
    for one in select s.* from public.user_subscriptions s
                where s.status in ('active', 'trialing') and s.current_period_end <= now()
                  and s.stripe_sub_id is null and s.subscription_id is null
                order by s.current_period_end limit batch for update skip locked loop
        if private.renews(one) then
            update public.user_subscriptions s
               set current_period_start = lower(p.period), current_period_end = upper(p.period)
              from (select private.period_at(one.period_anchor, k."interval", one.timezone, now()) as period
                      from public.subscription_plans k where k.id = one.plan_id) p
             where s.id = one.id returning s.* into one;
            perform private.open_usage(one);
        else
            update public.user_subscriptions s set status = 'canceled' where s.id = one.id;
        end if;
        kept := kept + 1;
    end loop;
    for late in select a.* from public.call_attempts a
                 where a.held_minutes is not null and a.state in ('failed', 'done') and a.deadline < clock_timestamp()
                 order by a.deadline limit batch for update skip locked loop
        perform private.move_usage(late.usage_id, 0, -late.held_minutes);
        update public.call_attempts a set held_minutes = null where a.id = late.id;
        kept := kept + 1;
    end loop;
    return jsonb_build_object('kept', kept);
end $$;

select private.grant_to_service(
    'subscribe', 'change_subscription', 'show_subscription', 'list_subscriptions', 'list_usage', 'keep_plans');
select private.share_with_service('usage_view', 'subscription_view', 'open_usage');
