-- What a user's plan leaves at a moment, and what dials take of it. docs/plans.md says the rules.
--
-- A claim passes over a usage that somebody else holds, and nobody waits for one while holding the counters of calls under
-- way (dialling_load): so that no two of them ever wait for each other.

-- The period of a moment, as [begins, ends). Periods are counted from the anchor, by a calendar: after 31 January comes
-- 28 February, and then 31 March.
create or replace function private.period_at(anchor timestamptz, span text, zone text, at timestamptz) returns tstzrange
language plpgsql stable set search_path = '' as $$
declare
    -- The parameter's name is a word of SQL's, too.
    moment constant timestamptz := period_at.at;
    first constant timestamp := anchor at time zone zone;
    here constant timestamp := moment at time zone zone;
    step constant interval := case span when 'yearly' then interval '1 year' else interval '1 month' end;
    passed int := (extract(year from here) - extract(year from first)) * case span when 'yearly' then 1 else 12 end
                  + case span when 'yearly' then 0 else extract(month from here) - extract(month from first) end;
begin
    while (first + step * passed) at time zone zone > moment loop
        passed := passed - 1;
    end loop;
    while (first + step * (passed + 1)) at time zone zone <= moment loop
        passed := passed + 1;
    end loop;
    return tstzrange((first + step * passed) at time zone zone, (first + step * (passed + 1)) at time zone zone);
end $$;

-- Whether we begin its next period. Whom another system bills is renewed by that one; a trial ends with its period.
create or replace function private.renews(one public.user_subscriptions) returns boolean
language sql immutable set search_path = '' as $$
    select one.status = 'active' and not coalesce(one.cancel_at_period_end, false)
       and one.stripe_sub_id is null and one.subscription_id is null
$$;

-- How a user stands at a moment. `planned`: a plan holds for them: once somebody had one they need one, the house never
-- does. `reason`: why no call of theirs may begin: no_plan, plan_inactive (ended, not paid, not begun), plan_calls,
-- plan_minutes; null: one may. `opens_at`: when that changes by itself; null: nobody knows.
create or replace function private.plan_standing(
    person uuid, at timestamptz, out planned boolean, out reason text, out subscription_id uuid, out period tstzrange,
    out calls_left int, out minutes_left int, out opens_at timestamptz, out next_period_at timestamptz
)
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
declare
    moment constant timestamptz := plan_standing.at;
    one public.user_subscriptions;
    plan public.subscription_plans;
    used public.user_call_usage;
begin
    planned := false;
    if person = private.house_account() then
        return;
    end if;
    select s.* into one from public.user_subscriptions s where s.user_id = person
     order by s.status in ('active', 'trialing') desc, s.current_period_start <= moment desc, s.current_period_start desc, s.id
     limit 1;
    if one.id is null then
        reason := case when (select r.require_plan from public.dialling_rules r where r.scope = 'all') then 'no_plan' end;
        return;
    end if;
    select p.* into plan from public.subscription_plans p where p.id = one.plan_id;
    planned := true;
    subscription_id := one.id;
    period := tstzrange(one.current_period_start, one.current_period_end);
    if moment >= one.current_period_end and private.renews(one) then
        period := private.period_at(one.period_anchor, plan."interval", one.timezone, moment);
    end if;
    if one.status not in ('active', 'trialing') or not period @> moment then
        reason := 'plan_inactive';
        opens_at := case when one.status in ('active', 'trialing') and moment < lower(period) then lower(period) end;
        return;
    end if;
    select u.* into used from public.user_call_usage u
     where u.subscription_id = one.id and u.billing_period_start <= moment and u.billing_period_end > moment
     order by u.billing_period_start desc limit 1;
    calls_left := case when used.id is null then plan.call_limit else used.calls_remaining end;
    minutes_left := case when used.id is null then plan.minutes_limit else used.minutes_remaining end;
    next_period_at := case when private.renews(one) then upper(period) end;
    reason := case when calls_left <= 0 then 'plan_calls' when minutes_left <= 0 then 'plan_minutes' end;
    -- What a call under way holds may come back at any moment.
    opens_at := case when calls_left <= 0 and coalesce(used.calls_reserved, 0) = 0
                          or minutes_left <= 0 and coalesce(used.minutes_reserved, 0) = 0 then next_period_at end;
end $$;

-- How many more calls of a user may begin at once, as far as their plan goes; null for who never had one.
create or replace function private.plan_room(person uuid, at timestamptz) returns int
language sql stable set search_path = '' as $$
    select case when exists (select from public.user_subscriptions s where s.user_id = person) then (
               select case when s.reason is not null then 0 else least(1000, s.calls_left, s.minutes_left) end
                 from private.plan_standing(person, plan_room.at) s) end
$$;

create or replace function private.plan_reason(person uuid, at timestamptz) returns text
language sql stable set search_path = '' as $$
    select s.reason from private.plan_standing(person, plan_reason.at) s
$$;

-- The longest that a call of an entry may last, in whole minutes: its template's limit and a minute for the goodbye, or the
-- house's.
create or replace function private.longest_minutes(q public.call_queue) returns int
language sql stable set search_path = '' as $$
    select ceil(least(r.longest_call_s, (
               select case when jsonb_typeof(v.content -> 'limits' -> 'max_duration_s') = 'number'
                                and (v.content -> 'limits' ->> 'max_duration_s')::numeric > 0
                           then (v.content -> 'limits' ->> 'max_duration_s')::numeric + 60 end
                 from public.call_templates t join public.call_template_versions v on v.id = t.published_version_id
                where t.id = coalesce(q.template_id, (
                      select c.template_id from public.campaigns c where c.id = q.campaign_id)))) / 60.0)::int
      from public.dialling_rules r where r.scope = 'all'
$$;

-- Takes of the plans what these entries may use, in their order: a call, and the minutes of the longest one, or those that
-- are left. Returns those that got it, [{id, usage_id, minutes}]; who needs no plan has neither.
create or replace function private.reserve_calls(ids uuid[], at timestamptz) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    moment constant timestamptz := reserve_calls.at;
    entry record;
    standing record;
    held public.user_call_usage;
    minutes int;
    taken jsonb := '[]';
begin
    if not exists (select from public.call_queue q join public.user_subscriptions s on s.user_id = q.user_id
                    where q.id = any (ids))
       and not (select r.require_plan from public.dialling_rules r where r.scope = 'all') then
        return (select coalesce(jsonb_agg(jsonb_build_object('id', w.id)), '[]') from unnest(ids) w (id));
    end if;
    for entry in
        select q.id, q.user_id, q as row from unnest(ids) with ordinality w (id, place)
          join public.call_queue q on q.id = w.id order by w.place
    loop
        standing := private.plan_standing(entry.user_id, moment);
        continue when standing.reason is not null;
        if not standing.planned then
            taken := taken || jsonb_build_object('id', entry.id);
            continue;
        end if;
        insert into public.user_call_usage (user_id, subscription_id, billing_period_start, billing_period_end)
        select entry.user_id, standing.subscription_id, lower(standing.period), upper(standing.period)
         where not exists (
               select from public.user_call_usage u where u.subscription_id = standing.subscription_id
                  and u.billing_period_start <= moment and u.billing_period_end > moment)
            on conflict (subscription_id, billing_period_start) do nothing;
        held := null;
        select u.* into held from public.user_call_usage u
         where u.id = (select w.id from public.user_call_usage w
                        where w.subscription_id = standing.subscription_id
                          and w.billing_period_start <= moment and w.billing_period_end > moment
                        order by w.billing_period_start desc limit 1)
           for update skip locked;
        continue when held.id is null or held.calls_remaining < 1 or held.minutes_remaining < 1;
        minutes := least(private.longest_minutes(entry.row), held.minutes_remaining);
        perform private.move_usage(held.id, 1, minutes);
        taken := taken || jsonb_build_object('id', entry.id, 'usage_id', held.id, 'minutes', minutes);
    end loop;
    return taken;
end $$;

-- A preview (campaign_views.sql) as the plan of its user lets it come true: who would be dialled now waits for the plan, or
-- those do for whom it has no call left.
create or replace function private.as_plan_allows(told jsonb, person uuid, at timestamptz) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    s record;
    now_people constant int := (told ->> 'now')::int;
    over int;
    opens timestamptz;
begin
    s := private.plan_standing(person, as_plan_allows.at);
    over := case when s.reason is not null then now_people
                 else greatest(0, now_people - coalesce(s.calls_left, now_people)) end;
    if over = 0 then
        return told;
    end if;
    opens := date_trunc(
        'minute', case when s.reason is null then s.next_period_at else s.opens_at end + interval '59.999999 s');
    return told || jsonb_build_object(
        'now', now_people - over,
        'later', told -> 'later' || jsonb_build_object('reason', coalesce(s.reason, 'plan_calls'), 'at', opens, 'people', over));
end $$;

-- The claim says under which settings it runs; whoever tells why a call waits goes by the same.
create or replace function private.keep_dial_settings(limits jsonb) returns void
language sql set search_path = '' as $$
    update public.dialling_rules r
       set require_plan = coalesce((limits ->> 'require_plan')::boolean, r.require_plan),
           longest_call_s = coalesce((limits ->> 'longest_call_s')::int, r.longest_call_s)
     where r.scope = 'all'
       and (coalesce((limits ->> 'require_plan')::boolean, r.require_plan) <> r.require_plan
            or coalesce((limits ->> 'longest_call_s')::int, r.longest_call_s) <> r.longest_call_s)
$$;

-- What a call may last that holds less than it could: it says goodbye before the carrier cuts it.
create or replace function private.within_held_minutes(background jsonb, one public.call_attempts) returns jsonb
language sql stable set search_path = '' as $$
    select case when one.held_minutes is null or one.held_minutes * 60 >= r.longest_call_s then background
                else jsonb_set(background, '{template}', coalesce(nullif(background -> 'template', 'null'), '{}')
                     || jsonb_build_object('limits', coalesce(nullif(background -> 'template' -> 'limits', 'null'), '{}')
                     || jsonb_build_object('max_duration_s', least(
                            case when jsonb_typeof(background -> 'template' -> 'limits' -> 'max_duration_s') = 'number'
                                 then (background -> 'template' -> 'limits' ->> 'max_duration_s')::numeric end,
                            one.held_minutes * 60 - 15)::int))) end
      from public.dialling_rules r where r.scope = 'all'
$$;

select private.share_with_service(
    'period_at', 'renews', 'plan_standing', 'plan_room', 'plan_reason', 'as_plan_allows', 'longest_minutes', 'reserve_calls',
    'keep_dial_settings', 'within_held_minutes', 'move_usage', 'billed_seconds');
-- An administrator who moves a period asks for the days that follow it.
grant execute on function private.period_at(timestamptz, text, text, timestamptz), private.is_time_zone(text) to authenticated;
