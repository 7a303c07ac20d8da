-- Campaigns are made, filled and watched: each person once, also when a list is imported twice.

drop index public.call_queue_campaign_id_idx;
create unique index call_queue_campaign_person_idx on public.call_queue (campaign_id, person);
-- Whether anybody waits still, without walking through all who were called.
create index call_queue_open_idx on public.call_queue (campaign_id) where status in ('queued', 'in-progress');
create index campaigns_made_idx on public.campaigns (created_at desc, id desc);
comment on column public.campaigns.revision is 'Grows with each edit; who edits an older one is told so. Attempts keep theirs.';

alter table public.campaigns add column hours_changed_at timestamptz;
comment on column public.campaigns.hours_changed_at is 'Who waits for other hours since before is looked at again; null: everybody was.';

alter table public.call_attempts add column campaign_revision bigint;
comment on column public.call_attempts.campaign_revision is 'Which revision of its campaign it ran under.';

-- Whoever asks for one call is told at once that the person wants none. In a list of thousands such people stay, so that
-- the preview counts them; they are not dialled, as nobody is who asked not to be.
create or replace function private.check_queue_entry() returns trigger
language plpgsql set search_path = '' as $$
declare
    begins constant timestamptz := greatest(new.not_before, new.scheduled_time);
begin
    if new.status <> 'queued' then
        return new;
    end if;
    if new.recipient_number !~ '^\+[1-9][0-9]{6,14}$' then
        raise exception 'recipient_number: write it like +13035550142' using errcode = 'check_violation';
    end if;
    if new.timezone is not null and not private.is_time_zone(new.timezone) then
        raise exception 'timezone: write it like America/Denver' using errcode = 'check_violation';
    end if;
    if octet_length(new.custom_variables::text) > 16384 or jsonb_typeof(new.custom_variables) <> 'object'
       or jsonb_path_exists(new.custom_variables, '$.* ? (@.type() != "string" && @.type() != "number" && @.type() != "boolean")') then
        raise exception 'custom_variables: an object of texts and numbers, 16 kB at most' using errcode = 'check_violation';
    end if;
    -- Who asked for three o'clock does not want to be called at six.
    new.not_after := coalesce(new.not_after, new.scheduled_time + interval '1 hour');
    if new.not_after <= greatest(now(), begins) then
        raise exception 'not_after: the time to call is over before it begins' using errcode = 'check_violation';
    end if;
    if new.campaign_id is null and private.standing_call_stop(private.person_number(new.recipient_number)) then
        raise exception 'recipient_number: this person asked not to be called' using errcode = 'check_violation';
    end if;
    -- An end user cannot say that an entry was checked; nor does it stay so when it says something else.
    if tg_op = 'UPDATE' then
        new.checked_at := null;
    end if;
    new.next_attempt_at := coalesce(begins, now());
    return new;
end $$;
