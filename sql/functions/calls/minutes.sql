-- The minutes of a call that its carrier takes.

-- The minutes of the carrier that a call has begun. What is kept after its end adds none.
create or replace function private.begun_minutes(answered_at timestamptz, ended_at timestamptz) returns int
language plpgsql set search_path = '' as $$
begin
    return ceil(greatest(1, extract(epoch from coalesce(ended_at, clock_timestamp()) - answered_at)) / 60);
end $$;

-- Charges a call that is over with its minutes that nothing was committed in: after the last turn, and in a transfer those of
-- the other leg too. A transfer of which nobody has told yet lasted until the call's end.
create or replace function private.charge_last_minutes(the_call bigint) returns void
language plpgsql set search_path = '' as $$
declare
    calling record;
    more numeric;
begin
    select c.direction, s.minute_usd, s.paid_minutes, private.begun_minutes(c.answered_at, c.ended_at) as minutes,
           coalesce((select sum(ceil(coalesce((t.value ->> 'duration')::numeric, 0) / 60))
                       from jsonb_each(c.call_data -> 'transfers') t), 0) as told_minutes,
           coalesce((select ceil(greatest(0, extract(epoch from c.ended_at - t.finished_at)) / 60)
                       from public.call_turns t
                      where t.call_id = c.id and t.turn = s.turn and t.closing ->> 'kind' = 'transfer'
                        and not coalesce(c.call_data -> 'transfers' ? (s.turn + 1)::text, false)
                        and not exists (select from jsonb_object_keys(c.call_data -> 'transfers') k where k !~ '^[0-9]+$')), 0)
               as untold_minutes into calling
      from public.call_states s join public.call_history c on c.id = s.call_id
     where s.call_id = the_call and s.minute_usd is not null;
    more := calling.minute_usd * (greatest(0, calling.minutes - calling.paid_minutes)
                                  + calling.told_minutes + calling.untold_minutes);
    if more > 0 then
        update public.call_states s
           set spent_usd = s.spent_usd + more, paid_minutes = greatest(s.paid_minutes, calling.minutes)
         where s.call_id = the_call;
        perform private.take_from_purse(the_call, calling.direction, more);
    end if;
end $$;

select private.share_with_service('begun_minutes', 'charge_last_minutes');
