-- What a call on a socket has used under its lease: a commit that is repeated, because the answer to the first was lost, charges
-- nothing again. And what a minute costs now, for the minutes that nothing is committed in: after the last turn, and in a transfer.

alter table public.call_states
    add column stream_used_usd numeric not null default 0,
    add column minute_usd numeric;
comment on column public.call_states.stream_used_usd is 'What the holder of stream_lease has used until now, besides minutes.';
comment on column public.call_states.minute_usd is 'What a minute of the call costs as it is carried now; null: nothing was committed.';
