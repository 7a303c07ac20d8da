-- What a key of the API made, and lists of threads that no message has been written in yet.

alter table public.call_queue
    add column api_key_id uuid references public.api_keys (id) on delete set null;
create index call_queue_api_key_id_idx on public.call_queue (api_key_id);
comment on column public.call_queue.api_key_id is 'The key that asked for the call; an integrator sees what it asked for, and nothing else.';

alter table public.verifications
    add column api_key_id uuid references public.api_keys (id) on delete set null;
create index verifications_api_key_id_idx on public.verifications (api_key_id);
comment on column public.verifications.api_key_id is 'The key that asked first; the calls that read the code out are its calls.';

-- A thread that was opened and not written in yet has its place in the list, too.
drop index public.conversations_last_message_at_idx;
create index conversations_last_message_at_idx
    on public.conversations (coalesce(last_message_at, created_at) desc, id);
