-- Whom an actor may reach, and who sees what of an organization. Row level security does not protect what the service
-- reads, so every function that the API calls takes the actor and asks here.
--
-- An actor is {"user_id", "organization_id", "role", "key_id"} (domain/access/actor.py). No actor at all is the operator of
-- the machine: the command line, the worker. A user and an organization narrow what is seen, both together narrow it
-- twice. Operators see all that is left then, integrators the calls that their key asked for; any other role sees nothing.

-- --- the two rules of an organization -------------------------------------------------------------

-- Calls, threads and the queue belong to an organization itself, so its owners and admins see them: those that somebody leads.
create or replace function private.led_by(person uuid) returns setof uuid
language sql stable set search_path = '' as $$
    select m.organization_id from public.organization_members m
     where m.user_id = led_by.person and m.status = 'active' and m.role in ('owner', 'admin')
$$;

-- What belongs to no organization is seen with the people: whoever is an active member, in any role.
create or replace function private.members_of(organization uuid) returns setof uuid
language sql stable set search_path = '' as $$
    select m.user_id from public.organization_members m
     where m.organization_id = members_of.organization and m.status = 'active'
$$;

-- Whether an organization is there and not suspended: nobody signs in to another one, and no key of it opens anything.
create or replace function private.is_open(organization uuid) returns boolean
language sql stable set search_path = '' as $$
    select exists (select from public.organizations o
                    where o.id = is_open.organization and coalesce(o.is_active, true) and o.deleted_at is null)
$$;

-- --- actors ---------------------------------------------------------------------------------------

create or replace function private.actor_user(actor jsonb) returns uuid
language sql immutable set search_path = '' as $$
    select (actor ->> 'user_id')::uuid
$$;

create or replace function private.actor_organization(actor jsonb) returns uuid
language sql immutable set search_path = '' as $$
    select (actor ->> 'organization_id')::uuid
$$;

-- Whether the actor has one of the roles. The operator of the machine has every role.
create or replace function private.acts_as(actor jsonb, variadic roles text[]) returns boolean
language sql immutable set search_path = '' as $$
    select actor is null or coalesce(actor ->> 'role' = any (roles), false)
$$;

-- Whether the actor stands for the whole service: an operator who is narrowed to nobody.
create or replace function private.is_service_wide(actor jsonb) returns boolean
language sql immutable set search_path = '' as $$
    select private.acts_as(actor, 'operator')
       and private.actor_user(actor) is null and private.actor_organization(actor) is null
$$;

-- --- what an actor may reach ----------------------------------------------------------------------

-- Whether a person is the actor, and of the actor's organization. Nobody in particular is nobody's.
create or replace function private.may_reach(actor jsonb, person uuid) returns boolean
language sql stable set search_path = '' as $$
    select private.acts_as(actor, 'operator')
       and (private.actor_user(actor) is null or coalesce(person = private.actor_user(actor), false))
       and (private.actor_organization(actor) is null
            or coalesce(person in (select private.members_of(private.actor_organization(actor))), false))
$$;

-- Rows that a person is the owner or the maker of, and that belong to an organization: seen by the person, by whoever leads the
-- organization, and by the organization. What belongs to none is seen by those of whom the person is a member.
create or replace function private.may_see_row(actor jsonb, person uuid, organization uuid) returns boolean
language sql stable set search_path = '' as $$
    select private.acts_as(actor, 'operator')
       and (private.actor_user(actor) is null or coalesce(person = private.actor_user(actor), false)
            or coalesce(organization in (select private.led_by(private.actor_user(actor))), false))
       and (private.actor_organization(actor) is null or coalesce(organization = private.actor_organization(actor), false)
            or (organization is null and coalesce(person in (select private.members_of(private.actor_organization(actor))), false)))
$$;

-- Whoever has a number: reached as a person, and by an organization that had a call or a thread with the number. One that
-- nobody has is refused like one that somebody else has.
create or replace function private.may_reach_number(actor jsonb, number text) returns boolean
language sql stable set search_path = '' as $$
    select private.is_service_wide(actor)
        or private.may_reach(
            actor, (select l.user_id from public.phone_links l where l.phone_number = private.person_number(number)))
        or private.person_number(number) <> 'anonymous' and (
            exists (select from public.call_history c
                     where c.phone_number = private.person_number(number) and c.organization_id is not null
                       and private.may_see_row(actor, null, c.organization_id))
            or exists (select from public.conversations t
                        where t.person_number = private.person_number(number) and t.organization_id is not null
                          and private.may_see_row(actor, null, t.organization_id)))
$$;

-- Whether an organization had a call or a thread with a number: what its person does is its to know.
create or replace function private.deals_with(organization uuid, number text) returns boolean
language sql stable set search_path = '' as $$
    select exists (select from public.call_history c
                    where c.phone_number = deals_with.number and c.organization_id = deals_with.organization)
        or exists (select from public.conversations t
                    where t.person_number = deals_with.number and t.organization_id = deals_with.organization)
$$;

-- Whether a number of ours is one that the actor may use: a number of another organization is not.
create or replace function private.may_use_number(actor jsonb, our_number text) returns boolean
language sql stable set search_path = '' as $$
    select private.is_service_wide(actor)
        or private.number_serves(
            (select n.organization_id from public.provider_phone_numbers n
              where n.full_number = private.bare_number(our_number) order by n.is_active desc, n.organization_id limit 1),
            coalesce(private.actor_organization(actor), private.works_for(private.actor_user(actor))))
$$;

-- Whether the actor may write to a number over one of ours: to a person that it reaches, and to anybody else whom it deals with
-- over a number of its organization, so that it sees what is answered.
create or replace function private.may_write(actor jsonb, number text, our_number text) returns boolean
language sql stable set search_path = '' as $$
    select private.is_service_wide(actor)
        or (private.may_reach_number(actor, number)
            and (private.may_see_row(actor, null, private.organization_of_number(our_number))
                 or (private.may_use_number(actor, our_number) and private.may_reach(
                     actor, (select l.user_id from public.phone_links l where l.phone_number = private.person_number(number))))))
$$;

-- Whether what is assigned to a person is the actor's by that: the actor is that person, and belongs to the organization that
-- the actor stands for.
create or replace function private.is_assigned(actor jsonb, assignee uuid) returns boolean
language sql stable set search_path = '' as $$
    select private.acts_as(actor, 'operator') and coalesce(assignee = private.actor_user(actor), false)
       and (private.actor_organization(actor) is null
            or assignee in (select private.members_of(private.actor_organization(actor))))
$$;

-- A thread is also seen by whom it is assigned to.
create or replace function private.may_see_thread(actor jsonb, thread public.conversations) returns boolean
language sql stable set search_path = '' as $$
    select private.may_see_row(actor, thread.user_id, thread.organization_id)
        or private.is_assigned(actor, thread.assigned_to)
$$;

-- What an assignment opens: the calls that are assigned to the actor, and those of the persons of threads that are. Nobody
-- but a person has any; they are the organization's own, or nobody's. `asked`: of this call alone.
create or replace function private.calls_assigned(actor jsonb, asked public.call_history default null) returns setof bigint
language sql stable set search_path = '' as $$
    select i.call_id from public.inbox_items i
     where i.assigned_to = private.actor_user(actor) and i.call_id is not null
       and (asked.id is null or i.call_id = asked.id) and private.is_assigned(actor, private.actor_user(actor))
    union
    select c.id
      from public.call_history c
     where c.assigned_to = private.actor_user(actor) and (asked.id is null or c.id = asked.id)
       and private.is_assigned(actor, private.actor_user(actor))
       and (c.organization_id is null or c.organization_id = private.actor_organization(actor))
    union
    select c.id
      from public.conversations t
      join public.call_history c on c.phone_number = t.person_number
     where t.assigned_to = private.actor_user(actor) and t.person_number <> 'anonymous'
       and (asked.id is null or (c.id = asked.id and t.person_number = asked.phone_number))
       and private.is_assigned(actor, private.actor_user(actor))
       and (c.organization_id = private.actor_organization(actor) or (c.organization_id is null and t.organization_id is null))
$$;

-- The calls that a key of the API asked for.
create or replace function private.calls_of_key(api_key uuid) returns setof bigint
language sql stable set search_path = '' as $$
    select c.id from public.call_queue q join public.call_history c on c.call_queue_id = q.id
     where q.api_key_id = calls_of_key.api_key
    union
    select c.id
      from public.call_queue q
      join public.call_attempts a on a.call_queue_id = q.id
      join public.call_history c on c.call_sid = a.call_sid
     where q.api_key_id = calls_of_key.api_key
$$;

-- Whom row level security would let see a call, whoever it is assigned to, and an integrator those that the key asked for. list_calls asks
-- the same of its columns.
create or replace function private.may_see_call(actor jsonb, the_call public.call_history) returns boolean
language sql stable set search_path = '' as $$
    select (private.actor_user(actor) is not null and the_call.id in (select private.calls_assigned(actor, the_call)))
        or private.acts_as(actor, 'operator', 'integrator')
       and (private.actor_user(actor) is null or coalesce(the_call.user_id = private.actor_user(actor), false)
            or coalesce(the_call.organization_id in (select private.led_by(private.actor_user(actor))), false))
       and (private.actor_organization(actor) is null
            or coalesce(the_call.organization_id = private.actor_organization(actor), false))
       and (private.acts_as(actor, 'operator')
            or the_call.id in (select private.calls_of_key((actor ->> 'key_id')::uuid)))
$$;

-- An escalation is seen with its call or its thread.
create or replace function private.may_see_escalation(actor jsonb, e public.support_escalations) returns boolean
language sql stable set search_path = '' as $$
    select private.is_service_wide(actor)
        or exists (select from public.call_history c where c.id = e.call_id and private.may_see_call(actor, c))
        or exists (select from public.conversations t
                    where t.id = e.conversation_id and private.may_see_thread(actor, t))
$$;

-- A template that no person made, as by the command line or the demo: in a house with one organization it is that one's.
create or replace function private.is_house_template(actor jsonb, template public.call_templates) returns boolean
language sql stable set search_path = '' as $$
    select template.created_by is null and private.acts_as(actor, 'operator')
       and coalesce(private.actor_organization(actor) = private.sole_organization(), false)
$$;

-- What row level security would show of the templates, own ones and public ones; and the house's.
create or replace function private.may_see_template(actor jsonb, template public.call_templates) returns boolean
language sql stable set search_path = '' as $$
    select (template.is_public and private.acts_as(actor, 'operator'))
        or private.may_reach(actor, template.created_by)
        or private.is_house_template(actor, template)
$$;

select private.share_with_service(
    'led_by', 'members_of', 'is_open', 'actor_user', 'actor_organization', 'acts_as', 'is_service_wide', 'may_reach', 'may_see_row',
    'may_reach_number', 'deals_with', 'may_use_number', 'may_write', 'is_assigned', 'may_see_thread', 'calls_assigned', 'calls_of_key', 'may_see_call', 'may_see_escalation', 'is_house_template', 'may_see_template');
