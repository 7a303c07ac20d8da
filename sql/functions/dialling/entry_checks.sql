-- What SQL knows of an entry when it is written, by us or straight into the table.

-- Whoever writes an entry is told at once what cannot be. Kind of number, region and zones are the worker's to say: until
-- then the entry is unchecked, and nothing unchecked is dialled. Whoever asks for one call is told that the person wants
-- none. In a list of thousands such people stay, so that the preview counts them; they are not dialled.
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
revoke execute on function private.check_queue_entry() from public;
