-- Which of our numbers calls somebody, how each of them is answered, and what is wrong with the dialling.

-- --- where our numbers are at home --------------------------------------------------------------------

alter table public.provider_phone_numbers
    add column country text check (country ~ '^[A-Z]{2}$'),
    add column area_prefixes text[],
    add column region_prefixes text[];
comment on column public.provider_phone_numbers.area_prefixes is 'How the numbers of its area code begin, in E.164.';
comment on column public.provider_phone_numbers.region_prefixes is 'How the numbers of its state or province begin.';
update public.provider_phone_numbers n set area_prefixes = array['+' || n.country_code || n.area_code]
 where n.country_code <> '' and n.area_code <> '';

alter table public.dialling_accounts
    add column caller_number text,
    add column caller_country text check (caller_country ~ '^[A-Z]{2}$');
comment on column public.dialling_accounts.caller_number is 'Where its calls come from unless something else is better; its dialler tells it.';

-- --- who is called from where ---------------------------------------------------------------------------

create table public.caller_bindings (
    person text not null,
    account text not null check (length(account) between 1 and 100),
    number text not null,
    replaced text,
    replaced_at timestamptz,
    created_at timestamptz not null default now(),
    primary key (person, account)
);
create index caller_bindings_number_idx on public.caller_bindings (number);
comment on table public.caller_bindings is 'The number from which a person was called first, over all campaigns: they know it again.';
comment on column public.caller_bindings.replaced is 'The number that was theirs before: it is red, or gone.';

-- --- how our numbers are answered ------------------------------------------------------------------------

create table public.number_days (
    number text not null,
    day date not null,
    dials integer not null default 0,
    answers integer not null default 0,
    short_answers integer not null default 0,
    busy integer not null default 0,
    declined integer not null default 0,
    blocked integer not null default 0,
    created_at timestamptz not null default now(),
    primary key (number, day)
);
comment on table public.number_days is 'What came of the talks that one of our numbers dialled on a day (UTC); kept as they are settled.';
comment on column public.number_days.dials is 'Telephones that rang or could have rung; a number that is none is in no figure.';
comment on column public.number_days.answers is 'A person picked up; a mailbox is none.';
comment on column public.number_days.short_answers is 'Answers that the person ended within six seconds.';
comment on column public.number_days.declined is 'SIP 603 and 607: the telephone, its owner or the network said no.';
comment on column public.number_days.blocked is 'SIP 608: an analytics service of the network rejected the call.';

create table public.number_health (
    number text primary key,
    red_at timestamptz,
    red_day date,
    red_dials integer,
    red_rate double precision,
    usual_rate double precision,
    cleared_at timestamptz,
    cleared_day date,
    cleared_reason text check (length(cleared_reason) between 1 and 500),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index number_health_red_idx on public.number_health (number) where red_at is not null;
comment on table public.number_health is 'Numbers of ours that are red, or were: a red one is chosen for nobody.';
comment on column public.number_health.usual_rate is 'Part of its calls that was answered in the fourteen days before it became red.';
comment on column public.number_health.cleared_day is 'What came until this day does not make it red again.';

alter table public.call_attempts
    add column caller_choice text check (caller_choice in (
        'named', 'bound', 'area', 'region', 'country', 'default', 'other', 'instead_of_red', 'instead_of_gone')),
    add column counted_as text check (counted_as in (
        'answered', 'short', 'machine', 'no_answer', 'busy', 'declined', 'blocked'));
comment on column public.call_attempts.caller_choice is 'Why it comes from this number of ours.';
comment on column public.call_attempts.counted_as is 'What it counts as among the calls of its number; null: as nothing.';

-- The functions come last: until then calls that end are in no figure, where a trigger that called nothing would have let none end.
create function private.count_for_number(attempt_id uuid) returns void
language plpgsql set search_path = '' as $$
begin
end $$;
revoke execute on function private.count_for_number(uuid) from public;

-- Looked at when the transaction commits: until then the row may still change, and nobody waits for the number's figures.
create function private.note_outcome_of_number() returns trigger
language plpgsql set search_path = '' as $$
begin
    perform private.count_for_number(new.id);
    return null;
end $$;
create constraint trigger note_outcome_of_number
    after update of state, answered_by, transport_result on public.call_attempts deferrable initially deferred
    for each row when (new.kind = 'talk' and new.state in ('done', 'failed'))
    execute function private.note_outcome_of_number();

-- How long it lasted and how it was refused stand at the call, and may be told after the attempt is over.
create function private.note_call_of_number() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    perform private.count_for_number(a.id) from public.call_attempts a
     where a.call_sid = new.call_sid and a.kind = 'talk' and a.state in ('done', 'failed');
    return null;
end $$;
create constraint trigger note_call_of_number
    after update of duration, sip_response_code, end_reason on public.call_history deferrable initially deferred
    for each row when (new.ended_at is not null
        and (new.duration, new.sip_response_code, new.end_reason) is distinct from (old.duration, old.sip_response_code, old.end_reason))
    execute function private.note_call_of_number();
revoke execute on function private.note_outcome_of_number(), private.note_call_of_number() from public;

-- --- incidents --------------------------------------------------------------------------------------------

alter table public.dialling_lanes add column last_dial_at timestamptz;
comment on column public.dialling_lanes.last_dial_at is 'When an entry of it was last taken.';

create function private.note_dial_of_lane() returns trigger
language plpgsql set search_path = '' as $$
begin
    update public.dialling_lanes l set last_dial_at = t.at
      from (select coalesce(n.campaign_id, n.user_id) as lane, max(n.sending_at) as at
              from new_rows n where n.kind = 'talk' group by 1) t
     where l.lane = t.lane;
    return null;
end $$;
revoke execute on function private.note_dial_of_lane() from public;
create trigger note_dial_of_lane after insert on public.call_attempts
    referencing new table as new_rows for each statement execute function private.note_dial_of_lane();

-- When a call of a subject last ended: what was full a moment ago could not have been claimed.
alter table public.dialling_load add column freed_at timestamptz;
create or replace function private.move_dialling_load(moves jsonb) returns void
language plpgsql set search_path = '' as $$
begin
    if moves is null then
        return;
    end if;
    insert into public.dialling_load (subject) select k.subject from jsonb_object_keys(moves) k (subject) on conflict do nothing;
    -- In one order always, so that two of these never wait for each other.
    perform from public.dialling_load l where l.subject in (select jsonb_object_keys(moves)) order by l.subject for update;
    update public.dialling_load l
       set calls = l.calls + (m.moved)::int, freed_at = case when (m.moved)::int < 0 then clock_timestamp() else l.freed_at end
      from jsonb_each_text(moves) m (subject, moved)
     where l.subject = m.subject;
end $$;

create table public.incidents (
    id uuid primary key default gen_random_uuid(),
    kind text not null check (kind in ('not_claimed', 'stalled', 'breaker_open', 'number_red', 'no_worker')),
    subject text not null check (length(subject) between 1 and 200),
    reason text not null check (length(reason) between 1 and 500),
    opened_at timestamptz not null,
    closed_at timestamptz,
    told_at timestamptz,
    created_at timestamptz not null default now(),
    check (closed_at >= opened_at)
);
create unique index incidents_open_key on public.incidents (kind, subject) where closed_at is null;
create index incidents_opened_idx on public.incidents (opened_at desc, id desc);
create index incidents_untold_idx on public.incidents (opened_at) where told_at is null and closed_at is null;
comment on table public.incidents is 'What was wrong with the dialling, since when and until when: opened once, closed when its cause is over.';
comment on column public.incidents.subject is 'What it is about: a number of ours, a campaign, a provider, the queue, the worker.';
comment on column public.incidents.told_at is 'When the operator was told; null: not yet, or nobody could be told.';

create function private.tell_incident() returns trigger
language plpgsql set search_path = '' set timezone = 'UTC' as $$
begin
    perform private.announce(
        case when i.closed_at is null then 'incident.opened' else 'incident.closed' end, i.id::text, jsonb_build_object(
            'incident_id', i.id, 'kind', i.kind, 'subject', i.subject, 'reason', i.reason, 'opened_at', i.opened_at,
            'closed_at', i.closed_at, 'user_id', null))
      from (select new.*) i;
    return null;
end $$;
revoke execute on function private.tell_incident() from public;
create trigger tell_new_incident after insert on public.incidents for each row execute function private.tell_incident();
create trigger tell_closed_incident after update of closed_at on public.incidents
    for each row when (new.closed_at is not null and old.closed_at is null) execute function private.tell_incident();

select private.protect('public.caller_bindings', 'public.number_days', 'public.number_health', 'public.incidents');
