-- What an organization keeps for a time only, and the proofs of what was erased.

select private.drop_functions('erasures_page', 'sweep_kept', 'set_retention', 'show_retention');

-- Texts of an organization that are older than it keeps them: of its threads, of which the oldest text tells whether there is one, and
-- then of its members where no thread says whose they are. What waits to be sent stays.
create or replace function private.texts_kept_since(organization uuid, before timestamptz, batch int) returns bigint[]
language plpgsql stable set search_path = '' set enable_seqscan = off set enable_bitmapscan = off as $$
declare
    ids bigint[] := array(
        select m.id
          from public.conversations t
         cross join lateral (select o.created_at from public.sms_history o where o.conversation_id = t.id order by o.id limit 1) oldest
         cross join lateral (
               select o.id from public.sms_history o
                where o.conversation_id = t.id and o.created_at < before
                  and (o.outbox_state is null or o.outbox_state in ('sent', 'failed'))
                limit batch) m
         where t.organization_id = organization and oldest.created_at < before
         limit batch);
begin
    return case when cardinality(ids) = batch then ids else ids || array(
        select m.id from public.sms_history m
         where m.user_id in (select private.members_of(organization)) and m.created_at < before
           and (m.outbox_state is null or m.outbox_state in ('sent', 'failed'))
           and not exists (select from public.conversations t where t.id = m.conversation_id and t.organization_id is not null)
         limit batch - cardinality(ids)) end;
end $$;

-- sweep_kept: kind command; key none; called by services/people/erase
-- Calls and texts that are older than their organization keeps them: `batch` of each at most, of one organization that has some. The
-- one whose turn was longest ago is next, so a large one delays no other one. One proof a round.
create function public.sweep_kept(batch int default 500) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one record;
    calls jsonb;
    texts int;
    made uuid;
begin
    for one in select o.id, now() - make_interval(days => o.retention_days) as before
                 from public.organizations o
                 left join (select e.organization_id, max(e.asked_at) as at from public.erasures e
                             where e.kind = 'retention' group by e.organization_id) turn on turn.organization_id = o.id
                where o.retention_days is not null
                order by turn.at nulls first, o.id
    loop
        calls := private.remove_calls(array(
            select c.id from public.call_history c
             where c.organization_id = one.id and c.ended_at is not null and coalesce(c.started_at, c.created_at) < one.before
             order by coalesce(c.started_at, c.created_at), c.id limit batch for update skip locked));
        texts := private.remove_texts(array(
            select m.id from public.sms_history m
             where m.id = any (private.texts_kept_since(one.id, one.before, batch))
               for update skip locked));
        continue when (calls ->> 'count')::int + texts = 0;
        insert into public.erasures (kind, organization_id, removed, leftover)
        values ('retention', one.id, jsonb_build_object(
                    'calls', calls -> 'count', 'texts', texts, 'recordings', jsonb_array_length(calls -> 'recordings')),
                jsonb_build_object('recordings', calls -> 'recordings', 'copies', calls -> 'copies', 'exports', calls -> 'exports', 'numbers', '[]'::jsonb,
                                   'subjects', '[]'::jsonb, 'after', 0))
        returning id into made;
        perform jobs.defer('finish_erasure', jsonb_build_object('erasure_id', made));
        return jsonb_build_object('result', 'swept', 'count', (calls ->> 'count')::int + texts);
    end loop;
    return '{"result": "swept", "count": 0}';
end $$;

-- show_retention: kind read; key organization_id; called by console, api
create function public.show_retention(organization_id uuid, actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
    if not private.leads(actor, show_retention.organization_id) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    return jsonb_build_object('result', 'found', 'organization_id', show_retention.organization_id, 'days', (
        select o.retention_days from public.organizations o where o.id = show_retention.organization_id));
end $$;

-- set_retention: kind command; key organization_id; called by console, api
-- Null days: kept until somebody is erased. `was`: {"days"} as the actor saw it; others now are refused with `changed_meanwhile`.
create function public.set_retention(
    organization_id uuid, days int default null, actor jsonb default null, was jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    before int;
begin
    if not private.leads(actor, set_retention.organization_id) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    if days not between 1 and 3650 then
        return jsonb_build_object('result', 'refused', 'code', 'wrong_days');
    end if;
    select o.retention_days into before from public.organizations o where o.id = set_retention.organization_id for update;
    if not found then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_organization');
    end if;
    if not private.stands(jsonb_build_object('days', before), set_retention.was) then
        return jsonb_build_object('result', 'refused', 'code', 'changed_meanwhile');
    end if;
    update public.organizations o set retention_days = days where o.id = set_retention.organization_id;
    perform private.audit(actor, 'retention.changed', 'organization', set_retention.organization_id::text,
                          jsonb_build_object('days', before), jsonb_build_object('days', days), set_retention.organization_id);
    return jsonb_build_object('result', 'set');
end $$;

-- erasures_page: kind read; key actor, after; called by console, api
-- A page (access/pages.sql), the newest first: of the whole service, or of the organization that the actor leads. Never what is
-- still to be removed: it holds numbers.
create function public.erasures_page(
    actor jsonb default null, page_size int default 50, after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(page_size);
    organization constant uuid := private.actor_organization(actor);
    after_at constant timestamptz := (after ->> 'at')::timestamptz;
    after_id constant uuid := (after ->> 'id')::uuid;
begin
    if not private.leads(actor, organization) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(to_jsonb(f), jsonb_build_object('at', f.asked_at, 'id', f.id))
                                  order by f.asked_at desc, f.id), '[]')
          from (select e.id, e.kind, e.person, e.organization_id, e.asked_by, e.state, e.removed, e.asked_at, e.done_at, e.problem, e.tried_at,
                       jsonb_array_length(coalesce(e.leftover -> 'recordings', '[]')) as recordings_left
                  from public.erasures e
                 where (organization is null or e.organization_id = organization)
                   and (after_at is null or e.asked_at < after_at or (e.asked_at = after_at and e.id > after_id))
                 order by e.asked_at desc, e.id limit size + 1) f), size);
end $$;

select private.share_with_service('texts_kept_since');
select private.grant_to_service('sweep_kept', 'show_retention', 'set_retention', 'erasures_page');
