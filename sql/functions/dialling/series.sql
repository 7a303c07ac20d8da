-- Calls that repeat. The worker works out when, as a rule says it on the clocks of the person's place; each occurrence is an
-- entry of its own, made once: an index on series and occurrence says so, whoever makes it.

select private.drop_functions('due_series', 'add_occurrences', 'show_series', 'list_series', 'change_series');

create or replace function private.may_see_series(actor jsonb, s public.call_series) returns boolean
language sql stable set search_path = '' as $$
    select private.is_service_wide(actor)
        or private.may_see_row(actor, s.user_id, s.organization_id)
        or (private.acts_as(actor, 'integrator') and coalesce(s.api_key_id = (actor ->> 'key_id')::uuid, false))
$$;

create or replace function private.series_view(s public.call_series) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'id', s.id, 'to', s.recipient_number, 'state', s.state, 'repeat', s.rule, 'starts_at', s.starts_at, 'zone', s.zone,
        'lasts_s', extract(epoch from s.lasts)::int,
        'template', (select t.name from public.call_templates t where t.id = s.template_id), 'purpose', s.purpose,
        'priority', s.priority, 'revision', s.revision, 'last_error', s.last_error,
        'entries', coalesce((
            select jsonb_agg(jsonb_build_object('id', q.id, 'occurrence', q.occurrence, 'status', q.status) order by q.occurrence)
              from public.call_queue q where q.series_id = s.id and q.status in ('queued', 'in-progress')), '[]'),
        'created_at', s.created_at, 'updated_at', s.updated_at)
$$;

-- A rule that was begun with the entry `first`, which is its first occurrence. `plan`: {rule, starts_at, zone, lasts_s,
-- occurrences, look_at}, the first one among the occurrences.
create or replace function private.begin_series(first public.call_queue, plan jsonb) returns public.call_queue
language plpgsql set search_path = '' as $$
declare
    made public.call_series;
    one public.call_queue;
begin
    insert into public.call_series (
        user_id, organization_id, api_key_id, rule, starts_at, zone, lasts, recipient_number, caller_number_id, from_number_id, template_id,
        voice_id, custom_variables, priority, purpose, hours_lifted, max_attempts, redial, country, number_type, zones, timezone)
    values (
        first.user_id, first.organization_id, first.api_key_id, plan ->> 'rule', (plan ->> 'starts_at')::timestamptz, plan ->> 'zone',
        make_interval(secs => (plan ->> 'lasts_s')::double precision), first.recipient_number, first.caller_number_id,
        first.from_number_id, first.template_id, first.voice_id, first.custom_variables, first.priority, first.purpose,
        first.hours_lifted, first.max_attempts, first.redial, first.country, first.number_type, first.zones, first.timezone)
    returning * into made;
    update public.call_queue q
       set series_id = made.id, occurrence = (plan -> 'occurrences' ->> 0)::timestamptz
     where q.id = first.id returning q.* into one;
    perform private.make_occurrences(made, plan -> 'occurrences', (plan ->> 'look_at')::timestamptz);
    return one;
end $$;

-- The entries of some occurrences, the earliest first; those that are there already stay as they are.
create or replace function private.make_occurrences(s public.call_series, occurrences jsonb, look_at timestamptz) returns int
language plpgsql set search_path = '' as $$
declare
    made int;
begin
    insert into public.call_queue (
        user_id, api_key_id, series_id, occurrence, recipient_number, caller_number_id, from_number_id, template_id, voice_id,
        custom_variables, priority, purpose, hours_lifted, max_attempts, redial, country, number_type, zones, timezone,
        not_before, not_after, checked_at)
    select s.user_id, s.api_key_id, s.id, o.at, s.recipient_number, s.caller_number_id,
           private.own_number(s.from_number_id, s.organization_id), s.template_id,
           s.voice_id, s.custom_variables, s.priority, s.purpose, s.hours_lifted, s.max_attempts, s.redial, s.country,
           s.number_type, s.zones, s.timezone, o.at, o.at + s.lasts, now()
      from (select v::timestamptz as at from jsonb_array_elements_text(occurrences) v) o
     where o.at + s.lasts > clock_timestamp()
     order by o.at
    on conflict (series_id, occurrence) where series_id is not null do nothing;
    get diagnostics made = row_count;
    update public.call_series c
       set made_until = greatest(c.made_until, (select max(v::timestamptz) from jsonb_array_elements_text(occurrences) v)),
           look_at = make_occurrences.look_at, state = case when make_occurrences.look_at is null then 'done' else c.state end
     where c.id = s.id;
    return made;
end $$;

-- due_series: kind read; key none; called by services/dialling/series
-- Series of which more entries have to be made.
create function public.due_series(at timestamptz default null, page_size int default 100) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object('series', coalesce(jsonb_agg(jsonb_build_object(
               'id', d.id, 'revision', d.revision, 'rule', d.rule, 'starts_at', d.starts_at, 'zone', d.zone,
               'lasts_s', extract(epoch from d.lasts), 'made_until', d.made_until) order by d.look_at, d.id), '[]'))
      from (select s.* from public.call_series s
             where s.state = 'active' and s.look_at <= coalesce(due_series.at, clock_timestamp())
             order by s.look_at, s.id limit greatest(1, page_size)) d
$$;

-- add_occurrences: kind command; key id + revision; called by services/dialling/series
-- Makes the entries of some occurrences, each once. A series that was edited meanwhile is looked at again; one whose person
-- asked not to be called ends.
create function public.add_occurrences(
    id uuid, revision bigint, occurrences jsonb, look_at timestamptz default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one public.call_series;
begin
    select s.* into one from public.call_series s where s.id = add_occurrences.id for update;
    if one.id is null or one.state <> 'active' or one.revision <> add_occurrences.revision then
        return '{"result": "changed", "made": 0}';
    elsif private.standing_call_stop(private.person_number(one.recipient_number)) then
        update public.call_series s set state = 'done', look_at = null, last_error = 'suppressed' where s.id = one.id;
        return '{"result": "ended", "made": 0}';
    end if;
    return jsonb_build_object('result', 'added', 'made', private.make_occurrences(one, occurrences, add_occurrences.look_at));
end $$;

-- show_series: kind read; key id; called by cli queue, api
create function public.show_series(id uuid, actor jsonb default null) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce((
        select jsonb_build_object('result', 'found', 'series', private.series_view(s))
          from public.call_series s where s.id = show_series.id and private.may_see_series(actor, s)),
        '{"result": "refused", "code": "unknown_series"}')
$$;

-- list_series: kind read; key actor, after; called by cli queue, api
-- A page (access/pages.sql), the newest first.
create function public.list_series(
    actor jsonb default null, state text default null, number text default null, page_size int default 50,
    after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(page_size);
    after_at constant timestamptz := (after ->> 'at')::timestamptz;
    after_id constant uuid := (after ->> 'id')::uuid;
begin
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(private.series_view(shown.s), jsonb_build_object(
                   'at', (shown.s).created_at, 'id', (shown.s).id)) order by (shown.s).created_at desc, (shown.s).id desc), '[]')
          from (select s from public.call_series s
                 where private.may_see_series(actor, s)
                   and (list_series.state is null or s.state = list_series.state)
                   and (list_series.number is null
                        or private.person_number(s.recipient_number) = private.person_number(list_series.number))
                   and (after_at is null or (s.created_at, s.id) < (after_at, after_id))
                 order by s.created_at desc, s.id desc
                 limit size + 1) shown), size);
end $$;

-- change_series: kind command; key id + revision; called by services/dialling/series
-- Another rule (`plan`, as of begin_series), priority, or state: active, paused, canceled. It holds for what is not dialled
-- yet: entries that wait and that nobody canceled are made anew; a call that was made, or is under way, stays as it is.
create function public.change_series(
    id uuid, state text default null, plan jsonb default null, priority int default null, revision bigint default null,
    actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    one public.call_series;
    wanted constant text := change_series.state;
begin
    select s.* into one from public.call_series s where s.id = change_series.id for update;
    if one.id is null or not private.may_see_series(actor, one) then
        return '{"result": "refused", "code": "unknown_series"}';
    elsif change_series.revision <> one.revision then
        return jsonb_build_object('result', 'refused', 'code', 'changed_meanwhile', 'series', private.series_view(one));
    elsif one.state in ('canceled', 'done') and wanted is distinct from one.state
          and not (one.state = 'done' and wanted is not distinct from 'canceled') then
        return jsonb_build_object('result', 'refused', 'code', 'wrong_state', 'field', 'state', 'state', one.state);
    end if;
    update public.call_series s
       set state = coalesce(wanted, s.state), rule = coalesce(plan ->> 'rule', s.rule),
           starts_at = coalesce((plan ->> 'starts_at')::timestamptz, s.starts_at), zone = coalesce(plan ->> 'zone', s.zone),
           lasts = coalesce(make_interval(secs => (plan ->> 'lasts_s')::double precision), s.lasts),
           priority = coalesce(change_series.priority, s.priority), revision = s.revision + 1,
           made_until = case when plan is null then s.made_until end,
           look_at = case when coalesce(wanted, s.state) = 'active' then clock_timestamp() end
     where s.id = one.id returning s.* into one;
    if plan is not null or one.state = 'paused' then
        -- What nobody was called for is made anew when its time comes; what somebody canceled stays canceled.
        delete from public.call_queue q
         where q.series_id = one.id and q.status = 'queued'
           and not exists (select from public.call_attempts a where a.call_queue_id = q.id);
        update public.call_series s set made_until = null where s.id = one.id;
    else
        update public.call_queue q set priority = one.priority where q.series_id = one.id and q.status = 'queued';
    end if;
    if one.state in ('paused', 'canceled') then
        update public.call_queue q set status = 'canceled', last_error = null
         where q.series_id = one.id and q.status = 'queued';
    elsif plan is not null and one.state = 'active' then
        perform private.make_occurrences(one, plan -> 'occurrences', (plan ->> 'look_at')::timestamptz);
    end if;
    select s.* into one from public.call_series s where s.id = one.id;
    return jsonb_build_object('result', 'changed', 'series', private.series_view(one));
end $$;

select private.grant_to_service('due_series', 'add_occurrences', 'show_series', 'list_series', 'change_series');
select private.share_with_service('may_see_series', 'series_view', 'begin_series', 'make_occurrences');
