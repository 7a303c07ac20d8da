-- What a rule says of each minute, live and looking back alike: both ask the functions of this file.

drop function if exists private.alert_walk(public.alert_rules, timestamptz, timestamptz, timestamptz, timestamptz);
drop function if exists private.alert_values(public.alert_rules, timestamptz, timestamptz);
drop function if exists private.alert_sums(public.alert_rules, timestamptz, timestamptz);
drop function if exists private.alert_runs(public.alert_rules, timestamptz, timestamptz);
drop function if exists private.alert_open(public.alert_rules, timestamptz, timestamptz);
drop function if exists private.alert_minutes(public.alert_rules, timestamptz, timestamptz);
drop function if exists private.alert_calls(public.alert_rules, timestamptz, timestamptz);

-- The calls that ended in [since, until), whether each is what the rule is about, and the minute by whose end that is known.
create function private.alert_calls(rule public.alert_rules, since timestamptz, until timestamptz)
returns table (id bigint, ended_at timestamptz, minute timestamptz, hit boolean, cost numeric)
language sql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
    select c.id, c.ended_at, date_trunc('minute', c.ended_at, 'UTC') + interval '1 minute',
           case rule.what when 'failed' then private.call_failed(c)
                          when 'unanswered' then c.answered_at is null
                          when 'with_person' then coalesce(c.outcome = 'transferred' or c.end_reason = 'transferred', false)
                          else true end,
           coalesce(c.cost, -c.price)
      from public.call_history c
     where c.ended_at >= since and c.ended_at < until
       and (rule.organization_id is null or c.organization_id = rule.organization_id)
$$;

-- Minutes in which something was counted: how many were looked at, how many of them count, and their sum.
create function private.alert_minutes(rule public.alert_rules, since timestamptz, until timestamptz)
returns table (minute timestamptz, seen bigint, hits bigint, total numeric)
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
begin
    if rule.kind = 'p95' or (rule.kind = 'spike' and rule.what = 'latency') then
        return query
            select c.minute, count(*), count(*) filter (where t.gap_ms >= rule.threshold), sum(t.gap_ms)::numeric
              from private.alert_calls(rule, since, until) c
              join public.call_turns t on t.call_id = c.id and t.gap_ms is not null
             group by 1;
    elsif rule.what = 'opt_outs' then
        return query
            select date_trunc('minute', x.since, 'UTC') + interval '1 minute', count(*), count(*), count(*)::numeric
              from (select distinct on (s.phone_number, s.since) s.phone_number, s.since from public.suppressions s
                     where s.since >= alert_minutes.since and s.since < alert_minutes.until and s.reason in ('STOP', 'spoken_request')) x
             where rule.organization_id is null or private.deals_with(rule.organization_id, x.phone_number)
             group by 1;
    elsif rule.kind = 'dead_letters' then
        return query
            select date_trunc('minute', d.updated_at, 'UTC') + interval '1 minute', count(*), count(*), count(*)::numeric
              from public.webhook_deliveries d
             where d.state = 'dead' and d.created_at >= since - interval '3 days' and d.updated_at >= since and d.updated_at < alert_minutes.until
               and (rule.organization_id is null or exists (
                       select from public.webhook_endpoints e where e.id = d.endpoint_id and e.organization_id = rule.organization_id))
             group by 1;
    else
        return query
            select c.minute, count(*), count(*) filter (where c.hit), coalesce(sum(c.cost), 0)
              from private.alert_calls(rule, since, until) c group by 1;
    end if;
end $$;

-- The sums of the window that ends with each minute.
create function private.alert_sums(rule public.alert_rules, first timestamptz, last timestamptz)
returns table (tick timestamptz, seen numeric, hits numeric, total numeric)
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
    span constant int := case rule.kind when 'cost' then 1440 else rule.window_min end;
    since constant timestamptz := first - make_interval(mins => span);
begin
    return query execute format('
        select w.tick, w.seen, w.hits, w.total
          from (select n.tick, coalesce(sum(m.seen) over span, 0) as seen, coalesce(sum(m.hits) over span, 0) as hits,
                       coalesce(sum(m.total) over span, 0) as total
                  from generate_series($2 + interval ''1 minute'', $3, interval ''1 minute'') n (tick)
                  left join private.alert_minutes($1, $2, $3) m on m.minute = n.tick
                window span as (order by n.tick rows between %s preceding and current row)) w
         where w.tick >= $4', span - 1) using rule, since, last, first;
end $$;

-- How many calls in a row were so when each minute ended, and of how many in the window.
create function private.alert_runs(rule public.alert_rules, first timestamptz, last timestamptz)
returns table (tick timestamptz, seen bigint, run bigint)
language sql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
    with span as (select first - make_interval(mins => rule.window_min) as since),
    ordered as (
        select c.minute, c.hit, row_number() over (order by c.ended_at, c.id) as n
          from span, private.alert_calls(rule, span.since, last) c
    ), marked as (
        select o.minute, o.n, max(o.n) filter (where not o.hit) over (order by o.n) as last_good from ordered o
    ), ends as (
        select m.minute, max(m.n) as n, max(coalesce(m.last_good, 0)) as last_good from marked m group by 1
    ), filled as (
        select n.tick, max(e.n) over (order by n.tick) as upto, max(e.last_good) over (order by n.tick) as last_good
          from span, generate_series(span.since + interval '1 minute', last, interval '1 minute') n (tick)
          left join ends e on e.minute = n.tick
    ), spanned as (
        select f.tick, coalesce(f.upto, 0) as upto, coalesce(f.last_good, 0) as last_good,
               coalesce(lag(f.upto, rule.window_min) over (order by f.tick), 0) as before
          from filled f
    )
    select s.tick, s.upto - s.before, s.upto - greatest(s.last_good, s.before) from spanned s where s.tick >= first
$$;

-- How many incidents of the rule's kind were open when each minute ended.
create function private.alert_open(rule public.alert_rules, first timestamptz, last timestamptz)
returns table (tick timestamptz, open bigint)
language sql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
    with those as materialized (
        select i.opened_at, i.closed_at
          from public.incidents i
         where case rule.kind when 'number_red' then i.kind = 'number_red' else i.kind in ('not_claimed', 'stalled', 'no_worker') end
           and i.opened_at < last and (i.closed_at is null or i.closed_at >= first)
           and (rule.organization_id is null
                or (i.kind = 'stalled' and exists (
                    select from public.campaigns c where c.id::text = i.subject and c.organization_id = rule.organization_id))
                or (i.kind = 'number_red' and rule.organization_id = private.organization_of_number(i.subject)))
    )
    select n.tick, (select count(*) from those t where t.opened_at < n.tick and (t.closed_at is null or t.closed_at >= n.tick))
      from generate_series(first, last, interval '1 minute') n (tick)
$$;

-- What each minute shows, of how much, and whether the rule calls it bad. No sample: the kind needs none.
create function private.alert_values(rule public.alert_rules, first timestamptz, last timestamptz)
returns table (tick timestamptz, value numeric, sample numeric, bad boolean)
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    the_scope constant uuid := coalesce(rule.organization_id, '00000000-0000-0000-0000-000000000000');
begin
    if rule.kind in ('queue_stalled', 'number_red') then
        return query select o.tick, o.open::numeric, null::numeric, o.open >= rule.threshold
                       from private.alert_open(rule, first, last) o;
    elsif rule.kind = 'consecutive' then
        return query select r.tick, r.run::numeric, r.seen::numeric, r.run >= rule.threshold and r.seen >= rule.sample
                       from private.alert_runs(rule, first, last) r;
    elsif rule.kind in ('spike', 'silence') then
        -- Beside the seven days before the hour, as they were counted.
        return query
            with hours as (
                select h.began, coalesce(sum(case rule.what when 'latency' then f.turns when 'failed' then f.failed
                                                            when 'unanswered' then f.unanswered when 'with_person' then f.with_person
                                                            else f.calls end), 0)::numeric as many,
                       coalesce(sum(f.gap_ms), 0)::numeric as gap_ms
                  from generate_series(date_trunc('hour', first, 'UTC'), date_trunc('hour', last, 'UTC'), interval '1 hour') h (began)
                  left join public.figure_spans f
                         on f.grain = 'hour' and f.scope = the_scope and f.dimension = 'all'
                        and f.began >= h.began - interval '7 days' and f.began < h.began
                 group by 1
            ), valued as (
                select s.tick, s.seen, s.hits, h.many,
                       round(case when rule.what = 'latency' then 100 * s.total / nullif(s.seen, 0) / nullif(h.gap_ms / nullif(h.many, 0), 0)
                                  else 100 * s.hits / nullif(h.many * rule.window_min / 10080, 0) end, 1) as spike
                  from private.alert_sums(rule, first, last) s
                  join hours h on h.began = date_trunc('hour', s.tick, 'UTC')
            )
            select v.tick, case rule.kind when 'silence' then v.hits else v.spike end,
                   case rule.kind when 'silence' then v.many else least(v.many, v.seen) end,
                   case rule.kind when 'silence' then v.hits < rule.threshold and v.many >= rule.sample
                                  else coalesce(v.spike >= rule.threshold, false) and least(v.many, v.seen) >= rule.sample end
              from valued v;
    else
        return query
            select v.tick, v.value, case rule.kind when 'dead_letters' then null else v.seen end,
                   coalesce(v.value >= case rule.kind when 'p95' then 5 else rule.threshold end, false)
                       and (rule.kind = 'dead_letters' or v.seen >= rule.sample)
              from (select s.tick, s.seen, case when rule.kind in ('rate', 'p95') then round(100 * s.hits / nullif(s.seen, 0), 1)
                                                when rule.kind = 'cost' then s.total else s.hits end as value
                      from private.alert_sums(rule, first, last) s) v;
    end if;
end $$;

-- What a rule does from minute to minute: it fires when it is bad, once, and not within its quiet time after it fired; it
-- resolves with the first minute that is not bad.
create function private.alert_walk(
    rule public.alert_rules, first timestamptz, last timestamptz, open_since timestamptz, last_fired timestamptz
) returns table (tick timestamptz, fires boolean, value numeric, sample bigint)
language plpgsql stable set search_path = '' as $$
declare
    minute record;
    is_open boolean := open_since is not null;
    fired timestamptz := last_fired;
begin
    for minute in select v.* from private.alert_values(rule, first, last) v order by v.tick loop
        if is_open and not minute.bad then
            is_open := false;
            return query select minute.tick, false, minute.value, minute.sample::bigint;
        elsif minute.bad and not is_open and (fired is null or minute.tick >= fired + make_interval(mins => rule.quiet_min)) then
            is_open := true;
            fired := minute.tick;
            return query select minute.tick, true, minute.value, minute.sample::bigint;
        end if;
    end loop;
end $$;

select private.share_with_service(
    'alert_calls', 'alert_minutes', 'alert_sums', 'alert_runs', 'alert_open', 'alert_values', 'alert_walk');
