-- Texts that reach us: each is stored once, in its thread, with all that follows from it.

select private.drop_functions('message_received', 'last_texts');

-- The thread between two numbers, made when there is none, and locked (a new row of sms_history may still point to it).
-- Each writer of a message holds this lock while its id is drawn, so ids of a
-- thread become visible in their order and an answer "up to" one of them leaves none behind.
create or replace function private.locked_thread(
    the_channel text, theirs text, ours text, person uuid default null, their_name text default null
) returns public.conversations
language plpgsql set search_path = '' as $$
declare
    thread_channel constant text := case when the_channel = 'whatsapp' then 'whatsapp' else 'sms' end;
    thread public.conversations;
begin
    for attempt in 1..2 loop
        select c.* into thread from public.conversations c
         where c.id = private.thread_of(thread_channel, theirs, ours) for no key update;
        exit when found;
        insert into public.conversations (channel, customer_identifier, our_number, user_id, customer_name)
        values (thread_channel, theirs, ours, person, their_name)
        on conflict do nothing;
    end loop;
    return thread;
end $$;

-- last_texts: kind read; key their_number, our_number; called by services/texts/receive
-- What we sent them last, oldest first, for what they answer to it. Codes and confirmations ask nothing.
create function public.last_texts(their_number text, our_number text, page_size int default 5) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object('texts', coalesce((
        select jsonb_agg(l.content order by l.id)
          from (select m.id, m.content from public.sms_history m
                 where m.conversation_id = private.thread_of(
                           case when last_texts.their_number like 'whatsapp:%' then 'whatsapp' else 'sms' end,
                           last_texts.their_number, last_texts.our_number)
                   and m.direction = 'outbound' and m.content is not null
                   and m.kind not in ('verification', 'operator_notice', 'confirmation')
                   and m.outbox_state is distinct from 'failed'
                 order by m.id desc
                 limit last_texts.page_size) l), '[]'))
$$;

-- Whether HELP of somebody who gets no texts is answered: once in each time of silence, and not where the carrier itself
-- blocks us since their STOP, which it does by SMS alone.
create or replace function private.may_be_helped(theirs text) returns boolean
language sql stable set search_path = '' as $$
    select not exists (
               select from private.standing_suppressions(theirs, 'texts') s
                where (s.reason = 'STOP' or private.refuses_us(s.reason)) and theirs not like 'whatsapp:%')
       and not exists (
               select from public.sms_history m
                 join public.sms_history asked on asked.id = m.in_reply_to and asked.keyword = 'help'
                where m.phone_number = private.person_number(theirs) and m.kind = 'confirmation'
                  and asked.observed_at >= (
                      select min(s.since) from private.standing_suppressions(theirs, 'texts') s))
$$;

-- message_received: kind fact; key message_sid; called by services/texts/keep_facts
-- A blocked number's text is stored and obeyed (STOP, a code), and nobody answers it.
-- `sender`: the one form of their number, from whoever knows the country of a number that is spelt without one; the
-- spelling of `from_number` is kept in the thread, and answers go there.
-- A `kind` of reaction is kept and shown, and nobody answers it. `erasure`: they want their data deleted.
-- `carrier_answers`: the carrier itself replies to the keyword. `may_answer` false: found too late to answer, so it is
-- for a person. `opt_out_scope`: what a request to stop ends: all, calls or texts.
-- `confirmation`: what to send, once, to somebody who is left alone from now on, or is back, and whom the carrier does
-- not tell. `operator_notice`:
-- {"to", "content"}, queued when nobody but the operator will answer. `outcome` of a code comes from apply_code_check.
-- `caps`: how many texts are answered (people/caps.sql), in `words` what one too many is told, once, and the operator's
-- `notice`.
create function public.message_received(
    message_sid text, channel text, from_number text, to_number text, content text, account_sid text default null,
    media jsonb default null, details jsonb default null, num_segments int default null, keyword text default null,
    opt_out boolean default false, verification_id uuid default null, code_ok boolean default null,
    observed_at timestamptz default null, event_id text default null, token_index int default null,
    carrier_answers boolean default true, may_answer boolean default true, confirmation text default null,
    operator_notice jsonb default null, sender text default null, kind text default 'conversation',
    erasure boolean default false, caps jsonb default null, opt_out_scope text default 'all'
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    is_reaction constant boolean := message_received.kind = 'reaction';
    word constant text := private.start_word(
        coalesce(message_received.sender, message_received.from_number), message_received.keyword,
        message_received.details -> 'start_languages',
        coalesce((message_received.details ->> 'asks_again')::boolean, false));
    said constant timestamptz := coalesce(message_received.observed_at, now());
    number constant text := private.person_number(coalesce(message_received.sender, message_received.from_number));
    spelling constant text := case when private.person_number(message_received.from_number) = number
                                   then message_received.from_number else number end;
    person uuid;
    thread public.conversations;
    is_blocked constant boolean := private.block_answer(number) is not null;
    in_danger constant boolean := coalesce((message_received.details ->> 'in_danger')::boolean, false)
                                  and not is_blocked and not is_reaction;
    opting jsonb;
    stopped boolean;
    answer boolean;
    refusal jsonb;
    stored bigint;
    code_outcome text;
begin
    -- It was said before its person was erased. A wish to be left alone holds, and nothing else of it is kept.
    if private.was_erased(message_received.message_sid) or private.was_erased(number, said) then
        if coalesce(message_received.opt_out, false) then
            perform public.suppress(number, message_received.opt_out_scope, 'STOP', null, said);
        end if;
        return '{"result": "dropped"}';
    end if;
    person := public.ensure_user(number) ->> 'user_id';
    thread := private.locked_thread(
        message_received.channel, spelling, message_received.to_number, person, message_received.details ->> 'ProfileName');
    perform private.note_event(
        message_received.event_id, 'message', message_received.message_sid, message_received.token_index,
        jsonb_build_array(message_received.channel, message_received.num_segments));
    -- Another delivery of the text waits for the thread, so this sees it.
    if exists (select from public.sms_history m where m.message_sid = message_received.message_sid) then
        return private.known_message(message_received.message_sid);
    end if;

    if thread.customer_identifier <> spelling then
        update public.conversations c set customer_identifier = spelling where c.id = thread.id returning c.* into thread;
    end if;
    opting := private.apply_opt_out(
        spelling, word, coalesce(message_received.opt_out, false),
        message_received.carrier_answers and message_received.keyword is not null, message_received.message_sid, said,
        message_received.opt_out_scope);
    -- START is confirmed like STOP; whether there is more to say to somebody who is back is the thread's to know.
    stopped := coalesce((opting ->> 'stopped')::boolean, false);
    answer := coalesce(
        ((opting ->> 'answer')::boolean
         or (word = 'start' and thread.ai_mode = 'ON' and thread.stopped))
        and message_received.may_answer and not is_blocked and not is_reaction and not private.answered_past(thread, said), false);
    if answer and not stopped and thread.ai_mode = 'ON' and message_received.caps is not null then
        refusal := private.let_in('texts', number, null, message_received.caps);
        answer := refusal is null;
    end if;
    insert into public.sms_history as m (
        message_sid, user_id, phone_number, direction, content, status, num_segments, media, from_number, to_number,
        channel, conversation_id, keyword, observed_at, details, wants_answer, kind)
    values (
        message_received.message_sid, coalesce(thread.user_id, person), number, 'inbound', message_received.content,
        'received', message_received.num_segments, message_received.media, message_received.from_number,
        message_received.to_number, message_received.channel, thread.id, word, said,
        message_received.details, answer, coalesce(message_received.kind, 'conversation'))
    returning m.id into stored;
    if message_received.verification_id is not null then
        code_outcome := private.note_code_check(
            stored, message_received.verification_id, message_received.code_ok, number);
    end if;
    perform private.note_in_thread(thread, stored, said, answer, person, stopped);
    if refusal is not null then
        perform private.refuse_text(
            thread, stored, coalesce(thread.user_id, person), message_received.channel, refusal, message_received.caps);
    end if;
    if not answer or thread.ai_mode = 'OFF' then
        perform private.note_decision(thread.id, stored, private.why_ignored(
            case when is_reaction then 'reaction' when is_blocked then 'blocked' when stopped then 'stopped'
                 when refusal is not null then 'capped' when answer then 'ai_off'
                 when not message_received.may_answer then 'too_late' else 'keyword' end));
    end if;
    -- Whoever has taken the thread over sees it in the list. Somebody in danger is for a person at once where no bot answers.
    if (answer and thread.ai_mode = 'OFF' and thread.taken_at is null)
       or ((opting ->> 'answer')::boolean and not message_received.may_answer and not is_blocked and not is_reaction)
       or (in_danger and not (answer and thread.ai_mode = 'ON' and not stopped)) then
        perform private.escalate(
            thread, message_received.content, case when in_danger then 'emergency' when answer then 'ai_off' else 'too_late' end,
            message_received.operator_notice);
    end if;
    if message_received.erasure then
        perform private.request_erasure(thread, message_received.content, message_received.operator_notice);
    end if;
    if (opting ->> 'confirm')::boolean and message_received.confirmation is not null and not is_blocked then
        perform private.queue_text(
            spelling, message_received.to_number, message_received.channel,
            message_received.confirmation, 'confirmation', person, conversation => thread.id,
            -- The place of an answer to START stays free for the thread.
            in_reply_to => case when word is distinct from 'start' then stored end, part => 0);
    end if;
    return jsonb_build_object(
        'result', 'stored', 'message_id', stored, 'conversation_id', thread.id,
        'user_id', coalesce(thread.user_id, person), 'ai_mode', thread.ai_mode, 'code_outcome', code_outcome,
        'answer', answer and thread.ai_mode = 'ON' and not stopped, 'cap', refusal ->> 'cap');
end $$;

-- The decision to answer nothing, by the rule that made it.
create or replace function private.why_ignored(rule text) returns jsonb
language sql immutable set search_path = '' as $$
    select jsonb_build_object(
        'decision', case rule when 'too_late' then 'escalate' else 'ignore' end, 'confidence', 1, 'rule', rule,
        'reason', case rule
            when 'reaction' then 'A thumb or a heart on a text of ours needs no answer.'
            when 'blocked' then 'The number is blocked.'
            when 'stopped' then 'The person wants no more texts.'
            when 'capped' then 'The number wrote too much, or it cost too much.'
            when 'ai_off' then 'A person answers this thread.'
            when 'too_late' then 'The text came too late to be answered by the bot.'
            else 'The carrier answers this word itself.' end)
$$;

-- A text that is not answered because of a cap: its sender is told once, and so is the operator.
create or replace function private.refuse_text(
    thread public.conversations, message bigint, person uuid, channel text, refusal jsonb, caps jsonb
) returns void
language plpgsql set search_path = '' as $$
declare
    cap constant text := refusal ->> 'cap';
begin
    if (refusal ->> 'tell')::boolean then
        perform private.queue_text(
            thread.customer_identifier, thread.our_number, channel,
            caps -> 'words' ->> case cap when 'money' then 'money' else 'many' end, 'conversation', person,
            conversation => thread.id, in_reply_to => message, part => 0);
    end if;
    if private.cap_is_news('texts:' || cap) then
        perform private.escalate(thread, private.cap_words('texts', cap, caps), 'too_many_texts', caps -> 'notice');
    end if;
end $$;

-- The answer to a repeated delivery.
create or replace function private.known_message(sid text) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object(
               'result', 'duplicate', 'message_id', m.id, 'conversation_id', m.conversation_id, 'user_id', m.user_id,
               'ai_mode', c.ai_mode, 'code_outcome', m.code_outcome,
               'answer', m.wants_answer and c.ai_mode = 'ON' and m.id > c.answered_upto)
      from public.sms_history m left join public.conversations c on c.id = m.conversation_id
     where m.message_sid = sid
$$;

drop function if exists private.note_code_check(bigint, uuid, boolean, text);
create function private.note_code_check(message bigint, verification uuid, ok boolean, number text)
returns text
language plpgsql set search_path = '' as $$
declare
    outcome constant text := private.apply_code_check(verification, ok, number) ->> 'result';
begin
    update public.sms_history m
       set verification_id = (select v.id from public.verifications v where v.id = verification), code_outcome = outcome
     where m.id = message;
    return outcome;
end $$;

-- A text that comes out of the spool after a quarter of an hour joins the thread silently when something that was said
-- after it has been answered already.
create or replace function private.answered_past(thread public.conversations, said timestamptz) returns boolean
language sql stable set search_path = '' as $$
    select said < now() - interval '15 minutes' and exists (
        select from public.sms_history m
         where m.conversation_id = thread.id and m.wants_answer and m.id <= thread.answered_upto and m.observed_at > said)
$$;

-- The thread after a new message. Who asked to be left alone waits for nothing, not even for what was asked before, and
-- is asked nothing more: an onboarding that runs has failed with it, here and not when they should write again.
create or replace function private.note_in_thread(
    thread public.conversations, message bigint, said timestamptz, answer boolean, person uuid, stopped boolean
) returns void
language plpgsql set search_path = '' as $$
begin
    update public.conversations c
       set user_id = coalesce(c.user_id, person), unread_count = c.unread_count + 1,
           last_message_at = greatest(c.last_message_at, said), last_inbound_at = greatest(c.last_inbound_at, said),
           answered_upto = case when note_in_thread.stopped then message else c.answered_upto end,
           waiting_since = case when note_in_thread.stopped then null
                                when answer and c.ai_mode = 'ON' then coalesce(c.waiting_since, now())
                                else c.waiting_since end,
           -- A thread in which nothing has happened yet has nothing to stop.
           stopped = c.stopped or note_in_thread.stopped and coalesce(c.state, c.onboarding_by_call) is not null
     where c.id = thread.id;
    if note_in_thread.stopped and thread.onboarding_phase in ('running', 'postponed') then
        perform private.set_onboarding(coalesce(thread.user_id, person), 'failed');
    end if;
end $$;

select private.grant_to_service('message_received', 'last_texts');
select private.share_with_service(
    'locked_thread', 'why_ignored', 'may_be_helped', 'known_message', 'note_code_check', 'answered_past', 'note_in_thread', 'refuse_text');
