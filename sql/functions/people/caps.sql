-- How often somebody may reach us, and what a day of calls and texts may cost. Rows of counters are locked, the number's
-- before its prefix's, then looked at, then moved: of forty calls at once only so many are let in as may be. A refusal
-- uses nothing up.

select private.drop_functions('list_refused', 'sweep_caps');

-- Those who can be taken for one caller beside their number: the prefix of codes; of an address its scheme and host, since
-- its name can be chosen; all who withhold their number.
create or replace function private.caller_prefix(caller text) returns text
language plpgsql immutable set search_path = '' as $$
begin
    return case when caller ~ '^\+[0-9]{7,15}$' then private.number_prefix(caller)
                when caller ~ '^[a-z]+:'
                then concat(substring(caller from '^[a-z]+:'), substring(caller from '@[^;:>?]*'))
                else caller end || '*';
end $$;

create or replace function private.locked_caller(kind text, subject text) returns public.caller_counters
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    counter public.caller_counters;
begin
    -- The sweeper may take a row away between the two statements.
    while counter.subject is null loop
        insert into public.caller_counters (kind, subject) values (locked_caller.kind, locked_caller.subject)
        on conflict do nothing;
        select c.* into counter from public.caller_counters c
         where c.kind = locked_caller.kind and c.subject = locked_caller.subject
           for update;
    end loop;
    -- Both are in order: where the first is younger than an hour, all are.
    if counter.recent[1] <= clock_timestamp() - interval '1 hour' then
        counter.recent := array(select r from unnest(counter.recent) r where r > clock_timestamp() - interval '1 hour' order by r);
    end if;
    if counter.told[1] <= clock_timestamp() - interval '1 hour' then
        counter.told := array(select t from unnest(counter.told) t where t > clock_timestamp() - interval '1 hour' order by t);
    end if;
    return counter;
end $$;

create or replace function private.keep_caller(counter public.caller_counters) returns void
language sql set search_path = '' as $$
    update public.caller_counters c
       set live = counter.live, recent = counter.recent, told = counter.told, refused = counter.refused,
           refused_at = counter.refused_at, refused_by = counter.refused_by, moved_at = now()
     where c.kind = counter.kind and c.subject = counter.subject
$$;

-- The calls that are not over yet. Of one whose end nobody told the carrier is asked; none lasts five hours.
create or replace function private.still_live(call_sids text[]) returns text[]
language sql stable set search_path = '' as $$
    select array(
        select c.call_sid from unnest(call_sids) s (sid)
          join public.call_history c on c.call_sid = s.sid
         where c.ended_at is null and coalesce(c.started_at, c.created_at) > now() - interval '5 hours')
$$;

-- Which cap of one row leaves no room: live, hourly; null when there is room.
create or replace function private.full_cap(
    counter public.caller_counters, most_live int, most_hourly int
) returns text
language sql stable set search_path = '' as $$
    select case when cardinality(counter.live) >= most_live then 'live'
                when cardinality(counter.recent) >= most_hourly then 'hourly' end
$$;

create or replace function private.noted_refusal(
    counter public.caller_counters, cap text
) returns public.caller_counters
language plpgsql stable set search_path = '' as $$
begin
    counter.refused := case when counter.refused_at > now() - interval '1 day' then counter.refused else 0 end + 1;
    counter.refused_at := now();
    counter.refused_by := cap;
    return counter;
end $$;

-- What there is to be said when somebody is refused. {"cap", "tell"}: the cap that was hit (number_live, number_hourly,
-- prefix_live, prefix_hourly, money), and whether they are to be told; null: they are let in and counted. `sid` is the
-- call's; null for a text.
create or replace function private.let_in(kind text, caller text, sid text, caps jsonb) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_variable
declare
    -- Addresses are as long as somebody likes, and their case says nothing.
    who constant text := lower(left(caller, 200));
    withheld constant boolean := who = 'anonymous';
    of_number public.caller_counters;
    of_prefix public.caller_counters;
    prefix constant text := private.caller_prefix(who);
    counters constant text[] := case when withheld then array[prefix] else array[who, prefix] end;
    has_room boolean;
    cap text;
    tell boolean;
begin
    -- Nearly everybody has been here before and is far from every cap: two statements instead of ten.
    select count(*) = cardinality(counters)
           and bool_and((cardinality(l.live) >= (caps ->> (l.whose || '_live'))::int
                         or cardinality(l.recent) >= (caps ->> (l.whose || '_hourly'))::int
                         or sid = any (l.live)) is not true)
           -- As private.spent_today, which would be set up anew for each call.
           and ((select coalesce(sum(d.usd), 0) from public.daily_spending d
                  where d.purse = case kind when 'calls' then 'inbound' else 'texts' end
                    and d.day = (now() at time zone 'UTC')::date) >= (caps ->> 'daily_usd')::numeric) is not true into has_room
      from (select c.live, c.recent, case when c.subject = prefix then 'prefix' else 'number' end as whose
              from public.caller_counters c
             where c.kind = let_in.kind and c.subject = any (counters)
               -- A prefix is never locked before a number whose row is still to be made.
               and (select count(*) from public.caller_counters k
                     where k.kind = let_in.kind and k.subject = any (counters)) = cardinality(counters)
             order by c.subject = prefix for update) l;
    if has_room then
        update public.caller_counters c
           set live = case when sid is null then c.live else c.live || sid end, moved_at = now(),
               recent = case when c.recent[1] <= clock_timestamp() - interval '1 hour'
                             then array(select r from unnest(c.recent) r where r > clock_timestamp() - interval '1 hour' order by r)
                             else c.recent end || clock_timestamp()
         where c.kind = let_in.kind and c.subject = any (counters);
        return null;
    end if;
    if not withheld then
        of_number := private.locked_caller(kind, who);
    end if;
    of_prefix := private.locked_caller(kind, prefix);
    -- A repeated request of a call that was let in a moment ago.
    if sid = any (of_prefix.live) then
        return null;
    end if;
    if cardinality(of_number.live) >= (caps ->> 'number_live')::int then
        of_number.live := private.still_live(of_number.live);
    end if;
    if cardinality(of_prefix.live) >= (caps ->> 'prefix_live')::int then
        of_prefix.live := private.still_live(of_prefix.live);
    end if;
    cap := coalesce(
        'number_' || private.full_cap(of_number, (caps ->> 'number_live')::int, (caps ->> 'number_hourly')::int),
        'prefix_' || private.full_cap(of_prefix, (caps ->> 'prefix_live')::int, (caps ->> 'prefix_hourly')::int),
        case when private.spent_today(case kind when 'calls' then 'inbound' else 'texts' end)
                  >= (caps ->> 'daily_usd')::numeric then 'money' end);
    if cap is null then
        of_number.recent := of_number.recent || clock_timestamp();
        of_prefix.recent := of_prefix.recent || clock_timestamp();
        if sid is not null then
            of_number.live := of_number.live || sid;
            of_prefix.live := of_prefix.live || sid;
        end if;
    else
        if withheld or cap like 'prefix%' then
            of_prefix := private.noted_refusal(of_prefix, cap);
        else
            of_number := private.noted_refusal(of_number, cap);
        end if;
        -- Whoever texts is told once an hour, and of one prefix ten: telling costs as much as an answer.
        tell := cardinality(coalesce(of_number.told, '{}')) = 0 and cardinality(of_prefix.told) < 10;
        if tell and kind = 'texts' then
            of_number.told := of_number.told || clock_timestamp();
            of_prefix.told := of_prefix.told || clock_timestamp();
        end if;
    end if;
    if not withheld then
        perform private.keep_caller(of_number);
    end if;
    perform private.keep_caller(of_prefix);
    return case when cap is not null then jsonb_build_object('cap', cap, 'tell', tell) end;
end $$;

-- Whether the operator has not heard of the cap within its window: once for many calls, also of those at once.
create or replace function private.cap_is_news(cap text) returns boolean
language plpgsql set search_path = '' as $$
begin
    insert into public.caller_counters as c (kind, subject, told) values ('operator', cap, array[clock_timestamp()])
    on conflict (kind, subject) do update set told = excluded.told, moved_at = now()
     where case when cap like '%:money'
                then (c.told[1] at time zone 'UTC')::date < (excluded.told[1] at time zone 'UTC')::date
                else c.told[1] <= excluded.told[1] - interval '1 hour' end;
    return found;
end $$;

-- What the operator reads about a cap that was hit.
create or replace function private.cap_words(kind text, cap text, caps jsonb) returns text
language sql immutable set search_path = '' as $$
    select case split_part(cap, '_', 2)
        when 'live' then format('%s %s at once are the most of one %s: more are refused.',
                                caps ->> cap, kind, split_part(cap, '_', 1))
        when 'hourly' then format('%s %s an hour are the most of one %s: more are refused.',
                                  caps ->> cap, kind, split_part(cap, '_', 1))
        else format('The day''s money for %s is spent (%s USD): more are refused until midnight UTC.',
                    kind, caps ->> 'daily_usd') end
$$;

-- --- money ----------------------------------------------------------------------------------------

create or replace function private.spent_today(purse text) returns numeric
language sql stable set search_path = '' as $$
    select coalesce(sum(d.usd), 0) from public.daily_spending d
     where d.purse = spent_today.purse and d.day = (now() at time zone 'UTC')::date
$$;

create or replace function private.spend(purse text, usd numeric, share bigint) returns void
language sql set search_path = '' as $$
    insert into public.daily_spending as d (purse, day, share, usd)
    select spend.purse, (now() at time zone 'UTC')::date, abs(mod(spend.share, 8)), spend.usd where spend.usd > 0
    on conflict on constraint daily_spending_pkey do update set usd = d.usd + excluded.usd
$$;

-- Takes what a call has cost from its purse, beyond what was set aside for it: the day's, or that of whoever ordered it.
create or replace function private.take_from_purse(the_call bigint, direction text, more numeric) returns void
language plpgsql set search_path = '' as $$
begin
    if more > 0 and direction = 'inbound' then
        perform private.spend(
                    'inbound', greatest(s.reserved_usd, s.spent_usd) - greatest(s.reserved_usd, s.spent_usd - more), the_call)
           from public.call_states s where s.call_id = the_call;
    elsif more > 0 then
        perform private.spend_on_talk(the_call, more);
    end if;
end $$;

-- What a call that is over did not use of what was set aside for it is there for others again, on the day on which it began.
create or replace function private.settle_purse(the_call bigint) returns void
language plpgsql set search_path = '' as $$
declare
    held record;
begin
    select s.reserved_usd - s.spent_usd as unused, (c.created_at at time zone 'UTC')::date as day into held
      from public.call_states s join public.call_history c on c.id = s.call_id
     where s.call_id = the_call and s.reserved_usd > 0;
    if found then
        update public.call_states s set reserved_usd = 0 where s.call_id = the_call;
        update public.daily_spending d set usd = greatest(0, d.usd - held.unused)
         where d.purse = 'inbound' and d.day = held.day and d.share = abs(mod(the_call, 8)) and held.unused > 0;
    end if;
end $$;

drop function if exists private.spend_on_call(bigint, numeric, numeric);
-- --- for people -------------------------------------------------------------------------------------

-- list_refused: kind read; key none; called by cli block refused, services/doctor/backlog
-- Who was refused by a cap within a day, the last one first, and how many calls and texts it were.
create function public.list_refused(page_size int default 50) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'refused', coalesce((
            select jsonb_agg(jsonb_build_object(
                       'kind', r.kind, 'who', r.subject, 'count', r.refused, 'cap', r.refused_by, 'last_at', r.refused_at)
                       order by r.refused_at desc, r.kind, r.subject)
              from (select c.* from public.caller_counters c
                     where c.refused_at > now() - interval '1 day'
                     order by c.refused_at desc, c.kind, c.subject
                     limit greatest(1, least(page_size, 200))) r), '[]'),
        'counts', coalesce((
            select jsonb_object_agg(k.kind, k.count)
              from (select c.kind, sum(c.refused) as count from public.caller_counters c
                     where c.refused_at > now() - interval '1 day' group by c.kind) k), '{}'))
$$;

-- sweep_caps: kind command; key none; called by services/upkeep/sweep_records
-- Counters that were not moved for two days go, and the spending of a season ago.
create function public.sweep_caps() returns jsonb
language plpgsql set search_path = '' as $$
declare
    counters int;
    days int;
begin
    delete from public.caller_counters c where c.moved_at < now() - interval '2 days';
    get diagnostics counters = row_count;
    delete from public.daily_spending d where d.day < (now() - interval '100 days')::date;
    get diagnostics days = row_count;
    return jsonb_build_object('counters', counters, 'days', days);
end $$;

select private.share_with_service(
    'caller_prefix', 'locked_caller', 'keep_caller', 'still_live', 'full_cap', 'noted_refusal', 'let_in', 'cap_is_news',
    'cap_words', 'spent_today', 'spend', 'take_from_purse', 'settle_purse');
select private.grant_to_service('list_refused', 'sweep_caps');
