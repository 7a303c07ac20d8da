-- Who tried to get in: tries are counted for an account and an address, and what was refused stands in the audit log.

alter table public.console_tries add column account text;
create index console_tries_account_idx on public.console_tries (account);
comment on column public.console_tries.account is
    'The hash of the e-mail that was tried: a one-time link of that person begins all its counts anew.';
comment on table public.console_tries is
    'Tries to sign in since the last success: of an account from one address or one known browser, of an account from anywhere, and of an address.';

-- A deed on a thing, the newest first: the same refusal and the same reading are noted once in a while.
create index audit_log_deed_idx on public.audit_log (object_type, object_id, action, at desc);
