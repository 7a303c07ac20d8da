-- A template may have one model hear and speak by itself.

alter table public.call_templates
    add column engine text check (engine in ('realtime')),
    add column engine_voice text check (length(engine_voice) <= 40);
comment on column public.call_templates.engine is 'What hears, thinks and speaks in a call; null: transcriber, chat model and voice.';
comment on column public.call_templates.engine_voice is 'The voice of the engine; null: its usual one.';

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
        'transport', draft.transport, 'relay', draft.relay, 'engine', draft.engine, 'engine_voice', draft.engine_voice,
        'limits', draft.limits))
$$;
