-- Rules of alerts: made, changed, looked back with, and looked at each minute.

select private.drop_functions(
    'make_alert', 'change_alert', 'remove_alert', 'list_alerts', 'show_alert', 'preview_alert', 'alert_firings', 'check_alerts');

create or replace function private.alert_view(r public.alert_rules) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'id', r.id, 'name', r.name, 'kind', r.kind, 'what', r.what, 'threshold', r.threshold, 'window_min', r.window_min,
        'sample', r.sample, 'quiet_min', r.quiet_min, 'by_text', r.by_text, 'by_webhook', r.by_webhook, 'active', r.active,
        'organization_id', r.organization_id, 'created_at', r.created_at, 'fired_at', r.fired_at, 'firing_since', (
            select f.fired_at from public.alert_firings f where f.rule_id = r.id and f.resolved_at is null))
$$;

-- The rule as it would be with these fields; the house's own are not among them. Raises what the table says of it.
create or replace function private.alert_with(r public.alert_rules, fields jsonb) returns public.alert_rules
language sql stable set search_path = '' as $$
    select jsonb_populate_record(r, (
        select coalesce(jsonb_object_agg(f.key, f.value), '{}') from jsonb_each(fields) f
         where f.key in ('name', 'kind', 'what', 'threshold', 'window_min', 'sample', 'quiet_min', 'by_text', 'by_webhook', 'active')))
$$;

-- A new rule of whoever acts, with what is not said as the table has it.
create or replace function private.new_alert(fields jsonb, actor jsonb, moment timestamptz) returns public.alert_rules
language sql stable set search_path = '' as $$
    select private.alert_with(jsonb_populate_record(null::public.alert_rules, jsonb_build_object(
        'id', gen_random_uuid(), 'organization_id', private.actor_organization(actor), 'what', 'failed', 'window_min', 60,
        'sample', 5, 'quiet_min', 60, 'by_text', false, 'by_webhook', true, 'active', true,
        'made_by', coalesce(private.actor_user(actor), (actor ->> 'by')::uuid), 'checked_at', date_trunc('minute', moment, 'UTC'),
        'created_at', moment, 'updated_at', moment)), fields)
$$;

-- make_alert: kind command; key none; called by services/operators/alerts
-- Of the organization that the actor stands for, or of the whole service. It looks at what comes from now on.
create function public.make_alert(rule jsonb, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    made public.alert_rules;
begin
    if private.figure_scope(actor) is null then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    -- Two that are made at once must not both be the hundredth.
    perform pg_advisory_xact_lock(hashtextextended('make_alert', 0));
    if (select count(*) >= 100 from public.alert_rules r
         where r.organization_id is not distinct from private.actor_organization(actor)) then
        return jsonb_build_object('result', 'refused', 'code', 'too_many_alerts');
    end if;
    insert into public.alert_rules select (private.new_alert(make_alert.rule, actor, now())).* returning * into made;
    perform private.audit(actor, 'alert.made', 'alert', made.id::text, null, private.alert_view(made));
    return jsonb_build_object('result', 'made', 'alert', private.alert_view(made));
exception when check_violation or not_null_violation or invalid_text_representation or numeric_value_out_of_range then
    return jsonb_build_object('result', 'refused', 'code', 'bad_alert');
end $$;

-- The rule, if it is the actor's.
create or replace function private.alert_of(alert_id uuid, actor jsonb) returns public.alert_rules
language sql stable set search_path = '' as $$
    select r from public.alert_rules r
     where r.id = alert_of.alert_id and private.figure_scope(actor) is not null
       and (private.is_service_wide(actor) or r.organization_id = private.actor_organization(actor))
$$;

-- change_alert: kind command; key alert_id; called by services/operators/alerts
-- What it fired of is over with it: the next minute decides anew, and the quiet time ends.
-- `was`: fields as the actor saw them; a rule that says something else now is refused with `changed_meanwhile`.
create function public.change_alert(alert_id uuid, changes jsonb, actor jsonb default null, was jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    held public.alert_rules;
    changed public.alert_rules;
begin
    perform from public.alert_rules r where r.id = change_alert.alert_id for update;
    held := private.alert_of(change_alert.alert_id, actor);
    if held.id is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_alert');
    end if;
    if not private.stands(private.alert_view(held), change_alert.was) then
        return jsonb_build_object('result', 'refused', 'code', 'changed_meanwhile');
    end if;
    changed := private.alert_with(held, changes);
    update public.alert_rules r
       set (name, kind, what, threshold, window_min, sample, quiet_min, by_text, by_webhook, active, checked_at, fired_at) = (
               select changed.name, changed.kind, changed.what, changed.threshold, changed.window_min, changed.sample,
                      changed.quiet_min, changed.by_text, changed.by_webhook, changed.active, date_trunc('minute', now(), 'UTC'), null::timestamptz)
     where r.id = held.id returning r.* into changed;
    update public.alert_firings f set resolved_at = greatest(f.fired_at, now()) where f.rule_id = held.id and f.resolved_at is null;
    perform private.audit(actor, 'alert.changed', 'alert', held.id::text, private.alert_view(held), private.alert_view(changed));
    return jsonb_build_object('result', 'changed', 'alert', private.alert_view(changed));
exception when check_violation or not_null_violation or invalid_text_representation or numeric_value_out_of_range then
    return jsonb_build_object('result', 'refused', 'code', 'bad_alert');
end $$;

-- remove_alert: kind command; key alert_id; called by services/operators/alerts
create function public.remove_alert(alert_id uuid, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    held constant public.alert_rules := private.alert_of(remove_alert.alert_id, actor);
begin
    if held.id is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_alert');
    end if;
    delete from public.alert_rules r where r.id = held.id;
    perform private.audit(actor, 'alert.removed', 'alert', held.id::text, private.alert_view(held), null);
    return jsonb_build_object('result', 'removed');
end $$;

-- list_alerts: kind read; key actor; called by console, api
-- Those of the organization, or all there are; those that fire first. At most 500.
create function public.list_alerts(actor jsonb default null) returns jsonb
language sql stable set search_path = '' as $$
    select case when private.figure_scope(actor) is null then jsonb_build_object('result', 'refused', 'code', 'not_allowed')
                else jsonb_build_object('result', 'found', 'alerts', coalesce((
                    select jsonb_agg(v.shown order by v.shown -> 'firing_since' = 'null'::jsonb, v.shown ->> 'name', v.shown ->> 'id')
                      from (select private.alert_view(r) as shown from public.alert_rules r
                             where private.is_service_wide(actor) or r.organization_id = private.actor_organization(actor)
                             order by r.organization_id is not null, r.created_at limit 500) v), '[]')) end
$$;

-- show_alert: kind read; key alert_id; called by console, api
create function public.show_alert(alert_id uuid, actor jsonb default null) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce((
        select jsonb_build_object('result', 'found', 'alert', private.alert_view(a))
          from private.alert_of(show_alert.alert_id, actor) a where a.id is not null),
        '{"result": "refused", "code": "unknown_alert"}')
$$;

-- alert_firings: kind read; key actor, after; called by console, api
-- A page (access/pages.sql), the newest first; of one rule, or of all that list_alerts shows.
create function public.alert_firings(
    actor jsonb default null, alert_id uuid default null, page_size int default 50, after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(alert_firings.page_size);
    after_at constant timestamptz := (alert_firings.after ->> 'at')::timestamptz;
    after_id constant uuid := (alert_firings.after ->> 'id')::uuid;
begin
    if private.figure_scope(actor) is null then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(to_jsonb(s), jsonb_build_object('at', s.fired_at, 'id', s.id))
                                  order by s.fired_at desc, s.id desc), '[]')
          from (select f.id, f.rule_id as alert_id, r.name, r.kind, f.fired_at, f.resolved_at, f.value, f.sample
                  from public.alert_firings f join public.alert_rules r on r.id = f.rule_id
                 where (private.is_service_wide(alert_firings.actor)
                        or r.organization_id = private.actor_organization(alert_firings.actor))
                   and (alert_firings.alert_id is null or r.id = alert_firings.alert_id)
                   and (after_at is null or (f.fired_at, f.id) < (after_at, after_id))
                 order by f.fired_at desc, f.id desc
                 limit size + 1) s), size);
end $$;

-- preview_alert: kind read; key rule, actor; called by services/operators/alerts
-- When the rule would have fired in the last seven days, minute by minute, as check_alerts does it: `count`, and the newest 50.
-- Nothing is kept. `at` is for tests.
create function public.preview_alert(rule jsonb, actor jsonb default null, at timestamptz default null) returns jsonb
language plpgsql volatile set search_path = '' set timezone = 'UTC' as $$
declare
    last constant timestamptz := date_trunc('minute', coalesce(preview_alert.at, now()), 'UTC');
    wanted public.alert_rules;
    fired jsonb;
begin
    if private.figure_scope(actor) is null then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    -- The table says what a rule may be; the row is taken back with the block.
    begin
        wanted := private.new_alert(preview_alert.rule, actor, last);
        insert into public.alert_rules select wanted.*;
        raise exception using errcode = 'VB001';
    exception when sqlstate 'VB001' then
        null;
    end;
    select coalesce(jsonb_agg(jsonb_build_object(
               'fired_at', w.tick, 'resolved_at', w.ended, 'value', w.value, 'sample', w.sample) order by w.tick desc), '[]') into fired
      from (select a.*, lead(a.tick) over (order by a.tick) as ended
              from private.alert_walk(wanted, last - interval '7 days', last, null, null) a) w
     where w.fires;
    return jsonb_build_object(
        'result', 'found', 'count', jsonb_array_length(fired), 'firings', jsonb_path_query_array(fired, '$[0 to 49]'));
exception when check_violation or not_null_violation or invalid_text_representation or numeric_value_out_of_range then
    return jsonb_build_object('result', 'refused', 'code', 'bad_alert');
end $$;

-- check_alerts: kind command; key rule and minute; called by services/operators/alerts
-- Looks at each minute that no one has looked at yet, of an hour at most, once for each rule, whoever asks; at most 100 rules. `notice` is
-- {"to", "from", "content"}: the text to the service's operator; for an organization it goes to whoever made the rule.
create function public.check_alerts(notice jsonb default null, at timestamptz default null) returns jsonb
language plpgsql set search_path = '' set timezone = 'UTC' as $$
declare
    last constant timestamptz := date_trunc('minute', coalesce(check_alerts.at, clock_timestamp()), 'UTC');
    rule public.alert_rules;
    step record;
    firing public.alert_firings;
    fired int := 0;
    resolved int := 0;
    receiver text;
begin
    for rule in
        select r.* from public.alert_rules r where r.active and r.checked_at < last order by r.checked_at, r.id limit 100
           for update skip locked
    loop
        for step in
            select w.* from private.alert_walk(
                rule, greatest(rule.checked_at + interval '1 minute', last - interval '59 minutes'), last,
                (select f.fired_at from public.alert_firings f where f.rule_id = rule.id and f.resolved_at is null),
                rule.fired_at) w
        loop
            if step.fires then
                insert into public.alert_firings (rule_id, fired_at, value, sample)
                values (rule.id, step.tick, step.value, step.sample) returning * into firing;
                update public.alert_rules r set fired_at = step.tick where r.id = rule.id;
                fired := fired + 1;
            else
                update public.alert_firings f set resolved_at = step.tick
                 where f.rule_id = rule.id and f.resolved_at is null returning * into firing;
                resolved := resolved + 1;
            end if;
            if rule.by_webhook then
                perform private.announce(
                    case when step.fires then 'alert.fired' else 'alert.resolved' end, firing.id::text, jsonb_build_object(
                        'firing_id', firing.id, 'alert_id', rule.id, 'organization_id', rule.organization_id, 'name', rule.name,
                        'kind', rule.kind, 'what', rule.what, 'threshold', rule.threshold, 'value', step.value, 'sample', step.sample,
                        'fired_at', firing.fired_at, 'resolved_at', firing.resolved_at, 'user_id', null));
            end if;
            receiver := case when rule.organization_id is null then notice ->> 'to' else (
                select l.phone_number from public.phone_links l
                 where l.user_id = rule.made_by and rule.made_by in (select private.members_of(rule.organization_id))
                 order by l.verified desc, l.id limit 1) end;
            if step.fires and rule.by_text and receiver is not null and notice ->> 'from' is not null then
                perform private.queue_text(
                    receiver, notice ->> 'from', 'sms', notice ->> 'content', 'operator_notice',
                    request_key => concat_ws(':', 'alert', firing.id));
            end if;
        end loop;
        update public.alert_rules r set checked_at = last where r.id = rule.id;
    end loop;
    return jsonb_build_object('result', 'checked', 'fired', fired, 'resolved', resolved);
end $$;

select private.share_with_service('alert_view', 'alert_with', 'new_alert', 'alert_of');
select private.grant_to_service(
    'make_alert', 'change_alert', 'remove_alert', 'list_alerts', 'show_alert', 'preview_alert', 'alert_firings', 'check_alerts');
