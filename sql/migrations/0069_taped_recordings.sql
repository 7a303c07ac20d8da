-- A recording may be made of our own tapes: where it begins, and how much sound it has.

alter table public.call_history
    add column recording_began_at timestamptz,
    add column recording_taped_s double precision check (recording_taped_s >= 0);
comment on column public.call_history.recording_began_at is 'When its first sample was heard; null: with the answer.';
comment on column public.call_history.recording_taped_s is 'Seconds of sound on our tapes, of which it was made; null: it is a copy of the carrier''s.';
