-- What is kept for a while only: the receipts of webhooks, what was told to listeners, statuses of texts that never
-- appeared, and jobs that failed for good. What a webhook said, and the names that repeated deliveries are known by, stand
-- in the tables that it changed.

select private.drop_functions('sweep_records');
drop function if exists jobs.sweep_ended;

-- jobs.sweep_ended: kind command; key none; called by sweep_records
-- Jobs that ended well leave at once. A round that failed is made anew, and would otherwise be counted for ever.
create function jobs.sweep_ended(days double precision, batch int) returns int
language plpgsql set search_path = jobs, pg_temp as $$
declare
    gone int;
begin
    delete from procrastinate_jobs j
     where j.id in (
         select o.id from procrastinate_jobs o
          where o.status in ('failed', 'cancelled', 'aborted')
            and not exists (select from procrastinate_events e
                             where e.job_id = o.id and e.at > now() - make_interval(secs => sweep_ended.days * 86400))
          order by o.id limit sweep_ended.batch
            for update skip locked);
    get diagnostics gone = row_count;
    return gone;
end $$;
revoke all on function jobs.sweep_ended from public, anon, authenticated;
grant execute on function jobs.sweep_ended to service_role;

-- sweep_records: kind command; key none; called by the worker every hour
-- Takes away at most `batch` rows of each table, the oldest first; returns how many. `parked_days` must exceed the time
-- in which a text of ours may still be given its name, which is two days.
create function public.sweep_records(
    webhook_days double precision default 90, event_days double precision default 90,
    parked_days double precision default 7, job_days double precision default 30, batch int default 5000
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    receipts int;
    told int;
    parked int;
begin
    delete from public.webhook_events w
     where w.id in (select o.id from public.webhook_events o
                     where o.received_at < now() - make_interval(secs => sweep_records.webhook_days * 86400)
                     order by o.received_at limit sweep_records.batch);
    get diagnostics receipts = row_count;
    -- By id, which has the order of time: there is no index on the time.
    delete from public.events e
     where e.id in (select o.id from (select x.id, x.created_at from public.events x order by x.id
                                       limit sweep_records.batch) o
                     where o.created_at < now() - make_interval(secs => sweep_records.event_days * 86400));
    get diagnostics told = row_count;
    delete from public.parked_statuses p
     where (p.message_sid, p.status) in (
               select o.message_sid, o.status from public.parked_statuses o
                where o.created_at < now() - make_interval(secs => sweep_records.parked_days * 86400)
                order by o.created_at limit sweep_records.batch);
    get diagnostics parked = row_count;
    delete from private.erased_names e
     where e.name in (select o.name from private.erased_names o
                       where o.erased_at < now() - interval '90 days' order by o.erased_at limit sweep_records.batch);
    -- Callers who hung up before they were done.
    delete from public.call_speculations g where g.begun_at < now() - interval '10 minutes';
    return jsonb_build_object(
        'webhook_events', receipts, 'events', told, 'parked_statuses', parked,
        'jobs', jobs.sweep_ended(sweep_records.job_days, sweep_records.batch));
end $$;

select private.grant_to_service('sweep_records');
