-- The queue as people see it: calls asked for, looked at, moved and canceled, and why they are not dialled yet.

select private.drop_functions(
    'queue_call', 'show_queued_call', 'list_queued_calls', 'change_queued_call', 'cancel_queued_call');

-- An entry is seen by whose it is, by its organization, by whom its key belongs to, and by operators of everything.
create or replace function private.may_see_entry(actor jsonb, q public.call_queue) returns boolean
language sql stable set search_path = '' as $$
    select private.is_service_wide(actor)
        or private.may_see_row(actor, q.user_id, q.organization_id)
        or (private.acts_as(actor, 'integrator') and coalesce(q.api_key_id = (actor ->> 'key_id')::uuid, false))
$$;

-- An entry with what it waits for, as private.whys says.
create or replace function private.shown_entry(q public.call_queue, why jsonb) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
               'id', q.id, 'to', q.recipient_number, 'status', q.status, 'purpose', q.purpose, 'campaign_id', q.campaign_id,
               'template', (select t.name from public.call_templates t
                             where t.id = coalesce(q.template_id, (select c.template_id from public.campaigns c where c.id = q.campaign_id))),
               'variables', coalesce(q.custom_variables, '{}'), 'scheduled_time', q.scheduled_time,
               'not_before', q.not_before, 'not_after', q.not_after, 'timezone', q.timezone, 'zones', to_jsonb(q.zones),
               'priority', q.priority, 'hours_lifted', q.hours_lifted, 'attempts_made', q.retry_count,
               'max_attempts', q.max_attempts, 'last_error', q.last_error, 'request_key', q.request_key,
               'caller_number', coalesce(
                   (select n.full_number from public.user_phone_numbers n where n.id = q.caller_number_id),
                   (select n.full_number from public.provider_phone_numbers n where n.id = q.from_number_id)),
               'next_attempt_at', why -> 'expected_at',
               'reasons', coalesce(why -> 'reasons', '[]'), 'expected_at', why -> 'expected_at',
               'series_id', q.series_id, 'occurrence', q.occurrence, 'asked_in', q.asked_in,
               'created_at', q.created_at, 'updated_at', q.updated_at)
$$;

create or replace function private.entry_view(q public.call_queue, limits jsonb) returns jsonb
language sql stable set search_path = '' as $$
    select private.shown_entry(q, case when q.status = 'queued' then private.why_not_yet(q, limits, clock_timestamp()) end)
$$;

create or replace function private.attempt_view(a public.call_attempts) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'id', a.id, 'number', a.attempt_number, 'state', a.state, 'from', a.from_number, 'caller_choice', a.caller_choice, 'call_sid', a.call_sid,
        'call_id', c.public_id, 'claimed_at', a.created_at, 'answered_at', c.answered_at, 'end_reason', c.end_reason,
        'rang_at', (select min(e.received_at) from public.webhook_events e
                     where e.subject = a.call_sid and e.event_type = 'status:ringing'),
        'began_at', a.sending_at, 'ended_at', a.ended_at, 'transport', a.transport_result, 'transport_code', a.transport_code,
        'answered_by', a.answered_by, 'goal', a.goal, 'goal_evidence', a.goal_evidence, 'error', a.error)
      from (select 1) always left join public.call_history c on c.call_sid = a.call_sid
$$;

-- The fields in which two requests differ.
create or replace function private.differing(one jsonb, other jsonb) returns jsonb
language sql immutable set search_path = '' as $$
    select coalesce(jsonb_agg(k.key order by k.key), '[]')
      from (select jsonb_object_keys(one) as key union select jsonb_object_keys(other)) k
     where one -> k.key is distinct from other -> k.key
$$;

-- queue_call: kind command; key actor + request_key; called by services/dialling/ask
-- Puts a call into the queue, or says what is wrong with it. `request`: what was asked for, word for word; the same key with
-- another request is refused with the fields in which they differ. `checked`: what the caller of this knows of the number,
-- {country, number_type, zones}. `consent`: {wording, source, given_at}; kept with the entry. `series`: the call repeats, as
-- begin_series says (series.sql). Whoever acts for nobody acts for the house.
create function public.queue_call(
    to_number text, request jsonb, request_key text default null, template text default null, variables jsonb default null,
    caller_number text default null, scheduled_time timestamptz default null, not_before timestamptz default null,
    not_after timestamptz default null, timezone text default null, priority int default 0, purpose text default 'service',
    consent jsonb default null, hours_lifted text default null, checked jsonb default null, limits jsonb default '{}',
    series jsonb default null, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_variable
declare
    whose constant uuid := coalesce(private.actor_user(actor), private.house_account());
    chosen public.call_templates;
    own_number uuid;
    our_number uuid;
    known public.call_queue;
    made public.call_queue;
    said text;
    noted bigint;
begin
    if not private.acts_as(actor, 'operator') or private.actor_organization(actor) is not null
       and private.actor_user(actor) is null then
        return '{"result": "refused", "code": "not_allowed"}';
    end if;
    if request_key is not null then
        perform pg_advisory_xact_lock(hashtextextended(concat('queue_call:', whose, request_key), 0));
        select q.* into known from public.call_queue q where q.user_id = whose and q.request_key = queue_call.request_key;
        if known.id is not null then
            return case when known.request = queue_call.request
                        then jsonb_build_object('result', 'known', 'entry', private.entry_view(known, limits))
                        else jsonb_build_object('result', 'refused', 'code', 'key_used',
                                                'fields', private.differing(known.request, queue_call.request)) end;
        end if;
    end if;
    if template is not null then
        select t.* into chosen from private.template_named(actor, template) t limit 1;
        if chosen.published_version_id is null then
            return jsonb_build_object('result', 'refused', 'field', 'template', 'code', case when chosen.id is null
                then 'unknown_template' else 'unpublished_template' end);
        end if;
    end if;
    if caller_number is not null then
        select n.id into own_number from public.user_phone_numbers n
         where n.full_number = caller_number and n.user_id = whose and n.verified and n.is_active
           and n.carrier_refused_at is null;
        our_number := private.number_of_ours(caller_number, private.organization_calling(actor, caller_number));
        if own_number is null and our_number is null then
            return '{"result": "refused", "field": "caller_number", "code": "unknown_caller_number"}';
        end if;
    end if;
    if consent is not null then
        insert into public.consents (phone_number, purpose, state, channel, wording_version, source_sid, given_at)
        values (private.person_number(to_number), case purpose when 'marketing' then 'marketing' else 'calls' end, 'granted', 'operator',
                consent ->> 'wording', consent ->> 'source', coalesce((consent ->> 'given_at')::timestamptz, now()))
        returning id into noted;
    end if;
    begin
        insert into public.call_queue (
            user_id, organization_id, api_key_id, recipient_number, caller_number_id, from_number_id, template_id,
            custom_variables, scheduled_time, not_before, not_after, timezone, priority, purpose, hours_lifted, request_key, request, country,
            number_type, zones, checked_at)
        values (
            whose, private.actor_organization(actor), (actor ->> 'key_id')::uuid, to_number, own_number, our_number, chosen.id, variables,
            scheduled_time, not_before, not_after, timezone, priority, purpose, hours_lifted, request_key, request,
            checked ->> 'country', checked ->> 'number_type', array(select jsonb_array_elements_text(checked -> 'zones')),
            case when checked is not null then now() end)
        returning * into made;
    exception when check_violation then
        get stacked diagnostics said = message_text;
        delete from public.consents k where k.id = noted;
        return jsonb_build_object('result', 'refused', 'code', 'invalid', 'message', said);
    end;
    if (private.why_not_yet(made, '{}', clock_timestamp()) ->> 'over')::boolean then
        said := private.why_not_yet(made, '{}', clock_timestamp()) -> 'reasons' ->> 0;
        -- What can never be dialled is not stored, and neither is its consent.
        delete from public.call_queue q where q.id = made.id;
        delete from public.consents k where k.id = noted;
        return jsonb_build_object('result', 'refused', 'code', said);
    end if;
    if series is not null then
        made := private.begin_series(made, series);
    end if;
    return jsonb_build_object('result', 'queued', 'entry', private.entry_view(made, limits));
end $$;

-- show_queued_call: kind read; key id; called by cli queue, api
-- An entry with its attempts and with what it waits for.
create function public.show_queued_call(id uuid, limits jsonb default '{}', actor jsonb default null) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce((
        select jsonb_build_object('result', 'found', 'entry', private.entry_view(q, limits) || jsonb_build_object(
                   'tags', private.tags_of_person(actor, q.person), 'was_reached', private.was_reached(q.id),
                   'attempts', (select coalesce(jsonb_agg(private.attempt_view(a) order by a.attempt_number), '[]')
                                  from public.call_attempts a where a.call_queue_id = q.id and a.kind = 'talk')))
          from public.call_queue q where q.id = show_queued_call.id and private.may_see_entry(actor, q)),
        '{"result": "refused", "code": "unknown_entry"}')
$$;

-- list_queued_calls: kind read; key actor, after; called by cli queue, api
-- A page (access/pages.sql), the newest first. Calls that read out a code are no entries that somebody asked for.
create function public.list_queued_calls(
    actor jsonb default null, status text default null, number text default null, campaign_id uuid default null,
    limits jsonb default '{}', page_size int default 50, after jsonb default null, tag text default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(page_size);
    after_at constant timestamptz := (after ->> 'at')::timestamptz;
    after_id constant uuid := (after ->> 'id')::uuid;
    found_ones public.call_queue[];
    -- What may_see_entry asks of each row, asked of columns.
    operates constant boolean := private.acts_as(actor, 'operator');
    by_key constant uuid := case when private.acts_as(actor, 'integrator') then (actor ->> 'key_id')::uuid end;
    acting_user constant uuid := private.actor_user(actor);
    acting_organization constant uuid := private.actor_organization(actor);
    led constant uuid[] := array(select private.led_by(acting_user));
    members constant uuid[] := array(select private.members_of(acting_organization));
begin
    found_ones := array(
        select q from public.call_queue q
         where q.next_attempt_at is not null and (operates or q.api_key_id = by_key)
           and (not operates or acting_user is null or q.user_id = acting_user or q.organization_id = any (led))
           and (not operates or acting_organization is null or q.organization_id = acting_organization
                or (q.organization_id is null and q.user_id = any (members)))
           and (list_queued_calls.status is null or q.status = list_queued_calls.status)
           and (list_queued_calls.number is null or q.person = private.person_number(list_queued_calls.number))
           and (list_queued_calls.campaign_id is null or q.campaign_id = list_queued_calls.campaign_id)
           and (list_queued_calls.tag is null or q.person in (select private.people_tagged(actor, list_queued_calls.tag)))
           and (after_at is null or (q.created_at, q.id) < (after_at, after_id))
         order by q.created_at desc, q.id desc
         limit size + 1);
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(
                   private.shown_entry(q, w.why) || jsonb_build_object('tags', private.tags_of_person(actor, q.person)),
                   jsonb_build_object('at', q.created_at, 'id', q.id)) order by q.created_at desc, q.id desc), '[]')
          from unnest(found_ones) q
          left join private.whys(array(select q.id from unnest(found_ones) q), limits, clock_timestamp()) w on w.id = q.id), size);
end $$;

-- change_queued_call: kind command; key id; called by services/dialling/ask
-- Another time, priority, number of attempts, or why it may be dialled at any hour; what is absent in `changes` stays. Only
-- what waits can be changed. `was`: fields as the actor saw them; others now are refused with `changed_meanwhile`.
create function public.change_queued_call(
    id uuid, changes jsonb, limits jsonb default '{}', actor jsonb default null, was jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one public.call_queue;
    said text;
begin
    select q.* into one from public.call_queue q where q.id = change_queued_call.id for update;
    if one.id is null or not private.may_see_entry(actor, one) then
        return '{"result": "refused", "code": "unknown_entry"}';
    elsif one.status <> 'queued' then
        return jsonb_build_object('result', 'refused', 'code', 'not_queued', 'status', one.status);
    elsif changes ? 'hours_lifted' and not private.acts_as(actor, 'operator') then
        return '{"result": "refused", "code": "not_allowed"}';
    elsif not private.stands(private.shown_entry(one, null), was) then
        return '{"result": "refused", "code": "changed_meanwhile"}';
    end if;
    begin
        update public.call_queue q
           set scheduled_time = case when changes ? 'scheduled_time' then (changes ->> 'scheduled_time')::timestamptz
                                     when changes ? 'not_before' then null else q.scheduled_time end,
               not_before = case when changes ? 'not_before' then (changes ->> 'not_before')::timestamptz else q.not_before end,
               not_after = case when changes ? 'not_after' then (changes ->> 'not_after')::timestamptz
                                when changes ? 'scheduled_time' then null else q.not_after end,
               timezone = case when changes ? 'timezone' then changes ->> 'timezone' else q.timezone end,
               hours_lifted = case when changes ? 'hours_lifted' then changes ->> 'hours_lifted' else q.hours_lifted end,
               priority = coalesce((changes ->> 'priority')::int, q.priority),
               max_attempts = coalesce((changes ->> 'max_attempts')::int, q.max_attempts)
         where q.id = one.id;
        -- The number is the same: what was found of it holds, but for zones that were asked for by name.
        update public.call_queue q
           set checked_at = case when changes ? 'timezone' then null else one.checked_at end
         where q.id = one.id returning q.* into one;
    exception when check_violation then
        get stacked diagnostics said = message_text;
        return jsonb_build_object('result', 'refused', 'code', 'invalid', 'message', said);
    end;
    return jsonb_build_object('result', 'changed', 'entry', private.entry_view(one, limits));
end $$;

-- cancel_queued_call: kind command; key id; called by cli queue, api
-- A call that is under way goes on; the entry is then not dialled again.
create function public.cancel_queued_call(id uuid, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one public.call_queue;
begin
    select q.* into one from public.call_queue q where q.id = cancel_queued_call.id for update;
    if one.id is null or not private.may_see_entry(actor, one) then
        return '{"result": "refused", "code": "unknown_entry"}';
    elsif one.status = 'canceled' then
        return jsonb_build_object('result', 'canceled', 'entry', private.entry_view(one, '{}'));
    elsif one.status not in ('queued', 'in-progress') then
        return jsonb_build_object('result', 'refused', 'code', 'not_queued', 'status', one.status);
    end if;
    update public.call_queue q set status = 'canceled', last_error = null where q.id = one.id returning q.* into one;
    return jsonb_build_object('result', 'canceled', 'entry', private.entry_view(one, '{}'));
end $$;

select private.grant_to_service(
    'queue_call', 'show_queued_call', 'list_queued_calls', 'change_queued_call', 'cancel_queued_call');
select private.share_with_service(
    'may_see_entry', 'shown_entry', 'entry_view', 'attempt_view', 'differing');
