-- What calls are made with: providers, their numbers and voices, users' own numbers, templates.

create table public.call_service_providers (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    api_credentials jsonb,
    type text not null,
    concurrency_limit integer default 5 check (concurrency_limit > 0),
    priority integer default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create unique index idx_call_service_providers_name on public.call_service_providers (name);
comment on column public.call_service_providers.api_credentials is
    'Encrypted before it is stored, with a key that the database does not hold.';

create table public.voice_options (
    id uuid primary key default gen_random_uuid(),
    provider_id uuid not null references public.call_service_providers (id) on delete cascade,
    voice_id text not null,
    name text not null,
    gender text check (gender in ('male', 'female', 'neutral')),
    language text not null,
    accent text,
    description text,
    sample_mp3_url text,
    is_premium boolean default false,
    is_active boolean default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (provider_id, voice_id)
);
create index idx_voice_options_provider_id on public.voice_options (provider_id);
create index idx_voice_options_language on public.voice_options (language);
create index idx_voice_options_is_active on public.voice_options (is_active);
create index idx_voice_options_is_premium on public.voice_options (is_premium);
-- Callers' preferences and the voice provider know a voice by this name alone.
create index voice_options_voice_id_idx on public.voice_options (voice_id);

create table public.call_templates (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    description text,
    category text,
    tags jsonb,
    is_public boolean default false,
    created_by uuid default auth.uid() references auth.users (id) on delete set null,
    provider_id uuid references public.call_service_providers (id) on delete set null,
    assistant_id uuid,
    voice_id uuid references public.voice_options (id) on delete set null,
    params jsonb,
    params_order jsonb,
    prompt text,
    greeting text,
    tools jsonb check (jsonb_typeof(tools) = 'array'),
    transport text check (transport in ('gather', 'relay', 'media')),
    limits jsonb check (jsonb_typeof(limits) = 'object'),
    transfer_to text,
    record boolean not null default false,
    on_voicemail text check (on_voicemail in ('hang_up', 'leave_message')),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index idx_call_templates_created_by on public.call_templates (created_by);
create index idx_call_templates_is_public on public.call_templates (is_public);
create index idx_call_templates_category on public.call_templates (category);
create index idx_call_templates_provider_id on public.call_templates (provider_id);
create index call_templates_voice_id_idx on public.call_templates (voice_id);
comment on column public.call_templates.tools is 'Names of the tools that the model may use; null means the built-in ones.';
comment on column public.call_templates.transfer_to is 'Where this template''s calls are put through to. Only the service writes it.';

create table public.provider_phone_numbers (
    id uuid primary key default gen_random_uuid(),
    provider_id uuid not null references public.call_service_providers (id) on delete cascade,
    phone_id text,
    country_code text not null,
    area_code text not null,
    phone_number text not null,
    full_number text not null,
    is_active boolean default true,
    capabilities jsonb,
    template_id uuid references public.call_templates (id) on delete set null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (provider_id, phone_id)
);
create index idx_provider_phone_numbers_provider_id on public.provider_phone_numbers (provider_id);
create index idx_provider_phone_numbers_is_active on public.provider_phone_numbers (is_active);
create index idx_provider_phone_numbers_full_number on public.provider_phone_numbers (full_number);
create index provider_phone_numbers_template_id_idx on public.provider_phone_numbers (template_id);
comment on column public.provider_phone_numbers.template_id is 'The template of calls that come in on this number.';

create table public.user_phone_numbers (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null default auth.uid() references auth.users (id) on delete cascade,
    provider_id uuid not null references public.call_service_providers (id),
    phone_id text,
    country_code text not null,
    area_code text not null,
    phone_number text not null,
    full_number text not null check (full_number ~ '^\+[1-9][0-9]{4,14}$'),
    is_active boolean default true,
    is_default boolean default false,
    verified boolean not null default false,
    verified_at timestamptz,
    capabilities jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (user_id, full_number)
);
create index idx_user_phone_numbers_user_id on public.user_phone_numbers (user_id);
create index idx_user_phone_numbers_is_active on public.user_phone_numbers (is_active);
create index idx_user_phone_numbers_is_default on public.user_phone_numbers (is_default);
create index user_phone_numbers_provider_id_idx on public.user_phone_numbers (provider_id);
create unique index user_phone_numbers_active_full_number_key
    on public.user_phone_numbers (full_number) where is_active;
comment on column public.user_phone_numbers.verified is
    'The number counts as the user''s only when the service has set this; no end user can.';

-- A mark belongs to the number that was proven, not to the row.
create function private.forget_mark_of_changed_number() returns trigger
language plpgsql set search_path = '' as $$
begin
    if new.full_number is distinct from old.full_number then
        new.verified := false;
        new.verified_at := null;
    end if;
    return new;
end $$;
revoke execute on function private.forget_mark_of_changed_number() from public;
create trigger forget_mark_of_changed_number before update of full_number
    on public.user_phone_numbers for each row execute function private.forget_mark_of_changed_number();

select private.protect(
    'public.call_service_providers', 'public.voice_options', 'public.call_templates',
    'public.provider_phone_numbers', 'public.user_phone_numbers');

insert into public.call_service_providers (name, type, concurrency_limit) values ('twilio', 'voice', 5);
