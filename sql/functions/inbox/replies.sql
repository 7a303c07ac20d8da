-- Texts that people write in the inbox: at once or later, changed and taken back; drafts of the bot; and what the bot decided.

select private.drop_functions(
    'reply_in_inbox', 'change_later_text', 'cancel_later_text', 'ask_draft', 'drafted_thread', 'save_draft');

-- Where a reply to an item goes: its thread, or one with the number that left it.
create or replace function private.thread_for_reply(item public.inbox_items) returns uuid
language plpgsql set search_path = '' as $$
declare
    calling public.call_history;
begin
    if item.conversation_id is not null then
        return item.conversation_id;
    end if;
    if item.phone_number in ('', 'anonymous') then
        return null;
    end if;
    select c.* into calling from public.call_history c
     where c.id = coalesce(item.call_id, (
         select h.id from public.call_history h join public.call_queue q on q.asked_in = h.call_sid
          where q.id = item.call_queue_id));
    if coalesce(private.our_number(calling), '') = '' then
        return null;
    end if;
    return private.thread_between('sms', item.phone_number, private.our_number(calling), item.user_id);
end $$;

-- Somebody has the thread: the bot keeps silent, and what it has queued and nobody has seen is taken back.
create or replace function private.take_over(thread uuid, actor jsonb, hours double precision) returns void
language plpgsql set search_path = '' as $$
begin
    update public.conversations c
       set ai_mode = 'OFF', waiting_since = null, answer_token = null, answer_lease_until = null, answer_attempts = 0,
           -- Switched off by hand, it stays off: only what a person took, or a case, goes back.
           taken_at = case when c.ai_mode = 'ON' or exists (
                               select from public.support_escalations e
                                where e.conversation_id = c.id and e.silenced and e.state = 'open')
                           then coalesce(c.taken_at, now()) else c.taken_at end,
           taken_by = private.actor_user(actor), unread_count = 0,
           assigned_to = coalesce(c.assigned_to, private.actor_user(actor)),
           answered_upto = greatest(c.answered_upto, (
               select max(m.id) from public.sms_history m where m.conversation_id = c.id and m.wants_answer))
     where c.id = thread;
    update public.conversations c set give_back_at = now() + make_interval(secs => hours * 3600)
     where c.id = thread and c.taken_at is not null and hours > 0;
    perform private.take_back_answers(thread);
end $$;

-- reply_in_inbox: kind command; key request_key; called by services/texts/reply
-- A text of a person, in one transaction with taking the thread over from the bot; with `not_before` it leaves later, and
-- the bot goes on until somebody replies. The same key again is the same text.
create function public.reply_in_inbox(
    item uuid, content text, request_key text default null, version int default null, not_before timestamptz default null,
    hours double precision default 4, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    held record;
    thread public.conversations;
    asked public.sms_history;
    answered uuid;
    queued bigint;
begin
    select * into held from private.held_item(reply_in_inbox.item, null, actor);
    if held.refused is not null then
        return held.refused;
    end if;
    -- A key of somebody else's thread is no key of this one.
    select m.* into asked from public.sms_history m where m.request_key = reply_in_inbox.request_key;
    if asked.id is not null then
        return case when (asked.content, asked.phone_number) = (reply_in_inbox.content, (held.item).phone_number)
            then jsonb_build_object('result', 'queued', 'message_id', asked.id, 'conversation_id', asked.conversation_id)
            else jsonb_build_object('result', 'refused', 'code', 'key_used') end;
    end if;
    select * into held from private.held_item(reply_in_inbox.item, reply_in_inbox.version, actor);
    if held.refused is not null then
        return held.refused;
    end if;
    if exists (select from private.standing_suppressions((held.item).phone_number, 'texts')) then
        return jsonb_build_object('result', 'refused', 'code', 'suppressed');
    end if;
    if reply_in_inbox.not_before not between now() and now() + interval '1 year' then
        return jsonb_build_object('result', 'refused', 'code', 'wrong_time');
    end if;
    answered := private.thread_for_reply(held.item);
    select c.* into thread from public.conversations c where c.id = answered for no key update;
    if thread.id is null then
        return jsonb_build_object('result', 'refused', 'code', 'no_number');
    end if;
    if not private.is_current(thread) then
        return jsonb_build_object('result', 'refused', 'code', 'number_moved');
    end if;
    if thread.channel = 'whatsapp' and reply_in_inbox.not_before is null
       and coalesce(thread.last_inbound_at, '-infinity') < now() - interval '24 hours' then
        return jsonb_build_object('result', 'refused', 'code', 'window_closed');
    end if;
    queued := private.queue_text(
        thread.customer_identifier, thread.our_number, thread.channel, reply_in_inbox.content, 'conversation', thread.user_id,
        'operator', not_before => reply_in_inbox.not_before, request_key => reply_in_inbox.request_key,
        conversation => thread.id);
    update public.sms_history m set author_id = private.actor_user(actor) where m.id = queued;
    if reply_in_inbox.not_before is null then
        perform private.take_over(thread.id, actor, reply_in_inbox.hours);
        update public.inbox_items i set waiting_since = null, snoozed_until = null, unread = 0, state = 'open', resolved_at = null,
               assigned_to = coalesce(i.assigned_to, private.actor_user(actor))
         where i.id in ((held.item).id, thread.id);
        delete from public.inbox_drafts d where d.item_id = (held.item).id;
    end if;
    perform private.note_handled(
        held.item, actor, case when reply_in_inbox.not_before is null then 'replied' else 'scheduled' end,
        jsonb_build_object('message', queued));
    return jsonb_build_object('result', 'queued', 'message_id', queued, 'conversation_id', thread.id);
end $$;

-- A text that waits for its time, locked, for whoever may act on its thread.
drop function if exists private.held_text(uuid, bigint, jsonb);
create function private.held_text(item uuid, message_id bigint, actor jsonb, out refused jsonb, out text_row public.sms_history)
language plpgsql set search_path = '' as $$
declare
    held record;
begin
    select * into held from private.held_item(held_text.item, null, actor);
    refused := held.refused;
    if refused is null then
        select m.* into text_row from public.sms_history m
         where m.id = held_text.message_id and m.conversation_id = (held.item).conversation_id for update;
        if text_row.id is null or not private.is_later(text_row) then
            refused := '{"result": "refused", "code": "left_already"}';
        end if;
    end if;
end $$;

-- change_later_text: kind command; key message_id; called by console, api
create function public.change_later_text(
    item uuid, message_id bigint, content text, not_before timestamptz, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    held record;
begin
    select * into held from private.held_text(change_later_text.item, change_later_text.message_id, actor);
    if held.refused is not null then
        return held.refused;
    end if;
    if change_later_text.not_before is null
       or change_later_text.not_before not between now() and now() + interval '1 year' then
        return jsonb_build_object('result', 'refused', 'code', 'wrong_time');
    end if;
    update public.sms_history m
       set content = change_later_text.content, not_before = change_later_text.not_before,
           author_id = private.actor_user(actor)
     where m.id = (held.text_row).id;
    perform private.audit(actor, 'thread.text_changed', 'thread', change_later_text.item::text, null,
                          jsonb_build_object('message', (held.text_row).id));
    return jsonb_build_object('result', 'changed');
end $$;

-- cancel_later_text: kind command; key message_id; called by console, api
create function public.cancel_later_text(item uuid, message_id bigint, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    held record;
begin
    select * into held from private.held_text(cancel_later_text.item, cancel_later_text.message_id, actor);
    if held.refused is not null then
        return held.refused;
    end if;
    update public.sms_history m set outbox_state = 'failed', status = 'canceled', error_code = 'canceled'
     where m.id = (held.text_row).id;
    perform private.audit(actor, 'thread.text_canceled', 'thread', cancel_later_text.item::text, null,
                          jsonb_build_object('message', (held.text_row).id));
    return jsonb_build_object('result', 'canceled');
end $$;

-- --- drafts ---------------------------------------------------------------------------------------

-- ask_draft: kind command; key item; called by console, api
-- A job writes it. Asking while one is being written changes nothing; one that nobody has written for a minute is asked anew.
create function public.ask_draft(item uuid, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    held record;
begin
    select * into held from private.held_item(ask_draft.item, null, actor);
    if held.refused is not null then
        return held.refused;
    end if;
    if (held.item).conversation_id is null then
        return jsonb_build_object('result', 'refused', 'code', 'no_thread');
    end if;
    if not exists (select from public.inbox_drafts d
                    where d.item_id = (held.item).id and d.state = 'asked' and d.asked_at > now() - interval '1 minute') then
        insert into public.inbox_drafts (item_id, state, asked_by) values ((held.item).id, 'asked', private.actor_user(actor))
        on conflict on constraint inbox_drafts_pkey do update
           set state = 'asked', content = null, upto = null, asked_by = excluded.asked_by, asked_at = now();
        perform jobs.defer('draft_reply', jsonb_build_object('item_id', (held.item).id));
        perform private.audit(actor, 'thread.draft_asked', 'thread', (held.item).id::text);
    end if;
    return jsonb_build_object('result', 'asked');
end $$;

-- drafted_thread: kind read; key item; called by services/texts/draft
-- What an answer may be made from, as for a thread that is claimed; nothing is claimed.
create function public.drafted_thread(item uuid) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce((
        select private.thread_view(c) from public.conversations c join public.inbox_drafts d on d.item_id = c.id
         where c.id = drafted_thread.item and d.state = 'asked'), '{"result": "none"}')
$$;

-- save_draft: kind command; key item; called by services/texts/draft
-- Without words it failed. One that nobody waits for any more is dropped.
create function public.save_draft(
    item uuid, content text default null, upto bigint default null, used_usd double precision default 0
) returns jsonb
language plpgsql set search_path = '' as $$
begin
    perform private.spend('texts', save_draft.used_usd::numeric, hashtext(save_draft.item::text));
    update public.inbox_drafts d
       set state = case when coalesce(save_draft.content, '') = '' then 'failed' else 'ready' end,
           content = left(save_draft.content, 1600), upto = save_draft.upto
     where d.item_id = save_draft.item and d.state = 'asked';
    return jsonb_build_object('result', case when found then 'saved' else 'dropped' end);
end $$;

-- --- decisions ------------------------------------------------------------------------------------

-- What the bot did with a text: {"decision", "reason", "rule", "confidence", "knew"}. The first decision about a text stays.
create or replace function private.note_decision(thread uuid, about bigint, told jsonb) returns void
language sql set search_path = '' as $$
    insert into public.ai_decisions (
        user_id, conversation_id, text_id, decision, confidence, reason, matched_rule, message_text, snapshot_json)
    select m.user_id, thread, m.id, told ->> 'decision', (told ->> 'confidence')::numeric, left(told ->> 'reason', 500),
           left(told ->> 'rule', 100), left(m.content, 500), told -> 'knew'
      from public.sms_history m
     where m.id = about and m.direction = 'inbound' and told ->> 'decision' is not null
    on conflict on constraint ai_decisions_text_id_key do nothing
$$;

select private.share_with_service('thread_for_reply', 'take_over', 'held_text', 'note_decision');
select private.grant_to_service(
    'reply_in_inbox', 'change_later_text', 'cancel_later_text', 'ask_draft', 'drafted_thread', 'save_draft');
