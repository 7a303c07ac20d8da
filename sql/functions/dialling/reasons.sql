-- Why an entry of the queue is not dialled: the one definition that the claim goes by, the preview of a campaign, and the
-- answer to "why not yet?".
--
-- Of an entry, for ever (`over`): window_over, campaign_over, own_number, suppressed, no_consent.
-- Of an entry, for now: unchecked, not_yet, campaign_draft, campaign_paused, held, person_day, person_week, number_busy,
-- outside_hours.
-- Of who shares the lines, for now: campaign_rate, campaign_full, user_full (private.lane_reasons); account_rate,
-- account_full, outage, money (private.account_reasons).

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
    with rules as materialized (select * from public.dialling_rules where scope = 'all'),
    entry as materialized (
        select q.id, q.person as number, q.not_after, q.zones, q.checked_at, q.next_attempt_at,
               case when c.state in ('draft', 'paused') and as_running then 'running' else c.state end as state,
               -- Which week of calling hours: the entry's own, its campaign's, its country's.
               case when q.hours_lifted is not null then null when q.time_window is not null then 'entry ' || q.id
                    when c.time_window is not null then 'campaign ' || c.id
                    else 'country ' || coalesce(hours.country, '*') end as week,
               h.until as held_until,
               exists (select from public.provider_phone_numbers n
                        where n.full_number = q.recipient_number and n.is_active) as own,
               -- What private.standing_suppressions says of one number, in words that hold for a hundred thousand at once.
               coalesce((select true from public.suppressions s
                          where s.phone_number = q.person and s.scope in ('all', 'calls')
                            and (s.until is null or s.until > now()) limit 1), false) as stopped,
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
               coalesce(q.zones[1], 'UTC') as zone
          from unnest(ids) wanted (id)
          join public.call_queue q on q.id = wanted.id
          left join public.campaigns c on c.id = q.campaign_id
          left join public.calling_hours hours on hours.country = q.country
          left join public.held_people h on h.phone_number = q.person and h.until > moment),
    counted as (
        select e.*, person.today, person.week_calls, person.oldest
          from entry e
          -- Few were called this week: only theirs are counted.
          cross join lateral (
              select count(distinct a.call_queue_id) as week_calls, min(a.sending_at) as oldest,
                     count(distinct a.call_queue_id) filter (
                         where date_trunc('day', a.sending_at at time zone e.zone)
                             = date_trunc('day', moment at time zone e.zone)) as today
                from public.call_attempts a
               where e.called and private.person_number(a.to_number) = e.number and a.kind = 'talk' and a.call_queue_id <> e.id
                 and a.sending_at > moment - interval '7 days' and a.error is distinct from 'not_sent') person),
    waits as materialized (
        select e.*, e.today >= r.person_calls_per_day as day_full, e.week_calls >= r.person_calls_per_week as week_full,
               greatest(moment, e.next_attempt_at, e.held_until,
                   case when e.today >= r.person_calls_per_day
                        then (date_trunc('day', moment at time zone e.zone) + interval '1 day') at time zone e.zone end,
                   case when e.week_calls >= r.person_calls_per_week then e.oldest + interval '7 days' end) as from_at
          from counted e cross join rules r),
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
               case when j.held_until is not null then 'held' end,
               case when j.day_full then 'person_day' end,
               case when j.week_full then 'person_week' end,
               case when j.live then 'number_busy' end,
               case when j.week is not null and j.checked_at is not null and j.opens_next is distinct from moment
                    then 'outside_hours' end], null),
           coalesce(j.state in ('canceled', 'done'), false) or coalesce(j.not_after <= moment, false) or j.own or j.stopped
               or not j.consents
               or (j.checked_at is not null and (j.opens_at is null or coalesce(j.opens_at >= j.not_after, false))),
           case when j.state in ('draft', 'paused') or j.checked_at is null then null else j.opens_at end
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
        case when c.calls_per_second is not null and l.next_dial_at > lane_reasons.at then 'campaign_rate' end,
        case when c.concurrent <= private.calls_under_way('campaign:' || c.id) then 'campaign_full' end,
        case when private.user_room(coalesce(c.user_id, lane_reasons.lane)) <= 0 then 'user_full' end], null)
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

-- How many lines of an account dials may take: what `limits` says, or the provider's row, less what is kept for callers.
create or replace function private.lines_for_dials(account text, limits jsonb) returns int
language sql stable set search_path = '' as $$
    select case when p.lines is not null
                then greatest(1, p.lines - greatest(1, ceil(p.lines * r.reserved_for_inbound_percent / 100.0)::int)) end
      from public.dialling_rules r
      left join (select coalesce((limits ->> 'concurrent')::int, (
                     select s.concurrency_limit from public.call_service_providers s where s.name = account)) as lines) p on true
     where r.scope = 'all'
$$;

-- Of an account, for now: account_rate, account_full, outage, money.
create or replace function private.account_reasons(account text, limits jsonb, at timestamptz) returns text[]
language sql stable set search_path = '' as $$
    select array_remove(array[
        case when (limits ->> 'hold')::boolean then 'outage' end,
        case when private.calls_affordable(limits, account_reasons.at) = 0 then 'money' end,
        case when (limits ->> 'calls_per_second')::double precision is not null and (
                select d.next_dial_at > account_reasons.at from public.dialling_accounts d
                 where d.account = account_reasons.account) then 'account_rate' end,
        case when private.lines_for_dials(account, limits) <= private.calls_under_way('account:' || account)
             then 'account_full' end], null)
$$;

-- What a waiting entry waits for, and when it may go as far as anybody knows; null for what does not wait.
create or replace function private.why_not_yet(q public.call_queue, limits jsonb, at timestamptz) returns jsonb
language sql stable set search_path = '' as $$
    select case when q.status = 'queued' then jsonb_build_object(
               'reasons', to_jsonb(j.reasons) || to_jsonb(l.held) || to_jsonb(private.account_reasons('twilio', limits, at)),
               'over', j.over,
               'expected_at', case when not j.over and cardinality(array_remove(l.held, 'campaign_rate')) = 0
                                   then j.may_at end) end
      from private.judge(array[q.id], at) j,
           (select array(select r from unnest(private.lane_reasons(q.lane, at)) r
                          where r not in ('campaign_draft', 'campaign_paused')) as held) l
$$;

select private.share_with_service('week_called', 'judge', 'lane_reasons', 'lane_room', 'user_room', 'calls_under_way', 'lines_for_dials',
    'account_reasons', 'why_not_yet');
