-- What is committed of a turn, for whoever waits for it and for its clips.

select private.drop_functions('next_turn', 'read_turn', 'read_turn_part');

-- The committed events of a turn with what is said because of them.
create or replace function private.turn_parts(the_call bigint, the_turn int) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(
        (select t.parts from public.call_turns t where t.call_id = the_call and t.turn = the_turn),
        (select jsonb_agg(jsonb_build_object('event', p.event, 'speech', p.speech) order by p.part)
           from public.call_turn_parts p where p.call_id = the_call and p.turn = the_turn), '[]')
$$;

-- How many parts the documents before this one have said.
create or replace function private.parts_served(the_call bigint, the_turn int, the_document int) returns int
language sql stable set search_path = '' as $$
    select coalesce(max(d.parts_served), 0) from private.served_documents d
     where d.call_id = the_call and d.turn = the_turn and d.document < the_document
$$;

-- next_turn: kind read; key call_sid, turn; called by services/calls/gather/at_once, begin_gather_call
-- What claim_turn would answer of a turn that nobody has begun, without a claim: and `state_at`, by which finish_turn knows whether it
-- still is so. {} where the turn has to be claimed.
create function public.next_turn(call_sid text, turn int) returns jsonb
language plpgsql stable set search_path = '' set plan_cache_mode = force_generic_plan as $$
begin
    return coalesce((
        select jsonb_build_object(
                   'result', 'claimed', 'call_id', s.call_id, 'turn', next_turn.turn, 'closing', null, 'started_at', now(),
                   'running', true, 'voice_id', coalesce(s.voice_id, s.plan ->> 'voice_id'),
                   'language', coalesce(s.language, s.plan ->> 'language'), 'parts', '[]'::jsonb, 'parts_served', 0,
                   'input', '[]'::jsonb, 'code_outcome', null, 'plan', s.plan, 'state', s.state, 'spent_usd', s.spent_usd,
                   'speculation', null, 'state_at', s.updated_at,
                   'previous', (
                       select coalesce(jsonb_agg(jsonb_build_object(
                                  'speech', d.speech, 'served_at', d.served_at) order by d.document), '[]')
                         from private.served_documents d where d.call_id = s.call_id and d.turn = s.turn))
          from public.call_history c join public.call_states s on s.call_id = c.id
         where c.call_sid = next_turn.call_sid and s.turn = next_turn.turn - 1 and s.stream_lease is null
           and (s.state is not null or next_turn.turn = 0)
           and not exists (select from public.call_turns t where t.call_id = s.call_id and t.turn = next_turn.turn)), '{}');
end $$;

-- read_turn: kind read; key call_id, turn; called by services/calls/gather/serve, while another process makes the turn
create function public.read_turn(call_id bigint, turn int, document int) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce((
        select jsonb_build_object(
                   'call_id', t.call_id, 'turn', t.turn, 'closing', t.closing, 'started_at', t.started_at,
                   'voice_id', coalesce(s.voice_id, s.plan ->> 'voice_id'), 'language', coalesce(s.language, s.plan ->> 'language'),
                   'running', t.closing is null and t.lease_until > clock_timestamp(),
                   'parts_served', private.parts_served(t.call_id, t.turn, read_turn.document),
                   'parts', private.turn_parts(t.call_id, t.turn))
          from public.call_turns t
          join public.call_states s on s.call_id = t.call_id
         where t.call_id = read_turn.call_id and t.turn = read_turn.turn), '{}')
        || jsonb_build_object('body', (
            select d.body from private.served_documents d
             where d.call_id = read_turn.call_id and d.turn = read_turn.turn and d.document = read_turn.document))
$$;

-- read_turn_part: kind read; key call_id, turn, part; called by services/calls/speech
create function public.read_turn_part(call_id bigint, turn int, part int) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object('speech', private.turn_parts(read_turn_part.call_id, read_turn_part.turn)
                                        -> read_turn_part.part -> 'speech')
$$;

select private.grant_to_service('next_turn', 'read_turn', 'read_turn_part');
select private.share_with_service('turn_parts', 'parts_served');
