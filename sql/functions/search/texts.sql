-- Texts that a search asks for (calls.sql says what is asked).

select private.drop_functions('search_texts', 'count_texts');

-- The conditions of a search on public.sms_history m. A search that asks what only calls have finds no text.
create or replace function private.where_texts(wanted jsonb, actor jsonb) returns text
language plpgsql stable set search_path = '' as $$
declare
    asking constant uuid := private.actor_user(actor);
    organization constant uuid := private.actor_organization(actor);
begin
    return coalesce(nullif(concat_ws(' and ',
        case when not private.acts_as(actor, 'operator')
               or wanted ?| array['outcome', 'status', 'tool', 'campaign', 'latency', 'cost'] then 'false' end,
        case when asking is not null then format(
            '(m.user_id = %1$L or m.conversation_id in (select t.id from public.conversations t where t.assigned_to = %1$L)
              or exists (select from public.conversations t
                          where t.id = m.conversation_id and t.organization_id = any (%2$L::uuid[])))',
            asking, array(select private.led_by(asking))) end,
        case when organization is not null then format(
            '(exists (select from public.conversations t where t.id = m.conversation_id
                         and (t.organization_id = %1$L
                              or (t.organization_id is null and (t.assigned_to = any (%2$L::uuid[]) or m.user_id = any (%2$L::uuid[])))))
              or (m.conversation_id is null and m.user_id = any (%2$L::uuid[])))',
            organization, array(select private.members_of(organization))) end,
        case when wanted ? 'said' then private.where_said('to_tsvector(''simple''::regconfig, coalesce(m.content, ''''))', wanted) end,
        case when wanted ? 'person' then case
            when wanted ->> 'person' ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then format('m.user_id = %L', wanted ->> 'person')
            else private.where_named(wanted ->> 'person', 'm.user_id') end end,
        case when wanted ? 'number' then format('m.phone_number = %L', private.person_number(wanted ->> 'number')) end,
        case when wanted ? 'prefix' then format(
            'm.user_id in (select p.user_id from public.user_profiles p where p.phone_number like %L)', (wanted ->> 'prefix') || '%') end,
        case when wanted ? 'direction' then format('m.direction = %L', wanted ->> 'direction') end,
        case when wanted ? 'since' then format('m.created_at >= %L', wanted ->> 'since') end,
        case when wanted ? 'until' then format('m.created_at < %L', wanted ->> 'until') end), ''), 'true');
end $$;

-- The ids of the texts that were found, the newest first, as found_calls finds calls; `reached` is then an id.
create or replace function private.found_texts(
    wanted jsonb, actor jsonb, most int, after_id bigint, budget_ms double precision, out ids bigint[], out reached bigint
) language plpgsql stable set search_path = '' set work_mem = '32MB' set enable_seqscan = off as $$
declare
    began_clock constant timestamptz := clock_timestamp();
    conditions constant text := private.where_texts(wanted, actor)
        || case when after_id is not null then format(' and m.id < %L::bigint', after_id) else '' end;
    by_id constant boolean := not wanted ?| array['said', 'until'];
    week int := private.week_of(least((wanted ->> 'until')::timestamptz, now()));
    upper_id bigint := 9223372036854775807;
    lower_id bigint := 9223372036854775807;
    oldest int;
    wide int := 1;
    lap timestamptz;
    more bigint[];
begin
    ids := '{}';
    if wanted is null or wanted = '{}' then
        execute format('select array(select m.id from public.sms_history m where %s order by m.id desc limit %s)', conditions, most) into ids;
        return;
    end if;
    if after_id is not null then
        week := least(week, (select private.week_of(m.created_at) from public.sms_history m where m.id < after_id order by m.id desc limit 1));
    end if;
    oldest := private.week_of(greatest(
        (wanted ->> 'since')::timestamptz, (select m.created_at from public.sms_history m order by m.id limit 1)));
    while week >= oldest and cardinality(ids) < most loop
        lap := clock_timestamp();
        -- Materialized: the newest first is no way to find what is rare. Where neither words nor an end are asked a window is one of
        -- ids: the index of a number has them, and no window reads what another one has read.
        if by_id then
            lower_id := coalesce((select m.id from public.sms_history m
                                   where m.created_at < to_timestamp(greatest(week - wide + 1, oldest) * 604800.0)
                                   order by m.created_at desc limit 1), -1);
        end if;
        execute format('with found as materialized (
                            select m.id from public.sms_history m where %s and %s)
                        select array(select f.id from found f order by f.id desc limit %s)',
            conditions, case when wanted ? 'said' then format(
                'array[private.week_of(m.created_at)] && %L::int[]', array(select w from generate_series(greatest(week - wide + 1, oldest), week) w))
            when by_id then format('m.id > %s and m.id <= %s', lower_id, upper_id)
            else format('m.created_at >= %L and m.created_at < %L', to_timestamp(greatest(week - wide + 1, oldest) * 604800.0),
                        to_timestamp((week + 1) * 604800.0)) end, most - cardinality(ids))
        into more;
        ids := ids || more;
        week := week - wide;
        wide := private.next_window(
            wide, clock_timestamp() - lap, budget_ms - 1000 * extract(epoch from clock_timestamp() - began_clock));
        upper_id := least(upper_id, lower_id);
        if clock_timestamp() > began_clock + make_interval(secs => budget_ms / 1000) and week >= oldest and cardinality(ids) < most then
            reached := coalesce((select m.id + 1 from public.sms_history m
                                  where m.created_at < to_timestamp((week + 1) * 604800.0) order by m.id desc limit 1), 0);
            return;
        end if;
    end loop;
end $$;

-- search_texts: kind read; key actor, after; called by console, api
-- A page (access/pages.sql), the newest first, each with its thread; it may end early, as search_calls does.
create function public.search_texts(
    wanted jsonb default '{}', actor jsonb default null, page_size int default 50, after jsonb default null,
    budget_ms double precision default 40
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
declare
    size constant int := private.page_size(search_texts.page_size);
    said constant tsquery := private.said_query(search_texts.wanted, true);
    got record;
    page jsonb;
begin
    select f.ids, f.reached into got from private.found_texts(
        search_texts.wanted, search_texts.actor, size + 1, (search_texts.after ->> 'id')::bigint, search_texts.budget_ms) f;
    page := private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(
                   jsonb_build_object(
                       'id', m.id, 'conversation_id', m.conversation_id, 'user_id', m.user_id, 'phone_number', m.phone_number,
                       'direction', m.direction, 'sent_by', m.sent_by, 'channel', m.channel, 'status', m.status,
                       'created_at', m.created_at, 'name', private.called(search_texts.actor, m.phone_number),
                       'text', case when said is null then left(coalesce(m.content, ''), 300) else ts_headline(
                           'simple'::regconfig, coalesce(m.content, ''), said,
                           E'StartSel=\uE000, StopSel=\uE001, MaxWords=28, MinWords=12') end),
                   jsonb_build_object('id', m.id)) order by f.nth), '[]')
          from unnest(got.ids) with ordinality f (id, nth) join public.sms_history m on m.id = f.id), size);
    if page -> 'next' = 'null' and got.reached is not null then
        page := page || jsonb_build_object('next', jsonb_build_object('id', got.reached));
    end if;
    return page;
end $$;

-- count_texts: kind read; key actor; called by console, api
create function public.count_texts(
    wanted jsonb default '{}', most int default 10000, actor jsonb default null, budget_ms double precision default 30
) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    got record;
begin
    select cardinality(f.ids) as count, f.reached into got
      from private.found_texts(count_texts.wanted, count_texts.actor, count_texts.most + 1, null, count_texts.budget_ms) f;
    return jsonb_build_object('count', got.count, 'whole', got.reached is null);
end $$;

select private.share_with_service('where_texts', 'found_texts');
select private.grant_to_service('search_texts', 'count_texts');
