-- A statement inside a function is planned anew whenever the session runs it with another role's rights than the last time.
-- Every call and text asks whose number it is, first as the service and then in a trigger as the owner: now both as the owner.

alter function private.sole_organization() security definer;
alter function private.organization_of_number(text) security definer;

-- Postgres reads a table's conditions anew for every statement that writes to it, and these are written at each turn: what is
-- never below zero is one condition. What is not known yet does not count.
alter table public.call_turns
    drop constraint call_turns_turn_check, drop constraint call_turns_gap_ms_check, drop constraint call_turns_filler_ms_check,
    drop constraint call_turns_wait_ms_check, drop constraint call_turns_words_ms_check, drop constraint call_turns_token_ms_check,
    drop constraint call_turns_sentence_ms_check, drop constraint call_turns_voice_ms_check, drop constraint call_turns_ours_ms_check,
    add constraint call_turns_amounts_check check (
        least(turn, gap_ms, filler_ms, wait_ms, words_ms, token_ms, sentence_ms, voice_ms, ours_ms) >= 0) not valid;
alter table public.call_history
    drop constraint call_history_duration_check, drop constraint call_history_recording_duration_check,
    drop constraint call_history_recording_bytes_check, drop constraint call_history_recording_taped_s_check,
    add constraint call_history_amounts_check check (
        least(duration, recording_duration, recording_bytes, recording_taped_s) >= 0) not valid;

-- step: transaction
alter table public.call_turns validate constraint call_turns_amounts_check;
alter table public.call_history validate constraint call_history_amounts_check;
