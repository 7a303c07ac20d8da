-- One action on many rows: confirmed once, done in batches by the worker, each row by the function that does it alone.

select private.drop_functions('preview_bulk', 'begin_bulk', 'show_bulk', 'list_bulk', 'cancel_bulk');

-- Who began it, and the organization whose it is.
create or replace function private.may_see_bulk(actor jsonb, b public.bulk_actions) returns boolean
language sql stable set search_path = '' as $$
    select private.acts_as(actor, 'operator')
       and (private.actor_user(actor) is null or coalesce(b.user_id = private.actor_user(actor), false))
       and (private.actor_organization(actor) is null
            or coalesce(b.organization_id = private.actor_organization(actor), false))
$$;

create or replace function private.bulk_view(b public.bulk_actions) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'id', b.id, 'object_type', b.object_type, 'action', b.action, 'arguments', b.arguments, 'wanted', b.wanted,
        'state', b.state, 'total', b.total, 'done', b.done, 'skipped', b.skipped, 'by', private.name_of(b.user_id),
        'created_at', b.created_at, 'ended_at', b.ended_at)
$$;

-- Why a bulk action cannot be; null: it can.
create or replace function private.why_not_bulk(object_type text, action text, arguments jsonb) returns text
language sql stable set search_path = '' as $$
    select case
        when object_type = 'entry' and action not in ('redial', 'cancel', 'reschedule', 'tag', 'untag', 'suppress', 'export')
          or object_type = 'call' and action not in ('redial', 'tag', 'untag', 'assign', 'suppress', 'export')
          or object_type not in ('entry', 'call') then 'unknown_action'
        when action in ('tag', 'untag') and private.tag_of(arguments ->> 'tag') is null then 'wrong_tag'
        when action = 'assign' and not arguments ? 'member' then 'unknown_member'
        when action = 'reschedule' and not arguments ?| array['not_before', 'priority'] then 'no_time' end
$$;

-- preview_bulk: kind read; key ids; called by services/bulk/begin
-- How many of the rows an action would change, and how many it would leave out and why. Nothing is stored.
create function public.preview_bulk(
    object_type text, action text, ids jsonb, arguments jsonb default '{}', actor jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
    told jsonb;
begin
    if not private.acts_as(actor, 'operator') then
        return '{"result": "refused", "code": "not_allowed"}';
    end if;
    select jsonb_build_object('total', count(*), 'doable', count(*) filter (where j.reason is null),
                              'skipped', private.counted(array_agg(j.reason)))
      into told
      from private.judged_for_bulk(object_type, action, array(select i.id::uuid from jsonb_array_elements_text(ids) i (id)),
                                   arguments, actor) j;
    return told || '{"result": "previewed"}';
end $$;

-- begin_bulk: kind command; key actor + request_key; called by services/bulk/begin
-- Keeps the rows as they were chosen, and has the worker go through them. The same key again is the same action; with another
-- one it is refused. At most 10,000 rows; and three actions of a team at a time, which share the worker with what all others wait for.
create function public.begin_bulk(
    object_type text, action text, ids jsonb, request_key text, arguments jsonb default '{}', wanted jsonb default '{}',
    actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_variable
declare
    whose constant uuid := coalesce(private.actor_user(actor), (actor ->> 'by')::uuid);
    organization constant uuid := private.actor_organization(actor);
    problem constant text := private.why_not_bulk(object_type, action, arguments);
    rows constant int := jsonb_array_length(ids);
    known public.bulk_actions;
    made public.bulk_actions;
begin
    if not private.acts_as(actor, 'operator') then
        return '{"result": "refused", "code": "not_allowed"}';
    elsif problem is not null then
        return jsonb_build_object('result', 'refused', 'code', problem);
    end if;
    perform pg_advisory_xact_lock(hashtextextended(concat('begin_bulk:', whose, organization, request_key), 0));
    select b.* into known from public.bulk_actions b
     where b.user_id is not distinct from whose and b.organization_id is not distinct from organization
       and b.request_key = begin_bulk.request_key;
    if known.id is not null then
        return case when (known.object_type, known.action, known.arguments, known.wanted) = (object_type, action, arguments, wanted)
                    then jsonb_build_object('result', 'known', 'bulk', private.bulk_view(known))
                    else '{"result": "refused", "code": "key_used"}' end;
    elsif rows = 0 then
        return '{"result": "refused", "code": "nothing"}';
    elsif rows > 10000 then
        return '{"result": "refused", "code": "too_many"}';
    end if;
    if organization is not null then
        perform pg_advisory_xact_lock(hashtextextended(concat('bulk of ', organization), 0));
        if 3 <= (select count(*) from public.bulk_actions b where b.organization_id = organization and b.state = 'running') then
            return '{"result": "refused", "code": "busy"}';
        end if;
    end if;
    insert into public.bulk_actions (request_key, user_id, organization_id, actor, object_type, action, arguments, wanted)
    values (request_key, whose, organization, actor, object_type, action, arguments, wanted) returning * into made;
    insert into public.bulk_items (bulk_id, nth, object_id)
    select made.id, row_number() over (order by f.first), f.id
      from (select i.id::uuid, min(i.nth) as first from jsonb_array_elements_text(ids) with ordinality i (id, nth)
             group by i.id::uuid) f;
    get diagnostics made.total = row_count;
    update public.bulk_actions b set total = made.total where b.id = made.id;
    perform jobs.defer('run_bulk', jsonb_build_object('bulk_id', made.id));
    perform private.audit(actor, 'bulk.begun', 'bulk', made.id::text, null,
                          jsonb_build_object('action', action, 'of', object_type, 'rows', made.total));
    return jsonb_build_object('result', 'begun', 'bulk', private.bulk_view(made));
end $$;

-- show_bulk: kind read; key id; called by console, api
-- One action with how far it is, why rows were left out, and whether the actor is who began it, and may still do it (`is_own`).
create function public.show_bulk(id uuid, actor jsonb default null) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce((
        select jsonb_build_object('result', 'found', 'bulk', private.bulk_view(b) || jsonb_build_object(
                   'is_own', b.user_id is not distinct from coalesce(private.actor_user(show_bulk.actor), (show_bulk.actor ->> 'by')::uuid)
                             and b.actor ->> 'key_id' is not distinct from show_bulk.actor ->> 'key_id'
                             and private.may_go_on(b),
                   'reasons', (select coalesce(jsonb_object_agg(r.reason, r.rows), '{}')
                                 from (select i.reason, count(*) as rows from public.bulk_items i
                                        where i.bulk_id = b.id and i.state = 'skipped' group by i.reason) r)))
          from public.bulk_actions b where b.id = show_bulk.id and private.may_see_bulk(show_bulk.actor, b)),
        '{"result": "refused", "code": "unknown_bulk"}')
$$;

-- list_bulk: kind read; key actor, after; called by console, api
-- A page (access/pages.sql), the newest first.
create function public.list_bulk(actor jsonb default null, page_size int default 50, after jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(page_size);
    after_at constant timestamptz := (after ->> 'at')::timestamptz;
    after_id constant uuid := (after ->> 'id')::uuid;
begin
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(private.bulk_view(shown.b), jsonb_build_object(
                   'at', (shown.b).created_at, 'id', (shown.b).id)) order by (shown.b).created_at desc, (shown.b).id desc), '[]')
          from (select b from public.bulk_actions b
                 where private.may_see_bulk(list_bulk.actor, b)
                   and (after_at is null or (b.created_at, b.id) < (after_at, after_id))
                 order by b.created_at desc, b.id desc limit size + 1) shown), size);
end $$;

-- cancel_bulk: kind command; key id; called by console, api
-- The batch that runs at this moment is finished first; what was done stays done.
create function public.cancel_bulk(id uuid, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one public.bulk_actions;
begin
    select b.* into one from public.bulk_actions b where b.id = cancel_bulk.id for update;
    if one.id is null or not private.may_see_bulk(actor, one) then
        return '{"result": "refused", "code": "unknown_bulk"}';
    elsif one.state <> 'running' then
        return jsonb_build_object('result', 'known', 'bulk', private.bulk_view(one));
    end if;
    update public.bulk_actions b set state = 'canceled', ended_at = now() where b.id = one.id returning b.* into one;
    perform private.audit(actor, 'bulk.canceled', 'bulk', one.id::text, null,
                          jsonb_build_object('done', one.done, 'rows', one.total));
    return jsonb_build_object('result', 'canceled', 'bulk', private.bulk_view(one));
end $$;

select private.grant_to_service('preview_bulk', 'begin_bulk', 'show_bulk', 'list_bulk', 'cancel_bulk');
select private.share_with_service('may_see_bulk', 'bulk_view', 'why_not_bulk');
