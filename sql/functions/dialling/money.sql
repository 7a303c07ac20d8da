-- What a day of calls that we make may cost: held at the claim, by what each is expected to cost, and settled when it ends.
-- `limits` says daily_usd and call_usd; without them nothing is held.

-- What is spent and set aside on the day of a moment, as UTC has it.
create or replace function private.outbound_usd(at timestamptz) returns numeric
language sql stable set search_path = '' as $$
    select coalesce(sum(d.usd), 0) from public.daily_spending d
     where d.purse = 'outbound' and d.day = (outbound_usd.at at time zone 'UTC')::date
$$;

-- For how many more calls the day's money lasts; null: for any number.
create or replace function private.calls_affordable(limits jsonb, at timestamptz) returns int
language sql stable set search_path = '' as $$
    select greatest(0, least(1000000, floor(
               ((limits ->> 'daily_usd')::numeric - private.outbound_usd(calls_affordable.at))
               / nullif((limits ->> 'call_usd')::numeric, 0))))::int
$$;

-- When there is money again: at the next day.
create or replace function private.money_again(at timestamptz) returns timestamptz
language sql immutable set search_path = '' as $$
    select (date_trunc('day', money_again.at at time zone 'UTC') + interval '1 day') at time zone 'UTC'
$$;

-- The same for a claim: until it commits, no claim of any account counts the same money. Attempts that it makes set aside
-- what they are expected to cost (call_attempts.reserved_usd).
create or replace function private.hold_money(limits jsonb, at timestamptz) returns int
language plpgsql set search_path = '' as $$
declare
    today constant date := (hold_money.at at time zone 'UTC')::date;
begin
    perform set_config('voicebot.call_usd', coalesce(case when limits ? 'daily_usd' then limits ->> 'call_usd' end, ''), true);
    if not limits ? 'daily_usd' then
        return null;
    end if;
    perform from public.daily_spending d where d.purse = 'outbound' and d.day = today and d.share = 0 for update;
    if not found then
        insert into public.daily_spending (purse, day, share) values ('outbound', today, 0) on conflict do nothing;
        perform from public.daily_spending d where d.purse = 'outbound' and d.day = today and d.share = 0 for update;
    end if;
    return private.calls_affordable(limits, hold_money.at);
end $$;

create or replace function private.reserve_money(limits jsonb, calls int, at timestamptz) returns void
language sql volatile set search_path = '' as $$
    update public.daily_spending d set usd = d.usd + reserve_money.calls * (limits ->> 'call_usd')::numeric
     where d.purse = 'outbound' and d.share = 0 and d.day = (reserve_money.at at time zone 'UTC')::date
       and limits ? 'daily_usd' and reserve_money.calls > 0
$$;

-- What a call of ours uses beyond what was set aside for it.
create or replace function private.spend_on_talk(the_call bigint, more numeric) returns void
language plpgsql set search_path = '' as $$
declare
    one public.call_attempts;
    spent numeric;
begin
    select a.* into one from public.call_history c join public.call_attempts a on a.call_sid = c.call_sid
     where c.id = the_call and a.kind = 'talk' for update of a;
    if one.id is null then
        return;
    end if;
    select s.spent_usd into spent from public.call_states s where s.call_id = the_call;
    insert into public.daily_spending as d (purse, day, share, usd)
    select 'outbound', (one.sending_at at time zone 'UTC')::date, 0, k.beyond
      from (select greatest(one.reserved_usd, spent) - greatest(one.reserved_usd, spent - more) as beyond) k where k.beyond > 0
    on conflict on constraint daily_spending_pkey do update set usd = d.usd + excluded.usd;
end $$;

select private.share_with_service('outbound_usd', 'money_again', 'calls_affordable', 'hold_money', 'reserve_money', 'spend_on_talk');
