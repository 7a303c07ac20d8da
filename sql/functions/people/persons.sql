-- People as operators see them: one person, and what may be changed of them. Their list is in people_list.sql.

drop function if exists private.in_contact_since(timestamptz), private.last_contact(uuid), private.shown_person(public.user_profiles),
    private.shown_person(public.user_profiles, jsonb);
select private.drop_functions('show_person', 'change_person', 'whole_number', 'suppress_person', 'lift_person',
    'names_by_number');

-- Whom an actor sees as a person: whom it may reach, whom the organization had a call or a thread with, and who wrote in a
-- thread that is assigned: to the actor, or, where it belongs to no organization, to a member.
create or replace function private.may_see_person(actor jsonb, person uuid) returns boolean
language sql stable set search_path = '' as $$
    select coalesce(private.acts_as(actor, 'operator') and person is not null
       and (private.actor_user(actor) is null or person = private.actor_user(actor)
            or exists (select from public.call_history c
                        where c.user_id = may_see_person.person
                          and c.organization_id in (select private.led_by(private.actor_user(actor))))
            or exists (select from public.conversations t
                        where t.user_id = may_see_person.person
                          and (t.assigned_to = private.actor_user(actor)
                               or t.organization_id in (select private.led_by(private.actor_user(actor))))))
       and (private.actor_organization(actor) is null
            or person in (select private.members_of(private.actor_organization(actor)))
            or exists (select from public.call_history c
                        where c.user_id = may_see_person.person and (c.organization_id = (select private.actor_organization(actor))) is true)
            or exists (select from public.conversations t
                        where t.user_id = may_see_person.person
                          and (t.organization_id = private.actor_organization(actor)
                               or (t.organization_id is null
                                   and t.assigned_to in (select private.members_of(private.actor_organization(actor))))))), false)
$$;

-- What the person of a number is called, for whoever may see that person; null: nobody told us, or not whoever asks.
create or replace function private.called(actor jsonb, number text) returns text
language sql stable set search_path = '' as $$
    select nullif(btrim(p.first_name || ' ' || p.last_name), '')
      from public.phone_links l join public.user_profiles p on p.user_id = l.user_id
     where l.phone_number = private.person_number(called.number) and private.may_see_person(called.actor, l.user_id)
$$;

-- names_by_number: kind read; key numbers, actor; called by console
-- Of those numbers, 500 at most, whose person the actor may see: {"names": {number: name}}, where the person told one, and
-- {"people": {number: id}}.
create function public.names_by_number(numbers jsonb, actor jsonb default null) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object(
               'names', coalesce(jsonb_object_agg(n.number, n.name) filter (where n.name is not null), '{}'),
               'people', coalesce(jsonb_object_agg(n.number, n.person), '{}'))
      from (select w.number, l.user_id as person, nullif(btrim(p.first_name || ' ' || p.last_name), '') as name
              from (select distinct e.number from jsonb_array_elements_text(names_by_number.numbers) e (number) limit 500) w
              join public.phone_links l on l.phone_number = private.person_number(w.number)
              join public.user_profiles p on p.user_id = l.user_id
             where private.may_see_person(names_by_number.actor, l.user_id)) n
$$;

-- How numbers stand with us, as private.standing_suppressions and private.block_answer say it of one: the scopes in which each is left
-- alone, and whether it is blocked.
create or replace function private.standings(numbers text[]) returns table (number text, standing jsonb)
language sql stable rows 50 set search_path = '' set timezone = 'UTC' as $$
    with known as materialized (
        select n.number, unnest(private.known_as(private.person_number(n.number))) as name from unnest(numbers) n (number)),
    stopped as (
        select k.number, jsonb_agg(jsonb_build_object('scope', s.scope, 'reason', s.reason, 'since', s.since) order by s.since, s.id) as told
          from known k join public.suppressions s on s.phone_number = k.name
         where s.until is null or s.until > now() group by k.number),
    blocked as (
        select distinct k.number from known k join public.blocked_callers b on b.number = k.name
         where b.until is null or b.until > now())
    select n.number, jsonb_build_object('stopped', coalesce(s.told, '[]'), 'blocked', b.number is not null)
      from unnest(numbers) n (number)
      left join stopped s on s.number = n.number
      left join blocked b on b.number = n.number
$$;

create or replace function private.standing_of(number text) returns jsonb
language sql stable set search_path = '' as $$
    select s.standing from private.standings(array[standing_of.number]) s
$$;

-- Whether a text belongs to an organization; null: to any, or to none.
create or replace function private.is_text_of(organization uuid, thread uuid) returns boolean
language sql stable set search_path = '' as $$
    select organization is null or exists (
        select from public.conversations t where t.id = thread and t.organization_id = is_text_of.organization)
$$;

-- Somebody's newest call, by the person's index: `is true` keeps away that of the organization, which has many.
create or replace function private.last_contact(person uuid, organization uuid) returns timestamptz
language sql stable set search_path = '' as $$
    select greatest(
        (select coalesce(c.started_at, c.created_at) from public.call_history c
          where c.user_id = person and (organization is null or (c.organization_id = organization) is true)
          order by coalesce(c.started_at, c.created_at) desc limit 1),
        case when organization is null then (
            select m.created_at from public.sms_history m where m.user_id = person order by m.created_at desc, m.id desc limit 1)
        else (
            select max(t.last_message_at) from public.conversations t where t.user_id = person and t.organization_id = organization) end)
$$;

-- Whose calls and texts of a person are told: a member's own are all, anybody else's are those with the organization.
create or replace function private.contacts_of(actor jsonb, person uuid) returns uuid
language sql stable set search_path = '' as $$
    select case when not private.may_reach(actor, person) then private.actor_organization(actor) end
$$;

create or replace function private.shown_person(p public.user_profiles, standing jsonb, actor jsonb) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'id', p.user_id, 'first_name', p.first_name, 'last_name', p.last_name, 'phone_number', p.phone_number,
        'phone_verified', p.phone_verified, 'onboarding_status', p.onboarding_status,
        'location', case when private.is_service_wide(actor) then p.location else private.place_of(p, private.actor_organization(actor)) end,
        'created_at', p.created_at, 'last_contact_at', private.last_contact(p.user_id, private.contacts_of(actor, p.user_id))) || standing
$$;

-- show_person: kind read; key person; called by console, api
-- Somebody whom the actor may not see is answered like somebody who does not exist. What a profile holds besides the name is
-- told to whoever reaches the person.
create function public.show_person(person uuid, actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
declare
    shown public.user_profiles;
    reaches constant boolean := private.may_reach(actor, person);
begin
    select p.* into shown from public.user_profiles p where p.user_id = show_person.person;
    if shown.id is null or not private.may_see_person(actor, person) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_person');
    end if;
    return jsonb_build_object('result', 'found', 'person', private.shown_person(shown, private.standing_of(shown.phone_number), actor)
        || jsonb_build_object(
        'email', case when reaches then shown.email end, 'address', case when reaches then shown.address end,
        'preferences', case when reaches then shown.preferences end,
        'onboarding_completed_at', shown.onboarding_completed_at,
        'verified_at', (select max(l.verified_at) from public.phone_links l where l.user_id = shown.user_id and l.verified),
        'numbers', (select count(*) from public.phone_links l where l.user_id = shown.user_id),
        'works_here', (select m.role from public.organization_members m
                        where m.user_id = shown.user_id and m.status = 'active' and m.role <> 'agent' limit 1),
        'assigned_to', (select private.name_of(t.assigned_to) from public.conversations t
                         where t.user_id = shown.user_id and t.assigned_to is not null and private.may_see_thread(actor, t)
                         order by t.updated_at desc limit 1),
        'threads', coalesce((select jsonb_agg(jsonb_build_object('id', t.id, 'channel', t.channel) order by t.last_message_at desc)
                               from public.conversations t where t.user_id = shown.user_id and private.may_see_thread(actor, t)), '[]'),
        'consents', coalesce((
            select jsonb_agg(jsonb_build_object('purpose', n.purpose, 'state', n.state, 'channel', n.channel, 'given_at', n.given_at)
                             order by n.purpose)
              from (select distinct on (c.purpose) c.* from public.consents c where c.phone_number = shown.phone_number
                     order by c.purpose, c.given_at desc, c.id desc) n), '[]')));
end $$;

-- change_person: kind command; key person; called by console, api
-- Names and place; what is null stays. The audit log tells which fields, and no value of them: they go when the person is erased.
create function public.change_person(
    person uuid, first_name text default null, last_name text default null, email text default null, location text default null,
    actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    before public.user_profiles;
    kept public.user_profiles;
begin
    select p.* into before from public.user_profiles p where p.user_id = person for update;
    if before.id is null or not private.may_see_person(actor, person) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_person');
    end if;
    update public.user_profiles p
       set first_name = coalesce(change_person.first_name, p.first_name), last_name = coalesce(change_person.last_name, p.last_name),
           email = case when change_person.email is null then p.email else nullif(change_person.email, '') end,
           location = case when change_person.location is null then p.location else nullif(change_person.location, '') end,
           told_to = case when change_person.location is null then p.told_to else private.actor_organization(actor) end
     where p.id = before.id returning p.* into kept;
    perform private.audit(actor, 'person.changed', 'person', person::text, null, jsonb_build_object('fields', (
        select coalesce(jsonb_agg(n.key order by n.key), '[]') from jsonb_each(to_jsonb(kept)) n
         where n.key in ('first_name', 'last_name', 'email', 'location') and n.value is distinct from to_jsonb(before) -> n.key)));
    return jsonb_build_object('result', 'changed');
end $$;

-- whole_number: kind command; key person; called by console
-- The number in full, and who asked for it in the audit log.
create function public.whole_number(person uuid, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    asked public.user_profiles;
begin
    select p.* into asked from public.user_profiles p where p.user_id = person;
    if asked.id is null or not private.may_see_person(actor, person) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_person');
    end if;
    perform private.audit(actor, 'number.read', 'person', person::text);
    return jsonb_build_object('result', 'found', 'number', asked.phone_number);
end $$;

-- suppress_person: kind command; key person, scope; called by console, api
create function public.suppress_person(person uuid, scope text default 'all', actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    number text;
    answer jsonb;
begin
    select p.phone_number into number from public.user_profiles p where p.user_id = person;
    if number is null or not private.may_see_person(actor, person) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_person');
    end if;
    answer := public.suppress(number, suppress_person.scope, 'operator');
    if answer ->> 'result' <> 'refused' then
        perform private.audit(actor, 'person.suppressed', 'person', person::text, null, jsonb_build_object('scope', scope));
    end if;
    return answer;
end $$;

-- lift_person: kind command; key person; called by console, api
-- What operators set; what the person asked for is the person's alone to lift.
create function public.lift_person(person uuid, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    number text;
    answer jsonb;
begin
    select p.phone_number into number from public.user_profiles p where p.user_id = person;
    if number is null or not private.may_see_person(actor, person) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_person');
    end if;
    answer := public.lift_suppression(number, by_operator => true);
    perform private.audit(actor, 'person.lifted', 'person', person::text, null, jsonb_build_object('result', answer ->> 'result'));
    return answer || jsonb_build_object('standing', (private.standing_of(number)) -> 'stopped');
end $$;

select private.share_with_service('may_see_person', 'called', 'standings', 'standing_of', 'last_contact', 'shown_person', 'is_text_of', 'contacts_of');
select private.grant_to_service(
    'show_person', 'change_person', 'whole_number', 'suppress_person', 'lift_person', 'names_by_number');
