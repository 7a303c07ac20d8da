-- Organizations and who belongs to them. Every change is a row of the audit log in the same transaction. An owner is made
-- and unmade by owners alone, and the last one stays.

select private.drop_functions(
    'make_organization', 'list_organizations', 'list_members', 'invite_member', 'revoke_invitation', 'accept_invitation',
    'change_member', 'remove_member', 'link_member');

-- Why the actor may not change a member of `organization` who is `old` now and becomes `new`; null: it may.
create or replace function private.why_not_member(actor jsonb, organization uuid, old text, new text) returns text
language sql stable set search_path = '' as $$
    select case
        when not private.leads(actor, organization) then 'not_allowed'
        when coalesce(new, 'agent') not in ('owner', 'admin', 'operator', 'viewer', 'agent') then 'unknown_role'
        when 'owner' in (old, new) and private.role_in(actor, organization) <> 'owner' then 'owners_alone'
        when old = 'owner' and coalesce(new, '') <> 'owner' and not exists (
            select from public.organization_members m
             where m.organization_id = why_not_member.organization and m.role = 'owner' and m.status = 'active'
            offset 1) then 'last_owner'
    end
$$;

-- make_organization: kind command; key slug; called by console, api
create function public.make_organization(name text, slug text, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    made uuid;
begin
    if not private.is_service_wide(actor) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    if make_organization.name !~ '\S' or length(make_organization.name) > 255
       or make_organization.slug !~ '^[a-z0-9][a-z0-9-]{0,99}$' then
        return jsonb_build_object('result', 'refused', 'code', 'wrong_name');
    end if;
    insert into public.organizations (name, slug) values (make_organization.name, make_organization.slug)
    on conflict do nothing returning id into made;
    if made is null then
        return jsonb_build_object('result', 'refused', 'code', 'name_taken');
    end if;
    perform private.audit(actor, 'organization.made', 'organization', made::text, null,
                          jsonb_build_object('name', make_organization.name), made);
    if private.sole_organization() = made then
        -- What was nobody's is its own: there was no other team.
        perform private.ask_to_place(made, null);
    end if;
    return jsonb_build_object('result', 'made', 'id', made);
end $$;

-- list_organizations: kind read; key none; called by console, api
-- Those of the service for its operator, else the one that the actor stands for, and those that the person belongs to.
create function public.list_organizations(actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
    if not private.acts_as(actor, 'operator') then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    return jsonb_build_object('rows', coalesce((
        select jsonb_agg(to_jsonb(f) order by f.name) from (
            select o.id, coalesce(o.display_name, o.name) as name, o.slug, o.is_active, o.max_members,
                   o.monthly_audio_hours_limit, o.max_sessions_per_month
              from public.organizations o
             where o.deleted_at is null and (private.is_service_wide(actor) or coalesce(o.is_active, true)
                   and o.id = coalesce(private.actor_organization(actor), o.id)
                   and (private.actor_user(actor) is null
                        or private.actor_user(actor) in (select private.members_of(o.id))))
             order by o.name limit 200) f), '[]'));
end $$;

-- list_members: kind read; key organization_id; called by console, api
-- Who belongs to it, and who is invited. Its size is bounded by max_members.
create function public.list_members(organization_id uuid, actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
#variable_conflict use_column
begin
    if not private.leads(actor, list_members.organization_id) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    if not exists (select from public.organizations o
                    where o.id = list_members.organization_id and o.deleted_at is null) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_organization');
    end if;
    return jsonb_build_object(
        'rows', coalesce((
            select jsonb_agg(jsonb_build_object(
                       'user_id', m.user_id, 'name', private.name_of(m.user_id), 'role', m.role, 'joined_at', m.joined_at,
                       'last_login_at', (select p.last_login_at from public.user_profiles p where p.user_id = m.user_id))
                       order by m.joined_at, m.id)
              from public.organization_members m
             where m.organization_id = list_members.organization_id and m.status = 'active'), '[]'),
        'invitations', coalesce((
            select jsonb_agg(jsonb_build_object(
                       'id', i.id, 'email', i.email, 'role', i.role, 'expires_at', i.expires_at, 'created_at', i.created_at)
                       order by i.created_at, i.id)
              from public.organization_invitations i
             where i.organization_id = list_members.organization_id and i.status = 'pending' and i.expires_at > now()),
            '[]'));
end $$;

-- invite_member: kind command; key code_hash; called by services/member_links
-- The link holds a code, of which the hash is kept; it is good once, until `expires_at`.
create function public.invite_member(
    organization_id uuid, role text, code_hash text, expires_at timestamptz, email text default null,
    actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    refused constant text := private.why_not_member(actor, invite_member.organization_id, null, invite_member.role);
    most int;
    made uuid;
begin
    if refused is not null then
        return jsonb_build_object('result', 'refused', 'code', refused);
    end if;
    select o.max_members into most from public.organizations o where o.id = invite_member.organization_id for update;
    if not found then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_organization');
    end if;
    if most <= (select count(*) from public.organization_members m
                 where m.organization_id = invite_member.organization_id and m.status = 'active')
             + (select count(*) from public.organization_invitations i
                 where i.organization_id = invite_member.organization_id and i.status = 'pending' and i.expires_at > now()) then
        return jsonb_build_object('result', 'refused', 'code', 'too_many');
    end if;
    insert into public.organization_invitations (organization_id, email, role, code_hash, invited_by, expires_at)
    values (invite_member.organization_id, nullif(lower(btrim(invite_member.email)), ''), invite_member.role,
            invite_member.code_hash, private.actor_user(actor), invite_member.expires_at)
    returning id into made;
    perform private.audit(actor, 'member.invited', 'invitation', made::text, null,
                          jsonb_build_object('role', invite_member.role), invite_member.organization_id);
    return jsonb_build_object('result', 'invited', 'id', made);
end $$;

-- revoke_invitation: kind command; key invitation_id; called by console, api
create function public.revoke_invitation(invitation_id uuid, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    invited public.organization_invitations;
begin
    select i.* into invited from public.organization_invitations i
     where i.id = revoke_invitation.invitation_id and i.status = 'pending' for update;
    if invited.id is null or not private.leads(actor, invited.organization_id) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_invitation');
    end if;
    update public.organization_invitations i set status = 'revoked' where i.id = invited.id;
    perform private.audit(actor, 'invitation.revoked', 'invitation', invited.id::text,
                          jsonb_build_object('role', invited.role), null, invited.organization_id);
    return jsonb_build_object('result', 'revoked');
end $$;

-- accept_invitation: kind command; key code_hash; called by console
-- `user_id` is who signed in; without one the link itself is the proof, and a person without an e-mail is made. An
-- invitation that names an e-mail is for the account that has proven it.
create function public.accept_invitation(
    code_hash text, user_id uuid default null, email text default null, full_name text default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    invited public.organization_invitations;
    person uuid := accept_invitation.user_id;
begin
    select i.* into invited from public.organization_invitations i
     where i.code_hash = accept_invitation.code_hash and i.status = 'pending' and i.expires_at > now() for update;
    if invited.id is null or not private.is_open(invited.organization_id) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_invitation');
    end if;
    if person is not null and invited.email is not null and invited.email is distinct from lower(accept_invitation.email) then
        return jsonb_build_object('result', 'refused', 'code', 'somebody_elses');
    end if;
    if person is null then
        person := private.make_member_account();
    end if;
    insert into public.user_profiles (user_id, first_name) values (person, left(coalesce(full_name, ''), 200))
    on conflict (user_id) do nothing;
    -- Whoever belongs to it already keeps the role: an invitation neither raises nor lowers anybody.
    insert into public.organization_members as m (organization_id, user_id, role)
    values (invited.organization_id, person, invited.role)
    on conflict (organization_id, user_id) do update
       set role = excluded.role, status = 'active', joined_at = now() where m.status <> 'active';
    if found then
        perform private.audit(jsonb_build_object('user_id', person, 'role', invited.role), 'member.joined', 'member',
                              person::text, null, jsonb_build_object('role', invited.role), invited.organization_id);
    end if;
    update public.user_profiles p set current_organization_id = invited.organization_id where p.user_id = person;
    update public.organization_invitations i
       set status = 'accepted', accepted_by = person, accepted_at = now() where i.id = invited.id;
    return jsonb_build_object('result', 'joined', 'user_id', person, 'organization_id', invited.organization_id);
end $$;

-- change_member: kind command; key organization_id, user_id; called by console, api
-- `was`: {"role"} as the actor saw it; another one now is refused with `changed_meanwhile`.
create function public.change_member(
    organization_id uuid, user_id uuid, role text, actor jsonb default null, was jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
begin
    return private.set_member(actor, change_member.organization_id, change_member.user_id, change_member.role, change_member.was);
end $$;

-- remove_member: kind command; key organization_id, user_id; called by console, api
-- Whoever is removed is out with the next request: roles are read at each.
create function public.remove_member(organization_id uuid, user_id uuid, actor jsonb default null, was jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
begin
    return private.set_member(actor, remove_member.organization_id, remove_member.user_id, null, remove_member.was);
end $$;

-- link_member: kind command; key token_hash; called by services/member_links
-- A link that signs a member in, for whoever may change the member: only owners make one for an owner, and no key of a team makes any.
create function public.link_member(
    organization_id uuid, user_id uuid, token_hash text, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    refused text;
    held text;
begin
    select m.role into held from public.organization_members m
     where m.organization_id = link_member.organization_id and m.user_id = link_member.user_id and m.status = 'active';
    refused := private.why_not_member(actor, link_member.organization_id, held, held);
    if refused is null and not private.leads_in_person(actor, link_member.organization_id) then
        refused := 'not_allowed';
    end if;
    if refused is not null or held is null then
        return jsonb_build_object('result', 'refused', 'code', coalesce(refused, 'unknown_member'));
    end if;
    perform private.audit(actor, 'member.link_made', 'member', link_member.user_id::text, null,
                          jsonb_build_object('role', held), link_member.organization_id);
    return public.make_console_link(link_member.token_hash, link_member.user_id);
end $$;

-- A null role takes the person out.
create or replace function private.set_member(
    actor jsonb, organization uuid, person uuid, new_role text, was jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    old_role text;
    refused text;
    sent public.organization_invitations;
begin
    -- Two owners who take each other's role at once: the second sees what the first left.
    perform from public.organizations o where o.id = organization for update;
    select m.role into old_role from public.organization_members m
     where m.organization_id = organization and m.user_id = person and m.status = 'active' for update;
    refused := private.why_not_member(actor, organization, old_role, new_role);
    if refused is not null or old_role is null then
        return jsonb_build_object('result', 'refused', 'code', coalesce(refused, 'unknown_member'));
    end if;
    if not private.stands(jsonb_build_object('role', old_role), was) then
        return jsonb_build_object('result', 'refused', 'code', 'changed_meanwhile');
    end if;
    update public.organization_members m
       set role = coalesce(new_role, m.role), status = case when new_role is null then 'removed' else m.status end
     where m.organization_id = organization and m.user_id = person;
    perform private.audit(
        actor, case when new_role is null then 'member.removed' else 'member.changed' end, 'member', person::text,
        jsonb_build_object('role', old_role),
        case when new_role is not null then jsonb_build_object('role', new_role) end, organization);
    -- Whoever may invite nobody any more lets nobody in by an invitation of before, and least of all themselves.
    for sent in
        update public.organization_invitations i set status = 'revoked'
         where i.organization_id = organization and i.invited_by = person and i.status = 'pending'
           and case i.role when 'owner' then new_role is distinct from 'owner' else coalesce(new_role, '') not in ('owner', 'admin') end
        returning i.*
    loop
        perform private.audit(actor, 'invitation.revoked', 'invitation', sent.id::text, jsonb_build_object('role', sent.role), null,
                              organization);
    end loop;
    return jsonb_build_object('result', case when new_role is null then 'removed' else 'changed' end);
end $$;

-- Security definer: accounts are rows of auth.users, which the service may not write. Nobody can sign in to this one with
-- a password: it has neither e-mail nor number.
create or replace function private.make_member_account() returns uuid
language plpgsql security definer set search_path = '' as $$
declare
    person constant uuid := gen_random_uuid();
begin
    perform private.insert_auth_user(person, null, null);
    return person;
end $$;

select private.share_with_service('why_not_member', 'set_member', 'make_member_account');
select private.grant_to_service(
    'make_organization', 'list_organizations', 'list_members', 'invite_member', 'revoke_invitation', 'accept_invitation',
    'change_member', 'remove_member', 'link_member');
