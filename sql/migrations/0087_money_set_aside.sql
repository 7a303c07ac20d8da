-- What a call that comes in is expected to cost counts from its beginning on: calls that begin together could cost a day's
-- money many times over before any of them had used it.

alter table public.call_states add column reserved_usd numeric(12, 6) not null default 0;
comment on column public.call_states.reserved_usd is 'What is set aside of the day''s money for a call that came in, until it is over.';
