-- A session of the console knows which forms were sent in it, so that each is done once, and which password it was begun under.

alter table public.console_sessions add column sent jsonb not null default '{}';
comment on column public.console_sessions.sent is
    'Forms of this session that were sent last, as hashes: {hash: {"at": seconds, "to": where its answer led, null while it is being done}}.';

alter table public.console_sessions add column password_sign text;
comment on column public.console_sessions.password_sign is
    'Of the password that the account had when the session began: another one ends it. Null: begun before this was kept.';
