-- Events out: who wants to be told of what, and how each telling went. A fact becomes an event in the transaction that makes
-- it true, whatever wrote it, and only when somebody wants to hear of its kind.

create table public.webhook_endpoints (
    id uuid primary key default gen_random_uuid(),
    user_id uuid references auth.users (id) on delete cascade,
    url text not null check (length(url) between 10 and 2000),
    secret text not null,
    event_types text[] not null check (cardinality(event_types) between 1 and 50),
    active boolean not null default true,
    disabled_reason text,
    failures integer not null default 0 check (failures >= 0),
    rests_until timestamptz not null default '-infinity',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check (disabled_reason is null or not active)
);
create index webhook_endpoints_user_id_idx on public.webhook_endpoints (user_id);
comment on table public.webhook_endpoints is 'Systems outside that are told what happened.';
comment on column public.webhook_endpoints.user_id is 'Told of what concerns this user alone; null: of everybody.';
comment on column public.webhook_endpoints.secret is 'Encrypted with CREDENTIALS_KEY; it signs what is posted.';
comment on column public.webhook_endpoints.disabled_reason is '`gone`: it answered 410. Null: a person switched it off.';
comment on column public.webhook_endpoints.failures is 'Tries in a row that failed, over all its deliveries.';
comment on column public.webhook_endpoints.rests_until is 'Nothing is posted there before.';

create table public.webhook_deliveries (
    id uuid primary key default gen_random_uuid(),
    event_id bigint not null references public.events (id) on delete cascade,
    endpoint_id uuid not null references public.webhook_endpoints (id) on delete cascade,
    state text not null default 'generated' check (state in ('generated', 'sending', 'sent', 'failed', 'dead')),
    token uuid,
    lease_until timestamptz,
    next_try_at timestamptz not null default now(),
    attempts integer not null default 0 check (attempts >= 0),
    error text,
    sent_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (event_id, endpoint_id),
    check ((state = 'sending') = (token is not null))
);
create index webhook_deliveries_due_idx on public.webhook_deliveries (endpoint_id, next_try_at, id) where state = 'generated';
create index webhook_deliveries_sending_idx on public.webhook_deliveries (endpoint_id) where state = 'sending';
create index webhook_deliveries_endpoint_id_idx on public.webhook_deliveries (endpoint_id, created_at, id);
create index webhook_deliveries_created_at_idx on public.webhook_deliveries (created_at, id);
create index webhook_deliveries_dead_idx on public.webhook_deliveries (created_at, id) where state = 'dead';
comment on table public.webhook_deliveries is 'One row for each event and endpoint; its id is the webhook-id of every try.';
comment on column public.webhook_deliveries.state is
    'generated: waits for its first or next try. failed: the endpoint wants no more. dead: all tries were in vain.';
select private.protect('public.webhook_endpoints', 'public.webhook_deliveries');

-- --- from events to deliveries ----------------------------------------------------------------------

create function private.hearers_of(type text, payload jsonb) returns setof uuid
language sql stable set search_path = '' as $$
    select e.id from public.webhook_endpoints e
     where e.active and hearers_of.type = any (e.event_types)
       and (e.user_id is null or e.user_id::text = hearers_of.payload ->> 'user_id')
$$;

create function private.deliver_event() returns trigger
language plpgsql set search_path = '' as $$
begin
    insert into public.webhook_deliveries (event_id, endpoint_id)
    select new.id, h from private.hearers_of(new.type, new.payload) h
        on conflict do nothing;
    return null;
end $$;
create trigger deliver_event after insert on public.events for each row execute function private.deliver_event();

-- An event that exists for those outside alone: without a hearer there is no row.
create function private.announce(type text, subject text, payload jsonb) returns void
language plpgsql set search_path = '' as $$
begin
    if exists (select from private.hearers_of(announce.type, announce.payload)) then
        perform private.add_event(announce.type, announce.subject, announce.payload);
    end if;
end $$;

revoke execute on function private.hearers_of(text, jsonb), private.deliver_event(), private.announce(text, text, jsonb) from public;
grant execute on function private.hearers_of(text, jsonb), private.announce(text, text, jsonb) to service_role;

-- --- the facts -----------------------------------------------------------------------------------------

-- Each looks at the row when its transaction commits: what was written to it after the fact is told too. Calls and profiles may
-- be written by end users, who write no events: there they run as their owner.
create function private.tell_attempt() returns trigger
language plpgsql set search_path = '' set timezone = 'UTC' as $$
begin
    perform private.announce('call.attempted', a.id::text, jsonb_build_object(
        'attempt_id', a.id, 'entry_id', a.call_queue_id, 'campaign_id', a.campaign_id, 'user_id', a.user_id, 'kind', a.kind,
        'attempt', a.attempt_number, 'call_sid', a.call_sid, 'state', a.state, 'transport', a.transport_result,
        'answered_by', a.answered_by, 'goal', a.goal, 'error', a.error, 'ended_at', a.ended_at))
      from public.call_attempts a where a.id = new.id;
    return null;
end $$;
create constraint trigger tell_attempt after update of state on public.call_attempts deferrable initially deferred
    for each row when (new.state in ('done', 'failed') and old.state not in ('done', 'failed'))
    execute function private.tell_attempt();

create function private.tell_call() returns trigger
language plpgsql security definer set search_path = '' set timezone = 'UTC' as $$
begin
    perform private.announce('call.ended', c.public_id::text, jsonb_build_object(
        'call_id', c.public_id, 'call_sid', c.call_sid, 'user_id', c.user_id, 'organization_id', c.organization_id,
        'entry_id', c.call_queue_id, 'direction', c.direction, 'status', c.call_status, 'answered_by', c.answered_by,
        'outcome', c.outcome, 'end_reason', c.end_reason, 'duration_s', c.duration, 'started_at', c.started_at,
        'answered_at', c.answered_at, 'ended_at', c.ended_at))
      from public.call_history c where c.id = new.id;
    return null;
end $$;
create constraint trigger tell_call after update of ended_at on public.call_history deferrable initially deferred
    for each row when (new.ended_at is not null and old.ended_at is null) execute function private.tell_call();
create constraint trigger tell_ended_call after insert on public.call_history deferrable initially deferred
    for each row when (new.ended_at is not null) execute function private.tell_call();

create function private.tell_message() returns trigger
language plpgsql set search_path = '' set timezone = 'UTC' as $$
begin
    perform private.announce('message.received', m.id::text, jsonb_build_object(
        'message_id', m.id, 'message_sid', m.message_sid, 'conversation_id', m.conversation_id, 'user_id', m.user_id,
        'channel', m.channel, 'keyword', m.keyword, 'received_at', m.created_at))
      from public.sms_history m where m.id = new.id;
    return null;
end $$;
create constraint trigger tell_message after insert on public.sms_history deferrable initially deferred
    for each row when (new.direction = 'inbound') execute function private.tell_message();

create function private.tell_suppression() returns trigger
language plpgsql set search_path = '' set timezone = 'UTC' as $$
begin
    perform private.announce('person.suppressed', s.id::text, jsonb_build_object(
        'suppression_id', s.id, 'scope', s.scope, 'reason', s.reason, 'since', s.since, 'user_id', (
            select l.user_id from public.phone_links l where l.phone_number = s.phone_number)))
      from public.suppressions s where s.id = new.id;
    return null;
end $$;
create constraint trigger tell_suppression after insert on public.suppressions deferrable initially deferred
    for each row when (new.until is null) execute function private.tell_suppression();

create function private.tell_approval() returns trigger
language plpgsql set search_path = '' set timezone = 'UTC' as $$
begin
    perform private.announce('verification.approved', v.id::text, jsonb_build_object(
        'verification_id', v.id, 'user_id', v.user_id, 'purpose', v.purpose, 'channel', v.channel, 'approved_at', v.used_at))
      from public.verifications v where v.id = new.id;
    return null;
end $$;
create constraint trigger tell_approval after update of status on public.verifications deferrable initially deferred
    for each row when (new.status = 'approved' and old.status <> 'approved') execute function private.tell_approval();

create function private.tell_onboarded() returns trigger
language plpgsql security definer set search_path = '' set timezone = 'UTC' as $$
begin
    perform private.announce('onboarding.completed', new.user_id::text, jsonb_build_object('user_id', new.user_id));
    return null;
end $$;
create constraint trigger tell_onboarded after update of onboarding_status on public.user_profiles deferrable initially deferred
    for each row when (new.onboarding_status = 'completed' and old.onboarding_status <> 'completed')
    execute function private.tell_onboarded();

revoke execute on function private.tell_attempt(), private.tell_call(), private.tell_message(), private.tell_suppression(),
    private.tell_approval(), private.tell_onboarded() from public;
