-- Calls on a websocket: the one-time tokens that sockets bring, who has the call, and how a template wants it carried.

create table public.call_streams (
    token_hash text primary key check (length(token_hash) = 64),
    call_id bigint not null references public.call_history (id) on delete cascade,
    transport text not null check (transport in ('relay', 'media')),
    expires_at timestamptz not null,
    claimed_at timestamptz,
    stream_sid text check (length(stream_sid) <= 64),
    created_at timestamptz not null default now()
);
create index call_streams_call_id_idx on public.call_streams (call_id);
comment on table public.call_streams is 'One row per document that asked for a socket; its token is accepted once.';
comment on column public.call_streams.token_hash is 'SHA-256 of the token, in hex; the token itself stands in the document alone.';
comment on column public.call_streams.stream_sid is 'The carrier''s name of the socket that brought the token.';

alter table public.call_states
    add column stream_lease uuid,
    add column stream_lease_until timestamptz;
comment on column public.call_states.stream_lease is
    'Fences the writer: the process whose socket carries the call holds it; null while no socket does.';

alter table public.call_templates add column relay jsonb check (jsonb_typeof(relay) = 'object');
comment on column public.call_templates.relay is 'How ConversationRelay hears and speaks: attributes of its element; null: as usual.';

create or replace function private.template_content(draft public.call_templates) returns jsonb
language sql immutable set search_path = '' as $$
    select jsonb_strip_nulls(jsonb_build_object(
        'name', draft.name, 'description', draft.description, 'category', draft.category, 'tags', draft.tags,
        'languages', draft.languages, 'voice_id', draft.voice_id, 'greeting', draft.greeting, 'facts', draft.facts,
        'prompt', draft.prompt, 'params', draft.params, 'params_order', draft.params_order, 'tools', draft.tools,
        'transfer_to', draft.transfer_to, 'transfer', draft.transfer, 'hours', draft.hours, 'closed', draft.closed,
        'onboarding', draft.onboarding, 'record', draft.record,
        'recording_announcement', draft.recording_announcement, 'on_voicemail', draft.on_voicemail,
        'voicemail_message', draft.voicemail_message, 'voicemail_again', draft.voicemail_again,
        'identity', draft.identity, 'call_purpose', draft.call_purpose, 'goal', draft.goal,
        -- What was published before the column was there detects them.
        'detect_machines', nullif(draft.detect_machines, true),
        'transport', draft.transport, 'relay', draft.relay, 'limits', draft.limits))
$$;

select private.protect('public.call_streams');
