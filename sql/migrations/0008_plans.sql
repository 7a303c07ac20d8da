-- Plans, who has which, and what they used of it. Counters are the service's alone.

create table public.subscription_plans (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    description text,
    price decimal(10, 2) not null check (price >= 0),
    "interval" text not null check ("interval" in ('monthly', 'yearly')),
    features jsonb,
    call_limit integer check (call_limit >= 0),
    minutes_limit integer check (minutes_limit >= 0),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index idx_subscription_plans_interval on public.subscription_plans ("interval");

create table public.user_subscriptions (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id) on delete cascade,
    plan_id uuid not null references public.subscription_plans (id),
    status text not null check (status in ('active', 'canceled', 'past_due', 'trialing')),
    stripe_sub_id text,
    current_period_start timestamptz not null,
    current_period_end timestamptz not null,
    cancel_at_period_end boolean default false,
    payment_method jsonb,
    subscription_id text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check (current_period_end > current_period_start)
);
create index idx_user_subscriptions_user_id on public.user_subscriptions (user_id);
create index idx_user_subscriptions_plan_id on public.user_subscriptions (plan_id);
create index idx_user_subscriptions_status on public.user_subscriptions (status);

create table public.user_call_usage (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id) on delete cascade,
    subscription_id uuid references public.user_subscriptions (id) on delete set null,
    billing_period_start timestamptz not null,
    billing_period_end timestamptz not null,
    calls_used integer default 0 check (calls_used >= 0),
    minutes_used integer default 0 check (minutes_used >= 0),
    calls_remaining integer,
    minutes_remaining integer,
    last_updated timestamptz default now(),
    check (billing_period_end > billing_period_start)
);
create index idx_user_call_usage_user_id on public.user_call_usage (user_id);
create index idx_user_call_usage_subscription_id on public.user_call_usage (subscription_id);
create index idx_user_call_usage_billing_period
    on public.user_call_usage (billing_period_start, billing_period_end);

create function private.touch_last_updated() returns trigger
language plpgsql set search_path = '' as $$
begin
    new.last_updated := now();
    return new;
end $$;
revoke execute on function private.touch_last_updated() from public;
create trigger touch_last_updated before update on public.user_call_usage
    for each row execute function private.touch_last_updated();

select private.protect('public.subscription_plans', 'public.user_subscriptions', 'public.user_call_usage');
