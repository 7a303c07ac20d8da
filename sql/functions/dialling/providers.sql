-- Providers that dial: their accounts, kept and read.

select private.drop_functions('dialling_providers');

-- The providers that can be asked to dial, the first to be asked first. `takes_any`: it carries calls that wish for no number.
create or replace function private.providers_in_turn() returns table (id uuid, name text, kind text, takes_any boolean, limits jsonb)
language sql stable rows 3 set search_path = '' as $$
    select p.id, p.name, p.kind, p.name = 'twilio' or p.default_number is not null,
           jsonb_strip_nulls(jsonb_build_object('calls_per_second', p.calls_per_second))
      from public.call_service_providers p
     where p.kind is not null and (p.name = 'twilio' or p.account_sid is not null)
     order by coalesce(p.priority, 1), p.name
$$;

-- The limits of one provider: those of the settings are the account's of the settings; an outage holds back all.
create or replace function private.limits_of(account text, own jsonb, limits jsonb) returns jsonb
language sql immutable set search_path = '' as $$
    select case when account = 'twilio' then limits
                else own || jsonb_strip_nulls(jsonb_build_object('hold', limits -> 'hold')) end
$$;

-- dialling_providers: kind read; key none; called by the wiring
-- Every account that dials or has dialled, the first to be asked first, with its sealed credentials and the numbers that it
-- carries. That of the settings is among them, without either.
create function public.dialling_providers() returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(jsonb_build_object(
               'id', p.id, 'name', p.name, 'kind', p.kind, 'account_sid', p.account_sid, 'base_url', p.base_url,
               'default_number', p.default_number, 'enabled', p.enabled, 'revision', p.revision,
               'sealed', p.api_credentials ->> 'sealed',
               'numbers', case when p.account_sid is null then '[]'::jsonb else coalesce((
                   select jsonb_agg(n.full_number order by n.full_number) from public.provider_phone_numbers n
                    where n.provider_id = p.id and n.is_active), '[]') end)
               order by coalesce(p.priority, 1), p.name), '[]')
      from public.call_service_providers p where p.kind is not null
$$;

select private.grant_to_service('dialling_providers');
select private.share_with_service('providers_in_turn', 'limits_of');
