-- What the page of a call shows besides what the call wrote itself.

-- Who looked at one thing, watched it and stepped in.
create index audit_log_object_idx on public.audit_log (object_type, object_id, at desc) where object_id is not null;

create table public.call_tool_uses (
    call_id bigint not null references public.call_history (id) on delete cascade,
    gen integer not null,
    tool_id text not null check (length(tool_id) <= 200),
    name text not null check (length(name) <= 200),
    arguments text check (length(arguments) <= 4000),
    ok boolean,
    result text check (length(result) <= 4000),
    before_number integer,
    began_at timestamptz not null default now(),
    ended_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    primary key (call_id, gen, tool_id)
);
comment on table public.call_tool_uses is 'The tools that the model ran in a call, as people read them: secrets are starred before they get here.';
comment on column public.call_tool_uses.before_number is 'The number of the first utterance after it.';
select private.protect('public.call_tool_uses');

-- Recordings are kept as copies of ours.
alter table public.call_history
    add column recording_copied_at timestamptz,
    add column recording_bytes bigint check (recording_bytes >= 0),
    add column recording_removed_at timestamptz;
comment on column public.call_history.recording_copied_at is 'When our copy was complete; null: there is none yet.';
comment on column public.call_history.recording_removed_at is 'When the carrier''s own was deleted, once we had a copy.';
