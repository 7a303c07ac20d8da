-- Providers that dial: their accounts, kept and read.

select private.drop_functions('dialling_providers', 'add_provider', 'change_provider', 'providers_list', 'show_provider');

-- The providers that can be asked to dial, the first to be asked first. `takes_any`: it carries calls that wish for no number.
create or replace function private.providers_in_turn() returns table (id uuid, name text, kind text, takes_any boolean, limits jsonb)
language sql stable rows 3 set search_path = '' as $$
    select p.id, p.name, p.kind, p.name = 'twilio' or p.default_number is not null,
           jsonb_strip_nulls(jsonb_build_object('calls_per_second', p.calls_per_second, 'caller_number', p.default_number))
      from public.call_service_providers p
     where p.kind is not null and (p.name = 'twilio' or p.account_sid is not null)
     order by coalesce(p.priority, 1), p.name
$$;

-- The limits of one provider: rate and lines of the settings are the account's of the settings; what else they say holds back all.
create or replace function private.limits_of(account text, own jsonb, limits jsonb) returns jsonb
language sql immutable set search_path = '' as $$
    select case when account = 'twilio' then limits
                else limits - '{calls_per_second,burst,concurrent,caller_number,caller_country}'::text[] || own end
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

-- What people see of a provider; never its secrets.
create or replace function private.provider_view(p public.call_service_providers) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'id', p.id, 'name', p.name, 'kind', p.kind, 'account_sid', p.account_sid, 'base_url', p.base_url,
        'default_number', p.default_number, 'priority', coalesce(p.priority, 1), 'concurrency_limit', p.concurrency_limit,
        'calls_per_second', case when p.account_sid is not null then p.calls_per_second end, 'enabled', p.enabled,
        'from_settings', p.account_sid is null, 'has_secrets', p.api_credentials is not null,
        'under_way', coalesce((select l.calls from public.dialling_load l where l.subject = 'account:' || p.name), 0), 'breaker', coalesce((
            select jsonb_build_object('state', b.state, 'reason', b.reason, 'opened_at', b.opened_at, 'probe_at', b.probe_at)
              from public.provider_breakers b where b.provider = p.name),
            '{"state": "closed", "reason": null, "opened_at": null, "probe_at": null}'),
        'created_at', p.created_at, 'updated_at', p.updated_at)
$$;

-- add_provider: kind command; key name; called by services/dialling/providers
-- `sealed`: its secrets, encrypted. `fields` are those of change_provider.
create function public.add_provider(
    name text, kind text, account_sid text, sealed text, fields jsonb default '{}', actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    taken text;
begin
    if not private.is_service_wide(add_provider.actor) then
        return '{"result": "refused", "code": "not_allowed"}';
    end if;
    insert into public.call_service_providers (name, type, kind, account_sid, api_credentials, default_number)
    values (add_provider.name, 'voice', add_provider.kind, add_provider.account_sid,
            jsonb_build_object('sealed', add_provider.sealed), null);
    return public.change_provider(add_provider.name, add_provider.fields, null, add_provider.actor) || '{"result": "added"}';
exception when unique_violation then
    get stacked diagnostics taken = constraint_name;
    return jsonb_build_object('result', 'refused', 'code', case taken
        when 'call_service_providers_account_key' then 'account_taken' else 'name_taken' end);
end $$;

-- change_provider: kind command; key name; called by services/dialling/providers
-- `fields`: base_url, default_number, priority, concurrency_limit, calls_per_second, enabled; what is absent stays, null clears.
-- `sealed`: other secrets; null leaves them. The account of the settings has its number, rate and secrets from there.
create function public.change_provider(name text, fields jsonb, sealed text default null, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    was public.call_service_providers;
    made public.call_service_providers;
begin
    if not private.is_service_wide(change_provider.actor) then
        return '{"result": "refused", "code": "not_allowed"}';
    end if;
    select p.* into was from public.call_service_providers p
     where p.name = change_provider.name and p.kind is not null for update;
    if was.id is null then
        return '{"result": "refused", "code": "unknown_provider"}';
    end if;
    if was.account_sid is null and (sealed is not null or fields ?| '{base_url, default_number, calls_per_second}') then
        return '{"result": "refused", "code": "from_settings"}';
    end if;
    made := jsonb_populate_record(was, fields);
    update public.call_service_providers p
       set base_url = made.base_url, default_number = made.default_number, priority = coalesce(made.priority, 1),
           concurrency_limit = made.concurrency_limit, calls_per_second = made.calls_per_second, enabled = coalesce(made.enabled, true),
           api_credentials = case when sealed is null then p.api_credentials else jsonb_build_object('sealed', sealed) end,
           revision = p.revision + 1
     where p.id = was.id returning p.* into made;
    if sealed is not null or (made.enabled and not was.enabled) then
        -- What it failed at before says nothing of it now.
        delete from public.provider_seconds s where s.provider = made.name;
        update public.provider_breakers b
           set state = 'closed', opened_at = null, probe_at = null, probe_token = null, probe_until = null, openings = 0, reason = null
         where b.provider = made.name;
    end if;
    return jsonb_build_object('result', 'changed', 'provider', private.provider_view(made));
end $$;

-- providers_list: kind read; key actor; called by api, cli providers
-- All that dial, the first to be asked first.
create function public.providers_list(actor jsonb default null) returns jsonb
language sql stable set search_path = '' as $$
    select case when not private.is_service_wide(providers_list.actor) then '{"result": "refused", "code": "not_allowed"}'
                else jsonb_build_object('result', 'listed', 'providers', coalesce((
                    select jsonb_agg(private.provider_view(p) order by coalesce(p.priority, 1), p.name)
                      from public.call_service_providers p where p.kind is not null), '[]')) end
$$;

-- show_provider: kind read; key name; called by api, cli providers
create function public.show_provider(name text, actor jsonb default null) returns jsonb
language sql stable set search_path = '' as $$
    select case when not private.is_service_wide(show_provider.actor) then '{"result": "refused", "code": "not_allowed"}'
                else coalesce((select jsonb_build_object('result', 'found', 'provider', private.provider_view(p))
                                 from public.call_service_providers p where p.name = show_provider.name and p.kind is not null),
                              '{"result": "refused", "code": "unknown_provider"}') end
$$;

select private.grant_to_service('dialling_providers', 'add_provider', 'change_provider', 'providers_list', 'show_provider');
select private.share_with_service('providers_in_turn', 'limits_of', 'provider_view');
