-- Calls that talk: claimed out of the queue as the rules allow, each with an attempt that is committed before it is dialled.

select private.drop_functions('claim_talks');
drop function if exists private.due_entries(int, timestamptz);

-- The first due entries of the lanes whose turn it is, as many as are wanted, the most urgent of each lane first. Lanes take
-- turns entry by entry, each as far as its own limits go. Entries that somebody is changing are passed over, and so are those
-- that any provider may carry, without `takes_any`.
create or replace function private.due_entries(wanted int, at timestamptz, provider uuid, takes_any boolean) returns setof uuid
language sql volatile set search_path = '' set plan_cache_mode = force_generic_plan as $$
    with recursive lanes as materialized (
        select l.lane, l.turn, private.lane_room(l.lane) as room, coalesce(c.user_id, l.lane) as user_id,
               least(private.user_room(coalesce(c.user_id, l.lane)), private.plan_room(coalesce(c.user_id, l.lane), due_entries.at)) as user_room
          from public.dialling_lanes l left join public.campaigns c on c.id = l.lane
         where l.due_at <= due_entries.at and cardinality(private.lane_reasons(l.lane, due_entries.at)) = 0
         order by l.turn, l.lane limit 64),
    -- One step for each priority that a lane has: entries that are not due yet are never walked through.
    urgency as (
        select l.lane, l.turn, l.room, l.user_id, l.user_room, (
                   select max(q.priority) from public.call_queue q where q.lane = l.lane and q.status = 'queued' and q.checked_at is not null) as priority
          from lanes l
        union all
        select u.lane, u.turn, u.room, u.user_id, u.user_room, (
                   select max(q.priority) from public.call_queue q
                    where q.lane = u.lane and q.status = 'queued' and q.checked_at is not null
                      and q.priority < u.priority)
          from urgency u where u.priority is not null),
    due as materialized (
        select f.id, u.lane, u.turn, u.room, u.user_id, u.user_room, u.priority, f.next_attempt_at
          from urgency u cross join lateral (
            select n.id, n.next_attempt_at from (
                select q.id, q.next_attempt_at from public.call_queue q
                 where q.lane = u.lane and q.status = 'queued' and q.checked_at is not null and q.priority = u.priority
                   and q.next_attempt_at <= due_entries.at
                   and (q.provider_id = due_entries.provider or (q.provider_id is null and due_entries.takes_any))
                 -- A number that the planner sees: of one that it does not, it expects a tenth of the table.
                 order by q.next_attempt_at, q.id limit 100) n
             limit greatest(1, wanted)) f
         where u.priority is not null),
    placed as (
        select d.*, row_number() over (partition by d.lane order by d.priority desc, d.next_attempt_at, d.id) as place from due d),
    -- A user may have several lanes, and one limit over all of them.
    of_user as (
        select p.*, row_number() over (partition by p.user_id order by p.turn + p.place, p.lane) as user_place
          from placed p where p.place <= p.room),
    chosen as materialized (
        select o.id from of_user o where o.user_place <= o.user_room
         order by o.turn + o.place, o.lane limit greatest(1, wanted))
    select l.id from chosen c cross join lateral (
        select q.id from public.call_queue q where q.id = c.id and q.status = 'queued' for update skip locked) l
$$;

-- What cannot be dialled now does not stand in the way: it ends, or moves to when it may.
create or replace function private.put_off(judged jsonb, at timestamptz) returns void
language sql volatile set search_path = '' as $$
    update public.call_queue q
       set status = case when (j.one ->> 'over')::boolean then 'failed' else q.status end,
           last_error = j.one -> 'reasons' ->> 0,
           -- Nobody knows when a call that is under way ends, or a campaign goes on; a number stays red for longer, a team suspended.
           next_attempt_at = case when (j.one ->> 'may_at')::timestamptz > put_off.at then (j.one ->> 'may_at')::timestamptz
               when j.one -> 'reasons' ?| '{team_suspended,numbers_red,no_number}' then put_off.at + interval '2 minutes'
               else put_off.at + interval '20 seconds' end
      from jsonb_array_elements(judged) j (one)
     where q.id = (j.one ->> 'id')::uuid and q.status = 'queued'
$$;

-- Whether nobody is writing entries of a lane: what one transaction cannot see yet, another one may be about to commit. The
-- claim before this one lets go of its lock a moment after its row.
create or replace function private.nobody_writes(lane uuid) returns boolean
language plpgsql set search_path = '' as $$
begin
    for tries in 1 .. 4 loop
        if pg_try_advisory_xact_lock(hashtextextended('lane:' || lane, 0)) then
            return true;
        end if;
        perform pg_sleep(0.002);
    end loop;
    return false;
end $$;

-- When a lane has something to do again. While somebody is writing entries of it, it is looked at again at once.
create or replace function private.look_again(lanes uuid[], at timestamptz) returns void
language plpgsql set search_path = '' as $$
declare
    looked_at uuid;
    due timestamptz;
begin
    for looked_at in select distinct unnest(lanes) order by 1 loop
        due := private.next_due(looked_at);
        if due > look_again.at then
            due := case when private.nobody_writes(looked_at) then private.next_due(looked_at)
                        else look_again.at + interval '250 milliseconds' end;
        end if;
        update public.dialling_lanes l set due_at = due where l.lane = looked_at and l.due_at <> due;
    end loop;
end $$;

create or replace function private.next_due(lane uuid) returns timestamptz
language sql stable set search_path = '' as $$
    select coalesce(min(q.next_attempt_at), 'infinity') from public.call_queue q
     where q.lane = next_due.lane and q.status = 'queued' and q.checked_at is not null
$$;

create or replace function private.claimed_talks(holder uuid) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object('dials', coalesce(jsonb_agg(jsonb_build_object(
               'attempt_id', a.id, 'kind', a.kind, 'to_number', a.to_number, 'from_number', a.from_number,
               'on_voicemail', private.on_voicemail(a), 'detect_machines', private.detects_machines(a),
               'time_limit_s', a.held_minutes * 60, 'account', a.account)
               order by a.created_at, a.id), '[]'))
      from public.call_attempts a where a.token = holder and a.kind = 'talk' and a.state = 'sending'
$$;

-- claim_talks: kind claim; key token, account; called by claim_calls
-- Of one provider. Takes due entries of the queue and makes an attempt of each, `sending`; repeating a token returns the same ones. Every rule
-- holds in here: calling hours, consent, stops, caps of a person, of a campaign, of a user, lines and rate of the account.
-- `limits`: calls_per_second, burst, concurrent (lines; absent: the provider's), hold (after an outage: nothing), require_plan,
-- longest_call_s, daily_usd and call_usd (money.sql), caller_number and caller_country (the account's default). `at` is for tests.
-- `next_in_s`: seconds until the next one may be dialled; null when nothing waits or no line is free.
create function public.claim_talks(
    token uuid, lease_s double precision, batch int default 1, limits jsonb default '{}', account text default 'twilio',
    at timestamptz default null, takes_any boolean default true
) returns jsonb
language plpgsql set search_path = '' set enable_seqscan = off set plan_cache_mode = force_generic_plan set jit = off as $$
#variable_conflict use_variable
declare
    step constant interval := make_interval(secs => 1 / (limits ->> 'calls_per_second')::double precision);
    ahead constant interval := coalesce(step * (greatest(1, coalesce((limits ->> 'burst')::int, 1)) - 1), interval '0');
    moment constant timestamptz := coalesce(claim_talks.at, clock_timestamp());
    provider constant uuid := (select p.id from public.call_service_providers p where p.name = claim_talks.account);
    free_at timestamptz;
    room int;
    spare int;
    taken int;
    done int := 0;
    ids uuid[];
    touched uuid[] := '{}';
    fit uuid[];
    unfit jsonb;
    elsewhere uuid[];
begin
    if exists (select from public.call_attempts a where a.token = claim_talks.token and a.account = claim_talks.account and a.state = 'sending') then
        return private.claimed_talks(token) || '{"result": "claimed", "next_in_s": 0}';
    end if;
    perform private.keep_dial_settings(limits);
    insert into public.dialling_accounts (account) values (claim_talks.account) on conflict do nothing;
    -- SKIP LOCKED stops an entry being claimed twice; only this lock stops two claimers both counting the same room.
    select d.next_dial_at into free_at from public.dialling_accounts d where d.account = claim_talks.account for update;
    perform private.note_caller_number(claim_talks.account, limits ->> 'caller_number', limits ->> 'caller_country');
    update public.call_attempts a set state = 'unknown', error = 'claim_ran_out'
     where a.account = claim_talks.account and a.state = 'sending' and a.lease_until <= moment;
    -- While all numbers of it are red, another account calls, if one may.
    spare := case when private.account_may_call(account) or not private.some_number_may_call()
                  then private.lines_for_dials(account, limits) - private.calls_under_way('account:' || account) else 0 end;
    spare := least(spare, private.hold_money(limits, moment));
    room := least(claim_talks.batch, spare, private.provider_room(account, moment));
    if step is not null then
        room := least(room, 1 + floor(extract(epoch from (moment + ahead - greatest(free_at, moment))) / extract(epoch from step))::int);
    end if;
    if (limits ->> 'hold')::boolean or room <= 0 then
        return jsonb_build_object('result', 'claimed', 'dials', '[]'::jsonb, 'next_in_s', case
            when coalesce((limits ->> 'hold')::boolean, false) or coalesce(spare, 1) <= 0 then null
            else private.next_talk_in(greatest(free_at - ahead, moment), moment) end);
    end if;
    -- A few rounds: entries that may not be dialled are put off in the same claim, and do not use it up.
    for round in 1 .. 8 loop
        exit when done >= room;
        ids := array(select private.due_entries(room - done + case round when 1 then 0 else 40 end, moment, provider, takes_any));
        exit when ids = '{}';
        touched := touched || array(select distinct q.lane from public.call_queue q where q.id = any (ids));
        -- One call to a number at a time, also within one claim.
        select array_agg(j.id) filter (where j.fits),
               jsonb_agg(to_jsonb(j) - '{fits, number}'::text[]) filter (where not j.fits)
          into fit, unfit
          from (select j.*, cardinality(j.reasons) = 0 and row_number() over (
                           partition by j.number, cardinality(j.reasons) = 0 order by j.id) = 1 as fits
                  from private.judge(ids, moment) j) j;
        if unfit is not null then
            perform private.put_off(unfit, moment);
        end if;
        -- Whose numbers are at another provider is dialled by that one.
        elsewhere := array(
            select q.id from public.call_queue q
             where q.id = any (fit) and q.caller_number_id is null and q.from_number_id is null
               and not private.account_serves(account, q.organization_id));
        if elsewhere <> '{}' then
            update public.call_queue q set provider_id = private.provider_that_serves(q.organization_id) where q.id = any (elsewhere);
            fit := array(select f.id from unnest(fit) f (id) where f.id <> all (elsewhere));
        end if;
        taken := private.take_entries(fit[1 : room - done], token, moment + make_interval(secs => lease_s), account, moment);
        done := done + taken;
    end loop;
    perform private.note_probe(account, token, moment + make_interval(secs => lease_s), moment) where done > 0;
    if done > 0 and step is not null then
        update public.dialling_accounts d set next_dial_at = greatest(free_at, moment) + step * done
         where d.account = claim_talks.account;
        free_at := greatest(free_at, moment) + step * done;
    end if;
    perform private.reserve_money(limits, done, moment);
    perform private.look_again(touched, moment);
    return private.claimed_talks(token) || jsonb_build_object(
        'result', 'claimed', 'next_in_s', case when spare - done <= 0 then null
            else private.next_talk_in(case when step is null then moment else greatest(free_at - ahead, moment) end, moment) end);
end $$;

-- Seconds until an entry may be claimed; null when none waits, or when what waits is held back by more than time.
create or replace function private.next_talk_in(free_at timestamptz, at timestamptz) returns double precision
language sql stable set search_path = '' as $$
    select greatest(0, extract(epoch from greatest(free_at, min(greatest(l.due_at, l.next_dial_at))) - next_talk_in.at))
      from (select * from public.dialling_lanes d where d.due_at < 'infinity' order by d.due_at limit 64) l
     where array_remove(private.lane_reasons(l.lane, next_talk_in.at), 'campaign_rate') = '{}'
    having min(l.due_at) is not null
$$;

-- An attempt of each entry. The attempt keeps what it runs under; the entry cannot be edited any more.
create or replace function private.take_entries(
    ids uuid[], token uuid, lease_until timestamptz, account text, at timestamptz
) returns int
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    made int;
begin
    if coalesce(cardinality(ids), 0) = 0 then
        return 0;
    end if;
    with held as materialized (
        select h.* from jsonb_to_recordset(private.reserve_calls(ids, take_entries.at)) h (id uuid, usage_id uuid, minutes int)),
    taken as (
        update public.call_queue q set status = 'in-progress', last_error = null
          from held h where q.id = h.id and q.status = 'queued'
        returning q.*, h.usage_id, h.minutes),
    made as (
        insert into public.call_attempts (
            call_queue_id, kind, attempt_number, to_number, from_number, caller_choice, account, campaign_id, campaign_revision, user_id,
            template_version_id, variables, voice_id, state, token, lease_until, sending_at, deadline, send_attempts,
            usage_id, held_minutes)
        select t.id, 'talk', 1 + coalesce((select max(a.attempt_number) from public.call_attempts a where a.call_queue_id = t.id), 0),
               t.recipient_number,
               n.number, n.choice, take_entries.account, t.campaign_id, (select c.revision from public.campaigns c where c.id = t.campaign_id), t.user_id,
               (select p.published_version_id from public.call_templates p where p.id = coalesce(
                    t.template_id, (select c.template_id from public.campaigns c where c.id = t.campaign_id))),
               t.custom_variables, t.voice_id, 'sending', take_entries.token, take_entries.lease_until, take_entries.at,
               take_entries.at + interval '24 hours', 1, t.usage_id, t.minutes
          from taken t
          left join private.caller_number_for(take_entries.ids, take_entries.account, take_entries.at) n on n.entry_id = t.id
        returning call_queue_id, user_id, campaign_id),
    turns as (
        select coalesce(m.campaign_id, m.user_id) as lane, count(*) as dials from made m group by 1),
    moved as (
        update public.dialling_lanes l
           set turn = l.turn + t.dials,
               next_dial_at = coalesce(greatest(l.next_dial_at, take_entries.at) + make_interval(secs => t.dials / c.calls_per_second), l.next_dial_at)
          from turns t left join public.campaigns c on c.id = t.lane
         where l.lane = t.lane
        returning 1)
    select count(*) into made from made;
    return made;
end $$;

select private.grant_to_service('claim_talks');
select private.share_with_service(
    'due_entries', 'put_off', 'nobody_writes', 'look_again', 'next_due', 'claimed_talks', 'next_talk_in', 'take_entries');
