-- What an organization says of itself, and what it may have.

select private.drop_functions('show_organization', 'change_organization');

create or replace function private.organization_view(o public.organizations) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select to_jsonb(f) from (
        select o.id, o.name, o.slug, o.display_name, o.description, o.website_url, o.contact_email, o.phone, o.billing_email,
               o.default_timezone, o.default_language, o.max_members, o.monthly_audio_hours_limit,
               o.max_sessions_per_month, o.is_active, o.created_at,
               (select count(*) from private.members_of(o.id)) as members) f
$$;

-- show_organization: kind read; key organization_id; called by console, api
-- The one that is asked for, else the actor's own; no row where whoever runs the service names none.
create function public.show_organization(organization_id uuid default null, actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
declare
    wanted constant uuid := coalesce(show_organization.organization_id, private.actor_organization(actor));
    found_one public.organizations;
begin
    if actor ->> 'key_id' is not null and not private.leads(actor, wanted) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    select o.* into found_one from public.organizations o where o.id = wanted and o.deleted_at is null;
    if found_one.id is null or not private.leads(actor, wanted) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_organization');
    end if;
    return jsonb_build_object('result', 'found', 'organization', private.organization_view(found_one));
end $$;

-- change_organization: kind command; key organization_id; called by console, api
-- `changes`: columns and what they are from now on; null clears. What an organization may have is for whoever runs the
-- service to say: a leader's words on that are refused.
-- `was`: columns as the actor saw them; others now are refused with `changed_meanwhile`.
create function public.change_organization(
    organization_id uuid, changes jsonb, actor jsonb default null, was jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    own constant text[] := array['display_name', 'description', 'website_url', 'contact_email', 'phone', 'billing_email',
                                 'default_timezone', 'default_language'];
    limits constant text[] := array['max_members', 'monthly_audio_hours_limit', 'max_sessions_per_month'];
    kept public.organizations;
    wished public.organizations;
    old jsonb;
begin
    if actor ->> 'key_id' is not null and not private.leads(actor, change_organization.organization_id) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    select o.* into kept from public.organizations o
     where o.id = change_organization.organization_id and o.deleted_at is null for update;
    if kept.id is null or not private.leads(actor, kept.id) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_organization');
    end if;
    if changes ?| limits and not private.is_service_wide(actor) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    if exists (select from jsonb_object_keys(changes) c where c <> all (own || limits)) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_field');
    end if;
    old := to_jsonb(kept);
    if not private.stands(private.organization_view(kept), change_organization.was) then
        return jsonb_build_object('result', 'refused', 'code', 'changed_meanwhile');
    end if;
    wished := jsonb_populate_record(kept, changes);
    update public.organizations o
       set display_name = wished.display_name, description = wished.description, website_url = wished.website_url,
           contact_email = wished.contact_email, phone = wished.phone, billing_email = wished.billing_email,
           default_timezone = coalesce(wished.default_timezone, 'UTC'),
           default_language = coalesce(wished.default_language, 'en'), max_members = wished.max_members,
           monthly_audio_hours_limit = wished.monthly_audio_hours_limit,
           max_sessions_per_month = wished.max_sessions_per_month
     where o.id = kept.id returning o.* into kept;
    perform private.audit(
        actor, 'organization.changed', 'organization', kept.id::text,
        (select jsonb_object_agg(c, old -> c) from jsonb_object_keys(changes) c),
        (select jsonb_object_agg(c, to_jsonb(kept) -> c) from jsonb_object_keys(changes) c), kept.id);
    return jsonb_build_object('result', 'changed', 'organization', private.organization_view(kept));
end $$;

select private.share_with_service('organization_view');
select private.grant_to_service('show_organization', 'change_organization');
