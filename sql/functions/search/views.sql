-- Searches that are kept: a name for the query of a list's URL.

select private.drop_functions('list_views', 'save_view', 'drop_view');

-- Who keeps a view: a person of an organization, or the operator of the machine, who is nobody.
create or replace function private.keeper(actor jsonb) returns uuid
language sql immutable set search_path = '' as $$
    select coalesce(private.actor_user(actor), (actor ->> 'by')::uuid)
$$;

-- Own ones, and those that are shared in the organization; the operator of the machine has none of his own but sees what is shared.
create or replace function private.may_use_view(actor jsonb, v public.saved_views) returns boolean
language sql stable set search_path = '' as $$
    select case when private.is_service_wide(actor) then v.user_id is null or v.shared
                else (private.actor_organization(actor) is null or coalesce(v.organization_id = private.actor_organization(actor), false))
                     and (coalesce(v.user_id = private.keeper(actor), false)
                          or (v.shared and coalesce(v.organization_id = private.actor_organization(actor), false))) end
$$;

-- list_views: kind read; key actor; called by console, api
-- 200 at most.
create function public.list_views(page text default null, actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
begin
    if not private.acts_as(actor, 'operator') then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    return jsonb_build_object('rows', coalesce((
        select jsonb_agg(to_jsonb(f) order by lower(f.name), f.id) from (
            select v.id, v.page, v.name, v.query, v.shared, v.created_at,
                   v.user_id is not distinct from private.keeper(actor) as own
              from public.saved_views v
             where private.may_use_view(actor, v)
               and (list_views.page is null or v.page = list_views.page)
             order by lower(v.name), v.id limit 200) f), '[]'));
end $$;

-- save_view: kind command; key actor + page + name; called by console, api
-- The same name again is the same view with another query. Fifty views a keeper.
create function public.save_view(
    page text, name text, query text, shared boolean default false, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    kept uuid;
begin
    if not private.acts_as(actor, 'operator') then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    if save_view.page not in ('calls', 'search', 'people') or save_view.name !~ '\S' or length(save_view.name) > 60
       or length(save_view.query) > 1000 then
        return jsonb_build_object('result', 'refused', 'code', 'wrong_view');
    end if;
    perform pg_advisory_xact_lock(hashtextextended(concat(
        'saved_views:', private.actor_organization(actor), private.keeper(actor)), 0));
    update public.saved_views v set query = save_view.query, shared = save_view.shared
     where v.organization_id is not distinct from private.actor_organization(actor)
       and v.user_id is not distinct from private.keeper(actor) and v.page = save_view.page and v.name = save_view.name
    returning v.id into kept;
    if kept is null and (select count(*) >= 50 from public.saved_views v
                          where v.organization_id is not distinct from private.actor_organization(actor)
                            and v.user_id is not distinct from private.keeper(actor)) then
        return jsonb_build_object('result', 'refused', 'code', 'too_many');
    end if;
    if kept is null then
        insert into public.saved_views (organization_id, user_id, page, name, query, shared)
        values (private.actor_organization(actor), private.keeper(actor), save_view.page, save_view.name, save_view.query,
                save_view.shared)
        returning id into kept;
    end if;
    perform private.audit(actor, 'view.saved', 'view', kept::text, null, jsonb_build_object('shared', save_view.shared));
    return jsonb_build_object('result', 'saved', 'id', kept);
end $$;

-- drop_view: kind command; key view_id; called by console, api
-- One's own, or as whoever leads the organization.
create function public.drop_view(view_id uuid, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    organization uuid;
begin
    delete from public.saved_views v
     where v.id = drop_view.view_id and private.acts_as(actor, 'operator') and private.may_use_view(actor, v)
       and (v.user_id is not distinct from private.keeper(actor)
            -- Whoever acts for the whole service, or for the whole organization and names nobody.
            or private.keeper(actor) is null
            or exists (select from public.organization_members m
                        where m.organization_id = v.organization_id and m.user_id = private.keeper(actor)
                          and m.status = 'active' and m.role in ('owner', 'admin')))
    returning v.organization_id into organization;
    if not found then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_view');
    end if;
    perform private.audit(actor, 'view.dropped', 'view', drop_view.view_id::text, null, null, organization);
    return jsonb_build_object('result', 'dropped');
end $$;

select private.share_with_service('keeper', 'may_use_view');
select private.grant_to_service('list_views', 'save_view', 'drop_view');
