-- The queue of calls that talk: what an entry may say, the rules that decide when it is dialled, and what is counted.

-- --- campaigns --------------------------------------------------------------------------------------

create table public.campaigns (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id) on delete cascade,
    api_key_id uuid references public.api_keys (id) on delete set null,
    name text not null check (length(name) between 1 and 200),
    state text not null default 'draft' check (state in ('draft', 'running', 'paused', 'canceled', 'done')),
    purpose text not null default 'service' check (purpose in ('asked_for', 'service', 'marketing')),
    template_id uuid references public.call_templates (id) on delete set null,
    time_window jsonb check (jsonb_typeof(time_window) = 'object'),
    concurrent integer check (concurrent > 0),
    calls_per_second double precision check (calls_per_second > 0),
    redial jsonb check (jsonb_typeof(redial) = 'object'),
    max_attempts integer not null default 3 check (max_attempts between 1 and 20),
    revision bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index campaigns_user_id_idx on public.campaigns (user_id);
create index campaigns_api_key_id_idx on public.campaigns (api_key_id);
create index campaigns_template_id_idx on public.campaigns (template_id);
comment on table public.campaigns is 'Calls to many people under common rules; what is edited holds from the next claim on.';
comment on column public.campaigns.time_window is 'Calling hours of its own, as calling_hours.week; null: those of the country.';
comment on column public.campaigns.concurrent is 'Calls of it that may be under way at once; null: as many as the account may.';
select private.protect('public.campaigns');

-- --- entries ----------------------------------------------------------------------------------------

-- End users write numbers, and a column is made of them.
grant execute on function private.person_number(text) to authenticated;
alter table public.call_queue
    add column purpose text not null default 'service' check (purpose in ('asked_for', 'service', 'marketing')),
    add column from_number_id uuid references public.provider_phone_numbers (id) on delete set null,
    add column country text check (country ~ '^[A-Z]{2}$'),
    add column number_type text,
    add column zones text[],
    add column checked_at timestamptz,
    add column hours_lifted text check (length(hours_lifted) between 1 and 500),
    add column redial jsonb check (jsonb_typeof(redial) = 'object'),
    add column request jsonb,
    add column person text generated always as (private.person_number(recipient_number)) stored,
    add column lane uuid generated always as (coalesce(campaign_id, user_id)) stored,
    add foreign key (campaign_id) references public.campaigns (id) on delete cascade;
create index call_queue_campaign_id_idx on public.call_queue (campaign_id, id);
create index call_queue_from_number_id_idx on public.call_queue (from_number_id);
-- A claim reads the first due entries of a lane, the most urgent first, and finds out when a lane has the next one.
create index call_queue_due_idx on public.call_queue (lane, priority desc, next_attempt_at, id)
    where status = 'queued' and checked_at is not null;
create index call_queue_next_idx on public.call_queue (lane, next_attempt_at) where status = 'queued' and checked_at is not null;
create index call_queue_unchecked_idx on public.call_queue (created_at, id) where status = 'queued' and checked_at is null;
create index call_queue_newest_idx on public.call_queue (created_at, id) where next_attempt_at is not null;
create index call_queue_expiry_idx on public.call_queue (not_after) where status = 'queued' and not_after is not null;
comment on column public.call_queue.purpose is
    'Which consent it needs: none of its own for a call that the person asked for, `calls` for service, `marketing`.';
comment on column public.call_queue.from_number_id is 'Which of our numbers the call comes from; null: the service chooses.';
comment on column public.call_queue.zones is 'Time zones that the number may be in; the worker works them out. All of them count.';
comment on column public.call_queue.checked_at is 'When the worker looked at number and variables; nothing unchecked is dialled.';
comment on column public.call_queue.hours_lifted is 'Why an operator let this entry be dialled at any hour; null: calling hours hold.';
comment on column public.call_queue.redial is
    'Seconds to wait before each further attempt, by outcome: {"busy": [300, 1800]}; null: the campaign''s, or the rules''.';
comment on column public.call_queue.request is 'What request_key was used for: the same key with another request is refused.';
comment on column public.call_queue.person is 'The number in its one form: caps, holds, stops and consents are a person''s, however the number is written.';
comment on column public.call_queue.lane is 'Who shares the lines: a campaign, or the account of a single call.';
comment on column public.call_queue.next_attempt_at is
    'Not looked at before; a claim that finds an entry outside its hours moves it to when they begin.';
comment on column public.call_queue.time_window is
    'Calling hours of its own, as calling_hours.week; null: those of the campaign, or of the country.';

-- --- attempts ---------------------------------------------------------------------------------------

alter table public.call_attempts
    add column campaign_id uuid references public.campaigns (id) on delete set null,
    add column user_id uuid references auth.users (id) on delete set null,
    add column variables jsonb,
    add column voice_id uuid references public.voice_options (id) on delete set null,
    add column transport_result text check (transport_result in ('completed', 'busy', 'no-answer', 'failed', 'canceled')),
    add column answered_by text check (answered_by in ('human', 'voicemail', 'screener', 'fax', 'unknown')),
    add column goal text check (goal in ('reached', 'not_reached', 'unknown')),
    add column goal_evidence text,
    add column ended_at timestamptz,
    add column deadline timestamptz,
    add column absent_at timestamptz;
create index call_attempts_campaign_id_idx on public.call_attempts (campaign_id);
create index call_attempts_user_id_idx on public.call_attempts (user_id);
create index call_attempts_voice_id_idx on public.call_attempts (voice_id);
create index call_attempts_person_idx on public.call_attempts (private.person_number(to_number), sending_at) where kind = 'talk';
create index call_attempts_deadline_idx on public.call_attempts (deadline) where state in ('sent', 'unknown');
create index call_attempts_lease_idx on public.call_attempts (account, lease_until) where state = 'sending';
comment on column public.call_attempts.transport_result is 'What the carrier made of it; apart from who answered, and from what came of it.';
comment on column public.call_attempts.answered_by is 'Who answered, as far as known.';
comment on column public.call_attempts.goal is 'Whether the call reached what it was made for.';
comment on column public.call_attempts.goal_evidence is 'What was said that proves it.';
comment on column public.call_attempts.deadline is 'By then somebody has to have told what became of it; later it is ended without.';
comment on column public.call_attempts.absent_at is 'When the carrier''s list first lacked it; it is believed the second time.';
update public.call_attempts set deadline = coalesce(sending_at, created_at) + interval '24 hours' where state in ('sending', 'sent', 'unknown');

-- --- rules and what is counted ----------------------------------------------------------------------

create table public.calling_hours (
    country text primary key check (country = '*' or country ~ '^[A-Z]{2}$'),
    week jsonb not null check (jsonb_typeof(week) = 'object'),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
comment on table public.calling_hours is 'When people of a country may be called, by their own clocks; `*` holds where a country has none.';
comment on column public.calling_hours.week is '{"mon": [["08:00", "21:00"]], …}: from, until (excluded), at most 24:00; a day that is absent is closed.';
insert into public.calling_hours (country, week)
select '*', jsonb_object_agg(d, '[["08:00", "21:00"]]'::jsonb)
  from unnest(array['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']) d;

create table public.dialling_rules (
    scope text primary key check (length(scope) between 1 and 100),
    person_calls_per_day integer not null default 1 check (person_calls_per_day > 0),
    person_calls_per_week integer not null default 3 check (person_calls_per_week > 0),
    reserved_for_inbound_percent integer not null default 20 check (reserved_for_inbound_percent between 0 and 90),
    user_concurrent integer check (user_concurrent > 0),
    redial jsonb not null default '{"busy": [300, 1800], "no-answer": [3600, 14400], "voicemail": [14400], "failed": [600]}'
        check (jsonb_typeof(redial) = 'object'),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
comment on table public.dialling_rules is 'What holds for every call that talks, unless an entry or its campaign says otherwise.';
comment on column public.dialling_rules.scope is '`all`: everybody''s.';
comment on column public.dialling_rules.person_calls_per_day is 'How many entries may call one person on one day of theirs; redials of an entry do not count.';
comment on column public.dialling_rules.reserved_for_inbound_percent is 'Part of an account''s lines that no dial takes, at least one line.';
insert into public.dialling_rules (scope) values ('all');

create table public.dialling_load (
    subject text primary key,
    calls integer not null default 0 check (calls >= 0),
    created_at timestamptz not null default now()
);
comment on table public.dialling_load is
    'Calls under way that we dialled, of an account, a campaign, a user: `account:…`, `campaign:…`, `user:…`; kept by a trigger.';

create table public.dialling_lanes (
    lane uuid primary key,
    due_at timestamptz not null,
    turn double precision not null default 0,
    next_dial_at timestamptz not null default '-infinity',
    created_at timestamptz not null default now()
);
create index dialling_lanes_due_at_idx on public.dialling_lanes (due_at);
comment on table public.dialling_lanes is 'Who has entries, and whose turn it is: lanes share the lines evenly.';
comment on column public.dialling_lanes.due_at is 'No entry of the lane is due before.';
comment on column public.dialling_lanes.turn is 'Grows with each dial; the lowest one is next.';

create table public.held_people (
    phone_number text primary key,
    until timestamptz not null,
    reason text not null check (length(reason) between 1 and 500),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
comment on table public.held_people is 'People who are not called before a date, whatever waits for them.';

select private.protect('public.calling_hours', 'public.dialling_rules', 'public.dialling_load', 'public.dialling_lanes', 'public.held_people');

-- Calls under way, counted where they change: no claim counts rows.
create function private.subjects_of(one public.call_attempts) returns text[]
language sql immutable set search_path = '' as $$
    select case when one.state in ('sending', 'sent', 'unknown') then array_remove(
        array['account:' || one.account, 'campaign:' || one.campaign_id, 'user:' || one.user_id], null) else '{}' end
$$;

create function private.move_dialling_load(moves jsonb) returns void
language plpgsql set search_path = '' as $$
begin
    if moves is null then
        return;
    end if;
    insert into public.dialling_load (subject) select k.subject from jsonb_object_keys(moves) k (subject) on conflict do nothing;
    -- In one order always, so that two of these never wait for each other.
    perform from public.dialling_load l where l.subject in (select jsonb_object_keys(moves)) order by l.subject for update;
    update public.dialling_load l set calls = l.calls + (m.moved)::int from jsonb_each_text(moves) m (subject, moved)
     where l.subject = m.subject;
end $$;

create function private.count_new_dials() returns trigger
language plpgsql set search_path = '' as $$
begin
    perform private.move_dialling_load((
        select jsonb_object_agg(s.subject, s.moved) from (
            select u.subject, count(*) as moved from new_rows n, unnest(private.subjects_of(n)) u (subject)
             group by u.subject) s));
    return null;
end $$;

create function private.count_changed_dials() returns trigger
language plpgsql set search_path = '' as $$
begin
    perform private.move_dialling_load((
        select jsonb_object_agg(s.subject, s.moved) from (
            select u.subject, sum(u.moved) as moved from (
                select unnest(private.subjects_of(n)) as subject, 1 as moved from new_rows n
                union all
                select unnest(private.subjects_of(o)), -1 from old_rows o) u
             group by u.subject having sum(u.moved) <> 0) s));
    return null;
end $$;

create function private.count_gone_dials() returns trigger
language plpgsql set search_path = '' as $$
begin
    perform private.move_dialling_load((
        select jsonb_object_agg(s.subject, -s.moved) from (
            select u.subject, count(*) as moved from old_rows o, unnest(private.subjects_of(o)) u (subject)
             group by u.subject) s));
    return null;
end $$;
revoke execute on function private.subjects_of(public.call_attempts), private.move_dialling_load(jsonb),
    private.count_new_dials(), private.count_changed_dials(), private.count_gone_dials() from public;
grant execute on function private.subjects_of(public.call_attempts), private.move_dialling_load(jsonb) to service_role;

create trigger count_new_dials after insert on public.call_attempts
    referencing new table as new_rows for each statement execute function private.count_new_dials();
create trigger count_changed_dials after update on public.call_attempts
    referencing old table as old_rows new table as new_rows for each statement execute function private.count_changed_dials();
create trigger count_gone_dials after delete on public.call_attempts
    referencing old table as old_rows for each statement execute function private.count_gone_dials();
insert into public.dialling_load (subject, calls)
select u.subject, count(*) from public.call_attempts a, unnest(private.subjects_of(a)) u (subject) group by u.subject;

-- --- what a lane has to do -------------------------------------------------------------------------

-- A lane is looked at from the moment of its first entry on. Its turn begins with the lowest one that waits, so that who
-- comes late neither waits behind all the others nor gets what was given away before.
create function private.note_due_lanes() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
    noted uuid;
begin
    -- Held until the entries are there for everybody: meanwhile no claim decides that the lane has nothing to do.
    for noted in select distinct n.lane from new_rows n where n.status = 'queued' and n.checked_at is not null order by 1 loop
        perform pg_advisory_xact_lock_shared(hashtextextended('lane:' || noted, 0));
    end loop;
    insert into public.dialling_lanes as l (lane, due_at, turn)
    select f.lane, f.due_at,
           coalesce((select min(w.turn) from public.dialling_lanes w where w.due_at <= now()),
                    (select max(w.turn) from public.dialling_lanes w), 0)
      from (select n.lane, min(n.next_attempt_at) as due_at from new_rows n
             where n.status = 'queued' and n.checked_at is not null group by n.lane) f
     -- A lane that is looked at by then needs no note, and its row is the dialler's.
     where not exists (select from public.dialling_lanes k where k.lane = f.lane and k.due_at <= f.due_at)
     order by f.lane
        on conflict (lane) do update
           set due_at = excluded.due_at,
               -- A lane that had nothing to do comes back like a new one.
               turn = case when l.due_at > now() then greatest(l.turn, excluded.turn) else l.turn end
         where l.due_at > excluded.due_at;
    return null;
end $$;
revoke execute on function private.note_due_lanes() from public;
create trigger note_new_lanes after insert on public.call_queue
    referencing new table as new_rows for each statement execute function private.note_due_lanes();
create trigger note_changed_lanes after update on public.call_queue
    referencing new table as new_rows for each statement execute function private.note_due_lanes();

-- --- what SQL knows of an entry when it is written --------------------------------------------------

create function private.is_time_zone(name text) returns boolean
language plpgsql stable set search_path = '' as $$
begin
    perform now() at time zone name;
    -- `EST5` and `+3` are understood too, and mean something else than people think.
    return name ~ '^[A-Za-z_]+(/[A-Za-z0-9_+-]+)+$' or name = 'UTC';
exception when invalid_parameter_value then
    return false;
end $$;

create function private.standing_call_stop(number text) returns boolean
language sql stable security definer set search_path = '' as $$
    select exists (select from public.suppressions s
                    where s.phone_number = number and s.scope in ('all', 'calls') and (s.until is null or s.until > now()))
$$;

-- Whoever writes an entry, through us or straight into the table, is told at once what cannot be. Kind of number, region
-- and zones are the worker's to say: until then the entry is unchecked, and nothing unchecked is dialled.
create function private.check_queue_entry() returns trigger
language plpgsql set search_path = '' as $$
declare
    begins constant timestamptz := greatest(new.not_before, new.scheduled_time);
begin
    if new.status <> 'queued' then
        return new;
    end if;
    if new.recipient_number !~ '^\+[1-9][0-9]{6,14}$' then
        raise exception 'recipient_number: write it like +13035550142' using errcode = 'check_violation';
    end if;
    if new.timezone is not null and not private.is_time_zone(new.timezone) then
        raise exception 'timezone: write it like America/Denver' using errcode = 'check_violation';
    end if;
    if octet_length(new.custom_variables::text) > 16384 or jsonb_typeof(new.custom_variables) <> 'object'
       or jsonb_path_exists(new.custom_variables, '$.* ? (@.type() != "string" && @.type() != "number" && @.type() != "boolean")') then
        raise exception 'custom_variables: an object of texts and numbers, 16 kB at most' using errcode = 'check_violation';
    end if;
    -- Who asked for three o'clock does not want to be called at six.
    new.not_after := coalesce(new.not_after, new.scheduled_time + interval '1 hour');
    if new.not_after <= greatest(now(), begins) then
        raise exception 'not_after: the time to call is over before it begins' using errcode = 'check_violation';
    end if;
    if private.standing_call_stop(private.person_number(new.recipient_number)) then
        raise exception 'recipient_number: this person asked not to be called' using errcode = 'check_violation';
    end if;
    -- An end user cannot say that an entry was checked; nor does it stay so when it says something else.
    if tg_op = 'UPDATE' then
        new.checked_at := null;
    end if;
    new.next_attempt_at := coalesce(begins, now());
    return new;
end $$;
create trigger check_new_entry before insert on public.call_queue
    for each row execute function private.check_queue_entry();
create trigger check_changed_entry
    before update of recipient_number, scheduled_time, not_before, not_after, timezone, custom_variables, template_id, voice_id
    on public.call_queue for each row execute function private.check_queue_entry();
revoke execute on function private.is_time_zone(text), private.standing_call_stop(text), private.check_queue_entry() from public;
grant execute on function private.is_time_zone(text), private.standing_call_stop(text) to authenticated, service_role;

-- --- whose an operator's calls are -------------------------------------------------------------------

-- What an operator's key asks for belongs to this account, never to whom it calls.
create function private.house_account() returns uuid
language sql immutable set search_path = '' as $$
    select '00000000-0000-4000-a000-00000000cafe'::uuid
$$;
revoke execute on function private.house_account() from public;
grant execute on function private.house_account() to service_role;
insert into auth.users (
    instance_id, id, aud, role, encrypted_password, confirmation_token, recovery_token, email_change_token_new,
    email_change_token_current, email_change, phone_change, phone_change_token, reauthentication_token,
    email_change_confirm_status, raw_app_meta_data, raw_user_meta_data, is_sso_user, is_anonymous, created_at, updated_at)
values ('00000000-0000-0000-0000-000000000000', private.house_account(), 'authenticated', 'authenticated', '', '', '', '', '',
        '', '', '', '', 0, '{}', '{}', false, false, now(), now())
on conflict do nothing;
