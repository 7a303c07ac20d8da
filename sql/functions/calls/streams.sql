-- Calls on a websocket: offer a socket, claim it with its token, commit what the call leaves. The function is the transaction.

select private.drop_functions('offer_stream', 'claim_stream', 'commit_stream', 'renew_streams', 'try_stream_code',
    'keep_stream_results');

-- A document is about to ask for a socket of this call.
create or replace function private.keep_offer(the_call bigint, transport text, offer jsonb) returns void
language sql set search_path = '' as $$
    insert into public.call_streams (token_hash, call_id, transport, transfer, expires_at)
    values (offer ->> 'token_hash', the_call, keep_offer.transport, offer ->> 'transfer',
            clock_timestamp() + make_interval(secs => (offer ->> 'token_s')::double precision))
$$;

-- What carries a call that begins now, of what can: its template's choice, else the usual; null: no socket. A call that began
-- on Gather goes on there.
create or replace function private.offered_transport(the_call bigint, offer jsonb) returns text
language sql stable set search_path = '' as $$
    select w.wanted
      from public.call_history c
      join public.call_states s on s.call_id = c.id,
           lateral (select coalesce(s.plan -> 'template' ->> 'transport', offer ->> 'usual') as wanted) w
     where c.id = the_call and offer -> 'usable' ? w.wanted
       and (c.transport = w.wanted or not exists (select from public.call_turns t where t.call_id = the_call))
$$;

-- offer_stream: kind claim; key call_sid, token_hash; called by services/calls/streams/begin
-- Where a call stands whose socket is gone, how many sockets it was offered within 20 seconds, and the token of its next one. `offer`: {"token_hash", "token_s"}; null: no socket.
create function public.offer_stream(call_sid text, offer jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    standing record;
begin
    select s.call_id, s.turn, s.plan, s.state, c.transport, c.ended_at is not null as ended,
           (select t.closing from public.call_turns t where t.call_id = s.call_id and t.turn = s.turn) as closing,
           coalesce((select o.claimed_at is null from public.call_streams o where o.call_id = s.call_id
                      order by o.created_at desc limit 1), false) as missed,
           (select count(*) from public.call_streams o
             where o.call_id = s.call_id and o.created_at > now() - interval '20 seconds') as offered
      into standing
      from public.call_history c join public.call_states s on s.call_id = c.id
     where c.call_sid = offer_stream.call_sid;
    if not found then
        return jsonb_build_object('result', 'unknown_call');
    end if;
    if offer_stream.offer is not null and standing.transport in ('relay', 'media') and not standing.ended then
        perform private.keep_offer(standing.call_id, standing.transport, offer_stream.offer);
    end if;
    return jsonb_build_object(
        'result', 'standing', 'call_id', standing.call_id, 'turn', standing.turn, 'plan', standing.plan,
        'state', standing.state, 'transport', standing.transport, 'ended', standing.ended, 'closing', standing.closing,
        'missed', standing.missed,
        'offered', standing.offered);
end $$;

-- claim_stream: kind claim; key token_hash; called by services/calls/streams/session
-- Takes the call with the socket's token, once: whoever had the call before is fenced, because the newest socket is the one that
-- the caller is connected with. What the call's process dies without committing, the next one goes on without.
create function public.claim_stream(
    call_sid text, token_hash text, transport text, stream_sid text, lease uuid, lease_s double precision
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    standing record;
    offered public.call_streams;
begin
    -- In the order in which claim_turn locks.
    select s.call_id, s.turn, s.plan, s.state, s.spent_usd, c.ended_at, c.from_number, c.to_number, c.direction, c.public_id
      into standing
      from public.call_history c join public.call_states s on s.call_id = c.id
     where c.call_sid = claim_stream.call_sid for update of s;
    if not found then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_call');
    end if;
    select o.* into offered from public.call_streams o
     where o.token_hash = claim_stream.token_hash and o.call_id = standing.call_id
       and o.transport = claim_stream.transport for update;
    if offered.token_hash is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_token');
    elsif offered.claimed_at is not null then
        return jsonb_build_object('result', 'refused', 'code', 'used_token');
    elsif offered.expires_at < clock_timestamp() then
        return jsonb_build_object('result', 'refused', 'code', 'old_token');
    elsif standing.ended_at is not null then
        return jsonb_build_object('result', 'refused', 'code', 'ended');
    end if;
    update public.call_streams o set claimed_at = clock_timestamp(), stream_sid = claim_stream.stream_sid
     where o.token_hash = claim_stream.token_hash;
    update public.call_states s
       set stream_lease = claim_stream.lease,
           stream_lease_until = clock_timestamp() + make_interval(secs => claim_stream.lease_s), stream_used_usd = 0
     where s.call_id = standing.call_id;
    return jsonb_build_object(
        'result', 'claimed', 'call_id', standing.call_id, 'turn', standing.turn, 'plan', standing.plan,
        'state', standing.state, 'spent_usd', standing.spent_usd, 'direction', standing.direction,
        'from_number', standing.from_number, 'to_number', standing.to_number, 'public_id', standing.public_id,
        'transfer', offered.transfer);
end $$;

-- renew_streams: kind claim; key leases; called by services/calls/streams/live
-- `leases`: {call_id: lease} of one process. Answers {"fenced": [call_id, …]}: calls that somebody else has.
create function public.renew_streams(leases jsonb, lease_s double precision) returns jsonb
language plpgsql set search_path = '' as $$
declare
    fenced jsonb;
begin
    with held as (
        select l.key::bigint as call_id, l.value::uuid as lease from jsonb_each_text(renew_streams.leases) l),
    renewed as (
        update public.call_states s
           set stream_lease_until = clock_timestamp() + make_interval(secs => renew_streams.lease_s)
          from held where s.call_id = held.call_id and s.stream_lease = held.lease
        returning s.call_id)
    select coalesce(jsonb_agg(h.call_id), '[]') into fenced
      from held h where not exists (select from renewed r where r.call_id = h.call_id);
    return jsonb_build_object('result', 'renewed', 'fenced', fenced);
end $$;

-- commit_stream: kind claim; key call_id, lease, turn; called by services/calls/streams/log
-- Keeps where a call stands and what it left since the last commit; repeating it changes nothing. `turn` is the
-- one that goes on, or with a `closing` ends. `used_in_all_usd`: what the holder of the lease has used since it claimed the call
-- (`used_usd`: since its last commit, from a process of the release before). `carrier_usd`: a minute of the carrier alone. `opened`: {"input", "silent", "said", "confidence", "code_outcome"} of a turn
-- that somebody opened. The rest is finish_turn's. `leaves`: the socket is gone, the call is free for the next one.
create function public.commit_stream(
    call_id bigint, lease uuid, lease_s double precision, turn int, state jsonb, utterances jsonb, results jsonb,
    opened jsonb default null, closing jsonb default null, guidance jsonb default null, operator_notice jsonb default null,
    voice_id text default null, next_number int default null, transferring boolean default false,
    taking_message boolean default false, used_usd double precision default 0, minute_usd double precision default 0,
    leaves boolean default false, language text default null, held_by text default null,
    muted boolean default false, used_in_all_usd double precision default null,
    carrier_usd double precision default null
) returns jsonb
language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan as $$
declare
    calling record;
    spent numeric;
    more numeric;
begin
    -- As in finish_turn, money too.
    select c.started_at, c.ended_at, c.direction, s.stream_lease, s.paid_minutes, s.stream_used_usd,
           private.begun_minutes(c.answered_at, c.ended_at) as minutes into calling
      from public.call_states s join public.call_history c on c.id = s.call_id
     where s.call_id = commit_stream.call_id for update of s for key share of c;
    if calling.stream_lease is distinct from commit_stream.lease then
        return jsonb_build_object('result', 'fenced');
    end if;
    more := coalesce(greatest(0, commit_stream.used_in_all_usd::numeric - calling.stream_used_usd), commit_stream.used_usd::numeric)
            + commit_stream.minute_usd::numeric * greatest(0, calling.minutes - calling.paid_minutes);
    if commit_stream.opened is not null then
        -- Its lease is over from the start: whoever takes the call over goes on from the state.
        insert into public.call_turns as t (
            call_id, turn, input, silent, said, confidence, code_outcome, token, lease_until, closing, finished_at)
        values (commit_stream.call_id, commit_stream.turn, commit_stream.opened -> 'input',
                coalesce((commit_stream.opened ->> 'silent')::boolean, false), commit_stream.opened ->> 'said',
                (commit_stream.opened ->> 'confidence')::double precision, commit_stream.opened ->> 'code_outcome',
                commit_stream.lease, clock_timestamp(), commit_stream.closing,
                case when commit_stream.closing is not null then clock_timestamp() end)
        on conflict on constraint call_turns_pkey do update
           set closing = excluded.closing, finished_at = excluded.finished_at, input = excluded.input,
               silent = excluded.silent, said = coalesce(excluded.said, t.said),
               confidence = coalesce(excluded.confidence, t.confidence),
               code_outcome = coalesce(excluded.code_outcome, t.code_outcome)
         where t.closing is null;
    end if;
    update public.call_states s
       set state = commit_stream.state, voice_id = commit_stream.voice_id, next_number = commit_stream.next_number,
           turn = case when commit_stream.closing is null then s.turn else greatest(s.turn, commit_stream.turn) end,
           onboarding_phase = commit_stream.guidance ->> 'phase', transferring = commit_stream.transferring,
           taking_message = commit_stream.taking_message, held_by = commit_stream.held_by, muted = commit_stream.muted, updated_at = now(),
           language = coalesce(commit_stream.language, s.language),
           spent_usd = s.spent_usd + more, paid_minutes = greatest(s.paid_minutes, calling.minutes),
           stream_used_usd = greatest(s.stream_used_usd, commit_stream.used_in_all_usd::numeric),
           minute_usd = case when commit_stream.closing ->> 'kind' = 'transfer'
                             then coalesce(commit_stream.carrier_usd, commit_stream.minute_usd)
                             else commit_stream.minute_usd end,
           stream_lease = case when commit_stream.leaves then null else s.stream_lease end,
           stream_lease_until = case when commit_stream.leaves then null
                                     else clock_timestamp() + make_interval(secs => commit_stream.lease_s) end
     where s.call_id = commit_stream.call_id
    returning s.spent_usd into spent;
    if commit_stream.utterances <> '[]' then
        perform private.keep_utterances(commit_stream.call_id, calling.started_at, commit_stream.utterances);
        if calling.ended_at is not null then
            perform private.follow_late_words(commit_stream.call_id);
            perform jobs.defer('summarise_call', jsonb_build_object('call_id', commit_stream.call_id));
        end if;
    end if;
    if commit_stream.guidance is not null then
        perform private.keep_guidance(commit_stream.call_id, commit_stream.guidance);
    end if;
    if commit_stream.results <> '{}' then
        perform private.keep_results(
            commit_stream.call_id, commit_stream.turn, commit_stream.results, commit_stream.operator_notice);
    end if;
    if more > 0 then
        -- Last: other calls wait for these rows.
        perform private.take_from_purse(commit_stream.call_id, calling.direction, more);
    end if;
    return jsonb_build_object('result', 'committed', 'spent_usd', spent);
end $$;

-- keep_stream_results: kind fact; key call_id, turn; called by services/calls/streams/log
-- What a call left while the database was away and its state could not be committed; nothing that stands is changed by it.
create function public.keep_stream_results(
    call_id bigint, turn int, utterances jsonb, results jsonb, operator_notice jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    calling public.call_history;
begin
    select c.* into calling from public.call_history c where c.id = keep_stream_results.call_id for key share;
    if not found then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_call');
    end if;
    insert into public.transcripts as t (
        session_id, sequence_number, speaker, content, confidence_score, heard, heard_source, latency_ms, is_final,
        start_time_seconds)
    select calling.id, u.number, u.speaker, u.text, u.confidence, u.heard, u.heard_source, u.latency_ms, true,
           extract(epoch from clock_timestamp() - calling.started_at)
      from jsonb_to_recordset(keep_stream_results.utterances) u (
           number int, speaker text, text text, confidence numeric, heard text, heard_source text, latency_ms int)
    on conflict (session_id, sequence_number) do update
       set heard = coalesce(t.heard, excluded.heard), heard_source = coalesce(t.heard_source, excluded.heard_source)
     where t.content = excluded.content;
    if calling.ended_at is not null then
        perform private.follow_late_words(calling.id);
        perform jobs.defer('summarise_call', jsonb_build_object('call_id', calling.id));
    end if;
    if keep_stream_results.results <> '{}' then
        perform private.keep_results(
            calling.id, keep_stream_results.turn, keep_stream_results.results, keep_stream_results.operator_notice);
    end if;
    return jsonb_build_object('result', 'kept', 'call_id', calling.id);
end $$;

-- try_stream_code: kind claim; key call_id, code; called by services/calls/streams/codes
-- The caller gave a code: {"verification_id", "ok"}. Whoever lost the call tries nothing.
create function public.try_stream_code(call_id bigint, lease uuid, code jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
    number text;
begin
    select c.phone_number into number
      from public.call_states s join public.call_history c on c.id = s.call_id
     where s.call_id = try_stream_code.call_id and s.stream_lease = try_stream_code.lease for update of s;
    if not found then
        return jsonb_build_object('result', 'fenced');
    end if;
    return jsonb_build_object('result', 'tried', 'outcome', private.code_outcome(try_stream_code.code, number));
end $$;

select private.grant_to_service('offer_stream', 'claim_stream', 'renew_streams', 'commit_stream', 'try_stream_code',
    'keep_stream_results');
select private.share_with_service('keep_offer', 'offered_transport');
