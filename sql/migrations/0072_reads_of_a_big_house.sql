-- What the console reads of somebody who has very many texts, and of campaigns of very many people.

create table public.campaign_figures (
    campaign_id uuid primary key references public.campaigns (id) on delete cascade,
    counted_at timestamptz not null,
    figures jsonb not null,
    created_at timestamptz not null default now()
);
comment on table public.campaign_figures is 'What came of a campaign of many people, as the worker counted it last: too much for each look at its page.';
select private.protect('public.campaign_figures');

-- Made beside the calls that go on; what a run that was stopped left goes first.

-- step: alone
drop index concurrently if exists public.sms_history_user_created_idx;
create index concurrently sms_history_user_created_idx on public.sms_history (user_id, created_at, id);
-- The index before it says the same of ids, which nobody asks for any more.
drop index concurrently if exists public.sms_history_user_id_idx;

-- How many entries are in each state is counted from an index alone. What was never queued is in no list.
drop index concurrently if exists public.call_queue_status_idx;
create index concurrently call_queue_status_idx on public.call_queue (status, created_at, id) where next_attempt_at is not null;
drop index concurrently if exists public.idx_call_queue_status;

-- Entries of members that belong to no organization: few, where there is one.
drop index concurrently if exists public.call_queue_of_nobody_idx;
create index concurrently call_queue_of_nobody_idx on public.call_queue (user_id, status) where organization_id is null;

-- Whether a person had a call with an organization, and when, is seen in the index of the person's calls.
drop index concurrently if exists public.call_history_person_began_idx;
create index concurrently call_history_person_began_idx on public.call_history (user_id, coalesce(started_at, created_at), id)
    include (organization_id, started_at, created_at);
drop index concurrently if exists public.call_history_user_began_idx;
alter index public.call_history_person_began_idx rename to call_history_user_began_idx;
