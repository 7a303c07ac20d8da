-- The worker's part of bulk actions: a batch is one transaction, so that whoever is killed has done all of it or nothing.

select private.drop_functions('run_bulk_batch', 'export_bulk_batch', 'finish_bulk', 'resume_bulk', 'sweep_bulk');

-- Whether whoever began it may still do it: a member who was taken out, or may only look now, may not.
create or replace function private.may_go_on(b public.bulk_actions) returns boolean
language sql stable set search_path = '' as $$
    select case
        when b.actor ->> 'key_id' is not null then exists (
            select from public.api_keys k
             where k.id = (b.actor ->> 'key_id')::uuid and private.key_holds(k)
               and coalesce(private.member_role(k), '') <> 'viewer')
        when b.organization_id is not null and b.user_id is not null then coalesce((
            select m.role <> 'viewer' and (m.role <> 'agent' or private.actor_user(b.actor) is not null)
              from public.organization_members m
             where m.organization_id = b.organization_id and m.user_id = b.user_id and m.status = 'active'
               and private.is_open(b.organization_id)), false)
        else true end
$$;

-- The action of this id for one batch, locked; a null row: nothing is to be done.
create or replace function private.bulk_for_batch(bulk_id uuid) returns public.bulk_actions
language plpgsql set search_path = '' as $$
declare
    one public.bulk_actions;
begin
    select b.* into one from public.bulk_actions b where b.id = bulk_for_batch.bulk_id for update;
    if one.state = 'running' and not private.may_go_on(one) then
        update public.bulk_actions b set state = 'stopped', ended_at = now() where b.id = one.id returning b.* into one;
        perform private.audit(one.actor, 'bulk.stopped', 'bulk', one.id::text, null, jsonb_build_object('done', one.done));
    end if;
    return one;
end $$;

create or replace function private.end_bulk(one public.bulk_actions) returns void
language plpgsql set search_path = '' as $$
begin
    update public.bulk_actions b set state = 'done', ended_at = now() where b.id = one.id;
    perform private.audit(one.actor, 'bulk.done', 'bulk', one.id::text, null,
                          jsonb_build_object('done', one.done, 'skipped', one.skipped));
end $$;

-- run_bulk_batch: kind command; key bulk_id; called by services/bulk/run
-- Does the next rows that wait. `state` is how the action stands then; two workers take turns, and do no row twice.
create function public.run_bulk_batch(bulk_id uuid, batch int default 100) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    one public.bulk_actions := private.bulk_for_batch(run_bulk_batch.bulk_id);
    item record;
    refused text;
    done int := 0;
    skipped int := 0;
    looked_at int := 0;
begin
    if one.id is null or one.state <> 'running' or one.action = 'export' then
        return jsonb_build_object('state', coalesce(one.state, 'unknown'), 'action', one.action);
    end if;
    for item in
        with waiting as materialized (
            select i.nth, i.object_id from public.bulk_items i
             where i.bulk_id = one.id and i.state = 'waiting' order by i.nth limit run_bulk_batch.batch)
        select w.nth, w.object_id, j.reason from waiting w
          left join private.judged_for_bulk(one.object_type, one.action, array(select k.object_id from waiting k), one.arguments,
                                            one.actor) j on j.id = w.object_id
         order by w.nth
    loop
        -- What was judged a moment ago is judged again by the function that does it.
        refused := coalesce(item.reason, private.do_bulk_item(one, item.object_id));
        update public.bulk_items i
           set state = case when refused is null then 'done' else 'skipped' end, reason = refused
         where i.bulk_id = one.id and i.nth = item.nth;
        looked_at := looked_at + 1;
        done := done + (refused is null)::int;
        skipped := skipped + (refused is not null)::int;
    end loop;
    update public.bulk_actions b set done = b.done + run.done, skipped = b.skipped + run.skipped
      from (select done as done, skipped as skipped) run where b.id = one.id returning b.* into one;
    if looked_at < run_bulk_batch.batch then
        perform private.end_bulk(one);
        one.state := 'done';
    end if;
    return jsonb_build_object('state', one.state, 'action', one.action, 'done', one.done, 'skipped', one.skipped);
end $$;

-- export_bulk_batch: kind command; key bulk_id + after; called by services/bulk/export
-- Rows for a table, from a place in the action's rows on; `next`: where to go on, null at the end, when the export is done.
-- An export begins anew when its worker died: nothing but its file is made, so nothing is done twice.
create function public.export_bulk_batch(bulk_id uuid, after int default 0, batch int default 500) returns jsonb
language plpgsql set search_path = '' set timezone = 'UTC' as $$
#variable_conflict use_column
declare
    one public.bulk_actions := private.bulk_for_batch(export_bulk_batch.bulk_id);
    found_rows jsonb;
    last int;
begin
    if one.id is null or one.state <> 'running' or one.action <> 'export' then
        return jsonb_build_object('state', coalesce(one.state, 'unknown'), 'rows', '[]'::jsonb, 'next', null);
    end if;
    with part as materialized (
        select i.nth, i.object_id from public.bulk_items i
         where i.bulk_id = one.id and i.nth > export_bulk_batch.after order by i.nth limit export_bulk_batch.batch)
    select case one.object_type
               when 'entry' then (
                   select jsonb_agg(jsonb_build_object(
                              'id', q.id, 'number', q.recipient_number, 'status', q.status, 'campaign', c.name, 'template', t.name,
                              'attempts', q.retry_count, 'last_error', q.last_error, 'next_attempt_at', q.next_attempt_at,
                              'tags', (select string_agg(k.one #>> '{}', ', ')
                                         from jsonb_array_elements(private.tags_of_person(one.actor, q.person)) k (one)),
                              'variables', q.custom_variables, 'created_at', q.created_at) order by p.nth)
                     from part p join public.call_queue q on q.id = p.object_id and private.may_see_entry(one.actor, q)
                     left join public.campaigns c on c.id = q.campaign_id
                     left join public.call_templates t on t.id = q.template_id)
               else (
                   select jsonb_agg(jsonb_build_object(
                              'id', c.public_id, 'number', c.phone_number, 'direction', c.direction, 'status', c.call_status,
                              'began_at', coalesce(c.started_at, c.created_at), 'duration_s', c.duration,
                              'end_reason', c.end_reason, 'outcome', c.outcome, 'summary', c.summary, 'cost', c.cost,
                              'currency', c.price_unit,
                              'tags', (select string_agg(k.tag, ', ' order by k.tag) from public.call_tags k where k.call_id = c.id))
                              order by p.nth)
                     from part p join public.call_history c on c.public_id = p.object_id and private.may_see_call(one.actor, c))
               end, (select max(p.nth) from part p)
      into found_rows, last;
    found_rows := coalesce(found_rows, '[]');
    update public.bulk_actions b
       set done = case export_bulk_batch.after when 0 then 0 else b.done end + jsonb_array_length(found_rows),
           skipped = coalesce(last, b.total) - (
               case export_bulk_batch.after when 0 then 0 else b.done end + jsonb_array_length(found_rows))
     where b.id = one.id returning b.* into one;
    return jsonb_build_object('state', one.state, 'object_type', one.object_type, 'rows', found_rows,
                              'next', case when last < one.total then last end);
end $$;

-- finish_bulk: kind command; key bulk_id; called by services/bulk/export
-- The file of an export lies where it is downloaded from.
create function public.finish_bulk(bulk_id uuid) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one public.bulk_actions := private.bulk_for_batch(finish_bulk.bulk_id);
begin
    if one.state = 'running' then
        perform private.end_bulk(one);
        return '{"state": "done"}';
    end if;
    return jsonb_build_object('state', coalesce(one.state, 'unknown'));
end $$;

-- resume_bulk: kind command; key none; called by the worker every minute
-- Has those gone on with that nobody has touched for a while: their job was lost, or given up.
create function public.resume_bulk(quiet_s double precision default 120) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one uuid;
    resumed int := 0;
begin
    for one in select b.id from public.bulk_actions b
                where b.state = 'running' and b.updated_at < now() - make_interval(secs => quiet_s)
                order by b.updated_at limit 100 for update skip locked loop
        perform jobs.defer('run_bulk', jsonb_build_object('bulk_id', one), null, null, 'bulk ' || one);
        update public.bulk_actions b set updated_at = now() where b.id = one;
        resumed := resumed + 1;
    end loop;
    return jsonb_build_object('resumed', resumed);
end $$;

-- sweep_bulk: kind command; key none; called by services/bulk/run
-- Rows of actions that are long over go, a few actions at a time; what came of each stays.
create function public.sweep_bulk(days double precision default 30, batch int default 10) returns jsonb
language plpgsql set search_path = '' as $$
declare
    swept int;
begin
    delete from public.bulk_items i where i.bulk_id in (
        select b.id from public.bulk_actions b
         where b.ended_at < now() - make_interval(secs => days * 86400)
           and exists (select from public.bulk_items k where k.bulk_id = b.id)
         order by b.ended_at limit batch);
    get diagnostics swept = row_count;
    return jsonb_build_object('swept', swept);
end $$;

select private.grant_to_service('run_bulk_batch', 'export_bulk_batch', 'finish_bulk', 'resume_bulk', 'sweep_bulk');
select private.share_with_service('may_go_on', 'bulk_for_batch', 'end_bulk');
