-- Calls of the carrier's list that are no calls of ours: the legs of a transfer, and what another program dials.

select private.drop_functions('known_call_sids', 'record_transfer_leg', 'forget_foreign_call');

-- Whether a call was led by us or placed by us. A status that was read off the carrier's list proves neither.
create or replace function private.is_own_call(the_call public.call_history) returns boolean
language sql stable set search_path = '' as $$
    select the_call.call_queue_id is not null
        or exists (select from public.call_states s where s.call_id = the_call.id)
        or exists (select from public.transcripts t where t.session_id = the_call.id)
        or exists (select from public.call_attempts a where a.call_sid = the_call.call_sid)
$$;

-- known_call_sids: kind read; key sids; called by services/upkeep/reconcile_calls
-- `placed`: dialled by us. `kept`: there is a row, whoever made it. `learnt`: a row that nothing but the list tells of.
create function public.known_call_sids(sids jsonb) returns jsonb
language sql stable set search_path = '' as $$
    with asked as (select jsonb_array_elements_text(sids) as sid)
    select jsonb_build_object(
        'placed', coalesce((
            select jsonb_agg(asked.sid) from asked
             where exists (select from public.call_attempts a where a.call_sid = asked.sid)), '[]'),
        'kept', coalesce((
            select jsonb_agg(asked.sid) from asked
              join public.call_history c on c.call_sid = asked.sid), '[]'),
        'learnt', coalesce((
            select jsonb_agg(asked.sid) from asked
              join public.call_history c on c.call_sid = asked.sid
             where not private.is_own_call(c)
               and exists (select from public.webhook_events e where e.subject = asked.sid)
               and not exists (select from public.webhook_events e
                                where e.subject = asked.sid and e.event_id not like '%:fetched:%')), '[]'))
$$;

-- record_transfer_leg: kind fact; key leg_sid + outcome; called by services/calls/report_status, services/upkeep/reconcile_calls
-- How a transfer ended belongs to the call that was transferred: what <Dial> itself reported stays, what it could not
-- report is filled. A call that we do not know has no transfer of ours.
create function public.record_transfer_leg(call_sid text, leg_sid text, outcome text, duration_s int default null) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    before public.call_history;
    place text;
    entry jsonb;
begin
    if private.was_erased(record_transfer_leg.call_sid) then
        return '{"result": "refused", "code": "erased"}';
    end if;
    select c.* into before from public.call_history c where c.call_sid = record_transfer_leg.call_sid for update;
    if before.id is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_call');
    end if;
    select t.key, t.value into place, entry from jsonb_each(before.call_data -> 'transfers') t
     where t.value ->> 'call_sid' = leg_sid limit 1;
    entry := jsonb_strip_nulls(jsonb_build_object(
        'call_sid', leg_sid, 'outcome', record_transfer_leg.outcome, 'duration', duration_s)) || coalesce(entry, '{}');
    place := coalesce(place, leg_sid);
    if before.call_data #> array['transfers', place] = entry then
        return jsonb_build_object('result', 'unchanged', 'call_id', before.id);
    end if;
    update public.call_history c
       set call_data = coalesce(c.call_data, '{}') || jsonb_build_object(
               'transfers', coalesce(c.call_data -> 'transfers', '{}') || jsonb_build_object(place, entry))
     where c.id = before.id;
    perform private.note_person(before.id);
    return jsonb_build_object('result', 'applied', 'call_id', before.id);
end $$;

-- forget_foreign_call: kind command; key call_sid; called by services/upkeep/reconcile_calls
-- Takes away the row that an earlier version made of such a call, with its summary. A call of ours stays.
create function public.forget_foreign_call(call_sid text) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
begin
    delete from public.call_history c
     where c.call_sid = forget_foreign_call.call_sid and not private.is_own_call(c);
    return jsonb_build_object('result', case when found then 'forgotten' else 'unchanged' end);
end $$;

-- Whether the caller stayed longer than the transfer of that turn rings: each number in turn rings about five seconds longer than
-- it was told to (handbook 2.5).
create or replace function private.outlasted_ringing(calling public.call_history, asked public.call_turns) returns boolean
language sql immutable set search_path = '' as $$
    select calling.ended_at >= asked.finished_at + make_interval(secs => 10 + (
               5 + coalesce((asked.closing ->> 'ring_s')::double precision, 20)) * case
               when coalesce((asked.closing ->> 'at_once')::boolean, false)
                 or jsonb_typeof(asked.closing -> 'to') is distinct from 'array' then 1
               else jsonb_array_length(asked.closing -> 'to') end)
$$;

-- Whether somebody answered a leg that <Dial> did not name: it stands under its own SID, not under a turn's number.
create or replace function private.leg_was_answered(calling public.call_history) returns boolean
language sql immutable set search_path = '' as $$
    select exists (select from jsonb_each(calling.call_data -> 'transfers') e
                    where e.key !~ '^[0-9]+$' and e.value ->> 'outcome' = 'completed');
$$;

-- A call that ended while its caller talked with a person reached one, whatever its words leave open: an operator had it, <Dial>
-- or the list names a leg that was answered, or nobody told and the caller outlasted the ringing.
create or replace function private.note_person(the_call bigint) returns void
language plpgsql set search_path = '' as $$
declare
    calling public.call_history;
    standing public.call_states;
    asked public.call_turns;
    reached boolean;
begin
    select c.* into calling from public.call_history c where c.id = the_call and c.ended_at is not null;
    select s.* into standing from public.call_states s where s.call_id = calling.id;
    if standing.transferring then
        select t.* into asked from public.call_turns t where t.call_id = calling.id and t.turn = standing.turn;
        -- A leg that <Dial> did not name stands under its own name.
        select bool_or(e.value ->> 'outcome' = 'completed') into reached
          from jsonb_each(calling.call_data -> 'transfers') e
         where e.key = (standing.turn + 1)::text or e.key !~ '^[0-9]+$';
        reached := coalesce(reached, private.outlasted_ringing(calling, asked));
    else
        reached := standing.held_by is not null;
    end if;
    if reached then
        update public.call_history c set outcome = 'transferred'
         where c.id = calling.id and c.outcome is distinct from 'transferred';
        perform private.note_goal(a.id) from public.call_attempts a where a.call_sid = calling.call_sid;
    end if;
end $$;

select private.grant_to_service('known_call_sids', 'record_transfer_leg', 'forget_foreign_call');
select private.share_with_service('is_own_call', 'outlasted_ringing', 'leg_was_answered', 'note_person');
