-- Gather's turns in flight: who generates an answer, what of it is committed, which document was served.
-- Service only: row level security is forced and there is no policy but the service's own.

create table public.call_states (
    call_id bigint primary key references public.call_history (id) on delete cascade,
    plan jsonb not null,
    state jsonb,
    turn integer not null default -1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
comment on table public.call_states is 'The call core''s state between turns; `turn` is the last finished one.';
comment on column public.call_states.plan is 'What template, number and person decided when the call began.';

create table public.call_turns (
    call_id bigint not null references public.call_history (id) on delete cascade,
    turn integer not null check (turn >= 0),
    input jsonb not null,
    token uuid not null,
    lease_until timestamptz not null,
    closing jsonb,
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    primary key (call_id, turn)
);
comment on column public.call_turns.input is 'The events that opened the turn, kept so that another process can replay it.';
comment on column public.call_turns.closing is 'How the turn ends (listen, hang_up, transfer); null while it is generated.';

create table public.call_turn_parts (
    call_id bigint not null,
    turn integer not null,
    part integer not null check (part >= 0),
    event jsonb,
    speech jsonb not null default '[]',
    created_at timestamptz not null default now(),
    primary key (call_id, turn, part),
    foreign key (call_id, turn) references public.call_turns (call_id, turn) on delete cascade
);
comment on table public.call_turn_parts is 'One committed event of a turn and what is to be said because of it.';

create table public.call_turn_documents (
    call_id bigint not null,
    turn integer not null,
    document integer not null check (document >= 0),
    body text not null,
    parts_served integer not null,
    speech jsonb not null default '[]',
    served_at timestamptz not null default now(),
    primary key (call_id, turn, document),
    foreign key (call_id, turn) references public.call_turns (call_id, turn) on delete cascade
);
comment on table public.call_turn_documents is 'TwiML as served: the same request gets the same bytes.';

select private.protect(
    'public.call_states', 'public.call_turns', 'public.call_turn_parts', 'public.call_turn_documents');
