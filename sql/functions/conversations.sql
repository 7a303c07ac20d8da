-- Threads as people see them: lists, what was said in one, and who answers.

select private.drop_functions('conversations_page', 'conversation_messages', 'set_ai_mode');

-- conversations_page: kind read; key actor_user_id, before; called by cli, api, console
-- Newest first; `next_before` of the answer is the next page's `before`, null on the last page. No actor means the
-- operator of the machine itself.
create function public.conversations_page(
    actor_user_id uuid default null, before timestamptz default null, before_id uuid default null,
    page_size int default 50, status text default null, ai_mode text default null, number text default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    size constant int := greatest(1, least(coalesce(page_size, 50), 200));
    page jsonb;
begin
    select coalesce(jsonb_agg(to_jsonb(shown) order by shown.last_message_at desc, shown.id), '[]') into page
      from (select c.id, c.user_id, c.channel, c.customer_identifier, c.our_number, c.customer_name, c.status,
                   c.priority, c.assigned_to, c.tags, c.ai_mode, c.unread_count, c.last_message_at, c.waiting_since,
                   c.created_at
              from public.conversations c
             where (actor_user_id is null or c.user_id = actor_user_id)
               and (before is null or c.last_message_at < before
                    or (c.last_message_at = before and c.id > before_id))
               and (conversations_page.status is null or c.status = conversations_page.status)
               and (conversations_page.ai_mode is null or c.ai_mode = conversations_page.ai_mode)
               and (number is null or c.customer_identifier = number)
             order by c.last_message_at desc, c.id
             limit size + 1) shown;
    if jsonb_array_length(page) <= size then
        return jsonb_build_object('conversations', page, 'next_before', null, 'next_before_id', null);
    end if;
    return jsonb_build_object(
        'conversations', page - size, 'next_before', page -> (size - 1) -> 'last_message_at',
        'next_before_id', page -> (size - 1) -> 'id');
end $$;

-- conversation_messages: kind read; key conversation_id, before_id; called by cli, api, console
-- In the order in which they were said; a thread that the actor may not see is answered like one that does not exist.
create function public.conversation_messages(
    conversation_id uuid, actor_user_id uuid default null, before_id bigint default null, page_size int default 50
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
begin
    if not exists (
        select from public.conversations c
         where c.id = conversation_messages.conversation_id
           and (conversation_messages.actor_user_id is null or c.user_id = conversation_messages.actor_user_id)) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_conversation');
    end if;
    return jsonb_build_object('result', 'found', 'messages', private.thread_messages(
        conversation_messages.conversation_id, greatest(1, least(page_size, 200)), conversation_messages.before_id));
end $$;

-- set_ai_mode: kind command; key conversation_id, mode; called by cli, console
-- For the operator of the machine (no actor), or whom the thread is assigned to.
-- OFF takes the thread from whoever is answering it. ON begins with what comes next: what is there was the operator's.
create function public.set_ai_mode(conversation_id uuid, mode text, actor_user_id uuid default null) returns jsonb
language plpgsql set search_path = '' as $$
begin
    if set_ai_mode.mode is null or set_ai_mode.mode not in ('ON', 'OFF') then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_mode');
    end if;
    update public.conversations c
       set ai_mode = set_ai_mode.mode, waiting_since = null, answer_token = null, answer_lease_until = null,
           answer_attempts = 0,
           answered_upto = greatest(c.answered_upto, (
               select max(m.id) from public.sms_history m where m.conversation_id = c.id and m.wants_answer))
     where c.id = set_ai_mode.conversation_id and c.ai_mode <> set_ai_mode.mode
       and (set_ai_mode.actor_user_id is null or c.assigned_to = set_ai_mode.actor_user_id);
    if found then
        perform private.add_event('conversation.ai_mode', set_ai_mode.conversation_id::text, jsonb_build_object(
            'mode', set_ai_mode.mode, 'actor', set_ai_mode.actor_user_id));
        return jsonb_build_object('result', 'set', 'mode', set_ai_mode.mode);
    end if;
    return (select case when c.ai_mode = set_ai_mode.mode then jsonb_build_object('result', 'unchanged', 'mode', c.ai_mode)
                        else jsonb_build_object('result', 'refused', 'code', 'not_allowed') end
              from (select) here left join public.conversations c on c.id = set_ai_mode.conversation_id);
end $$;

select private.grant_to_service('conversations_page', 'conversation_messages', 'set_ai_mode');
