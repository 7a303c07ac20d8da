-- Dials: a row before the carrier hears of it, claimed at the rate of an account and within its calls under way, finished by
-- whoever holds the claim, settled by what the carrier tells. The kind of a dial says what the person who answers gets.

select private.drop_functions(
    'claim_dials', 'finish_dial', 'settle_dial', 'answered_dial', 'unknown_dials', 'end_overdue_dials',
    'claim_verification_calls', 'finish_verification_call', 'settle_verification_call', 'unknown_verification_calls');
drop function if exists private.end_code_call(uuid, text);

-- The next attempt of a queue entry; null when the number has a live one already.
create or replace function private.add_dial(
    entry uuid, kind text, to_number text, from_number text, verification_id uuid default null
) returns uuid
language plpgsql set search_path = '' as $$
declare
    made uuid;
begin
    insert into public.call_attempts (call_queue_id, kind, attempt_number, to_number, from_number, verification_id)
    select entry, add_dial.kind,
           1 + coalesce((select max(a.attempt_number) from public.call_attempts a where a.call_queue_id = entry), 0),
           add_dial.to_number, add_dial.from_number, add_dial.verification_id
        on conflict do nothing
    returning id into made;
    return made;
end $$;

-- failed: there was no call. done: the call is over; `error` says what it lacked. What becomes of an entry that wanted a
-- talk is private.after_talk's to say.
create or replace function private.end_dial(attempt_id uuid, state text, error text) returns void
language plpgsql set search_path = '' as $$
declare
    ended public.call_attempts;
begin
    update public.call_attempts a
       set state = end_dial.state, error = coalesce(end_dial.error, a.error), ended_at = clock_timestamp(),
           -- That nobody told who answered is a fact of its own; a verdict that comes late still says it.
           answered_by = case when a.kind = 'talk' and end_dial.state = 'done' and coalesce(a.transport_result, 'completed') = 'completed'
                              then coalesce(a.answered_by, 'unknown') else a.answered_by end
     where a.id = attempt_id returning a.* into ended;
    if ended.kind = 'talk' then
        perform private.after_talk(private.note_end(ended));
        return;
    end if;
    update public.call_queue q
       set status = case when end_dial.error is null then 'completed' else 'failed' end,
           last_error = end_dial.error, call_id = coalesce(ended.call_sid, q.call_id)
     where q.id = ended.call_queue_id;
end $$;

-- Why a dial that is due must not be made; null when it may be.
create or replace function private.dial_obstacle(one public.call_attempts) returns text
language sql stable set search_path = '' as $$
    select case
        when not coalesce((public.read_verification(one.verification_id) ->> 'running')::boolean, false) then 'code_over'
        when not private.may_be_reached(one.to_number, 'calls') then 'suppressed' end
$$;

-- How long what was not sent waits: what the carrier asked for, or twice as long each time, up to five minutes.
create or replace function private.retry_in(tries int, retry_after_s double precision) returns interval
language sql volatile set search_path = '' as $$
    select make_interval(secs => coalesce(retry_after_s, least(300, power(2, tries))) * (1 + random() / 2))
$$;

create or replace function private.claimed_dials(holder uuid) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object('dials', coalesce(jsonb_agg(jsonb_build_object(
               'attempt_id', a.id, 'kind', a.kind, 'to_number', a.to_number, 'from_number', a.from_number, 'account', a.account)
               order by a.kind, a.not_before, a.id), '[]'))
      from public.call_attempts a where a.token = holder and a.state = 'sending'
$$;

-- Seconds until an account may be asked for what waits; null when nothing waits.
create or replace function private.next_dial_in(account text, free_at timestamptz) returns double precision
language sql stable set search_path = '' as $$
    select greatest(0, extract(epoch from greatest(free_at, min(a.not_before)) - clock_timestamp()))
      from public.call_attempts a where a.account = next_dial_in.account and a.state = 'generated'
    having min(a.not_before) is not null
$$;
drop function if exists private.next_dial_in(text, timestamptz, boolean);

-- claim_dials: kind claim; key token, account; called by claim_calls
-- Of one provider. Moves due calls that read out a code to `sending`; repeating a token returns the same ones. Calls that talk come out of the
-- queue (talks.sql). `limits` may say: calls_per_second, burst (1: how many may go at once after a pause), concurrent (calls
-- that may be under way). Null or absent: no limit. A dial of unknown fate may be ringing and counts as under way. A claim
-- that ran out is `unknown` and is not dialled again. `next_in_s`: seconds until the next one may be dialled; null when
-- nothing waits or too many calls are under way.
create function public.claim_dials(
    token uuid, lease_s double precision, batch int default 1, limits jsonb default '{}', account text default 'twilio',
    at timestamptz default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    step constant interval := make_interval(secs => 1 / (limits ->> 'calls_per_second')::double precision);
    ahead constant interval := coalesce(step * (greatest(1, coalesce((limits ->> 'burst')::int, 1)) - 1), interval '0');
    free_at timestamptz;
    moment timestamptz;
    spare bigint;
    room int := claim_dials.batch;
    due public.call_attempts;
    obstacle text;
begin
    if exists (select from public.call_attempts a where a.token = claim_dials.token and a.account = claim_dials.account and a.state = 'sending') then
        return private.claimed_dials(token) || '{"result": "claimed", "next_in_s": 0}';
    end if;
    insert into public.dialling_accounts (account) values (claim_dials.account) on conflict do nothing;
    -- SKIP LOCKED stops a dial being claimed twice; only this lock stops two claimers both counting the same room.
    select d.next_dial_at into free_at from public.dialling_accounts d where d.account = claim_dials.account for update;
    moment := coalesce(claim_dials.at, clock_timestamp());
    room := least(room, private.provider_room(account, moment));
    update public.call_attempts a set state = 'unknown', error = 'claim_ran_out'
     where a.account = claim_dials.account and a.state = 'sending' and a.lease_until <= moment;
    spare := (limits ->> 'concurrent')::int - private.calls_under_way('account:' || claim_dials.account);
    for due in
        select a.* from public.call_attempts a
         where a.account = claim_dials.account and a.state = 'generated' and a.not_before <= moment
         order by a.not_before, a.id limit 200
           for update skip locked
    loop
        exit when room <= 0 or spare <= 0 or (step is not null and free_at > moment + ahead);
        obstacle := private.dial_obstacle(due);
        if obstacle is not null then
            perform private.end_dial(due.id, 'failed', obstacle);
            continue;
        end if;
        update public.call_attempts a
           set state = 'sending', token = claim_dials.token, lease_until = moment + make_interval(secs => lease_s),
               sending_at = moment, deadline = moment + interval '24 hours', send_attempts = a.send_attempts + 1
         where a.id = due.id;
        free_at := coalesce(greatest(free_at, moment) + step, free_at);
        room := room - 1;
        spare := spare - 1;
    end loop;
    perform private.note_probe(claim_dials.account, claim_dials.token, moment + make_interval(secs => lease_s), moment)
      from public.call_attempts a where a.token = claim_dials.token and a.account = claim_dials.account and a.state = 'sending' limit 1;
    update public.dialling_accounts d set next_dial_at = free_at
     where d.account = claim_dials.account and d.next_dial_at <> free_at;
    return private.claimed_dials(token) || jsonb_build_object(
        'result', 'claimed', 'next_in_s', case when spare <= 0 then null
            else private.next_dial_in(account, case when step is null then moment else free_at - ahead end) end);
end $$;

-- finish_dial: kind claim; key attempt_id + token; called by services/dialling/dial
-- `unwell`: the provider would have failed with any other dial, too; null: it was not asked.
-- sent: the carrier has it. refused: it never will. not_sent: it was not asked; tried again, twelve times in all.
-- unknown: it may have it.
create function public.finish_dial(
    attempt_id uuid, token uuid, outcome text, call_sid text default null, error text default null,
    retry_after_s double precision default null, unwell boolean default null, at timestamptz default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    held public.call_attempts;
begin
    -- It refuses everybody: nothing is wrong with this call, and nobody was called.
    if outcome = 'refused' and unwell then
        outcome := 'not_sent';
    end if;
    select a.* into held from public.call_attempts a where a.id = finish_dial.attempt_id for update;
    if held.id is null or held.token is distinct from finish_dial.token then
        return jsonb_build_object('result', 'fenced');
    end if;
    if held.state <> 'sending' then
        -- Told twice is fine; everything else came too late.
        return jsonb_build_object('result', case when (held.state, outcome) in (
            ('sent', 'sent'), ('done', 'sent'), ('failed', 'refused')) then 'finished' else 'fenced' end);
    end if;
    if outcome = 'not_sent' and held.kind = 'talk' then
        perform private.give_back(held, coalesce(finish_dial.error, outcome), finish_dial.retry_after_s);
    elsif outcome = 'not_sent' and held.send_attempts < 12 then
        update public.call_attempts a
           set state = 'generated', token = null, lease_until = null, error = finish_dial.error,
               not_before = clock_timestamp() + private.retry_in(held.send_attempts, retry_after_s)
         where a.id = held.id;
    elsif outcome = 'sent' then
        -- A status may have told the SID before the answer to our own request came back.
        update public.call_attempts a
           set state = 'sent', call_sid = coalesce(a.call_sid, finish_dial.call_sid), error = null where a.id = held.id;
    elsif outcome in ('refused', 'not_sent') then
        perform private.end_dial(held.id, 'failed', coalesce(finish_dial.error, outcome));
    else
        update public.call_attempts a set state = 'unknown', error = finish_dial.error where a.id = held.id;
    end if;
    perform private.note_dial_result(held.account, held.token, unwell, error, coalesce(finish_dial.at, clock_timestamp()));
    return jsonb_build_object('result', 'finished');
end $$;

-- settle_dial: kind fact; key attempt_id + status; called by services/dialling/settle (status callback, the carrier's list)
-- Our id in the callback's URL finds the attempt, also one of which nobody knew whether it was dialled. Without a
-- `call_sid` a complete list of the carrier's does not have it; that is believed when a second list says so. Who answered and pressed no key (a voicemail box) has not heard
-- the code: the attempt, its queue entry and the call say so.
create function public.settle_dial(attempt_id uuid, status text, call_sid text default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one public.call_attempts;
    lacked text := nullif(settle_dial.status, 'completed');
begin
    select a.* into one from public.call_attempts a where a.id = settle_dial.attempt_id for update;
    if one.id is null or one.call_sid <> settle_dial.call_sid
       or exists (select from public.call_attempts a
                   where a.call_sid = settle_dial.call_sid and a.id <> settle_dial.attempt_id) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_attempt');
    end if;
    if one.state in ('failed', 'done') then
        return jsonb_build_object('result', 'unchanged');
    end if;
    if settle_dial.call_sid is null then
        if one.state <> 'unknown' or one.call_sid is not null then
            return jsonb_build_object('result', 'unchanged');
        end if;
        if one.absent_at is null then
            update public.call_attempts a set absent_at = clock_timestamp() where a.id = one.id;
            return jsonb_build_object('result', 'noted');
        end if;
        perform private.end_dial(one.id, 'failed', settle_dial.status);
        return jsonb_build_object('result', 'applied');
    end if;
    update public.call_attempts a
       set call_sid = settle_dial.call_sid, state = case when a.state = 'sending' then a.state else 'sent' end,
           transport_result = case when private.status_rank(settle_dial.status) = 4 then settle_dial.status end
     where a.id = one.id;
    if private.status_rank(settle_dial.status) = 4 then
        if one.kind = 'code' and lacked is null and one.heard_at is null then
            lacked := 'not_heard';
        end if;
        perform private.end_dial(one.id, 'done', lacked);
        update public.call_history c
           set outcome = case when one.heard_at is null then 'code_not_heard' else 'code_heard' end
         where c.call_sid = settle_dial.call_sid and one.kind = 'code' and settle_dial.status = 'completed';
    end if;
    return jsonb_build_object('result', 'applied');
end $$;

-- answered_dial: kind command; key attempt_id, call_sid; called by services/dialling/answer
-- The kind of a dial that was answered, which is this call from now on, also when the carrier's answer to our own request is
-- still under way. `superseded`: the attempt became another call; this one came too late.
create function public.answered_dial(attempt_id uuid default null, call_sid text default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one public.call_attempts;
begin
    select a.* into one from public.call_attempts a
     where a.id = coalesce(answered_dial.attempt_id, (
        select b.id from public.call_attempts b where b.call_sid = answered_dial.call_sid));
    if one.id is null then
        return '{"result": "unknown"}';
    end if;
    if one.call_sid is null and answered_dial.call_sid is not null and one.state in ('sending', 'sent', 'unknown') then
        update public.call_attempts a set call_sid = answered_dial.call_sid
         where a.id = one.id and a.call_sid is null returning a.* into one;
    end if;
    if one.call_sid <> answered_dial.call_sid then
        return '{"result": "superseded"}';
    end if;
    return jsonb_build_object('result', 'found', 'attempt_id', one.id, 'kind', one.kind, 'state', one.state, 'language', (
        select v.language from public.verifications v where v.id = one.verification_id));
end $$;

-- end_overdue_dials: kind command; key none; called by services/dialling/settle
-- Ends dials of which nobody can say anything a day after: no carrier places a call that late, and none lasts that long.
create function public.end_overdue_dials() returns jsonb
language plpgsql set search_path = '' as $$
declare
    ended int := 0;
    late uuid;
begin
    for late in select a.id from public.call_attempts a
                 where a.state in ('sent', 'unknown') and a.deadline < clock_timestamp()
                 order by a.deadline limit 100 for update skip locked loop
        perform private.end_dial(late, 'done', 'nobody_told');
        ended := ended + 1;
    end loop;
    return jsonb_build_object('ended', ended);
end $$;

-- unknown_dials: kind read; key none; called by services/dialling/settle
-- Dials of which nothing was heard: lost between us and the carrier, or sent and without any status since. Each call
-- draws anew: dials that the carrier never tells about do not delay the others.
create function public.unknown_dials(older_than_s double precision, page_size int default 20) returns jsonb
language sql volatile set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object('dials', coalesce((
        select jsonb_agg(jsonb_build_object(
                   'attempt_id', a.id, 'to_number', a.to_number, 'from_number', a.from_number, 'call_sid', a.call_sid,
                   'state', a.state, 'account', a.account, 'since', coalesce(a.sending_at, a.created_at)) order by a.created_at)
          from (select * from public.call_attempts
                 where state in ('unknown', 'sent') and updated_at < now() - make_interval(secs => older_than_s)
                 order by random() limit greatest(1, page_size)) a), '[]'))
$$;

select private.grant_to_service(
    'claim_dials', 'finish_dial', 'settle_dial', 'answered_dial', 'unknown_dials', 'end_overdue_dials');
select private.share_with_service(
    'add_dial', 'end_dial', 'dial_obstacle', 'retry_in', 'claimed_dials', 'next_dial_in');
