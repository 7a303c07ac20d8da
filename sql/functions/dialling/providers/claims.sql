-- Which provider dials: the first that is on, well and has a line free, in the order of their priorities.

select private.drop_functions('claim_calls', 'may_tell_of_call');

-- Codes are nobody's in particular: whoever can dial now is given those that wait.
create or replace function private.bring_codes(account text, at timestamptz) returns void
language sql volatile set search_path = '' as $$
    update public.call_attempts a
       set account = bring_codes.account,
           from_number = private.code_number(
               waiting.asker, bring_codes.account,
               (select p.default_number from public.call_service_providers p where p.name = bring_codes.account))
      from (select w.id, (select k.organization_id from public.call_queue q join public.api_keys k on k.id = q.api_key_id
                           where q.id = w.call_queue_id) as asker
              from public.call_attempts w
             where w.state = 'generated' and w.kind = 'code' and w.account <> bring_codes.account
               and w.not_before <= bring_codes.at
             limit 200 for update skip locked) waiting
     where a.id = waiting.id
$$;

-- claim_calls: kind claim; key token; called by services/dialling/dial
-- Takes dials that are due, `codes` or `talks`, and chooses who dials each: the first provider that is on, well and has a line
-- free; a call from a number of one provider waits for that one. A provider at its rate is waited for: it is not full. Where
-- every line is taken, a code does not wait for one: somebody waits for it. Repeating a token returns the same ones. `limits` are those of the account of the settings; the others' stand in their rows.
create function public.claim_calls(
    token uuid, what text, lease_s double precision, batch int default 1, limits jsonb default '{}', at timestamptz default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_variable
declare
    moment constant timestamptz := coalesce(claim_calls.at, clock_timestamp());
    one record;
    own jsonb;
    against text[];
    answer jsonb;
    done int := 0;
    given_away boolean := false;
    full_one record;
    paced boolean;
    wait double precision;
    waits double precision[] := '{}';
begin
    if exists (select from public.call_attempts a where a.token = claim_calls.token and a.state = 'sending') then
        return case what when 'codes' then private.claimed_dials(token) else private.claimed_talks(token) end
            || '{"result": "claimed", "next_in_s": 0}';
    end if;
    if not exists (select from public.call_service_providers p where p.name = 'twilio' and p.kind is not null) then
        insert into public.call_service_providers as p (name, type, kind) values ('twilio', 'voice', 'twilio')
            on conflict (name) do update set kind = 'twilio';
    end if;
    for one in select p.* from private.providers_in_turn() p where p.kind = 'twilio' or what = 'talks' loop
        exit when done >= batch;
        insert into public.dialling_accounts (account) values (one.name) on conflict do nothing;
        -- Nobody else counts this provider's lines, nor tries whether it is well, before this claim is committed.
        perform from public.dialling_accounts d where d.account = one.name for update;
        insert into public.provider_breakers (provider) values (one.name) on conflict do nothing;
        update public.call_attempts a set state = 'unknown', error = 'claim_ran_out'
         where a.account = one.name and a.state = 'sending' and a.lease_until <= moment;
        own := private.limits_of(one.name, one.limits, limits);
        against := private.account_reasons(one.name, own, moment, what = 'codes');
        paced := 'account_rate' = any (against);
        if against && '{account_off,account_broken,account_full}' then
            if full_one is null and one.takes_any and not against && '{account_off,account_broken}' then
                full_one := one;
            end if;
            waits := waits || private.well_in(one.name, moment);
            continue;
        end if;
        if what = 'talks' then
            answer := public.claim_talks(token, lease_s, batch - done, own, one.name, claim_calls.at, one.takes_any and not given_away);
        elsif one.takes_any and not given_away then
            perform private.bring_codes(one.name, moment);
            own := own || jsonb_strip_nulls(jsonb_build_object('concurrent', private.lines_for_dials(one.name, own, true)));
            answer := public.claim_dials(token, lease_s, batch - done, own, one.name, claim_calls.at);
        else
            continue;
        end if;
        wait := (answer ->> 'next_in_s')::double precision;
        -- What is due may be another provider's to dial: nobody looks at it again without a pause.
        if wait < 1 and (given_away or not one.takes_any or (not paced and wait < 0.05 and answer -> 'dials' = '[]')) then
            wait := 1;
        end if;
        waits := waits || wait;
        done := done + jsonb_array_length(answer -> 'dials');
        -- This claim may have taken its last line: what is left is the next one's.
        if one.takes_any and done < batch then
            given_away := given_away or 'account_full' <> all (private.account_reasons(one.name, own, moment, what = 'codes'));
        end if;
    end loop;
    if what = 'codes' and done = 0 and not given_away and full_one is not null then
        perform private.bring_codes(full_one.name, moment);
        own := private.limits_of(full_one.name, full_one.limits, limits) - 'concurrent';
        answer := public.claim_dials(token, lease_s, batch, own, full_one.name, claim_calls.at);
        waits := waits || (answer ->> 'next_in_s')::double precision;
    end if;
    select min(w) into wait from unnest(waits) w;
    return case what when 'codes' then private.claimed_dials(token) else private.claimed_talks(token) end
        || jsonb_build_object('result', 'claimed', 'next_in_s', wait);
end $$;

-- Seconds until a provider may be tried again; null for one that is off or full: nobody knows.
create or replace function private.well_in(account text, at timestamptz) returns double precision
language sql stable set search_path = '' as $$
    select extract(epoch from greatest(b.probe_at, b.probe_until) - well_in.at)
      from public.provider_breakers b
      left join public.call_service_providers p on p.name = b.provider
     where b.provider = account and b.state = 'open' and p.enabled is not false and greatest(b.probe_at, b.probe_until) > well_in.at
$$;

-- --- whose a call is -----------------------------------------------------------------------------------

-- The account that a call belongs to: that of its dial, that which first told of it, else that of the settings.
create or replace function private.account_of_call(call_sid text) returns text
language sql stable set search_path = '' as $$
    select coalesce((select a.account from public.call_attempts a where a.call_sid = account_of_call.call_sid),
                    (select c.account from public.call_accounts c where c.call_sid = account_of_call.call_sid), 'twilio')
$$;

-- may_tell_of_call: kind command; key call_sid; called by services/dialling/whose
-- Whether an account may tell of a call and of a dial of ours: both are its own. A call that nobody has heard of is from now
-- on that account's which tells of it first.
create function public.may_tell_of_call(account text, call_sid text default null, attempt_id uuid default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    dialled constant text := (select a.account from public.call_attempts a
                               where a.id = may_tell_of_call.attempt_id and a.state <> 'generated');
    known text := (select a.account from public.call_attempts a where a.call_sid = may_tell_of_call.call_sid);
begin
    if known is null and may_tell_of_call.call_sid is not null then
        select c.account into known from public.call_accounts c where c.call_sid = may_tell_of_call.call_sid;
    end if;
    if known is null and exists (select from public.call_history h where h.call_sid = may_tell_of_call.call_sid) then
        known := 'twilio';
    end if;
    if coalesce(dialled, account) <> account or coalesce(known, account) <> account then
        return '{"allowed": false}';
    end if;
    if known is null and may_tell_of_call.call_sid is not null and account <> 'twilio' then
        insert into public.call_accounts (call_sid, account) values (may_tell_of_call.call_sid, may_tell_of_call.account)
            on conflict do nothing;
    end if;
    return '{"allowed": true}';
end $$;

select private.grant_to_service('claim_calls', 'may_tell_of_call');
select private.share_with_service('bring_codes', 'well_in', 'account_of_call');
