-- Calls that people ask for themselves, calls that repeat, and rules that are edited while entries wait for them.

-- --- what a person asked for ------------------------------------------------------------------------

alter table public.consents drop constraint consents_purpose_check;
alter table public.consents add constraint consents_purpose_check
    check (purpose in ('calls', 'texts', 'marketing', 'recording', 'asked_for'));
comment on column public.consents.purpose is
    'What was agreed to. asked_for: one call, at the time that the wording names; it allows no other one.';

alter table public.call_queue
    add column asked_in text check (length(asked_in) between 1 and 100);
create index call_queue_callback_idx on public.call_queue (person)
    where asked_in is not null and status in ('queued', 'in-progress');
comment on column public.call_queue.asked_in is
    'The call or the text in which the person asked for this call; null: somebody else wants it.';

-- --- calls that repeat ------------------------------------------------------------------------------

create table public.call_series (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id) on delete cascade,
    api_key_id uuid references public.api_keys (id) on delete set null,
    state text not null default 'active' check (state in ('active', 'paused', 'canceled', 'done')),
    rule text not null check (length(rule) between 1 and 300),
    starts_at timestamptz not null,
    zone text not null,
    lasts interval not null default '1 hour' check (lasts between interval '1 minute' and interval '24 hours'),
    recipient_number text not null,
    caller_number_id uuid references public.user_phone_numbers (id) on delete set null,
    from_number_id uuid references public.provider_phone_numbers (id) on delete set null,
    template_id uuid references public.call_templates (id) on delete set null,
    voice_id uuid references public.voice_options (id) on delete set null,
    custom_variables jsonb,
    priority integer not null default 0,
    purpose text not null check (purpose in ('asked_for', 'service', 'marketing')),
    hours_lifted text check (length(hours_lifted) between 1 and 500),
    max_attempts integer not null default 3 check (max_attempts between 1 and 20),
    redial jsonb check (jsonb_typeof(redial) = 'object'),
    country text,
    number_type text,
    zones text[],
    timezone text,
    made_until timestamptz,
    look_at timestamptz default now(),
    last_error text,
    revision bigint not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index call_series_user_id_idx on public.call_series (user_id);
create index call_series_api_key_id_idx on public.call_series (api_key_id);
create index call_series_caller_number_id_idx on public.call_series (caller_number_id);
create index call_series_from_number_id_idx on public.call_series (from_number_id);
create index call_series_template_id_idx on public.call_series (template_id);
create index call_series_voice_id_idx on public.call_series (voice_id);
create index call_series_look_at_idx on public.call_series (look_at) where state = 'active';
create index call_series_newest_idx on public.call_series (created_at desc, id desc);
comment on table public.call_series is 'A call that repeats: the rule, and what each of its entries is.';
comment on column public.call_series.rule is 'RRULE of RFC 5545, from a day upwards; `starts_at` is its DTSTART, by the clock of `zone`.';
comment on column public.call_series.lasts is 'How long each of its calls may still be dialled.';
comment on column public.call_series.made_until is 'Entries up to this moment were made, or were too late to be made.';
comment on column public.call_series.look_at is 'When more entries have to be made; null: never.';
comment on column public.call_series.last_error is 'Why it ended by itself.';

alter table public.call_queue
    add column series_id uuid references public.call_series (id) on delete set null,
    add column occurrence timestamptz,
    add check (series_id is null or occurrence is not null);
create unique index call_queue_occurrence_idx on public.call_queue (series_id, occurrence) where series_id is not null;
comment on column public.call_queue.occurrence is 'Which call of its series it is, by the moment that the rule gives; moving the entry changes nothing of it.';

select private.protect('public.call_series');

-- --- rules that are edited --------------------------------------------------------------------------

alter table public.dialling_rules add column changed_at timestamptz;
comment on column public.dialling_rules.changed_at is
    'Who waits for other hours or caps since before is looked at again; null: everybody was.';
-- Who waits for hours or caps, without walking through the whole queue.
create index call_queue_parked_idx on public.call_queue (id)
    where status = 'queued' and last_error in ('outside_hours', 'person_day', 'person_week');

-- Why calling hours were lifted is a reason, and not blanks.
alter table public.call_queue drop constraint call_queue_hours_lifted_check;
update public.call_queue set hours_lifted = 'not told' where btrim(hours_lifted) = '';
alter table public.call_queue add constraint call_queue_hours_lifted_check
    check (length(btrim(hours_lifted)) >= 1 and length(hours_lifted) <= 500);
