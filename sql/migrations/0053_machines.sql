-- The processes of this service that live now, so that each knows its share of what a provider allows all of them.

-- Unlogged: whoever lives is seen again within seconds.
create unlogged table public.machines (
    machine text primary key,
    role text not null,
    calls integer not null default 0,
    seen_at timestamptz not null default clock_timestamp()
);
comment on table public.machines is 'One row a process; one that is not seen for some seconds is forgotten.';
comment on column public.machines.role is 'all, web or live: it answers calls; worker: it does not.';
comment on column public.machines.calls is 'The calls that it carries.';

select private.protect('public.machines');
