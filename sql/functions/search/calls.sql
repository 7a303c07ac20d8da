-- Calls that a search asks for. What is asked is {"said": [{"text", "phrase"}], "person", "number", "prefix", "outcome": [word],
-- "status", "direction", "end_reason", "tool", "campaign", "tag", "latency": [{"op", "value"}], "cost": [{"op", "value"}], "since", "until"}, all of it
-- optional (domain/search/query.py); latency is in milliseconds.

select private.drop_functions('search_calls', 'count_calls', 'save_call_tools', 'call_state');

-- Conditions of a number: "c.cost > 0.5 and c.cost <= 2".
create or replace function private.compared(what text, asked jsonb) returns text
language sql immutable set search_path = '' as $$
    select string_agg(format('%s %s %L::numeric', what, case a ->> 'op' when '>' then '>' when '>=' then '>=' when '<' then '<'
                                                                        when '<=' then '<=' else '=' end, a ->> 'value'), ' and ')
      from jsonb_array_elements(asked) a
$$;

-- What calls_assigned opens, as a condition on columns: somebody who has few threads may have thousands of calls.
create or replace function private.where_assigned(actor jsonb) returns text
language sql stable set search_path = '' as $$
    select case when private.is_assigned(actor, private.actor_user(actor)) then format(
        '(c.id = any (%L::bigint[]) or (c.assigned_to = %L and (c.organization_id is null or c.organization_id = %L))
          or (c.phone_number = any (%L::text[]) and c.organization_id = %L)
          or (c.phone_number = any (%L::text[]) and c.organization_id is null))',
        array(select i.call_id from public.inbox_items i where i.assigned_to = private.actor_user(actor) and i.call_id is not null),
        private.actor_user(actor), private.actor_organization(actor), array_agg(t.person_number), private.actor_organization(actor),
        array_agg(t.person_number) filter (where t.organization_id is null)) else 'false' end
      from public.conversations t where t.assigned_to = private.actor_user(actor) and t.person_number <> 'anonymous'
$$;

-- What an actor sees of public.call_history c, as a condition; may_see_call says the same of one row.
create or replace function private.where_seen(actor jsonb) returns text
language sql stable set search_path = '' as $$
    select concat_ws(' and ',
        case when not private.acts_as(actor, 'operator', 'integrator') then 'false' end,
        case when private.actor_user(actor) is not null then format(
            '((c.user_id = %L or c.organization_id = any (%L::uuid[])) %s or %s)', private.actor_user(actor),
            array(select private.led_by(private.actor_user(actor))),
            case when private.actor_organization(actor) is not null
                 then format('and c.organization_id = %L', private.actor_organization(actor)) end,
            private.where_assigned(actor))
        when private.actor_organization(actor) is not null then format('c.organization_id = %L', private.actor_organization(actor)) end,
        case when not private.acts_as(actor, 'operator') then format(
            'c.id = any (%L::bigint[])', array(select private.calls_of_key((actor ->> 'key_id')::uuid))) end)
$$;

create or replace function private.beginning_like(words text) returns text
language sql immutable set search_path = '' as $$
    select replace(replace(replace(lower(btrim(words)), '\', '\\'), '%', '\%'), '_', '\_') || '%'
$$;

-- The people whose name begins so, each of its words at the beginning of first and last name or of the last name.
create or replace function private.named_so(words text) returns setof uuid
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
    beginning constant text := private.beginning_like(words);
begin
    return query select p.user_id from public.user_profiles p where lower(p.first_name || ' ' || p.last_name) like beginning
                  union select p.user_id from public.user_profiles p where lower(p.last_name) like beginning;
end $$;

-- Rows of people who are named so: of few by their ids, of many by looking at each row's person.
create or replace function private.where_named(words text, whose text) returns text
language plpgsql stable set search_path = '' as $$
declare
    few constant uuid[] := array(select n from private.named_so(words) n limit 2001);
    beginning constant text := private.beginning_like(words);
begin
    return case when cardinality(few) <= 2000 then format('%s = any (%L::uuid[])', whose, few) else format(
        'exists (select from public.user_profiles p where p.user_id = %1$s
                   and (lower(p.first_name || '' '' || p.last_name) like %2$L or lower(p.last_name) like %2$L))', whose, beginning) end;
end $$;

-- The conditions on public.call_search s, all of one index; null: nothing of it is asked, and calls that go on are wanted, too.
create or replace function private.where_words(wanted jsonb, actor jsonb) returns text
language sql stable set search_path = '' as $$
    select case when wanted ?| array['said', 'outcome', 'tool', 'latency']
                  or wanted ->> 'status' in ('completed', 'busy', 'failed', 'no-answer', 'canceled') then concat_ws(' and ',
        case when wanted ? 'said' then private.where_said('s.words', wanted) end,
        format('s.facets @> %L::text[]', array_remove(array[
            'o:' || private.actor_organization(actor), 't:' || (wanted ->> 'tool'),
            case when wanted ->> 'person' ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then 'u:' || (wanted ->> 'person') end,
            case when wanted ->> 'status' in ('completed', 'busy', 'failed', 'no-answer', 'canceled') then 's:' || (wanted ->> 'status') end,
            'l:' || (select case when count(*) > 0 then least(10, floor(max((l ->> 'value')::numeric) / 1000)) end
                       from jsonb_array_elements(wanted -> 'latency') l
                      where l ->> 'op' in ('>', '>=', '=') and (l ->> 'value')::numeric >= 1000)], null)),
        case when wanted ? 'latency' then private.compared('s.slowest_ms', wanted -> 'latency') end,
        case when wanted ? 'outcome' then format(
            's.facets && %L::text[]', array(select 'c:' || o from jsonb_array_elements_text(wanted -> 'outcome') o)) end) end
$$;

-- The other conditions of a search on public.call_history c, as SQL: each search is planned with its own values, and what it does
-- not ask costs nothing. Every value is quoted by format.
create or replace function private.where_calls(wanted jsonb, actor jsonb) returns text
language plpgsql stable set search_path = '' as $$
declare
    began constant text := 'coalesce(c.started_at, c.created_at)';
    seen constant text := nullif(private.where_seen(actor), '');
begin
    return coalesce(nullif(concat_ws(' and ', seen,
        case when wanted ? 'person' then case
            when wanted ->> 'person' ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then format('c.user_id = %L', wanted ->> 'person')
            else private.where_named(wanted ->> 'person', 'c.user_id') end end,
        case when wanted ? 'number' then format('c.phone_number = %L', private.person_number(wanted ->> 'number')) end,
        case when wanted ? 'prefix' then format(
            'c.user_id in (select p.user_id from public.user_profiles p where p.phone_number like %L)', (wanted ->> 'prefix') || '%') end,
        case when wanted ? 'status' then format('c.call_status = %L', wanted ->> 'status') end,
        -- What goes on is open, or its last status is on its way: found without looking at all that is over.
        case when wanted ? 'status' and wanted ->> 'status' not in ('completed', 'busy', 'failed', 'no-answer', 'canceled') then format(
            '(c.ended_at is null or %s > %L)', began, now() - interval '1 day') end,
        -- A state as status is, of calls that are not entered for searches, too.
        case when wanted ? 'state' then format('c.call_status = %L', wanted ->> 'state') end,
        case when wanted ? 'direction' then format('c.direction = %L', wanted ->> 'direction') end,
        case when wanted ? 'end_reason' then format('c.end_reason = %L', wanted ->> 'end_reason') end,
        case when wanted ? 'campaign' then format(
            'c.call_queue_id is not null and (select q.campaign_id from public.call_queue q where q.id = c.call_queue_id) = any (%L::uuid[])',
            array(select g.id from public.campaigns g where g.id::text = wanted ->> 'campaign'
                                                         or starts_with(lower(g.name), lower(wanted ->> 'campaign')))) end,
        case when wanted ? 'tag' then format(
            'exists (select from public.call_tags t where t.call_id = c.id and t.tag = %L)', private.tag_of(wanted ->> 'tag')) end,
        case when wanted ? 'cost' then private.compared('c.cost', wanted -> 'cost') end,
        case when wanted ? 'since' then format('%s >= %L', began, wanted ->> 'since') end,
        case when wanted ? 'until' then format('%s < %L', began, wanted ->> 'until') end), ''), 'true');
end $$;

-- The utterances of a call that hold what was asked, three at most. Between U+E000 and U+E001 stands a word that was meant.
create or replace function private.said_there(the_call bigint, said tsquery) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(jsonb_build_object(
               'number', f.sequence_number, 'speaker', f.speaker, 'start_s', f.start_time_seconds,
               'text', ts_headline('simple'::regconfig, f.words, said, E'StartSel=\uE000, StopSel=\uE001, MaxWords=28, MinWords=12'))
               order by f.sequence_number), '[]')
      from (select t.sequence_number, t.speaker, t.start_time_seconds, coalesce(t.heard, t.content) as words
              from public.transcripts t
             where t.session_id = the_call and to_tsvector('simple'::regconfig, coalesce(t.heard, t.content)) @@ said
             order by t.sequence_number limit 3) f
$$;

-- How many weeks a search looks at next, after as many took so long: more while that is quick and there is time left for them.
drop function if exists private.next_window(int, interval);
create or replace function private.next_window(weeks int, took interval, left_ms double precision) returns int
language sql immutable set search_path = '' as $$
    select case when took < interval '12 ms' and took * 4 < make_interval(secs => left_ms / 1000) then weeks * 4
                when took > interval '40 ms' then greatest(weeks / 2, 1) else weeks end
$$;

-- The ids of the calls that were found, the one that began last first: `most` at most. Where anything is asked a search goes back in
-- time, in windows that grow while they are quick, and stops when its `budget_ms` is used up: `reached` is then how far it came.
create or replace function private.found_calls(
    wanted jsonb, actor jsonb, most int, after_at timestamptz, after_id bigint, budget_ms double precision,
    out ids bigint[], out reached timestamptz
) language plpgsql stable set search_path = '' set work_mem = '32MB' set enable_seqscan = off as $$
declare
    began_clock constant timestamptz := clock_timestamp();
    words constant text := private.where_words(wanted, actor);
    rest constant text := private.where_calls(wanted, actor);
    week int := private.week_of(least(after_at, (wanted ->> 'until')::timestamptz, now()));
    oldest int;
    wide int := 1;
    lap timestamptz;
    more bigint[];
begin
    ids := '{}';
    if wanted is null or wanted = '{}' then
        execute format('select array(select c.id from public.call_history c where %s%s
                                      order by coalesce(c.started_at, c.created_at) desc, c.id desc limit %s)', rest,
            case when after_at is not null then format(
                ' and (coalesce(c.started_at, c.created_at), c.id) < (%L::timestamptz, %L::bigint)', after_at, after_id) else '' end, most)
        into ids;
        return;
    end if;
    oldest := private.week_of(greatest(
        (wanted ->> 'since')::timestamptz,
        (select coalesce(c.started_at, c.created_at) from public.call_history c order by coalesce(c.started_at, c.created_at), c.id limit 1)));
    while week >= oldest and cardinality(ids) < most loop
        lap := clock_timestamp();
        if words is null then
            execute format('select array(select c.id from public.call_history c
                                          where coalesce(c.started_at, c.created_at) >= %L and coalesce(c.started_at, c.created_at) < %L
                                            and %s%s order by coalesce(c.started_at, c.created_at) desc, c.id desc limit %s)',
                to_timestamp(greatest(week - wide + 1, oldest) * 604800.0), to_timestamp((week + 1) * 604800.0), rest,
                case when after_at is not null then format(' and (coalesce(c.started_at, c.created_at), c.id) < (%L::timestamptz, %L::bigint)',
                                                           after_at, after_id) else '' end, most - cardinality(ids))
            into more;
        else
            execute format('select array(select s.call_id from public.call_search s join public.call_history c on c.id = s.call_id
                                          where %s and s.facets && %L::text[] and %s%s
                                          order by s.began_at desc, s.call_id desc limit %s)', words,
                array(select 'w:' || w from generate_series(greatest(week - wide + 1, oldest), week) w), rest,
                case when after_at is not null then format(' and (s.began_at, s.call_id) < (%L::timestamptz, %L::bigint)', after_at, after_id)
                     else '' end, most - cardinality(ids))
            into more;
        end if;
        ids := ids || more;
        week := week - wide;
        wide := private.next_window(
            wide, clock_timestamp() - lap, budget_ms - 1000 * extract(epoch from clock_timestamp() - began_clock));
        if clock_timestamp() > began_clock + make_interval(secs => budget_ms / 1000) and week >= oldest and cardinality(ids) < most then
            reached := to_timestamp((week + 1) * 604800.0) - interval '1 microsecond';
            return;
        end if;
    end loop;
end $$;

-- search_calls: kind read; key actor, after; called by console, api
-- A page (access/pages.sql), the call that began last first; of a call that was found by its words they come along. A search that
-- takes long ends early: the next page goes on where it stopped, also when this one is empty.
create function public.search_calls(
    wanted jsonb default '{}', actor jsonb default null, page_size int default 50, after jsonb default null,
    budget_ms double precision default 40
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
declare
    size constant int := private.page_size(search_calls.page_size);
    said constant tsquery := private.said_query(search_calls.wanted, true);
    got record;
    page jsonb;
begin
    select f.ids, f.reached into got from private.found_calls(
        search_calls.wanted, search_calls.actor, size + 1, (search_calls.after ->> 'at')::timestamptz,
        coalesce((search_calls.after ->> 'id')::bigint, 0), search_calls.budget_ms) f;
    page := private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(
                   jsonb_build_object(
                       'id', c.id, 'public_id', c.public_id, 'call_sid', c.call_sid, 'user_id', c.user_id, 'direction', c.direction,
                       'phone_number', c.phone_number, 'call_status', c.call_status, 'duration', c.duration, 'end_reason', c.end_reason,
                       'outcome', c.outcome, 'goal', (select g.goal from public.summaries g where g.session_id = c.id),
                       'summary', c.summary, 'cost', c.cost, 'price_unit', c.price_unit,
                       'started_at', c.started_at, 'answered_at', c.answered_at, 'ended_at', c.ended_at, 'created_at', c.created_at,
                       'name', private.called(search_calls.actor, c.phone_number), 'tags', private.tags_of_call(c.id),
                       'hits', case when said is null then '[]' else private.said_there(c.id, said) end),
                   jsonb_build_object('at', coalesce(c.started_at, c.created_at), 'id', c.id)) order by f.nth), '[]')
          from unnest(got.ids) with ordinality f (id, nth) join public.call_history c on c.id = f.id), size);
    if page -> 'next' = 'null' and got.reached is not null then
        page := page || jsonb_build_object('next', jsonb_build_object('at', got.reached, 'id', 9223372036854775807));
    end if;
    return page;
end $$;

-- count_calls: kind read; key actor; called by console, api
-- How many there are, up to `most` and one more. `whole`: all were looked at; else there are at least so many.
create function public.count_calls(
    wanted jsonb default '{}', most int default 10000, actor jsonb default null, budget_ms double precision default 30
) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    got record;
begin
    select cardinality(f.ids) as count, f.reached into got
      from private.found_calls(count_calls.wanted, count_calls.actor, count_calls.most + 1, null, 0, count_calls.budget_ms) f;
    return jsonb_build_object('count', got.count, 'whole', got.reached is null);
end $$;

-- call_state: kind read; key call_id; called by services/calls/note_tools
create function public.call_state(call_id bigint) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object('state', (select s.state from public.call_states s where s.call_id = call_state.call_id))
$$;

-- save_call_tools: kind fact; key call_id; called by services/calls/note_tools
create function public.save_call_tools(call_id bigint, tools jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
    update public.call_search s set tools = array(select jsonb_array_elements_text(save_call_tools.tools))
     where s.call_id = save_call_tools.call_id;
    if found then
        perform private.note_call_for_search(save_call_tools.call_id);
    end if;
    return jsonb_build_object('result', case when found then 'saved' else 'unchanged' end);
end $$;

select private.share_with_service(
    'compared', 'where_assigned', 'where_seen', 'beginning_like', 'named_so', 'where_named', 'where_words', 'where_calls', 'said_there',
    'next_window', 'found_calls');
select private.grant_to_service('search_calls', 'count_calls', 'save_call_tools', 'call_state');
