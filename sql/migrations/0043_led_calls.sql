-- Calls that a provider leads by itself: their history stands beside all other calls.

alter table public.call_history drop constraint call_history_transport_check;
alter table public.call_history add constraint call_history_transport_check
    check (transport in ('gather', 'relay', 'media', 'vapi'));
comment on column public.call_history.transport is
    'What carried the talk. vapi: a provider led the call by itself and told us afterwards.';
