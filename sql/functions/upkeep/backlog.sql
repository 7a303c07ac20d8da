-- What waits, for how long, and whether those who should take it are there: for metrics and `doctor`.

select private.drop_functions('backlog');

-- backlog: kind read; key none; called by services/upkeep/backlog (metrics, doctor)
-- Counts and ages in seconds. `unconfirmed`: texts of two days of which nobody knows whether they were sent.
-- `heartbeat_age_s` is the newest worker's; `rounds_age_s` says when a round was last made, and one is due every 30 s.
-- Both are null if there never was one.
create function public.backlog() returns jsonb
language sql stable set search_path = '' as $$
    with threads as (
        select count(*) as waiting, min(c.waiting_since) as since
          from public.conversations c where c.waiting_since is not null
    ), texts as (
        select count(*) as waiting, min(coalesce(m.not_before, m.created_at)) as since
          from public.sms_history m
         where m.outbox_state = 'generated' and coalesce(m.not_before, m.created_at) <= now()
    ), jobs as (
        select public.job_health() as health
    ), escalations as (
        select count(*) as open, min(e.created_at) as since from public.support_escalations e where e.state = 'open'
    )
    select jsonb_build_object(
        'threads', threads.waiting, 'oldest_thread_s', coalesce(extract(epoch from now() - threads.since), 0),
        'texts', texts.waiting, 'oldest_text_s', coalesce(extract(epoch from now() - texts.since), 0),
        'unconfirmed', (select count(*) from public.sms_history m
                         where m.outbox_state = 'unknown' and m.sending_at > now() - interval '2 days'),
        'open_escalations', escalations.open,
        'oldest_escalation_s', coalesce(extract(epoch from now() - escalations.since), 0),
        'jobs', jobs.health -> 'due', 'oldest_job_s', jobs.health -> 'oldest_due_s',
        'heartbeat_age_s', jobs.health -> 'heartbeat_age_s',
        'rounds_age_s', (select extract(epoch from now()) - max(d.defer_timestamp)
                           from jobs.procrastinate_periodic_defers d where d.task_name = 'sweep_stalled'))
      from threads, texts, jobs, escalations
$$;

select private.grant_to_service('backlog');
