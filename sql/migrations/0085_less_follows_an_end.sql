-- Every job of ours says when it is due, and what was once the mark of its making is told by that: two rows and two looks at the
-- job fewer for each. A job that says nothing, as the worker makes them for its rounds, leaves its mark as before.
drop trigger procrastinate_trigger_status_events_insert_v1 on jobs.procrastinate_jobs;
create trigger procrastinate_trigger_status_events_insert_v1 after insert on jobs.procrastinate_jobs
    for each row when (new.status = 'todo' and new.scheduled_at is null)
    execute function jobs.procrastinate_trigger_function_status_events_insert_v1();
drop trigger procrastinate_trigger_scheduled_events_v1 on jobs.procrastinate_jobs;
create trigger procrastinate_trigger_scheduled_events_v1 after update on jobs.procrastinate_jobs
    for each row when (new.scheduled_at is not null and new.status = 'todo')
    execute function jobs.procrastinate_trigger_function_scheduled_events_v1();

-- Whether somebody outside wants to hear of it is looked at before what is to be told is put together.
create or replace function private.tell_call() returns trigger
language plpgsql security definer set search_path = '' set timezone = 'UTC' as $$
begin
    if exists (select from public.webhook_endpoints e where e.active and 'call.ended' = any (e.event_types)) then
        perform private.announce('call.ended', c.public_id::text, jsonb_build_object(
            'call_id', c.public_id, 'call_sid', c.call_sid, 'user_id', c.user_id, 'organization_id', c.organization_id,
            'entry_id', c.call_queue_id, 'direction', c.direction, 'status', c.call_status, 'answered_by', c.answered_by,
            'outcome', c.outcome, 'end_reason', c.end_reason, 'duration_s', c.duration, 'started_at', c.started_at,
            'answered_at', c.answered_at, 'ended_at', c.ended_at))
          from public.call_history c where c.id = new.id;
    end if;
    return null;
end $$;

-- Of a call that somebody made to us there is no attempt.
create or replace function private.note_call_of_number() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if new.direction = 'inbound' then
        return null;
    end if;
    perform private.count_for_number(a.id) from public.call_attempts a
     where a.call_sid = new.call_sid and a.kind = 'talk' and a.state in ('done', 'failed');
    return null;
end $$;

create or replace function private.settle_measured_call() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
    one public.call_attempts;
    billed int;
begin
    if new.direction = 'inbound' then
        return null;
    end if;
    select a.* into one from public.call_attempts a
     where a.call_sid = new.call_sid and a.usage_id is not null and a.held_minutes is not null and a.state = 'done' for update;
    if one.id is not null then
        billed := private.billed_seconds(one.usage_id, new.duration, one.held_minutes);
        perform private.move_usage(one.usage_id, 0, -one.held_minutes, 0, billed);
        update public.call_attempts a set held_minutes = null, billed_s = billed where a.id = one.id;
    end if;
    return null;
end $$;
