-- Mail that leaves, with its fate. A row says to whom, about what and how it went; the words are made from the rows that
-- they speak of when the mail is sent, and are kept nowhere: what a caller said stands in one place only.

create table public.email_notifications (
    id uuid primary key default gen_random_uuid(),
    kind text not null check (kind in ('escalation', 'digest', 'test')),
    to_address text not null check (length(to_address) between 3 and 254),
    subject text not null check (length(subject) between 1 and 200 and subject !~ '[[:cntrl:]]'),
    request_key text not null unique,
    escalation_id uuid references public.support_escalations (id) on delete set null,
    day date,
    state text not null default 'generated' check (state in ('generated', 'sending', 'sent', 'failed', 'unknown')),
    token uuid,
    lease_until timestamptz,
    not_before timestamptz not null default now(),
    attempts integer not null default 0 check (attempts >= 0),
    error text,
    sending_at timestamptz,
    sent_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check ((state = 'sent') = (sent_at is not null)),
    check ((kind = 'digest') = (day is not null))
);
create index email_notifications_due_idx on public.email_notifications (not_before, id)
    where state in ('generated', 'sending');
create index email_notifications_created_at_idx on public.email_notifications (created_at, id);
create index email_notifications_escalation_id_idx on public.email_notifications (escalation_id);
comment on table public.email_notifications is 'Mail that leaves: one row a recipient, committed before the mail server is asked.';
comment on column public.email_notifications.request_key is 'What it is about, and for whom: the same again is the same mail.';
comment on column public.email_notifications.subject is 'Says what kind of thing happened, never what somebody said.';
comment on column public.email_notifications.day is 'Of a digest: the day that it tells of, in the zone of the settings.';
comment on column public.email_notifications.error is 'Why it was not sent, or not yet: the server''s code, or a word of ours.';

-- The figures of one day, out of years: block ranges are enough, since rows are stored in the order of time.
create index sms_history_created_at_idx on public.sms_history using brin (created_at);
create index verifications_created_at_idx on public.verifications using brin (created_at);

select private.protect('public.email_notifications');
