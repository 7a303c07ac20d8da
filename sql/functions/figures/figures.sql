-- What a period came to, read from what the worker counted (rolled.sql): so many rows as the period has days or hours.

select private.drop_functions('console_figures');
drop function if exists private.figure_groups(uuid, text, text, timestamptz[], boolean);
drop function if exists private.figure_scope(jsonb), private.quantiles_ms(bigint[]);

-- Whose figures an actor reads: an organization's, or everybody's. Null: nobody's, for a person alone or a narrowed key.
create function private.figure_scope(actor jsonb) returns uuid
language sql stable set search_path = '' as $$
    select case when private.is_service_wide(actor) then '00000000-0000-0000-0000-000000000000'::uuid
                when private.acts_as(actor, 'operator') and private.actor_user(actor) is null
                then private.actor_organization(actor) end
$$;

create or replace function private.call_failed(c public.call_history) returns boolean
language sql immutable set search_path = '' as $$
    select coalesce(c.call_status = 'failed' or c.end_reason in (
        'model_failed', 'transport_lost', 'service_failed', 'failed'), false)
$$;

-- p50 and p95 of a histogram of 32 buckets (rolled.sql), within a bucket in proportion; null where nothing was measured.
create function private.quantiles_ms(counts bigint[]) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
    total constant double precision := (select sum(n) from unnest(counts) n);
    seen double precision := 0;
    least_ms double precision;
    half integer;
    most integer;
begin
    for place in 1..32 loop
        exit when most is not null;
        if counts[place] > 0 then
            least_ms := case place when 1 then 0 else 50 * 1.2 ^ (place - 2) end;
            if half is null and seen + counts[place] >= total * 0.5 then
                half := round(least_ms + (case place when 1 then 50 when 32 then 0 else least_ms * 0.2 end) * (total * 0.5 - seen) / counts[place]);
            end if;
            if seen + counts[place] >= total * 0.95 then
                most := round(least_ms + (case place when 1 then 50 when 32 then 0 else least_ms * 0.2 end) * (total * 0.95 - seen) / counts[place]);
            end if;
            seen := seen + counts[place];
        end if;
    end loop;
    return jsonb_build_object('p50_ms', half, 'p95_ms', most);
end $$;

-- Figures of each group, and of all of them (key null). Groups are the spans, or the values of a dimension.
create function private.figure_groups(the_scope uuid, the_grain text, the_dimension text, spans timestamptz[], by_span boolean)
returns table (key text, figures jsonb)
language sql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
    with picked as materialized (
        select f.*, case when by_span then f.began::text else f.key end as grouped
          from public.figure_spans f
         where f.grain = the_grain and f.scope = the_scope and f.dimension = the_dimension and f.began = any (spans)
    ), speeds as (
        select b.grouped, array_agg(b.turns order by b.place) as gaps
          from (select p.grouped, u.place, sum(u.n) as turns
                  from picked p, unnest(p.latencies[1:32]) with ordinality u (n, place)
                 group by grouping sets ((p.grouped, u.place), (u.place))) b
         group by 1
    ), sums as (
        select p.grouped, sum(p.calls) as calls, sum(p.inbound) as inbound, sum(p.answered) as answered,
               sum(p.unanswered) as unanswered, sum(p.failed) as failed, sum(p.with_person) as with_person,
               sum(p.reached) as reached, sum(p.not_reached) as not_reached, round(sum(p.seconds) / 60.0, 1) as minutes,
               sum(p.priced) as priced, sum(p.cost) as cost, sum(p.texts_in) as texts_in, sum(p.texts_out) as texts_out,
               sum(p.texts_failed) as texts_failed, sum(p.codes) as codes, sum(p.codes_approved) as codes_approved,
               sum(p.opt_outs) as opt_outs, sum(p.turns) as turns
          from picked p group by grouping sets ((p.grouped), ())
    )
    select s.grouped, to_jsonb(s) - 'grouped' || jsonb_build_object(
               'answer_rate', round(100.0 * s.answered / nullif(s.calls, 0), 1),
               'containment', round(100.0 * (s.answered - s.with_person) / nullif(s.answered, 0), 1),
               'cost_per_call', round(s.cost / nullif(s.priced, 0), 4),
               'cost_per_goal', round(s.cost / nullif(s.reached, 0), 4)) || private.quantiles_ms(d.gaps::bigint[])
      from sums s left join speeds d on d.grouped is not distinct from s.grouped
$$;

-- console_figures: kind read; key actor, period, by; called by console, api
-- `period`: days up to today, in `zone`; `by`: hour (of seven days at most), day, template, number or campaign, at most 50
-- groups, of templates and the like those with the most calls. `before`: the same number of days before. `stages`: where the time of an
-- answer goes. `counted_at`: when the worker counted the latest day last. Rates are percents, costs positive and in `currency`, null where nothing is known.
-- Texts, codes and opt-outs belong to no template, number or campaign. `at` is for tests.
create function public.console_figures(
    period int, by text, zone text, actor jsonb default null, at timestamptz default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_variable
declare
    whose constant uuid := private.figure_scope(actor);
    moment constant timestamptz := coalesce(console_figures.at, now());
    today constant timestamp := date_trunc('day', moment at time zone console_figures.zone);
    by_span constant boolean := by in ('hour', 'day');
    days timestamptz[];
    earlier timestamptz[];
    spans timestamptz[];
    dimension constant text := case when by_span then 'all' else by end;
begin
    if whose is null then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    if period is null or period not between 1 and 90 or by is null
       or by not in ('hour', 'day', 'template', 'number', 'campaign') or (by = 'hour' and period > 7) then
        return jsonb_build_object('result', 'refused', 'code', 'bad_period');
    end if;
    select array_agg(d at time zone console_figures.zone order by d) into days
      from generate_series(today - make_interval(days => period - 1), today, interval '1 day') d;
    select array_agg(d at time zone console_figures.zone) into earlier
      from generate_series(today - make_interval(days => 2 * period - 1), today - make_interval(days => period), interval '1 day') d;
    spans := case when by = 'hour' then array(select generate_series(date_trunc('hour', days[1]), moment, interval '1 hour')) else days end;
    return jsonb_build_object(
        'result', 'found', 'period', period, 'by', by, 'began', days[1],
        'ended', (today + interval '1 day') at time zone console_figures.zone,
        -- The newest that the carrier told, of the whole house: it is that of the account.
        'currency', coalesce((select mode() within group (order by upper(c.price_unit))
                                from (select c.price_unit from public.call_history c
                                       order by coalesce(c.started_at, c.created_at) desc, c.id desc limit 200) c), 'USD'),
        'counted_at', (select r.rolled_at from public.figure_rolls r where r.grain = 'day' and r.began <= moment order by r.began desc limit 1),
        'total', (select g.figures from private.figure_groups(whose, 'day', 'all', days, false) g where g.key is null),
        'before', (select g.figures from private.figure_groups(whose, 'day', 'all', earlier, false) g where g.key is null),
        'groups', case when by_span then (
            select jsonb_agg(jsonb_build_object('key', s) || coalesce(g.figures, '{"calls": 0}') order by s)
              from unnest(spans) s
              left join private.figure_groups(whose, case by when 'hour' then 'hour' else 'day' end, 'all', spans, true) g
                     on g.key = s::text)
            else (
            select coalesce(jsonb_agg(jsonb_build_object('key', t.key, 'name', coalesce(
                       case when by = 'template' then (select c.name from public.call_templates c where c.id::text = t.key)
                            when by = 'campaign' then (select c.name from public.campaigns c where c.id::text = t.key)
                            else nullif(t.key, '') end, 'none')) || t.figures order by (t.figures ->> 'calls')::int desc, t.key), '[]')
              from (select g.key, g.figures from private.figure_groups(whose, 'day', dimension, days, false) g
                     where g.key is not null order by (g.figures ->> 'calls')::int desc, g.key limit 50) t) end,
        'stages', (
            select jsonb_agg(jsonb_build_object(
                       'stage', (array['gap', 'wait', 'words', 'token', 'sentence', 'voice', 'ours'])[h.stage + 1], 'turns', h.turns) || private.quantiles_ms(h.counts::bigint[])
                       order by h.stage)
              from (select b.stage, array_agg(b.n order by b.place) as counts, sum(b.n) as turns
                      from (select (u.place - 1) / 32 as stage, u.place, sum(u.n) as n
                              from public.figure_spans f, unnest(f.latencies) with ordinality u (n, place)
                             where f.grain = 'day' and f.scope = whose and f.dimension = 'all' and f.began = any (days)
                             group by 1, 2) b
                     group by 1) h));
end $$;

select private.share_with_service('figure_scope', 'call_failed', 'quantiles_ms', 'figure_groups');
select private.grant_to_service('console_figures');
