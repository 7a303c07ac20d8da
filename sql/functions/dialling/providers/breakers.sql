-- A breaker of each provider: half of its dials, five at least, failed within two minutes, and it is left alone; after a pause
-- one dial tries whether it is well again. Rows hold it, so every worker goes by the same one.

-- How long a provider is left alone: half a minute, twice as long after each try that failed, up to five minutes.
create or replace function private.breaker_pause(openings int) returns interval
language sql immutable set search_path = '' as $$
    select make_interval(secs => least(300, 30 * power(2, greatest(openings, 1) - 1)))
$$;

-- How many dials a provider may be given now for all that its row and its breaker say: none, one that tries, or null, as
-- many as its limits allow.
create or replace function private.provider_room(account text, at timestamptz) returns int
language sql stable set search_path = '' as $$
    select case when p.enabled is false then 0
                when b.state = 'open' and (b.probe_at > provider_room.at or b.probe_until > provider_room.at) then 0
                when b.state = 'open' then 1 end
      from (select 1) always
      left join public.call_service_providers p on p.name = provider_room.account
      left join public.provider_breakers b on b.provider = provider_room.account
$$;

-- The dials of this claim try whether the provider is well. Who claims holds the account's row, so one claim alone gets here;
-- a try whose worker died gives way to the next one when its claim has run out.
create or replace function private.note_probe(account text, token uuid, until timestamptz, at timestamptz) returns void
language sql volatile set search_path = '' as $$
    update public.provider_breakers b set probe_token = note_probe.token, probe_until = note_probe.until
     where b.provider = note_probe.account and b.state = 'open' and b.probe_at <= note_probe.at
$$;

-- What a provider made of a dial. `unwell`: it would have failed with any other one, too; null: it was not asked. While the
-- breaker is open, the dial that tries alone says how it is: others were placed before.
create or replace function private.note_dial_result(
    account text, token uuid, unwell boolean, code text, at timestamptz
) returns void
language plpgsql set search_path = '' as $$
declare
    breaker public.provider_breakers;
    total bigint;
    failed bigint;
begin
    if unwell is null then
        return;
    end if;
    if not exists (select from public.provider_breakers b where b.provider = account) then
        insert into public.dialling_accounts as d (account) values (note_dial_result.account) on conflict do nothing;
        insert into public.provider_breakers (provider) values (note_dial_result.account) on conflict do nothing;
    end if;
    insert into public.provider_seconds as s (provider, second, dials, failures)
    values (account, date_trunc('second', at), 1, unwell::int)
        on conflict (provider, second) do update set dials = s.dials + 1, failures = s.failures + excluded.failures;
    select b.* into breaker from public.provider_breakers b where b.provider = account;
    if not unwell and breaker.state = 'closed' then
        return;
    end if;
    select b.* into breaker from public.provider_breakers b where b.provider = account for no key update;
    if breaker.state = 'open' and breaker.probe_token = token and unwell then
        perform private.open_breaker(account, code, at);
    elsif breaker.state = 'open' and breaker.probe_token = token then
        update public.provider_breakers b
           set state = 'closed', opened_at = null, probe_at = null, probe_token = null, probe_until = null, openings = 0, reason = null
         where b.provider = account;
        delete from public.provider_seconds s where s.provider = account;
    elsif breaker.state = 'closed' then
        select sum(s.dials), sum(s.failures) into total, failed from public.provider_seconds s
         where s.provider = account and s.second >= date_trunc('second', at - interval '2 minutes') and s.second <= at;
        if exists (select from public.dialling_rules r
                    where r.scope = 'all' and total >= r.breaker_dials and failed * 100 >= total * r.breaker_failed_percent) then
            perform private.open_breaker(account, code, at);
        end if;
        delete from public.provider_seconds s using (
            select o.second from public.provider_seconds o
             where o.provider = account and o.second < at - interval '3 minutes' for update skip locked) old
         where s.provider = account and s.second = old.second;
    end if;
end $$;

create or replace function private.open_breaker(account text, code text, at timestamptz) returns void
language sql volatile set search_path = '' as $$
    update public.provider_breakers b
       set state = 'open', opened_at = coalesce(b.opened_at, open_breaker.at), openings = b.openings + 1, reason = left(open_breaker.code, 100),
           probe_at = open_breaker.at + private.breaker_pause(b.openings + 1), probe_token = null, probe_until = null
     where b.provider = open_breaker.account
$$;

select private.share_with_service('breaker_pause', 'provider_room', 'note_probe', 'note_dial_result', 'open_breaker');
