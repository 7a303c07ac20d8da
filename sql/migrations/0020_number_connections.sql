-- Which numbers of the account lead here, and what each led to before: what `numbers release` puts back.

create table public.number_connections (
    number_id uuid primary key references public.provider_phone_numbers (id) on delete cascade,
    before jsonb not null check (jsonb_typeof(before) = 'object'),
    registered jsonb not null check (jsonb_typeof(registered) = 'object'),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
comment on table public.number_connections is 'A row for each number that leads here. An address may hold a password, so only the service reads it.';
comment on column public.number_connections.before is 'The number''s fields at the carrier before it was connected for the first time; a later connect leaves them.';
comment on column public.number_connections.registered is 'The fields that we registered: another value at the carrier was put there by somebody else.';

select private.protect('public.number_connections');
