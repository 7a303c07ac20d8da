-- What a month came to is added up from an index alone, however wide a call or a text is.

create index call_history_figures_idx on public.call_history (coalesce(started_at, created_at))
    include (started_at, created_at, organization_id, direction, price_unit, duration, cost, price);
create index sms_history_figures_idx on public.sms_history (created_at) include (user_id, direction, price_unit, price);
