-- The inbox as people see it: threads, what callers left, and call-backs in one list, and one of them with all that is known.

select private.drop_functions('inbox_page', 'inbox_counts', 'show_inbox_item', 'read_inbox_item', 'waiting_for_people');

-- --- who may --------------------------------------------------------------------------------------

-- Whether an item is the actor's to see: the columns that inbox_page asks. It is seen by its organization and by whom it is
-- assigned to, a thread that belongs to none with its person.
create or replace function private.item_is_near(
    item public.inbox_items, acting_user uuid, acting_organization uuid, led uuid[], members uuid[]
) returns boolean
language sql immutable set search_path = '' as $$
    select coalesce(
        (acting_user is null or item.user_id = acting_user or is_theirs or item.organization_id = any (led))
        and (acting_organization is null or item.organization_id = acting_organization or is_theirs
             or (item.kind <> 'call' and item.organization_id is null and item.user_id = any (members))), false)
      from (select coalesce(item.assigned_to = acting_user and (
                acting_organization is null or acting_user = any (members)), false) as is_theirs) here
$$;
create or replace function private.may_see_item(actor jsonb, item public.inbox_items) returns boolean
language sql stable set search_path = '' as $$
    select private.acts_as(actor, 'operator') and private.item_is_near(
        item, private.actor_user(actor), private.actor_organization(actor),
        array(select private.led_by(private.actor_user(actor))),
        array(select private.members_of(private.actor_organization(actor))))
$$;

-- As whom a member acts: with the whole organization, an agent with what is the agent's own, a viewer with nothing.
create or replace function private.acting_for(actor jsonb) returns jsonb
language sql stable set search_path = '' as $$
    select case
        when private.actor_user(actor) is null or private.actor_organization(actor) is null then actor
        else case private.role_in(actor, private.actor_organization(actor))
            when 'agent' then actor
            when 'viewer' then '{"role": "viewer"}'
            else case when private.role_in(actor, private.actor_organization(actor)) is null then '{"role": ""}'
                      else actor - 'user_id' end end
    end
$$;

-- --- the list -------------------------------------------------------------------------------------

-- What the list shows of items, all of them at once: a function for each row would take most of a page's time. The last words
-- are the texts' alone: what a caller left is in the case.
drop function if exists private.item_views(uuid[]);
create function private.item_views(ids uuid[]) returns table (item_id uuid, shown jsonb)
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select i.id, jsonb_build_object(
        'id', i.id, 'kind', i.kind, 'phone_number', i.phone_number, 'user_id', i.user_id, 'reason', i.reason,
        'state', i.state, 'waiting_since', i.waiting_since, 'unread', i.unread, 'assigned_to', i.assigned_to,
        'assigned_name', coalesce(nullif(btrim(p.first_name || ' ' || p.last_name), ''), p.email),
        'snoozed_until', case when i.snoozed_until > now() then i.snoozed_until end,
        'resolved_at', i.resolved_at, 'last_at', i.last_at, 'version', i.version,
        'ai_mode', c.ai_mode, 'channel', c.channel, 'taken_by', c.taken_by, 'taken_at', c.taken_at,
        'give_back_at', c.give_back_at, 'conversation_id', c.id, 'call_id', h.public_id, 'entry_id', q.id,
        'call_at', coalesce(q.scheduled_time, q.not_before),
        'last_words', left(coalesce(
            (select e.message from public.support_escalations e
              where e.call_id = i.call_id and e.conversation_id is null order by e.created_at desc limit 1),
            (select m.content from public.sms_history m where m.conversation_id = i.conversation_id
              order by m.id desc limit 1)), 200))
      from public.inbox_items i
      left join public.conversations c on c.id = i.conversation_id
      left join public.call_history h on h.id = i.call_id
      left join public.call_queue q on q.id = i.call_queue_id
      left join public.user_profiles p on p.user_id = i.assigned_to
     where i.id = any (ids)
$$;

-- inbox_page: kind read; key actor, after; called by console, api
-- A page (access/pages.sql). `show`: open (what is snoozed is not in it), mine (of `person`), unassigned, waiting, snoozed,
-- resolved. Escalated first, then whoever waits longest, then what happened last. What an actor sees is may_see_item's to say.
create function public.inbox_page(
    actor jsonb default null, show text default 'open', person uuid default null, page_size int default 50,
    after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(page_size);
    after_rank constant smallint := (after ->> 'rank')::smallint;
    after_place constant double precision := (after ->> 'place')::double precision;
    after_id constant uuid := (after ->> 'id')::uuid;
    acting_user constant uuid := private.actor_user(actor);
    acting_organization constant uuid := private.actor_organization(actor);
    led constant uuid[] := array(select private.led_by(acting_user));
    members constant uuid[] := array(select private.members_of(acting_organization));
    -- What is assigned to somebody who left the organization is not theirs any more.
    assignee constant uuid := case when acting_organization is null or acting_user = any (members) then acting_user end;
    places jsonb;
begin
    if not private.acts_as(actor, 'operator') then
        return private.as_page('[]', size);
    end if;
    select coalesce(jsonb_agg(jsonb_build_object('rank', f.rank, 'place', f.place, 'id', f.id) order by f.rank, f.place, f.id), '[]')
      into places
      from (select i.rank, i.place, i.id from public.inbox_items i
                 where (after_id is null or (i.rank, i.place, i.id) > (after_rank, after_place, after_id))
                   and i.state = case when inbox_page.show = 'resolved' then 'resolved' else 'open' end
                   and case inbox_page.show
                       when 'snoozed' then i.snoozed_until > now()
                       when 'resolved' then true
                       else i.snoozed_until is null or i.snoozed_until <= now() end
                   and (inbox_page.show <> 'snoozed' or i.snoozed_until is not null)
                   and (inbox_page.show <> 'mine' or i.assigned_to = inbox_page.person)
                   and (inbox_page.show <> 'unassigned' or i.assigned_to is null)
                   and (inbox_page.show <> 'waiting' or i.waiting_since is not null)
                   and (acting_user is null or i.user_id = acting_user or i.assigned_to = assignee or i.organization_id = any (led))
                   and (acting_organization is null or i.organization_id = acting_organization or i.assigned_to = assignee
                        or (i.kind <> 'call' and i.organization_id is null and i.user_id = any (members)))
                 order by i.rank, i.place, i.id
             limit size + 1) f;
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(v.shown, p.place) order by p.nth), '[]')
          from jsonb_array_elements(places) with ordinality p (place, nth)
          join private.item_views(array(select (p ->> 'id')::uuid from jsonb_array_elements(places) p)) v
            on v.item_id = (p.place ->> 'id')::uuid), size);
end $$;

-- inbox_counts: kind read; key actor; called by console
-- How many are in each part of the list; counts end at 1001.
create function public.inbox_counts(actor jsonb default null, person uuid default null) returns jsonb
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
    acting_user constant uuid := private.actor_user(actor);
    acting_organization constant uuid := private.actor_organization(actor);
    led constant uuid[] := array(select private.led_by(acting_user));
    members constant uuid[] := array(select private.members_of(acting_organization));
    -- What is assigned to somebody who left the organization is not theirs any more.
    assignee constant uuid := case when acting_organization is null or acting_user = any (members) then acting_user end;
    part text;
    counts jsonb := '{}';
begin
    if not private.acts_as(actor, 'operator') then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    -- One after the other, each planned for what it asks: the indexes are of one part each.
    foreach part in array array['open', 'mine', 'unassigned', 'waiting', 'snoozed'] loop
        counts := counts || jsonb_build_object(part, (
            select count(*) from (
                select from public.inbox_items i
                 where i.state = 'open'
                   and case part when 'snoozed' then i.snoozed_until is not null and i.snoozed_until > now()
                                 else i.snoozed_until is null or i.snoozed_until <= now() end
                   and (part <> 'mine' or i.assigned_to = inbox_counts.person)
                   and (part <> 'unassigned' or i.assigned_to is null)
                   and (part <> 'waiting' or i.waiting_since is not null)
                   and (acting_user is null or i.user_id = acting_user or i.assigned_to = assignee or i.organization_id = any (led))
                   and (acting_organization is null or i.organization_id = acting_organization or i.assigned_to = assignee
                        or (i.kind <> 'call' and i.organization_id is null and i.user_id = any (members)))
                 limit 1001) one));
    end loop;
    return counts;
end $$;

-- waiting_for_people: kind read; key actor; called by console, on every page
-- How many wait for a person, and since when; the count ends at 100.
create function public.waiting_for_people(actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
declare
    acting_user constant uuid := private.actor_user(actor);
    acting_organization constant uuid := private.actor_organization(actor);
    led constant uuid[] := array(select private.led_by(acting_user));
    members constant uuid[] := array(select private.members_of(acting_organization));
    -- What is assigned to somebody who left the organization is not theirs any more.
    assignee constant uuid := case when acting_organization is null or acting_user = any (members) then acting_user end;
begin
    if not private.acts_as(actor, 'operator') then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    return (
        select jsonb_build_object('count', count(*), 'since', min(w.waiting_since))
          from (select i.waiting_since from public.inbox_items i
                 where i.state = 'open' and i.waiting_since is not null
                   and (i.snoozed_until is null or i.snoozed_until <= now())
                   and (acting_user is null or i.user_id = acting_user or i.assigned_to = assignee or i.organization_id = any (led))
                   and (acting_organization is null or i.organization_id = acting_organization or i.assigned_to = assignee
                        or (i.kind <> 'call' and i.organization_id is null and i.user_id = any (members)))
                 order by i.rank, i.place, i.id limit 100) w);
end $$;

-- --- one of them ----------------------------------------------------------------------------------

-- show_inbox_item: kind read; key item; called by console, api, services/texts/draft
-- With the last 100 texts of its thread, the calls of its person, notes, cases, decisions, what waits to leave, and the draft.
create function public.show_inbox_item(item uuid, actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
declare
    found_one public.inbox_items;
    thread uuid;
begin
    select i.* into found_one from public.inbox_items i where i.id = show_inbox_item.item;
    if found_one.id is null or not private.may_see_item(actor, found_one) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_item');
    end if;
    thread := coalesce(found_one.conversation_id, (
        select c.id from public.conversations c
         where found_one.phone_number not in ('', 'anonymous') and c.person_number = found_one.phone_number
           and c.channel = 'sms' and private.may_see_thread(show_inbox_item.actor, c)
         order by c.last_message_at desc nulls last limit 1));
    return jsonb_build_object(
        'result', 'found',
        'item', (select v.shown from private.item_views(array[found_one.id]) v) || jsonb_build_object(
            'taken_name', (select private.name_of(c.taken_by) from public.conversations c where c.id = found_one.conversation_id),
            'changed', found_one.changed, 'changed_by', found_one.changed_by,
            'changed_name', private.name_of(found_one.changed_by),
            'suppressed', case when found_one.phone_number <> '' then private.suppressed_view(found_one.phone_number) end),
        'texts', case when found_one.conversation_id is not null then private.item_texts(found_one.conversation_id) else '[]' end,
        'thread_id', thread,
        'calls', private.item_calls(found_one, actor),
        'notes', coalesce((
            select jsonb_agg(jsonb_build_object(
                       'id', n.id, 'content', n.content, 'author', private.name_of(n.author_id), 'created_at', n.created_at)
                       order by n.id)
              from public.inbox_notes n where n.item_id = found_one.id), '[]'),
        'cases', coalesce((
            select jsonb_agg(jsonb_build_object(
                       'id', e.id, 'reason', e.reason, 'message', e.message, 'confidence', e.confidence, 'state', e.state,
                       'call_back_number', e.call_back_number, 'call_back_when', e.call_back_when, 'created_at', e.created_at,
                       'closed_at', e.closed_at, 'closed_by', e.closed_by, 'notified', e.notified) order by e.created_at)
              from (select * from public.support_escalations o
                     where o.conversation_id = found_one.conversation_id
                        or (o.call_id = found_one.call_id and o.conversation_id is null)
                     order by o.created_at desc limit 50) e), '[]'),
        'draft', (select jsonb_build_object('state', d.state, 'content', d.content, 'upto', d.upto, 'asked_at', d.asked_at)
                    from public.inbox_drafts d where d.item_id = found_one.id));
end $$;

-- Whether a text of a person waits for its time, so that it may still be changed.
create or replace function private.is_later(m public.sms_history) returns boolean
language sql stable set search_path = '' as $$
    select coalesce(m.outbox_state = 'generated' and m.sent_by = 'operator' and m.send_attempts = 0 and m.not_before > now(), false)
$$;

-- The end of a thread in the order in which it was said; each text with who wrote it, and what the bot decided about it.
create or replace function private.item_texts(thread uuid) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select coalesce(jsonb_agg(jsonb_build_object(
               'id', m.id, 'direction', m.direction, 'content', m.content, 'media', m.media, 'kind', m.kind,
               'sent_by', m.sent_by, 'author', private.name_of(m.author_id), 'status', m.status, 'error_code', m.error_code,
               'outbox_state', m.outbox_state, 'is_later', private.is_later(m), 'not_before', m.not_before,
               'created_at', coalesce(m.observed_at, m.created_at),
               'decision', (select jsonb_build_object(
                                       'decision', d.decision, 'reason', d.reason, 'rule', d.matched_rule,
                                       'confidence', d.confidence, 'knew', d.snapshot_json, 'at', d.created_at)
                              from public.ai_decisions d where d.text_id = m.id))
               order by private.is_later(m), coalesce(m.observed_at, m.created_at), m.id), '[]')
      from (select l.* from public.sms_history l where l.conversation_id = thread order by l.id desc limit 100) m
$$;

-- Calls with the same person that the actor may see, and the one that left the item.
create or replace function private.item_calls(item public.inbox_items, actor jsonb) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
declare
    ids bigint[];
begin
    execute format($q$
        select array(select c.id from public.call_history c
                      where (c.id = $1 or ($2 not in ('', 'anonymous') and c.phone_number = $2)) and %s
                      order by c.id desc limit 20)$q$, coalesce(nullif(private.where_seen(actor), ''), 'true'))
       into ids using item.call_id, item.phone_number;
    return (
        select coalesce(jsonb_agg(jsonb_build_object(
                   'public_id', c.public_id, 'phone_number', c.phone_number, 'direction', c.direction, 'call_status', c.call_status,
                   'end_reason', c.end_reason, 'outcome', c.outcome, 'started_at', coalesce(c.started_at, c.created_at),
                   'ended_at', c.ended_at, 'duration', c.duration, 'summary', c.summary,
                   'notes', (select coalesce(jsonb_agg(s.content order by s.created_at), '[]') from public.smart_notes s
                              where s.session_id = c.id)) order by c.id), '[]')
          from public.call_history c where c.id = any (ids));
end $$;

-- read_inbox_item: kind command; key item; called by console
-- Somebody who may answer it has seen it.
create function public.read_inbox_item(item uuid, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    found_one public.inbox_items;
begin
    select i.* into found_one from public.inbox_items i where i.id = read_inbox_item.item;
    if found_one.id is null or not private.may_see_item(private.acting_for(actor), found_one) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_item');
    end if;
    perform private.audit(actor, 'thread.read', 'thread', found_one.id::text);
    if found_one.unread > 0 then
        -- The trigger tells the item.
        update public.conversations c set unread_count = 0 where c.id = found_one.conversation_id;
        update public.inbox_items i set unread = 0 where i.id = found_one.id and i.unread > 0;
    end if;
    return jsonb_build_object('result', 'read');
end $$;

select private.share_with_service(
    'may_see_item', 'item_is_near', 'acting_for', 'item_views', 'item_texts', 'is_later', 'item_calls');
select private.grant_to_service('inbox_page', 'inbox_counts', 'waiting_for_people', 'show_inbox_item', 'read_inbox_item');
