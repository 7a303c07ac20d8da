-- Threads as people see them: lists, what was said in one, and who answers.

select private.drop_functions(
    'conversations_page', 'show_conversation', 'conversation_messages', 'set_ai_mode');

-- What stands against a number, for people: null when nothing does. `reason` and `since` are of one row: of those that
-- hold texts, if any do; the word of a person outranks the carrier's, as in is_suppressed; then of what began first.
create or replace function private.suppressed_view(number text) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select case when count(*) > 0 then jsonb_build_object(
               'texts', bool_or(s.scope in ('all', 'texts')), 'calls', bool_or(s.scope in ('all', 'calls')),
               'since', (array_agg(s.since order by s.place))[1], 'reason', (array_agg(s.reason order by s.place))[1]) end
      from (select r.scope, r.reason, r.since,
                   row_number() over (order by r.scope = 'calls', private.refuses_us(r.reason), r.since, r.id) as place
              from private.standing_suppressions(suppressed_view.number, 'all') r) s
$$;

-- The thread as people see it, without the state of the machinery.
create or replace function private.conversation_view(c public.conversations) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'id', c.id, 'user_id', c.user_id, 'channel', c.channel, 'customer_identifier', c.customer_identifier,
        'our_number', c.our_number, 'customer_name', c.customer_name, 'status', c.status, 'priority', c.priority,
        'assigned_to', c.assigned_to, 'tags', c.tags, 'ai_mode', c.ai_mode, 'unread_count', c.unread_count,
        'last_message_at', c.last_message_at, 'waiting_since', c.waiting_since, 'created_at', c.created_at,
        'blocked', private.block_answer(private.person_number(c.customer_identifier)) is not null,
        'suppressed', private.suppressed_view(c.customer_identifier),
        'onboarding_status', (select u.onboarding_status from public.user_profiles u where u.user_id = c.user_id))
$$;

-- conversations_page: kind read; key actor, after; called by cli texts list, the simulator's phone page, the demo, api
-- A page (access/pages.sql), the thread last written in first. What an actor sees is may_see_thread's to say.
create function public.conversations_page(
    actor jsonb default null, number text default null, status text default null, ai_mode text default null,
    page_size int default 50, after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(page_size);
    after_at constant timestamptz := (after ->> 'at')::timestamptz;
    after_id constant uuid := (after ->> 'id')::uuid;
    -- Beforehand, so that the list itself asks indexed columns only.
    acting_user constant uuid := private.actor_user(actor);
    acting_organization constant uuid := private.actor_organization(actor);
    led constant uuid[] := array(select private.led_by(acting_user));
    members constant uuid[] := array(select private.members_of(acting_organization));
begin
    if not private.acts_as(actor, 'operator') then
        return private.as_page('[]', size);
    end if;
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(private.conversation_view(shown.thread), jsonb_build_object(
                   'at', shown.at, 'id', (shown.thread).id)) order by shown.at desc, (shown.thread).id), '[]')
          from (select c as thread, coalesce(c.last_message_at, c.created_at) as at
                  from public.conversations c
                 where (acting_user is null or c.user_id = acting_user or c.assigned_to = acting_user or c.organization_id = any (led))
                   and (acting_organization is null or c.organization_id = acting_organization
                        or (c.organization_id is null and c.user_id = any (members))
                        or (c.assigned_to = acting_user and acting_user = any (members)))
                   and (after_at is null or coalesce(c.last_message_at, c.created_at) <= after_at)
                   and (after_at is null or coalesce(c.last_message_at, c.created_at) < after_at
                        or (coalesce(c.last_message_at, c.created_at) = after_at and c.id > after_id))
                   and (conversations_page.status is null or c.status = conversations_page.status)
                   and (conversations_page.ai_mode is null or c.ai_mode = conversations_page.ai_mode)
                   and (conversations_page.number is null or c.person_number = private.person_number(conversations_page.number))
                 order by coalesce(c.last_message_at, c.created_at) desc, c.id
                 limit size + 1) shown), size);
end $$;

-- show_conversation: kind read; key conversation_id; called by cli texts, api
create function public.show_conversation(
    conversation_id uuid, actor jsonb default null
) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce((
        select jsonb_build_object('result', 'found', 'conversation', private.conversation_view(c))
          from public.conversations c
         where c.id = show_conversation.conversation_id
           and private.may_see_thread(actor, c)),
        jsonb_build_object('result', 'refused', 'code', 'unknown_conversation'))
$$;

-- conversation_messages: kind read; key conversation_id, after; called by cli texts show, the demo, api
-- A page (access/pages.sql), the end of the thread first and each page in the order in which it was said. A thread that the
-- actor may not see is answered like one that does not exist.
create function public.conversation_messages(
    conversation_id uuid, actor jsonb default null, page_size int default 50, after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
declare
    page jsonb;
    oldest bigint;
begin
    if not exists (
        select from public.conversations c
         where c.id = conversation_messages.conversation_id and private.may_see_thread(conversation_messages.actor, c)) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_conversation');
    end if;
    page := private.thread_messages(
        conversation_messages.conversation_id, private.page_size(conversation_messages.page_size),
        (conversation_messages.after ->> 'id')::bigint);
    select min((said ->> 'id')::bigint) into oldest from jsonb_array_elements(page) said;
    return jsonb_build_object('rows', page, 'next', (
        select jsonb_build_object('id', oldest) where exists (
            select from public.sms_history m
             where m.conversation_id = conversation_messages.conversation_id and m.id < oldest)));
end $$;

-- Answers of the bot of which nothing has left. Rows that a sender holds are its own, and nobody waits for it here: it
-- may be waiting for the thread.
create or replace function private.take_back_answers(thread uuid) returns void
language sql set search_path = '' as $$
    update public.sms_history m set outbox_state = 'failed', status = 'failed', error_code = 'ai_off'
     where m.id in (
         select w.id from public.sms_history w
          where w.conversation_id = thread and w.outbox_state = 'generated' and w.sent_by = 'bot'
            and w.in_reply_to is not null and w.kind <> 'confirmation'
            and not exists (select from public.sms_history f
                             where f.in_reply_to = w.in_reply_to and f.part = 0
                               and f.outbox_state in ('sending', 'sent', 'unknown'))
            for update skip locked)
$$;

-- set_ai_mode: kind command; key conversation_id, mode; called by cli texts answer, api
-- For the operator of the machine (no actor), the actor's organization, a member of it who acts for all of it, or whom the
-- thread is assigned to.
-- OFF takes the thread from whoever is answering it, and takes back the answer that waits to leave. ON begins with what
-- comes next: what is there was the operator's.
create function public.set_ai_mode(
    conversation_id uuid, mode text, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    acting constant jsonb := private.acting_for(actor);
    thread public.conversations;
begin
    if set_ai_mode.mode is null or set_ai_mode.mode not in ('ON', 'OFF') then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_mode');
    end if;
    select c.* into thread from public.conversations c where c.id = set_ai_mode.conversation_id for no key update;
    if thread.id is null or not private.may_see_thread(acting, thread) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_conversation');
    end if;
    if thread.assigned_to is distinct from private.actor_user(acting) and private.actor_user(acting) is not null then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    -- Who says so by hand has the last word, whatever becomes of the cases.
    update public.support_escalations e set silenced = false where e.conversation_id = thread.id and e.silenced;
    if thread.ai_mode = set_ai_mode.mode then
        return jsonb_build_object('result', 'unchanged', 'mode', thread.ai_mode);
    end if;
    update public.conversations c
       set ai_mode = set_ai_mode.mode, waiting_since = null, answer_token = null, answer_lease_until = null,
           answer_attempts = 0, taken_at = null, taken_by = null, give_back_at = null,
           answered_upto = greatest(c.answered_upto, (
               select max(m.id) from public.sms_history m where m.conversation_id = c.id and m.wants_answer))
     where c.id = thread.id;
    if set_ai_mode.mode = 'OFF' then
        perform private.take_back_answers(thread.id);
    end if;
    perform private.add_event('conversation.ai_mode', thread.id::text, jsonb_build_object(
        'mode', set_ai_mode.mode, 'actor', private.actor_user(actor)));
    perform private.audit(actor, 'thread.ai_mode', 'thread', thread.id::text, jsonb_build_object('ai_mode', thread.ai_mode),
                          jsonb_build_object('ai_mode', set_ai_mode.mode));
    return jsonb_build_object('result', 'set', 'mode', set_ai_mode.mode);
end $$;

select private.share_with_service('suppressed_view', 'conversation_view', 'take_back_answers');
select private.grant_to_service('conversations_page', 'show_conversation', 'conversation_messages', 'set_ai_mode');
