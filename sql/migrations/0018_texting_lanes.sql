-- What waits to be sent has three lanes: what is urgent, what somebody waits for, and what nobody waits for, however much
-- of that there is. And looking for texts without an end costs what the last days brought, not what all the years did:
-- on some routes no end is ever told.

drop index public.sms_history_due_idx;
create index sms_history_due_idx on public.sms_history (
    (case when urgent then 0 when in_reply_to is null and kind in ('reminder', 'onboarding') then 2 else 1 end),
    coalesce(not_before, created_at), id)
    where outbox_state = 'generated';
comment on column public.sms_history.urgent is 'Goes before everything else that waits. Invitations and reminders go last.';

drop index public.sms_history_unknown_idx;
create index sms_history_unknown_idx on public.sms_history (sending_at) where outbox_state = 'unknown';
drop index public.sms_history_unsettled_idx;
create index sms_history_unsettled_idx on public.sms_history (sending_at)
    where outbox_state = 'sent' and status in ('accepted', 'scheduled', 'queued', 'sending', 'sent');
