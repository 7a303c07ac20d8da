-- How fast a turn on a stream was, where the caller hears it, and what the time went into.

alter table public.call_turns
    add column gap_ms integer check (gap_ms >= 0),
    add column filler_ms integer check (filler_ms >= 0),
    add column wait_ms integer check (wait_ms >= 0),
    add column words_ms integer check (words_ms >= 0),
    add column token_ms integer check (token_ms >= 0),
    add column sentence_ms integer check (sentence_ms >= 0),
    add column voice_ms integer check (voice_ms >= 0),
    add column ours_ms integer check (ours_ms >= 0),
    add column speculative boolean,
    add column caller_began_at timestamptz,
    add column caller_ended_at timestamptz,
    add column answered_at timestamptz;
comment on column public.call_turns.gap_ms is
    'At our socket, from the last frame of the caller''s speech to the first of the answer: the sum of the stages; null: not measured.';
comment on column public.call_turns.filler_ms is 'From there to the first frame of a filler, where one came before the answer.';
comment on column public.call_turns.wait_ms is 'Stage: until it was clear that the caller was done.';
comment on column public.call_turns.words_ms is 'Stage: the transcriber, until the last words.';
comment on column public.call_turns.token_ms is 'Stage: the model, until its first token.';
comment on column public.call_turns.sentence_ms is 'Stage: the model, from there to its first sentence.';
comment on column public.call_turns.voice_ms is 'Stage: the voice, until its first sound.';
comment on column public.call_turns.ours_ms is 'Stage: our own work.';
comment on column public.call_turns.speculative is 'The answer was begun before the caller was known to be done: it ran beside the wait.';
comment on column public.call_turns.caller_began_at is 'When the caller''s speech began that the turn answers.';
comment on column public.call_turns.caller_ended_at is 'When it was last heard.';
comment on column public.call_turns.answered_at is 'When the first frame of the answer left.';
