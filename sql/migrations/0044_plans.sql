-- What a plan lets its user dial: minutes and calls are held while a dial is under way, and used when its call has ended.
-- And whose a caller number is.

-- --- plans and who has them --------------------------------------------------------------------------

alter table public.subscription_plans
    add column billing_increment_s integer not null default 60
        check (billing_increment_s in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)),
    add column ended_at timestamptz;
comment on column public.subscription_plans.call_limit is 'Answered calls that a period allows; null: as many as one likes.';
comment on column public.subscription_plans.minutes_limit is 'Minutes that a period allows; null: as many as one likes.';
comment on column public.subscription_plans.billing_increment_s is 'The seconds of a call are rounded up to a multiple of it.';
comment on column public.subscription_plans.ended_at is 'From then on nobody new gets it; who has it keeps it.';

alter table public.user_subscriptions
    add column period_anchor timestamptz,
    add column timezone text not null default 'UTC' check (length(timezone) <= 100);
update public.user_subscriptions s set period_anchor = s.current_period_start;
alter table public.user_subscriptions alter column period_anchor set not null;
-- The worker looks for those whose period is over.
create index user_subscriptions_period_end_idx on public.user_subscriptions (current_period_end)
    where status in ('active', 'trialing');
comment on column public.user_subscriptions.period_anchor is
    'Periods begin on its day of the month and at its hour; where a month has no such day, on the last one.';
comment on column public.user_subscriptions.timezone is 'By whose clock and calendar periods begin.';
comment on column public.user_subscriptions.stripe_sub_id is 'Who has one renews outside: we begin no period of it.';

create function private.keep_subscription() returns trigger
language plpgsql set search_path = '' as $$
begin
    if not private.is_time_zone(new.timezone) then
        raise exception 'timezone: write it like America/Denver' using errcode = 'check_violation';
    end if;
    new.period_anchor := coalesce(new.period_anchor, new.current_period_start);
    -- Whoever moves a period moves those that follow it; our own renewal stays on the days of before.
    if tg_op = 'UPDATE' and new.current_period_start <> old.current_period_start and new.period_anchor = old.period_anchor
       and lower(private.period_at(new.period_anchor, (
               select p."interval" from public.subscription_plans p where p.id = new.plan_id), new.timezone,
               new.current_period_start)) <> new.current_period_start then
        new.period_anchor := new.current_period_start;
    end if;
    return new;
end $$;
create trigger keep_subscription before insert or update on public.user_subscriptions
    for each row execute function private.keep_subscription();

-- --- what was used of them ---------------------------------------------------------------------------

alter table public.user_call_usage
    add column calls_reserved integer not null default 0 check (calls_reserved >= 0),
    add column minutes_reserved integer not null default 0 check (minutes_reserved >= 0),
    add column seconds_used bigint not null default 0 check (seconds_used >= 0),
    add column calls_allowed integer,
    add column minutes_allowed integer,
    add constraint user_call_usage_calls_remaining_check check (calls_remaining >= 0) not valid,
    add constraint user_call_usage_minutes_remaining_check check (minutes_remaining >= 0) not valid;
update public.user_call_usage u
   set seconds_used = coalesce(u.minutes_used, 0) * 60::bigint,
       calls_allowed = greatest(0, u.calls_remaining) + coalesce(u.calls_used, 0),
       minutes_allowed = greatest(0, u.minutes_remaining) + coalesce(u.minutes_used, 0);
-- Of several rows of one period, which only an administrator can have written, the newest is the one that counts.
update public.user_call_usage u set subscription_id = null
 where exists (select from public.user_call_usage n
                where n.subscription_id = u.subscription_id and n.billing_period_start = u.billing_period_start
                  and (n.last_updated, n.id) > (u.last_updated, u.id));
create unique index user_call_usage_period_key on public.user_call_usage (subscription_id, billing_period_start);
comment on column public.user_call_usage.calls_used is 'Calls that were answered.';
comment on column public.user_call_usage.minutes_used is 'seconds_used in whole minutes.';
comment on column public.user_call_usage.seconds_used is 'What calls lasted, each rounded up as its plan says.';
comment on column public.user_call_usage.calls_reserved is 'Held by dials under way.';
comment on column public.user_call_usage.calls_allowed is
    'What the period allows: the plan''s, and what an administrator added by writing calls_remaining. Null: no limit.';
comment on column public.user_call_usage.calls_remaining is 'What is neither used nor reserved; a trigger keeps it.';

-- Who writes the columns of the document finds the others following them.
create function private.keep_usage() returns trigger
language plpgsql set search_path = '' as $$
declare
    plan public.subscription_plans;
begin
    new.calls_used := coalesce(new.calls_used, 0);
    new.minutes_used := coalesce(new.minutes_used, 0);
    if tg_op = 'INSERT' then
        select p.* into plan from public.user_subscriptions s join public.subscription_plans p on p.id = s.plan_id
         where s.id = new.subscription_id;
        new.seconds_used := greatest(new.seconds_used, new.minutes_used * 60::bigint);
        new.calls_allowed := coalesce(
            new.calls_allowed, new.calls_remaining + new.calls_used + new.calls_reserved, plan.call_limit);
        new.minutes_allowed := coalesce(
            new.minutes_allowed, new.minutes_remaining + new.minutes_used + new.minutes_reserved, plan.minutes_limit);
    else
        if new.minutes_used <> old.minutes_used and new.seconds_used = old.seconds_used then
            new.seconds_used := new.minutes_used * 60::bigint;
        end if;
        if new.calls_remaining is distinct from old.calls_remaining
           and new.calls_allowed is not distinct from old.calls_allowed then
            new.calls_allowed := new.calls_remaining + new.calls_used + new.calls_reserved;
        end if;
        if new.minutes_remaining is distinct from old.minutes_remaining
           and new.minutes_allowed is not distinct from old.minutes_allowed then
            new.minutes_allowed := new.minutes_remaining + new.minutes_used + new.minutes_reserved;
        end if;
    end if;
    new.minutes_used := ceil(new.seconds_used / 60.0);
    new.calls_remaining := case when new.calls_allowed is not null
        then greatest(0, new.calls_allowed - new.calls_used - new.calls_reserved) end;
    new.minutes_remaining := case when new.minutes_allowed is not null
        then greatest(0, new.minutes_allowed - new.minutes_used - new.minutes_reserved) end;
    return new;
end $$;
create trigger keep_usage before insert or update on public.user_call_usage
    for each row execute function private.keep_usage();

-- Another limit, or another plan: what is used stays used, what was added stays added.
create function private.shifted(allowed int, was int, becomes int) returns int
language sql immutable set search_path = '' as $$
    select case when becomes is null then null when was is null or allowed is null then becomes else allowed + becomes - was end
$$;

create function private.follow_plan() returns trigger
language plpgsql set search_path = '' as $$
begin
    -- In one order always, so that two of these never wait for each other.
    perform from public.user_call_usage u join public.user_subscriptions s on s.id = u.subscription_id
      where s.plan_id = new.id and u.billing_period_end > now() order by u.id for update of u;
    update public.user_call_usage u
       set calls_allowed = private.shifted(u.calls_allowed, old.call_limit, new.call_limit),
           minutes_allowed = private.shifted(u.minutes_allowed, old.minutes_limit, new.minutes_limit)
      from public.user_subscriptions s
     where s.id = u.subscription_id and s.plan_id = new.id and u.billing_period_end > now();
    return null;
end $$;
create trigger follow_plan after update of call_limit, minutes_limit on public.subscription_plans for each row
    when ((old.call_limit, old.minutes_limit) is distinct from (new.call_limit, new.minutes_limit))
    execute function private.follow_plan();

create function private.follow_subscription() returns trigger
language plpgsql set search_path = '' as $$
declare
    was public.subscription_plans;
    becomes public.subscription_plans;
begin
    select p.* into was from public.subscription_plans p where p.id = old.plan_id;
    select p.* into becomes from public.subscription_plans p where p.id = new.plan_id;
    update public.user_call_usage u
       set calls_allowed = private.shifted(u.calls_allowed, was.call_limit, becomes.call_limit),
           minutes_allowed = private.shifted(u.minutes_allowed, was.minutes_limit, becomes.minutes_limit)
     where u.subscription_id = new.id and u.billing_period_end > now();
    return null;
end $$;
create trigger follow_subscription after update of plan_id on public.user_subscriptions for each row
    when (old.plan_id <> new.plan_id) execute function private.follow_subscription();

-- --- what a dial holds -------------------------------------------------------------------------------

alter table public.dialling_rules
    add column require_plan boolean not null default false,
    add column longest_call_s integer not null default 1800 check (longest_call_s > 0);
comment on column public.dialling_rules.require_plan is 'REQUIRE_PLAN, as the newest claim had it.';
comment on column public.dialling_rules.longest_call_s is 'MAX_CALL_SECONDS, as the newest claim had it.';

alter table public.call_attempts
    add column usage_id uuid references public.user_call_usage (id) on delete set null,
    add column held_minutes integer check (held_minutes >= 0),
    add column billed_s integer check (billed_s >= 0);
create index call_attempts_usage_id_idx on public.call_attempts (usage_id) where usage_id is not null;
create index call_attempts_held_idx on public.call_attempts (deadline)
    where held_minutes is not null and state in ('failed', 'done');
comment on column public.call_attempts.usage_id is 'Whose plan it is held, and billed, by; null: it needs none.';
comment on column public.call_attempts.held_minutes is 'Minutes of the plan that it holds; null: they were given back or billed.';
comment on column public.call_attempts.billed_s is 'What it lasted, rounded up as the plan says, and never more than it held.';

create function private.move_usage(
    usage uuid, calls_reserved int, minutes_reserved int, calls_used int default 0, seconds_used int default 0
) returns void
language sql set search_path = '' as $$
    update public.user_call_usage u
       set calls_reserved = greatest(0, u.calls_reserved + move_usage.calls_reserved),
           minutes_reserved = greatest(0, u.minutes_reserved + move_usage.minutes_reserved),
           calls_used = u.calls_used + move_usage.calls_used, seconds_used = u.seconds_used + move_usage.seconds_used
     where u.id = usage
$$;

create function private.billed_seconds(usage uuid, lasted int, held_minutes int) returns int
language sql stable set search_path = '' as $$
    select least(ceil(lasted / step.seconds::numeric)::int * step.seconds, held_minutes * 60)
      from (select coalesce((select p.billing_increment_s from public.user_call_usage u
                              join public.user_subscriptions s on s.id = u.subscription_id
                              join public.subscription_plans p on p.id = s.plan_id
                             where u.id = usage), 60) as seconds) step
$$;

-- An attempt ends: a call that was answered is used, everything else is given back. Nothing ends an attempt but an update of
-- its state, so that whatever does it, also a deadline, comes by here. The minutes of a call whose length was not told yet
-- stay held until it is.
create function private.settle_ended_dial() returns trigger
language plpgsql set search_path = '' as $$
declare
    lasted int;
begin
    select c.duration into lasted from public.call_history c where c.call_sid = new.call_sid;
    if new.state = 'failed' or coalesce(new.transport_result, case when lasted > 0 then 'completed' end, '') <> 'completed' then
        perform private.move_usage(new.usage_id, -1, -coalesce(new.held_minutes, 0));
        new.held_minutes := null;
    elsif lasted is null then
        perform private.move_usage(new.usage_id, -1, 0, 1);
    else
        new.billed_s := private.billed_seconds(new.usage_id, lasted, new.held_minutes);
        perform private.move_usage(new.usage_id, -1, -new.held_minutes, 1, new.billed_s);
        new.held_minutes := null;
    end if;
    return new;
end $$;
create trigger settle_ended_dial before update of state on public.call_attempts for each row
    when (new.usage_id is not null and new.held_minutes is not null and old.state in ('sending', 'sent', 'unknown')
          and new.state in ('failed', 'done'))
    execute function private.settle_ended_dial();

create function private.settle_gone_dial() returns trigger
language plpgsql set search_path = '' as $$
begin
    perform private.move_usage(
        old.usage_id, case when old.state in ('sending', 'sent', 'unknown') then -1 else 0 end, -old.held_minutes);
    return old;
end $$;
create trigger settle_gone_dial before delete on public.call_attempts for each row
    when (old.usage_id is not null and old.held_minutes is not null) execute function private.settle_gone_dial();

-- How long a call lasted may be told after its end. Security definer: an administrator may tell it, who counts nothing.
create function private.settle_measured_call() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
    one public.call_attempts;
    billed int;
begin
    select a.* into one from public.call_attempts a
     where a.call_sid = new.call_sid and a.usage_id is not null and a.held_minutes is not null and a.state = 'done' for update;
    if one.id is not null then
        billed := private.billed_seconds(one.usage_id, new.duration, one.held_minutes);
        perform private.move_usage(one.usage_id, 0, -one.held_minutes, 0, billed);
        update public.call_attempts a set held_minutes = null, billed_s = billed where a.id = one.id;
    end if;
    return null;
end $$;
create trigger settle_measured_call after update of duration on public.call_history for each row
    when (old.duration is null and new.duration is not null) execute function private.settle_measured_call();

-- --- whose a caller number is ------------------------------------------------------------------------

alter table public.user_phone_numbers add column carrier_refused_at timestamptz;
comment on column public.user_phone_numbers.carrier_refused_at is
    'When the carrier refused a call from it: it knows the number of nobody''s account. A new proof tries again.';

-- A proof that is taken back, or whose account goes, takes the mark along.
create function private.forget_own_number() returns trigger
language plpgsql set search_path = '' as $$
begin
    update public.user_phone_numbers n set verified = false, verified_at = null
     where n.full_number = any (private.spellings(old.phone_number)) and n.verified
       and (n.user_id = old.user_id or tg_op = 'UPDATE' and not new.verified);
    return null;
end $$;
create trigger forget_own_number_of_link after update of verified, user_id on public.phone_links for each row
    when (old.verified and (not new.verified or old.user_id is distinct from new.user_id))
    execute function private.forget_own_number();
create trigger forget_own_number_of_gone_link after delete on public.phone_links for each row
    when (old.verified) execute function private.forget_own_number();

create function private.note_refused_caller() returns trigger
language plpgsql set search_path = '' as $$
begin
    update public.user_phone_numbers n set carrier_refused_at = now()
      from public.call_queue q where q.id = new.call_queue_id and n.id = q.caller_number_id and n.full_number = new.from_number;
    return null;
end $$;
-- 21210: the carrier has not verified the number for the account. 21212: it is none to call from.
create trigger note_refused_caller after update of state on public.call_attempts for each row
    when (new.state = 'failed' and new.error in ('21210', '21212')) execute function private.note_refused_caller();

revoke execute on function private.keep_subscription(), private.keep_usage(), private.shifted(int, int, int),
    private.follow_plan(), private.follow_subscription(), private.move_usage(uuid, int, int, int, int),
    private.billed_seconds(uuid, int, int), private.settle_ended_dial(), private.settle_gone_dial(),
    private.settle_measured_call(), private.forget_own_number(), private.note_refused_caller() from public;
grant execute on function private.shifted(int, int, int) to authenticated, service_role;
