-- Users: the account behind a phone number, and what its owner prefers.

select private.drop_functions('ensure_user', 'create_integration_test_user', 'set_voice_preference');

-- Called by the definers below, so it runs as the owner. GoTrue reads the token columns into plain strings and fails on
-- null, and keeps phone numbers without their plus sign.
create or replace function private.insert_auth_user(new_id uuid, phone text, email text) returns void
language sql set search_path = '' as $$
    insert into auth.users (
        instance_id, id, aud, role, phone, email, encrypted_password, confirmation_token, recovery_token,
        email_change_token_new, email_change_token_current, email_change, phone_change, phone_change_token,
        reauthentication_token, email_change_confirm_status, raw_app_meta_data, raw_user_meta_data, is_sso_user,
        is_anonymous, created_at, updated_at)
    values (
        '00000000-0000-0000-0000-000000000000', new_id, 'authenticated', 'authenticated',
        nullif(ltrim(phone, '+'), ''), nullif(lower(email), ''), '', '', '', '', '', '', '', '', '', 0,
        case when nullif(email, '') is null then '{"provider": "phone", "providers": ["phone"]}'::jsonb
             else '{"provider": "email", "providers": ["email"]}'::jsonb end,
        '{}', false, false, now(), now())
$$;
revoke execute on function private.insert_auth_user(uuid, text, text) from public;

-- The names under which GoTrue may know a telephone: numbers without their plus sign.
create or replace function private.sign_in_names(number text) returns text[]
language sql immutable set search_path = '' as $$
    select array_agg(ltrim(s.spelling, '+')) from unnest(private.spellings(number)) as s (spelling)
$$;

-- ensure_user: kind command; key phone; called by begin_call and by all that stores a text or a number
-- Security definer: accounts are rows of auth.users, which the service may not write. A withheld number gets none, and
-- nothing is confirmed by being called or texted from a number. An account that has not confirmed the number is
-- somebody's claim: it is passed by, and the number's owner gets an account without it.
create function public.ensure_user(phone text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
    whose constant text := private.person_number(phone);
    person uuid;
    made boolean := false;
begin
    if whose is null or whose !~ '^\+[1-9][0-9]{6,14}$' then
        return jsonb_build_object('result', 'refused', 'code', 'not_a_number', 'user_id', null);
    end if;
    select l.user_id into person from public.phone_links l where l.phone_number = whose;
    if person is null then
        -- Two first calls from one number at once make one account.
        perform pg_advisory_xact_lock(hashtextextended('ensure_user:' || whose, 0));
        select l.user_id into person from public.phone_links l where l.phone_number = whose;
    end if;
    if person is not null then
        return jsonb_build_object('result', 'found', 'user_id', person);
    end if;

    select u.id into person from auth.users u
     where u.phone = any (private.sign_in_names(whose)) and u.phone_confirmed_at is not null
     order by u.phone = ltrim(whose, '+') desc limit 1;
    if person is null then
        person := gen_random_uuid();
        perform private.insert_auth_user(
            person, case when not exists (select from auth.users u where u.phone = ltrim(whose, '+')) then whose end, null);
        made := true;
    end if;
    insert into public.phone_links as l (user_id, phone_number) values (person, whose)
    on conflict (phone_number) do update set user_id = excluded.user_id where l.user_id is null;
    insert into public.user_profiles (user_id) values (person) on conflict (user_id) do nothing;
    insert into public.preferences (user_id) values (person) on conflict (user_id) do nothing;
    return jsonb_build_object('result', case when made then 'made' else 'linked' end, 'user_id', person);
end $$;

-- create_integration_test_user: kind command; key p_id; called by integration tests against a hosted project
-- Security definer: it writes auth.users. A test account that is known by its phone alone has confirmed it.
create function public.create_integration_test_user(p_id uuid, p_phone text, p_email text) returns jsonb
language plpgsql security definer set search_path = '' as $$
begin
    if exists (select from auth.users u where u.id = p_id) then
        return jsonb_build_object('id', p_id, 'status', 'exists');
    end if;
    if exists (select from auth.users u
                where u.phone = nullif(ltrim(p_phone, '+'), '') or u.email = nullif(lower(p_email), '')) then
        return jsonb_build_object('id', p_id, 'status', 'refused', 'code', 'phone_or_email_taken');
    end if;
    perform private.insert_auth_user(p_id, p_phone, p_email);
    update auth.users u set phone_confirmed_at = now()
     where u.id = p_id and u.phone is not null and nullif(p_email, '') is null;
    return jsonb_build_object('id', p_id, 'status', 'created');
end $$;

-- set_voice_preference: kind command; key user_id; called by apply_effects
create function public.set_voice_preference(user_id uuid, voice_id text) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
begin
    if not exists (select from public.user_profiles u where u.user_id = set_voice_preference.user_id) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_user');
    end if;
    if not exists (select from public.voice_options v where v.voice_id = set_voice_preference.voice_id and v.is_active) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_voice');
    end if;
    insert into public.preferences as p (user_id, voice_preference)
    values (set_voice_preference.user_id, set_voice_preference.voice_id)
    on conflict (user_id) do update set voice_preference = excluded.voice_preference;
    return jsonb_build_object('result', 'saved', 'voice_id', set_voice_preference.voice_id);
end $$;

select private.share_with_service('sign_in_names');
select private.grant_to_service('ensure_user', 'create_integration_test_user', 'set_voice_preference');
