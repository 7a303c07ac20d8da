-- Calls that a search asks for. What is asked is {"said": [{"text", "phrase"}], "person", "number", "prefix", "outcome": [word],
-- "status", "direction", "tool", "campaign", "latency": [{"op", "value"}], "cost": [{"op", "value"}], "since", "until"}, all of it
-- optional (domain/search/query.py); latency is in milliseconds.

select private.drop_functions('search_calls', 'count_calls', 'save_call_tools', 'call_state');

-- A phrase as it stands; otherwise every word, of which the last letters may be missing. Where there is no word nothing is found.
create or replace function private.words_query(said jsonb) returns tsquery
language sql stable set search_path = '' as $$
    select coalesce(case when (said ->> 'phrase')::boolean then phraseto_tsquery('simple'::regconfig, said ->> 'text')
                else (select string_agg('''' || replace(replace(w.lexeme, '\', '\\'), '''', '''''') || ''':*', ' & ' order by w.lexeme)
                        from unnest(to_tsvector('simple'::regconfig, said ->> 'text')) w)::tsquery end, ''::tsquery)
$$;

-- Everything that was said, as one question: all of it, or any of it.
create or replace function private.said_query(wanted jsonb, is_any boolean default false) returns tsquery
language plpgsql stable set search_path = '' as $$
declare
    said jsonb;
    asked tsquery;
    one tsquery;
begin
    for said in select s from jsonb_array_elements(coalesce(wanted -> 'said', '[]')) s loop
        one := private.words_query(said);
        asked := case when asked is null then one when is_any then asked || one else asked && one end;
    end loop;
    return asked;
end $$;

-- Conditions of a number: "c.cost > 0.5 and c.cost <= 2".
create or replace function private.compared(what text, asked jsonb) returns text
language sql immutable set search_path = '' as $$
    select string_agg(format('%s %s %L::numeric', what, case a ->> 'op' when '>' then '>' when '>=' then '>=' when '<' then '<'
                                                                        when '<=' then '<=' else '=' end, a ->> 'value'), ' and ')
      from jsonb_array_elements(asked) a
$$;

-- What an actor sees of public.call_history c, as a condition; may_see_call says the same of one row.
create or replace function private.where_seen(actor jsonb) returns text
language sql stable set search_path = '' as $$
    select concat_ws(' and ',
        case when not private.acts_as(actor, 'operator', 'integrator') then 'false' end,
        case when private.actor_user(actor) is not null then format(
            '(c.user_id = %L or c.organization_id = any (%L::uuid[]))', private.actor_user(actor),
            array(select private.led_by(private.actor_user(actor)))) end,
        case when private.actor_organization(actor) is not null then format(
            'c.organization_id = %L', private.actor_organization(actor)) end,
        case when not private.acts_as(actor, 'operator') then format(
            'c.id = any (%L::bigint[])', array(select private.calls_of_key((actor ->> 'key_id')::uuid))) end)
$$;

-- The people whose name begins so, each of its words at the beginning of first and last name or of the last name.
create or replace function private.named_so(words text) returns setof uuid
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
    beginning constant text := replace(replace(replace(lower(btrim(words)), '\', '\\'), '%', '\%'), '_', '\_') || '%';
begin
    return query select p.user_id from public.user_profiles p where lower(p.first_name || ' ' || p.last_name) like beginning
                  union select p.user_id from public.user_profiles p where lower(p.last_name) like beginning;
end $$;

-- The conditions of a search on public.call_history c, as SQL: each search is planned with its own values, and what it does not
-- ask costs nothing. Every value is quoted by format.
create or replace function private.where_calls(wanted jsonb, actor jsonb) returns text
language plpgsql stable set search_path = '' as $$
declare
    began constant text := 'coalesce(c.started_at, c.created_at)';
    said constant tsquery := private.said_query(wanted);
    found text := nullif(private.where_seen(actor), '');
begin
    return coalesce(nullif(concat_ws(' and ', found,
        case when said is not null then format('c.id in (select s.call_id from public.call_search s where s.words @@ %L::tsquery)', said) end,
        case when wanted ? 'person' then case
            when wanted ->> 'person' ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then format('c.user_id = %L', wanted ->> 'person')
            else format('c.user_id = any (array(select private.named_so(%L)))', wanted ->> 'person') end end,
        case when wanted ? 'number' then format('c.phone_number = %L', private.person_number(wanted ->> 'number')) end,
        case when wanted ? 'prefix' then format(
            'c.user_id in (select p.user_id from public.user_profiles p where p.phone_number like %L)', (wanted ->> 'prefix') || '%') end,
        case when wanted ? 'outcome' then format('(c.outcome = any (%1$L::text[]) or c.end_reason = any (%1$L) or c.call_status = any (%1$L))',
            array(select jsonb_array_elements_text(wanted -> 'outcome'))) end,
        case when wanted ? 'status' then format('c.call_status = %L', wanted ->> 'status') end,
        case when wanted ? 'direction' then format('c.direction = %L', wanted ->> 'direction') end,
        case when wanted ? 'tool' then format(
            'c.id in (select s.call_id from public.call_search s where s.tools <> ''{}'' and s.tools @> array[%L])', wanted ->> 'tool') end,
        case when wanted ? 'campaign' then format(
            'c.call_queue_id in (select q.id from public.call_queue q join public.campaigns g on g.id = q.campaign_id
              where g.id::text = %1$L or starts_with(lower(g.name), lower(%1$L)))', wanted ->> 'campaign') end,
        case when wanted ? 'latency' then
            'c.id in (select s.call_id from public.call_search s where ' || private.compared('s.slowest_ms', wanted -> 'latency') || ')' end,
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

-- search_calls: kind read; key actor, after; called by console, api
-- A page (access/pages.sql), the call that began last first; of a call that was found by its words they come along.
create function public.search_calls(
    wanted jsonb default '{}', actor jsonb default null, page_size int default 50, after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set work_mem = '32MB' as $$
declare
    size constant int := private.page_size(search_calls.page_size);
    place constant text := case when search_calls.after is not null then format(
        ' and (coalesce(c.started_at, c.created_at), c.id) < (%L::timestamptz, %L::bigint)',
        search_calls.after ->> 'at', coalesce(search_calls.after ->> 'id', '0')) else '' end;
    found_calls jsonb;
begin
    execute format($query$
        select coalesce(jsonb_agg(jsonb_build_array(to_jsonb(shown) - 'began' || jsonb_build_object(
                   'hits', case when $1 is null then '[]' else private.said_there(shown.id, $1) end,
                   'name', private.name_of(shown.user_id)), jsonb_build_object(
                   'at', shown.began, 'id', shown.id)) order by shown.began desc, shown.id desc), '[]')
          from (select c.id, c.public_id, c.call_sid, c.user_id, c.direction, c.phone_number, c.call_status, c.duration, c.end_reason,
                       c.outcome, c.summary, c.cost, c.price_unit, c.started_at, c.answered_at, c.ended_at, c.created_at,
                       coalesce(c.started_at, c.created_at) as began
                  from public.call_history c
                 where %s%s
                 order by coalesce(c.started_at, c.created_at) desc, c.id desc
                 limit %s) shown $query$,
        private.where_calls(search_calls.wanted, search_calls.actor), place, size + 1)
    into found_calls using private.said_query(search_calls.wanted, true);
    return private.as_page(found_calls, size);
end $$;

-- count_calls: kind read; key actor; called by console, api
-- How many there are, up to `most` and one more.
create function public.count_calls(wanted jsonb default '{}', most int default 10000, actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set work_mem = '32MB' as $$
declare
    count bigint;
begin
    execute format('select count(*) from (select from public.call_history c where %s limit %s) one',
                   private.where_calls(count_calls.wanted, count_calls.actor), count_calls.most + 1) into count;
    return jsonb_build_object('count', count);
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
    return jsonb_build_object('result', case when found then 'saved' else 'unchanged' end);
end $$;

select private.share_with_service(
    'words_query', 'said_query', 'compared', 'where_seen', 'named_so', 'where_calls', 'said_there');
select private.grant_to_service('search_calls', 'count_calls', 'save_call_tools', 'call_state');
