-- Who answered a call of ours, what it comes to for its entry, and what a mailbox is told.

select private.drop_functions('machine_met', 'begin_voicemail_message', 'text_after_voicemail', 'dial_background');

-- Whether somebody spoke or pressed a key before the verdict on them. Mailboxes speak too, and are known by what they say;
-- one whose greeting came in pieces has said it in one of them.
create or replace function private.somebody_replied(the_call bigint, mailbox_words text) returns boolean
language sql stable set search_path = '' as $$
    select coalesce(bool_or(t.pressed), false) or coalesce(bool_or(t.spoke) and not bool_or(t.mailbox), false)
      from (select coalesce(btrim(c.said) <> '', false) as spoke,
                   coalesce(c.said ~* somebody_replied.mailbox_words, false) as mailbox,
                   c.said is null and not coalesce(c.silent, true) as pressed
              from public.call_turns c where c.call_id = the_call and c.turn between 1 and 3) t
$$;

-- Whether the person has had as many messages at their mailbox as the template allows: one of an entry, or of a day.
create or replace function private.had_message(a public.call_attempts, template jsonb) returns boolean
language sql stable set search_path = '' as $$
    select case coalesce(template ->> 'voicemail_again', 'never')
        when 'always' then false
        when 'daily' then exists (
            select from public.call_attempts b
             where b.kind = 'talk' and private.person_number(b.to_number) = private.person_number(a.to_number)
               and b.id <> a.id and b.sending_at > now() - interval '2 days' and b.message_at > now() - interval '24 hours')
        else exists (
            select from public.call_attempts b
             where b.call_queue_id = a.call_queue_id and b.id <> a.id and b.message_at is not null) end
$$;

-- Whether anybody said a word in a call of ours.
create or replace function private.somebody_spoke(call_sid text) returns boolean
language sql stable set search_path = '' as $$
    select exists (select from public.call_history c join public.call_turns t on t.call_id = c.id
                    where c.call_sid = somebody_spoke.call_sid and btrim(t.said) <> '')
$$;

-- What is done at a mailbox in this attempt: what its template wants, unless the person has had the message.
create or replace function private.on_voicemail(a public.call_attempts) returns text
language sql stable set search_path = '' as $$
    select case when v.content ->> 'on_voicemail' = 'leave_message' and private.had_message(a, v.content) then 'hang_up'
                else v.content ->> 'on_voicemail' end
      from public.call_template_versions v where v.id = a.template_version_id
$$;

create or replace function private.detects_machines(a public.call_attempts) returns boolean
language sql stable set search_path = '' as $$
    select not exists (select from public.call_template_versions v
                        where v.id = a.template_version_id and v.content -> 'detect_machines' = 'false')
$$;

-- What a call of ours knows beside what every call knows.
create or replace function private.dialled_background(a public.call_attempts) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object('dialled', jsonb_build_object('on_voicemail', private.on_voicemail(a)))
        || coalesce((select jsonb_build_object('voice_id', v.voice_id) from public.voice_options v
                      where v.id = a.voice_id and v.is_active), '{}')
     where a.id is not null
$$;

-- The attempt keeps the verdict. A mailbox or a fax that is still on the line is met by a job; of a call that is over, its
-- entry comes to something else.
create or replace function private.note_answerer(attempt_id uuid, call_sid text, verdict text, who text) returns void
language plpgsql set search_path = '' as $$
declare
    one public.call_attempts;
begin
    select a.* into one from public.call_attempts a
     where a.id = coalesce(note_answerer.attempt_id, (
        select b.id from public.call_attempts b where b.call_sid = note_answerer.call_sid)) for update;
    if one.id is null or one.kind <> 'talk' or one.verdict is not null or one.call_sid <> note_answerer.call_sid
       or exists (select from public.call_attempts b where b.call_sid = note_answerer.call_sid and b.id <> one.id) then
        return;
    end if;
    who := case when who = 'fax' then who else coalesce(one.heard_as, who) end;
    update public.call_attempts a
       set verdict = note_answerer.verdict, answered_by = note_answerer.who,
           call_sid = coalesce(a.call_sid, note_answerer.call_sid)
     where a.id = one.id returning a.* into one;
    perform private.note_goal(one.id);
    if one.state = 'done' then
        perform private.reconsider_talk(one);
    end if;
    if who in ('voicemail', 'fax') and one.state <> 'failed'
       and (one.state <> 'done' or private.on_voicemail(one) = 'text') then
        perform jobs.defer('meet_machine', jsonb_build_object('attempt_id', one.id));
    end if;
end $$;

-- Who answered by what was said in the call, told by the turn in which it was said. The last word counts: a person may come
-- after a screener. `message_left`: the mailbox is told its message in that turn.
create or replace function private.note_heard(the_call bigint, who text, message_left boolean) returns void
language plpgsql set search_path = '' as $$
declare
    one public.call_attempts;
begin
    update public.call_history c
       set answered_by = case when who = 'human' or coalesce(c.answered_by, '') in ('', 'human', 'unknown') then who
                              else c.answered_by end,
           outcome = case when who <> 'human' then 'not_reached' else nullif(c.outcome, 'not_reached') end
     where c.id = the_call;
    select a.* into one from public.call_attempts a
      join public.call_history c on c.call_sid = a.call_sid
     where c.id = the_call and a.kind = 'talk' for update of a;
    if one.id is null or one.answered_by = 'fax' then
        return;
    end if;
    update public.call_attempts a
       set heard_as = who, answered_by = who,
           message_at = case when message_left then coalesce(a.message_at, clock_timestamp()) else a.message_at end
     where a.id = one.id returning a.* into one;
    perform private.note_goal(one.id);
    if one.state = 'done' then
        perform private.reconsider_talk(one);
    end if;
    if who = 'voicemail' and private.on_voicemail(one) = 'text' then
        perform jobs.defer('meet_machine', jsonb_build_object('attempt_id', one.id));
    end if;
end $$;

-- What an attempt that is over leaves: the carrier's code, and a word for who answered when nobody told; whoever only a
-- mailbox answered for is texted if the template wants it.
create or replace function private.note_end(one public.call_attempts) returns public.call_attempts
language plpgsql set search_path = '' as $$
begin
    update public.call_attempts a
       set transport_result = coalesce(a.transport_result, case when a.state = 'failed' and a.error ~ '^[0-9]+$' then 'failed' end),
           transport_code = coalesce((
               select c.sip_response_code::text from public.call_history c where c.call_sid = a.call_sid),
               case when a.state = 'failed' and a.error ~ '^[0-9]{1,32}$' then a.error end),
           answered_by = coalesce(a.answered_by, case when a.transport_result = 'completed' then 'unknown' end)
     where a.id = one.id returning a.* into one;
    if one.answered_by = 'voicemail' and private.on_voicemail(one) = 'text' then
        perform jobs.defer('meet_machine', jsonb_build_object('attempt_id', one.id));
    end if;
    return one;
end $$;

-- Whether what became of an attempt says that its number is nobody's: the carrier refuses the number (providers' handbook
-- 6.1), the line to it does (SIP), or we do.
create or replace function private.is_no_number(a public.call_attempts) returns boolean
language sql stable set search_path = '' as $$
    select coalesce(a.transport_code in ('21211', '21214', '21216', '21217'), false) and a.state = 'failed'
        or coalesce(a.transport_code in ('404', '410', '484', '604'), false) and a.transport_result = 'failed'
        or coalesce(a.error = 'not_dialable', false)
        or coalesce(a.transport_result = 'failed' and (
               select c.sip_response_code in (404, 410, 484, 604) from public.call_history c where c.call_sid = a.call_sid), false)
$$;

-- An entry that counted as done because the verdict was still under way. A later attempt, or somebody who canceled, has the
-- last word.
create or replace function private.reconsider_talk(one public.call_attempts) returns void
language plpgsql set search_path = '' as $$
begin
    if private.talk_outcome(one) = 'completed'
       or exists (select from public.call_attempts a
                   where a.call_queue_id = one.call_queue_id and a.attempt_number > one.attempt_number) then
        return;
    end if;
    update public.call_queue q set status = 'in-progress' where q.id = one.call_queue_id and q.status = 'completed';
    if found then
        perform private.after_talk(one);
    end if;
end $$;

-- A message and a transfer are proven by rows of their own; of an answer nothing speaks but the words of the person.
create or replace function private.goal_of(outcome text, quote text) returns text
language sql immutable set search_path = '' as $$
    select case when outcome in ('message_taken', 'transferred') or outcome = 'answered' and quote <> '' then 'reached'
                when outcome in ('not_reached', 'abandoned') then 'not_reached'
                when outcome is not null then 'unknown' end
$$;

-- Whether an attempt reached what it was made for: what its summary says, in whatever order both come. A machine is never
-- reached.
create or replace function private.note_goal(attempt_id uuid) returns void
language sql volatile set search_path = '' as $$
    update public.call_attempts a
       set goal = g.goal, goal_evidence = g.evidence
      from (select b.id,
                   case when b.answered_by in ('voicemail', 'screener', 'fax') then 'not_reached'
                        when s.id is not null then coalesce(s.goal, private.goal_of(c.outcome, s.conversation_highlights ->> 0)) end as goal,
                   case when b.answered_by in ('voicemail', 'screener', 'fax') then null
                        when s.goal is not null then s.goal_evidence
                        else s.conversation_highlights ->> 0 end as evidence
              from public.call_attempts b
              left join public.call_history c on c.call_sid = b.call_sid
              left join public.summaries s on s.session_id = c.id and s.generation_status = 'success'
             where b.id = note_goal.attempt_id and b.kind = 'talk') g
     where a.id = g.id and (a.goal, a.goal_evidence) is distinct from (g.goal, g.evidence)
$$;

-- For whom a dial is made: for whom its entry is, else whose our number is.
create or replace function private.organization_of_dial(a public.call_attempts, ours text) returns uuid
language sql stable set search_path = '' as $$
    select coalesce((select q.organization_id from public.call_queue q where q.id = a.call_queue_id), private.organization_of_number(ours))
$$;

-- dial_background: kind read; key attempt_id; called by services/dialling/greeting, machine_met
-- What a dial that talks will know when it is answered, before it is dialled: the background of its call. `ours`: the number
-- that it comes from.
create function public.dial_background(attempt_id uuid, ours text) returns jsonb
language sql stable set search_path = '' as $$
    select public.call_background(
               coalesce(nullif(dial_background.ours, ''), a.from_number),
               (select l.user_id from public.phone_links l where l.phone_number = private.person_number(a.to_number)),
               private.person_number(a.to_number), a.template_version_id, a.variables,
               private.organization_of_dial(a, coalesce(nullif(dial_background.ours, ''), a.from_number))) || private.dialled_background(a)
      from public.call_attempts a where a.id = dial_background.attempt_id and a.kind = 'talk'
$$;

-- machine_met: kind read; key attempt_id; called by services/dialling/machine
-- Who answered an attempt, and what its template wants then. `over`: nothing is left to be done.
create function public.machine_met(attempt_id uuid) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce((
        select jsonb_build_object(
                   'result', 'found', 'call_sid', a.call_sid, 'account', a.account, 'verdict', a.verdict,
                   'answered_by', a.answered_by, 'over', a.state in ('done', 'failed') or a.message_at is not null,
                   'is_sure', a.heard_as = 'voicemail' or s.turn is null,
                   'turn', s.turn, 'plan', coalesce(s.plan, public.dial_background(a.id, a.from_number)),
                   'on_voicemail', private.on_voicemail(a))
          from public.call_attempts a
          left join public.call_history c on c.call_sid = a.call_sid
          left join public.call_states s on s.call_id = c.id
         where a.id = machine_met.attempt_id and a.kind = 'talk'),
        '{"result": "unknown"}')
$$;

-- begin_voicemail_message: kind command; key attempt_id; called by services/dialling/machine
-- From now on the mailbox is being told its message; a repeated request for the document changes nothing.
create function public.begin_voicemail_message(attempt_id uuid, call_sid text) returns jsonb
language plpgsql set search_path = '' as $$
begin
    update public.call_attempts a set message_at = coalesce(a.message_at, clock_timestamp())
     where a.id = begin_voicemail_message.attempt_id and a.call_sid = begin_voicemail_message.call_sid
       and a.answered_by = 'voicemail';
    return jsonb_build_object('result', case when found then 'begun' else 'refused' end);
end $$;

-- text_after_voicemail: kind command; key attempt_id; called by services/dialling/machine
-- Texts a person whom only a mailbox answered for: once for all attempts of an entry, or as often as the template says. Whether the number wants texts is asked
-- when it is sent, as of every text.
create function public.text_after_voicemail(attempt_id uuid, content text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    queued bigint;
begin
    select private.queue_text(
               c.phone_number, private.our_number(c), 'sms', text_after_voicemail.content, 'conversation', c.user_id, 'bot',
               request_key => concat_ws(':', 'voicemail', a.call_queue_id, case v.content ->> 'voicemail_again'
                   when 'daily' then (now() at time zone 'UTC')::date::text when 'always' then a.id::text end))
      into queued
      from public.call_attempts a join public.call_history c on c.call_sid = a.call_sid
      left join public.call_template_versions v on v.id = a.template_version_id
     where a.id = text_after_voicemail.attempt_id and a.answered_by = 'voicemail' and a.kind = 'talk';
    return jsonb_build_object('result', case when queued is null then 'refused' else 'queued' end);
end $$;

select private.grant_to_service('machine_met', 'begin_voicemail_message', 'text_after_voicemail', 'dial_background');
select private.share_with_service(
    'had_message', 'on_voicemail', 'detects_machines', 'dialled_background', 'somebody_replied', 'somebody_spoke', 'note_answerer', 'note_heard',
    'note_end', 'is_no_number', 'reconsider_talk', 'note_goal', 'goal_of', 'organization_of_dial');
