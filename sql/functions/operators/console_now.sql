-- What goes on now, and what today came to.

select private.drop_functions('console_now');

-- may_see_call of its columns, for whoever acts for a person or an organization.
create or replace function private.sees_calls(actor jsonb, person uuid, organization uuid) returns boolean
language sql stable set search_path = '' as $$
    select private.acts_as(actor, 'operator')
       and (private.actor_user(actor) is null or coalesce(person = private.actor_user(actor), false)
            or coalesce(organization in (select private.led_by(private.actor_user(actor))), false))
       and (private.actor_organization(actor) is null
            or coalesce(organization = private.actor_organization(actor), false))
$$;

-- What the calls from one moment to another came to, of those that the actor may see; an agent's are the agent's own.
create or replace function private.figures_between(actor jsonb, began timestamptz, ended timestamptz) returns jsonb
language sql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
    select jsonb_build_object(
               'calls', count(*), 'answered', count(*) filter (where c.answered_at is not null),
               'failed', count(*) filter (where c.call_status = 'failed' or c.end_reason in (
                   'model_failed', 'transport_lost', 'service_failed', 'failed')),
               'minutes', round(coalesce(sum(c.duration), 0) / 60.0, 1))
      from public.call_history c
     where coalesce(c.started_at, c.created_at) >= began and coalesce(c.started_at, c.created_at) < ended
       and private.sees_calls(actor, c.user_id, c.organization_id)
$$;

-- console_now: kind read; key actor; called by console
-- `rows`: live calls, the oldest first, 50 at most. Today until now is beside the same hours of the same day last week.
-- Incidents are the whole service's.
create function public.console_now(zone text, actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
declare
    began constant timestamptz := date_trunc('day', now() at time zone console_now.zone) at time zone console_now.zone;
    a_week_ago constant timestamptz := ((now() at time zone console_now.zone) - interval '7 days') at time zone console_now.zone;
begin
    return jsonb_build_object(
        'rows', coalesce((
            select jsonb_agg(to_jsonb(f) order by f.began_at, f.public_id) from (
                select c.public_id, c.phone_number, c.direction, c.call_status, c.answered_at,
                       coalesce(c.started_at, c.created_at) as began_at
                  from public.call_history c
                 where coalesce(c.started_at, c.created_at) > now() - interval '1 day' and c.ended_at is null
                   and private.sees_calls(actor, c.user_id, c.organization_id)
                 order by coalesce(c.started_at, c.created_at) limit 50) f), '[]'),
        'queue', (
            select jsonb_build_object('waiting', count(*) filter (where q.status = 'queued'),
                                      'dialling', count(*) filter (where q.status = 'in-progress'))
              from (select q.status, q.user_id from public.call_queue q
                     where q.status in ('queued', 'in-progress') and private.may_reach(actor, q.user_id) limit 10001) q),
        'today', private.figures_between(actor, began, now()),
        'week_ago', private.figures_between(
            actor, date_trunc('day', a_week_ago at time zone console_now.zone) at time zone console_now.zone, a_week_ago),
        'incidents', case when private.is_service_wide(actor) then coalesce((
            select jsonb_agg(jsonb_build_object('kind', i.kind, 'subject', i.subject, 'reason', i.reason,
                                                'opened_at', i.opened_at) order by i.opened_at)
              from public.incidents i where i.closed_at is null), '[]') else '[]' end);
end $$;

select private.share_with_service('figures_between', 'sees_calls');
select private.grant_to_service('console_now');
