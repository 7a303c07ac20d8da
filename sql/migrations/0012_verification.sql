-- Phone verification: what its limits, its calls and its service at the carrier need beside the tables of 0007.

alter table public.verifications add column country text;
-- The last ones of a country, for the share of approvals; and those of a number, to know its codes again.
create index verifications_country_idx on public.verifications (country, created_at);
create index verifications_phone_number_idx on public.verifications (phone_number, created_at);
comment on column public.verifications.country is 'Two letters; null for a number of no country.';

alter table public.call_attempts
    add column verification_id uuid references public.verifications (id) on delete set null;
create index call_attempts_verification_id_idx on public.call_attempts (verification_id);
comment on column public.call_attempts.verification_id is
    'A call that reads out a code. Only such attempts are dialled by the verification loop, and by no other.';

comment on table public.verification_counters is
    'What was used of each limit. Numbers, addresses and prefixes: one row each, whose window slides (window_start is '
    'the epoch). Countries and the whole service: one row a window of the clock.';
comment on column public.verification_counters.members is
    'Of sliding rows the uses, oldest first: [seconds since the epoch, number, country].';

-- Codes that the carrier's own service makes and sends. Committed before it is asked.
create table public.verification_sends (
    id uuid primary key default gen_random_uuid(),
    verification_id uuid not null references public.verifications (id) on delete cascade,
    channel text not null check (channel in ('sms', 'call')),
    state text not null default 'generated' check (state in ('generated', 'sending', 'sent', 'failed', 'unknown')),
    token uuid,
    lease_until timestamptz,
    not_before timestamptz not null default now(),
    provider_sid text,
    error text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index verification_sends_verification_id_idx on public.verification_sends (verification_id);
create index verification_sends_due_idx on public.verification_sends (not_before) where state in ('generated', 'sending');

create unique index api_keys_standing_name_key on public.api_keys (name) where revoked_at is null;
create index api_keys_key_prefix_idx on public.api_keys (key_prefix);

select private.protect('public.verification_sends');
