-- The newest word of a person is found without sorting: a preview asks for that of a hundred thousand.

drop index public.consents_phone_number_idx;
create index consents_newest_idx on public.consents (phone_number, purpose, given_at, id) include (state);
