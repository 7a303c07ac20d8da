-- What the library keeps beside a template's words: how a voice is to say some of them; and what was last examined.

alter table public.call_templates
    add column pronunciations jsonb check (
        jsonb_typeof(pronunciations) = 'array' and length(pronunciations::text) <= 50000);
comment on column public.call_templates.pronunciations is
    'How the voice says words, in the order in which they are looked for: [{"word": "Saoirse", "say": "Seer-sha"}, …].';

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
        'limits', draft.limits, 'pronunciations', draft.pronunciations))
$$;
grant insert (pronunciations), update (pronunciations) on public.call_templates to authenticated;

create table public.examinations (
    id boolean primary key default true check (id),
    asked_at timestamptz not null default now(),
    examined_at timestamptz,
    findings jsonb not null default '[]' check (jsonb_typeof(findings) = 'array')
);
comment on table public.examinations is 'What the doctor found when it was last asked: one row.';
comment on column public.examinations.findings is '[{"level", "subject", "what", "do"}, …]; nothing in it is a secret.';
select private.protect('public.examinations');
