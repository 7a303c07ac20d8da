-- Who answered a call of ours, what it comes to for its entry, and what a mailbox is told.

select private.drop_functions('machine_met', 'begin_voicemail_message', 'text_after_voicemail');

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

-- Whether anybody said a word in a call of ours.
create or replace function private.somebody_spoke(call_sid text) returns boolean
language sql stable set search_path = '' as $$
    select exists (select from public.call_history c join public.call_turns t on t.call_id = c.id
                    where c.call_sid = somebody_spoke.call_sid and btrim(t.said) <> '')
$$;

-- What the template of an attempt wants at a mailbox.
create or replace function private.on_voicemail(a public.call_attempts) returns text
language sql stable set search_path = '' as $$
    select v.content ->> 'on_voicemail' from public.call_template_versions v where v.id = a.template_version_id
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
                        when s.id is not null then private.goal_of(c.outcome, s.conversation_highlights ->> 0) end as goal,
                   case when b.answered_by in ('voicemail', 'screener', 'fax') then null
                        else s.conversation_highlights ->> 0 end as evidence
              from public.call_attempts b
              left join public.call_history c on c.call_sid = b.call_sid
              left join public.summaries s on s.session_id = c.id and s.generation_status = 'success'
             where b.id = note_goal.attempt_id and b.kind = 'talk') g
     where a.id = g.id and (a.goal, a.goal_evidence) is distinct from (g.goal, g.evidence)
$$;

-- machine_met: kind read; key attempt_id; called by services/dialling/machine
-- Who answered an attempt, and what its template wants then. `over`: nothing is left to be done.
create function public.machine_met(attempt_id uuid) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce((
        select jsonb_build_object(
                   'result', 'found', 'call_sid', a.call_sid, 'account', a.account, 'verdict', a.verdict,
                   'answered_by', a.answered_by, 'over', a.state in ('done', 'failed') or a.message_at is not null,
                   'plan', (select s.plan from public.call_history c join public.call_states s on s.call_id = c.id
                             where c.call_sid = a.call_sid),
                   'on_voicemail', private.on_voicemail(a))
          from public.call_attempts a where a.id = machine_met.attempt_id and a.kind = 'talk'),
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
-- Texts a person whom only a mailbox answered for, once for all attempts of an entry. Whether the number wants texts is asked
-- when it is sent, as of every text.
create function public.text_after_voicemail(attempt_id uuid, content text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    queued bigint;
begin
    select private.queue_text(
               c.phone_number, private.our_number(c), 'sms', text_after_voicemail.content, 'conversation', c.user_id, 'bot',
               request_key => 'voicemail:' || a.call_queue_id)
      into queued
      from public.call_attempts a join public.call_history c on c.call_sid = a.call_sid
     where a.id = text_after_voicemail.attempt_id and a.answered_by = 'voicemail' and a.kind = 'talk';
    return jsonb_build_object('result', case when queued is null then 'refused' else 'queued' end);
end $$;

select private.grant_to_service('machine_met', 'begin_voicemail_message', 'text_after_voicemail');
select private.share_with_service('on_voicemail', 'somebody_replied', 'somebody_spoke', 'note_answerer', 'reconsider_talk', 'note_goal', 'goal_of');
