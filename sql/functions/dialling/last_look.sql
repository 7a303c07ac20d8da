-- The last look at a dial, between its claim and the request to the carrier: what has come meanwhile holds.

select private.drop_functions('look_at_dial');

-- look_at_dial: kind read; key attempt_id; called by services/dialling/dial
-- `stands`; or `refused` with the reason: suppressed, canceled; or `late`: its claim has run out, so that whoever holds it
-- has no say any more.
create function public.look_at_dial(attempt_id uuid) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce((
        select case when a.state <> 'sending' or a.lease_until <= clock_timestamp() then '{"result": "late"}'::jsonb
                    when not private.may_be_reached(a.to_number, 'calls') then '{"result": "refused", "code": "suppressed"}'
                    when q.status = 'canceled' then '{"result": "refused", "code": "canceled"}'
                    else '{"result": "stands"}' end
          from public.call_attempts a join public.call_queue q on q.id = a.call_queue_id
         where a.id = look_at_dial.attempt_id), '{"result": "late"}')
$$;

select private.grant_to_service('look_at_dial');
