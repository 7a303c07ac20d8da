-- Systems outside that are told of events: who they are, what they want to hear, and how they are.

select private.drop_functions(
    'add_webhook_endpoint', 'set_webhook_endpoint', 'remove_webhook_endpoint', 'webhook_endpoints_page',
    'show_webhook_endpoint', 'webhook_health');

-- Whether the actor keeps the endpoints of an organization, or of the whole service (null): who leads it, in the console and by a key,
-- and its keys of the API, as far as no person narrows them.
create or replace function private.keeps_endpoints(actor jsonb, organization uuid) returns boolean
language sql stable set search_path = '' as $$
    select private.is_service_wide(actor)
        or (coalesce(organization = private.actor_organization(actor), false)
            and (private.leads(actor, organization)
                 or (private.actor_user(actor) is null and private.acts_as(actor, 'operator'))))
$$;

-- What people see of an endpoint; never its secret.
create or replace function private.endpoint_view(e public.webhook_endpoints) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'id', e.id, 'url', e.url, 'event_types', to_jsonb(e.event_types), 'user_id', e.user_id,
        'organization_id', e.organization_id, 'active', e.active,
        'disabled_reason', e.disabled_reason, 'failures', e.failures,
        'rests_until', case when isfinite(e.rests_until) then e.rests_until end,
        'waiting', (select count(*) from (select from public.webhook_deliveries d
                                           where d.endpoint_id = e.id and d.state = 'generated' limit 10000) w),
        'created_at', e.created_at, 'updated_at', e.updated_at)
$$;

-- add_webhook_endpoint: kind command; key none; called by services/operators/webhooks
-- `secret` comes encrypted. Of the organization that the actor stands for; whoever runs the service names one, or none: told of all.
create function public.add_webhook_endpoint(
    url text, secret text, event_types jsonb, user_id uuid default null, actor jsonb default null, organization text default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    made public.webhook_endpoints;
    whose uuid := private.actor_organization(add_webhook_endpoint.actor);
begin
    if not private.keeps_endpoints(add_webhook_endpoint.actor, whose) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    if add_webhook_endpoint.organization is not null then
        whose := (select o.id from public.organizations o
                   where o.deleted_at is null and add_webhook_endpoint.organization in (o.id::text, o.slug)
                     and private.keeps_endpoints(add_webhook_endpoint.actor, o.id) limit 1);
        if whose is null then
            return jsonb_build_object('result', 'refused', 'code', 'unknown_organization');
        end if;
    end if;
    -- Two that are added at once must not both be the hundredth.
    perform pg_advisory_xact_lock(hashtextextended('add_webhook_endpoint', 0));
    if (select count(*) >= 100 from public.webhook_endpoints e where e.organization_id is not distinct from whose) then
        return jsonb_build_object('result', 'refused', 'code', 'too_many_endpoints');
    end if;
    insert into public.webhook_endpoints as e (url, secret, event_types, user_id, organization_id)
    values (add_webhook_endpoint.url, add_webhook_endpoint.secret,
            array(select jsonb_array_elements_text(add_webhook_endpoint.event_types)), add_webhook_endpoint.user_id, whose)
    returning e.* into made;
    perform private.audit(add_webhook_endpoint.actor, 'webhook.added', 'webhook', made.id::text, null,
                          jsonb_build_object('organization_id', whose));
    return jsonb_build_object('result', 'added', 'endpoint', private.endpoint_view(made));
exception when foreign_key_violation then
    return jsonb_build_object('result', 'refused', 'code', 'unknown_user');
end $$;

-- The endpoint, if the actor keeps it.
create or replace function private.endpoint_of(actor jsonb, endpoint_id uuid) returns public.webhook_endpoints
language sql stable set search_path = '' as $$
    select e from public.webhook_endpoints e
     where e.id = endpoint_of.endpoint_id and private.keeps_endpoints(endpoint_of.actor, e.organization_id)
$$;

-- set_webhook_endpoint: kind command; key endpoint_id; called by services/operators/webhooks
-- `was`: fields as the actor saw them; others now are refused with `changed_meanwhile`. Null leaves as it is. An endpoint that is switched on begins anew; one that is switched off keeps what waits.
create function public.set_webhook_endpoint(
    endpoint_id uuid, active boolean default null, event_types jsonb default null, actor jsonb default null,
    was jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    held public.webhook_endpoints;
    changed public.webhook_endpoints;
begin
    perform from public.webhook_endpoints e where e.id = set_webhook_endpoint.endpoint_id for no key update;
    if not private.keeps_endpoints(set_webhook_endpoint.actor, private.actor_organization(set_webhook_endpoint.actor)) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    held := private.endpoint_of(set_webhook_endpoint.actor, set_webhook_endpoint.endpoint_id);
    if held.id is not null and not private.stands(private.endpoint_view(held), set_webhook_endpoint.was) then
        return jsonb_build_object('result', 'refused', 'code', 'changed_meanwhile');
    end if;
    update public.webhook_endpoints e
       set active = coalesce(set_webhook_endpoint.active, e.active),
           disabled_reason = case when set_webhook_endpoint.active is null then e.disabled_reason end,
           failures = case when set_webhook_endpoint.active then 0 else e.failures end,
           rests_until = case when set_webhook_endpoint.active then '-infinity' else e.rests_until end,
           event_types = case when set_webhook_endpoint.event_types is null then e.event_types
                              else array(select jsonb_array_elements_text(set_webhook_endpoint.event_types)) end
     where e.id = set_webhook_endpoint.endpoint_id and private.keeps_endpoints(set_webhook_endpoint.actor, e.organization_id)
    returning e.* into changed;
    if changed.id is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_endpoint');
    end if;
    perform private.audit(set_webhook_endpoint.actor, 'webhook.changed', 'webhook', changed.id::text, null,
                          jsonb_build_object('active', changed.active));
    return jsonb_build_object('result', 'set', 'endpoint', private.endpoint_view(changed));
end $$;

-- remove_webhook_endpoint: kind command; key endpoint_id; called by api, cli webhooks
-- Its deliveries go with it.
create function public.remove_webhook_endpoint(endpoint_id uuid, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
begin
    if not private.keeps_endpoints(remove_webhook_endpoint.actor, private.actor_organization(remove_webhook_endpoint.actor)) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    delete from public.webhook_endpoints e
     where e.id = remove_webhook_endpoint.endpoint_id and private.keeps_endpoints(remove_webhook_endpoint.actor, e.organization_id);
    if not found then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_endpoint');
    end if;
    perform private.audit(remove_webhook_endpoint.actor, 'webhook.removed', 'webhook', remove_webhook_endpoint.endpoint_id::text);
    return jsonb_build_object('result', 'removed');
end $$;

-- webhook_endpoints_page: kind read; key actor, after; called by api, cli webhooks
-- A page (access/pages.sql), the newest first.
create function public.webhook_endpoints_page(
    actor jsonb default null, page_size int default 50, after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
declare
    size constant int := private.page_size(webhook_endpoints_page.page_size);
    after_at constant timestamptz := (webhook_endpoints_page.after ->> 'at')::timestamptz;
    after_id constant uuid := (webhook_endpoints_page.after ->> 'id')::uuid;
begin
    if not private.keeps_endpoints(webhook_endpoints_page.actor, private.actor_organization(webhook_endpoints_page.actor)) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(private.endpoint_view(s.e), jsonb_build_object(
                   'at', (s.e).created_at, 'id', (s.e).id)) order by (s.e).created_at desc, (s.e).id desc), '[]')
          from (select e from public.webhook_endpoints e
                 where private.keeps_endpoints(webhook_endpoints_page.actor, e.organization_id)
                   and (after_at is null or (e.created_at, e.id) < (after_at, after_id))
                 order by e.created_at desc, e.id desc
                 limit size + 1) s), size);
end $$;

-- show_webhook_endpoint: kind read; key endpoint_id; called by api, cli webhooks
create function public.show_webhook_endpoint(endpoint_id uuid, actor jsonb default null) returns jsonb
language sql stable set search_path = '' as $$
    select case when not private.keeps_endpoints(show_webhook_endpoint.actor, private.actor_organization(show_webhook_endpoint.actor))
                then jsonb_build_object('result', 'refused', 'code', 'not_allowed')
                else coalesce((
                    select jsonb_build_object('result', 'found', 'endpoint', private.endpoint_view(e))
                      from private.endpoint_of(show_webhook_endpoint.actor, show_webhook_endpoint.endpoint_id) e
                     where e.id is not null),
                    '{"result": "refused", "code": "unknown_endpoint"}') end
$$;

-- webhook_health: kind read; key none; called by services/doctor/webhooks
-- `dead`: of the last seven days. `gone`: switched off by their own answer.
create function public.webhook_health() returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object(
        'endpoints', count(*) filter (where e.active), 'gone', count(*) filter (where e.disabled_reason = 'gone'),
        'failing', count(*) filter (where e.active and e.failures >= 3),
        'dead', coalesce(sum((select count(*) from public.webhook_deliveries d
                               where d.endpoint_id = e.id and d.created_at > now() - interval '7 days' and d.state = 'dead')), 0))
      from public.webhook_endpoints e
$$;

select private.grant_to_service(
    'add_webhook_endpoint', 'set_webhook_endpoint', 'remove_webhook_endpoint', 'webhook_endpoints_page',
    'show_webhook_endpoint', 'webhook_health');
select private.share_with_service('endpoint_view', 'keeps_endpoints', 'endpoint_of');
