-- Codes on their way by other roads than a text of ours: calls that read them out, and the carrier's own service.

select private.drop_functions(
    'claim_verification_calls', 'finish_verification_call', 'settle_verification_call', 'read_verification_call',
    'hear_verification_call', 'unknown_verification_calls', 'claim_verification_sends', 'finish_verification_send');

-- A dial is a row before the carrier hears of it. One number has one live attempt; one that may be ringing already
-- reads out the code that holds when it is answered, so nothing is lost.
create or replace function private.queue_code_call(one public.verifications, our_number text) returns void
language plpgsql set search_path = '' as $$
declare
    entry uuid;
begin
    if exists (select from public.call_attempts a where a.to_number = one.phone_number and a.state <> 'done') then
        return;
    end if;
    insert into public.call_queue (user_id, recipient_number, status, max_attempts, api_key_id)
    values ((public.ensure_user(one.phone_number) ->> 'user_id')::uuid, one.phone_number, 'in-progress', 1,
            one.api_key_id)
    returning id into entry;
    insert into public.call_attempts (
        call_queue_id, attempt_number, to_number, from_number, state, token, lease_until, verification_id)
    values (entry, 1, one.phone_number, queue_code_call.our_number, 'claimed', gen_random_uuid(), now(), one.id)
    on conflict do nothing;
    if not found then
        delete from public.call_queue q where q.id = entry;
    end if;
end $$;

create or replace function private.end_code_call(attempt_id uuid, error text) returns void
language sql set search_path = '' as $$
    with ended as (
        update public.call_attempts a set state = 'done', error = coalesce(end_code_call.error, a.error)
         where a.id = attempt_id returning a.call_queue_id, a.call_sid)
    update public.call_queue q
       set status = case when end_code_call.error is null then 'completed' else 'failed' end,
           last_error = end_code_call.error, call_id = coalesce(ended.call_sid, q.call_id)
      from ended where q.id = ended.call_queue_id
$$;

-- claim_verification_calls: kind claim; key token; called by services/dialling/dial
-- Moves due attempts to `dialling`; one whose claimer never came back is `unknown` and is not dialled again.
create function public.claim_verification_calls(token uuid, lease_s double precision, batch int default 4) returns jsonb
language plpgsql set search_path = '' as $$
declare
    due record;
begin
    update public.call_attempts a set state = 'unknown', error = 'claim_ran_out'
     where a.verification_id is not null and a.state = 'dialling' and a.lease_until <= now()
       and a.token <> claim_verification_calls.token;
    for due in
        select a.id, a.to_number, private.code_holds(v) as runs
          from public.call_attempts a join public.verifications v on v.id = a.verification_id
         where a.state = 'claimed' and a.lease_until <= now()
         order by a.created_at limit claim_verification_calls.batch
           for update of a skip locked
    loop
        if not due.runs then
            perform private.end_code_call(due.id, 'code_over');
        elsif not private.may_be_reached(due.to_number, 'calls') then
            perform private.end_code_call(due.id, 'suppressed');
        else
            update public.call_attempts a
               set state = 'dialling', token = claim_verification_calls.token,
                   lease_until = now() + make_interval(secs => lease_s)
             where a.id = due.id;
        end if;
    end loop;
    return jsonb_build_object('calls', coalesce((
        select jsonb_agg(jsonb_build_object(
                   'attempt_id', a.id, 'to_number', a.to_number, 'from_number', a.from_number) order by a.created_at)
          from public.call_attempts a
         where a.token = claim_verification_calls.token and a.state = 'dialling' and a.verification_id is not null), '[]'));
end $$;

-- finish_verification_call: kind claim; key attempt_id + token; called by services/dialling/dial
create function public.finish_verification_call(
    attempt_id uuid, token uuid, outcome text, call_sid text default null, error text default null,
    retry_after_s double precision default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
begin
    perform from public.call_attempts a
      where a.id = attempt_id and a.token = finish_verification_call.token and a.state = 'dialling' for update;
    if not found then
        return jsonb_build_object('result', 'fenced');
    end if;
    case outcome
        when 'placed' then
            -- A status may have told the SID before the answer to our own request came back.
            update public.call_attempts a
               set state = 'placed', call_sid = coalesce(a.call_sid, finish_verification_call.call_sid) where a.id = attempt_id;
        when 'not_sent' then
            update public.call_attempts a
               set state = 'claimed', token = gen_random_uuid(), error = finish_verification_call.error,
                   lease_until = now() + make_interval(secs => coalesce(retry_after_s, 2) * (1 + random()))
             where a.id = attempt_id;
        when 'refused' then
            perform private.end_code_call(attempt_id, coalesce(finish_verification_call.error, 'refused'));
        else
            update public.call_attempts a set state = 'unknown', error = finish_verification_call.error
             where a.id = attempt_id;
    end case;
    return jsonb_build_object('result', 'finished');
end $$;

-- settle_verification_call: kind fact; key attempt_id + status; called by services/verification/read_out (status callback)
-- Our id in the callback's URL finds the attempt, also one of which nobody knew whether it was dialled. Who answered
-- and pressed no key (a voicemail box) has not heard the code: the attempt, its queue entry and the call say so.
create function public.settle_verification_call(attempt_id uuid, call_sid text, status text) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    one public.call_attempts;
begin
    select a.* into one from public.call_attempts a
     where a.id = attempt_id and a.verification_id is not null for update;
    if one.id is null or one.call_sid <> settle_verification_call.call_sid
       or exists (select from public.call_attempts a
                   where a.call_sid = settle_verification_call.call_sid and a.id <> attempt_id) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_attempt');
    end if;
    if one.state = 'done' then
        return jsonb_build_object('result', 'unchanged');
    end if;
    update public.call_attempts a
       set call_sid = settle_verification_call.call_sid,
           state = case when a.state = 'dialling' then a.state else 'placed' end
     where a.id = attempt_id;
    if private.status_rank(status) = 4 then
        perform private.end_code_call(
            attempt_id, case when status <> 'completed' then status when one.heard_at is null then 'not_heard' end);
        update public.call_history c
           set outcome = case when one.heard_at is null then 'code_not_heard' else 'code_heard' end
         where c.call_sid = settle_verification_call.call_sid and status = 'completed';
    end if;
    return jsonb_build_object('result', 'applied');
end $$;

-- hear_verification_call: kind command; key attempt_id; called by services/verification/read_out
-- Somebody has pressed the key: that a code is read to them is noted, and what it is derived from comes back.
create function public.hear_verification_call(attempt_id uuid) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one jsonb := (select public.read_verification(a.verification_id) from public.call_attempts a
                   where a.id = attempt_id and a.verification_id is not null and a.state <> 'done');
begin
    if (one ->> 'running')::boolean then
        update public.call_attempts a set heard_at = now() where a.id = attempt_id and a.heard_at is null;
    end if;
    return coalesce(one, '{}');
end $$;

-- unknown_verification_calls: kind read; key none; called by services/dialling/dial
-- Attempts of which nothing was heard: lost between us and the carrier, or placed and without any status since.
create function public.unknown_verification_calls(older_than_s double precision, page_size int default 20) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object('calls', coalesce((
        select jsonb_agg(jsonb_build_object(
                   'attempt_id', a.id, 'to_number', a.to_number, 'call_sid', a.call_sid, 'state', a.state,
                   'since', a.created_at) order by a.created_at)
          from (select * from public.call_attempts
                 where verification_id is not null and state in ('unknown', 'placed')
                   and updated_at < now() - make_interval(secs => older_than_s)
                 order by created_at limit greatest(1, page_size)) a), '[]'))
$$;

-- claim_verification_sends: kind claim; key token; called by services/verification/send_by_carrier
create function public.claim_verification_sends(token uuid, lease_s double precision, batch int default 4) returns jsonb
language plpgsql set search_path = '' as $$
begin
    update public.verification_sends s set state = 'unknown', error = 'claim_ran_out'
     where s.state = 'sending' and s.lease_until <= now() and s.token <> claim_verification_sends.token;
    update public.verification_sends s
       set state = 'failed',
           error = case when private.code_holds(v) then 'suppressed' else 'code_over' end
      from public.verifications v
     where v.id = s.verification_id and s.state = 'generated' and s.not_before <= now()
       and not (private.code_holds(v)
                and private.may_be_reached(v.phone_number, case s.channel when 'call' then 'calls' else 'texts' end));
    update public.verification_sends s
       set state = 'sending', token = claim_verification_sends.token, lease_until = now() + make_interval(secs => lease_s)
     where s.id in (
        select d.id from public.verification_sends d
         where d.state = 'generated' and d.not_before <= now()
         order by d.created_at limit batch for update skip locked);
    return jsonb_build_object('sends', coalesce((
        select jsonb_agg(jsonb_build_object('send_id', s.id, 'channel', s.channel, 'to_number', v.phone_number)
                         order by s.created_at)
          from public.verification_sends s join public.verifications v on v.id = s.verification_id
         where s.state = 'sending' and s.token = claim_verification_sends.token), '[]'));
end $$;

-- finish_verification_send: kind claim; key send_id + token; called by services/verification/send_by_carrier
create function public.finish_verification_send(
    send_id uuid, token uuid, outcome text, provider_sid text default null, error text default null,
    retry_after_s double precision default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
begin
    update public.verification_sends s
       set state = case outcome when 'sent' then 'sent' when 'refused' then 'failed' when 'not_sent' then 'generated'
                                else 'unknown' end,
           provider_sid = coalesce(finish_verification_send.provider_sid, s.provider_sid),
           error = finish_verification_send.error,
           not_before = case outcome when 'not_sent'
               then now() + make_interval(secs => coalesce(retry_after_s, 2) * (1 + random())) else s.not_before end
     where s.id = send_id and s.token = finish_verification_send.token and s.state = 'sending';
    return jsonb_build_object('result', case when found then 'finished' else 'fenced' end);
end $$;

select private.share_with_service('queue_code_call', 'end_code_call');
select private.grant_to_service(
    'claim_verification_calls', 'finish_verification_call', 'settle_verification_call', 'hear_verification_call',
    'unknown_verification_calls', 'claim_verification_sends', 'finish_verification_send');
