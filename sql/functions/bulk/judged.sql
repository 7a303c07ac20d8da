-- What stands against each row of a bulk action: told before it begins, and asked again for each row as its turn comes.

drop function if exists private.judged_entries(text, uuid[], jsonb, jsonb), private.judged_calls(text, uuid[], jsonb, jsonb);

-- Why the action leaves out an entry; null: it does not. An id that the actor does not see is one that there is not.
create function private.judged_entries(action text, ids uuid[], arguments jsonb, actor jsonb)
returns table (id uuid, reason text)
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    word constant text := private.tag_of(arguments ->> 'tag');
    wide constant boolean := private.is_service_wide(actor);
    operates constant boolean := private.acts_as(actor, 'operator');
    acting_user constant uuid := private.actor_user(actor);
    acting_organization constant uuid := private.actor_organization(actor);
    led constant uuid[] := array(select private.led_by(acting_user));
    members constant uuid[] := array(select private.members_of(acting_organization));
begin
    -- What may_see_entry asks of each row, asked of columns: of ten thousand that is another matter.
    return query
    select w.id, case
        when q.id is null or q.next_attempt_at is null or not operates
             or not (acting_user is null or coalesce(q.user_id = acting_user or q.organization_id = any (led), false))
             or not (acting_organization is null or coalesce(q.organization_id = acting_organization, false)
                     or (q.organization_id is null and coalesce(q.user_id = any (members), false))) then 'unknown_entry'
        when judged_entries.action = 'cancel' then case when q.status = 'canceled' then 'canceled'
            when q.status not in ('queued', 'in-progress') then 'over' end
        when judged_entries.action = 'reschedule' then case when q.status <> 'queued' then 'not_queued' end
        when judged_entries.action = 'redial' then p.reason
        when judged_entries.action = 'suppress' then case
            when not (wide or private.may_reach_number(actor, q.person)) then 'not_allowed'
            when exists (select from public.suppressions s where s.phone_number = q.person and s.scope in ('all', 'calls')
                            and (s.until is null or s.until > now())) then 'suppressed' end
        when judged_entries.action in ('tag', 'untag') and word is not null then case
            when (judged_entries.action = 'tag') = exists (
                select from public.person_tags t where t.phone_number = q.person and t.tag = word
                   and t.organization_id is not distinct from private.actor_organization(actor)) then 'known' end
        end
      from unnest(ids) w (id)
      left join public.call_queue q on q.id = w.id
      left join private.redial_problems(case judged_entries.action when 'redial' then ids else '{}' end, false) p on p.id = w.id;
end $$;

-- The entry that a call was dialled for; null: somebody called us.
create or replace function private.entry_of_call(c public.call_history) returns uuid
language sql stable set search_path = '' as $$
    select coalesce(c.call_queue_id, (select a.call_queue_id from public.call_attempts a where a.call_sid = c.call_sid))
$$;

-- The same of calls. A call that we did not dial is not dialled again.
create function private.judged_calls(action text, ids uuid[], arguments jsonb, actor jsonb)
returns table (id uuid, reason text)
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    word constant text := private.tag_of(arguments ->> 'tag');
    member constant uuid := (arguments ->> 'member')::uuid;
    is_agent constant boolean := private.is_agent(actor);
    wide constant boolean := private.is_service_wide(actor);
begin
    return query
    with wanted as materialized (
        select w.id, c, case judged_calls.action when 'redial' then private.entry_of_call(c) end as entry
          from unnest(ids) w (id) left join public.call_history c on c.public_id = w.id),
    entries as materialized (
        select j.* from private.judged_entries(
            judged_calls.action, array(select distinct w.entry from wanted w where w.entry is not null), arguments, actor) j
         where judged_calls.action = 'redial')
    select w.id, case
        when (w.c).id is null or not (wide or private.may_see_call(actor, w.c)) then 'unknown_call'
        when judged_calls.action = 'redial' then case when w.entry is null then 'no_entry' else e.reason end
        when judged_calls.action = 'suppress' then case
            when not (wide or private.may_reach_number(actor, (w.c).phone_number)) then 'not_allowed'
            when exists (select from public.suppressions s
                          where s.phone_number = private.person_number((w.c).phone_number) and s.scope in ('all', 'calls')
                            and (s.until is null or s.until > now())) then 'suppressed' end
        when judged_calls.action in ('tag', 'untag') and word is not null then case
            when (judged_calls.action = 'tag') = exists (
                select from public.call_tags t where t.call_id = (w.c).id and t.tag = word) then 'known' end
        when judged_calls.action = 'assign' and is_agent then 'not_allowed'
        when judged_calls.action = 'assign' and arguments ? 'member' then case
            when (w.c).assigned_to is not distinct from member then 'known'
            when member is not null and not coalesce(
                member in (select private.members_of((w.c).organization_id)), false) then 'unknown_member' end
        end
      from wanted w left join entries e on e.id = w.entry;
end $$;

-- Rows of either kind.
create or replace function private.judged_for_bulk(object_type text, action text, ids uuid[], arguments jsonb, actor jsonb)
returns table (id uuid, reason text)
language plpgsql stable set search_path = '' as $$
begin
    if object_type = 'call' then
        return query select j.id, j.reason from private.judged_calls(action, ids, arguments, actor) j;
    else
        return query select j.id, j.reason from private.judged_entries(action, ids, arguments, actor) j;
    end if;
end $$;

-- What the action does to one row: the very function that does it alone. Returns why it was refused; null: it was done.
create or replace function private.do_bulk_item(b public.bulk_actions, object_id uuid) returns text
language plpgsql set search_path = '' as $$
declare
    entry constant uuid := case when b.object_type = 'entry' then object_id
        when b.action = 'redial' then (
            select private.entry_of_call(c) from public.call_history c where c.public_id = object_id) end;
    person constant text := case b.object_type
        when 'entry' then (select q.person from public.call_queue q where q.id = object_id)
        else (select c.phone_number from public.call_history c where c.public_id = object_id) end;
    told jsonb;
begin
    told := case b.action
        when 'cancel' then public.cancel_queued_call(entry, b.actor)
        when 'redial' then public.redial_queued_call(entry, false, '{}', b.actor)
        when 'reschedule' then public.change_queued_call(entry, b.arguments, '{}', b.actor)
        when 'suppress' then public.suppress(person, 'calls', 'operator', null, null, b.actor)
        when 'assign' then public.assign_call(object_id, (b.arguments ->> 'member')::uuid, b.actor)
        when 'tag' then case b.object_type
            when 'call' then public.tag_call(object_id, b.arguments ->> 'tag', false, b.actor)
            else public.tag_person(person, b.arguments ->> 'tag', false, b.actor) end
        when 'untag' then case b.object_type
            when 'call' then public.tag_call(object_id, b.arguments ->> 'tag', true, b.actor)
            else public.tag_person(person, b.arguments ->> 'tag', true, b.actor) end end;
    return case told ->> 'result' when 'refused' then told ->> 'code' when 'known' then 'known' end;
exception when integrity_constraint_violation or data_exception then
    -- One row that cannot be changed does not hold up the others.
    return 'failed';
end $$;

select private.share_with_service(
    'judged_entries', 'judged_calls', 'entry_of_call', 'judged_for_bulk', 'do_bulk_item');
