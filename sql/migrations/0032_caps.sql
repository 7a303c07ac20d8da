-- Every key that asks for codes has verifications of its own, and what comes in has caps.

drop index public.verifications_running_key;
create unique index verifications_running_key on public.verifications (phone_number, purpose)
    where status = 'pending' and purpose <> 'api';
create unique index verifications_running_for_key on public.verifications (phone_number, api_key_id)
    where status = 'pending' and purpose = 'api';
comment on column public.verifications.api_key_id is
    'The key that asked; nobody else''s request finds the verification. The calls that read the code out are its calls.';

alter table public.verification_counters drop constraint verification_counters_scope_check;
alter table public.verification_counters add constraint verification_counters_scope_check check (
    scope in ('number', 'asker', 'ip', 'prefix', 'country', 'global'));
-- Tries are counted by number and asker from now on.
delete from public.verification_counters where action = 'check' and scope = 'number';
