-- Codes on their way by other roads than a text of ours: calls that read them out, and the carrier's own service.

select private.drop_functions(
    'read_verification_call', 'hear_verification_call', 'claim_verification_sends', 'finish_verification_send');

-- The call that reads a code out. A number that may be ringing already hears the code that holds when it answers, so
-- nothing is lost.
create or replace function private.queue_code_call(one public.verifications, our_number text) returns void
language plpgsql set search_path = '' as $$
declare
    entry uuid;
begin
    if exists (select from public.call_attempts a
                where private.person_number(a.to_number) = one.phone_number and a.state in ('generated', 'sending', 'sent', 'unknown')) then
        return;
    end if;
    insert into public.call_queue (user_id, recipient_number, status, max_attempts, api_key_id)
    values ((public.ensure_user(one.phone_number) ->> 'user_id')::uuid, coalesce(one.to_number, one.phone_number), 'in-progress', 1,
            one.api_key_id)
    returning id into entry;
    if private.add_dial(entry, 'code', coalesce(one.to_number, one.phone_number), our_number, one.id) is null then
        delete from public.call_queue q where q.id = entry;
    end if;
end $$;

-- hear_verification_call: kind command; key attempt_id; called by services/verification/read_out
-- Somebody has pressed the key: that a code is read to them is noted, and what it is derived from comes back.
create function public.hear_verification_call(attempt_id uuid) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one jsonb := (select public.read_verification(a.verification_id) from public.call_attempts a
                   where a.id = attempt_id and a.kind = 'code' and a.state not in ('failed', 'done'));
begin
    if (one ->> 'running')::boolean then
        update public.call_attempts a set heard_at = now() where a.id = attempt_id and a.heard_at is null;
    end if;
    return coalesce(one, '{}');
end $$;

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
       set state = 'sending', token = claim_verification_sends.token, send_attempts = s.send_attempts + 1,
           lease_until = now() + make_interval(secs => lease_s)
     where s.id in (
        select d.id from public.verification_sends d
         where d.state = 'generated' and d.not_before <= now()
         order by d.created_at limit batch for update skip locked);
    return jsonb_build_object('sends', coalesce((
        select jsonb_agg(jsonb_build_object('send_id', s.id, 'channel', s.channel, 'language', v.language, 'to_number', case s.channel
                   when 'call' then coalesce(v.to_number, v.phone_number) else v.phone_number end)
                         order by s.created_at)
          from public.verification_sends s join public.verifications v on v.id = s.verification_id
         where s.state = 'sending' and s.token = claim_verification_sends.token), '[]'));
end $$;

-- finish_verification_send: kind claim; key send_id + token; called by services/verification/send_by_carrier
-- A request that was not sent is tried again, twelve times in all.
create function public.finish_verification_send(
    send_id uuid, token uuid, outcome text, provider_sid text default null, error text default null,
    retry_after_s double precision default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
begin
    update public.verification_sends s
       set state = case when outcome = 'sent' then 'sent' when outcome = 'not_sent' and s.send_attempts < 12 then 'generated'
                        when outcome in ('refused', 'not_sent') then 'failed' else 'unknown' end,
           provider_sid = coalesce(finish_verification_send.provider_sid, s.provider_sid),
           error = finish_verification_send.error,
           not_before = case when outcome = 'not_sent' then now() + private.retry_in(s.send_attempts, retry_after_s)
                             else s.not_before end
     where s.id = send_id and s.token = finish_verification_send.token and s.state = 'sending';
    return jsonb_build_object('result', case when found then 'finished' else 'fenced' end);
end $$;

select private.share_with_service('queue_code_call');
select private.grant_to_service(
    'hear_verification_call', 'claim_verification_sends', 'finish_verification_send');
