-- What a person sees of one call besides its row: who did what with it, what ran in it, which calls stand beside it.

select private.drop_functions('keep_tool_use', 'call_page', 'call_neighbours', 'note_refused_webhook');

-- keep_tool_use: kind command; key call_id, gen, tool_id; called by services/calls/tools
create function public.keep_tool_use(
    call_id bigint, gen int, tool_id text, name text, arguments text, ok boolean, result text,
    before_number int default null, began_at timestamptz default now(), ended_at timestamptz default now()
) returns jsonb
language plpgsql set search_path = '' as $$
begin
    insert into public.call_tool_uses as t (call_id, gen, tool_id, name, arguments, ok, result, before_number, began_at, ended_at)
    values (keep_tool_use.call_id, keep_tool_use.gen, left(keep_tool_use.tool_id, 200), left(keep_tool_use.name, 200),
            left(keep_tool_use.arguments, 4000), keep_tool_use.ok, left(keep_tool_use.result, 4000), keep_tool_use.before_number,
            keep_tool_use.began_at, keep_tool_use.ended_at)
    on conflict on constraint call_tool_uses_pkey do nothing;
    return jsonb_build_object('result', 'kept');
end $$;

-- What led to a call: when it was asked for, and each dial.
create or replace function private.dials_of(the_call public.call_history) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select coalesce(jsonb_agg(jsonb_build_object(
               'number', a.attempt_number, 'queued_at', q.created_at, 'dialled_at', coalesce(a.sending_at, a.created_at),
               'state', a.state, 'answered_by', a.answered_by, 'is_this', a.call_sid is not distinct from the_call.call_sid)
               order by a.attempt_number), '[]')
      from public.call_queue q
      join public.call_attempts a on a.call_queue_id = q.id
     where q.id = coalesce(the_call.call_queue_id, (
               select b.call_queue_id from public.call_attempts b where b.call_sid = the_call.call_sid))
$$;

-- call_page: kind read; key public_id; called by storage/calls/call_page
-- What the page of a call has besides show_call. `state` is the core's, which reads it. `people`: who looked, watched and
-- stepped in, the last first. A call that the actor may not see is answered like one that does not exist.
create function public.call_page(public_id uuid, actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
declare
    shown public.call_history;
begin
    select c.* into shown from public.call_history c where c.public_id = call_page.public_id;
    if shown.id is null or not private.may_see_call(actor, shown) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_call');
    end if;
    return jsonb_build_object(
        'result', 'found', 'call_id', shown.id, 'speech', public.call_speech(call_page.public_id, call_page.actor),
        'dials', private.dials_of(shown),
        'events', coalesce((
            select jsonb_agg(jsonb_build_object('type', e.event_type, 'source', e.source, 'token_index', e.token_index,
                                                'received_at', e.received_at) order by e.received_at, e.event_type)
              from (select * from public.webhook_events w where w.subject = shown.call_sid
                     order by w.received_at limit 200) e), '[]'),
        'turns', coalesce((
            select jsonb_agg(to_jsonb(t) - 'input' - 'token' - 'lease_until' - 'call_id' - 'said' order by t.turn)
              from public.call_turns t where t.call_id = shown.id), '[]'),
        'tools', coalesce((
            select jsonb_agg(to_jsonb(t) - 'call_id' order by t.began_at, t.gen, t.tool_id)
              from (select * from public.call_tool_uses u where u.call_id = shown.id order by u.began_at limit 500) t), '[]'),
        'people', coalesce((
            select jsonb_agg(jsonb_build_object('action', l.action, 'name', private.name_of(l.user_id), 'role', l.role,
                                                'is_machine', l.user_id is null, 'at', l.at) order by l.at desc, l.id desc)
              from (select * from public.audit_log a where a.object_type = 'call' and a.object_id = call_page.public_id::text
                     order by a.at desc limit 50) l), '[]'),
        'notes', coalesce((
            select jsonb_agg(jsonb_build_object('category', n.category, 'content', n.content) order by n.created_at, n.id)
              from public.smart_notes n where n.session_id = shown.id), '[]'),
        'template', (select jsonb_build_object('id', v.template_id, 'version', v.version, 'name', t.name)
                       from public.call_template_versions v join public.call_templates t on t.id = v.template_id
                      where v.id = shown.template_version_id))
        || coalesce((select jsonb_build_object('plan', s.plan, 'state', s.state, 'spent_usd', s.spent_usd,
                                               'paid_minutes', s.paid_minutes)
                       from public.call_states s where s.call_id = shown.id), '{}');
end $$;

-- call_neighbours: kind read; key public_id; called by storage/calls/call_page
-- {"newer", "older"}: the calls beside this one in the list that was filtered so; null at its ends, and where none of the next 1,000
-- calls is one: of a rare state the list itself is quicker.
create function public.call_neighbours(
    public_id uuid, actor jsonb default null, number text default null, status text default null, direction text default null
) returns jsonb
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
    here public.call_history;
    began timestamptz;
    acting_user constant uuid := private.actor_user(actor);
    acting_organization constant uuid := private.actor_organization(actor);
    led constant uuid[] := array(select private.led_by(acting_user));
    person constant text := private.person_number(call_neighbours.number);
    newer uuid;
    older uuid;
begin
    select c.* into here from public.call_history c where c.public_id = call_neighbours.public_id;
    if here.id is null or not private.may_see_call(actor, here) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_call');
    end if;
    began := coalesce(here.started_at, here.created_at);
    select n.public_id into older
      from (select c.public_id, c.id, c.call_status, c.direction, coalesce(c.started_at, c.created_at) as began
              from public.call_history c
             where (coalesce(c.started_at, c.created_at), c.id) < (began, here.id)
               and (acting_user is null or c.user_id = acting_user or c.organization_id = any (led))
               and (acting_organization is null or c.organization_id = acting_organization)
               and (person is null or c.phone_number = person)
             order by coalesce(c.started_at, c.created_at) desc, c.id desc limit 1000) n
     where (call_neighbours.status is null or n.call_status = call_neighbours.status)
       and (call_neighbours.direction is null or n.direction = call_neighbours.direction)
     order by n.began desc, n.id desc limit 1;
    select n.public_id into newer
      from (select c.public_id, c.id, c.call_status, c.direction, coalesce(c.started_at, c.created_at) as began
              from public.call_history c
             where (coalesce(c.started_at, c.created_at), c.id) > (began, here.id)
               and (acting_user is null or c.user_id = acting_user or c.organization_id = any (led))
               and (acting_organization is null or c.organization_id = acting_organization)
               and (person is null or c.phone_number = person)
             order by coalesce(c.started_at, c.created_at), c.id limit 1000) n
     where (call_neighbours.status is null or n.call_status = call_neighbours.status)
       and (call_neighbours.direction is null or n.direction = call_neighbours.direction)
     order by n.began, n.id limit 1;
    return jsonb_build_object('result', 'found', 'newer', newer, 'older', older);
end $$;

-- note_refused_webhook: kind command; key call_sid; called by webhooks/guard
-- A request that named a call of ours and was not signed by its carrier: ten of a call are kept, and none of a call that nobody knows.
create function public.note_refused_webhook(call_sid text, route text, reason text) returns jsonb
language plpgsql set search_path = '' as $$
begin
    if not exists (select from public.call_history c where c.call_sid = note_refused_webhook.call_sid)
       or (select count(*) from (select from public.webhook_events e
                                  where e.subject = note_refused_webhook.call_sid and e.source = 'refused' limit 10) kept) >= 10 then
        return jsonb_build_object('result', 'unchanged');
    end if;
    insert into public.webhook_events (source, event_id, event_type, subject, processed_at)
    values ('refused', gen_random_uuid()::text, left(reason || ' ' || route, 200), note_refused_webhook.call_sid, now());
    return jsonb_build_object('result', 'noted');
end $$;

select private.share_with_service('dials_of');
select private.grant_to_service(
    'keep_tool_use', 'call_page', 'call_neighbours', 'note_refused_webhook');
