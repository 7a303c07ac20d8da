-- Words that members put on calls and on people.

select private.drop_functions('tag_call', 'tag_person', 'list_tags', 'assign_call', 'list_colleagues');

-- A tag as it is kept; null: this is none.
create or replace function private.tag_of(given text) returns text
language sql immutable set search_path = '' as $$
    select case when length(t.tag) between 1 and 50 and t.tag !~ '[[:cntrl:],]' then t.tag end
      from (select lower(btrim(regexp_replace(given, '\s+', ' ', 'g'))) as tag) t
$$;

-- An organization sees its own tags of people, whoever acts for the service sees all.
create or replace function private.sees_tags_of(actor jsonb, organization uuid) returns boolean
language sql stable set search_path = '' as $$
    select private.is_service_wide(actor)
        or (private.acts_as(actor, 'operator') and coalesce(organization = private.actor_organization(actor), false))
$$;

create or replace function private.tags_of_person(actor jsonb, person text) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(distinct t.tag order by t.tag), '[]') from public.person_tags t
     where t.phone_number = person and private.sees_tags_of(actor, t.organization_id)
$$;

create or replace function private.people_tagged(actor jsonb, wanted text) returns setof text
language sql stable set search_path = '' as $$
    select t.phone_number from public.person_tags t
     where t.tag = private.tag_of(wanted) and private.sees_tags_of(actor, t.organization_id)
$$;

create or replace function private.tags_of_call(the_call bigint) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(t.tag order by t.tag), '[]') from public.call_tags t where t.call_id = the_call
$$;

-- tag_call: kind command; key id + tag; called by bulk, api
-- Puts a word on a call, or with `remove` takes it away. `known`: it is so already.
create function public.tag_call(id uuid, tag text, remove boolean default false, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    word constant text := private.tag_of(tag_call.tag);
    one public.call_history;
begin
    select c.* into one from public.call_history c where c.public_id = tag_call.id for share;
    if one.id is null or not private.may_see_call(actor, one) or not private.acts_as(actor, 'operator') then
        return '{"result": "refused", "code": "unknown_call"}';
    elsif word is null then
        return '{"result": "refused", "code": "wrong_tag", "field": "tag"}';
    elsif remove then
        delete from public.call_tags t where t.call_id = one.id and t.tag = word;
    else
        insert into public.call_tags (call_id, tag) values (one.id, word) on conflict do nothing;
    end if;
    return jsonb_build_object('result', case when found then 'changed' else 'known' end, 'tags', private.tags_of_call(one.id));
end $$;

-- tag_person: kind command; key number + tag; called by bulk, api
-- The same of a person, for the actor's organization alone. Whoever acts for one user tags whom that user may reach.
create function public.tag_person(number text, tag text, remove boolean default false, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    word constant text := private.tag_of(tag_person.tag);
    whose constant text := private.person_number(tag_person.number);
    organization constant uuid := private.actor_organization(actor);
begin
    if not private.acts_as(actor, 'operator') or organization is null and not private.is_service_wide(actor)
       or not private.knows_person(actor, whose) then
        return '{"result": "refused", "code": "not_allowed"}';
    elsif word is null then
        return '{"result": "refused", "code": "wrong_tag", "field": "tag"}';
    elsif remove then
        delete from public.person_tags t
         where t.phone_number = whose and t.tag = word and t.organization_id is not distinct from organization;
    else
        insert into public.person_tags (phone_number, organization_id, tag) values (whose, organization, word)
        on conflict do nothing;
    end if;
    return jsonb_build_object(
        'result', case when found then 'changed' else 'known' end, 'tags', private.tags_of_person(actor, whose));
end $$;

-- Whether a person is somebody whom the actor may reach, calls, or was called by.
create or replace function private.knows_person(actor jsonb, person text) returns boolean
language plpgsql stable set search_path = '' as $$
begin
    return private.may_reach_number(actor, person)
        or exists (select from public.call_queue q where q.person = knows_person.person and private.may_see_entry(actor, q))
        or exists (select from public.call_history c
                    where c.phone_number = knows_person.person and private.may_see_call(actor, c));
end $$;

-- list_tags: kind read; key actor; called by console, api
-- The words that are there, for people to choose from: 200 of calls and of people each at most.
create function public.list_tags(actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
    if not private.acts_as(actor, 'operator') then
        return '{"result": "refused", "code": "not_allowed"}';
    end if;
    return jsonb_build_object('rows', coalesce((
        select jsonb_agg(jsonb_build_object('tag', f.tag) order by f.tag) from (
            select distinct t.tag from public.person_tags t where private.sees_tags_of(actor, t.organization_id)
            union
            select t.tag from public.call_tags t join public.call_history c on c.id = t.call_id
             where private.may_see_call(actor, c)
            limit 200) f), '[]'));
end $$;

-- assign_call: kind command; key id; called by bulk, api
-- Gives a call to a member of its organization, or with null to nobody. An agent assigns nothing: what it was given for a while it would
-- keep for itself.
create function public.assign_call(id uuid, member uuid, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one public.call_history;
begin
    select c.* into one from public.call_history c where c.public_id = assign_call.id for update;
    if one.id is null or not private.may_see_call(actor, one) or not private.acts_as(actor, 'operator') then
        return '{"result": "refused", "code": "unknown_call"}';
    elsif private.is_agent(actor) then
        return '{"result": "refused", "code": "not_allowed"}';
    elsif member is not null and not coalesce(member in (select private.members_of(one.organization_id)), false) then
        return '{"result": "refused", "code": "unknown_member", "field": "member"}';
    elsif one.assigned_to is not distinct from member then
        return '{"result": "known"}';
    end if;
    update public.call_history c set assigned_to = member where c.id = one.id;
    perform private.audit(actor, 'call.assigned', 'call', one.public_id::text, jsonb_build_object('assigned_to', one.assigned_to),
                          jsonb_build_object('assigned_to', member), one.organization_id);
    return '{"result": "changed"}';
end $$;

-- list_colleagues: kind read; key actor; called by console, api
-- Whom a call can be given to: the members of the actor's organization, by name. Its size is bounded by max_members.
create function public.list_colleagues(actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
    if not private.acts_as(actor, 'operator') then
        return '{"result": "refused", "code": "not_allowed"}';
    end if;
    return jsonb_build_object('rows', coalesce((
        select jsonb_agg(jsonb_build_object('user_id', m.user_id, 'name', private.name_of(m.user_id), 'role', m.role)
                         order by private.name_of(m.user_id), m.user_id)
          from public.organization_members m
         where m.organization_id = private.actor_organization(actor) and m.status = 'active'), '[]'));
end $$;

select private.grant_to_service('tag_call', 'tag_person', 'list_tags', 'assign_call', 'list_colleagues');
select private.share_with_service(
    'tag_of', 'sees_tags_of', 'tags_of_person', 'people_tagged', 'tags_of_call', 'knows_person');
