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
