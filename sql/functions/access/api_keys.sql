-- Keys of those who use the API. Only what a key hashes to is kept.

select private.drop_functions('create_api_key', 'find_api_keys', 'touch_api_key', 'list_api_keys', 'revoke_api_key');

-- create_api_key: kind command; key key_hash; called by services/create_key
-- A key of a user or an organization opens what is theirs, and nothing else; one of nobody is the operator's.
create function public.create_api_key(
    name text, key_hash text, key_prefix text, role text default 'operator', expires_at timestamptz default null,
    user_id uuid default null, organization_id uuid default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    made uuid;
begin
    if create_api_key.user_id is not null
       and not exists (select from public.user_profiles u where u.user_id = create_api_key.user_id) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_user');
    end if;
    if create_api_key.organization_id is not null
       and not exists (select from public.organizations o where o.id = create_api_key.organization_id) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_organization');
    end if;
    insert into public.api_keys (name, key_hash, key_prefix, role, expires_at, user_id, organization_id)
    values (create_api_key.name, create_api_key.key_hash, create_api_key.key_prefix, create_api_key.role,
            create_api_key.expires_at, create_api_key.user_id, create_api_key.organization_id)
    on conflict do nothing
    returning id into made;
    if made is null then
        return jsonb_build_object('result', 'refused', 'code', 'name_taken');
    end if;
    return jsonb_build_object('result', 'created', 'id', made);
end $$;

-- The role that a key's person has in the key's organization now; null: the key is not of a member.
create or replace function private.member_role(k public.api_keys) returns text
language sql stable set search_path = '' as $$
    select m.role from public.organization_members m
     where m.user_id = k.user_id and m.organization_id = k.organization_id and m.status = 'active'
$$;

-- Whether a key opens something now: one of an organization while that is active, one of a person in it while the person belongs
-- to it.
create or replace function private.key_holds(k public.api_keys) returns boolean
language sql stable set search_path = '' as $$
    select k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
       and (k.organization_id is null or private.is_open(k.organization_id))
       and (k.user_id is null or k.organization_id is null or private.member_role(k) is not null)
$$;

-- find_api_keys: kind read; key key_prefix; called by api/authentication
-- Only keys that hold, with the role of the member whose key it is. The caller compares the hashes, in constant time.
create function public.find_api_keys(key_prefix text) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object('keys', coalesce((
        select jsonb_agg(jsonb_build_object(
                   'id', k.id, 'name', k.name, 'role', k.role, 'key_hash', k.key_hash, 'user_id', k.user_id,
                   'organization_id', k.organization_id, 'member_role', private.member_role(k),
                   'seen_lately', coalesce(k.last_used_at > now() - interval '1 minute', false)))
          from public.api_keys k
         where k.key_prefix = find_api_keys.key_prefix and private.key_holds(k)), '[]'))
$$;

-- touch_api_key: kind command; key key_id; called by api/authentication, at most once a minute for a key
create function public.touch_api_key(key_id uuid) returns jsonb
language plpgsql set search_path = '' as $$
begin
    update public.api_keys k set last_used_at = now() where k.id = key_id;
    return jsonb_build_object('result', 'touched');
end $$;

-- list_api_keys: kind read; key none; called by cli keys list
create function public.list_api_keys() returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object('keys', coalesce(jsonb_agg(jsonb_build_object(
               'id', k.id, 'name', k.name, 'role', k.role, 'key_prefix', k.key_prefix, 'user_id', k.user_id,
               'organization_id', k.organization_id, 'created_at', k.created_at,
               'last_used_at', k.last_used_at, 'expires_at', k.expires_at, 'revoked_at', k.revoked_at)
               order by k.created_at), '[]'))
      from public.api_keys k
$$;

-- revoke_api_key: kind command; key name; called by cli keys revoke
-- `name` is a key's name, or its first characters; it holds for nobody from the next request on.
create function public.revoke_api_key(name text) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    count int;
begin
    update public.api_keys k set revoked_at = now()
     where revoke_api_key.name in (k.name, k.key_prefix) and k.revoked_at is null;
    get diagnostics count = row_count;
    return jsonb_build_object('result', case when count > 0 then 'revoked' else 'unknown' end, 'count', count);
end $$;

select private.share_with_service('member_role', 'key_holds');
select private.grant_to_service('create_api_key', 'find_api_keys', 'touch_api_key', 'list_api_keys', 'revoke_api_key');
