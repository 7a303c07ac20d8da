-- Several providers dial: each account has a row, with its limits, its sealed credentials and a breaker of its own.

alter table public.call_service_providers
    add column kind text check (kind in ('twilio', 'vapi')),
    add column account_sid text check (length(account_sid) between 1 and 100),
    add column base_url text check (length(base_url) between 8 and 500),
    add column default_number text check (default_number ~ '^\+[1-9][0-9]{4,14}$'),
    add column calls_per_second double precision default 1 check (calls_per_second > 0 and calls_per_second <= 1000),
    add column enabled boolean not null default true,
    add column revision bigint not null default 1,
    add constraint call_service_providers_priority_check check (priority between 0 and 1000) not valid,
    add constraint call_service_providers_credentials_check
        check (api_credentials is null or jsonb_typeof(api_credentials -> 'sealed') = 'string') not valid;
create unique index call_service_providers_account_key on public.call_service_providers (kind, account_sid) where account_sid is not null;
update public.call_service_providers set kind = 'twilio' where name = 'twilio';
comment on column public.call_service_providers.kind is
    'How it is asked to dial: the REST API of Twilio, which others speak too, or Vapi''s. Null: it does not dial.';
comment on column public.call_service_providers.account_sid is
    'The account''s name at the provider, which its webhooks carry. Null: the account of the settings.';
comment on column public.call_service_providers.base_url is 'Where its API is; null: the maker''s own address.';
comment on column public.call_service_providers.default_number is
    'Calls that wish for no number of ours begin from here; without it the provider carries only what wishes for it.';
comment on column public.call_service_providers.calls_per_second is
    'How many dials it takes a second; null: no limit. Of the account of the settings, CALLS_PER_SECOND says it.';
comment on column public.call_service_providers.enabled is 'Whether it is asked to dial. Calls that it has placed go on.';
comment on column public.call_service_providers.revision is 'Grows when what reaches the account changes.';
comment on column public.call_service_providers.api_credentials is
    '{"sealed"}: encrypted with CREDENTIALS_KEY, which the database does not hold. No end user and no administrator may read it.';
comment on column public.call_service_providers.priority is 'The lowest is asked first; the next one when it is full or broken.';

-- Attempts know a provider by its name, and calls that it has placed settle with it.
create function private.keep_provider() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if old.kind is null then
        return case tg_op when 'DELETE' then old else new end;
    end if;
    if tg_op = 'DELETE' then
        if exists (select from public.dialling_load l where l.subject = 'account:' || old.name and l.calls > 0) then
            raise exception 'name: calls of this provider are under way; switch it off' using errcode = 'check_violation';
        end if;
        return old;
    end if;
    if new.name <> old.name or new.kind is distinct from old.kind
       or (old.account_sid is not null and new.account_sid is distinct from old.account_sid) then
        raise exception 'name: a provider keeps its name, kind and account; another account is another provider'
            using errcode = 'check_violation';
    end if;
    return new;
end $$;
revoke execute on function private.keep_provider() from public;
create trigger keep_provider before delete or update of name, kind, account_sid on public.call_service_providers
    for each row execute function private.keep_provider();

-- --- breakers -----------------------------------------------------------------------------------------

create table public.provider_breakers (
    provider text primary key references public.dialling_accounts (account) on delete cascade,
    state text not null default 'closed' check (state in ('closed', 'open')),
    opened_at timestamptz,
    probe_at timestamptz,
    probe_token uuid,
    probe_until timestamptz,
    openings integer not null default 0 check (openings >= 0),
    reason text check (length(reason) <= 100),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check ((state = 'open') = (opened_at is not null and probe_at is not null))
);
comment on table public.provider_breakers is 'Whether a provider is left alone because too many of its dials failed; a row from its first trouble on.';
comment on column public.provider_breakers.probe_at is 'From then on one dial may try whether it is well again.';
comment on column public.provider_breakers.probe_token is 'The claim of the dial that tries; until probe_until nobody else does.';
comment on column public.provider_breakers.openings is 'How often in a row a try failed: the pause grows with it.';
comment on column public.provider_breakers.reason is 'The code of the failure that opened it.';

create table public.provider_seconds (
    provider text not null references public.provider_breakers (provider) on delete cascade,
    second timestamptz not null,
    dials integer not null default 0 check (dials >= 0),
    failures integer not null default 0 check (failures >= 0 and failures <= dials),
    created_at timestamptz not null default now(),
    primary key (provider, second)
);
comment on table public.provider_seconds is 'What a provider was asked in each of the last seconds, and how much of that failed; older rows go as new ones come.';

alter table public.dialling_rules
    add column breaker_dials integer default 5 check (breaker_dials > 0),
    add column breaker_failed_percent integer not null default 50 check (breaker_failed_percent between 1 and 100);
comment on column public.dialling_rules.breaker_dials is
    'A provider is left alone once so many of its dials in two minutes are known and breaker_failed_percent of them failed; null: never.';

-- --- which account a call belongs to -------------------------------------------------------------------

create table public.call_accounts (
    call_sid text primary key check (length(call_sid) between 1 and 100),
    account text not null check (length(account) between 1 and 200),
    created_at timestamptz not null default now()
);
create index call_accounts_created_at_idx on public.call_accounts (created_at);
comment on table public.call_accounts is
    'Calls that began at another account than that of the settings, as the account said first. Of dials the attempt says it.';
select private.protect('public.provider_breakers', 'public.provider_seconds', 'public.call_accounts');

-- --- which provider an entry may go by -----------------------------------------------------------------

comment on column public.call_queue.provider_id is
    'The provider of the number that the call shall come from, else of its template: no other one can carry it. Null: whichever is free.';

-- A call goes by the provider of the number that it shall come from, else by that of its template.
create function private.provider_of_entry(q public.call_queue) returns uuid
language sql stable set search_path = '' as $$
    select p.id from public.call_service_providers p
     where p.kind is not null and p.id = coalesce(
        (select n.provider_id from public.user_phone_numbers n
          where n.id = q.caller_number_id and n.user_id = q.user_id and n.verified and n.is_active),
        (select n.provider_id from public.provider_phone_numbers n where n.id = q.from_number_id and n.is_active),
        (select t.provider_id from public.call_templates t where t.id = coalesce(
            q.template_id, (select c.template_id from public.campaigns c where c.id = q.campaign_id))))
$$;

create function private.route_entry() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if new.status = 'queued' then
        -- Most entries wish for nobody, and lists have thousands of them.
        new.provider_id := case
            when new.caller_number_id is not null or new.from_number_id is not null
                 or exists (select from public.call_templates t where t.provider_id is not null)
            then private.provider_of_entry(new) end;
    end if;
    return new;
end $$;
create trigger route_entry before insert or update of caller_number_id, from_number_id, template_id on public.call_queue
    for each row execute function private.route_entry();

-- What waits goes another way once its number or its template does.
create function private.route_again() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    update public.call_queue q set provider_id = private.provider_of_entry(q)
     where q.status = 'queued' and q.provider_id is distinct from private.provider_of_entry(q)
       and case tg_table_name
               when 'campaigns' then q.campaign_id = new.id
               when 'call_templates' then q.template_id = new.id
                    or q.campaign_id in (select c.id from public.campaigns c where c.template_id = new.id)
               when 'user_phone_numbers' then q.caller_number_id = new.id
               else q.from_number_id = new.id end;
    return null;
end $$;
create trigger route_again after update of template_id on public.campaigns
    for each row when (new.template_id is distinct from old.template_id) execute function private.route_again();
create trigger route_again after update of provider_id on public.call_templates
    for each row when (new.provider_id is distinct from old.provider_id) execute function private.route_again();
create trigger route_again after update of provider_id, verified, is_active on public.user_phone_numbers
    for each row when ((new.provider_id, new.verified, new.is_active) is distinct from (old.provider_id, old.verified, old.is_active))
    execute function private.route_again();
create trigger route_again after update of is_active on public.provider_phone_numbers
    for each row when (new.is_active is distinct from old.is_active) execute function private.route_again();
revoke execute on function private.provider_of_entry(public.call_queue), private.route_entry(), private.route_again() from public;
grant execute on function private.provider_of_entry(public.call_queue) to service_role;

-- A call of another account than that of the settings says whose it is.
create function private.note_provider_of_call() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    new.provider_id := coalesce(new.provider_id, (
        select p.id from public.call_service_providers p
         where p.name = (select c.account from public.call_accounts c where c.call_sid = new.call_sid)));
    return new;
end $$;
revoke execute on function private.note_provider_of_call() from public;
create trigger note_provider_of_call before insert on public.call_history
    for each row execute function private.note_provider_of_call();
