-- Speculative answers on Gather: claimed for the words of a moment, kept event by event, taken when the final words are the same.

select private.drop_functions('claim_speculation', 'add_speculation', 'read_speculation', 'drop_speculation');

-- claim_speculation: kind claim; key call_sid, turn, token; called by services/calls/gather/speculate
-- Begins an answer to `words` (a digest), the words of the turn's result number `sequence`; a newer text takes the place of
-- an older one, `most_starts` times a turn. `opening`: the events that the answer begins with. {result: claimed} with all that the answer is made from, else {result: refused}.
create function public.claim_speculation(
    call_sid text, turn int, words text, sequence bigint, token uuid, most_starts int, opening jsonb
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    standing record;
begin
    select s.call_id, s.turn, s.plan, s.state, s.spent_usd into standing
      from public.call_history c join public.call_states s on s.call_id = c.id
     where c.call_sid = claim_speculation.call_sid and c.ended_at is null and s.state is not null
       and s.turn + 1 = claim_speculation.turn
       and not exists (select from public.call_turns t where t.call_id = s.call_id and t.turn = claim_speculation.turn);
    if not found then
        return jsonb_build_object('result', 'refused');
    end if;
    insert into public.call_speculations as g (call_id, turn, words, sequence, token, events)
    values (standing.call_id, claim_speculation.turn, claim_speculation.words, claim_speculation.sequence,
            claim_speculation.token, claim_speculation.opening)
    on conflict (call_id) do update
       set turn = excluded.turn, words = excluded.words, sequence = excluded.sequence, token = excluded.token,
           starts = case when g.turn = excluded.turn then g.starts + 1 else 1 end,
           -- The clips of the answer that is replaced were made all the same.
           unpaid_usd = case when g.turn = excluded.turn then g.unpaid_usd + g.clips_usd else 0 end, clips_usd = 0,
           events = excluded.events, finished = false, taken = false, begun_at = clock_timestamp()
     where g.turn < excluded.turn
        or (g.turn = excluded.turn and not g.taken and g.sequence < excluded.sequence and g.words <> excluded.words
            and g.starts < claim_speculation.most_starts);
    if not found then
        return jsonb_build_object('result', 'refused');
    end if;
    -- Callers who hung up before they were done.
    delete from public.call_speculations g where g.begun_at < clock_timestamp() - interval '2 minutes';
    return jsonb_build_object(
        'result', 'claimed', 'call_id', standing.call_id, 'plan', standing.plan, 'state', standing.state,
        'spent_usd', standing.spent_usd, 'previous', (
            select coalesce(jsonb_agg(jsonb_build_object('speech', d.speech, 'served_at', d.served_at) order by d.document), '[]')
              from private.served_documents d
             where d.call_id = standing.call_id and d.turn = claim_speculation.turn - 1));
end $$;

-- add_speculation: kind claim; key call_id, turn, token; called by services/calls/gather/speculate
-- Keeps events that the answer has brought: {result: kept}, or {result: fenced} where nobody waits for them any more.
-- `used_usd` is paid in both cases, `clips_usd` once the answer turns out not to be spoken.
create function public.add_speculation(
    call_id bigint, turn int, token uuid, events jsonb, finished boolean, clips_usd double precision default 0,
    used_usd double precision default 0
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    kept boolean;
begin
    if add_speculation.used_usd > 0 then
        -- In the order in which claim_turn locks.
        perform from public.call_states s where s.call_id = add_speculation.call_id for update;
    end if;
    update public.call_speculations g
       set events = g.events || add_speculation.events, finished = add_speculation.finished,
           clips_usd = g.clips_usd + add_speculation.clips_usd::numeric
     where g.call_id = add_speculation.call_id and g.token = add_speculation.token and g.words <> ''
       and (g.taken or not exists (
               select from public.call_turns t where t.call_id = g.call_id and t.turn = add_speculation.turn));
    kept := found;
    if add_speculation.used_usd > 0 then
        -- The carrier's minutes are paid where the state is written.
        update public.call_states s set spent_usd = s.spent_usd + add_speculation.used_usd::numeric
         where s.call_id = add_speculation.call_id;
        perform private.take_from_purse(c.id, c.direction, add_speculation.used_usd::numeric)
           from public.call_history c where c.id = add_speculation.call_id;
    end if;
    return jsonb_build_object('result', case when kept then 'kept' else 'fenced' end);
end $$;

-- read_speculation: kind read; key call_id, token; called by services/calls/gather/follow
-- What an answer has brought since its first `after` events; {"gone": true} where it is made no longer.
create function public.read_speculation(call_id bigint, token uuid, after int) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce((
        select jsonb_build_object('gone', false, 'finished', g.finished, 'events', coalesce((
                   select jsonb_agg(e.event order by e.place)
                     from jsonb_array_elements(g.events) with ordinality as e (event, place)
                    where e.place > read_speculation.after), '[]'))
          from public.call_speculations g
         where g.call_id = read_speculation.call_id and g.token = read_speculation.token and g.words <> ''),
        '{"gone": true}')
$$;

-- drop_speculation: kind claim; key call_id, token; called by services/calls/gather/speculate, services/calls/gather/follow
-- Nobody waits for the answer any more. The row stays until the turn opens: its clips were made.
create function public.drop_speculation(call_id bigint, token uuid) returns jsonb
language plpgsql set search_path = '' as $$
begin
    update public.call_speculations g set words = '', events = '[]'
     where g.call_id = drop_speculation.call_id and g.token = drop_speculation.token;
    return jsonb_build_object('result', case when found then 'dropped' else 'gone' end);
end $$;

-- What the turn finds that the final words open, null when nothing was begun: whether they are the words that were answered
-- (`hit`), then also the answer's `events`, `token` and whether it is `finished`; and `unpaid_usd`, what was made in vain.
create or replace function private.take_speculation(the_call bigint, the_turn int, final_words text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    begun public.call_speculations;
    hit boolean;
begin
    select g.* into begun from public.call_speculations g
     where g.call_id = the_call and g.turn = the_turn for update;
    if not found then
        return null;
    end if;
    hit := coalesce(begun.words = final_words, false);
    if hit and not begun.finished then
        update public.call_speculations g set taken = true where g.call_id = the_call;
    else
        delete from public.call_speculations g where g.call_id = the_call;
    end if;
    if hit then
        return jsonb_build_object('hit', true, 'events', begun.events, 'token', begun.token, 'finished', begun.finished,
                                  'unpaid_usd', begun.unpaid_usd);
    end if;
    return jsonb_build_object('hit', false, 'unpaid_usd', begun.unpaid_usd + begun.clips_usd);
end $$;

select private.grant_to_service('claim_speculation', 'add_speculation', 'read_speculation', 'drop_speculation');
select private.share_with_service('take_speculation');
