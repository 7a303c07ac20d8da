-- The service's own phone numbers, as the carrier lists them.

select private.drop_functions('sync_numbers', 'list_numbers');

-- sync_numbers: kind command; key provider_name; called by cli numbers sync
-- `numbers`: [{phone_id, full_number, country_code?, area_code?, phone_number?, capabilities?}]. A number that the
-- carrier no longer lists is switched off, and keeps its template for when it comes back; an empty list is refused.
create function public.sync_numbers(provider_name text, numbers jsonb) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    provider uuid;
    written int;
    gone int;
begin
    if jsonb_typeof(numbers) is distinct from 'array' or numbers = '[]' then
        return jsonb_build_object('result', 'refused', 'code', 'no_numbers');
    end if;
    provider := private.provider_named(provider_name, 'voice');
    insert into public.provider_phone_numbers as o (
        provider_id, phone_id, country_code, area_code, phone_number, full_number, capabilities, is_active)
    select distinct on (n ->> 'phone_id')
           provider, n ->> 'phone_id', coalesce(n ->> 'country_code', ''), coalesce(n ->> 'area_code', ''),
           coalesce(n ->> 'phone_number', ltrim(n ->> 'full_number', '+')), n ->> 'full_number', n -> 'capabilities', true
      from jsonb_array_elements(numbers) n
     where coalesce(n ->> 'phone_id', '') <> '' and coalesce(n ->> 'full_number', '') <> ''
    on conflict (provider_id, phone_id) do update
       set country_code = excluded.country_code, area_code = excluded.area_code, phone_number = excluded.phone_number,
           full_number = excluded.full_number, capabilities = excluded.capabilities, is_active = true;
    get diagnostics written = row_count;
    update public.provider_phone_numbers o set is_active = false
     where o.provider_id = provider and o.is_active
       and not exists (select from jsonb_array_elements(numbers) n where n ->> 'phone_id' = o.phone_id);
    get diagnostics gone = row_count;
    return jsonb_build_object('result', 'synced', 'active', written, 'switched_off', gone);
end $$;

-- list_numbers: kind read; key none; called by cli numbers list, doctor, api, console
create function public.list_numbers() returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(jsonb_build_object(
               'id', n.id, 'provider', p.name, 'phone_id', n.phone_id, 'full_number', n.full_number,
               'capabilities', n.capabilities, 'is_active', n.is_active, 'template_id', n.template_id,
               'template', t.name) order by n.is_active desc, n.full_number, n.id), '[]')
      from public.provider_phone_numbers n
      join public.call_service_providers p on p.id = n.provider_id
      left join public.call_templates t on t.id = n.template_id
$$;

select private.grant_to_service('sync_numbers', 'list_numbers');
