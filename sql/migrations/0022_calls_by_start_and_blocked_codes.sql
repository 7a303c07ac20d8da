-- Lists of calls go by when a call began, not by when its row was made: what reconciliation finds late stands where it
-- belongs. A call that nobody saw begin stands at its row's own time.

create index call_history_began_idx on public.call_history ((coalesce(started_at, created_at)), id);
create index call_history_user_began_idx on public.call_history (user_id, (coalesce(started_at, created_at)), id);
create index call_history_organization_began_idx
    on public.call_history (organization_id, (coalesce(started_at, created_at)), id);
create index call_history_number_began_idx on public.call_history (phone_number, (coalesce(started_at, created_at)), id);

-- The lists by id that these replace.
drop index public.idx_user_call_history_user_id;
drop index public.call_history_organization_id_idx;

-- A code that was asked for and not sent: whoever asks is not told, but the operator has to be able to find out.
alter table public.verifications
    add column blocked text check (blocked in ('country', 'line', 'own_number', 'suppressed')),
    add column blocked_at timestamptz;
create index verifications_blocked_idx on public.verifications (blocked_at) where blocked is not null;
comment on column public.verifications.blocked is
    'Why nothing was sent when the code was last asked for: the country is not allowed, the kind of line gets none, the '
    'number is ours, or somebody asked to be left alone.';
