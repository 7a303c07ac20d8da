-- Who did what, on what, and from where. Rows are written by the functions that do it, and never change.

select private.drop_functions('note_audit', 'audit_page');

-- An API key is nobody: the row names the key beside what was changed.
create or replace function private.audit(
    actor jsonb, action text, object_type text, object_id text, before jsonb default null, after jsonb default null,
    organization uuid default null
) returns void
language sql set search_path = '' as $$
    insert into public.audit_log (user_id, organization_id, role, action, object_type, object_id, before, after, address)
    values (coalesce(private.actor_user(actor), (actor ->> 'by')::uuid), coalesce(organization, private.actor_organization(actor)),
            coalesce(actor ->> 'role', 'operator'), action, object_type, left(object_id, 200), before,
            case when actor ->> 'key_id' is null then after
                 else coalesce(after, '{}') || jsonb_build_object('key', actor ->> 'key_id') end,
            left(actor ->> 'address', 100))
$$;

-- Whether a thing still is as whoever changes it saw it; `was` has what they saw of it, null: they do not say.
create or replace function private.stands(thing jsonb, was jsonb) returns boolean
language sql immutable set search_path = '' as $$
    select not exists (
        select from jsonb_each(case when jsonb_typeof(was) = 'object' then was else '{}' end) w
         where coalesce(thing -> w.key, 'null') is distinct from w.value)
$$;

-- The role that a member has now; the operator of the machine leads everywhere. Null: no member.
create or replace function private.role_in(actor jsonb, organization uuid) returns text
language sql stable set search_path = '' as $$
    select case
        when not private.acts_as(actor, 'operator') then null
        when private.is_service_wide(actor) then 'owner'
        when private.actor_organization(actor) = role_in.organization then (
            select m.role from public.organization_members m
             where m.organization_id = role_in.organization and m.user_id = private.actor_user(actor)
               and m.status = 'active' and private.is_open(role_in.organization))
    end
$$;

-- Whether the actor may change who belongs to an organization, and read what was done in it.
create or replace function private.leads(actor jsonb, organization uuid) returns boolean
language sql stable set search_path = '' as $$
    select coalesce(private.role_in(actor, organization) in ('owner', 'admin'), false)
$$;

-- The same of whoever acts in the console or runs the service. A key of a team is none: what opens doors, or signs somebody in, would
-- outlive the key that made it.
create or replace function private.leads_in_person(actor jsonb, organization uuid) returns boolean
language sql stable set search_path = '' as $$
    select private.is_service_wide(actor) or (actor ->> 'key_id' is null and private.leads(actor, organization))
$$;

-- The organization that somebody works for in the console, and may change things in: not its viewers and agents, and no
-- key of the API, which two marks narrow twice. Null: none.
create or replace function private.works_in(actor jsonb) returns uuid
language sql stable set search_path = '' as $$
    select private.actor_organization(actor)
     where private.actor_user(actor) is not null and actor ->> 'key_id' is null
       and private.role_in(actor, private.actor_organization(actor)) in ('owner', 'admin', 'operator')
$$;

-- note_audit: kind command; key none; called by console, api
-- What was read of somebody: a transcript, a recording, a whole number, an export. With `once_in_s` the same deed of the
-- same person on the same thing is noted no more often than that.
create function public.note_audit(
    action text, object_type text, object_id text, actor jsonb default null, once_in_s double precision default null
) returns jsonb
language plpgsql set search_path = '' as $$
begin
    -- A key of the API stands for an organization without being a member of it.
    if private.role_in(actor, private.actor_organization(actor)) is null and actor ->> 'key_id' is null then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    if once_in_s is not null and exists (
        select from public.audit_log l
         where l.object_type = note_audit.object_type and l.object_id = note_audit.object_id
           and l.at > now() - make_interval(secs => once_in_s) and l.action = note_audit.action
           and l.user_id is not distinct from private.actor_user(actor)
           and l.organization_id is not distinct from private.actor_organization(actor)
           and l.after ->> 'key' is not distinct from actor ->> 'key_id') then
        return jsonb_build_object('result', 'unchanged');
    end if;
    perform private.audit(actor, note_audit.action, note_audit.object_type, note_audit.object_id);
    return jsonb_build_object('result', 'noted');
end $$;

-- audit_page: kind read; key actor, after; called by console, api
-- A page (access/pages.sql), the newest first: of the whole service, or of the organization that the actor leads.
create function public.audit_page(
    actor jsonb default null, page_size int default 50, after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(page_size);
    organization constant uuid := private.actor_organization(actor);
    after_at constant timestamptz := (after ->> 'at')::timestamptz;
    after_id constant bigint := coalesce((after ->> 'id')::bigint, 0);
begin
    if not private.leads(actor, organization) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(to_jsonb(a), jsonb_build_object('at', a.at, 'id', a.id))
                                  order by a.at desc, a.id desc), '[]')
          from (select l.id, l.at, l.user_id, l.role, l.action, l.object_type, l.object_id, l.before, l.after, l.address,
                       l.organization_id, private.name_of(l.user_id) as name,
                       (select k.name from public.api_keys k where k.id::text = l.after ->> 'key') as key_name
                  from public.audit_log l
                 where (organization is null or l.organization_id = organization)
                   and (after_at is null or (l.at, l.id) < (after_at, after_id))
                 order by l.at desc, l.id desc
                 limit size + 1) a), size);
end $$;

-- What a person is called: the name of the profile, else the e-mail, else nothing.
create or replace function private.name_of(person uuid) returns text
language sql stable set search_path = '' as $$
    select coalesce(nullif(btrim(p.first_name || ' ' || p.last_name), ''), p.email)
      from public.user_profiles p where p.user_id = name_of.person
$$;

select private.share_with_service('stands', 'audit', 'role_in', 'leads', 'leads_in_person', 'works_in', 'name_of');
select private.grant_to_service('note_audit', 'audit_page');
