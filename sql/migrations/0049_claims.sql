-- Claims: fewer indexes are written, and a day's money holds.

-- Fewer indexes are written with each call that is claimed: what is always null is in none, and what two said is said by one.

drop index public.call_attempts_lines_idx;
drop index public.call_attempts_voice_id_idx, public.call_attempts_verification_id_idx, public.call_attempts_campaign_id_idx,
    public.call_attempts_user_id_idx, public.call_attempts_template_version_id_idx;
create index call_attempts_voice_id_idx on public.call_attempts (voice_id) where voice_id is not null;
create index call_attempts_verification_id_idx on public.call_attempts (verification_id) where verification_id is not null;
create index call_attempts_campaign_id_idx on public.call_attempts (campaign_id) where campaign_id is not null;
create index call_attempts_user_id_idx on public.call_attempts (user_id) where user_id is not null;
create index call_attempts_template_version_id_idx on public.call_attempts (template_version_id)
    where template_version_id is not null;
alter table public.call_attempts drop constraint call_attempts_call_sid_key;
create unique index call_attempts_call_sid_key on public.call_attempts (call_sid) where call_sid is not null;
-- Whoever claims again with a token finds what it holds, and a claim what has run out, however many others hold. Each index
-- serves one of the two alone: of an empty one the planner takes whichever.
drop index public.call_attempts_lease_idx;
create index call_attempts_lease_idx on public.call_attempts (account, lease_until)
    where state = 'sending' and lease_until is not null;
create index call_attempts_token_idx on public.call_attempts (token) where state = 'sending' and token is not null;

drop index public.call_queue_voice_id_idx, public.call_queue_provider_id_idx, public.call_queue_template_id_idx,
    public.call_queue_template_version_id_idx, public.call_queue_caller_number_id_idx, public.call_queue_from_number_id_idx,
    public.call_queue_api_key_id_idx;
create index call_queue_voice_id_idx on public.call_queue (voice_id) where voice_id is not null;
create index call_queue_provider_id_idx on public.call_queue (provider_id) where provider_id is not null;
create index call_queue_template_id_idx on public.call_queue (template_id) where template_id is not null;
create index call_queue_template_version_id_idx on public.call_queue (template_version_id) where template_version_id is not null;
create index call_queue_caller_number_id_idx on public.call_queue (caller_number_id) where caller_number_id is not null;
create index call_queue_from_number_id_idx on public.call_queue (from_number_id) where from_number_id is not null;
create index call_queue_api_key_id_idx on public.call_queue (api_key_id) where api_key_id is not null;
drop index public.call_queue_request_key_key;
create unique index call_queue_request_key_key on public.call_queue (user_id, request_key) where request_key is not null;
drop index public.idx_call_queue_scheduled_time;
create index idx_call_queue_scheduled_time on public.call_queue (scheduled_time) where scheduled_time is not null;
-- Pages of the queue go by these, the newest first, of one status or of all.
drop index public.call_queue_newest_idx, public.idx_call_queue_created_at, public.idx_call_queue_status;
create index idx_call_queue_created_at on public.call_queue (created_at, id);
create index idx_call_queue_status on public.call_queue (status, created_at, id);
-- A person is found in all campaigns at once; whether anybody of a campaign waits still is found without them.
drop index public.call_queue_campaign_person_idx, public.call_queue_open_idx;
create unique index call_queue_campaign_person_idx on public.call_queue (person, campaign_id);
create index call_queue_campaign_id_idx on public.call_queue (campaign_id, status) where campaign_id is not null;

-- A claim asks of each person whether they said stop, however many ever did.
create index suppressions_phone_number_idx on public.suppressions (phone_number, scope);

-- --- money ------------------------------------------------------------------------------------------

-- What a call is expected to cost is set aside with the attempt, and what it did not cost comes back when it is over.
alter table public.daily_spending drop constraint daily_spending_purse_check;
alter table public.daily_spending add constraint daily_spending_purse_check check (purse in ('inbound', 'texts', 'outbound'));
alter table public.call_attempts add column reserved_usd numeric(12, 6) not null
    default coalesce(nullif(current_setting('voicebot.call_usd', true), '')::numeric, 0) check (reserved_usd >= 0);
comment on column public.call_attempts.reserved_usd is
    'What of the day''s money for calls that we make is set aside for it; once it is over, what of that it cost. The claim says '
    'how much by the setting voicebot.call_usd of its transaction.';

create function private.return_reserved() returns trigger
language plpgsql set search_path = '' as $$
declare
    spent numeric;
begin
    select coalesce(s.spent_usd, 0) into spent
      from public.call_history c join public.call_states s on s.call_id = c.id where c.call_sid = old.call_sid;
    spent := coalesce(spent, 0);
    update public.daily_spending d set usd = greatest(0, d.usd - greatest(0, old.reserved_usd - spent))
     where d.purse = 'outbound' and d.share = 0 and d.day = (old.sending_at at time zone 'UTC')::date;
    if tg_op = 'DELETE' then
        return old;
    end if;
    new.reserved_usd := least(old.reserved_usd, spent);
    return new;
end $$;
revoke execute on function private.return_reserved() from public;
create trigger return_reserved before update of state on public.call_attempts for each row
    when (old.state in ('sending', 'sent', 'unknown') and new.state in ('done', 'failed') and old.reserved_usd > 0)
    execute function private.return_reserved();
create trigger return_reserved_of_gone before delete on public.call_attempts for each row
    when (old.state in ('sending', 'sent', 'unknown') and old.reserved_usd > 0)
    execute function private.return_reserved();

-- What an entry of an end user says goes through this as well, of a number abroad.
grant execute on function private.is_withheld(text) to authenticated;
