-- Blocked callers: the list, and what becomes of a call from somebody on it.

select private.drop_functions('block_caller', 'unblock_caller', 'list_blocks');

-- How the number's calls are answered while it is blocked: phrase, reject; null when it is not.
create or replace function private.block_answer(whose text) returns text
language sql stable set search_path = '' as $$
    select b.answer from public.blocked_callers b
     where b.number = any (private.known_as(private.person_number(whose))) and (b.until is null or b.until > now())
$$;

create or replace function private.block_view(b public.blocked_callers) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'id', b.id, 'number', case when b.number like 'erased:%' then 'erased' else b.number end, 'reason', b.reason, 'answer', b.answer, 'since', b.since, 'until', b.until)
$$;

-- Nobody answers what is there: neither whoever holds one of the number's threads now, nor what waits to leave.
create or replace function private.leave_unanswered(whose text) returns void
language plpgsql set search_path = '' as $$
declare
    thread uuid;
begin
    for thread in
        select c.id from public.conversations c
         where c.channel in ('sms', 'whatsapp') and c.person_number = private.person_number(whose)
         order by c.id for no key update
    loop
        update public.conversations c
           set waiting_since = null, answer_token = null, answer_lease_until = null, answer_attempts = 0,
               answered_upto = greatest(c.answered_upto, (
                   select max(m.id) from public.sms_history m where m.conversation_id = c.id and m.wants_answer))
         where c.id = thread;
        perform private.take_back_answers(thread);
    end loop;
end $$;

-- The row of a call that gets no turn.
create or replace function private.note_refused(
    sid text, theirs text, ours text, caller text, line text, details jsonb, why text, how text
) returns bigint
language plpgsql set search_path = '' as $$
declare
    the_call bigint;
begin
    insert into public.call_history as c (
        call_sid, user_id, phone_number, phone_number_id, direction, from_number, to_number, transport, call_status,
        started_at, answered_at, end_reason, call_data)
    values (
        sid, (select l.user_id from public.phone_links l where l.phone_number = private.person_number(caller)),
        private.person_number(caller),
        (select n.id from public.provider_phone_numbers n where n.full_number = ours and n.is_active limit 1),
        'inbound', theirs, ours, line, case how when 'reject' then 'ringing' else 'in-progress' end, now(),
        case when how <> 'reject' then now() end, why, details || jsonb_build_object('refused_with', how))
    -- A status callback may have come first: its row is filled, and keeps a terminal status.
    on conflict on constraint call_history_call_sid_key do update
       set user_id = coalesce(c.user_id, excluded.user_id),
           phone_number = coalesce(nullif(c.phone_number, ''), excluded.phone_number),
           phone_number_id = excluded.phone_number_id, direction = coalesce(c.direction, 'inbound'),
           from_number = coalesce(c.from_number, excluded.from_number),
           to_number = coalesce(c.to_number, excluded.to_number), transport = excluded.transport,
           started_at = least(c.started_at, excluded.started_at), end_reason = excluded.end_reason, end_reason_derived = false,
           call_data = coalesce(c.call_data, '{}') || excluded.call_data
    returning id into the_call;
    return the_call;
end $$;

drop function if exists private.refused_call(text, text, text, text, text, text, jsonb, jsonb);
-- Notes a call that begin_call refuses for the first time. `why`: blocked, with `how` it is answered, or capped, with the cap. `caps`: as
-- in let_in, with the operator's `notice`.
create or replace function private.refuse_call(
    sid text, theirs text, ours text, caller text, line text, details jsonb, why text, how text, caps jsonb
) returns void
language plpgsql set search_path = '' as $$
declare
    the_call constant bigint := private.note_refused(sid, theirs, ours, caller, line, details, why, how);
begin
    if why = 'capped' and private.cap_is_news('calls:' || how) then
        perform private.escalate_call(
            the_call, 'too_many_calls', 'capped', private.cap_words('calls', how, caps), caps -> 'notice');
    end if;
end $$;

-- block_caller: kind command; key number; called by cli block add, api
-- A number that is blocked already is blocked as it is told now. The list is the whole service's: an actor who stands
-- for a user or an organization may not change it.
create function public.block_caller(
    number text, reason text default null, answer text default 'phrase', until timestamptz default null,
    actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    kept public.blocked_callers;
begin
    if not private.is_service_wide(actor) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    if block_caller.until <= now() then
        return jsonb_build_object('result', 'refused', 'code', 'over_already');
    end if;
    insert into public.blocked_callers as b (number, reason, answer, until)
    values (private.person_number(block_caller.number), block_caller.reason, block_caller.answer, block_caller.until)
    on conflict on constraint blocked_callers_number_key do update
       set reason = excluded.reason, answer = excluded.answer, until = excluded.until,
           since = case when b.until <= now() then now() else b.since end
    returning b.* into kept;
    perform private.leave_unanswered(kept.number);
    return jsonb_build_object('result', 'blocked', 'block', private.block_view(kept));
end $$;

-- unblock_caller: kind command; key number; called by cli block remove, api
create function public.unblock_caller(
    number text, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    stood boolean;
begin
    if not private.is_service_wide(actor) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    delete from public.blocked_callers b where b.number = any (private.known_as(private.person_number(unblock_caller.number)))
    returning b.until is null or b.until > now() into stood;
    return jsonb_build_object('result', case when stood then 'lifted' else 'unchanged' end);
end $$;

-- list_blocks: kind read; key after; called by cli block list, api
-- A page (access/pages.sql) of what stands, the newest first.
create function public.list_blocks(
    actor jsonb default null, number text default null, page_size int default 50, after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    size constant int := private.page_size(list_blocks.page_size);
    after_id constant bigint := (list_blocks.after ->> 'id')::bigint;
begin
    if not private.is_service_wide(actor) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(
                   private.block_view(shown), jsonb_build_object('id', shown.id)) order by shown.id desc), '[]')
          from (select b.* from public.blocked_callers b
                 where (b.until is null or b.until > now())
                   and (after_id is null or b.id < after_id)
                   and (list_blocks.number is null or b.number = private.person_number(list_blocks.number))
                 order by b.id desc limit size + 1) shown), size);
end $$;

select private.share_with_service('block_answer', 'block_view', 'leave_unanswered', 'refuse_call', 'note_refused');
select private.grant_to_service('block_caller', 'unblock_caller', 'list_blocks');
