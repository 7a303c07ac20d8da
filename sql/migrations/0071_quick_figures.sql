-- What a month came to is added up from an index alone, however wide a call or a text is.
-- Made beside the calls that go on; what a run that was stopped left goes first.

-- step: alone
drop index concurrently if exists public.call_history_figures_idx;
create index concurrently call_history_figures_idx on public.call_history (coalesce(started_at, created_at))
    include (started_at, created_at, organization_id, direction, price_unit, duration, cost, price);
drop index concurrently if exists public.sms_history_figures_idx;
create index concurrently sms_history_figures_idx on public.sms_history (created_at) include (user_id, direction, price_unit, price);

-- What is due next, whosever it is: the page of the queue says what holds it back.
drop index concurrently if exists public.call_queue_next_of_all_idx;
create index concurrently call_queue_next_of_all_idx on public.call_queue (next_attempt_at)
    where status = 'queued' and next_attempt_at is not null;
