-- Every key that asks for codes has verifications of its own, and what comes in has caps.

drop index public.verifications_running_key;
create unique index verifications_running_key on public.verifications (phone_number, purpose)
    where status = 'pending' and purpose <> 'api';
create unique index verifications_running_for_key on public.verifications (phone_number, api_key_id)
    where status = 'pending' and purpose = 'api';
comment on column public.verifications.api_key_id is
    'The key that asked; nobody else''s request finds the verification. The calls that read the code out are its calls.';

alter table public.verification_counters drop constraint verification_counters_scope_check;
alter table public.verification_counters add constraint verification_counters_scope_check check (
    scope in ('number', 'asker', 'ip', 'prefix', 'country', 'global'));
-- Tries are counted by number and asker from now on.
delete from public.verification_counters where action = 'check' and scope = 'number';

-- --- who may reach us how often -------------------------------------------------------------------

create table public.caller_counters (
    kind text not null check (kind in ('calls', 'texts', 'operator')),
    subject text not null,
    live text[] not null default '{}',
    recent timestamptz[] not null default '{}',
    told timestamptz[] not null default '{}',
    refused integer not null default 0 check (refused >= 0),
    refused_at timestamptz,
    refused_by text,
    moved_at timestamptz not null default now(),
    primary key (kind, subject)
);
create index caller_counters_refused_at_idx on public.caller_counters (refused_at) where refused_at is not null;
comment on table public.caller_counters is
    'What a number or a prefix has used of its caps: one row each, locked while it is looked at and moved.';
comment on column public.caller_counters.subject is
    'A number as it is blocked; a prefix ends in an asterisk. Kind `operator`: the cap that the operator was told of.';
comment on column public.caller_counters.live is 'CallSids; those that are over leave when there seems to be no room.';
comment on column public.caller_counters.recent is 'What was let in within the last hour, oldest first.';
comment on column public.caller_counters.told is 'When somebody was told of the cap, within the last hour.';
comment on column public.caller_counters.refused is 'How many were refused since the row was last without refusals for a day.';

create table public.daily_spending (
    purse text not null check (purse in ('inbound', 'texts')),
    day date not null,
    share smallint not null,
    usd numeric(14, 6) not null default 0 check (usd >= 0),
    primary key (purse, day, share)
);
comment on table public.daily_spending is
    'What calls and answers to texts have cost so far, reckoned as it is used, by the day of UTC. Several rows a day, so that '
    'calls do not wait for each other.';

alter table public.call_states
    add column spent_usd numeric(12, 6) not null default 0,
    add column paid_minutes integer not null default 0;
comment on column public.call_states.spent_usd is 'What the call has cost so far, as the service reckons it.';
comment on column public.call_states.paid_minutes is 'The minutes of the carrier that are in it.';

alter table public.call_history drop constraint call_history_end_reason_check;
alter table public.call_history add constraint call_history_end_reason_check check (end_reason in (
    'caller_hung_up', 'caller_ended', 'bot_ended', 'silence', 'max_duration', 'max_cost', 'transferred', 'model_failed',
    'transport_lost', 'service_failed', 'operator_ended', 'busy', 'no_answer', 'failed', 'canceled', 'superseded',
    'blocked', 'capped'));
comment on column public.call_history.end_reason is
    'Who or what ended the call. From the call: caller_hung_up, caller_ended (pressed # or said goodbye), bot_ended, '
    'silence, max_duration, max_cost, transferred, model_failed, transport_lost, service_failed, operator_ended. '
    'From the carrier: busy, no_answer, failed, canceled. superseded: a newer attempt took its place. '
    'blocked: the caller is one of blocked_callers. capped: one call too many, or the day''s money was spent.';

select private.protect('public.caller_counters', 'public.daily_spending');
