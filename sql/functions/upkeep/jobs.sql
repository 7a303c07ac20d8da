-- Background jobs: making them, finding those whose worker died, and saying how they are.

select private.drop_functions('hint_workers', 'sweep_stalled_jobs', 'job_health');
drop function if exists jobs.defer, jobs.defer_all;
drop function if exists jobs.sweep_stalled;

-- jobs.defer: kind command; key queueing_lock; called by other SQL functions
-- Makes a job in the caller's transaction; no job is seen before that commits. Arguments are logged: ids only.
-- With a queueing_lock there is at most one waiting job of that name, whose id is returned instead of a second one.
create function jobs.defer(
    task text, args jsonb, scheduled_at timestamptz default null, lock_key text default null,
    queueing_lock text default null, queue text default 'default'
) returns bigint
language plpgsql set search_path = jobs, pg_temp as $$
declare
    wanted procrastinate_job_to_defer_v1;
begin
    wanted := row(queue, task, 0, lock_key, queueing_lock, coalesce(args, '{}'), coalesce(scheduled_at, now()));
    if queueing_lock is null then
        return (procrastinate_defer_jobs_v1(array[wanted]))[1];
    end if;
    begin
        return (procrastinate_defer_jobs_v1(array[wanted]))[1];
    exception when unique_violation then
        -- null when a worker took the waiting job this very moment; it then does what was asked for.
        return (select id from procrastinate_jobs j where j.queueing_lock = defer.queueing_lock and j.status = 'todo');
    end;
end $$;

-- jobs.defer_all: kind command; key none; called by other SQL functions
-- Several jobs of the same arguments at once, each due at the moment in its place; a task that is null is none.
create function jobs.defer_all(tasks text[], args jsonb, due timestamptz[]) returns void
language plpgsql set search_path = jobs, pg_temp as $$
begin
    perform procrastinate_defer_jobs_v1(array_agg(
        row('default', t.task, 0, null, null, args, t.at)::procrastinate_job_to_defer_v1))
       from unnest(tasks, due) t (task, at) where t.task is not null;
end $$;

-- jobs.sweep_stalled: kind command; key none; called by sweep_stalled_jobs
create function jobs.sweep_stalled(heartbeat_limit_s double precision, max_attempts int) returns jsonb
language plpgsql set search_path = jobs, pg_temp as $$
declare
    stalled record;
    again jsonb := '[]';
    given_up jsonb := '[]';
begin
    for stalled in
        select j.id, j.task_name, j.attempts + 1 as attempts
          from procrastinate_jobs j left join procrastinate_workers w on w.id = j.worker_id
         where j.status = 'doing'
           and (w.id is null or w.last_heartbeat < now() - make_interval(secs => heartbeat_limit_s))
         order by j.id
           for update of j skip locked
    loop
        if stalled.attempts >= max_attempts then
            perform procrastinate_finish_job_v1(stalled.id, 'failed', false);
            given_up := given_up || to_jsonb(stalled);
        else
            -- A job that kills its worker comes back ever later, so that its neighbours get their turn.
            perform procrastinate_retry_job_v2(
                stalled.id, now() + make_interval(secs => power(2, stalled.attempts) * (0.5 + random() / 2)),
                null, null, null);
            again := again || to_jsonb(stalled);
        end if;
    end loop;
    return jsonb_build_object('retried', again, 'failed', given_up);
end $$;

-- sweep_stalled_jobs: kind command; key none; called by the worker every 30 s
create function public.sweep_stalled_jobs(heartbeat_limit_s double precision default 60, max_attempts int default 5)
returns jsonb
language sql set search_path = '' as $$
    select jobs.sweep_stalled(heartbeat_limit_s, max_attempts)
$$;

-- hint_workers: kind command; key none; called by processes that made work, after commit and at most 10 times a second
create function public.hint_workers() returns jsonb
language plpgsql set search_path = '' as $$
begin
    perform pg_notify('procrastinate_any_queue_v1', '{"type": "job_inserted", "job_id": 0}');
    return '{"result": "hinted"}';
end $$;

-- job_health: kind read; key none; called by health, backlog
create function public.job_health() returns jsonb
language sql stable set search_path = '' as $$
    with waiting as (
        select count(*) filter (where scheduled_at is null or scheduled_at <= now()) as due,
               count(*) filter (where scheduled_at > now()) as later,
               min(id) filter (where scheduled_at is null) as first_unscheduled,
               min(scheduled_at) filter (where scheduled_at <= now()) as first_scheduled
          from jobs.procrastinate_jobs where status = 'todo'
    ), due_since as (
        select least(waiting.first_scheduled, min(e.at)) as at
          from waiting left join jobs.procrastinate_events e on e.job_id = waiting.first_unscheduled and e.type = 'deferred'
         group by waiting.first_scheduled
    ), heartbeats as (
        select count(*) as workers, max(last_heartbeat) as latest from jobs.procrastinate_workers
    )
    select jsonb_build_object(
        'due', waiting.due, 'later', waiting.later,
        'oldest_due_s', coalesce(extract(epoch from now() - due_since.at), 0),
        'running', (select count(*) from jobs.procrastinate_jobs where status = 'doing'),
        'failed', (select count(*) from jobs.procrastinate_jobs where status = 'failed'),
        'workers', heartbeats.workers,
        'heartbeat_age_s', extract(epoch from now() - heartbeats.latest))
      from waiting, due_since, heartbeats
$$;

revoke all on function jobs.defer, jobs.defer_all, jobs.sweep_stalled from public, anon, authenticated;
grant execute on function jobs.defer, jobs.defer_all, jobs.sweep_stalled to service_role;
revoke all on function public.sweep_stalled_jobs, public.hint_workers, public.job_health from public, anon, authenticated;
grant execute on function public.sweep_stalled_jobs, public.hint_workers, public.job_health to service_role;
