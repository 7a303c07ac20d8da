-- One dial machine for calls that read out a code and calls that talk. A dial has the states that every outbox has.

alter table public.call_attempts drop constraint call_attempts_state_check;
drop index public.call_attempts_live_number_key;
drop index public.call_attempts_lease_until_idx;

alter table public.call_attempts
    alter column token drop not null,
    alter column lease_until drop not null,
    alter column state set default 'generated',
    add column kind text,
    add column account text not null default 'twilio',
    add column send_attempts integer not null default 0 check (send_attempts >= 0),
    add column not_before timestamptz not null default now(),
    add column sending_at timestamptz;

update public.call_queue q set call_id = null where q.call_id like 'none:%';
update public.call_attempts a
   set kind = 'code', send_attempts = case when a.state = 'claimed' then 0 else 1 end,
       not_before = case when a.state = 'claimed' then a.lease_until else a.not_before end,
       state = case when a.state = 'claimed' then 'generated' when a.state = 'dialling' then 'sending'
                    when a.state = 'placed' then 'sent' when a.state = 'unknown' then 'unknown'
                    when a.call_sid is null or a.call_sid like 'none:%' then 'failed' else 'done' end,
       sending_at = case when a.state <> 'claimed' then a.created_at end,
       call_sid = case when a.call_sid not like 'none:%' then a.call_sid end;

alter table public.call_attempts
    alter column kind set not null,
    add constraint call_attempts_kind_check check (kind in ('code', 'talk')),
    add constraint call_attempts_state_check
        check (state in ('generated', 'sending', 'sent', 'unknown', 'failed', 'done')),
    add constraint call_attempts_claim_check
        check (state <> 'sending' or (token is not null and lease_until is not null and sending_at is not null));
-- An attempt that may be ringing blocks the number, also when nobody knows whether it rings.
create unique index call_attempts_live_number_key on public.call_attempts (to_number)
    where state in ('generated', 'sending', 'sent', 'unknown');
create index call_attempts_due_idx on public.call_attempts (account, kind, not_before, id) where state = 'generated';
create index call_attempts_lines_idx on public.call_attempts (account, state)
    where state in ('sending', 'sent', 'unknown');
comment on column public.call_attempts.kind is 'What whoever answers gets: a code that is read out, or a talk.';
comment on column public.call_attempts.account is
    'The name in call_service_providers of the account that dials; its rate and its lines are counted by it.';
comment on column public.call_attempts.state is
    'generated: waits until not_before. sending: the carrier is being asked. sent: the carrier has it; it may ring or '
    'talk. unknown: the carrier may have it. failed: there was no call. done: the call is over.';
comment on column public.call_attempts.send_attempts is 'How often the carrier was asked.';
comment on column public.call_attempts.verification_id is 'Of kind code: whose code is read out.';

-- One row an account: whoever claims dials holds it, so that no two claimers count the same free place.
create table public.dialling_accounts (
    account text primary key check (length(account) between 1 and 100),
    next_dial_at timestamptz not null default '-infinity',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
comment on table public.dialling_accounts is 'When each account of a carrier may be asked for its next dial.';
comment on column public.dialling_accounts.next_dial_at is
    'Moves on by one place of the allowed rate with every dial that is claimed.';
select private.protect('public.dialling_accounts');

-- Requests to the carrier's own service are repeated with a count, too.
alter table public.verification_sends add column send_attempts integer not null default 0 check (send_attempts >= 0);
comment on column public.verification_sends.send_attempts is 'How often the service was asked.';
