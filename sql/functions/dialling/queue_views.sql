-- The queue as its page shows it: how many stand where, what holds them back, which lines are in use; and one call made again.

select private.drop_functions('queue_standing', 'redial_queued_call', 'queue_ids');

-- How many entries of a state an actor sees, up to 10001. Each part is of one index: whoever has an organization has few that belong
-- to none.
create or replace function private.entries_in(status text, actor jsonb) returns bigint
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
    acting_user constant uuid := private.actor_user(actor);
    acting_organization constant uuid := private.actor_organization(actor);
    led constant uuid[] := array(select private.led_by(acting_user));
    members constant uuid[] := array(select private.members_of(acting_organization));
begin
    if acting_user is null and acting_organization is not null then
        return least(10001, (select count(*) from (
            select from public.call_queue q
             where q.status = entries_in.status and q.organization_id = acting_organization and q.next_attempt_at is not null
             limit 10001) own) + (select count(*) from (
            select from public.call_queue q
             where q.status = entries_in.status and q.organization_id is null and q.user_id = any (members)
               and q.next_attempt_at is not null limit 10001) of_members));
    end if;
    return (select count(*) from (
        select from public.call_queue q
         where q.status = entries_in.status and q.next_attempt_at is not null
           and (acting_user is null or q.user_id = acting_user or q.organization_id = any (led))
           and (acting_organization is null or q.organization_id = acting_organization
                or (q.organization_id is null and q.user_id = any (members))) limit 10001) one);
end $$;

-- Whether somebody was reached by an entry: a person answered, the goal was reached, or words were said.
create or replace function private.was_reached(entry uuid) returns boolean
language sql stable set search_path = '' as $$
    select exists (select from public.call_attempts a
                    where a.call_queue_id = was_reached.entry and a.kind = 'talk' and a.error is distinct from 'not_sent'
                      and (a.answered_by = 'human' or a.goal = 'reached'
                           or a.answered_by = 'unknown' and private.somebody_spoke(a.call_sid)))
$$;

-- queue_standing: kind read; key actor; called by console, api
-- Entries by state, counted up to 10001; what holds back the next ones that are due, by the first reason of each, with how
-- many of `looked_at` they are. `rows`: the lines that calls of the actor's take, by our number.
create function public.queue_standing(limits jsonb default '{}', actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
declare
    moment constant timestamptz := clock_timestamp();
    acting_user constant uuid := private.actor_user(actor);
    acting_organization constant uuid := private.actor_organization(actor);
    led constant uuid[] := array(select private.led_by(acting_user));
    members constant uuid[] := array(select private.members_of(acting_organization));
    due uuid[];
    held jsonb;
begin
    if not private.acts_as(actor, 'operator') then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    due := array(select q.id from public.call_queue q
                  where q.status = 'queued' and q.next_attempt_at is not null
                    and (acting_user is null or q.user_id = acting_user or q.organization_id = any (led))
                    and (acting_organization is null or q.organization_id = acting_organization
                         or (q.organization_id is null and q.user_id = any (members)))
                  order by q.next_attempt_at limit 100);
    -- By what stands against the entry itself, then by its lane, then by who may carry it.
    with lanes as materialized (
        select d.lane, (private.lane_reasons(d.lane, moment))[1] as reason
          from (select distinct q.lane from public.call_queue q where q.id = any (due)) d),
    judged as materialized (
        select coalesce(j.reasons[1], l.reason) as own, q.provider_id
          from private.judge(due, moment) j
          join public.call_queue q on q.id = j.id
          left join lanes l on l.lane = q.lane),
    carried as materialized (
        select p.provider_id, (private.provider_reasons(p.provider_id, limits, moment))[1] as reason
          from (select distinct j.provider_id from judged j where j.own is null) p),
    first as (
        select coalesce(j.own, c.reason) as reason
          from judged j left join carried c on j.own is null and c.provider_id is not distinct from j.provider_id)
    select coalesce(jsonb_agg(jsonb_build_object('reason', g.reason, 'entries', g.entries) order by g.entries desc, g.reason), '[]')
      into held
      from (select f.reason, count(*) as entries from first f where f.reason is not null group by f.reason) g;
    return jsonb_build_object(
        'states', (
            select jsonb_object_agg(s.status, private.entries_in(s.status, actor))
              from unnest(array['queued', 'in-progress', 'completed', 'failed', 'canceled']) s (status)),
        'looked_at', cardinality(due), 'held_by', held, 'red_numbers', (
            select coalesce(jsonb_agg(h.number order by h.number), '[]') from public.number_health h
             where h.red_at is not null and private.is_service_wide(actor)),
        'rows', coalesce((
            select jsonb_agg(jsonb_build_object('number', l.from_number, 'calls', l.calls) order by l.calls desc, l.from_number)
              from (select a.from_number, count(*) as calls
                      from public.call_attempts a left join public.call_queue q on q.id = a.call_queue_id
                     where a.state in ('sending', 'sent', 'unknown') and a.kind = 'talk'
                       and (acting_user is null or a.user_id = acting_user or q.organization_id = any (led))
                       and (acting_organization is null or q.organization_id = acting_organization
                            or (q.organization_id is null and a.user_id = any (members)))
                     group by a.from_number limit 50) l), '[]'));
end $$;

-- Why entries are not dialled again; null: they are. `reached`: also where somebody was reached.
create or replace function private.redial_problems(ids uuid[], reached boolean)
returns table (id uuid, reason text)
language sql stable set search_path = '' as $$
    with entry as materialized (
        select q.id, q.status, q.not_after, q.next_attempt_at, c.state from public.call_queue q
          left join public.campaigns c on c.id = q.campaign_id
         where q.id = any (redial_problems.ids))
    select e.id, case
        when e.status in ('queued', 'in-progress') then 'waiting'
        when e.next_attempt_at is null then 'not_queued'
        when e.state in ('draft', 'canceled') then 'campaign_over'
        when not redial_problems.reached and exists (
            select from public.call_attempts a
             where a.call_queue_id = e.id and a.kind = 'talk' and a.error is distinct from 'not_sent'
               and (a.answered_by = 'human' or a.goal = 'reached'
                    or a.answered_by = 'unknown' and private.somebody_spoke(a.call_sid))) then 'reached'
        when e.not_after <= clock_timestamp() then 'window_over'
        else (select r.reason from unnest(j.reasons) r (reason)
               where r.reason in ('own_number', 'suppressed', 'no_consent') limit 1) end
      from entry e
      left join private.judge(array(select k.id from entry k where k.status in ('failed', 'completed', 'canceled')),
                              clock_timestamp(), true) j on j.id = e.id
$$;

-- redial_queued_call: kind command; key id; called by services/dialling/ask, bulk
-- Lets an entry that is over wait again, from now on. Every rule of dialling holds in the claim. Again at once it is
-- refused: it waits. A campaign that was done runs.
create function public.redial_queued_call(
    id uuid, reached boolean default false, limits jsonb default '{}', actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one public.call_queue;
    refused text;
begin
    select q.* into one from public.call_queue q where q.id = redial_queued_call.id for update;
    if one.id is null or not private.may_see_entry(actor, one) then
        return '{"result": "refused", "code": "unknown_entry"}';
    end if;
    select p.reason into refused from private.redial_problems(array[one.id], redial_queued_call.reached) p;
    if refused is not null then
        return jsonb_build_object('result', 'refused', 'code', refused, 'status', one.status);
    end if;
    update public.call_queue q set status = 'queued', last_error = null, next_attempt_at = clock_timestamp()
     where q.id = one.id returning q.* into one;
    update public.campaigns c set state = 'running', revision = c.revision + 1
     where c.id = one.campaign_id and c.state = 'done';
    return jsonb_build_object('result', 'redialled', 'entry', private.entry_view(one, limits));
end $$;

-- queue_ids: kind read; key actor; called by services/bulk/choose
-- The entries that list_queued_calls would show, page after page: their ids, up to `most`, in the same order.
create function public.queue_ids(
    actor jsonb default null, status text default null, number text default null, campaign_id uuid default null,
    tag text default null, most int default 10001
) returns jsonb
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    -- What may_see_entry asks of each row, asked of columns: of ten thousand that is another matter.
    acting_user constant uuid := private.actor_user(actor);
    acting_organization constant uuid := private.actor_organization(actor);
    led constant uuid[] := array(select private.led_by(acting_user));
    members constant uuid[] := array(select private.members_of(acting_organization));
begin
    if not private.acts_as(actor, 'operator') then
        return '{"rows": []}';
    end if;
    return jsonb_build_object('rows', (
        select coalesce(jsonb_agg(f.id order by f.created_at desc, f.id desc), '[]')
          from (select q.id, q.created_at from public.call_queue q
                 where (acting_user is null or q.user_id = acting_user or q.organization_id = any (led))
                   and (acting_organization is null or q.organization_id = acting_organization
                        or (q.organization_id is null and q.user_id = any (members))) and q.next_attempt_at is not null
                   and (queue_ids.status is null or q.status = queue_ids.status)
                   and (queue_ids.number is null or q.person = private.person_number(queue_ids.number))
                   and (queue_ids.campaign_id is null or q.campaign_id = queue_ids.campaign_id)
                   and (queue_ids.tag is null or q.person in (select private.people_tagged(actor, queue_ids.tag)))
                 order by q.created_at desc, q.id desc limit most) f));
end $$;

select private.grant_to_service('queue_standing', 'redial_queued_call', 'queue_ids');
select private.share_with_service('entries_in', 'was_reached', 'redial_problems');
