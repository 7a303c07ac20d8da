-- What a turn leaves in the rows of its call, whatever carries it.

-- What was said in a turn; a row that is there already learns what was heard of it.
create or replace function private.keep_utterances(the_call bigint, began timestamptz, utterances jsonb) returns void
language plpgsql set search_path = '' as $$
begin
    insert into public.transcripts as t (
        id, session_id, sequence_number, speaker, content, confidence_score, heard, heard_source, latency_ms, is_final,
        start_time_seconds)
    -- Its name follows from its place: a random one is asked of the system, and lands anywhere in the index.
    select (lpad(to_hex(the_call), 16, '0') || lpad(to_hex(u.number), 16, '0'))::uuid,
           the_call, u.number, u.speaker, u.text, u.confidence, u.heard, u.heard_source, u.latency_ms, true,
           extract(epoch from clock_timestamp() - began)
      from jsonb_to_recordset(utterances) u (
           number int, speaker text, text text, confidence numeric, heard text, heard_source text, latency_ms int)
    on conflict (session_id, sequence_number) do update
       set content = excluded.content, heard = coalesce(excluded.heard, t.heard),
           heard_source = coalesce(excluded.heard_source, t.heard_source),
           latency_ms = coalesce(excluded.latency_ms, t.latency_ms),
           start_time_seconds = coalesce(t.start_time_seconds, excluded.start_time_seconds);
end $$;

-- The transcript of a call that is over takes up what was stored after its end.
create or replace function private.follow_late_words(the_call bigint) returns void
language sql set search_path = '' as $$
    update public.call_history c set transcript = private.render_transcript(c.id)
     where c.id = the_call and c.ended_at is not null
$$;

-- What a turn came to besides its words.
create or replace function private.keep_results(the_call bigint, the_turn int, results jsonb, notice jsonb) returns void
language plpgsql set search_path = '' as $$
begin
    update public.call_history c
       set outcome = coalesce(results ->> 'outcome', c.outcome),
           -- A reason that the call itself gives takes the place of one read off the carrier's status.
           end_reason = case when c.end_reason is null or c.end_reason_derived
                             then coalesce(results ->> 'end_reason', c.end_reason) else c.end_reason end,
           end_reason_derived = c.end_reason_derived and not results ? 'end_reason'
     where c.id = the_call;
    if results ? 'messages' then
        perform private.keep_message(the_call, 'message', n ->> 'key', n ->> 'text', notice)
           from jsonb_array_elements(results -> 'messages') n;
    end if;
    if results ? 'texts' then
        perform private.text_caller(the_call, results -> 'texts');
    end if;
    if results ? 'answerer' then
        perform private.note_heard(
            the_call, results -> 'answerer' ->> 'who', (results -> 'answerer' ->> 'message_left')::boolean);
    end if;
    if results ? 'speed' then
        update public.call_turns t
           set gap_ms = s.gap_ms, filler_ms = s.filler_ms, wait_ms = s.wait_ms, words_ms = s.words_ms, token_ms = s.token_ms,
               sentence_ms = s.sentence_ms, voice_ms = s.voice_ms, ours_ms = s.ours_ms, speculative = s.speculative,
               caller_began_at = s.caller_began_at, caller_ended_at = s.caller_ended_at, answered_at = s.answered_at
          from jsonb_populate_record(null::public.call_turns, results -> 'speed') s
         where t.call_id = the_call and t.turn = the_turn and t.gap_ms is null;
    end if;
    if results ? 'speech' then
        perform private.keep_speech(the_call, results -> 'speech');
    end if;
    if results ? 'commands' then
        perform private.keep_commands(the_call, results -> 'commands');
    end if;
    if results ? 'escalations' then
        -- The turn that a transfer's end opened is the one that <Dial> names too.
        perform private.escalate_call(the_call, why, concat(why, '-', the_turn), null, notice)
           from jsonb_array_elements_text(results -> 'escalations') why
          where why <> 'call_cost' or private.cap_is_news('calls:cost');
    end if;
end $$;

select private.share_with_service('keep_utterances', 'follow_late_words', 'keep_results');
