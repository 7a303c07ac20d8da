-- Events out: what is delivered to whom. A delivery is claimed as `sending` before the endpoint is asked and is finished by
-- whoever holds the claim. Its id is the webhook-id of every try, so unlike all else that leaves it may be posted twice: the
-- receiver knows it again.

select private.drop_functions(
    'webhook_deliveries_page', 'replay_webhooks', 'test_webhook', 'claim_webhook', 'finish_webhook');

create or replace function private.delivery_view(d public.webhook_deliveries) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
               'id', d.id, 'endpoint_id', d.endpoint_id, 'type', e.type, 'subject', e.subject, 'state', d.state,
               'attempts', d.attempts, 'error', d.error, 'created_at', d.created_at, 'sent_at', d.sent_at,
               'next_try_at', case when d.state = 'generated' then d.next_try_at end)
      from public.events e where e.id = d.event_id
$$;

-- What a sender needs of a claimed delivery. A number is told to those outside and kept in no event.
create or replace function private.claimed_delivery(holder uuid) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
               'id', d.id, 'attempts', d.attempts, 'url', p.url, 'secret', p.secret, 'failures', p.failures,
               'type', e.type, 'happened_at', e.created_at, 'data', e.payload || coalesce((
                   select jsonb_build_object('phone_number', s.phone_number) from public.suppressions s
                    where e.type = 'person.suppressed' and s.id::text = e.subject), '{}'))
      from public.webhook_deliveries d
      join public.webhook_endpoints p on p.id = d.endpoint_id
      join public.events e on e.id = d.event_id
     where d.token = holder and d.state = 'sending'
$$;

-- webhook_deliveries_page: kind read; key actor, endpoint_id, after; called by api, cli webhooks
-- A page (access/pages.sql) of the deliveries, of one endpoint or of all, the newest first.
create function public.webhook_deliveries_page(
    endpoint_id uuid default null, actor jsonb default null, state text default null, type text default null,
    page_size int default 50, after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(webhook_deliveries_page.page_size);
    after_at constant timestamptz := (webhook_deliveries_page.after ->> 'at')::timestamptz;
    after_id constant uuid := (webhook_deliveries_page.after ->> 'id')::uuid;
begin
    if not private.keeps_endpoints(webhook_deliveries_page.actor, private.actor_organization(webhook_deliveries_page.actor)) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(private.delivery_view(s.d), jsonb_build_object(
                   'at', (s.d).created_at, 'id', (s.d).id)) order by (s.d).created_at desc, (s.d).id desc), '[]')
          from (select d from public.webhook_deliveries d join public.events e on e.id = d.event_id
                 where (webhook_deliveries_page.endpoint_id is null or d.endpoint_id = webhook_deliveries_page.endpoint_id)
                   and (private.is_service_wide(webhook_deliveries_page.actor) or d.endpoint_id in (
                        select w.id from public.webhook_endpoints w
                         where private.keeps_endpoints(webhook_deliveries_page.actor, w.organization_id)))
                   and (after_at is null or (d.created_at, d.id) < (after_at, after_id))
                   and (webhook_deliveries_page.state is null or d.state = webhook_deliveries_page.state)
                   and (webhook_deliveries_page.type is null or e.type = webhook_deliveries_page.type)
                 order by d.created_at desc, d.id desc
                 limit size + 1) s), size);
end $$;

-- replay_webhooks: kind command; key endpoint_id and the filter; called by api, cli webhooks
-- Delivers again what is over, each under its old webhook-id, with all tries before it; at most `batch`, the oldest first.
-- What waits or is being sent is left alone.
create function public.replay_webhooks(
    endpoint_id uuid, state text default null, type text default null, since timestamptz default null,
    until timestamptz default null, batch int default 10000, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    target public.webhook_endpoints;
    again int;
begin
    if not private.keeps_endpoints(replay_webhooks.actor, private.actor_organization(replay_webhooks.actor)) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    target := private.endpoint_of(replay_webhooks.actor, replay_webhooks.endpoint_id);
    if target.id is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_endpoint');
    end if;
    if not target.active then
        return jsonb_build_object('result', 'refused', 'code', 'not_active');
    end if;
    update public.webhook_deliveries d
       set state = 'generated', attempts = 0, error = null, sent_at = null, next_try_at = now()
     where d.id in (select o.id from public.webhook_deliveries o join public.events e on e.id = o.event_id
                     where o.endpoint_id = target.id and o.state in ('sent', 'failed', 'dead')
                       and (replay_webhooks.state is null or o.state = replay_webhooks.state)
                       and (replay_webhooks.type is null or e.type = replay_webhooks.type)
                       and (replay_webhooks.since is null or e.created_at >= replay_webhooks.since)
                       and (replay_webhooks.until is null or e.created_at < replay_webhooks.until)
                     order by o.created_at, o.id limit greatest(0, least(replay_webhooks.batch, 10000))
                       for update of o skip locked);
    get diagnostics again = row_count;
    return jsonb_build_object('result', 'replayed', 'count', again);
end $$;

-- test_webhook: kind command; key none; called by services/operators/webhooks
-- An event that nothing caused, for one endpoint alone. With a `token` it is claimed at once by whoever asks.
create function public.test_webhook(
    endpoint_id uuid, token uuid default null, lease_s double precision default 90, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    made public.webhook_deliveries;
begin
    if not private.keeps_endpoints(test_webhook.actor, private.actor_organization(test_webhook.actor)) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    if (private.endpoint_of(test_webhook.actor, test_webhook.endpoint_id)).id is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_endpoint');
    end if;
    if test_webhook.token is null and exists (
        select from public.webhook_endpoints e where e.id = test_webhook.endpoint_id and not e.active) then
        return jsonb_build_object('result', 'refused', 'code', 'not_active');
    end if;
    with event as (
        insert into public.events (type, subject, payload)
        values ('webhook.test', test_webhook.endpoint_id::text, jsonb_build_object('endpoint_id', test_webhook.endpoint_id))
        returning id)
    insert into public.webhook_deliveries as d (event_id, endpoint_id, state, token, lease_until, attempts)
    select e.id, test_webhook.endpoint_id, case when test_webhook.token is null then 'generated' else 'sending' end,
           test_webhook.token, clock_timestamp() + make_interval(secs => test_webhook.lease_s),
           case when test_webhook.token is null then 0 else 1 end
      from event e
    returning d.* into made;
    return jsonb_build_object(
        'result', 'made', 'delivery', private.delivery_view(made), 'claimed', private.claimed_delivery(test_webhook.token));
end $$;

-- claim_webhook: kind claim; key token; called by services/operators/webhooks
-- The delivery that is due first becomes `sending`; repeating a token returns the same one. `delivery` is null when there is
-- none. At most two at a time to one endpoint, and to all endpoints together that fail just now: those that answer never
-- wait for those that do not. The team to which the fewest are on their way is next: one whose systems are slow to answer delays
-- itself; and a team that is suspended is told nothing until it is not. `at` is for tests.
create function public.claim_webhook(token uuid, lease_s double precision, at timestamptz default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    moment constant timestamptz := coalesce(claim_webhook.at, clock_timestamp());
    held jsonb := private.claimed_delivery(claim_webhook.token);
begin
    if held is not null then
        return jsonb_build_object('result', 'claimed', 'delivery', held);
    end if;
    -- Two claims must not both count the same free place.
    perform pg_advisory_xact_lock(hashtext('claim_webhook'));
    -- Its holder is gone, posted or not: it is posted again under the same id.
    update public.webhook_deliveries d
       set state = 'generated', token = null, lease_until = null, next_try_at = moment, error = 'sender_gone'
     where d.state = 'sending' and d.lease_until <= moment;
    update public.webhook_deliveries d
       set state = 'sending', token = claim_webhook.token, attempts = d.attempts + 1,
           lease_until = moment + make_interval(secs => lease_s)
     where d.id = (
         with busy as (
             select s.endpoint_id, f.organization_id, count(*) as posts
               from public.webhook_deliveries s join public.webhook_endpoints f on f.id = s.endpoint_id
              where s.state = 'sending' group by 1, 2)
         select first.id
           from public.webhook_endpoints e
           left join busy b on b.endpoint_id = e.id
          cross join lateral (
                select w.id, w.next_try_at from public.webhook_deliveries w
                 where w.endpoint_id = e.id and w.state = 'generated' and w.next_try_at <= moment
                 order by w.next_try_at, w.id limit 1) first
          where e.active and e.rests_until <= moment and (e.organization_id is null or private.is_open(e.organization_id))
            and coalesce(b.posts, 0) < case when e.failures = 0 then 2 else 1 end
            and (e.failures = 0 or (
                select coalesce(sum(o.posts), 0) from busy o join public.webhook_endpoints f on f.id = o.endpoint_id
                 where f.failures > 0) < 2)
          order by (select coalesce(sum(o.posts), 0) from busy o where o.organization_id is not distinct from e.organization_id),
                   first.next_try_at, first.id limit 1);
    return jsonb_build_object('result', 'claimed', 'delivery', private.claimed_delivery(claim_webhook.token));
end $$;

-- finish_webhook: kind claim; key delivery_id, token; called by services/operators/webhooks
-- sent: it was taken. gone: the endpoint wants nothing any more, and is switched off. failed: tried again in `retry_in_s`, or
-- never (null); meanwhile the endpoint rests for `rest_s`. `at` is for tests.
create function public.finish_webhook(
    delivery_id uuid, token uuid, outcome text, error text default null, retry_in_s double precision default null,
    rest_s double precision default 0, at timestamptz default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    moment constant timestamptz := coalesce(finish_webhook.at, clock_timestamp());
    held public.webhook_deliveries;
    now_is constant text := case finish_webhook.outcome when 'sent' then 'sent' when 'gone' then 'failed'
        else case when finish_webhook.retry_in_s is null then 'dead' else 'generated' end end;
begin
    select d.* into held from public.webhook_deliveries d where d.id = finish_webhook.delivery_id for update;
    if held.token is distinct from finish_webhook.token or held.token is null then
        return jsonb_build_object('result', 'fenced');
    end if;
    update public.webhook_deliveries d
       set state = now_is, token = null, lease_until = null, error = left(finish_webhook.error, 100),
           sent_at = case when now_is = 'sent' then moment end,
           next_try_at = case when now_is = 'generated' then moment + make_interval(secs => finish_webhook.retry_in_s)
                              else d.next_try_at end
     where d.id = held.id;
    if now_is = 'sent' then
        update public.webhook_endpoints e set failures = 0, rests_until = '-infinity'
         where e.id = held.endpoint_id and e.failures > 0;
    elsif finish_webhook.outcome = 'gone' then
        update public.webhook_endpoints e set active = false, disabled_reason = 'gone' where e.id = held.endpoint_id;
        update public.webhook_deliveries d set state = 'failed', error = 'endpoint_gone'
         where d.endpoint_id = held.endpoint_id and d.state = 'generated';
    else
        update public.webhook_endpoints e
           set failures = e.failures + 1,
               rests_until = greatest(e.rests_until, moment + make_interval(secs => finish_webhook.rest_s))
         where e.id = held.endpoint_id;
    end if;
    return jsonb_build_object('result', 'finished', 'state', now_is);
end $$;

select private.grant_to_service(
    'webhook_deliveries_page', 'replay_webhooks', 'test_webhook', 'claim_webhook', 'finish_webhook');
select private.share_with_service('delivery_view', 'claimed_delivery');
