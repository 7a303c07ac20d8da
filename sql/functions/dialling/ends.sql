-- What an attempt came to, and what becomes of its entry: done, or dialled again.

-- The carrier was not asked: nobody was called, so the entry waits as before, a little longer each time. It expires by
-- itself, or after so many tries that something else is wrong.
create or replace function private.give_back(one public.call_attempts, reason text, retry_after_s double precision) returns void
language plpgsql set search_path = '' as $$
declare
    tries int;
begin
    update public.call_attempts a set state = 'failed', error = 'not_sent', goal_evidence = null, ended_at = clock_timestamp()
     where a.id = one.id;
    select count(*) into tries from public.call_attempts a where a.call_queue_id = one.call_queue_id and a.error = 'not_sent';
    update public.call_queue q
       set status = case when tries < 12 then 'queued' else 'failed' end, last_error = reason,
           next_attempt_at = clock_timestamp() + private.retry_in(tries, retry_after_s)
     where q.id = one.call_queue_id and q.status = 'in-progress';
end $$;

-- What an attempt came to, for the rules of redialling. `failed` without a call: the carrier's lists do not have it.
create or replace function private.talk_outcome(one public.call_attempts) returns text
language sql immutable set search_path = '' as $$
    select case when one.error = 'nobody_told' then 'unknown'
                when one.state = 'failed' then case one.error when 'failed' then 'failed' else 'refused' end
                when coalesce(one.transport_result, 'completed') <> 'completed' then one.transport_result
                when one.answered_by in ('voicemail', 'screener', 'fax', 'unknown') then one.answered_by
                else 'completed' end
$$;

-- An attempt is over. Its entry is done, or waits for the next attempt as the rules of redialling say: of the entry, else
-- of its campaign, else of all. Who said no, or whose number is none, is not dialled again. A talk of which nobody knows who
-- answered took place: the entry is done, unless a rule names `unknown` and nobody said a word.
create or replace function private.after_talk(one public.call_attempts) returns void
language plpgsql set search_path = '' as $$
declare
    came_to constant text := case when private.is_no_number(one) then 'invalid_number' else private.talk_outcome(one) end;
    took_place constant boolean := came_to = 'completed' or came_to = 'unknown' and one.transport_result = 'completed';
    entry public.call_queue;
    wait_s double precision;
    made int;
begin
    select q.* into entry from public.call_queue q where q.id = one.call_queue_id for update;
    if entry.status <> 'in-progress' then
        return;
    end if;
    select count(*) into made from public.call_attempts a
     where a.call_queue_id = entry.id and a.error is distinct from 'not_sent';
    -- A campaign's word holds for all of its people from the moment it is edited.
    if came_to <> 'completed' and not (took_place and private.somebody_spoke(one.call_sid)) and made < coalesce(
           (select c.max_attempts from public.campaigns c where c.id = entry.campaign_id), entry.max_attempts) then
        select (coalesce(entry.redial, c.redial, r.redial) -> came_to
                -> least(made - 1, jsonb_array_length(coalesce(entry.redial, c.redial, r.redial) -> came_to) - 1))::double precision
          into wait_s
          from public.dialling_rules r left join public.campaigns c on c.id = entry.campaign_id where r.scope = 'all';
    end if;
    update public.call_queue q
       set status = case when wait_s is not null then 'queued' when took_place then 'completed' else 'failed' end,
           retry_count = made, call_id = coalesce(one.call_sid, q.call_id),
           last_error = case when took_place and wait_s is null then null when came_to = 'invalid_number' then coalesce(nullif(one.error, 'failed'), came_to)
                             else coalesce(one.error, came_to) end,
           next_attempt_at = case when wait_s is not null then clock_timestamp() + make_interval(secs => wait_s)
                                  else q.next_attempt_at end
     where q.id = entry.id;
end $$;

select private.share_with_service('give_back', 'talk_outcome', 'after_talk');
