-- Keys of the API as those who lead an organization see and make them: its own; and whoever runs the service, all.

select private.drop_functions('api_keys_page', 'make_api_key', 'end_api_key');

-- api_keys_page: kind read; key actor, after; called by console, api
-- A page (access/pages.sql), the newest first.
create function public.api_keys_page(
    actor jsonb default null, page_size int default 50, after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(page_size);
    organization constant uuid := private.actor_organization(actor);
    after_at constant timestamptz := (after ->> 'at')::timestamptz;
    after_id constant uuid := (after ->> 'id')::uuid;
begin
    if not private.leads(actor, organization) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(to_jsonb(f), jsonb_build_object('at', f.created_at, 'id', f.id))
                                  order by f.created_at desc, f.id desc), '[]')
          from (select k.id, k.name, k.role, k.key_prefix, k.user_id, k.organization_id, k.created_at, k.last_used_at,
                       k.expires_at, k.revoked_at,
                       k.revoked_at is null and coalesce(k.expires_at > now(), true) as holds
                  from public.api_keys k
                 where (organization is null or k.organization_id = organization)
                   and (after_at is null or (k.created_at, k.id) < (after_at, after_id))
                 order by k.created_at desc, k.id desc limit size + 1) f), size);
end $$;

-- make_api_key: kind command; key key_hash; called by services/create_key
-- A leader's key opens what is the organization's, and nothing else; the service's own may be of nobody. A team's key makes none.
create function public.make_api_key(
    name text, key_hash text, key_prefix text, role text default 'operator', expires_at timestamptz default null,
    actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    organization constant uuid := private.actor_organization(actor);
    made jsonb;
begin
    if not private.leads_in_person(actor, organization) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    if make_api_key.role not in ('operator', 'integrator') then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_role');
    end if;
    made := public.create_api_key(
        name => make_api_key.name, key_hash => make_api_key.key_hash, key_prefix => make_api_key.key_prefix,
        role => make_api_key.role, expires_at => make_api_key.expires_at, organization_id => organization,
        -- Calls and texts are somebody's: without a person such a key could only look.
        user_id => case when organization is not null and make_api_key.role = 'operator' then private.actor_user(actor) end);
    if made ->> 'result' = 'created' then
        perform private.audit(actor, 'key.made', 'key', made ->> 'id',
                              after => jsonb_build_object('name', make_api_key.name, 'role', make_api_key.role));
    end if;
    return made;
end $$;

-- end_api_key: kind command; key key_id; called by console, api
-- It opens nothing from the next request on; one that holds no more stays as it is.
create function public.end_api_key(key_id uuid, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    organization constant uuid := private.actor_organization(actor);
    ended public.api_keys;
begin
    if not private.leads(actor, organization) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    select k.* into ended from public.api_keys k
     where k.id = end_api_key.key_id and (organization is null or k.organization_id = organization) for update;
    if ended.id is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_key');
    end if;
    if ended.revoked_at is null then
        update public.api_keys k set revoked_at = now() where k.id = ended.id;
        perform private.audit(actor, 'key.revoked', 'key', ended.id::text,
                              after => jsonb_build_object('name', ended.name));
    end if;
    return jsonb_build_object('result', 'ended', 'name', ended.name);
end $$;

select private.grant_to_service('api_keys_page', 'make_api_key', 'end_api_key');
