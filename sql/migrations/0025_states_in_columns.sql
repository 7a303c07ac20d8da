-- What SQL needs of a call's or a thread's state stands in columns of its own, written by the statement that stores the
-- state: the state itself is the flow's alone, and SQL looks into none. What SQL knows and the flow does not (a thread
-- that was told to stop, questions that a call answered) is told to the flow by columns too.

alter table public.call_states
    add column voice_id text,
    add column next_number integer,
    add column onboarding_phase text check (onboarding_phase in ('idle', 'running', 'postponed', 'completed', 'failed')),
    add column transferring boolean not null default false,
    add column taking_message boolean not null default false;
comment on column public.call_states.state is 'As the call flow wrote it; only the flow reads it.';
comment on column public.call_states.voice_id is 'The voice that the call changed to; null: the one that it began with.';
comment on column public.call_states.next_number is 'The number of the next utterance in the transcript.';
comment on column public.call_states.onboarding_phase is 'Where the caller stands with our questions; null: this call asks none.';
comment on column public.call_states.transferring is 'The caller is being connected, or talks, with a person.';
comment on column public.call_states.taking_message is 'The caller was asked for a message.';

alter table public.call_turns
    add column said text,
    add column confidence double precision,
    add column code_outcome text;
comment on column public.call_turns.said is 'The words that opened the turn; null: no words, or a code, which is kept nowhere.';
comment on column public.call_turns.confidence is 'How sure the transcriber was of them, 0 to 1.';
comment on column public.call_turns.code_outcome is 'The caller gave a code: what came of trying it, once.';

alter table public.conversations
    add column onboarding_by_call jsonb,
    add column onboarding_phase text check (onboarding_phase in ('idle', 'running', 'postponed', 'completed', 'failed')),
    add column reminders integer not null default 0 check (reminders >= 0),
    add column stopped boolean not null default false;
comment on column public.conversations.state is 'Where the conversation stands, as thread_flow wrote it; only the flow reads it.';
comment on column public.conversations.onboarding_by_call is
    'Where our questions stand since a call asked them; null: as `state` says.';
comment on column public.conversations.onboarding_phase is 'Where our questions stand, for SQL.';
comment on column public.conversations.reminders is 'How often the person was reminded of the open question.';
comment on column public.conversations.stopped is 'The person wants nothing more from us, whatever `state` says.';

-- Rows of before. A backfill is no news of a call or a thread, so updated_at stays.
update public.call_states s
   set voice_id = s.state #>> '{core,voice_id}',
       next_number = (s.state #>> '{core,next_number}')::integer,
       onboarding_phase = s.state #>> '{core,onboarding,phase}',
       transferring = coalesce(s.state #>> '{core,phase}' = 'transferring', false),
       taking_message = coalesce((s.state #>> '{core,taking_message}')::boolean, false)
 where s.state is not null;
update public.call_turns t
   set said = case when t.input #>> '{0,event}' = 'CallerSaid' then t.input #>> '{0,text}' end,
       confidence = case when t.input #>> '{0,event}' = 'CallerSaid' then (t.input #>> '{0,confidence}')::double precision end,
       code_outcome = case when t.input #>> '{0,event}' = 'CodeChecked' then t.input #>> '{0,outcome}' end
 where t.closing is null;
alter table public.conversations disable trigger touch_updated_at;
update public.conversations c
   set onboarding_phase = c.state #>> '{onboarding,phase}',
       reminders = coalesce((c.state #>> '{onboarding,reminders}')::integer, 0),
       stopped = coalesce((c.state ->> 'stopped')::boolean, false)
 where c.state is not null;
alter table public.conversations enable trigger touch_updated_at;

-- What a call writes most often. A status is written many times and nobody looks calls up by it alone; the calls that
-- still run are few. Nobody asks by created_at either: lists go by when a call began. References that most calls lack are
-- indexed only where they are there. A page keeps room for the next state of the calls on it.
drop index public.idx_user_call_history_status;
drop index public.idx_user_call_history_created_at;
create index call_history_open_idx on public.call_history (id) where ended_at is null;
drop index public.idx_user_call_history_call_queue_id;
create index call_history_call_queue_id_idx on public.call_history (call_queue_id) where call_queue_id is not null;
drop index public.call_history_provider_id_idx;
create index call_history_provider_id_idx on public.call_history (provider_id) where provider_id is not null;
drop index public.call_history_caller_number_id_idx;
create index call_history_caller_number_id_idx on public.call_history (caller_number_id) where caller_number_id is not null;
drop index public.call_history_voice_id_idx;
create index call_history_voice_id_idx on public.call_history (voice_id) where voice_id is not null;
drop index public.call_history_organization_began_idx;
create index call_history_organization_began_idx
    on public.call_history (organization_id, (coalesce(started_at, created_at)), id) where organization_id is not null;
alter table public.call_states set (fillfactor = 40);
