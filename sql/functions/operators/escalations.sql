-- What a person has to look at: raised with its cause, told to the operator, closed by a person.

select private.drop_functions(
    'escalate_call', 'settle_call', 'escalations_page', 'show_escalation', 'set_escalation_state',
    'note_escalation_posted');

-- Start every way in which the operator hears of a new escalation: a text, in this transaction, and the job that
-- tells those outside. `notice` is {"to", "content"} and "from" if it is not `our_number`. One text for each `notice_key`
-- in a quarter of an hour, or somebody who keeps writing makes the operator's phone ring as often; ten an hour in all.
create or replace function private.start_channels(
    escalation uuid, notice jsonb, our_number text, notice_key text
) returns void
language plpgsql set search_path = '' as $$
begin
    if notice ->> 'to' is not null and (
        select count(*) < 10
          from (select m.created_at from public.sms_history m
                 where m.phone_number = private.person_number(notice ->> 'to') and m.kind = 'operator_notice'
                 order by m.id desc limit 10) newest
         where newest.created_at > now() - interval '1 hour') then
        perform private.queue_text(
            notice ->> 'to', coalesce(notice ->> 'from', our_number), 'sms', notice ->> 'content', 'operator_notice',
            request_key => concat_ws(':', 'notice', notice_key, floor(extract(epoch from now()) / 900)));
        update public.support_escalations e set notified = true where e.id = escalation;
    end if;
    perform jobs.defer('tell_operator', jsonb_build_object('escalation_id', escalation));
end $$;

-- Raise an escalation of a call; null when this cause has one already.
create or replace function private.escalate_call(
    the_call bigint, why text, cause text, words text default null, notice jsonb default null,
    number text default null, moment text default null
) returns uuid
language plpgsql set search_path = '' as $$
declare
    calling public.call_history;
    escalation uuid;
begin
    select c.* into calling from public.call_history c where c.id = the_call;
    insert into public.support_escalations as e (
        user_id, call_id, cause_key, reason, message, call_back_number, call_back_when)
    values (calling.user_id, calling.id, cause, why, words, number, moment)
    on conflict on constraint support_escalations_call_id_cause_key_key do nothing
    returning e.id into escalation;
    if escalation is not null then
        perform private.add_event('call.escalated', calling.public_id::text, jsonb_build_object(
            'escalation_id', escalation, 'user_id', calling.user_id, 'reason', why));
        perform private.start_channels(escalation, notice, private.our_number(calling), concat('call:', the_call));
    end if;
    return escalation;
end $$;

-- Words that a caller left: a note on the call, and a person who reads it.
create or replace function private.keep_message(
    the_call bigint, why text, cause text, words text, notice jsonb, number text default null, moment text default null
) returns uuid
language plpgsql set search_path = '' as $$
begin
    perform private.save_note(
        the_call, cause, case why when 'call_back' then 'follow_up' else 'message' end, words);
    return private.escalate_call(the_call, why, cause, words, notice, number, moment);
end $$;

-- escalate_call: kind command; key call_id, cause_key; called by services/calls/run_tool
-- `known`: this cause has its row already, from a turn that was generated before by another process.
create function public.escalate_call(
    call_id bigint, cause_key text, reason text, message text default null, call_back_number text default null,
    call_back_when text default null, operator_notice jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    raised uuid;
begin
    if not exists (select from public.call_history c where c.id = escalate_call.call_id) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_call');
    end if;
    if escalate_call.reason in ('message', 'call_back') then
        if coalesce(escalate_call.message, '') = '' then
            return jsonb_build_object('result', 'refused', 'code', 'empty_message');
        end if;
        raised := private.keep_message(
            escalate_call.call_id, escalate_call.reason, escalate_call.cause_key, escalate_call.message,
            escalate_call.operator_notice, escalate_call.call_back_number, escalate_call.call_back_when);
    else
        raised := private.escalate_call(
            escalate_call.call_id, escalate_call.reason, escalate_call.cause_key, escalate_call.message,
            escalate_call.operator_notice);
    end if;
    return jsonb_build_object('result', case when raised is null then 'known' else 'escalated' end, 'id', coalesce(raised, (
        select e.id from public.support_escalations e
         where e.call_id = escalate_call.call_id and e.cause_key = escalate_call.cause_key)));
end $$;

-- settle_call: kind command; key call_id; called by services/calls/settle
-- The open wish of a caller who hung up. Nobody took the transfer, as far as is known: <Dial> told
-- nothing, no leg told that it was answered, and the caller did not stay longer than it rings. Or a message was asked for: the last words are it, and
-- without any the wish for a person stands.
create function public.settle_call(call_id bigint, operator_notice jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    calling public.call_history;
    standing public.call_states;
    last_turn public.call_turns;
    words text;
    raised uuid;
begin
    select c.* into calling from public.call_history c where c.id = settle_call.call_id;
    select s.* into standing from public.call_states s where s.call_id = settle_call.call_id;
    if calling.ended_at is null or standing.state is null then
        return jsonb_build_object('result', 'refused', 'code', 'not_ended');
    end if;
    if standing.transferring then
        select t.* into last_turn from public.call_turns t where t.call_id = calling.id and t.turn = standing.turn;
        if not coalesce(calling.call_data -> 'transfers' ? (standing.turn + 1)::text, false)
           and not private.leg_was_answered(calling)
           and not private.outlasted_ringing(calling, last_turn) then
            raised := private.escalate_call(
                calling.id, 'transfer_unanswered', concat('transfer_unanswered-', standing.turn + 1), null,
                settle_call.operator_notice);
        end if;
        perform private.note_person(calling.id);
    elsif standing.taking_message then
        select nullif(btrim(t.said), '') into words
          from public.call_turns t
         where t.call_id = calling.id and t.turn = standing.turn + 1 and t.closing is null;
        if words is null then
            raised := private.escalate_call(
                calling.id, 'human_requested', 'human_requested', null, settle_call.operator_notice);
        else
            -- The key of the turn itself, should it still end.
            raised := private.keep_message(
                calling.id, 'message', concat('utterance-', standing.next_number), words,
                settle_call.operator_notice);
        end if;
    end if;
    return jsonb_build_object('result', case when raised is null then 'nothing' else 'escalated' end, 'id', raised);
end $$;

-- What people see of an escalation; `phone_number` is whoever it is about.
create or replace function private.escalation_view(e public.support_escalations) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'id', e.id, 'user_id', e.user_id, 'conversation_id', e.conversation_id, 'call_id', c.public_id,
        'call_sid', c.call_sid, 'phone_number', coalesce(nullif(c.phone_number, ''), t.customer_identifier),
        'reason', e.reason, 'message', e.message, 'call_back_number', e.call_back_number,
        'call_back_when', e.call_back_when, 'state', e.state, 'notified', e.notified, 'posted_at', e.posted_at,
        'created_at', e.created_at, 'closed_at', e.closed_at, 'closed_by', e.closed_by)
      from (select) here
      left join public.call_history c on c.id = e.call_id
      left join public.conversations t on t.id = e.conversation_id
$$;

-- escalations_page: kind read; key actor, after; called by cli escalations list, api
-- A page (access/pages.sql), the newest first.
create function public.escalations_page(
    actor jsonb default null, number text default null, state text default null, reason text default null,
    page_size int default 50, after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(page_size);
    after_at constant timestamptz := (after ->> 'at')::timestamptz;
    after_id constant uuid := (after ->> 'id')::uuid;
begin
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(private.escalation_view(shown.e), jsonb_build_object(
                   'at', (shown.e).created_at, 'id', (shown.e).id)) order by (shown.e).created_at desc, (shown.e).id), '[]')
          from (select e from public.support_escalations e
                 where private.may_see_escalation(actor, e)
                   and (after_at is null or e.created_at < after_at or (e.created_at = after_at and e.id > after_id))
                   and (escalations_page.state is null or e.state = escalations_page.state)
                   and (escalations_page.reason is null or e.reason = escalations_page.reason)
                   and (escalations_page.number is null
                        or exists (select from public.call_history c
                                    where c.id = e.call_id and c.phone_number = private.person_number(escalations_page.number))
                        or exists (select from public.conversations t
                                    where t.id = e.conversation_id
                                      and t.person_number = private.person_number(escalations_page.number)))
                 order by e.created_at desc, e.id
                 limit size + 1) shown), size);
end $$;

-- show_escalation: kind read; key escalation_id; called by cli escalations show, services/operators/tell, api
create function public.show_escalation(
    escalation_id uuid, actor jsonb default null
) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce((
        select jsonb_build_object('result', 'found', 'escalation', private.escalation_view(e))
          from public.support_escalations e
         where e.id = show_escalation.escalation_id
           and private.may_see_escalation(actor, e)),
        jsonb_build_object('result', 'refused', 'code', 'unknown_escalation'))
$$;

-- The thread that an escalation silenced: the bot answers again what comes after the case is closed, unless another open
-- one holds the thread; opened again, the case is a person's again.
create or replace function private.follow_case(silencing public.support_escalations) returns void
language sql set search_path = '' as $$
    update public.conversations c
       set ai_mode = case silencing.state when 'closed' then 'ON' else 'OFF' end, waiting_since = null,
           answer_token = null, answer_lease_until = null, answer_attempts = 0,
           answered_upto = greatest(c.answered_upto, (
               select max(m.id) from public.sms_history m where m.conversation_id = c.id and m.wants_answer))
     where c.id = silencing.conversation_id
       and not exists (select from public.support_escalations e
                        where e.conversation_id = c.id and e.silenced and e.state = 'open' and e.id <> silencing.id)
$$;

-- set_escalation_state: kind command; key escalation_id, state; called by cli escalations close, api
-- The first to close it stays named; opening it again forgets the name. A thread that it silenced follows.
create function public.set_escalation_state(
    escalation_id uuid, state text, closed_by text, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    standing public.support_escalations;
begin
    if set_escalation_state.state is null or set_escalation_state.state not in ('open', 'closed') then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_state');
    end if;
    -- The thread before the case, as everybody locks them.
    perform from public.conversations c where c.id = (
        select e.conversation_id from public.support_escalations e where e.id = set_escalation_state.escalation_id)
        for no key update;
    select e.* into standing from public.support_escalations e
     where e.id = set_escalation_state.escalation_id for no key update;
    if standing.id is null or not private.may_see_escalation(actor, standing) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_escalation');
    end if;
    if standing.state <> set_escalation_state.state then
        update public.support_escalations e
           set state = set_escalation_state.state,
               closed_at = case when set_escalation_state.state = 'closed' then now() end,
               closed_by = case when set_escalation_state.state = 'closed' then set_escalation_state.closed_by end
         where e.id = standing.id
        returning e.* into standing;
        if standing.silenced then
            perform private.follow_case(standing);
        end if;
        perform private.add_event(
            concat('escalation.', standing.state), standing.id::text, jsonb_build_object('actor', private.actor_user(actor)));
    end if;
    return jsonb_build_object('result', 'set', 'escalation', private.escalation_view(standing));
end $$;

-- note_escalation_posted: kind command; key escalation_id; called by services/operators/tell
create function public.note_escalation_posted(escalation_id uuid) returns jsonb
language plpgsql set search_path = '' as $$
begin
    update public.support_escalations e set posted_at = now()
     where e.id = note_escalation_posted.escalation_id and e.posted_at is null;
    return jsonb_build_object('result', case when found then 'noted' else 'unchanged' end);
end $$;

select private.grant_to_service(
    'escalate_call', 'settle_call', 'escalations_page', 'show_escalation', 'set_escalation_state',
    'note_escalation_posted');
select private.share_with_service(
    'start_channels', 'escalate_call', 'keep_message', 'escalation_view', 'follow_case');
