-- Proving that somebody has a phone: codes asked for, and how they stand. The code itself is nowhere in the database.

select private.drop_functions(
    'start_verification', 'running_verification', 'recent_verifications', 'read_verification', 'void_verification',
    'sweep_verifications', 'blocked_verifications');

-- Why no code may go to a number: somebody asked us not to, or it is one of ours, which would hear the code and take it
-- for an answer. Null: it may.
create or replace function private.why_not_reached(number text, scope text) returns text
language plpgsql stable set search_path = '' as $$
begin
    return case
        when exists (select from public.provider_phone_numbers n
                      where n.full_number = why_not_reached.number and n.is_active) then 'own_number'
        when exists (select from private.standing_suppressions(number, scope)) then 'suppressed' end;
end $$;

create or replace function private.may_be_reached(number text, scope text) returns boolean
language sql stable set search_path = '' as $$
    select private.why_not_reached(number, scope) is null
$$;

-- The asker's running verification with its nonce, or a new one after expiry or exhaustion, which kills the old.
drop function if exists private.running_or_new(text, text, text, text, uuid, jsonb, timestamptz);
create or replace function private.running_or_new(
    number text, channel text, purpose text, country text, user_id uuid, rules jsonb, at timestamptz, asking_key uuid
) returns public.verifications
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    one public.verifications;
begin
    select v.* into one from public.verifications v
     where v.phone_number = running_or_new.number and v.purpose = running_or_new.purpose and v.status = 'pending'
       and private.belongs_to(v, asking_key)
       for update;
    if one.expires_at > at and one.attempts < (rules ->> 'checks')::int then
        update public.verifications v set channel = running_or_new.channel where v.id = one.id returning v.* into one;
        return one;
    end if;
    update public.verifications v
       set status = case when v.expires_at > at then 'canceled' else 'expired' end where v.id = one.id;
    insert into public.verifications (
        user_id, phone_number, purpose, channel, nonce, expires_at, country, created_at, api_key_id)
    values (running_or_new.user_id, running_or_new.number, running_or_new.purpose, running_or_new.channel,
            replace(concat(gen_random_uuid(), gen_random_uuid()), '-', ''),
            at + make_interval(secs => (rules ->> 'lifetime_s')::double precision), running_or_new.country, at, asking_key)
    returning * into one;
    -- Five tries are a code's, and there is another code now.
    perform private.locked_uses('check', 'asker', private.asker(running_or_new.number, purpose, asking_key));
    update public.verification_counters c set members = '[]', used = 0
     where c.action = 'check' and c.scope = 'asker' and c.window_start = 'epoch'
       and c.subject = private.asker(running_or_new.number, purpose, asking_key);
    return one;
end $$;

-- The row that the worker sends, which holds a placeholder where the code will be; or the call that reads it out. A code
-- that the person asked for in a talk with us is one of their texts; who asked the API says nothing of who has the number.
create or replace function private.queue_code(
    one public.verifications, channel text, through text, content text, our_number text
) returns void
language plpgsql set search_path = '' as $$
declare
    -- A key of an organization has its codes sent from a number of that one: no other team's thread tells of them.
    asker constant uuid := (select k.organization_id from public.api_keys k where k.id = one.api_key_id);
    ours constant text := case when queue_code.channel = 'sms' and asker is not null
        then private.writes_from(jsonb_build_object('organization_id', asker), one.phone_number, null, queue_code.our_number)
        else queue_code.our_number end;
begin
    if through = 'verify' then
        insert into public.verification_sends (verification_id, channel) values (one.id, queue_code.channel);
    elsif queue_code.channel = 'call' then
        perform private.queue_code_call(one, private.code_number(asker, 'twilio', queue_code.our_number));
    else
        perform private.queue_text(
            to_number => one.phone_number, our_number => ours, channel => queue_code.channel,
            content => coalesce(
                queue_code.content, '[code] is your code. Don''t share it.'
                    || case when one.purpose <> 'api' then ' You can also reply with: [words]' else '' end),
            kind => 'verification', verification => one.id,
            person => coalesce(one.user_id, (select l.user_id from public.phone_links l
                                              where l.phone_number = one.phone_number and one.purpose <> 'api')));
    end if;
end $$;

-- start_verification: kind command; key to_number + purpose; called by services/verification/verify_phone
-- Within its lifetime asking again sends the same code again, on whatever channel; what another key asks for is a
-- verification of its own. A number that may not be reached
-- gets the same answer, and nothing is sent; the row says why (`blocked`: why it is not sendable). `spoken`: the language of the code's words. `through`: us, or the carrier's own service (verify).
create function public.start_verification(
    to_number text, channel text, purpose text, ip text default null, country text default null,
    user_id uuid default null, limits jsonb default null, content text default null, our_number text default null,
    sendable boolean default true, through text default 'us', at timestamptz default null,
    blocked text default null, actor jsonb default null, spoken text default null
) returns jsonb
language plpgsql set search_path = '' set timezone = 'UTC' as $$
declare
    rules constant jsonb := private.verification_limits() || coalesce(limits, '{}');
    moment constant timestamptz := coalesce(start_verification.at, now());
    whose constant text := private.person_number(to_number);
    asking_key constant uuid := (start_verification.actor ->> 'key_id')::uuid;
    room jsonb;
    one public.verifications;
    why text;
begin
    -- Anybody's number may be verified, by whoever has a key that is good for it; whose it is stays unsaid.
    if not private.acts_as(start_verification.actor, 'operator', 'integrator') then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    room := private.room_to_send(
        whose, private.asker(whose, purpose, asking_key), channel, ip, country, sendable, rules, moment);
    if room ? 'scope' then
        if room ->> 'scope' in ('global', 'money', 'country') then
            perform private.page_operator(
                concat('breaker:', room ->> 'scope'),
                concat('Verification codes are stopped by a limit: ', room ->> 'scope', '.'), rules, moment);
        end if;
        return jsonb_build_object('result', 'limited') || room;
    end if;
    one := private.running_or_new(whose, channel, purpose, country, user_id, rules, moment, asking_key);
    perform private.count_send(
        whose, private.asker(whose, purpose, asking_key), channel, ip, country, sendable, rules, moment);
    why := case when not sendable then coalesce(start_verification.blocked, 'country')
                else private.why_not_reached(whose, case channel when 'call' then 'calls' else 'texts' end) end;
    if (one.to_number, one.language) is distinct from (start_verification.to_number, coalesce(spoken, one.language)) then
        update public.verifications v set to_number = start_verification.to_number, language = coalesce(spoken, v.language)
         where v.id = one.id returning v.* into one;
    end if;
    if why is null then
        perform private.queue_code(one, channel, through, content, our_number);
    end if;
    update public.verifications v set blocked = why, blocked_at = case when why is not null then moment end
     where v.id = one.id;
    perform private.mirror_verification(one, moment);
    if private.approvals_are_rare(country, rules, moment) then
        perform private.page_operator(
            concat('approvals:', country),
            concat('Few verification codes for ', country, ' come back: somebody may be pumping them.'), rules, moment);
        return jsonb_build_object('result', 'pending', 'id', one.id, 'expires_at', one.expires_at, 'alarm', 'approvals');
    end if;
    return jsonb_build_object('result', 'pending', 'id', one.id, 'expires_at', one.expires_at);
end $$;

-- A number's own row shows how the verification stands that was touched last.
create or replace function private.mirror_verification(one public.verifications, at timestamptz) returns void
language sql set search_path = '' as $$
    update public.phone_links l
       set verification_code = case when one.status = 'pending' then one.nonce end,
           verification_attempts = one.attempts, last_verification_attempt = at,
           verification_expires_at = case when one.status = 'pending' then one.expires_at end
     where l.phone_number = one.phone_number
$$;

-- running_verification: kind read; key number, purpose, actor; called by services/verification/verify_phone
-- Without an actor a process of the release before asks, while it is replaced: it gets the newest of all.
create function public.running_verification(
    number text, purpose text default null, actor jsonb default null
) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select case when private.acts_as(running_verification.actor, 'operator', 'integrator') then coalesce((
        select jsonb_build_object('id', v.id, 'nonce', v.nonce, 'purpose', v.purpose, 'holds', private.code_holds(v))
          from public.verifications v
         where v.phone_number = private.person_number(running_verification.number) and v.status = 'pending' and v.expires_at > now()
           and v.purpose = coalesce(running_verification.purpose, v.purpose)
           and (running_verification.actor is null
                or private.belongs_to(v, (running_verification.actor ->> 'key_id')::uuid))
         order by v.created_at desc limit 1), '{}')
      else jsonb_build_object('result', 'refused', 'code', 'not_allowed') end
$$;

-- recent_verifications: kind read; key number; called by services/verification/look_for_code
-- Those of a day, newest first: whether one runs, and which codes somebody may repeat that are over by now.
create function public.recent_verifications(number text) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object('verifications', coalesce(jsonb_agg(jsonb_build_object(
               'id', v.id, 'nonce', v.nonce, 'purpose', v.purpose, 'holds', private.code_holds(v),
               'running', v.status = 'pending' and v.expires_at > now()) order by v.created_at desc), '[]'))
      from public.verifications v
     where v.phone_number = private.person_number(recent_verifications.number) and v.created_at > now() - interval '1 day'
$$;

-- read_verification: kind read; key verification_id; called by services/verification/verify_phone
create function public.read_verification(verification_id uuid) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce((
        select jsonb_build_object(
                   'id', v.id, 'number', v.phone_number, 'nonce', v.nonce, 'purpose', v.purpose,
                   'running', private.code_holds(v))
          from public.verifications v where v.id = read_verification.verification_id), '{}')
$$;

-- void_verification: kind command; key verification_id; called by services/verification/look_for_code
-- Its code was found where it is no try, and is not a secret any more. Asking for a code brings a new one.
create function public.void_verification(verification_id uuid) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one public.verifications;
begin
    update public.verifications v set status = 'canceled'
     where v.id = void_verification.verification_id and v.status = 'pending'
    returning v.* into one;
    if not found then
        return jsonb_build_object('result', 'unchanged');
    end if;
    perform private.mirror_verification(one, now());
    return jsonb_build_object('result', 'void');
end $$;

-- blocked_verifications: kind read; key since; called by cli verifications blocked, services/doctor/backlog
-- Codes that were asked for since then and not sent, the last one first, and how many of each kind. For the operator of
-- the machine alone: to whoever asks for a code all numbers look alike.
create function public.blocked_verifications(since timestamptz, page_size int default 50) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'verifications', coalesce((
            select jsonb_agg(to_jsonb(b) order by b.blocked_at desc, b.id)
              from (select v.id, v.blocked_at, v.blocked, v.phone_number, v.country, v.channel, v.purpose, k.name as key
                      from public.verifications v left join public.api_keys k on k.id = v.api_key_id
                     where v.blocked is not null and v.blocked_at >= blocked_verifications.since
                     order by v.blocked_at desc, v.id
                     limit greatest(1, least(page_size, 200))) b), '[]'),
        'counts', coalesce((
            select jsonb_agg(jsonb_build_object('blocked', c.blocked, 'country', c.country, 'count', c.count)
                             order by c.count desc, c.blocked, c.country)
              from (select v.blocked, v.country, count(*) as count from public.verifications v
                     where v.blocked is not null and v.blocked_at >= blocked_verifications.since
                     group by v.blocked, v.country) c), '[]'))
$$;

-- sweep_verifications: kind command; key none; called by the worker every hour
-- Tidies up: codes that ran out say so, counters without a recent use go.
create function public.sweep_verifications() returns jsonb
language plpgsql set search_path = '' as $$
declare
    ended int;
    gone int;
begin
    update public.verifications v set status = 'expired' where v.status = 'pending' and v.expires_at <= now();
    get diagnostics ended = row_count;
    delete from public.verification_counters c
     where case when c.window_start = 'epoch'
                -- A lock lasts a day from the last failure, which itself may be a day younger than the first.
                then coalesce((c.members -> -1 ->> 0)::double precision, 0) < extract(epoch from now()) - 172800
                else c.window_start < now() - interval '9 days' end;
    get diagnostics gone = row_count;
    return jsonb_build_object('ended', ended, 'counters', gone);
end $$;

select private.grant_to_service(
    'start_verification', 'running_verification', 'recent_verifications', 'read_verification', 'void_verification',
    'sweep_verifications', 'blocked_verifications');
select private.share_with_service('why_not_reached', 'may_be_reached', 'running_or_new', 'queue_code', 'mirror_verification');
