-- Whom an actor of the API may reach. Row level security does not protect what the service reads, so every function that
-- the API calls asks here. No actor is the operator of the machine; a user and an organization narrow what is seen, both
-- together narrow it twice.

-- Whether a person is the actor, and of the actor's organization. Nobody in particular is nobody's.
create or replace function private.may_reach(actor_user uuid, actor_organization uuid, person uuid) returns boolean
language sql stable set search_path = '' as $$
    select (actor_user is null or coalesce(person = actor_user, false))
       and (actor_organization is null or exists (
           select from public.organization_members m
            where m.organization_id = actor_organization and m.user_id = person and m.status = 'active'))
$$;

-- The same of whoever has a number. One that nobody has is refused like one that somebody else has.
create or replace function private.may_reach_number(actor_user uuid, actor_organization uuid, number text) returns boolean
language sql stable set search_path = '' as $$
    select (actor_user is null and actor_organization is null) or private.may_reach(
        actor_user, actor_organization,
        (select l.user_id from public.phone_links l where l.phone_number = private.bare_number(number)))
$$;

-- A thread is also seen by whom it is assigned to.
create or replace function private.may_see_thread(
    actor_user uuid, actor_organization uuid, thread public.conversations
) returns boolean
language sql stable set search_path = '' as $$
    select private.may_reach(actor_user, actor_organization, thread.user_id)
        or (actor_organization is null and coalesce(thread.assigned_to = actor_user, false))
$$;

select private.share_with_service('may_reach', 'may_reach_number', 'may_see_thread');
