-- Answers that are begun before a caller on Gather is known to be done; the language that a call is in.

-- Unlogged: what a crash takes away is generated anew when the words are final.
create unlogged table public.call_speculations (
    call_id bigint primary key references public.call_history (id) on delete cascade,
    turn integer not null check (turn >= 0),
    words text not null,
    sequence bigint not null,
    token uuid not null,
    starts integer not null default 1,
    events jsonb not null default '[]',
    finished boolean not null default false,
    taken boolean not null default false,
    clips_usd numeric not null default 0,
    unpaid_usd numeric not null default 0,
    begun_at timestamptz not null default clock_timestamp()
);
comment on table public.call_speculations is
    'The one answer of a call that is made before its caller is done. Nobody hears it unless the final words are the same.';
comment on column public.call_speculations.words is 'A digest of the words that it answers; empty: it was dropped.';
comment on column public.call_speculations.events is 'What opens the turn before the final words, and what the model has said so far.';
comment on column public.call_speculations.taken is 'The words were the last ones: the turn follows what still comes.';
comment on column public.call_speculations.clips_usd is 'What its clips cost if the turn does not speak them.';
comment on column public.call_speculations.unpaid_usd is 'What the clips of answers cost that it took the place of.';

select private.protect('public.call_speculations');
create index call_speculations_begun_at_idx on public.call_speculations (begun_at);

alter table public.call_states add column language text;
comment on column public.call_states.language is 'The language that the call is in since its last turn, as `state` has it; null before.';
