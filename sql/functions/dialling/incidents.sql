-- What is wrong with the dialling: opened once with its reason, closed when its cause is over, by whichever process looks.
--
-- not_claimed: calls that could be dialled are due for a minute and none is taken. stalled: the same of one running campaign
-- for five minutes. no_worker: no worker is there. number_red: opened and closed with the number (number_health.sql).
-- breaker_open: a provider fails and is left alone (breakers.sql).

select private.drop_functions('check_incidents', 'incident_health', 'incidents_page');
drop function if exists private.open_incident(text, text, text, timestamptz), private.close_incident(text, text, timestamptz);
drop function if exists private.incident_causes(jsonb, text, timestamptz);
drop function if exists private.left_lanes(jsonb, text, timestamptz, interval);

-- Opens an incident unless it is open; what it is about is found by its kind and subject.
create function private.open_incident(kind text, subject text, reason text, at timestamptz default null) returns uuid
language sql volatile set search_path = '' as $$
    insert into public.incidents (kind, subject, reason, opened_at)
    values (open_incident.kind, open_incident.subject, left(open_incident.reason, 500), coalesce(open_incident.at, clock_timestamp()))
        on conflict do nothing
    returning id
$$;

create function private.close_incident(kind text, subject text, at timestamptz default null) returns void
language sql volatile set search_path = '' as $$
    update public.incidents i set closed_at = greatest(i.opened_at, coalesce(close_incident.at, clock_timestamp()))
     where i.kind = close_incident.kind and i.subject = close_incident.subject and i.closed_at is null
$$;

-- Lanes of which an entry could have been claimed for so long, by the very reasons that the claim goes by, and nothing was.
create function private.left_lanes(limits jsonb, account text, at timestamptz, for_long interval)
returns table (lane uuid, calls bigint, since timestamptz)
language sql stable rows 5 set search_path = '' as $$
    select l.lane, f.calls, f.since
      from public.dialling_lanes l
      left join public.campaigns c on c.id = l.lane
      cross join lateral (
          select count(*) as calls, min(d.next_attempt_at) as since
            from private.judge(array(
                     select q.id from public.call_queue q
                      where q.lane = l.lane and q.status = 'queued' and q.checked_at is not null
                        and q.next_attempt_at <= left_lanes.at - for_long
                      order by q.next_attempt_at limit 20), left_lanes.at) j
            join public.call_queue d on d.id = j.id
            -- It could have been claimed then as well: who may be called since a moment ago was not left out.
           where cardinality(j.reasons) = 0 and cardinality(private.provider_reasons(d.provider_id, limits, left_lanes.at)) = 0
             and exists (select from private.judge(array[j.id], left_lanes.at - for_long) b where cardinality(b.reasons) = 0)) f
     where l.due_at <= left_lanes.at - for_long and coalesce(l.last_dial_at, '-infinity') <= left_lanes.at - for_long
       and coalesce(c.updated_at, '-infinity') <= left_lanes.at - for_long
       and not exists (select from public.dialling_load o
                        where o.subject in ('campaign:' || c.id, 'user:' || coalesce(c.user_id, l.lane))
                          and o.freed_at > left_lanes.at - for_long)
       and cardinality(private.lane_reasons(l.lane, left_lanes.at)) = 0
       and not exists (select from public.dialling_load o
                        where o.subject = 'account:' || left_lanes.account and o.freed_at > left_lanes.at - interval '1 minute'
                          and o.calls + 1 >= private.lines_for_dials(left_lanes.account, limits))
       and f.calls > 0
$$;

-- What is wrong at a moment, read from the rows alone: it is seen also where no dialler is left to see it.
create function private.incident_causes(limits jsonb, account text, at timestamptz)
returns table (kind text, subject text, reason text)
language sql stable rows 5 set search_path = '' as $$
    with beat as (select max(w.last_heartbeat) as latest from jobs.procrastinate_workers w),
    waits as (select exists (select from public.dialling_lanes l where l.due_at <= incident_causes.at - interval '1 minute') as long)
    select 'no_worker', 'worker', case when b.latest is null then 'Calls are due and no worker is there.'
               else format('No worker was seen since %s UTC.', to_char(b.latest at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS')) end
      from beat b, waits w where b.latest < incident_causes.at - interval '1 minute' or (b.latest is null and w.long)
    union all
    select 'not_claimed', 'queue', format('Calls could be dialled since %s UTC, and none was.',
                                          to_char(min(l.since) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'))
      from private.left_lanes(limits, incident_causes.account, incident_causes.at, '1 minute') l
     where not exists (select from public.dialling_lanes o where o.last_dial_at > incident_causes.at - interval '1 minute')
    having count(*) > 0
    union all
    select 'stalled', c.id::text, format('The campaign dials nobody since %s UTC, and it could.',
                                         to_char(l.since at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'))
      from private.left_lanes(limits, incident_causes.account, incident_causes.at, '5 minutes') l
      join public.campaigns c on c.id = l.lane
    union all
    select 'breaker_open', b.provider, format('Half of its newest calls failed or more; the last one said: %s.', coalesce(b.reason, 'nothing'))
      from public.provider_breakers b join public.call_service_providers p on p.name = b.provider
     where b.state = 'open' and p.enabled is not false
$$;

create or replace function private.incident_view(i public.incidents) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'id', i.id, 'kind', i.kind, 'subject', i.subject, 'reason', i.reason, 'state', case when i.closed_at is null then 'open' else 'closed' end,
        'opened_at', i.opened_at, 'closed_at', i.closed_at)
$$;

-- check_incidents: kind command; key none; called by services/operators/incidents
-- Opens what is wrong and closes what is over; one process at a time looks, the others have nothing to do. `notice` is the
-- operator's text, {"to", "from", "content"}: one for all that is new.
create function public.check_incidents(
    limits jsonb default '{}', account text default 'twilio', notice jsonb default null, at timestamptz default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_variable
declare
    moment constant timestamptz := coalesce(at, clock_timestamp());
    causes jsonb;
    opened int;
    closed int;
begin
    if not pg_try_advisory_xact_lock(hashtextextended('check_incidents', 0)) then
        return '{"result": "busy", "opened": 0, "closed": 0}';
    end if;
    select coalesce(jsonb_agg(to_jsonb(c)), '[]') into causes from private.incident_causes(limits, account, moment) c;
    update public.incidents i set closed_at = greatest(i.opened_at, moment)
     where i.closed_at is null
       and case when i.kind in ('no_worker', 'not_claimed', 'stalled', 'breaker_open')
                then not exists (select from jsonb_array_elements(causes) c
                                  where c ->> 'kind' = i.kind and c ->> 'subject' = i.subject)
                -- A number that somebody took out of the table is red no more.
                when i.kind = 'number_red'
                then not exists (select from public.number_health h where h.number = i.subject and h.red_at is not null) end;
    get diagnostics closed = row_count;
    select count(private.open_incident(c ->> 'kind', c ->> 'subject', c ->> 'reason', moment)) into opened
      from jsonb_array_elements(causes) c;
    update public.incidents i set told_at = moment where i.closed_at is null and i.told_at is null;
    if found and notice ->> 'to' is not null then
        -- What comes and goes does not make a telephone ring all day.
        perform private.queue_text(
            notice ->> 'to', notice ->> 'from', 'sms', notice ->> 'content', 'operator_notice',
            request_key => concat_ws(':', 'incidents', floor(extract(epoch from moment) / 900)));
    end if;
    return jsonb_build_object('result', 'checked', 'opened', opened, 'closed', closed);
end $$;

-- incident_health: kind read; key none; called by services/operators/incidents (metrics, doctor)
-- `open`: the rows that are open. `causes`: what is wrong right now, also what nobody has opened yet.
create function public.incident_health(
    limits jsonb default '{}', account text default 'twilio', at timestamptz default null
) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'open', coalesce((select jsonb_agg(private.incident_view(i) order by i.opened_at) from public.incidents i
                           where i.closed_at is null), '[]'),
        'causes', coalesce((select jsonb_agg(to_jsonb(c))
                              from private.incident_causes(limits, incident_health.account, coalesce(incident_health.at, now())) c), '[]'))
$$;

-- incidents_page: kind read; key actor, after; called by api, cli incidents
-- A page (access/pages.sql), the newest first.
create function public.incidents_page(
    actor jsonb default null, state text default null, kind text default null, page_size int default 50, after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(incidents_page.page_size);
    after_at constant timestamptz := (incidents_page.after ->> 'at')::timestamptz;
    after_id constant uuid := (incidents_page.after ->> 'id')::uuid;
begin
    if not private.is_service_wide(incidents_page.actor) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(private.incident_view(s.i), jsonb_build_object(
                   'at', (s.i).opened_at, 'id', (s.i).id)) order by (s.i).opened_at desc, (s.i).id desc), '[]')
          from (select i from public.incidents i
                 where (incidents_page.state is null or (incidents_page.state = 'open') = (i.closed_at is null))
                   and (incidents_page.kind is null or i.kind = incidents_page.kind)
                   and (after_at is null or (i.opened_at, i.id) < (after_at, after_id))
                 order by i.opened_at desc, i.id desc
                 limit size + 1) s), size);
end $$;

select private.grant_to_service('check_incidents', 'incident_health', 'incidents_page');
select private.share_with_service('open_incident', 'close_incident', 'left_lanes', 'incident_causes', 'incident_view');
