-- Hours and days are counted once and kept, so that a page about a quarter costs no more than one about a day.

select private.drop_functions('roll_figures');
drop function if exists private.roll_span(text, timestamptz, timestamptz);

-- For whom a text or a code counts: the organization that it belongs to, else those of whom the person is a member.
create or replace function private.scopes_of(organization uuid, person uuid) returns uuid[]
language sql stable set search_path = '' as $$
    select case when organization is not null then array[organization] else array(
        select m.organization_id from public.organization_members m where m.user_id = person and m.status = 'active') end
$$;

-- Calls belong to the span in which they began, to the whole service and to their organization; a text to that of its thread, a code
-- to that of the key that asked for it, a request to stop to each that deals with the person. With a person: connected, taken
-- over, or left for somebody to look at.
create function private.roll_span(grain text, span_began timestamptz, span_ended timestamptz) returns void
language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    everybody constant uuid := '00000000-0000-0000-0000-000000000000';
    by_day constant boolean := roll_span.grain = 'day';
begin
    delete from public.figure_spans f where f.grain = roll_span.grain and f.began = span_began;
    with calls as materialized (
        select c.id, c.organization_id, c.direction, c.answered_at, c.ended_at, c.duration, coalesce(c.cost, -c.price) as cost,
               coalesce(c.template_id::text, '') as template,
               coalesce(case when c.direction = 'outbound' then c.from_number else c.to_number end, '') as number,
               coalesce(q.campaign_id::text, '') as campaign, s.goal, private.call_failed(c) as has_failed,
               c.outcome = 'transferred' or c.end_reason = 'transferred'
                   or exists (select from public.support_escalations e where e.call_id = c.id)
                   or exists (select from public.call_commands m
                               where m.call_id = c.id and m.kind in ('take_over', 'transfer') and m.result = 'done') as has_person
          from public.call_history c
          left join public.call_queue q on q.id = c.call_queue_id
          left join public.summaries s on s.session_id = c.id
         where coalesce(c.started_at, c.created_at) >= span_began and coalesce(c.started_at, c.created_at) < span_ended
    ), placed as materialized (
        select k.*, d.dimension, d.key, o.scope
          from calls k
         cross join lateral (values ('all', ''), ('template', k.template), ('number', k.number), ('campaign', k.campaign))
               d (dimension, key)
         cross join lateral (select everybody as scope union all select k.organization_id where k.organization_id is not null) o
         where d.dimension = 'all' or by_day
    ), counted as (
        select p.scope, p.dimension, p.key, count(*) as calls, count(*) filter (where p.direction = 'inbound') as inbound,
               count(*) filter (where p.answered_at is not null) as answered,
               count(*) filter (where p.answered_at is null and p.ended_at is not null) as unanswered,
               count(*) filter (where p.has_failed) as failed,
               count(*) filter (where p.has_person and p.answered_at is not null) as with_person,
               count(*) filter (where p.goal = 'reached') as reached,
               count(*) filter (where p.goal = 'not_reached') as not_reached,
               coalesce(sum(p.duration), 0) as seconds, count(p.cost) as priced, coalesce(sum(p.cost), 0) as cost
          from placed p group by 1, 2, 3
    ), timed as materialized (
        -- Below 50 ms the first of 32 buckets, then each a fifth wider than the one before; the last holds all from about 12 s.
        select k.organization_id, k.template, k.number, k.campaign, count(*) as turns,
               case when v.stage = 1 then sum(v.ms) else 0 end as gap_ms,
               (v.stage - 1) * 32 + 1 + width_bucket(
                   ln(greatest(v.ms, 1) / 50.0::double precision), 0, 30 * ln(1.2::double precision), 30) as place
          from calls k
          join public.call_turns t on t.call_id = k.id and t.gap_ms is not null
         cross join lateral (values (1, t.gap_ms), (2, t.wait_ms), (3, t.words_ms), (4, t.token_ms), (5, t.sentence_ms),
                                    (6, t.voice_ms), (7, t.ours_ms)) v (stage, ms)
         where v.ms is not null group by 1, 2, 3, 4, v.stage, 7
    ), measured as (
        select o.scope, d.dimension, d.key, k.place, sum(k.turns) as turns, sum(k.gap_ms) as gap_ms
          from timed k
         cross join lateral (values ('all', ''), ('template', k.template), ('number', k.number), ('campaign', k.campaign))
               d (dimension, key)
         cross join lateral (select everybody as scope union all select k.organization_id where k.organization_id is not null) o
         where d.dimension = 'all' or by_day group by 1, 2, 3, 4
    ), speeds as (
        select g.scope, g.dimension, g.key, array_agg(coalesce(m.turns, 0)::integer order by n) as latencies,
               coalesce(sum(m.turns) filter (where n <= 32), 0) as turns, coalesce(sum(m.gap_ms), 0) as gap_ms
          from (select distinct scope, dimension, key from measured) g
         cross join generate_series(1, 224) n
          left join measured m on (m.scope, m.dimension, m.key, m.place) = (g.scope, g.dimension, g.key, n)
         group by 1, 2, 3
    ), others as materialized (
        select private.scopes_of((select t.organization_id from public.conversations t where t.id = m.conversation_id), m.user_id) as scopes,
               case m.direction when 'inbound' then 1 else 0 end as texts_in,
               case m.direction when 'outbound' then 1 else 0 end as texts_out,
               case when m.direction = 'outbound' and m.status in ('failed', 'undelivered') then 1 else 0 end as texts_failed,
               0 as codes, 0 as codes_approved, 0 as opt_outs
          from public.sms_history m where m.created_at >= span_began and m.created_at < span_ended
        union all
        select private.scopes_of((select k.organization_id from public.api_keys k where k.id = v.api_key_id), v.user_id),
               0, 0, 0, 1, case v.status when 'approved' then 1 else 0 end, 0
          from public.verifications v where v.created_at >= span_began and v.created_at < span_ended
        union all
        select array(select c.organization_id from public.call_history c
                      where c.phone_number = x.phone_number and c.organization_id is not null
                     union
                     select t.organization_id from public.conversations t
                      where t.person_number = x.phone_number and t.organization_id is not null), 0, 0, 0, 0, 0, 1
          from (select distinct x.phone_number from public.suppressions x
                 where x.since >= span_began and x.since < span_ended and x.reason in ('STOP', 'spoken_request')) x
    ), told as (
        select o.scope, sum(t.texts_in) as texts_in, sum(t.texts_out) as texts_out, sum(t.texts_failed) as texts_failed,
               sum(t.codes) as codes, sum(t.codes_approved) as codes_approved, sum(t.opt_outs) as opt_outs
          from others t
         cross join lateral (
               select everybody as scope
                union all
               select unnest(t.scopes)) o
         group by 1
    )
    insert into public.figure_spans (
        grain, began, scope, dimension, key, calls, inbound, answered, unanswered, failed, with_person, reached, not_reached,
        seconds, priced, cost, texts_in, texts_out, texts_failed, codes, codes_approved, opt_outs, turns, gap_ms, latencies)
    select roll_span.grain, span_began, g.scope, g.dimension, g.key, coalesce(c.calls, 0), coalesce(c.inbound, 0),
           coalesce(c.answered, 0), coalesce(c.unanswered, 0), coalesce(c.failed, 0), coalesce(c.with_person, 0),
           coalesce(c.reached, 0), coalesce(c.not_reached, 0), coalesce(c.seconds, 0), coalesce(c.priced, 0), coalesce(c.cost, 0),
           coalesce(t.texts_in, 0), coalesce(t.texts_out, 0), coalesce(t.texts_failed, 0), coalesce(t.codes, 0),
           coalesce(t.codes_approved, 0), coalesce(t.opt_outs, 0), coalesce(s.turns, 0), coalesce(s.gap_ms, 0), s.latencies
      from (select scope, dimension, key from counted union select scope, 'all', '' from told) g
      left join counted c on (c.scope, c.dimension, c.key) = (g.scope, g.dimension, g.key)
      left join speeds s on (s.scope, s.dimension, s.key) = (g.scope, g.dimension, g.key)
      left join told t on t.scope = g.scope and g.dimension = 'all';
end $$;

-- roll_figures: kind command; key grain and span; called by services/operators/figures
-- Counts the spans that are due, the newest first: the hours of 15 days and the days of 181. One that is not over is counted
-- each minute, a day every five; afterwards each time when an eighth of its age has passed, and after eight days no more.
-- And the figures of one campaign of many people. `at` is for tests.
create function public.roll_figures(zone text, most int default 4, at timestamptz default null) returns jsonb
language plpgsql set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
declare
    moment constant timestamptz := coalesce(roll_figures.at, clock_timestamp());
    span record;
    rolled int := 0;
begin
    if not pg_try_advisory_xact_lock(hashtextextended('roll_figures', 0)) then
        return '{"result": "busy", "rolled": 0}';
    end if;
    for span in
        with spans as (
            select 'hour' as grain, h as began, h + interval '1 hour' as ended, interval '1 minute' as every
              from generate_series(date_trunc('hour', moment) - interval '15 days', moment, interval '1 hour') h
            union all
            select 'day', d at time zone roll_figures.zone, (d + interval '1 day') at time zone roll_figures.zone, '5 minutes'
              from generate_series(date_trunc('day', moment at time zone roll_figures.zone) - interval '180 days',
                                   moment at time zone roll_figures.zone, interval '1 day') d)
        select s.grain, s.began, s.ended
          from spans s
          left join public.figure_rolls r on r.grain = s.grain and r.began = s.began
         where r.rolled_at is null
            -- Usage was not counted yet when the day was.
            or (s.grain = 'day' and not r.has_usage and s.began > moment - interval '62 days')
            or (r.rolled_at < s.ended + interval '8 days'
                and moment - r.rolled_at >= greatest(s.every, (moment - s.ended) / 8))
         order by s.began desc, s.grain
         limit least(roll_figures.most, 500)
    loop
        -- Most spans of a young house are empty, and cost nothing.
        if exists (select from public.call_history c
                    where coalesce(c.started_at, c.created_at) >= span.began and coalesce(c.started_at, c.created_at) < span.ended)
           or exists (select from public.sms_history m where m.created_at >= span.began and m.created_at < span.ended)
           or exists (select from public.verifications v where v.created_at >= span.began and v.created_at < span.ended)
           or exists (select from public.suppressions x where x.since >= span.began and x.since < span.ended) then
            perform private.roll_span(span.grain, span.began, span.ended);
        else
            delete from public.figure_spans f where f.grain = span.grain and f.began = span.began;
        end if;
        if span.grain = 'day' then
            delete from public.usage_days u where u.began = span.began;
            insert into public.usage_days (began, scope, product, currency, count, minutes, cost, unpriced)
            select span.began, u.* from private.usage_between(span.began, span.ended) u;
        end if;
        insert into public.figure_rolls as r (grain, began, rolled_at, has_usage)
        values (span.grain, span.began, moment, span.grain = 'day')
            on conflict (grain, began) do update set rolled_at = excluded.rolled_at, has_usage = excluded.has_usage;
        rolled := rolled + 1;
    end loop;
    if private.count_campaign(moment) then
        rolled := rolled + 1;
    end if;
    return jsonb_build_object('result', 'rolled', 'rolled', rolled);
end $$;

select private.share_with_service('scopes_of', 'roll_span');
select private.grant_to_service('roll_figures');
