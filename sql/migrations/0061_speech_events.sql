-- Who spoke from when to when in a call, and when each word was said where that is known.

create table public.call_speech_spans (
    call_id bigint not null references public.call_history (id) on delete cascade,
    side text not null check (side in ('caller', 'bot')),
    began_at timestamptz not null,
    ended_at timestamptz not null check (ended_at >= began_at),
    words jsonb not null default '[]' check (jsonb_typeof(words) = 'array'),
    primary key (call_id, side, began_at)
);
comment on table public.call_speech_spans is
    'A stretch of speech as it was heard at our socket, kept with the turn that it belongs to.';
comment on column public.call_speech_spans.words is '[[seconds from its begin, word], …]; empty where nobody told.';

select private.protect('public.call_speech_spans');

alter table public.call_streams add column transfer text check (length(transfer) <= 20);
comment on column public.call_streams.transfer is
    'How a transfer ended that the caller comes back from (busy, no-answer, failed, canceled); null: from none.';
