-- Each utterance of a call asked whether the call was over. Those who store words know that: they say so themselves
-- (private.follow_late_words in calls/kept.sql).

drop trigger if exists follow_late_utterance on public.transcripts;
drop function if exists private.follow_late_utterance();
