-- What the carrier reports about a call. Facts: any order, any repetition of the same reports ends in the same row.

select private.drop_functions('record_call_status', 'record_recording', 'record_transfer', 'record_amd');
drop function if exists private.end_call(bigint, text, timestamptz), private.complete_transcript(bigint, boolean);

-- A report may come before the call's own row: the row is made here, and begin_call fills what it knows later.
create or replace function private.locked_call(call_sid text) returns public.call_history
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    found_call public.call_history;
begin
    select c.* into found_call from public.call_history c where c.call_sid = locked_call.call_sid for update;
    if not found then
        insert into public.call_history (call_sid, phone_number) values (locked_call.call_sid, '')
        on conflict (call_sid) do nothing;
        select c.* into found_call from public.call_history c where c.call_sid = locked_call.call_sid for update;
    end if;
    return found_call;
end $$;

-- record_call_status: kind fact; key call_sid + status; called by services/calls/report_status, services/calls/end_overdue, services/upkeep/reconcile_calls
-- A status moves a call forward only; a terminal one never leaves, and what follows from the end is done once.
create function public.record_call_status(
    call_sid text, status text, sequence_number int default null, occurred_at timestamptz default null,
    direction text default null, from_number text default null, to_number text default null,
    duration_s int default null, answered_by text default null, sip_response_code int default null,
    event_id text default null, token_index int default null
) returns jsonb
language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
    rank constant int := private.status_rank(status);
    terminal constant boolean := rank = 4;
    way constant text := case when record_call_status.direction like 'outbound%' then 'outbound'
                              when record_call_status.direction = 'inbound' then 'inbound' end;
    happened constant timestamptz := record_call_status.occurred_at;
    before record;
    is_known boolean;
    changes boolean;
    ends boolean;
    -- Where the call stands as it ends, and the words that nobody has answered.
    standing record;
begin
    if terminal then
        -- In the order in which a turn's end locks.
        perform from public.call_states s join public.call_history c on c.id = s.call_id
          where c.call_sid = record_call_status.call_sid for update of s;
    end if;
    select c.id, c.call_status, c.end_reason into before
      from public.call_history c where c.call_sid = record_call_status.call_sid for update;
    is_known := found;
    -- What was erased has no row any more.
    if not is_known and private.was_erased(record_call_status.call_sid) then
        return '{"result": "refused", "code": "erased"}';
    end if;
    perform private.note_event(
        record_call_status.event_id, 'status:' || status, record_call_status.call_sid, record_call_status.token_index,
        jsonb_build_array(status, sequence_number, happened, duration_s, record_call_status.answered_by));
    if rank is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_status');
    end if;
    if not is_known then
        before := private.locked_call(record_call_status.call_sid);
    end if;
    changes := rank > coalesce(private.status_rank(before.call_status), -1);
    ends := changes and terminal;
    if ends then
        select s.next_number, btrim(t.said) <> '' as has_words, t.said, t.confidence, s.onboarding_phase = 'running' as is_asking,
               s.transferring, s.taking_message, s.transferring or s.held_by is not null as saw_person, s.minute_usd, s.reserved_usd into standing
          from public.call_states s
          left join public.call_turns t on t.call_id = s.call_id and t.turn = s.turn + 1 and t.closing is null
         where s.call_id = before.id;
        if standing.has_words and standing.next_number is not null then
            -- Words whose answer nobody finished: the process died, or the caller did not wait. A turn that still ends writes
            -- the same row.
            insert into public.transcripts (session_id, sequence_number, speaker, content, confidence_score, is_final)
            values (before.id, standing.next_number, 'caller', standing.said, standing.confidence::numeric, true)
            on conflict (session_id, sequence_number) do nothing;
        end if;
        if before.end_reason is not null then
            -- We hang up only once everything has been played: a call that we ended was heard to its end.
            update public.transcripts t set heard = t.content, heard_source = 'estimate'
             where t.session_id = before.id and t.speaker = 'bot' and t.heard is null;
        end if;
    end if;
    update public.call_history c
       set call_status = case when changes then status else c.call_status end,
           direction = coalesce(c.direction, way),
           from_number = coalesce(c.from_number, record_call_status.from_number),
           to_number = coalesce(c.to_number, record_call_status.to_number),
           phone_number = coalesce(
               nullif(c.phone_number, ''),
               private.person_number(
                   private.their_side(way, record_call_status.from_number, record_call_status.to_number)), ''),
           answered_by = coalesce(c.answered_by, record_call_status.answered_by),
           -- A call began no later than anything that is reported of it: the earliest moment, in whatever order.
           started_at = least(c.started_at, happened - make_interval(
               secs => case when terminal then coalesce(duration_s, 0) else 0 end)),
           answered_at = case when rank = 3 then least(c.answered_at, happened) else c.answered_at end,
           duration = case when terminal then coalesce(c.duration, duration_s) else c.duration end,
           ended_at = case when ends then coalesce(c.ended_at, happened, now()) else c.ended_at end,
           end_reason_derived = case when ends then c.end_reason is null else c.end_reason_derived end,
           end_reason = case when not ends then c.end_reason
                             else coalesce(c.end_reason, case status when 'completed' then 'caller_hung_up'
                                                                     when 'no-answer' then 'no_answer' else status end) end,
           transcript = case when ends then private.render_transcript(c.id) else c.transcript end,
           sip_response_code = case when terminal then coalesce(c.sip_response_code, record_call_status.sip_response_code)
                                    else c.sip_response_code end
     where c.id = before.id;
    if ends then
        -- A call that ended while its caller was being connected, or was asked for a message: somebody looks a minute later
        -- what came of it, when whatever was still being told has arrived. Questions go on by text.
        perform jobs.defer_all(
            array['summarise_call', 'fetch_price', case when standing.transferring or standing.taking_message then 'settle_call' end,
                  case when standing.is_asking then 'continue_onboarding' end],
            jsonb_build_object('call_id', before.id),
            array[now(), now(), now() + interval '1 minute', now() + interval '10 seconds']);
        if standing.saw_person then
            perform private.note_person(before.id);
        end if;
        -- Last: other calls wait for these rows.
        if standing.minute_usd is not null then
            perform private.charge_last_minutes(before.id);
        end if;
        if standing.reserved_usd > 0 then
            perform private.settle_purse(before.id);
        end if;
    end if;
    return jsonb_build_object(
        'result', case when changes then 'applied' else 'unchanged' end, 'call_id', before.id,
        'status', case when changes then status else before.call_status end, 'ended', ends);
end $$;

-- record_recording: kind fact; key recording_sid + status; called by services/calls/report_status
-- A call keeps its first recording; in-progress never replaces how it ended.
create function public.record_recording(
    call_sid text, recording_sid text, status text, duration_s int default null, error_code text default null,
    occurred_at timestamptz default null, event_id text default null, token_index int default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    before public.call_history;
    problem constant text := nullif(nullif(record_recording.error_code, ''), '0');
    final constant text := case when problem is not null and status <> 'absent' then 'failed' else status end;
begin
    if private.was_erased(record_recording.call_sid) then
        return '{"result": "refused", "code": "erased"}';
    end if;
    perform private.note_event(
        record_recording.event_id, 'recording:' || status, record_recording.call_sid, record_recording.token_index,
        jsonb_build_array(record_recording.recording_sid, status, duration_s, problem, occurred_at));
    if final not in ('in-progress', 'completed', 'absent', 'failed') then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_status');
    end if;

    before := private.locked_call(record_recording.call_sid);
    if before.recording_sid <> record_recording.recording_sid then
        return jsonb_build_object('result', 'refused', 'code', 'other_recording', 'call_id', before.id);
    end if;
    if before.recording_status is not null and (final = 'in-progress' or before.recording_status <> 'in-progress') then
        return jsonb_build_object('result', 'unchanged', 'call_id', before.id, 'status', before.recording_status);
    end if;
    update public.call_history c
       set recording_sid = record_recording.recording_sid, recording_status = final,
           recording_duration = coalesce(duration_s, c.recording_duration), recording_error = problem
     where c.id = before.id;
    if final = 'completed' then
        perform jobs.defer('copy_recording', jsonb_build_object('call_id', before.id));
    end if;
    return jsonb_build_object('result', 'applied', 'call_id', before.id, 'status', final);
end $$;

-- record_transfer: kind fact; key call_sid + turn; called by services/calls/report_status (Dial's action)
-- Kept in call_data.transfers, by the turn that asked for it; what the call does next is the call core's to say. One that
-- nobody answered is for a person to look at.
create function public.record_transfer(
    call_sid text, turn int, outcome text, dial_call_sid text default null, duration_s int default null,
    occurred_at timestamptz default null, event_id text default null, token_index int default null,
    operator_notice jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    before public.call_history;
    entry constant jsonb := jsonb_strip_nulls(jsonb_build_object(
        'outcome', record_transfer.outcome, 'call_sid', dial_call_sid, 'duration', duration_s, 'at', occurred_at));
begin
    if private.was_erased(record_transfer.call_sid) then
        return '{"result": "refused", "code": "erased"}';
    end if;
    perform private.note_event(
        record_transfer.event_id, concat('transfer:', turn, ':', record_transfer.outcome), record_transfer.call_sid,
        record_transfer.token_index, entry);
    before := private.locked_call(record_transfer.call_sid);
    if before.call_data -> 'transfers' ? turn::text then
        return jsonb_build_object('result', 'unchanged', 'call_id', before.id);
    end if;
    update public.call_history c
       set call_data = coalesce(c.call_data, '{}') || jsonb_build_object(
               -- The leg may have told of itself before.
               'transfers', coalesce(c.call_data -> 'transfers', '{}') - coalesce(dial_call_sid, '')
                            || jsonb_build_object(turn::text, entry))
     where c.id = before.id;
    if record_transfer.outcome = 'completed' then
        perform private.note_person(before.id);
    else
        perform private.escalate_call(
            before.id, 'transfer_unanswered', concat('transfer_unanswered-', turn), null, record_transfer.operator_notice);
    end if;
    return jsonb_build_object('result', 'applied', 'call_id', before.id);
end $$;

-- record_amd: kind fact; key call_sid; called by services/calls/report_status (answering machine detection)
-- The first verdict of a call stays, whenever it comes. `answerer`: what it means for a call that we dialled, which the
-- attempt keeps (dialling/answerers.sql); who replied before it is a person, whatever it says, unless the words are among
-- `mailbox_words`, a pattern.
create function public.record_amd(
    call_sid text, answered_by text, detection_ms int default null, occurred_at timestamptz default null,
    event_id text default null, token_index int default null, attempt_id uuid default null, answerer text default null,
    mailbox_words text default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    before public.call_history;
    who text := record_amd.answerer;
begin
    if private.was_erased(record_amd.call_sid) then
        return '{"result": "refused", "code": "erased"}';
    end if;
    perform private.note_event(
        record_amd.event_id, 'amd:' || record_amd.answered_by, record_amd.call_sid, record_amd.token_index,
        jsonb_build_array(record_amd.answered_by, detection_ms, occurred_at));
    before := private.locked_call(record_amd.call_sid);
    if before.call_data ? 'amd' then
        return jsonb_build_object('result', 'unchanged', 'call_id', before.id, 'answered_by', before.answered_by);
    end if;
    if who = 'voicemail' and private.somebody_replied(before.id, record_amd.mailbox_words) then
        who := 'human';
    end if;
    if who <> 'fax' then
        -- What was said in the call goes before the verdict on it.
        who := coalesce((select a.heard_as from public.call_attempts a where a.call_sid = record_amd.call_sid and a.kind = 'talk'), who);
    end if;
    update public.call_history c
       set answered_by = case when who = 'human' or record_amd.answered_by = 'human' then coalesce(who, 'human')
                              else record_amd.answered_by end,
           outcome = case when who in ('voicemail', 'fax') then 'not_reached' else c.outcome end,
           call_data = coalesce(c.call_data, '{}') || jsonb_build_object('amd', jsonb_strip_nulls(jsonb_build_object(
               'answered_by', record_amd.answered_by, 'detection_ms', detection_ms)))
     where c.id = before.id;
    if who is not null then
        perform private.note_answerer(record_amd.attempt_id, record_amd.call_sid, record_amd.answered_by, who);
    end if;
    return jsonb_build_object('result', 'applied', 'call_id', before.id, 'answered_by', coalesce(who, record_amd.answered_by));
end $$;

select private.grant_to_service('record_call_status', 'record_recording', 'record_transfer', 'record_amd');
select private.share_with_service('locked_call');
