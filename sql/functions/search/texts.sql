-- Texts that a search asks for (calls.sql says what is asked).

select private.drop_functions('search_texts', 'count_texts');

-- The conditions of a search on public.sms_history m. A search that asks what only calls have finds no text.
create or replace function private.where_texts(wanted jsonb, actor jsonb) returns text
language plpgsql stable set search_path = '' as $$
declare
    asking constant uuid := private.actor_user(actor);
    organization constant uuid := private.actor_organization(actor);
    said constant tsquery := private.said_query(wanted);
begin
    return coalesce(nullif(concat_ws(' and ',
        case when not private.acts_as(actor, 'operator')
               or wanted ?| array['outcome', 'status', 'tool', 'campaign', 'latency', 'cost'] then 'false' end,
        case when asking is not null then format(
            '(m.user_id = %1$L or m.conversation_id in (select t.id from public.conversations t where t.assigned_to = %1$L))', asking) end,
        case when organization is not null then format(
            '(m.user_id = any (%1$L::uuid[]) or m.conversation_id in (
                select t.id from public.conversations t where t.assigned_to = any (%1$L::uuid[])))',
            array(select private.members_of(organization))) end,
        case when said is not null then format(
            'to_tsvector(''simple''::regconfig, coalesce(m.content, '''')) @@ %L::tsquery', said) end,
        case when wanted ? 'person' then case
            when wanted ->> 'person' ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' then format('m.user_id = %L', wanted ->> 'person')
            else format('m.user_id = any (array(select private.named_so(%L)))', wanted ->> 'person') end end,
        case when wanted ? 'number' then format('m.phone_number = %L', private.person_number(wanted ->> 'number')) end,
        case when wanted ? 'prefix' then format(
            'm.user_id in (select p.user_id from public.user_profiles p where p.phone_number like %L)', (wanted ->> 'prefix') || '%') end,
        case when wanted ? 'direction' then format('m.direction = %L', wanted ->> 'direction') end,
        case when wanted ? 'since' then format('m.created_at >= %L', wanted ->> 'since') end,
        case when wanted ? 'until' then format('m.created_at < %L', wanted ->> 'until') end), ''), 'true');
end $$;

-- search_texts: kind read; key actor, after; called by console, api
-- A page (access/pages.sql), the newest first, each with its thread.
create function public.search_texts(
    wanted jsonb default '{}', actor jsonb default null, page_size int default 50, after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set work_mem = '32MB' as $$
declare
    size constant int := private.page_size(search_texts.page_size);
    found_texts jsonb;
begin
    execute format($query$
        select coalesce(jsonb_agg(jsonb_build_array(to_jsonb(shown) || jsonb_build_object(
                   'text', case when $1 is null then left(shown.text, 300) else ts_headline(
                       'simple'::regconfig, shown.text, $1, E'StartSel=\uE000, StopSel=\uE001, MaxWords=28, MinWords=12') end,
                   'name', private.name_of(shown.user_id)), jsonb_build_object('id', shown.id)) order by shown.id desc), '[]')
          from (select m.id, m.conversation_id, m.user_id, m.phone_number, m.direction, m.sent_by, m.channel, m.status,
                       coalesce(m.content, '') as text, m.created_at
                  from public.sms_history m
                 where %s%s
                 order by m.id desc limit %s) shown $query$,
        private.where_texts(search_texts.wanted, search_texts.actor),
        case when search_texts.after is not null then format(' and m.id < %L::bigint', search_texts.after ->> 'id') else '' end,
        size + 1)
    into found_texts using private.said_query(search_texts.wanted, true);
    return private.as_page(found_texts, size);
end $$;

-- count_texts: kind read; key actor; called by console, api
create function public.count_texts(wanted jsonb default '{}', most int default 10000, actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set work_mem = '32MB' as $$
declare
    count bigint;
begin
    execute format('select count(*) from (select from public.sms_history m where %s limit %s) one',
                   private.where_texts(count_texts.wanted, count_texts.actor), count_texts.most + 1) into count;
    return jsonb_build_object('count', count);
end $$;

select private.share_with_service('where_texts');
select private.grant_to_service('search_texts', 'count_texts');
