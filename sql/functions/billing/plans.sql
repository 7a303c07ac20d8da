-- Plans as operators keep them. They are the house's: everybody may read them, and whoever acts for all writes them.

select private.drop_functions('make_plan', 'change_plan', 'show_plan', 'list_plans');

create or replace function private.plan_view(p public.subscription_plans) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'id', p.id, 'name', p.name, 'description', p.description, 'price', p.price::text, 'interval', p."interval",
        'features', coalesce(p.features, '[]'), 'call_limit', p.call_limit, 'minutes_limit', p.minutes_limit,
        'billing_increment_s', p.billing_increment_s, 'ended_at', p.ended_at, 'created_at', p.created_at,
        'updated_at', p.updated_at)
$$;

-- By its id, or by its name among those that one can still get.
create or replace function private.plan_named(plan text) returns public.subscription_plans
language sql stable set search_path = '' as $$
    select p from public.subscription_plans p
     where p.id::text = lower(plan) or lower(p.name) = lower(plan)
     order by p.id::text = lower(plan) desc, p.ended_at is not null, p.created_at desc, p.id limit 1
$$;

-- make_plan: kind command; key name; called by services/dialling/plans
-- A plan that one can get. Null limits: none. A name is one plan's, among those that one can get.
create function public.make_plan(
    name text, billing_interval text default 'monthly', price text default '0', description text default null,
    features jsonb default null, call_limit int default null, minutes_limit int default null,
    billing_increment_s int default 60, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_variable
declare
    made public.subscription_plans;
begin
    if not private.is_service_wide(actor) then
        return '{"result": "refused", "code": "not_allowed"}';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('plan:' || lower(name), 0));
    if exists (select from public.subscription_plans p where lower(p.name) = lower(make_plan.name) and p.ended_at is null) then
        return '{"result": "refused", "code": "name_taken", "field": "name"}';
    end if;
    insert into public.subscription_plans (
        name, "interval", price, description, features, call_limit, minutes_limit, billing_increment_s)
    values (name, billing_interval, price::numeric, description, features, call_limit, minutes_limit, billing_increment_s)
    returning * into made;
    return jsonb_build_object('result', 'made', 'plan', private.plan_view(made));
end $$;

-- change_plan: kind command; key plan; called by services/dialling/plans
-- Changes what `changes` names: name, description, price, features, call_limit, minutes_limit, billing_increment_s, ended.
-- Limits hold at once for everybody who has it; a plan that is ended is got by nobody new. The same again changes nothing.
create function public.change_plan(plan text, changes jsonb, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    one public.subscription_plans;
    edited public.subscription_plans;
begin
    if not private.is_service_wide(change_plan.actor) then
        return '{"result": "refused", "code": "not_allowed"}';
    end if;
    select p.* into one from public.subscription_plans p where p.id = (private.plan_named(change_plan.plan)).id for update;
    if one.id is null then
        return '{"result": "refused", "code": "unknown_plan", "field": "plan"}';
    end if;
    edited := jsonb_populate_record(one, (
        select coalesce(jsonb_object_agg(k.name, k.value), '{}') from jsonb_each(changes) k (name, value)
         where k.name in ('name', 'description', 'price', 'features', 'call_limit', 'minutes_limit', 'billing_increment_s')));
    if changes ? 'ended' then
        edited.ended_at := case when (changes ->> 'ended')::boolean then coalesce(one.ended_at, now()) end;
    end if;
    if edited.ended_at is null then
        perform pg_advisory_xact_lock(hashtextextended('plan:' || lower(edited.name), 0));
        if exists (select from public.subscription_plans p
                    where lower(p.name) = lower(edited.name) and p.ended_at is null and p.id <> one.id) then
            return '{"result": "refused", "code": "name_taken", "field": "name"}';
        end if;
    end if;
    if edited is distinct from one then
        update public.subscription_plans p
           set name = edited.name, description = edited.description, price = edited.price, features = edited.features,
               call_limit = edited.call_limit, minutes_limit = edited.minutes_limit,
               billing_increment_s = edited.billing_increment_s, ended_at = edited.ended_at
         where p.id = one.id returning p.* into one;
    end if;
    return jsonb_build_object('result', 'changed', 'plan', private.plan_view(one));
end $$;

-- show_plan: kind read; key plan; called by cli plans, api
create function public.show_plan(plan text, actor jsonb default null) returns jsonb
language sql stable set search_path = '' as $$
    select case when not private.acts_as(actor, 'operator') then '{"result": "refused", "code": "not_allowed"}'
                when p.id is null then '{"result": "refused", "code": "unknown_plan", "field": "plan"}'
                else jsonb_build_object('result', 'found', 'plan', private.plan_view(p)) end
      from (select) always left join private.plan_named(show_plan.plan) p on true
$$;

-- list_plans: kind read; key after; called by cli plans, api
-- A page (access/pages.sql), the newest first: those that one can get, or all.
create function public.list_plans(
    actor jsonb default null, ended boolean default false, page_size int default 50, after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(page_size);
    after_at constant timestamptz := (after ->> 'at')::timestamptz;
    after_id constant uuid := (after ->> 'id')::uuid;
begin
    if not private.acts_as(actor, 'operator') then
        return '{"result": "refused", "code": "not_allowed"}';
    end if;
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(private.plan_view(shown.p), jsonb_build_object(
                   'at', (shown.p).created_at, 'id', (shown.p).id)) order by (shown.p).created_at desc, (shown.p).id desc), '[]')
          from (select p from public.subscription_plans p
                 where (coalesce(list_plans.ended, false) or p.ended_at is null)
                   and (after_at is null or (p.created_at, p.id) < (after_at, after_id))
                 order by p.created_at desc, p.id desc
                 limit size + 1) shown), size);
end $$;

select private.grant_to_service('make_plan', 'change_plan', 'show_plan', 'list_plans');
select private.share_with_service('plan_view', 'plan_named');
