-- Calling hours and the rules of dialling, as operators edit them. The claim reads both from their tables, so that an edit
-- holds from the next claim on; who was put off because of the old ones is looked at again.

select private.drop_functions(
    'set_calling_hours', 'drop_calling_hours', 'list_calling_hours', 'hours_of_number', 'show_dialling_rules',
    'change_dialling_rules', 'wake_parked_entries');

create or replace function private.hours_view(h public.calling_hours) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object('country', h.country, 'week', h.week, 'updated_at', h.updated_at)
$$;

create or replace function private.rules_view(r public.dialling_rules) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'person_calls_per_day', r.person_calls_per_day, 'person_calls_per_week', r.person_calls_per_week,
        'reserved_for_inbound_percent', r.reserved_for_inbound_percent, 'user_concurrent', r.user_concurrent,
        'redial', r.redial, 'updated_at', r.updated_at)
$$;

-- The rules are everybody's: only who stands for the whole service changes them.
create or replace function private.note_rules_changed() returns void
language plpgsql set search_path = '' as $$
begin
    update public.dialling_rules r set changed_at = clock_timestamp() where r.scope = 'all';
    perform private.wake_parked_now(2000);
end $$;

create or replace function private.wake_parked_now(batch int) returns int
language plpgsql set search_path = '' as $$
declare
    woken int;
begin
    update public.call_queue q set next_attempt_at = greatest(now(), q.not_before, q.scheduled_time)
     where q.id in (select w.id from public.call_queue w
                     where w.status = 'queued' and w.last_error in ('outside_hours', 'person_day', 'person_week')
                       and w.next_attempt_at > now()
                       and w.updated_at < (select r.changed_at from public.dialling_rules r where r.scope = 'all')
                     order by w.id limit batch for update of w skip locked);
    get diagnostics woken = row_count;
    return woken;
end $$;

-- set_calling_hours: kind command; key country; called by api, cli queue
-- When people of a country may be called, by their own clocks; `*`: where a country has none of its own.
create function public.set_calling_hours(country text, week jsonb, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    made public.calling_hours;
begin
    if not private.is_service_wide(actor) then
        return '{"result": "refused", "code": "not_allowed"}';
    elsif private.week_problem(week) is not null then
        return jsonb_build_object('result', 'refused', 'code', 'invalid', 'message', 'week: ' || private.week_problem(week));
    end if;
    insert into public.calling_hours as h (country, week) values (set_calling_hours.country, set_calling_hours.week)
    on conflict on constraint calling_hours_pkey do update set week = excluded.week
    returning h.* into made;
    perform private.note_rules_changed();
    return jsonb_build_object('result', 'set', 'hours', private.hours_view(made));
exception when check_violation then
    return '{"result": "refused", "code": "invalid", "message": "country: two letters, or *"}';
end $$;

-- drop_calling_hours: kind command; key country; called by api, cli queue
-- From now on the hours of `*` hold for the country; those of `*` stay.
create function public.drop_calling_hours(country text, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
begin
    if not private.is_service_wide(actor) then
        return '{"result": "refused", "code": "not_allowed"}';
    elsif country = '*' then
        return '{"result": "refused", "code": "last_hours", "field": "country"}';
    end if;
    delete from public.calling_hours h where h.country = drop_calling_hours.country;
    if not found then
        return '{"result": "refused", "code": "unknown_hours", "field": "country"}';
    end if;
    perform private.note_rules_changed();
    return '{"result": "dropped"}';
end $$;

-- list_calling_hours: kind read; key none; called by cli queue, api
create function public.list_calling_hours(actor jsonb default null) returns jsonb
language sql stable set search_path = '' as $$
    select case when private.acts_as(actor, 'operator') then jsonb_build_object('result', 'found', 'hours', (
                select jsonb_agg(private.hours_view(h) order by h.country) from public.calling_hours h))
            else '{"result": "refused", "code": "not_allowed"}' end
$$;

-- hours_of_number: kind read; key number; called by cli queue, api
-- The calling hours that hold for a number, of a campaign if one is named, and when they open next. `place`: {country,
-- zones}, as the caller of this knows it of the number. `opens_at`: the moment itself while it is open; null: never.
create function public.hours_of_number(
    number text, place jsonb, campaign_id uuid default null, at timestamptz default null, actor jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
declare
    moment constant timestamptz := coalesce(hours_of_number.at, clock_timestamp());
    zones constant text[] := array(select jsonb_array_elements_text(place -> 'zones'));
    one public.campaigns;
    their public.calling_hours;
    week jsonb;
begin
    if campaign_id is not null then
        select c.* into one from public.campaigns c where c.id = hours_of_number.campaign_id;
        if one.id is null or not private.may_see_campaign(actor, one) then
            return '{"result": "refused", "code": "unknown_campaign"}';
        end if;
    elsif not private.acts_as(actor, 'operator') then
        return '{"result": "refused", "code": "not_allowed"}';
    end if;
    select h.* into their from public.calling_hours h where h.country in (place ->> 'country', '*')
     order by h.country = '*' limit 1;
    week := coalesce(one.time_window, their.week);
    return jsonb_build_object(
        'result', 'found', 'country', place ->> 'country', 'zones', to_jsonb(zones), 'week', week,
        'of', case when one.time_window is not null then 'campaign' else 'country' end,
        'hours_country', case when one.time_window is null then their.country end,
        'open', coalesce(private.opens_at(week, zones, moment) = moment, false),
        'opens_at', private.opens_at(week, zones, moment), 'at', moment);
end $$;

-- show_dialling_rules: kind read; key none; called by cli queue, api
create function public.show_dialling_rules(actor jsonb default null) returns jsonb
language sql stable set search_path = '' as $$
    select case when private.acts_as(actor, 'operator') then jsonb_build_object('result', 'found', 'rules', (
                select private.rules_view(r) from public.dialling_rules r where r.scope = 'all'))
            else '{"result": "refused", "code": "not_allowed"}' end
$$;

-- change_dialling_rules: kind command; key none; called by services/dialling/rules
-- Changes what `changes` names: person_calls_per_day, person_calls_per_week, reserved_for_inbound_percent, user_concurrent
-- (null: no limit), redial. They hold from the next claim.
create function public.change_dialling_rules(changes jsonb, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    edited public.dialling_rules;
begin
    if not private.is_service_wide(actor) then
        return '{"result": "refused", "code": "not_allowed"}';
    end if;
    select r.* into edited from public.dialling_rules r where r.scope = 'all' for update;
    edited := jsonb_populate_record(edited, (
        select coalesce(jsonb_object_agg(k.name, k.value), '{}') from jsonb_each(changes) k (name, value)
         where k.name in ('person_calls_per_day', 'person_calls_per_week', 'reserved_for_inbound_percent', 'user_concurrent', 'redial')));
    if edited.person_calls_per_week < edited.person_calls_per_day then
        return '{"result": "refused", "code": "invalid", "message": "person_calls_per_week: no fewer than a day"}';
    end if;
    update public.dialling_rules r
       set person_calls_per_day = edited.person_calls_per_day, person_calls_per_week = edited.person_calls_per_week,
           reserved_for_inbound_percent = edited.reserved_for_inbound_percent, user_concurrent = edited.user_concurrent,
           redial = edited.redial
     where r.scope = 'all';
    perform private.note_rules_changed();
    return jsonb_build_object('result', 'changed', 'rules', (
        select private.rules_view(r) from public.dialling_rules r where r.scope = 'all'));
exception when check_violation or not_null_violation then
    return '{"result": "refused", "code": "invalid", "message": "rules: a number is out of its bounds"}';
end $$;

-- wake_parked_entries: kind command; key none; called by services/dialling/check
-- What an edit of the rules left to do of very many who wait.
create function public.wake_parked_entries(batch int default 5000) returns jsonb
language plpgsql set search_path = '' as $$
declare
    woken int := 0;
begin
    if exists (select from public.dialling_rules r where r.scope = 'all' and r.changed_at is not null) then
        perform from public.dialling_rules r where r.scope = 'all' for update;
        woken := private.wake_parked_now(batch);
        if woken < batch then
            update public.dialling_rules r set changed_at = null where r.scope = 'all';
        end if;
    end if;
    return jsonb_build_object('woken', woken);
end $$;

select private.grant_to_service(
    'set_calling_hours', 'drop_calling_hours', 'list_calling_hours', 'hours_of_number', 'show_dialling_rules',
    'change_dialling_rules', 'wake_parked_entries');
select private.share_with_service('hours_view', 'rules_view', 'note_rules_changed', 'wake_parked_now');
