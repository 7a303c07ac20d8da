-- A form of the console that makes something is done once, however often one opening of it is sent.

alter table public.console_sessions add column sent jsonb not null default '{}';
comment on column public.console_sessions.sent is
    'Forms of this session that were sent last, as hashes: {hash: {"at": seconds, "to": where its answer led, null while it is being done}}.';
