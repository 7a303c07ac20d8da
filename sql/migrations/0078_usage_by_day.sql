-- What each day used, counted once: a month's usage is read from thirty rows, not from all its calls and texts.

create table public.usage_days (
    began timestamptz not null,
    scope uuid not null,
    product text not null check (product in ('calls in', 'calls out', 'texts in', 'texts out')),
    currency text not null,
    count bigint not null,
    minutes bigint,
    cost numeric,
    unpriced bigint not null,
    primary key (began, scope, product, currency)
);
comment on table public.usage_days is 'What a day used; the worker counts it with the day''s figures, and again while prices still come in.';
comment on column public.usage_days.scope is 'The organization; 00000000-0000-0000-0000-000000000000: the whole service.';
comment on column public.usage_days.currency is 'Empty: of what has no price yet.';
select private.protect('public.usage_days');

alter table public.figure_rolls add column has_usage boolean not null default false;
comment on column public.figure_rolls.has_usage is 'A day whose usage was counted, too.';
