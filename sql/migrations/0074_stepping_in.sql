-- What the bot says when a person of the team gives a call back to it; and commands that a call ended before.

alter table public.call_templates add column bot_is_back text check (length(bot_is_back) <= 1000);
comment on column public.call_templates.bot_is_back is
    'What the caller hears when a person of the team gives the call back to the bot; null: our words in the call''s language.';
grant insert (bot_is_back), update (bot_is_back) on public.call_templates to authenticated;

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
        'limits', draft.limits, 'pronunciations', draft.pronunciations, 'bot_is_back', draft.bot_is_back))
$$;

-- Who asked something of a call that is over by now learns so, also when the process that had the call died with it.
create function private.refuse_commands_left() returns trigger
language plpgsql set search_path = '' as $$
begin
    update public.call_commands k
       set done_at = clock_timestamp(), result = 'refused', refused = 'call_over'
     where k.call_id = new.id and k.done_at is null;
    return null;
end $$;
create trigger refuse_commands_left after update of ended_at on public.call_history
    for each row when (old.ended_at is null and new.ended_at is not null) execute function private.refuse_commands_left();
update public.call_commands k
   set done_at = clock_timestamp(), result = 'refused', refused = 'call_over'
  from public.call_history c where c.id = k.call_id and c.ended_at is not null and k.done_at is null;
