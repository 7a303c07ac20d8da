-- Texts that leave: claimed as `sending` before the carrier is asked, finished by whoever holds the claim.

select private.drop_functions('claim_outgoing', 'finish_outgoing');

-- claim_outgoing: kind claim; key token; called by services/texts/send
-- Rows become `sending` here, before the carrier is asked. `caps` may say: number_5min (10), number_day (60),
-- prefix_hour (300), hold (true after an outage: nothing that nobody waits for), operator_notice. Repeating a token
-- returns the same rows. `more`: rows were taken out without being sent, so ask again at once.
create function public.claim_outgoing(
    token uuid, lease_s double precision, batch int default 10, caps jsonb default '{}'
) returns jsonb
language plpgsql set search_path = '' set timezone = 'UTC' as $$
declare
    candidate public.sms_history;
    obstacle text;
    room int := claim_outgoing.batch;
    refused int := 0;
    hold constant boolean := coalesce((caps ->> 'hold')::boolean, false);
    lane int;
begin
    if exists (select from public.sms_history m where m.outbox_state = 'sending' and m.outbox_token = token) then
        return private.claimed_texts(token) || '{"result": "claimed", "more": false}';
    end if;
    -- SKIP LOCKED stops a row being claimed twice; only this lock stops two senders both counting the same reply, and
    -- both starting the first and the second part for one number.
    perform pg_advisory_xact_lock(hashtextextended('claim_outgoing', 0));
    perform private.give_up_on_expired();
    foreach lane in array case when hold then array[0, 1] else array[0, 1, 2] end loop
        for candidate in select * from private.due_texts(lane, room, hold) loop
            obstacle := private.obstacle(candidate, caps);
            if obstacle is null then
                update public.sms_history m
                   set outbox_state = 'sending', outbox_token = token, send_attempts = m.send_attempts + 1,
                       lease_until = clock_timestamp() + make_interval(secs => lease_s), sending_at = clock_timestamp()
                 where m.id = candidate.id;
            else
                perform private.take_out(candidate, obstacle, caps -> 'operator_notice');
                refused := refused + 1;
            end if;
            room := room - 1;
        end loop;
    end loop;
    return private.claimed_texts(token) || jsonb_build_object('result', 'claimed', 'more', refused > 0);
end $$;

-- The holder of these is gone or too late. They may have been sent, so nobody sends them again.
create or replace function private.give_up_on_expired() returns void
language sql set search_path = '' as $$
    update public.sms_history m set outbox_state = 'unknown', status = coalesce(m.status, 'unknown')
     where m.id in (select e.id from public.sms_history e
                     where e.outbox_state = 'sending' and e.lease_until < clock_timestamp()
                       for update skip locked)
$$;

-- What may be sent now, oldest first: for each number the first that waits, and nothing while one is under way. A text
-- that was put off for later does not hold up what comes after it; one that is tried again does. Lane 0 is urgent, 1 what
-- somebody waits for, 2 what nobody waits for: a thousand invitations must not keep one answer waiting. While those are
-- on hold they hold up nothing.
-- The planner learns of a backlog only when it is over: believing that next to nothing waits, it would rather read all
-- of it than walk along the index. Hence the settings, and subqueries that it cannot turn into joins.
drop function if exists private.due_texts(boolean, int, boolean);
create or replace function private.due_texts(lane int, room int, hold boolean) returns setof public.sms_history
language sql set search_path = '' set enable_sort = off set enable_seqscan = off set enable_bitmapscan = off as $$
    select q.* from public.sms_history q
     where q.outbox_state = 'generated' and coalesce(q.not_before, q.created_at) <= now()
       and case when q.urgent then 0 when q.in_reply_to is null and q.kind in ('reminder', 'onboarding') then 2
                else 1 end = lane
       and (select true from public.sms_history s
             where s.phone_number = q.phone_number and s.outbox_state = 'sending') is null
       and (select true from public.sms_history e
             where e.phone_number = q.phone_number and e.outbox_state in ('generated', 'sending') and e.id < q.id
               and e.urgent = q.urgent and (e.not_before is null or e.not_before <= now() or e.send_attempts > 0)
               and not (hold and e.in_reply_to is null and e.kind in ('reminder', 'onboarding'))
             order by e.phone_number, e.id limit 1) is null
     order by case when q.urgent then 0 when q.in_reply_to is null and q.kind in ('reminder', 'onboarding') then 2
                   else 1 end, coalesce(q.not_before, q.created_at), q.id
     limit greatest(0, room)
       for update skip locked
$$;

-- Whether nobody waits for a text: its team begins something with it.
create or replace function private.begins_something(m public.sms_history) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
    return m.in_reply_to is null and (m.kind in ('onboarding', 'reminder') or m.sent_by = 'operator');
end $$;

-- Why a text must not leave: somebody said stop, our number is another team's by now, or replies to that number or its neighbours
-- have become too many; or not yet: a team that is suspended begins nothing, while whoever writes or calls is still answered. The
-- one confirmation of a request to stop is exempt from the suppression that it reports, and so is the one answer to HELP.
create or replace function private.obstacle(candidate public.sms_history, caps jsonb) returns text
language plpgsql stable set search_path = '' as $$
begin
    if exists (select from private.standing_suppressions(candidate.to_number, 'texts') s
                where candidate.kind <> 'confirmation' or not exists (
                    select from public.sms_history i
                     where i.id = candidate.in_reply_to and (i.message_sid = s.source_sid or i.keyword = 'help'))) then
        return 'suppressed';
    end if;
    if candidate.kind in ('conversation', 'onboarding', 'reminder') and exists (
        select from public.conversations c where c.id = candidate.conversation_id and not private.is_current(c)) then
        return 'number_moved';
    end if;
    if private.begins_something(candidate) and exists (
        select from public.conversations c
         where c.id = candidate.conversation_id and c.organization_id is not null and not private.is_open(c.organization_id)) then
        return 'team_suspended';
    end if;
    if candidate.in_reply_to is null or candidate.kind = 'confirmation' or candidate.sent_by <> 'bot' then
        return null;
    end if;
    if candidate.part > 0 or candidate.send_attempts > 0 then
        return (select 'capped' from public.sms_history f
                 where f.in_reply_to = candidate.in_reply_to and f.part = 0 and f.error_code = 'capped');
    end if;
    return (select 'capped'
             where private.replies(candidate.phone_number, interval '5 minutes', 'conversation')
                       >= coalesce((caps ->> 'number_5min')::int, 10) and candidate.kind = 'conversation'
                or private.replies(candidate.phone_number, interval '1 day') >= coalesce((caps ->> 'number_day')::int, 60)
                or private.replies_to_prefix(candidate.phone_number, interval '1 hour')
                       >= coalesce((caps ->> 'prefix_hour')::int, 300));
end $$;

create or replace function private.replies(number text, span interval, of_kind text default null) returns bigint
language sql stable set search_path = '' as $$
    select count(*) from public.sms_history m
     where m.phone_number = number and m.part = 0 and m.sending_at > now() - span
       and (of_kind is null or m.kind = of_kind)
$$;

create or replace function private.replies_to_prefix(number text, span interval) returns bigint
language sql stable set search_path = '' as $$
    select count(*) from public.sms_history m
     where left(m.phone_number, -4) = left(number, -4) and m.part = 0 and m.sending_at > now() - span
$$;

-- A text that will not be sent, or not yet. Too many replies mean that a machine may be talking to us: a person has to look.
create or replace function private.take_out(candidate public.sms_history, obstacle text, notice jsonb) returns void
language plpgsql set search_path = '' as $$
declare
    thread public.conversations;
begin
    if obstacle = 'team_suspended' then
        -- As those that were put off, not as those that are tried again: what comes after one to the same number may be an answer.
        -- With it many others of its team: one by one they would hold up the texts of others.
        update public.sms_history m
           set not_before = now() + interval '2 minutes', send_attempts = 0, error_code = obstacle
         where m.id = candidate.id or m.id in (
             select w.id from public.sms_history w join public.conversations c on c.id = w.conversation_id
              where w.outbox_state = 'generated' and coalesce(w.not_before, w.created_at) <= now() and private.begins_something(w)
                and c.organization_id = (select t.organization_id from public.conversations t where t.id = candidate.conversation_id)
              order by w.id limit 1000 for update of w skip locked);
        return;
    end if;
    update public.sms_history m
       set outbox_state = 'failed', error_code = obstacle,
           status = case obstacle when 'suppressed' then 'suppressed' else 'failed' end
     where m.id = candidate.id;
    perform private.follow_delivery(candidate.id);
    if obstacle = 'capped' and candidate.part = 0 then
        update public.conversations c
           set ai_mode = 'OFF', waiting_since = null, answer_token = null, answer_lease_until = null
         where c.id = candidate.conversation_id and c.ai_mode = 'ON'
        returning c.* into thread;
        if thread.id is not null then
            perform private.escalate(thread, null, 'capped', notice);
        end if;
    end if;
end $$;

-- What a sender needs of the rows that it holds. The code's placeholder is filled at the last moment.
-- A worker of the release before reads `nonce` and `purpose`, uses neither, and would lose a text that it claimed without
-- them while it is replaced.
create or replace function private.claimed_texts(holder uuid) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object('messages', coalesce(jsonb_agg(jsonb_build_object(
               'id', m.id, 'to_number', m.to_number, 'our_number', m.from_number, 'channel', m.channel,
               'content', m.content, 'kind', m.kind, 'media', m.media, 'details', m.details,
               'verification_id', m.verification_id, 'nonce', null, 'purpose', null,
               'timezone', (select p.timezone from public.preferences p where p.user_id = m.user_id),
               'window_open', m.channel <> 'whatsapp' or coalesce(
                   c.last_inbound_at > now() - interval '24 hours', false)) order by m.urgent desc, m.id), '[]'))
      from public.sms_history m
      left join public.conversations c on c.id = m.conversation_id
     where m.outbox_state = 'sending' and m.outbox_token = holder
$$;

-- finish_outgoing: kind claim; key message_id, token; called by services/texts/send
-- sent: the carrier has it. refused: it never will. not_sent: it was not asked; tried again, twelve times in all,
-- which bridges half an hour.
-- unknown: it may have it. Of one whose lease ran out only `sent` is still news; the rest is fenced.
create function public.finish_outgoing(
    message_id bigint, token uuid, outcome text, message_sid text default null, status text default null,
    error_code text default null, num_segments int default null, retry_after_s double precision default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    held public.sms_history;
begin
    perform private.lock_sid(finish_outgoing.message_sid);
    select m.* into held from public.sms_history m where m.id = finish_outgoing.message_id for update;
    if held.outbox_token is distinct from finish_outgoing.token or held.outbox_state is null then
        return jsonb_build_object('result', 'fenced');
    end if;
    if finish_outgoing.outcome = 'sent' and held.outbox_state in ('sending', 'unknown', 'sent') then
        return private.name_message(
            held, finish_outgoing.message_sid, coalesce(finish_outgoing.status, 'queued'), finish_outgoing.error_code,
            finish_outgoing.num_segments);
    end if;
    if held.outbox_state <> 'sending' then
        -- Told twice, or told by a callback before us, is fine; everything else came too late.
        return jsonb_build_object('result', case when held.outbox_state = finish_outgoing.outcome
            or (held.outbox_state, finish_outgoing.outcome) = ('failed', 'refused') then 'finished' else 'fenced' end);
    end if;
    if held.lease_until < clock_timestamp() then
        update public.sms_history m set outbox_state = 'unknown', status = coalesce(m.status, 'unknown')
         where m.id = held.id;
        return jsonb_build_object('result', 'fenced');
    end if;
    if finish_outgoing.outcome = 'not_sent' and held.send_attempts < 12 then
        update public.sms_history m
           set outbox_state = 'generated', outbox_token = null, lease_until = null, error_code = finish_outgoing.error_code,
               not_before = now() + make_interval(secs => coalesce(
                   finish_outgoing.retry_after_s, least(300, power(2, held.send_attempts))) * (1 + random() / 2))
         where m.id = held.id;
        return jsonb_build_object('result', 'finished', 'again', true);
    end if;
    perform private.fail_or_forget(held, finish_outgoing.outcome, finish_outgoing.error_code);
    return jsonb_build_object('result', 'finished', 'again', false);
end $$;

-- The end of a text that the carrier did not take (or may not have).
create or replace function private.fail_or_forget(held public.sms_history, outcome text, problem text) returns void
language plpgsql set search_path = '' as $$
begin
    update public.sms_history m
       set outbox_state = case outcome when 'unknown' then 'unknown' else 'failed' end,
           status = case outcome when 'unknown' then 'unknown' else 'failed' end,
           error_code = coalesce(problem, case outcome when 'not_sent' then 'not_sent' end)
     where m.id = held.id;
    perform private.suppress_refused(held, problem);
    perform private.follow_delivery(held.id);
end $$;

select private.grant_to_service('claim_outgoing', 'finish_outgoing');
select private.share_with_service(
    'give_up_on_expired', 'due_texts', 'begins_something', 'obstacle', 'replies', 'replies_to_prefix', 'take_out', 'claimed_texts',
    'fail_or_forget');
