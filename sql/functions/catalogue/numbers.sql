-- The account's phone numbers, as the carrier lists them, and which of them lead here.

select private.drop_functions('sync_numbers', 'list_numbers', 'connect_number', 'show_connection', 'release_number',
    'numbers_with_health', 'assign_number');

create or replace function private.texts_of(list jsonb) returns text[]
language sql immutable set search_path = '' as $$
    select case when jsonb_typeof(list) = 'array' then array(select jsonb_array_elements_text(list)) end
$$;

-- sync_numbers: kind command; key provider_name; called by services/numbers/sync
-- `numbers`: [{phone_id, full_number, country_code?, area_code?, phone_number?, capabilities?, country?, area_prefixes?,
-- region_prefixes?}]. A number that the carrier no longer lists is switched off, and keeps its template for when it comes back; an empty list is refused.
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
        provider_id, phone_id, country_code, area_code, phone_number, full_number, capabilities, is_active, country,
        area_prefixes, region_prefixes)
    select distinct on (n ->> 'phone_id')
           provider, n ->> 'phone_id', coalesce(n ->> 'country_code', ''), coalesce(n ->> 'area_code', ''),
           coalesce(n ->> 'phone_number', ltrim(n ->> 'full_number', '+')), n ->> 'full_number', n -> 'capabilities', true,
           n ->> 'country', private.texts_of(n -> 'area_prefixes'), private.texts_of(n -> 'region_prefixes')
      from jsonb_array_elements(numbers) n
     where coalesce(n ->> 'phone_id', '') <> '' and coalesce(n ->> 'full_number', '') <> ''
    on conflict (provider_id, phone_id) do update
       set country_code = excluded.country_code, area_code = excluded.area_code, phone_number = excluded.phone_number,
           full_number = excluded.full_number, capabilities = excluded.capabilities, is_active = true,
           country = excluded.country, area_prefixes = excluded.area_prefixes, region_prefixes = excluded.region_prefixes;
    get diagnostics written = row_count;
    update public.provider_phone_numbers o set is_active = false
     where o.provider_id = provider and o.is_active
       and not exists (select from jsonb_array_elements(numbers) n where n ->> 'phone_id' = o.phone_id);
    get diagnostics gone = row_count;
    return jsonb_build_object('result', 'synced', 'active', written, 'switched_off', gone);
end $$;

-- list_numbers: kind read; key none; called by cli numbers list, services/doctor/outside, services/upkeep/reconcile, the demo
-- `template_version` is what calls run; null where nothing of the template was published.
create function public.list_numbers() returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(jsonb_build_object(
               'id', n.id, 'provider', p.name, 'phone_id', n.phone_id, 'full_number', n.full_number,
               'capabilities', n.capabilities, 'is_active', n.is_active, 'template_id', n.template_id,
               'template', t.name, 'template_version', v.version, 'organization', o.slug, 'connected_at', c.created_at) order by n.is_active desc, n.full_number, n.id), '[]')
      from public.provider_phone_numbers n
      join public.call_service_providers p on p.id = n.provider_id
      left join public.call_templates t on t.id = n.template_id
      left join public.call_template_versions v on v.id = t.published_version_id
      left join public.number_connections c on c.number_id = n.id
      left join public.organizations o on o.id = n.organization_id
$$;

-- numbers_with_health: kind read; key actor; called by console, api
-- Numbers with where they point, at most 500: all for whoever runs the service, else the organization's and those whose template
-- the actor may see. `organization` is the one that was chosen; null: nobody chose one. `red_at`: it is chosen for nobody since then. `health` is null where nothing was counted.
create function public.numbers_with_health(actor jsonb default null) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object('rows', coalesce(jsonb_agg(to_jsonb(f) order by f.is_active desc, f.red_at, f.number), '[]'))
      from (
        select n.id, n.full_number as number, n.is_active, n.capabilities, c.created_at as connected_at,
               n.organization_id, coalesce(o.display_name, o.name) as organization, n.template_id, t.name as template, v.version, v.content <> private.template_content(t) as changed,
               h.red_at, h.red_dials, h.red_rate, h.usual_rate, d.dials, d.answers,
               case when private.is_service_wide(actor) and n.organization_id is not null then private.unplaced(n.full_number) end as unplaced
          from public.provider_phone_numbers n
          left join public.call_templates t on t.id = n.template_id
          left join public.call_template_versions v on v.id = t.published_version_id
          left join public.number_connections c on c.number_id = n.id
          left join public.number_health h on h.number = n.full_number
          left join public.number_days d
                 on d.number = n.full_number and d.day = (now() at time zone 'UTC')::date
          left join public.organizations o on o.id = n.organization_id
         where private.is_service_wide(actor)
            or private.may_see_row(actor, null, coalesce(n.organization_id, private.sole_organization()))
            or (t.id is not null and not t.is_public and private.may_see_template(actor, t))
         order by n.is_active desc, n.full_number limit 500) f
$$;

-- assign_number: kind command; key number; called by cli numbers assign, console, api
-- Whose calls and texts come over a number from now on: `organization` is an id or a slug, null: the service's. What came before
-- stays where it is; with `history` what came over it and belongs to nobody is given, too, by a job.
create function public.assign_number(
    number text, organization text default null, actor jsonb default null, history boolean default false
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    chosen public.organizations;
    before text;
    is_new boolean;
begin
    if not private.is_service_wide(assign_number.actor) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    if assign_number.organization is not null then
        select o.* into chosen from public.organizations o
         where o.deleted_at is null and (o.id::text = lower(assign_number.organization) or o.slug = assign_number.organization)
         order by (o.id::text = lower(assign_number.organization)) desc limit 1;
        if chosen.id is null then
            return jsonb_build_object('result', 'refused', 'code', 'unknown_organization', 'slugs', coalesce((
                select jsonb_agg(s.slug order by s.slug) from (
                    select o.slug from public.organizations o where o.deleted_at is null order by o.slug limit 20) s), '[]'));
        end if;
    end if;
    select (select o.slug from public.organizations o where o.id = n.organization_id) into before
      from public.provider_phone_numbers n where n.full_number = assign_number.number order by n.id limit 1 for update;
    if not found then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_number');
    end if;
    update public.provider_phone_numbers n set organization_id = chosen.id
     where n.full_number = assign_number.number and n.organization_id is distinct from chosen.id;
    is_new := found;
    -- Nobody of the team before answers over it any more.
    update public.conversations c set waiting_since = null, answer_token = null, answer_lease_until = null, status = 'pending'
     where is_new and c.waiting_since is not null and private.bare_number(c.our_number) = assign_number.number
       and not private.is_current(c);
    if is_new or assign_number.history then
        perform private.audit(assign_number.actor, 'number.assigned', 'number', assign_number.number,
                              jsonb_build_object('organization', before),
                              jsonb_build_object('organization', chosen.slug, 'history', assign_number.history));
    end if;
    if assign_number.history and chosen.id is not null then
        perform private.ask_to_place(chosen.id, (
            select n.id from public.provider_phone_numbers n where n.full_number = assign_number.number order by n.id limit 1));
    end if;
    return jsonb_build_object('result', case when is_new then 'assigned' else 'known' end, 'number', assign_number.number,
                              'organization_id', chosen.id, 'organization', chosen.slug,
                              'unplaced', private.unplaced(assign_number.number));
end $$;

-- The one template that is meant by an id or a name: {template_id}, or a refusal that says what there is.
create or replace function private.template_meant(wanted text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    found_ids constant uuid[] := array(
        select t.id from public.call_templates t where t.id::text = lower(btrim(wanted)) or t.name = btrim(wanted)
         order by (t.id::text = lower(btrim(wanted))) desc, t.created_at, t.id limit 10);
begin
    if cardinality(found_ids) = 0 then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_template', 'names', coalesce((
            select jsonb_agg(one.name order by one.name) from (
                select distinct t.name from public.call_templates t order by t.name limit 20) one), '[]'));
    end if;
    -- An id is one template's alone, also when another one is called by it.
    if cardinality(found_ids) > 1 and found_ids[1]::text <> lower(btrim(wanted)) then
        return jsonb_build_object('result', 'refused', 'code', 'ambiguous_template', 'ids', to_jsonb(found_ids));
    end if;
    return jsonb_build_object('result', 'found', 'template_id', found_ids[1]);
end $$;

-- connect_number: kind command; key provider_name, number.phone_id; called by services/numbers/connect
-- `number` is as in sync_numbers; `before` and `registered` are fields of the number at the carrier. The first `before`
-- stays until the number is released. `template` is an id or a name, null leaves the number's own. With `only_look`
-- nothing is written: it says whether the template would be taken.
create function public.connect_number(
    provider_name text, number jsonb, before jsonb, registered jsonb, template text default null,
    only_look boolean default false
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    meant jsonb := jsonb_build_object('result', 'found');
    the_number uuid;
    is_first boolean;
begin
    if connect_number.template is not null then
        meant := private.template_meant(connect_number.template);
    end if;
    if meant ->> 'result' = 'refused' or only_look then
        return meant;
    end if;
    insert into public.provider_phone_numbers as o (
        provider_id, phone_id, country_code, area_code, phone_number, full_number, capabilities, is_active, template_id, country,
        area_prefixes, region_prefixes)
    values (
        private.provider_named(provider_name, 'voice'), number ->> 'phone_id', coalesce(number ->> 'country_code', ''),
        coalesce(number ->> 'area_code', ''), coalesce(number ->> 'phone_number', ltrim(number ->> 'full_number', '+')),
        number ->> 'full_number', number -> 'capabilities', true, (meant ->> 'template_id')::uuid,
        number ->> 'country', private.texts_of(number -> 'area_prefixes'), private.texts_of(number -> 'region_prefixes'))
    on conflict (provider_id, phone_id) do update
       set full_number = excluded.full_number, capabilities = excluded.capabilities, is_active = true,
           country = excluded.country, area_prefixes = excluded.area_prefixes, region_prefixes = excluded.region_prefixes,
           template_id = coalesce(excluded.template_id, o.template_id)
    returning o.id into the_number;
    insert into public.number_connections as c (number_id, before, registered)
    values (the_number, connect_number.before, connect_number.registered)
    on conflict (number_id) do update set registered = excluded.registered
    returning c.xmax = 0 into is_first;
    return jsonb_build_object(
        'result', case when is_first then 'connected' else 'known' end, 'number_id', the_number,
        'template_id', (select n.template_id from public.provider_phone_numbers n where n.id = the_number));
end $$;

-- show_connection: kind read; key provider_name, full_number; called by services/numbers/connect
create function public.show_connection(provider_name text, full_number text) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select coalesce((
        select jsonb_build_object(
                   'result', 'found', 'phone_id', n.phone_id, 'before', c.before, 'registered', c.registered,
                   'connected_at', c.created_at)
          from public.number_connections c
          join public.provider_phone_numbers n on n.id = c.number_id
          join public.call_service_providers p on p.id = n.provider_id
         where p.name = show_connection.provider_name and n.full_number = show_connection.full_number
         order by n.is_active desc, c.created_at desc limit 1),
        jsonb_build_object('result', 'refused', 'code', 'not_connected'))
$$;

-- release_number: kind command; key provider_name, phone_id; called by services/numbers/connect
-- The number keeps its template, for when it is connected again.
create function public.release_number(provider_name text, phone_id text) returns jsonb
language plpgsql set search_path = '' as $$
begin
    delete from public.number_connections c
     using public.provider_phone_numbers n
      join public.call_service_providers p on p.id = n.provider_id
     where n.id = c.number_id and p.name = release_number.provider_name and n.phone_id = release_number.phone_id;
    return case when found then jsonb_build_object('result', 'released')
                else jsonb_build_object('result', 'refused', 'code', 'not_connected') end;
end $$;

select private.share_with_service('template_meant', 'texts_of');
select private.grant_to_service('sync_numbers', 'list_numbers', 'connect_number', 'show_connection', 'release_number',
    'numbers_with_health', 'assign_number');
