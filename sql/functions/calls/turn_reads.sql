-- What is committed of a turn, for whoever waits for it and for its clips.

select private.drop_functions('read_turn', 'read_turn_part');

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

select private.grant_to_service('read_turn', 'read_turn_part');
select private.share_with_service('turn_parts', 'parts_served');
