-- What the bot may ask systems of the operator's for. End users do not write it: it says where a caller's words go.

alter table public.call_templates add column own_tools jsonb check (jsonb_typeof(own_tools) = 'array');
comment on column public.call_templates.own_tools is
    'Tools of one''s own: each with name, description, url, arguments and what else it needs; null: none.';

create or replace function private.template_content(draft public.call_templates) returns jsonb
language sql immutable set search_path = '' as $$
    select jsonb_strip_nulls(jsonb_build_object(
        'name', draft.name, 'description', draft.description, 'category', draft.category, 'tags', draft.tags,
        'languages', draft.languages, 'voice_id', draft.voice_id, 'greeting', draft.greeting, 'facts', draft.facts,
        'prompt', draft.prompt, 'params', draft.params, 'params_order', draft.params_order, 'tools', draft.tools,
        'own_tools', draft.own_tools,
        'transfer_to', draft.transfer_to, 'transfer', draft.transfer, 'hours', draft.hours, 'closed', draft.closed,
        'onboarding', draft.onboarding, 'record', draft.record,
        'recording_announcement', draft.recording_announcement, 'on_voicemail', draft.on_voicemail,
        'voicemail_message', draft.voicemail_message, 'voicemail_again', draft.voicemail_again,
        'identity', draft.identity, 'call_purpose', draft.call_purpose, 'goal', draft.goal,
        -- What was published before the column was there detects them.
        'detect_machines', nullif(draft.detect_machines, true),
        'transport', draft.transport, 'relay', draft.relay, 'engine', draft.engine, 'engine_voice', draft.engine_voice,
        'limits', draft.limits, 'pronunciations', draft.pronunciations, 'bot_is_back', draft.bot_is_back))
$$;
