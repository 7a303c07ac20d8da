-- Who picks up a call of ours: what a template says to machines, what was heard of them, and what the call was to reach.

alter table public.call_templates
    add column detect_machines boolean not null default true,
    add column voicemail_again text check (voicemail_again in ('never', 'daily', 'always') and length(voicemail_again) <= 20),
    add column identity text check (length(identity) <= 1000),
    add column call_purpose text check (length(call_purpose) <= 1000),
    add column goal text check (length(goal) <= 1000);
comment on column public.call_templates.detect_machines is
    'Whether the carrier is asked who answered, which costs money; mailboxes and screeners are known by their words too.';
comment on column public.call_templates.voicemail_again is
    'Whether a person who has had the message at a mailbox gets it at another attempt; null: never.';
comment on column public.call_templates.identity is 'Who calls, a sentence for those who screen calls; null: the template''s name.';
comment on column public.call_templates.call_purpose is 'What the call is for, a sentence for those who screen calls.';
comment on column public.call_templates.goal is 'What a call of ours is to reach; a summary judges it by the person''s own words.';
grant insert (detect_machines, voicemail_again, identity, call_purpose, goal),
    update (detect_machines, voicemail_again, identity, call_purpose, goal) on public.call_templates to authenticated;

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
        'transport', draft.transport, 'limits', draft.limits))
$$;

alter table public.call_attempts
    add column heard_as text check (heard_as in ('human', 'voicemail', 'screener')),
    add column transport_code text check (length(transport_code) <= 32);
comment on column public.call_attempts.heard_as is 'Who answered by what was said; it goes before the carrier''s verdict.';
comment on column public.call_attempts.transport_code is 'The carrier''s code for it: of SIP, or of the request that was refused.';

alter table public.summaries
    add column goal text check (goal in ('reached', 'not_reached', 'unknown')),
    add column goal_evidence text;
comment on column public.summaries.goal is 'Whether the call reached its template''s goal; null: the template states none.';
comment on column public.summaries.goal_evidence is 'Words of the transcript, letter by letter, that show it.';

-- A call that is over and of which nobody said who answered.
update public.call_attempts set answered_by = 'unknown'
 where kind = 'talk' and state = 'done' and transport_result = 'completed' and answered_by is null;

-- What systems outside are told of an attempt.
create function private.attempt_event(a public.call_attempts) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'attempt_id', a.id, 'entry_id', a.call_queue_id, 'campaign_id', a.campaign_id, 'user_id', a.user_id, 'kind', a.kind,
        'attempt', a.attempt_number, 'call_sid', a.call_sid, 'state', a.state, 'transport', a.transport_result,
        'transport_code', a.transport_code, 'answered_by', a.answered_by, 'goal', a.goal, 'goal_evidence', a.goal_evidence,
        'error', a.error, 'ended_at', a.ended_at)
$$;
create or replace function private.tell_attempt() returns trigger
language plpgsql set search_path = '' set timezone = 'UTC' as $$
begin
    perform private.announce('call.attempted', a.id::text, private.attempt_event(a))
      from public.call_attempts a where a.id = new.id;
    return null;
end $$;
-- A verdict or a summary may come after the end.
create function private.tell_judged_attempt() returns trigger
language plpgsql set search_path = '' set timezone = 'UTC' as $$
begin
    -- What became known with the end is told with it.
    perform private.announce('call.judged', a.id::text, private.attempt_event(a))
      from public.call_attempts a where a.id = new.id and a.ended_at < now();
    return null;
end $$;
create constraint trigger tell_judged_attempt after update of goal, answered_by on public.call_attempts deferrable initially deferred
    for each row when (new.kind = 'talk' and new.state = 'done' and old.state = 'done'
                       and (new.goal, new.answered_by) is distinct from (old.goal, old.answered_by))
    execute function private.tell_judged_attempt();
revoke execute on function private.attempt_event(public.call_attempts), private.tell_judged_attempt() from public;
grant execute on function private.attempt_event(public.call_attempts) to service_role;
