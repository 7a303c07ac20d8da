-- What people do with an item of the inbox: assign it, put it off, resolve it, note something; and threads that go back to the bot.

select private.drop_functions(
    'assign_inbox_item', 'snooze_inbox_item', 'resolve_inbox_item', 'reopen_inbox_item', 'note_inbox_item',
    'inbox_members', 'give_back_threads');

-- The item, locked with its thread, for whoever may act on it: {"item"}, or why not. A thread is locked before its item.
-- `version` is what was shown: who acts on an older one, changed by somebody else, is told who it was.
drop function if exists private.held_item(uuid, int, jsonb);
create function private.held_item(wanted uuid, version int, actor jsonb, out refused jsonb, out item public.inbox_items)
language plpgsql set search_path = '' set timezone = 'UTC' as $$
begin
    perform from public.conversations c where c.id = wanted for no key update;
    select i.* into item from public.inbox_items i where i.id = wanted for no key update;
    if item.id is null or not private.may_see_item(private.acting_for(actor), item) then
        refused := '{"result": "refused", "code": "unknown_item"}';
    elsif held_item.version is not null and item.version <> held_item.version
          and (private.actor_user(actor) is null or item.changed_by is distinct from private.actor_user(actor)) then
        refused := jsonb_build_object(
            'result', 'refused', 'code', 'changed', 'changed', item.changed,
            'by', coalesce(private.name_of(item.changed_by), 'the operator of the machine'), 'at', item.updated_at);
    end if;
end $$;

-- What was done, and by whom, in the item and on record.
create or replace function private.note_handled(item public.inbox_items, actor jsonb, what text, after jsonb default null)
returns void
language plpgsql set search_path = '' as $$
begin
    update public.inbox_items i
       set version = i.version + 1, changed = what, changed_by = private.actor_user(actor)
     where i.id = item.id;
    perform private.audit(actor, 'thread.' || what, 'thread', item.id::text, jsonb_build_object(
        'state', item.state, 'assigned_to', item.assigned_to, 'snoozed_until', item.snoozed_until), after);
end $$;

create or replace function private.is_agent(actor jsonb) returns boolean
language sql stable set search_path = '' as $$
    select coalesce(private.role_in(actor, private.actor_organization(actor)) = 'agent', false)
       and private.actor_user(actor) is not null
$$;

-- inbox_members: kind read; key actor; called by console, api
-- Whom an item may be assigned to: members of the organization who act, or of every one for the whole service.
create function public.inbox_members(actor jsonb default null) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object('rows', coalesce(jsonb_agg(distinct jsonb_build_object(
               'user_id', m.user_id, 'name', coalesce(private.name_of(m.user_id), m.user_id::text))), '[]'))
      from public.organization_members m
     where m.status = 'active' and m.role <> 'viewer' and private.acts_as(actor, 'operator')
       and (private.is_service_wide(actor) or m.organization_id = private.actor_organization(actor)
            or (private.actor_organization(actor) is null and m.user_id = private.actor_user(actor)))
$$;

-- assign_inbox_item: kind command; key item, assignee; called by console, api
-- To a member who may act, or to nobody. An agent assigns nothing.
create function public.assign_inbox_item(
    item uuid, assignee uuid default null, version int default null, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    held record;
begin
    select * into held from private.held_item(assign_inbox_item.item, assign_inbox_item.version, actor);
    if held.refused is not null then
        return held.refused;
    end if;
    if private.is_agent(actor) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    if assign_inbox_item.assignee is not null and not exists (
        select from jsonb_array_elements(public.inbox_members(private.acting_for(actor)) -> 'rows') m
         where m ->> 'user_id' = assign_inbox_item.assignee::text) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_member');
    end if;
    if (held.item).assigned_to is distinct from assign_inbox_item.assignee then
        update public.conversations c set assigned_to = assign_inbox_item.assignee where c.id = (held.item).id;
        update public.inbox_items i set assigned_to = assign_inbox_item.assignee
         where i.id = (held.item).id and i.assigned_to is distinct from assign_inbox_item.assignee;
        perform private.note_handled(
            held.item, actor, 'assigned', jsonb_build_object('assigned_to', assign_inbox_item.assignee));
    end if;
    return jsonb_build_object('result', 'assigned');
end $$;

-- snooze_inbox_item: kind command; key item, until; called by console, api
-- Out of the list until then, or until the person writes or calls again. Without a time it is back at once.
create function public.snooze_inbox_item(
    item uuid, until timestamptz default null, version int default null, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    held record;
begin
    select * into held from private.held_item(snooze_inbox_item.item, snooze_inbox_item.version, actor);
    if held.refused is not null then
        return held.refused;
    end if;
    if snooze_inbox_item.until not between now() and now() + interval '1 year' then
        return jsonb_build_object('result', 'refused', 'code', 'wrong_time');
    end if;
    if (held.item).snoozed_until is distinct from snooze_inbox_item.until then
        update public.inbox_items i set snoozed_until = snooze_inbox_item.until where i.id = (held.item).id;
        perform private.note_handled(
            held.item, actor, 'snoozed', jsonb_build_object('snoozed_until', snooze_inbox_item.until));
    end if;
    return jsonb_build_object('result', 'snoozed');
end $$;

-- resolve_inbox_item: kind command; key item; called by console, api
-- Its cases are closed, and a thread that somebody took over, or that a case had silenced, is the bot's again. Whoever
-- switched the bot off by hand has the last word. Resolving again changes nothing.
create function public.resolve_inbox_item(item uuid, version int default null, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    held record;
    gives_back boolean;
begin
    select * into held from private.held_item(resolve_inbox_item.item, resolve_inbox_item.version, actor);
    if held.refused is not null then
        return held.refused;
    end if;
    if (held.item).state = 'resolved' then
        return jsonb_build_object('result', 'resolved');
    end if;
    gives_back := exists (
        select from public.conversations c
         where c.id = (held.item).id and c.ai_mode = 'OFF'
           and (c.taken_at is not null or exists (
               select from public.support_escalations e where e.conversation_id = c.id and e.silenced and e.state = 'open')));
    update public.support_escalations e
       set state = 'closed', closed_at = now(), closed_by = coalesce(private.name_of(private.actor_user(actor)), 'console')
     where e.state = 'open' and (e.conversation_id = (held.item).conversation_id
                                 or (e.call_id = (held.item).call_id and e.conversation_id is null));
    if gives_back then
        perform private.give_back_thread((held.item).id);
    end if;
    update public.conversations c set status = 'open', unread_count = 0
     where c.id = (held.item).id and (c.status = 'pending' or c.unread_count > 0);
    update public.inbox_items i
       set state = 'resolved', resolved_at = now(), waiting_since = null, reason = null, snoozed_until = null, unread = 0
     where i.id = (held.item).id;
    delete from public.inbox_drafts d where d.item_id = (held.item).id;
    perform private.note_handled(held.item, actor, 'resolved', jsonb_build_object('given_back', gives_back));
    return jsonb_build_object('result', 'resolved', 'given_back', gives_back);
end $$;

-- reopen_inbox_item: kind command; key item; called by console, api
create function public.reopen_inbox_item(item uuid, version int default null, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    held record;
begin
    select * into held from private.held_item(reopen_inbox_item.item, reopen_inbox_item.version, actor);
    if held.refused is not null then
        return held.refused;
    end if;
    if (held.item).state = 'resolved' then
        update public.inbox_items i set state = 'open', resolved_at = null where i.id = (held.item).id;
        perform private.note_handled(held.item, actor, 'reopened');
    end if;
    return jsonb_build_object('result', 'open');
end $$;

-- note_inbox_item: kind command; key request_key; called by console, api
-- What people tell each other; the same key again is the same note.
create function public.note_inbox_item(item uuid, content text, request_key text default null, actor jsonb default null)
returns jsonb
language plpgsql set search_path = '' as $$
declare
    held record;
    noted bigint;
begin
    select * into held from private.held_item(note_inbox_item.item, null, actor);
    if held.refused is not null then
        return held.refused;
    end if;
    if length(coalesce(btrim(note_inbox_item.content), '')) not between 1 and 4000 then
        return jsonb_build_object('result', 'refused', 'code', 'wrong_length');
    end if;
    insert into public.inbox_notes (item_id, author_id, content, request_key)
    values ((held.item).id, private.actor_user(actor), btrim(note_inbox_item.content), note_inbox_item.request_key)
    on conflict on constraint inbox_notes_request_key_key do nothing
    returning id into noted;
    if noted is not null then
        perform private.audit(actor, 'thread.noted', 'thread', (held.item).id::text, null, jsonb_build_object('note', noted));
    end if;
    return jsonb_build_object('result', 'noted');
end $$;

-- --- back to the bot ------------------------------------------------------------------------------

-- The bot answers again, beginning with what comes next.
create or replace function private.give_back_thread(thread uuid) returns void
language sql set search_path = '' as $$
    update public.conversations c
       set ai_mode = 'ON', waiting_since = null, answer_token = null, answer_lease_until = null, answer_attempts = 0,
           taken_at = null, taken_by = null, give_back_at = null,
           answered_upto = greatest(c.answered_upto, (
               select max(m.id) from public.sms_history m where m.conversation_id = c.id and m.wants_answer))
     where c.id = thread
$$;

-- give_back_threads: kind command; key none; called by services/texts/reply
-- Threads whose time with a person is over. Whoever waits there still waits for a person in the list.
create function public.give_back_threads(batch int default 100) returns jsonb
language plpgsql set search_path = '' as $$
declare
    thread public.conversations;
    count int := 0;
begin
    for thread in
        select c.* from public.conversations c
         where c.give_back_at <= now() order by c.give_back_at limit batch for no key update skip locked
    loop
        perform private.give_back_thread(thread.id);
        perform private.add_event('conversation.ai_mode', thread.id::text, '{"mode": "ON", "actor": null}');
        count := count + 1;
    end loop;
    return jsonb_build_object('given_back', count);
end $$;

select private.share_with_service('held_item', 'note_handled', 'is_agent', 'give_back_thread');
select private.grant_to_service(
    'assign_inbox_item', 'snooze_inbox_item', 'resolve_inbox_item', 'reopen_inbox_item', 'note_inbox_item', 'inbox_members',
    'give_back_threads');
