-- What goes on now, and what today came to.

select private.drop_functions('console_now');

-- What the calls from one moment to another came to: of one person and of the organizations that are led, of one
-- organization, of all. Whoever calls it has asked whether the actor may see calls.
create or replace function private.figures_between(
    acting_user uuid, led uuid[], acting_organization uuid, began timestamptz, ended timestamptz
) returns jsonb
language sql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
    select jsonb_build_object(
               'calls', count(*), 'answered', count(*) filter (where c.answered_at is not null),
               'failed', count(*) filter (where c.call_status = 'failed' or c.end_reason in (
                   'model_failed', 'transport_lost', 'service_failed', 'failed')),
               'minutes', round(coalesce(sum(c.duration), 0) / 60.0, 1))
      from public.call_history c
     where coalesce(c.started_at, c.created_at) >= began and coalesce(c.started_at, c.created_at) < ended
       and (acting_user is null or c.user_id = acting_user or c.organization_id = any (led))
       and (acting_organization is null or c.organization_id = acting_organization)
$$;

-- console_now: kind read; key actor; called by console
-- `rows`: live calls, the oldest first, 50 at most; what an actor sees is may_see_call's to say, asked of columns.
-- Counts of the queue end at 10001. Today until now is beside the same hours of the same day last week.
-- Incidents are the whole service's.
create function public.console_now(zone text, actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
declare
    acting_user constant uuid := private.actor_user(actor);
    acting_organization constant uuid := private.actor_organization(actor);
    led constant uuid[] := array(select private.led_by(acting_user));
    live jsonb;
    here constant timestamp := now() at time zone console_now.zone;
begin
    if not private.acts_as(actor, 'operator') then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    execute format('
        select coalesce(jsonb_agg(to_jsonb(f) order by f.began_at, f.public_id), ''[]'') from (
            select c.public_id, c.phone_number, c.direction, c.call_status, c.answered_at, coalesce(c.started_at, c.created_at) as began_at
              from public.call_history c
             where coalesce(c.started_at, c.created_at) > now() - interval ''1 day'' and c.ended_at is null and %s
             order by coalesce(c.started_at, c.created_at) limit 50) f', coalesce(nullif(private.where_seen(actor), ''), 'true')) into live;
    return jsonb_build_object(
        'rows', live,
        'queue', (
            select jsonb_object_agg(s.word, private.entries_in(s.status, actor))
              from (values ('waiting', 'queued'), ('dialling', 'in-progress')) s (word, status)),
        'today', private.figures_between(
            acting_user, led, acting_organization, date_trunc('day', here) at time zone console_now.zone, now()),
        'week_ago', private.figures_between(
            acting_user, led, acting_organization, date_trunc('day', here - interval '7 days') at time zone console_now.zone,
            (here - interval '7 days') at time zone console_now.zone),
        'incidents', case when private.is_service_wide(actor) then coalesce((
            select jsonb_agg(jsonb_build_object('kind', i.kind, 'subject', i.subject, 'reason', i.reason,
                                                'opened_at', i.opened_at) order by i.opened_at)
              from public.incidents i where i.closed_at is null), '[]') else '[]' end);
end $$;

select private.share_with_service('figures_between');
select private.grant_to_service('console_now');
