-- How often codes may be sent and tried. Rows of counters are locked first, all of them in one order, then looked at,
-- then moved: whatever happens at once happens one after the other here, and a refusal moves nothing.

create or replace function private.verification_limits() returns jsonb
language sql immutable set search_path = '' as $$
    select '{
        "lifetime_s": 600, "checks": 5,
        "asker_sends": [[60, 1]], "number_sends": [[600, 3], [3600, 5], [86400, 10]],
        "number_fails": 20, "lock_s": 86400,
        "ip_sends": [[600, 5], [86400, 20]], "ip_numbers": [3600, 3], "ip_countries": [86400, 2],
        "ip_checks": [[300, 30]],
        "site_sends": [[600, 20], [86400, 80]], "site_numbers": [3600, 12], "site_checks": [[300, 120]],
        "prefix_sends": [[3600, 10]],
        "country_least": 50, "country_times": 2,
        "global_sends": [[3600, 200], [86400, 1000]],
        "alarm_below": 0.3, "alarm_over": 50,
        "money_usd": 20, "cost_usd": 0.05
    }'::jsonb
$$;
comment on function private.verification_limits is 'Pairs are [seconds, most]. A caller''s limits replace single ones.';

-- Whether the code of a verification can still be right: it runs, and was not tried too often.
create or replace function private.code_holds(one public.verifications) returns boolean
language sql stable set search_path = '' as $$
    select one.status = 'pending' and one.expires_at > now()
       and one.attempts < (private.verification_limits() ->> 'checks')::int
$$;

-- Whose code it is: a key's, for what the API asks; else nobody's but the number's own.
create or replace function private.belongs_to(one public.verifications, asking_key uuid) returns boolean
language sql immutable set search_path = '' as $$
    select one.purpose <> 'api' or one.api_key_id is not distinct from asking_key
$$;

-- What a number's tries and repetitions are counted under for one asker, who sees nothing of what others ask for.
create or replace function private.asker(number text, purpose text, asking_key uuid) returns text
language sql immutable set search_path = '' as $$
    select concat(number, ' ', case when purpose = 'api' then coalesce(asking_key::text, 'house') else 'self' end)
$$;

-- The numbers that somebody may have beside this one: all but its last four digits.
create or replace function private.number_prefix(number text) returns text
language sql immutable set search_path = '' as $$
    select left(number, -4)
$$;

-- --- sliding windows: numbers, addresses, prefixes ---------------------------------------------------

create or replace function private.locked_uses(action text, scope text, subject text) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    uses jsonb;
begin
    -- The sweeper may take a row away between the two statements.
    while uses is null loop
        insert into public.verification_counters (action, scope, subject, window_s, window_start)
        values (locked_uses.action, locked_uses.scope, locked_uses.subject, 86400, 'epoch')
        on conflict do nothing;
        select c.members into uses from public.verification_counters c
         where c.action = locked_uses.action and c.scope = locked_uses.scope and c.subject = locked_uses.subject
           and c.window_s = 86400 and c.window_start = 'epoch'
           for update;
    end loop;
    return uses;
end $$;

create or replace function private.add_use(action text, scope text, subject text, use jsonb, at timestamptz) returns void
language sql set search_path = '' as $$
    update public.verification_counters c
       set members = kept.uses || jsonb_build_array(add_use.use), used = jsonb_array_length(kept.uses) + 1
      from (select coalesce(jsonb_agg(u.use order by u.place), '[]') as uses
              from public.verification_counters old, jsonb_array_elements(old.members) with ordinality u (use, place)
             where old.action = add_use.action and old.scope = add_use.scope and old.subject = add_use.subject
               and old.window_s = 86400 and old.window_start = 'epoch'
               and (u.use ->> 0)::double precision > extract(epoch from add_use.at) - 86400) kept
     where c.action = add_use.action and c.scope = add_use.scope and c.subject = add_use.subject
       and c.window_s = 86400 and c.window_start = 'epoch'
$$;

-- Seconds until there is room in every window; 0 when there is.
create or replace function private.wait_s(uses jsonb, windows jsonb, at timestamptz) returns double precision
language sql immutable set search_path = '' as $$
    select coalesce(max((
        select (u.use ->> 0)::double precision + (w.pair ->> 0)::double precision - extract(epoch from at)
          from jsonb_array_elements(uses) u (use)
         where (u.use ->> 0)::double precision > extract(epoch from at) - (w.pair ->> 0)::double precision
         order by (u.use ->> 0)::double precision desc offset (w.pair ->> 1)::int - 1 limit 1)), 0)
      from jsonb_array_elements(windows) w (pair)
$$;

-- The same for how many different ones there may be: `place` says where in a use it stands.
create or replace function private.different_wait_s(
    uses jsonb, place int, newcomer text, pair jsonb, at timestamptz
) returns double precision
language sql immutable set search_path = '' as $$
    select coalesce((
        select max((u.use ->> 0)::double precision) + (pair ->> 0)::double precision - extract(epoch from at)
          from jsonb_array_elements(uses) u (use)
         where (u.use ->> 0)::double precision > extract(epoch from at) - (pair ->> 0)::double precision
           and not exists (
               select from jsonb_array_elements(uses) same (use)
                where same.use ->> place = newcomer
                  and (same.use ->> 0)::double precision > extract(epoch from at) - (pair ->> 0)::double precision)
         group by u.use ->> place
         order by 1 desc offset (pair ->> 1)::int - 1 limit 1), 0)
$$;

-- Of an address of version 6, which counts as its /64, the /48 around it: whoever has one of these has 65,536 of those.
create or replace function private.address_site(ip text) returns text
language sql immutable set search_path = '' as $$
    select case when ip like '%:%' then network(set_masklen(ip::inet, 48))::text end
$$;

-- --- windows of the clock: countries, the whole service, money --------------------------------------------

create or replace function private.window_start(at timestamptz, window_s int) returns timestamptz
language sql immutable set search_path = '' as $$
    select to_timestamp(floor(extract(epoch from at) / window_s) * window_s)
$$;

create or replace function private.locked_count(scope text, subject text, window_s int, at timestamptz) returns int
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    began constant timestamptz := private.window_start(at, locked_count.window_s);
    counted int;
begin
    insert into public.verification_counters (action, scope, subject, window_s, window_start)
    values ('send', locked_count.scope, locked_count.subject, locked_count.window_s, began)
    on conflict do nothing;
    select c.used into counted from public.verification_counters c
     where c.action = 'send' and c.scope = locked_count.scope and c.subject = locked_count.subject
       and c.window_s = locked_count.window_s and c.window_start = began
       for update;
    return counted;
end $$;

create or replace function private.add_count(scope text, subject text, window_s int, more int, at timestamptz) returns void
language sql set search_path = '' as $$
    update public.verification_counters c set used = c.used + more
     where c.action = 'send' and c.scope = add_count.scope and c.subject = add_count.subject
       and c.window_s = add_count.window_s and c.window_start = private.window_start(at, add_count.window_s)
$$;

create or replace function private.country_cap(the_country text, rules jsonb, at timestamptz) returns int
language sql stable set search_path = '' as $$
    select greatest((rules ->> 'country_least')::numeric, (rules ->> 'country_times')::numeric * coalesce((
        select sum(c.used) from public.verification_counters c
         where c.action = 'send' and c.scope = 'country' and c.subject = the_country and c.window_s = 86400
           and c.window_start >= private.window_start(at, 86400) - interval '7 days'
           and c.window_start < private.window_start(at, 86400)), 0) / 7)::int
$$;

-- --- is there room for one more code? -----------------------------------------------------------------------

-- Seconds for which nothing may be tried for a number after too many wrong codes; the uses are its failures.
create or replace function private.lock_wait_s(fails jsonb, rules jsonb, at timestamptz) returns double precision
language sql immutable set search_path = '' as $$
    select case when jsonb_array_length(fails) >= (rules ->> 'number_fails')::int
                then greatest(0, (fails -> -1 ->> 0)::double precision + (rules ->> 'lock_s')::double precision
                                 - extract(epoch from at))
                else 0 end
$$;

-- {} or {"scope", "retry_after_s"}. What can be known of a number by looking at it (its country) counts only where
-- something will be sent; what is known of its owner makes no difference anywhere.
drop function if exists private.room_to_send(text, text, text, text, boolean, jsonb, timestamptz);
create or replace function private.room_to_send(
    number text, asker text, channel text, ip text, country text, sendable boolean, rules jsonb, at timestamptz
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    day constant double precision := extract(epoch from private.window_start(at, 86400)) + 86400 - extract(epoch from at);
    site constant text := private.address_site(ip);
    spent int;
    seen jsonb := private.locked_uses('send', 'number', number);
    waits jsonb := jsonb_build_object(
        'number', private.wait_s(seen, rules -> 'number_sends', at),
        'asker', private.wait_s(
            private.locked_uses('send', 'asker', asker), coalesce(rules -> 'asker_sends', '[]'), at));
    pair jsonb;
begin
    if ip is not null then
        seen := private.locked_uses('send', 'ip', ip);
        waits := waits || jsonb_build_object('ip', greatest(
            private.wait_s(seen, rules -> 'ip_sends', at),
            private.different_wait_s(seen, 1, number, rules -> 'ip_numbers', at),
            private.different_wait_s(seen, 2, coalesce(country, ''), rules -> 'ip_countries', at)));
    end if;
    if site is not null then
        seen := private.locked_uses('send', 'ip', site);
        waits := waits || jsonb_build_object('ip', greatest(
            (waits ->> 'ip')::double precision,
            private.wait_s(seen, rules -> 'site_sends', at),
            private.different_wait_s(seen, 1, number, rules -> 'site_numbers', at)));
    end if;
    seen := private.locked_uses('send', 'prefix', private.number_prefix(number));
    waits := waits || jsonb_build_object('prefix', private.wait_s(seen, rules -> 'prefix_sends', at));
    if sendable then
        if private.locked_count('country', country, 86400, at) >= private.country_cap(country, rules, at) then
            waits := waits || jsonb_build_object('country', day);
        end if;
    end if;
    for pair in select w.pair from jsonb_array_elements(rules -> 'global_sends') w (pair) loop
        if private.locked_count('global', 'all', (pair ->> 0)::int, at) >= (pair ->> 1)::int then
            waits := waits || jsonb_build_object('global', greatest(
                (waits ->> 'global')::double precision,
                extract(epoch from private.window_start(at, (pair ->> 0)::int)) + (pair ->> 0)::double precision
                - extract(epoch from at)));
        end if;
    end loop;
    spent := private.locked_count('global', 'money:' || channel, 86400, at);
    if spent + (rules ->> 'cost_usd')::numeric * 10000 > (rules ->> 'money_usd')::numeric * 10000 then
        waits := waits || jsonb_build_object('money', day);
    end if;
    select c.members into seen from public.verification_counters c
     where c.action = 'fail' and c.scope = 'number' and c.subject = number and c.window_start = 'epoch';
    waits := waits || jsonb_build_object('locked', private.lock_wait_s(coalesce(seen, '[]'), rules, at));
    return coalesce((
        select jsonb_build_object('scope', w.scope, 'retry_after_s', w.seconds::double precision)
          from jsonb_each_text(waits) w (scope, seconds)
         where w.seconds::double precision > 0 order by w.seconds::double precision desc limit 1), '{}');
end $$;

-- Count one more; the rows are there and locked since room_to_send looked.
drop function if exists private.count_send(text, text, text, text, boolean, jsonb, timestamptz);
create or replace function private.count_send(
    number text, asker text, channel text, ip text, country text, sendable boolean, rules jsonb, at timestamptz
) returns void
language plpgsql set search_path = '' as $$
declare
    use constant jsonb := jsonb_build_array(extract(epoch from at), number, coalesce(country, ''));
begin
    perform private.add_use('send', 'number', number, use, at);
    perform private.add_use('send', 'asker', asker, use, at);
    if ip is not null then
        perform private.add_use('send', 'ip', ip, use, at);
    end if;
    if private.address_site(ip) is not null then
        perform private.add_use('send', 'ip', private.address_site(ip), use, at);
    end if;
    perform private.add_use('send', 'prefix', private.number_prefix(number), use, at);
    if sendable then
        perform private.add_count('country', country, 86400, 1, at);
        perform private.add_count('global', 'all', (w.pair ->> 0)::int, 1, at)
           from jsonb_array_elements(rules -> 'global_sends') w (pair);
        -- In hundredths of a cent.
        perform private.add_count(
            'global', 'money:' || channel, 86400, ceil((rules ->> 'cost_usd')::numeric * 10000)::int, at);
    end if;
end $$;

-- --- telling people ---------------------------------------------------------------------------------------------

-- Whether of the last ones that ended in a country too few were approved; pumping looks like this.
create or replace function private.approvals_are_rare(the_country text, rules jsonb, at timestamptz) returns boolean
language sql stable set search_path = '' as $$
    select count(*) >= (rules ->> 'alarm_over')::int
           and avg((last.status = 'approved')::int) < (rules ->> 'alarm_below')::numeric
      from (select v.status from public.verifications v
             where v.country = the_country and (v.status <> 'pending' or v.expires_at <= at)
             order by v.created_at desc limit (rules ->> 'alarm_over')::int) last
$$;

-- The operator hears of one thing once an hour, as it passes since then: an hour of the clock begins anew in the middle of it.
create or replace function private.page_operator(what text, words text, rules jsonb, at timestamptz) returns void
language plpgsql set search_path = '' as $$
begin
    insert into public.verification_counters as c (action, scope, subject, window_s, window_start, used, members)
    values ('fail', 'global', 'page:' || what, 3600, 'epoch', 1, jsonb_build_array(jsonb_build_array(extract(epoch from at))))
    on conflict on constraint verification_counters_pkey do update
       set used = c.used + 1, members = excluded.members
     where (c.members -> -1 ->> 0)::double precision <= extract(epoch from at) - 3600;
    if not found then
        return;
    end if;
    perform private.add_event('verification.' || split_part(what, ':', 1), what);
    if rules ->> 'operator_number' <> '' then
        perform private.queue_text(
            to_number => rules ->> 'operator_number', our_number => rules ->> 'our_number', channel => 'sms',
            content => words, kind => 'operator_notice');
    end if;
end $$;

select private.share_with_service(
    'verification_limits', 'code_holds', 'belongs_to', 'asker', 'number_prefix', 'locked_uses', 'add_use', 'wait_s',
    'different_wait_s', 'address_site', 'window_start', 'locked_count',
    'add_count', 'country_cap', 'lock_wait_s', 'room_to_send', 'count_send', 'approvals_are_rare', 'page_operator');
