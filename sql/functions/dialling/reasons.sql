-- Why an entry of the queue is not dialled: the one definition that the claim goes by, the preview of a campaign, and the
-- answer to "why not yet?".
--
-- Of an entry, for ever (`over`): window_over, campaign_over, own_number, suppressed, no_consent.
-- Of an entry, for now: unchecked, not_yet, campaign_draft, campaign_paused, caller_number, held, person_day, person_week,
-- number_busy, team_suspended, numbers_red, no_number, outside_hours.
-- Of who shares the lines, for now: team_suspended, campaign_rate, campaign_full, user_full, no_plan, plan_inactive, plan_calls,
-- plan_minutes (private.lane_reasons; the last four are private.plan_standing's, billing/allowances.sql); account_rate,
-- account_full, outage, money, account_off, account_broken (private.account_reasons). Of all providers that may carry an entry, for now:
-- no_provider, or every reason of theirs (private.provider_reasons).

drop function if exists private.consents_to_call(text, text);
-- The calling hours that the judgement names, as `country US`.
create or replace function private.week_called(name text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    key constant text := split_part(name, ' ', 2);
begin
    case split_part(name, ' ', 1)
        when 'entry' then return (select q.time_window from public.call_queue q where q.id = key::uuid);
        when 'campaign' then return (select c.time_window from public.campaigns c where c.id = key::uuid);
        else return (select h.week from public.calling_hours h where h.country = key);
    end case;
end $$;

drop function if exists private.judge(uuid[], timestamptz), private.judge(uuid[], timestamptz, boolean);
-- What stands against entries at a moment. `may_at`: the first moment at which nothing that is known now would; null when
-- it is over, or when nobody knows (paused). `as_running`: as if their campaigns ran.
create function private.judge(ids uuid[], at timestamptz, as_running boolean default false)
returns table (id uuid, number text, reasons text[], over boolean, may_at timestamptz)
language plpgsql stable rows 50 set search_path = '' set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
    -- The parameter's name is a word of SQL's, too.
    moment constant timestamptz := judge.at;
begin
    return query
    with rules as materialized (
        select r.*, private.some_number_may_call() as may_call from public.dialling_rules r where r.scope = 'all'),
    entry as materialized (
        select q.id, q.person as number, q.not_after, q.zones, q.checked_at, q.next_attempt_at,
               case when c.state in ('draft', 'paused') and as_running then 'running' else c.state end as state,
               -- Which week of calling hours: the entry's own, its campaign's, its country's.
               case when q.hours_lifted is not null then null when q.time_window is not null then 'entry ' || q.id
                    when c.time_window is not null then 'campaign ' || c.id
                    else 'country ' || coalesce(hours.country, '*') end as week,
               h.until as held_until,
               -- A number of the user's own is proven, and its carrier lets calls from it through; one of ours is its organization's.
               q.caller_number_id is not null and not exists (
                   select from public.user_phone_numbers o
                    where o.id = q.caller_number_id and o.user_id = q.user_id and o.verified and o.is_active
                      and o.carrier_refused_at is null)
                   or q.from_number_id is not null and not exists (
                   select from public.provider_phone_numbers o
                    where o.id = q.from_number_id and (o.organization_id is null or o.organization_id = coalesce(
                              q.organization_id, (select private.sole_organization())))) as unowned,
               coalesce(q.organization_id, '00000000-0000-0000-0000-000000000000') as team,
               exists (select from public.provider_phone_numbers n
                        where n.full_number = q.recipient_number and n.is_active) as own,
               -- What private.standing_suppressions says of one number, in words that hold for a hundred thousand at once: also
               -- of a person who was erased.
               coalesce((select true from public.suppressions s
                          where s.phone_number in (
                                    q.person, 'erased:' || encode(sha256(convert_to(salt.salt || q.person, 'UTF8')), 'hex'))
                            and s.scope in ('all', 'calls') and (s.until is null or s.until > now()) limit 1), false) as stopped,
               -- The newest word decides; a person who asked for the call needs no other consent than that.
               q.purpose = 'asked_for' or coalesce((
                   select k.state = 'granted' from public.consents k
                    where k.phone_number = q.person
                      and k.purpose = case q.purpose when 'marketing' then 'marketing' else 'calls' end
                    order by k.given_at desc, k.id desc limit 1), false) as consents,
               (select true from public.call_attempts a
                 where private.person_number(a.to_number) = q.person
                   and a.state in ('generated', 'sending', 'sent', 'unknown') limit 1) as live,
               (select true from public.call_attempts a
                 where private.person_number(a.to_number) = q.person and a.kind = 'talk'
                   and a.sending_at > moment - interval '7 days' limit 1) as called,
               coalesce(q.zones[1], 'UTC') as zone,
               q.caller_number_id is null and q.from_number_id is null as any_number
          from unnest(ids) wanted (id)
          join public.call_queue q on q.id = wanted.id
          cross join private.erasure_salt salt
          left join public.campaigns c on c.id = q.campaign_id
          left join public.calling_hours hours on hours.country = q.country
          left join public.held_people h on h.phone_number = q.person and h.until > moment),
    counted as (
        select e.*, coalesce(person.today, 0) as today, coalesce(person.week_calls, 0) as week_calls, person.oldest
          from entry e
          -- Few were called this week: only theirs are counted.
          left join (
              select c.id, count(distinct a.call_queue_id) as week_calls, min(a.sending_at) as oldest,
                     count(distinct a.call_queue_id) filter (
                         where date_trunc('day', a.sending_at at time zone c.zone)
                             = date_trunc('day', moment at time zone c.zone)) as today
                from entry c
                join public.call_attempts a on private.person_number(a.to_number) = c.number and a.kind = 'talk'
                     and a.call_queue_id <> c.id and a.sending_at > moment - interval '7 days'
                     and a.error is distinct from 'not_sent'
               where c.called group by c.id) person on person.id = e.id),
    teams as materialized (
        select d.team, private.may_call_out(nullif(d.team, '00000000-0000-0000-0000-000000000000')) as may_call,
               d.team <> '00000000-0000-0000-0000-000000000000' and not private.is_open(d.team) as suspended
          from (select distinct e.team from entry e) d),
    waits as materialized (
        select e.*, t.suspended, e.any_number and not r.may_call as numbers_red, e.any_number and r.may_call and not t.may_call as no_number, e.today >= r.person_calls_per_day as day_full, e.week_calls >= r.person_calls_per_week as week_full,
               greatest(moment, e.next_attempt_at, e.held_until,
                   case when e.today >= r.person_calls_per_day
                        then (date_trunc('day', moment at time zone e.zone) + interval '1 day') at time zone e.zone end,
                   case when e.week_calls >= r.person_calls_per_week then e.oldest + interval '7 days' end) as from_at
          from counted e cross join rules r join teams t on t.team = e.team),
    -- Thousands of entries have few weeks and zones among them.
    opening as materialized (
        select k.week, k.zones, k.from_at, private.opens_at(hours.week, k.zones, k.from_at) as opens_at,
               private.opens_at(hours.week, k.zones, moment) as opens_next
          from (select distinct w.week, w.zones, w.from_at from waits w
                 where w.week is not null and w.checked_at is not null) k
          cross join lateral (select private.week_called(k.week) as week) hours),
    judged as (
        select w.*, case when w.week is null then w.from_at else o.opens_at end as opens_at, o.opens_next
          from waits w
          left join opening o on o.week = w.week and o.zones = w.zones and o.from_at = w.from_at)
    select j.id, j.number,
           array_remove(array[
               case when j.state in ('canceled', 'done') then 'campaign_over' end,
               case when j.not_after <= moment or (j.checked_at is not null
                         and (j.opens_at is null or j.opens_at >= j.not_after)) then 'window_over' end,
               case when j.own then 'own_number' end,
               case when j.stopped then 'suppressed' end,
               case when not j.consents then 'no_consent' end,
               case when j.checked_at is null then 'unchecked' end,
               case when j.next_attempt_at > moment then 'not_yet' end,
               case j.state when 'draft' then 'campaign_draft' when 'paused' then 'campaign_paused' end,
               case when j.unowned then 'caller_number' end,
               case when j.held_until is not null then 'held' end,
               case when j.day_full then 'person_day' end,
               case when j.week_full then 'person_week' end,
               case when j.live then 'number_busy' end,
               case when j.suspended then 'team_suspended' end,
               case when j.numbers_red then 'numbers_red' end,
               case when j.no_number then 'no_number' end,
               case when j.week is not null and j.checked_at is not null and j.opens_next is distinct from moment
                    then 'outside_hours' end], null),
           coalesce(j.state in ('canceled', 'done'), false) or coalesce(j.not_after <= moment, false) or j.own or j.stopped
               or not j.consents
               or (j.checked_at is not null and (j.opens_at is null or coalesce(j.opens_at >= j.not_after, false))),
           case when j.state in ('draft', 'paused') or j.checked_at is null or j.unowned or j.suspended or j.numbers_red or j.no_number then null else j.opens_at end
      from judged j;
end $$;

create or replace function private.calls_under_way(subject text) returns int
language sql stable set search_path = '' as $$
    select coalesce((select l.calls from public.dialling_load l where l.subject = calls_under_way.subject), 0)
$$;

create or replace function private.user_room(user_id uuid) returns int
language sql stable set search_path = '' as $$
    select coalesce(r.user_concurrent - private.calls_under_way('user:' || user_room.user_id), 1000)
      from public.dialling_rules r where r.scope = 'all'
$$;

-- What holds back a lane at a moment, whatever its entries are.
create or replace function private.lane_reasons(lane uuid, at timestamptz) returns text[]
language sql stable set search_path = '' as $$
    select array_remove(array[
        case when c.state = 'draft' then 'campaign_draft' when c.state = 'paused' then 'campaign_paused' end,
        case when c.organization_id is not null and not private.is_open(c.organization_id) then 'team_suspended' end,
        case when c.calls_per_second is not null and l.next_dial_at > lane_reasons.at then 'campaign_rate' end,
        case when c.concurrent <= private.calls_under_way('campaign:' || c.id) then 'campaign_full' end,
        case when private.user_room(coalesce(c.user_id, lane_reasons.lane)) <= 0 then 'user_full' end,
        -- Most users have no plan, and there may be very many lanes.
        case when exists (select from public.user_subscriptions s where s.user_id = coalesce(c.user_id, lane_reasons.lane))
                  or (select r.require_plan from public.dialling_rules r where r.scope = 'all')
             then private.plan_reason(coalesce(c.user_id, lane_reasons.lane), lane_reasons.at) end], null)
      from (select 1) always
      left join public.campaigns c on c.id = lane_reasons.lane
      left join public.dialling_lanes l on l.lane = lane_reasons.lane
$$;

-- How many more calls of a lane may begin at once.
create or replace function private.lane_room(lane uuid) returns int
language sql stable set search_path = '' as $$
    select least(1000, case when c.calls_per_second is not null then 1 end,
                 c.concurrent - private.calls_under_way('campaign:' || c.id))
      from (select 1) always left join public.campaigns c on c.id = lane_room.lane
$$;

drop function if exists private.lines_for_dials(text, jsonb), private.account_reasons(text, jsonb, timestamptz);
-- How many lines of an account dials may take: what `limits` says, or the provider's row, less what is kept for callers.
-- Codes take that, too: somebody waits for each.
create or replace function private.lines_for_dials(account text, limits jsonb, codes boolean default false) returns int
language sql stable set search_path = '' as $$
    select case when codes then p.lines when p.lines is not null
                then greatest(1, p.lines - greatest(1, ceil(p.lines * r.reserved_for_inbound_percent / 100.0)::int)) end
      from public.dialling_rules r
      left join (select coalesce((limits ->> 'concurrent')::int, (
                     select s.concurrency_limit from public.call_service_providers s where s.name = account)) as lines) p on true
     where r.scope = 'all'
$$;

-- Of an account, for now: account_off, account_broken, account_rate, account_full, outage, money.
create or replace function private.account_reasons(account text, limits jsonb, at timestamptz, codes boolean default false) returns text[]
language sql stable set search_path = '' as $$
    select array_remove(array[
        case when not (select p.enabled from public.call_service_providers p where p.name = account) then 'account_off'
             when private.provider_room(account, account_reasons.at) = 0 then 'account_broken' end,
        case when (limits ->> 'hold')::boolean then 'outage' end,
        case when private.calls_affordable(limits, account_reasons.at) = 0 then 'money' end,
        case when (limits ->> 'calls_per_second')::double precision is not null and (
                select d.next_dial_at > account_reasons.at from public.dialling_accounts d
                 where d.account = account_reasons.account) then 'account_rate' end,
        case when private.lines_for_dials(account, limits, codes) <= private.calls_under_way('account:' || account)
             then 'account_full' end], null)
$$;

-- What holds back an entry for who may carry it; nothing where one can. With several, the first that is on, well and has a
-- line says when, and where there is none, every reason is told: all of them are full, broken or off.
create or replace function private.provider_reasons(pinned uuid, limits jsonb, at timestamptz) returns text[]
language sql stable set search_path = '' as $$
    with may as materialized (
        select row_number() over () as place, r.reasons, r.reasons && '{account_off,account_broken,account_full}' as closed
          from private.providers_in_turn() p
         cross join lateral (select private.account_reasons(
                   p.name, private.limits_of(p.name, p.limits, provider_reasons.limits), provider_reasons.at)) r (reasons)
         where p.id = pinned or (pinned is null and p.takes_any))
    select coalesce((select m.reasons from may m where not m.closed order by m.place limit 1),
                    (select array_agg(distinct u.reason order by u.reason) from may m, unnest(m.reasons) u (reason)),
                    '{no_provider}')
$$;

-- How many lines dials may take at all providers that are on and well; null: one of them has no limit.
create or replace function private.lines_for_all(limits jsonb, at timestamptz) returns int
language sql stable set search_path = '' as $$
    select case when bool_or(u.lines is null) then null else sum(u.lines) end::int
      from (select private.lines_for_dials(p.name, private.limits_of(p.name, p.limits, lines_for_all.limits)) as lines
              from private.providers_in_turn() p
             where p.takes_any and private.provider_room(p.name, lines_for_all.at) is distinct from 0) u
$$;

-- What waiting entries wait for, and when each may go as far as anybody knows; what does not wait is not in it. Nobody knows when
-- a call ends, or an outage. What entries share is asked once: their lanes, whose they are, who may carry them.
create or replace function private.whys(ids uuid[], limits jsonb, at timestamptz) returns table (id uuid, why jsonb)
language sql stable rows 50 set search_path = '' set jit = off as $$
    with entry as materialized (
        select q.id, q.lane, q.user_id, q.provider_id from public.call_queue q where q.id = any (ids) and q.status = 'queued'),
    lanes as materialized (
        select d.lane, l.next_dial_at, array(select r from unnest(private.lane_reasons(d.lane, whys.at)) r
                                              where r not in ('campaign_draft', 'campaign_paused', 'team_suspended')) as reasons
          from (select distinct e.lane from entry e) d left join public.dialling_lanes l on l.lane = d.lane),
    users as materialized (
        select d.user_id, s.reason, s.opens_at from (select distinct e.user_id from entry e) d, private.plan_standing(d.user_id, whys.at) s),
    carriers as materialized (
        select d.provider_id, private.provider_reasons(d.provider_id, whys.limits, whys.at) as reasons
          from (select distinct e.provider_id from entry e) d),
    told as materialized (
        select j.id, j.over, j.may_at, j.reasons || l.reasons || c.reasons as reasons, l.next_dial_at, s.reason as plan, s.opens_at,
               e.provider_id
          from private.judge(array(select e.id from entry e), at) j
          join entry e on e.id = j.id
          join lanes l on l.lane is not distinct from e.lane
          join users s on s.user_id is not distinct from e.user_id
          join carriers c on c.provider_id is not distinct from e.provider_id)
    select t.id, jsonb_build_object(
               'reasons', to_jsonb(t.reasons), 'over', t.over,
               'expected_at', case
                   when t.over or t.may_at is null or t.reasons && array['number_busy', 'campaign_full', 'user_full', 'account_full',
                       'outage', 'account_off', 'account_broken', 'no_provider'] then null
                   when t.plan is not null and t.opens_at is null then null
                   when t.plan is not null then (select k.may_at from private.judge(array[t.id], t.opens_at) k)
                   else greatest(t.may_at, case when 'campaign_rate' = any (t.reasons) then t.next_dial_at end,
                       (select min(d.next_dial_at) from public.dialling_accounts d join private.providers_in_turn() p on p.name = d.account
                         where 'account_rate' = any (t.reasons) and (p.id = t.provider_id or (t.provider_id is null and p.takes_any))),
                       case when 'money' = any (t.reasons) then private.money_again(whys.at) end)
               end)
      from told t
$$;

-- The same of one entry; null when it does not wait.
create or replace function private.why_not_yet(q public.call_queue, limits jsonb, at timestamptz) returns jsonb
language sql stable set search_path = '' as $$
    select case when q.status = 'queued' then (select w.why from private.whys(array[q.id], why_not_yet.limits, why_not_yet.at) w) end
$$;

select private.share_with_service('week_called', 'judge', 'lane_reasons', 'lane_room', 'user_room', 'calls_under_way', 'lines_for_dials',
    'account_reasons', 'provider_reasons', 'lines_for_all', 'whys', 'why_not_yet');
