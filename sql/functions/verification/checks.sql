-- Codes tried: each try is counted, and the right one earns the number its mark.

select private.drop_functions('check_verification', 'confirm_verification', 'unlock_verification', 'revoke_verification');

-- Security definer: accounts are rows of auth.users, which the service may not write. Only the account that has this
-- very number, or none, is confirmed. Somebody may have signed up with another's number and a password, and wait for its
-- owner to prove it: whoever has not confirmed the number loses it, and an account that had not confirmed it keeps no
-- password, whatever address of theirs is confirmed.
create or replace function private.confirm_phone(person uuid, number text, at timestamptz) returns void
language plpgsql security definer set search_path = '' as $$
begin
    update auth.users u set phone = null, updated_at = at
     where u.phone = any (private.sign_in_names(number)) and u.id <> person and u.phone_confirmed_at is null;
    update auth.users u
       set phone = coalesce(u.phone, ltrim(number, '+')), phone_confirmed_at = at, updated_at = at,
           encrypted_password = case when u.phone_confirmed_at is null then '' else u.encrypted_password end
     where u.id = person and (u.phone = any (private.sign_in_names(number)) or u.phone is null and not exists (
         select from auth.users o where o.phone = ltrim(number, '+')));
end $$;

-- The number as one of a user's own (user_phone_numbers), from which their calls may come: the mark is the newest proof's,
-- and another user's ends with it. Whether it is switched on is its owner's to say.
create or replace function private.mark_own_number(person uuid, number text, at timestamptz) returns void
language sql set search_path = '' as $$
    update public.user_phone_numbers n set verified = false, verified_at = null
     where n.full_number = any (private.spellings(number)) and n.user_id <> person and n.verified;
    update public.user_phone_numbers n
       set verified = true, verified_at = case when n.verified then n.verified_at else at end, carrier_refused_at = null
     where n.full_number = any (private.spellings(number)) and n.user_id = person
       and (not n.verified or n.carrier_refused_at is not null);
    insert into public.user_phone_numbers (
        user_id, provider_id, country_code, area_code, phone_number, full_number, verified, verified_at)
    select person, p.id, case when starts_with(number, '+1') then '1' else '' end,
           case when starts_with(number, '+1') then substr(number, 3, 3) else '' end,
           substr(number, case when starts_with(number, '+1') then 6 else 2 end), number, true, at
      from public.call_service_providers p
     where p.name = 'twilio' and number ~ '^\+[1-9][0-9]{4,14}$' and not exists (
           select from public.user_phone_numbers n
            where n.full_number = any (private.spellings(number)) and n.user_id = person);
$$;

-- The mark that is earned with a right code. A number belongs to whom it is linked with already.
create or replace function private.mark_verified(one public.verifications, at timestamptz) returns uuid
language plpgsql set search_path = '' as $$
declare
    person uuid;
begin
    if one.user_id is not null then
        insert into public.phone_links as l (user_id, phone_number) values (one.user_id, one.phone_number)
        on conflict (phone_number) do update set user_id = excluded.user_id where l.user_id is null;
    end if;
    person := (public.ensure_user(one.phone_number) ->> 'user_id')::uuid;
    update public.phone_links l set verified = true, verified_at = at, channel = one.channel
     where l.phone_number = one.phone_number;
    update public.verifications v set user_id = person where v.id = one.id and v.user_id is null;
    perform private.confirm_phone(person, one.phone_number, at);
    perform private.mark_own_number(coalesce(one.user_id, person), one.phone_number, at);
    return person;
end $$;

-- One code tried. It is counted for number and asker whether or not one runs, and before anything else is looked at. Only
-- the asker's own verifications are tried: `asking_key`'s for the API, else those that the person themselves asked for.
drop function if exists private.try_code(text, uuid, text, text, jsonb, timestamptz);
create or replace function private.try_code(
    number text, code_ok_for uuid, ip text default null, purpose text default null, limits jsonb default null,
    at timestamptz default null, asking_key uuid default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    rules constant jsonb := private.verification_limits() || coalesce(try_code.limits, '{}');
    moment constant timestamptz := coalesce(try_code.at, now());
    use constant jsonb := jsonb_build_array(extract(epoch from moment));
    tries constant jsonb := jsonb_build_array(jsonb_build_array(rules -> 'lifetime_s', rules -> 'checks'));
    site constant text := private.address_site(ip);
    asker constant text := private.asker(number, purpose, asking_key);
    wait double precision := private.wait_s(private.locked_uses('check', 'asker', asker), tries, moment);
    one public.verifications;
begin
    if ip is not null then
        wait := greatest(wait, private.wait_s(private.locked_uses('check', 'ip', ip), rules -> 'ip_checks', moment));
    end if;
    if site is not null then
        wait := greatest(wait, private.wait_s(private.locked_uses('check', 'ip', site), rules -> 'site_checks', moment));
    end if;
    wait := greatest(wait, private.lock_wait_s(private.locked_uses('fail', 'number', number), rules, moment));
    if wait > 0 then
        return jsonb_build_object('result', 'limited', 'retry_after_s', wait);
    end if;
    perform private.add_use('check', 'asker', asker, use, moment);
    if ip is not null then
        perform private.add_use('check', 'ip', ip, use, moment);
    end if;
    if site is not null then
        perform private.add_use('check', 'ip', site, use, moment);
    end if;

    update public.verifications v set attempts = v.attempts + 1, status = 'approved', used_at = moment
     where v.id = code_ok_for and v.phone_number = number and v.status = 'pending'
       and v.attempts < (rules ->> 'checks')::int and v.used_at is null and v.expires_at > moment
       and (v.purpose = 'api') = (coalesce(try_code.purpose, '') = 'api') and private.belongs_to(v, asking_key)
    returning v.* into one;
    if found then
        perform private.mirror_verification(one, moment);
        return jsonb_build_object(
            'result', 'approved', 'id', one.id, 'purpose', one.purpose, 'user_id', private.mark_verified(one, moment));
    end if;

    perform private.add_use('fail', 'number', number, use, moment);
    for one in
        update public.verifications v set attempts = v.attempts + 1
         where v.phone_number = number and v.status = 'pending' and v.attempts < (rules ->> 'checks')::int
           and v.expires_at > moment
           and case when try_code.purpose is null then v.purpose <> 'api' else v.purpose = try_code.purpose end
           and private.belongs_to(v, asking_key)
        returning v.*
    loop
        perform private.mirror_verification(one, moment);
    end loop;
    return jsonb_build_object('result', 'wrong');
end $$;

-- The same inside the transaction that stores the text which holds the code. A code that an API key asked for is entered
-- where that asks for it: here it is no try, and what was sent is told alike, right or wrong.
create or replace function private.apply_code_check(verification uuid, ok boolean, number text) returns jsonb
language sql set search_path = '' as $$
    select case when exists (select from public.verifications v where v.id = verification and v.purpose = 'api')
                then jsonb_build_object('result', 'elsewhere')
                else private.try_code(number, case when ok then verification end) end
$$;

-- check_verification: kind command; key none; called by services/verification/verify_phone
-- `code_ok_for` is the verification whose code it was, as the caller found out; null for a wrong one.
create function public.check_verification(
    number text, code_ok_for uuid default null, ip text default null, purpose text default null,
    limits jsonb default null, at timestamptz default null, actor jsonb default null
) returns jsonb
language sql set search_path = '' as $$
    select case when private.acts_as(actor, 'operator', 'integrator')
                then private.try_code(
                    private.person_number(number), code_ok_for, ip, purpose, limits, at, (actor ->> 'key_id')::uuid)
                else jsonb_build_object('result', 'refused', 'code', 'not_allowed') end
$$;

-- confirm_verification: kind command; key verification_id; called by services/verification/verify_phone
-- The carrier's own service has said that the code is right. The check was counted, as wrong, before it was asked.
create function public.confirm_verification(verification_id uuid, at timestamptz default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    moment constant timestamptz := coalesce(confirm_verification.at, now());
    one public.verifications;
    fails jsonb;
begin
    select v.* into one from public.verifications v where v.id = verification_id;
    fails := private.locked_uses('fail', 'number', one.phone_number);
    update public.verifications v set status = 'approved', used_at = moment
     where v.id = verification_id and v.status = 'pending' and v.used_at is null and v.expires_at > moment
    returning v.* into one;
    if not found then
        return jsonb_build_object('result', 'wrong');
    end if;
    update public.verification_counters c set members = c.members - -1, used = greatest(0, c.used - 1)
     where c.action = 'fail' and c.scope = 'number' and c.subject = one.phone_number and c.window_start = 'epoch'
       and jsonb_array_length(fails) > 0;
    perform private.mirror_verification(one, moment);
    return jsonb_build_object(
        'result', 'approved', 'id', one.id, 'purpose', one.purpose, 'user_id', private.mark_verified(one, moment));
end $$;

-- What came of trying a code that a caller gave.
create or replace function private.code_outcome(code jsonb, number text) returns text
language sql set search_path = '' as $$
    select private.apply_code_check((code ->> 'verification_id')::uuid, (code ->> 'ok')::boolean, number) ->> 'result'
$$;

-- unlock_verification: kind command; key number; called by cli verifications unlock
-- An operator lets a number try again that was locked after too many wrong codes.
create function public.unlock_verification(number text) returns jsonb
language plpgsql set search_path = '' as $$
begin
    update public.verification_counters c set members = '[]', used = 0
     where (c.action = 'fail' and c.scope = 'number' and c.subject = private.person_number(unlock_verification.number)
            or c.action = 'check' and c.scope = 'asker' and starts_with(c.subject, private.person_number(unlock_verification.number) || ' '))
       and c.window_start = 'epoch' and c.used > 0;
    return jsonb_build_object('result', case when found then 'unlocked' else 'unchanged' end);
end $$;

-- revoke_verification: kind command; key number; called by cli verifications revoke
-- The proof of a number is taken back: it is nobody's to call from until somebody proves it anew (a trigger of phone_links).
create function public.revoke_verification(number text) returns jsonb
language plpgsql set search_path = '' as $$
begin
    update public.phone_links l set verified = false, verified_at = null
     where l.phone_number = private.person_number(revoke_verification.number) and l.verified;
    return jsonb_build_object('result', case when found then 'revoked' else 'unchanged' end);
end $$;

select private.grant_to_service('check_verification', 'confirm_verification', 'unlock_verification', 'revoke_verification');
select private.share_with_service('confirm_phone', 'mark_own_number', 'mark_verified', 'try_code', 'apply_code_check', 'code_outcome');
