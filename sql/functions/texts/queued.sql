-- Texts to be sent: a row is committed with whatever made it necessary, and the sender finds it.

select private.drop_functions('queue_text', 'queue_operator_text');

-- Queue one text inside another function's transaction; returns its sms_history.id. A thread is made for everything but
-- notices to the operator; the text goes to the number as the thread spells it, which is the carrier's own spelling. Repeating a request_key, or an answer's place, returns the row that is there.
create or replace function private.queue_text(
    to_number text, our_number text, channel text, content text, kind text, person uuid default null,
    sent_by text default 'system', verification uuid default null, not_before timestamptz default null,
    request_key text default null, media jsonb default null, details jsonb default null,
    conversation uuid default null, in_reply_to bigint default null, part int default null
) returns bigint
language plpgsql set search_path = '' as $$
#variable_conflict use_variable
declare
    thread uuid := conversation;
    spelling text;
    queued bigint;
begin
    select m.id into queued from public.sms_history m where m.request_key = request_key;
    if queued is not null then
        return queued;
    end if;
    if thread is null and kind <> 'operator_notice' then
        thread := private.thread_between(channel, to_number, our_number, person);
    end if;
    select c.customer_identifier into spelling from public.conversations c
     where c.id = thread and c.person_number = private.person_number(to_number);
    spelling := coalesce(spelling, to_number);
    insert into public.sms_history as m (
        user_id, phone_number, direction, content, media, from_number, to_number, channel, conversation_id, sent_by,
        in_reply_to, part, outbox_state, kind, verification_id, not_before, request_key, details)
    values (
        person, private.person_number(to_number), 'outbound', content, media, our_number, spelling, channel, thread,
        sent_by, in_reply_to, part, 'generated', kind, verification, not_before, request_key, details)
    on conflict do nothing
    returning m.id into queued;
    if queued is null then
        select m.id into queued from public.sms_history m
         where m.request_key = request_key or (m.in_reply_to = in_reply_to and m.part = part);
        return queued;
    end if;
    perform private.note_onboarding(queued);
    return queued;
end $$;

-- The thread between two numbers as our number is assigned now: what was written over it for another organization is another
-- thread. The only organization goes on with what was nobody's. No thread: null.
create or replace function private.thread_of(channel text, theirs text, ours text) returns uuid
language sql stable set search_path = '' as $$
    select c.id
      from (select private.organization_of_number(ours) as id, private.sole_organization() as sole) o
      join public.conversations c on c.channel = thread_of.channel and c.person_number = private.person_number(theirs)
           and c.our_number = ours
     where c.organization_id is not distinct from o.id or (c.organization_id is null and o.id = o.sole)
     order by c.organization_id limit 1
$$;

-- Whether what is written over our number now belongs to the thread.
create or replace function private.is_current(thread public.conversations) returns boolean
language sql stable set search_path = '' as $$
    select coalesce(thread.id = private.thread_of(thread.channel, thread.customer_identifier, thread.our_number), false)
$$;

-- The thread that a text of ours belongs to. Waits for nobody: whoever queues a text may hold locks already.
create or replace function private.thread_between(
    the_channel text, theirs text, ours text, person uuid default null
) returns uuid
language plpgsql set search_path = '' as $$
declare
    thread_channel constant text := case when the_channel = 'whatsapp' then 'whatsapp' else 'sms' end;
    thread uuid;
begin
    insert into public.conversations (channel, customer_identifier, our_number, user_id)
    select thread_channel, theirs, ours, person where private.thread_of(thread_channel, theirs, ours) is null
    on conflict do nothing;
    thread := private.thread_of(thread_channel, theirs, ours);
    update public.conversations c set last_message_at = now()
     where c.id in (select f.id from public.conversations f where f.id = thread for no key update skip locked);
    return thread;
end $$;

-- The texts that onboarding is known by: its first one, each reminder, each code. Later questions are conversation.
create or replace function private.note_onboarding(message bigint) returns void
language sql set search_path = '' as $$
    insert into public.onboarding_messages (user_id, phone_number, message_type, content, message_id)
    select m.user_id, m.phone_number, case m.kind when 'onboarding' then 'welcome' else m.kind end, m.content, m.id
      from public.sms_history m
     where m.id = message and m.user_id is not null and m.kind in ('onboarding', 'reminder', 'verification')
       and not (m.kind = 'onboarding' and exists (
           select from public.onboarding_messages o where o.user_id = m.user_id and o.message_type = 'welcome'))
$$;

-- queue_text: kind command; key request_key; called by whoever has the service's key
create function public.queue_text(
    to_number text, our_number text, channel text, content text, kind text, user_id uuid default null,
    sent_by text default 'system', verification_id uuid default null, not_before timestamptz default null,
    request_key text default null, media jsonb default null, details jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
begin
    if queue_text.to_number is null or queue_text.to_number = '' then
        return jsonb_build_object('result', 'refused', 'code', 'no_number');
    end if;
    return jsonb_build_object('result', 'queued', 'message_id', private.queue_text(
        queue_text.to_number, queue_text.our_number, queue_text.channel, queue_text.content, queue_text.kind,
        queue_text.user_id, queue_text.sent_by, queue_text.verification_id, queue_text.not_before,
        queue_text.request_key, queue_text.media, queue_text.details));
end $$;

-- From which of our numbers an actor writes to somebody: the one that is asked for, if it may use it (null: it may not), else the usual
-- one if that is its organization's, else the number of its newest thread with them, else one of its organization's.
create or replace function private.writes_from(actor jsonb, theirs text, asked text, usual text) returns text
language plpgsql stable set search_path = '' as $$
declare
    whose constant uuid := coalesce(private.actor_organization(actor), private.works_for(private.actor_user(actor)));
begin
    if asked is not null then
        return case when asked = usual and private.may_use_number(actor, asked)
                      or private.number_of_ours(asked, private.organization_calling(actor, asked)) is not null then asked end;
    elsif private.is_service_wide(actor) or private.organization_of_number(usual) = whose then
        return usual;
    end if;
    return coalesce(
        (select c.our_number from public.conversations c
          where c.organization_id = whose and c.person_number = private.person_number(theirs) and c.channel = 'sms'
          order by coalesce(c.last_message_at, c.created_at) desc, c.id limit 1),
        (select n.full_number from public.provider_phone_numbers n
          where n.organization_id = whose and n.is_active and coalesce((n.capabilities ->> 'sms')::boolean, true)
          order by n.full_number limit 1),
        usual);
end $$;

-- queue_operator_text: kind command; key request_key; called by services/texts/write
-- Texts that a person writes, from `from_number` or from the number that private.writes_from chooses; `our_number` is the usual one.
-- The same key again is the same text, also if that number said stop since then; one key for another text is refused.
create function public.queue_operator_text(
    to_number text, our_number text, content text, request_key text default null, actor jsonb default null,
    from_number text default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    asked public.sms_history;
    queued bigint;
    ours constant text := private.writes_from(
        queue_operator_text.actor, queue_operator_text.to_number, queue_operator_text.from_number, queue_operator_text.our_number);
begin
    if ours is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_from_number');
    end if;
    if not private.may_write(queue_operator_text.actor, queue_operator_text.to_number, ours) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    select m.* into asked from public.sms_history m where m.request_key = queue_operator_text.request_key;
    if asked.id is null then
        if exists (select from private.standing_suppressions(queue_operator_text.to_number, 'texts')) then
            return jsonb_build_object('result', 'refused', 'code', 'suppressed');
        end if;
        queued := private.queue_text(
            queue_operator_text.to_number, ours, 'sms', queue_operator_text.content,
            'conversation', (public.ensure_user(queue_operator_text.to_number) ->> 'user_id')::uuid, 'operator',
            request_key => queue_operator_text.request_key);
        select m.* into asked from public.sms_history m where m.id = queued;
    end if;
    if (asked.phone_number, asked.content) is distinct from
       (private.person_number(queue_operator_text.to_number), queue_operator_text.content) then
        return jsonb_build_object('result', 'refused', 'code', 'key_used');
    end if;
    return jsonb_build_object('result', 'queued', 'message_id', asked.id, 'conversation_id', asked.conversation_id);
end $$;

-- Texts that a call promised its caller: [{"key", "text"}]. A key of the call is sent once, whoever asks how often. Whether
-- the number wants texts is asked when they are sent, as of every text.
create or replace function private.text_caller(the_call bigint, texts jsonb) returns void
language sql set search_path = '' as $$
    select private.queue_text(
               c.phone_number, private.our_number(c), 'sms', t ->> 'text', 'conversation', c.user_id, 'bot',
               request_key => concat_ws(':', 'call', c.id, t ->> 'key'))
      from public.call_history c, jsonb_array_elements(coalesce(texts, '[]')) t
     where c.id = the_call
$$;

select private.grant_to_service('queue_text', 'queue_operator_text');
select private.share_with_service('queue_text', 'thread_between', 'note_onboarding', 'text_caller', 'writes_from', 'thread_of', 'is_current');
