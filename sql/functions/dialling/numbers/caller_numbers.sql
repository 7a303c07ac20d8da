-- Which of our numbers calls a person: the one that an entry names, else the one that called the person first, else one
-- of the person's area, state, country, else the account's default. A red one is chosen for nobody, and one of another
-- organization for nobody of this one; an organization's own come before those that nobody assigned.

drop function if exists private.caller_number_for(uuid[], text, timestamptz), private.caller_numbers(text);

-- The numbers from which an account may call: those that lead here, and its default.
create function private.caller_numbers(account text)
returns table (number text, is_default boolean, country text, area_prefixes text[], region_prefixes text[], organization uuid)
language sql stable rows 10 set search_path = '' as $$
    with own as (
        select d.caller_number as default_number, d.caller_country as country from public.dialling_accounts d where d.account = caller_numbers.account),
    known as (
        select n.full_number, coalesce(n.full_number = own.default_number, false) as is_default, n.country, n.area_prefixes,
               n.region_prefixes, n.organization_id
          from public.call_service_providers p
          join public.provider_phone_numbers n on n.provider_id = p.id
          left join own on true
         where p.name = caller_numbers.account and n.is_active and coalesce((n.capabilities ->> 'voice')::boolean, true)
           and (n.full_number = own.default_number
                or exists (select from public.number_connections c where c.number_id = n.id))),
    usable as (
        select k.* from known k
        union all
        select o.default_number, true, o.country, null, null, (
                   select n.organization_id from public.provider_phone_numbers n
                    where n.full_number = o.default_number order by n.is_active desc, n.organization_id limit 1)
          from own o
         where o.default_number is not null and not exists (select from known k where k.is_default))
    select u.* from usable u
     where not exists (select from public.number_health h where h.number = u.full_number and h.red_at is not null)
$$;

-- The number from which a code is read out for an organization: one of its own, else one that nobody assigned, else the usual
-- one. Null: for nobody in particular.
create or replace function private.code_number(organization uuid, account text, usual text) returns text
language sql stable set search_path = '' as $$
    select coalesce((
        select u.number from private.caller_numbers(code_number.account) u
         where code_number.organization is not null and private.number_serves(u.organization, code_number.organization)
         order by u.organization is not null desc, u.number = usual desc, u.is_default desc, u.number limit 1), usual)
$$;

-- Whether an account has a number that is not red. Of one whose default nobody told yet nothing is known against it.
create or replace function private.account_may_call(account text) returns boolean
language sql stable set search_path = '' as $$
    select not exists (select from public.number_health h where h.red_at is not null)
        or not exists (select from public.dialling_accounts d
                        where d.account = account_may_call.account and d.caller_number is not null)
        or exists (select from private.caller_numbers(account_may_call.account))
$$;

-- Whether any account has.
create or replace function private.some_number_may_call() returns boolean
language sql stable set search_path = '' as $$
    select not exists (select from public.number_health h where h.red_at is not null)
        or not exists (select from public.dialling_accounts d)
        or exists (select from public.dialling_accounts d where private.account_may_call(d.account))
$$;

-- Whether an organization has a number at an account that may call for it. Of an account whose default nobody told yet nothing is
-- known against it.
create or replace function private.account_serves(account text, organization uuid) returns boolean
language sql stable set search_path = '' as $$
    select not exists (select from public.provider_phone_numbers n where n.organization_id is not null)
        or (not exists (select from public.dialling_accounts d
                         where d.account = account_serves.account and d.caller_number is not null)
            and not exists (select from private.caller_numbers(account_serves.account)))
        or exists (select from private.caller_numbers(account_serves.account) u
                    where private.number_serves(u.organization, account_serves.organization))
$$;

-- The first provider at which it has one; null: it has none. One that leads calls by itself is asked for by name alone.
create or replace function private.provider_that_serves(organization uuid) returns uuid
language sql stable set search_path = '' as $$
    select p.id from private.providers_in_turn() p
     where (p.takes_any or (p.kind = 'twilio' and exists (select from private.caller_numbers(p.name))))
       and private.account_serves(p.name, provider_that_serves.organization) limit 1
$$;

-- Whether it may call at all. A house that assigned no number asks nothing else.
create or replace function private.may_call_out(organization uuid) returns boolean
language sql stable set search_path = '' as $$
    select not exists (select from public.provider_phone_numbers n where n.organization_id is not null)
        or private.provider_that_serves(organization) is not null
$$;

create or replace function private.note_caller_number(account text, number text, country text) returns void
language sql volatile set search_path = '' as $$
    update public.dialling_accounts d
       set caller_number = note_caller_number.number, caller_country = note_caller_number.country
     where d.account = note_caller_number.account and note_caller_number.number <> ''
       and (d.caller_number, d.caller_country) is distinct from (note_caller_number.number, note_caller_number.country)
$$;

-- The number of each entry, and why it is that one; whoever is called from one of ours for the first time is bound to it.
-- Of several that are as near, a person gets the same one always, and each gets its share of people. Null: the account's
-- default, which nobody has told us yet.
create function private.caller_number_for(ids uuid[], account text, at timestamptz)
returns table (entry_id uuid, number text, choice text)
language sql volatile rows 20 set search_path = '' as $$
    with usable as materialized (select * from private.caller_numbers(caller_number_for.account)),
    entry as materialized (
        select q.id, q.person, q.recipient_number, q.country, own.full_number as users, ours.full_number as named,
               coalesce(q.organization_id, private.sole_organization()) as organization,
               coalesce(q.organization_id, '00000000-0000-0000-0000-000000000000') as scope
          from unnest(ids) wanted (id)
          join public.call_queue q on q.id = wanted.id
          left join public.user_phone_numbers own
            on own.id = q.caller_number_id and own.user_id = q.user_id and own.verified and own.is_active
          left join public.provider_phone_numbers ours
            on ours.id = q.from_number_id and ours.is_active and private.number_serves(ours.organization_id, q.organization_id)),
    -- Whom nobody's number called before goes on with it, for an organization that has no number of its own.
    known as materialized (
        select e.*, b.number as bound, exists (
                   select from usable u where u.number = b.number and private.number_serves(u.organization, e.organization)) as still
          from entry e
          left join lateral (
              select c.number from public.caller_bindings c
               where c.person = e.person and c.account = caller_number_for.account
                 and (c.scope = e.scope
                      or (c.scope = '00000000-0000-0000-0000-000000000000'
                          and not exists (select from usable u where u.organization = e.organization and u.number <> c.number)))
               order by c.scope = e.scope desc limit 1) b on true),
    best as (
        select e.id, near.number, near.choice
          from known e cross join lateral (
              select u.number, u.is_default, u.organization is not null as is_own,
                     case when exists (select from unnest(u.area_prefixes) p where starts_with(e.recipient_number, p)) then 'area'
                          when exists (select from unnest(u.region_prefixes) p where starts_with(e.recipient_number, p)) then 'region'
                          when u.country = e.country then 'country' when u.is_default then 'default' else 'other' end as choice
                from usable u
               where coalesce(e.users, e.named) is null and not e.still and private.number_serves(u.organization, e.organization)) near
         order by e.id, near.is_own desc, array_position(array['area', 'region', 'country', 'default', 'other'], near.choice),
                  near.is_default desc, hashtextextended(e.person || near.number, 0)),
    first as (select distinct on (b.id) b.* from best b),
    chosen as materialized (
        select e.id, e.person, e.scope, coalesce(e.users, e.named, case when e.still then e.bound else f.number end) as number,
               case when coalesce(e.users, e.named) is not null then 'named' when e.still then 'bound'
                    when e.bound is null or f.number is null then coalesce(f.choice, 'default')
                    when exists (select from public.number_health h where h.number = e.bound and h.red_at is not null)
                    then 'instead_of_red' else 'instead_of_gone' end as choice,
               e.users is null as is_ours
          from known e left join first f on f.id = e.id),
    bound as (
        insert into public.caller_bindings as b (person, account, scope, number)
        select distinct on (c.person, c.scope) c.person, caller_number_for.account, c.scope, c.number from chosen c
         where c.number is not null and c.is_ours and c.choice <> 'bound'
         order by c.person, c.scope, c.id
            on conflict (person, account, scope) do update
           set number = excluded.number, replaced = b.number, replaced_at = caller_number_for.at
         where b.number <> excluded.number and not exists (
                   select from chosen c where c.person = excluded.person and c.number = excluded.number and c.choice = 'named'))
    select c.id, c.number, c.choice from chosen c
$$;

select private.share_with_service(
    'caller_numbers', 'code_number', 'account_may_call', 'some_number_may_call', 'account_serves', 'provider_that_serves', 'may_call_out', 'note_caller_number',
    'caller_number_for');
