-- Stepping into calls: commands of the team, who takes them, and what came of them. The function is the transaction.

select private.drop_functions('add_call_command', 'list_call_commands', 'take_call_commands');

-- Who asks, as the call's state and its rows know them.
create or replace function private.maker_of(actor jsonb) returns text
language sql immutable set search_path = '' as $$
    select coalesce(actor ->> 'key_id', actor ->> 'user_id', 'operator')
$$;

-- What a maker is called.
create or replace function private.maker_name(maker text) returns text
language sql stable set search_path = '' as $$
    select case
        when maker = 'operator' then 'the operator of the machine'
        when maker ~ '^[0-9a-f-]{36}$' then coalesce(private.name_of(maker::uuid), 'somebody of the team')
    end
$$;

-- Null: the actor may step into the call. Members by their role, an agent into calls of the agent's own; keys of
-- operators into what they see.
create or replace function private.why_not_step(actor jsonb, the_call public.call_history) returns text
language plpgsql stable set search_path = '' as $$
declare
    member_role text;
begin
    if not private.acts_as(actor, 'operator') then
        return case when private.may_see_call(actor, the_call) then 'not_allowed' else 'unknown_call' end;
    end if;
    if private.actor_user(actor) is null or actor ->> 'key_id' is not null then
        return case when private.may_see_call(actor, the_call) then null else 'unknown_call' end;
    end if;
    if the_call.organization_id is distinct from private.actor_organization(actor) then
        return 'unknown_call';
    end if;
    member_role := private.role_in(actor, the_call.organization_id);
    return case
        when member_role in ('owner', 'admin', 'operator') then null
        when member_role = 'viewer' then 'not_allowed'
        when member_role = 'agent' and (the_call.user_id = private.actor_user(actor)
             or exists (select from private.calls_assigned(actor, the_call))) then null
        else 'unknown_call'
    end;
end $$;

-- Who talks with the caller in the bot's place, or is about to. Null: the bot does.
create or replace function private.holder_of(the_call bigint) returns text
language sql stable set search_path = '' as $$
    select case when k.id is null then s.held_by when k.kind = 'take_over' then k.maker end
      from public.call_states s
      left join lateral (
          select w.id, w.kind, w.maker from public.call_commands w
           where w.call_id = the_call and w.done_at is null and w.kind in ('take_over', 'give_back')
           order by w.id desc limit 1) k on true
     where s.call_id = the_call
$$;

-- What the line of a call can do for somebody now: {kind: null, or the code of why not}. `listen` is hearing it in a browser,
-- `talk` taking it over there.
create or replace function private.call_offers(the_call public.call_history, maker text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    standing public.call_states;
    holder text;
    whole text;
    held text;
    sound text;
begin
    select s.* into standing from public.call_states s where s.call_id = the_call.id;
    holder := private.holder_of(the_call.id);
    whole := case
        when the_call.ended_at is not null then 'call_over'
        when the_call.transport not in ('gather', 'relay', 'media') then 'led_elsewhere'
        when standing.call_id is null or the_call.answered_at is null and standing.state is null then 'not_talking'
        when standing.transferring and holder is null then 'with_a_person'
        when holder is not null and holder <> maker then 'taken_over'
    end;
    held := coalesce(whole, case when holder is not null then 'held' end);
    sound := case when the_call.transport <> 'media' then 'no_sound' end;
    return jsonb_build_object(
        'listen', coalesce(case when whole <> 'taken_over' then whole end, sound),
        'talk', coalesce(held, sound),
        'whisper', held, 'say', held,
        'mute', coalesce(held, case when standing.muted then 'muted' end),
        'unmute', coalesce(held, case when not standing.muted then 'not_muted' end),
        'take_over', held,
        'give_back', coalesce(whole, case when holder is null then 'not_taken_over' end),
        'transfer', coalesce(whole, case when standing.transferring then 'with_a_person' end),
        'end', case when whole <> 'with_a_person' then whole end);
end $$;

create or replace function private.command_view(k public.call_commands) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object(
        'id', k.public_id, 'kind', k.kind, 'arguments', k.arguments, 'made_by', private.maker_name(k.maker),
        'made_at', k.made_at, 'taken_at', k.taken_at, 'done_at', k.done_at, 'result', k.result, 'refused', k.refused,
        'number', k.number)
$$;

-- add_call_command: kind command; key public_id, request_key; called by services/calls/stepping/add
-- Puts it where whoever has the call looks; the same key again is the same command, and no other one. Refused, it answers what
-- this call's line can do: `offers`, and who has it.
-- `reach`: how a call that no process holds learns of it, {"call_sid", "turn", "carried", "answering", "language",
-- "ours"}.
create function public.add_call_command(
    public_id uuid, kind text, arguments jsonb default '{}', request_key text default null, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' set timezone = 'UTC' as $$
#variable_conflict use_column
declare
    the_call public.call_history;
    made public.call_commands;
    maker constant text := private.maker_of(actor);
    offers jsonb;
    refused text;
begin
    -- Two operators at once: the second sees what the first left.
    select c.* into the_call from public.call_history c where c.public_id = add_call_command.public_id for no key update;
    refused := case when the_call.id is null then 'unknown_call' else private.why_not_step(actor, the_call) end;
    if refused is not null then
        return jsonb_build_object('result', 'refused', 'code', refused);
    end if;
    select k.* into made from public.call_commands k
     where k.call_id = the_call.id and k.request_key = add_call_command.request_key;
    if made.id is not null then
        return case when (made.kind, made.arguments) = (add_call_command.kind, add_call_command.arguments)
            then jsonb_build_object('result', 'added', 'command', private.command_view(made), 'reach', null)
            else '{"result": "refused", "code": "key_used"}' end;
    end if;
    offers := private.call_offers(the_call, maker);
    refused := case when not offers ? add_call_command.kind then 'wrong_kind' else offers ->> add_call_command.kind end;
    if refused is null and 200 <= (select count(*) from public.call_commands k where k.call_id = the_call.id) then
        refused := 'too_many';
    end if;
    if refused is not null then
        return jsonb_build_object(
            'result', 'refused', 'code', refused, 'offers', offers,
            'taken_over_by', private.maker_name(private.holder_of(the_call.id)));
    end if;
    insert into public.call_commands (call_id, kind, arguments, request_key, maker, made_by)
    values (the_call.id, add_call_command.kind, add_call_command.arguments, add_call_command.request_key, maker,
            private.actor_user(actor))
    returning * into made;
    perform private.audit(
        actor, 'call.' || made.kind, 'call', the_call.public_id::text, null,
        jsonb_build_object('command', made.public_id), the_call.organization_id);
    return jsonb_build_object(
        'result', 'added', 'command', private.command_view(made),
        'reach', (select jsonb_build_object(
                      'call_sid', the_call.call_sid, 'turn', s.turn,
                      'carried', s.stream_lease is not null,
                      'answering', exists (select from public.call_turns t where t.call_id = s.call_id and t.turn > s.turn),
                      'language', coalesce(s.language, s.plan ->> 'language'), 'ours', private.our_number(the_call))
                    from public.call_states s where s.call_id = the_call.id));
end $$;

-- list_call_commands: kind read; key public_id; called by console, api
-- What was asked of a call, the oldest first, and what its line can do for the actor now: whoever sees the call sees that too.
create function public.list_call_commands(public_id uuid, actor jsonb default null, reader jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
#variable_conflict use_column
declare
    the_call public.call_history;
    why_not text;
begin
    select c.* into the_call from public.call_history c where c.public_id = list_call_commands.public_id;
    if the_call.id is null or not private.may_see_call(coalesce(list_call_commands.reader, actor), the_call) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_call');
    end if;
    why_not := private.why_not_step(actor, the_call);
    return jsonb_build_object(
        'result', 'found', 'transport', the_call.transport, 'may_step_in', why_not is null,
        'taken_over_by', case when the_call.ended_at is null then private.maker_name(private.holder_of(the_call.id)) end,
        'is_yours', coalesce(private.holder_of(the_call.id) = private.maker_of(actor), false),
        'offers', private.call_offers(the_call, private.maker_of(actor)),
        'phone', (select min(l.phone_number) from public.phone_links l where l.user_id = private.actor_user(actor)),
        'commands', coalesce((
            select jsonb_agg(private.command_view(k) order by k.id)
              from public.call_commands k where k.call_id = the_call.id), '[]'));
end $$;

-- take_call_commands: kind claim; key leases; called by services/calls/stepping/deliver, in each process for all its calls
-- `leases` are those of the calls that its sockets carry. A command that somebody took who has lost the call since is taken
-- again: it was not carried out, because that is committed with the state.
create function public.take_call_commands(leases jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
    taken jsonb;
begin
    if not exists (select from public.call_commands k where k.done_at is null) then
        return jsonb_build_object('commands', '[]'::jsonb);
    end if;
    with waiting as (
        select k.id, s.stream_lease
          from public.call_commands k join public.call_states s on s.call_id = k.call_id
         where k.done_at is null and s.stream_lease is not null and k.taken_by is distinct from s.stream_lease
           and take_call_commands.leases ? s.stream_lease::text
         order by k.id limit 500
           for update of k skip locked),
    marked as (
        update public.call_commands k set taken_at = clock_timestamp(), taken_by = w.stream_lease
          from waiting w where k.id = w.id
        returning k.id, k.call_id, k.kind, k.arguments, k.maker)
    select coalesce(jsonb_agg(to_jsonb(m) order by m.id), '[]') into taken from marked m;
    return jsonb_build_object('commands', taken);
end $$;

-- What opens a turn on Gather beside the caller: whoever claims a new turn takes what waits; who goes on with one gets the same.
create or replace function private.commands_for_turn(the_call bigint, the_turn int, token uuid, is_new boolean) returns jsonb
language plpgsql set search_path = '' as $$
begin
    if is_new then
        update public.call_commands k set taken_at = clock_timestamp(), taken_by = token, turn = the_turn
         where k.call_id = the_call and k.done_at is null;
        if not found then
            return '[]';
        end if;
    end if;
    return coalesce((
        select jsonb_agg(jsonb_build_object('id', k.id, 'kind', k.kind, 'arguments', k.arguments, 'maker', k.maker) order by k.id)
          from public.call_commands k where k.call_id = the_call and k.turn = the_turn), '[]');
end $$;

-- What came of commands, told with the turn that carried them out: [{"id", "refused", "number"}]. It may come after the end of the
-- call, which has refused what nobody had told of yet.
create or replace function private.keep_commands(the_call bigint, commands jsonb) returns void
language sql set search_path = '' as $$
    update public.call_commands k
       set done_at = clock_timestamp(), result = case when c.refused = '' then 'done' else 'refused' end,
           refused = nullif(c.refused, ''), number = c.number
      from jsonb_to_recordset(commands) c (id bigint, refused text, number int)
     where k.id = c.id and k.call_id = the_call and (k.done_at is null or k.refused = 'call_over')
$$;

select private.share_with_service(
    'maker_of', 'maker_name', 'why_not_step', 'holder_of', 'call_offers', 'command_view', 'commands_for_turn',
    'keep_commands');
select private.grant_to_service('add_call_command', 'list_call_commands', 'take_call_commands');
