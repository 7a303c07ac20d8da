-- Who answered a call of ours, and what a mailbox is told.

alter table public.call_templates add column voicemail_message text check (length(voicemail_message) <= 1000);
comment on column public.call_templates.voicemail_message is
    'Left at a mailbox, or texted, as on_voicemail says; null or blank: the greeting and a short sentence of ours, and no text.';
alter table public.call_templates drop constraint call_templates_on_voicemail_check;
alter table public.call_templates add constraint call_templates_on_voicemail_check
    check (on_voicemail in ('hang_up', 'leave_message', 'text'));
grant insert (voicemail_message), update (voicemail_message) on public.call_templates to authenticated;

create or replace function private.template_content(draft public.call_templates) returns jsonb
language sql immutable set search_path = '' as $$
    select jsonb_strip_nulls(jsonb_build_object(
        'name', draft.name, 'description', draft.description, 'category', draft.category, 'tags', draft.tags,
        'languages', draft.languages, 'voice_id', draft.voice_id, 'greeting', draft.greeting, 'facts', draft.facts,
        'prompt', draft.prompt, 'params', draft.params, 'params_order', draft.params_order, 'tools', draft.tools,
        'transfer_to', draft.transfer_to, 'transfer', draft.transfer, 'hours', draft.hours, 'closed', draft.closed,
        'onboarding', draft.onboarding, 'record', draft.record,
        'recording_announcement', draft.recording_announcement, 'on_voicemail', draft.on_voicemail,
        'voicemail_message', draft.voicemail_message, 'transport', draft.transport, 'limits', draft.limits))
$$;

alter table public.call_attempts
    add column verdict text check (length(verdict) <= 32),
    add column message_at timestamptz;
comment on column public.call_attempts.verdict is
    'What the carrier''s answering machine detection said, in its own word; answered_by is what we make of it.';
comment on column public.call_attempts.message_at is 'When the mailbox began to be told its message: it is told once.';

alter table public.call_history drop constraint call_history_end_reason_check;
alter table public.call_history add constraint call_history_end_reason_check check (end_reason in (
    'caller_hung_up', 'caller_ended', 'bot_ended', 'silence', 'max_duration', 'max_cost', 'transferred', 'model_failed',
    'transport_lost', 'service_failed', 'operator_ended', 'busy', 'no_answer', 'failed', 'canceled', 'superseded',
    'blocked', 'capped', 'machine'));
comment on column public.call_history.end_reason is
    'Who or what ended the call. From the call: caller_hung_up, caller_ended (pressed # or said goodbye), bot_ended, '
    'silence, max_duration, max_cost, transferred, model_failed, transport_lost, service_failed, operator_ended. '
    'From the carrier: busy, no_answer, failed, canceled. superseded: a newer attempt took its place. '
    'blocked: the caller is one of blocked_callers. capped: one call too many, or the day''s money was spent. '
    'machine: a mailbox or a fax answered a call of ours.';

alter table public.call_turns add column silent boolean;
comment on column public.call_turns.silent is
    'The person did nothing. Neither silent nor words: they pressed a key. Null: the turn is older than the column.';
