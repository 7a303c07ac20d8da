-- An escalation is open until a person closes it, and has one row for each cause in a call.

alter table public.support_escalations
    add column state text not null default 'open' check (state in ('open', 'closed')),
    add column closed_at timestamptz,
    add column closed_by text,
    add column cause_key text,
    add column call_back_number text,
    add column call_back_when text,
    add column posted_at timestamptz,
    add constraint support_escalations_closed_at_check check ((state = 'closed') = (closed_at is not null)),
    add constraint support_escalations_call_id_cause_key_key unique (call_id, cause_key);
comment on column public.support_escalations.message is 'In the person''s words.';
comment on column public.support_escalations.closed_by is 'The name of the API key that closed it, or `command line`.';
comment on column public.support_escalations.cause_key is 'What in the call caused it: the same cause again writes no second row.';
comment on column public.support_escalations.call_back_number is 'Where the caller wants to be called, if it is another number than theirs.';
comment on column public.support_escalations.call_back_when is 'When the caller wants to be called, in their words.';
comment on column public.support_escalations.posted_at is 'When the operator''s own system took it (OPERATOR_WEBHOOK_URL).';

create index support_escalations_created_at_idx on public.support_escalations (created_at desc, id);
create index support_escalations_open_idx on public.support_escalations (created_at) where state = 'open';

-- Who closed it, and how it was told on, is not for the person whom it is about.
revoke select on public.support_escalations from authenticated;
grant select (id, user_id, conversation_id, call_id, message, confidence, reason, notified, state, call_back_number,
              call_back_when, created_at, closed_at)
    on public.support_escalations to authenticated;
