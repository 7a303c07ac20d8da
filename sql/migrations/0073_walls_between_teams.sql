-- What belongs to one organization does not reach another one: its numbers, what it was told, and the events that it hears.

-- --- numbers --------------------------------------------------------------------------------------

-- Whether what belongs to an organization may use a number of ours: its own, or one that nobody assigned.
create function private.number_serves(assigned uuid, organization uuid) returns boolean
language sql stable set search_path = '' as $$
    select assigned is null or coalesce(assigned = coalesce(organization, private.sole_organization()), false)
$$;

-- The number, if the organization may use it: what is copied from an older row may name one that was given to another since then.
create function private.own_number(number_id uuid, organization uuid) returns uuid
language sql stable set search_path = '' as $$
    select n.id from public.provider_phone_numbers n
     where n.id = number_id and private.number_serves(n.organization_id, own_number.organization)
$$;

create function private.refuse_foreign_number() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if private.own_number(new.from_number_id, new.organization_id) is null then
        raise exception 'from_number_id: no number of this organization' using errcode = 'check_violation';
    end if;
    return new;
end $$;
comment on function private.refuse_foreign_number is 'Trigger: nobody calls from the number of another organization, whoever writes the row.';
revoke execute on function
    private.number_serves(uuid, uuid), private.own_number(uuid, uuid), private.refuse_foreign_number() from public;
select private.share_with_service('number_serves', 'own_number');

-- After `place_entry` and `place_with_maker`, which say whose the row is.
create trigger refuse_foreign_number before insert on public.call_queue
    for each row when (new.from_number_id is not null) execute function private.refuse_foreign_number();
create trigger refuse_foreign_number before insert on public.campaigns
    for each row when (new.from_number_id is not null) execute function private.refuse_foreign_number();
create trigger refuse_foreign_number before insert on public.call_series
    for each row when (new.from_number_id is not null) execute function private.refuse_foreign_number();
-- A number that is given to another team stays in what named it before: the claim says that it cannot be used.
create trigger refuse_other_number before update of from_number_id, organization_id on public.call_queue
    for each row when (new.from_number_id is not null and (new.from_number_id, new.organization_id)
                       is distinct from (old.from_number_id, old.organization_id))
    execute function private.refuse_foreign_number();
create trigger refuse_other_number before update of from_number_id, organization_id on public.campaigns
    for each row when (new.from_number_id is not null and (new.from_number_id, new.organization_id)
                       is distinct from (old.from_number_id, old.organization_id))
    execute function private.refuse_foreign_number();

-- Each organization calls a person from a number of its own.
alter table public.caller_bindings add column scope uuid not null default '00000000-0000-0000-0000-000000000000';
update public.caller_bindings b set scope = private.organization_of_number(b.number)
 where private.organization_of_number(b.number) is not null;
alter table public.caller_bindings drop constraint caller_bindings_pkey;
alter table public.caller_bindings add constraint caller_bindings_pkey primary key (person, account, scope);
comment on column public.caller_bindings.scope is 'The organization for which the person was called; zeros: for none.';

-- --- threads --------------------------------------------------------------------------------------

-- A number that is given to another team is written to in another thread from then on.
alter table public.conversations drop constraint conversations_thread_key;
alter table public.conversations add constraint conversations_thread_key
    unique nulls not distinct (channel, person_number, our_number, organization_id);

-- What belongs to nobody is looked for, and given to whoever had the number, in few rows at a time.
create index call_history_unplaced_idx on public.call_history (id) where organization_id is null;
create index conversations_unplaced_idx on public.conversations (id) where organization_id is null;
create index call_queue_unplaced_idx on public.call_queue (id) where organization_id is null;

-- --- events out -----------------------------------------------------------------------------------

alter table public.webhook_endpoints add column organization_id uuid references public.organizations (id) on delete cascade;
create index webhook_endpoints_organization_id_idx on public.webhook_endpoints (organization_id);
comment on column public.webhook_endpoints.organization_id is 'Told of what concerns this organization alone; null: of the whole service.';

-- Whom an event concerns: whose call, entry, thread, key or number it is about; of a person who is left alone, whoever deals with them.
create function private.concerned_by(payload jsonb) returns setof uuid
language sql stable set search_path = '' as $$
    select (payload ->> 'organization_id')::uuid where payload ->> 'organization_id' is not null
    union
    select q.organization_id from public.call_queue q where q.id = (payload ->> 'entry_id')::uuid
    union
    select t.organization_id from public.conversations t where t.id = (payload ->> 'conversation_id')::uuid
    union
    select coalesce(c.organization_id, t.organization_id)
      from public.support_escalations e
      left join public.call_history c on c.id = e.call_id
      left join public.conversations t on t.id = e.conversation_id
     where e.id = (payload ->> 'escalation_id')::uuid
    union
    select k.organization_id
      from public.verifications v join public.api_keys k on k.id = v.api_key_id where v.id = (payload ->> 'verification_id')::uuid
    union
    select c.organization_id
      from public.suppressions s join public.call_history c on c.phone_number = s.phone_number
     where s.id = (payload ->> 'suppression_id')::bigint
    union
    select t.organization_id
      from public.suppressions s join public.conversations t on t.person_number = s.phone_number
     where s.id = (payload ->> 'suppression_id')::bigint
    union
    select g.organization_id from public.campaigns g where payload ->> 'kind' = 'stalled' and g.id::text = payload ->> 'subject'
    union
    select private.organization_of_number(payload ->> 'subject') where payload ->> 'kind' = 'number_red'
$$;
revoke execute on function private.concerned_by(jsonb) from public;

create or replace function private.hearers_of(type text, payload jsonb) returns setof uuid
language sql stable set search_path = '' as $$
    select e.id from public.webhook_endpoints e
     where e.active and hearers_of.type = any (e.event_types)
       and (e.user_id is null or e.user_id::text = hearers_of.payload ->> 'user_id')
       and (e.organization_id is null
            or e.organization_id in (select private.concerned_by(hearers_of.payload))
            or (hearers_of.type = 'onboarding.completed' and exists (
                select from public.conversations t
                 where t.user_id::text = hearers_of.payload ->> 'user_id' and t.organization_id = e.organization_id
                   and t.onboarding_phase is not null)))
$$;
select private.share_with_service('concerned_by');

-- Numbers and endpoints have a team, which may have itself told of them.
do $$
declare
    held text;
begin
    select c.conname into strict held from pg_catalog.pg_constraint c
     where c.conrelid = 'public.alert_rules'::regclass and c.contype = 'c'
       and pg_catalog.pg_get_constraintdef(c.oid) like '%number_red%organization_id IS NULL%';
    execute format('alter table public.alert_rules drop constraint %I', held);
end $$;

-- --- people ---------------------------------------------------------------------------------------

alter table public.user_profiles add column told_to uuid references public.organizations (id) on delete set null;
create index user_profiles_told_to_idx on public.user_profiles (told_to) where told_to is not null;
comment on column public.user_profiles.told_to is
    'To whom the person said where they live: no other organization, and no bot of one, learns it. Null: to the house.';

-- --- erasing --------------------------------------------------------------------------------------

create index bulk_items_object_id_idx on public.bulk_items (object_id);

-- What was erased does not come back with what is told late: by the spool, by the carrier, or by its list. A name here is a hash, as
-- that of a number that must be left alone.
create table private.erased_names (
    name text primary key check (name ~ '^erased:[0-9a-f]{64}$'),
    erased_at timestamptz not null default now()
);
create index erased_names_erased_at_idx on private.erased_names (erased_at);
comment on table private.erased_names is 'Numbers, calls and texts that were erased, for three months: nothing from before is kept of them any more.';
revoke all on private.erased_names from public, anon, authenticated;
grant select, insert, update, delete on private.erased_names to service_role;

alter table public.erasures add column problem text check (length(problem) <= 200), add column tried_at timestamptz;
comment on column public.erasures.problem is 'Why it is not done, as of the last try: a code of the carrier or the store.';

create index call_history_refused_tapes_idx on public.call_history (id) where recording_error = 'tape_too_large';
