-- Who may not be called or texted: the one ledger that every send and every dial asks.

select private.drop_functions('is_suppressed', 'list_suppressions', 'suppress', 'lift_suppression');

-- What stands under a number: the number, and what is left of it where its person was erased (erasures.sql).
create or replace function private.known_as(number text) returns text[]
language plpgsql stable set search_path = '' as $$
begin
    return array[number, private.erased_name(number)];
end $$;

-- Asked in the transaction that commits a send or a dial to happen. A scope is `calls` or `texts`; `all` covers both. It
-- is asked in every call and for every text: planning it anew costs more than running it.
create or replace function private.standing_suppressions(whose text, asked text) returns setof public.suppressions
language sql stable set search_path = '' set plan_cache_mode = force_generic_plan as $$
    select s.* from public.suppressions s
     where s.phone_number = any (private.known_as(private.person_number(whose))) and (s.scope in ('all', asked) or asked = 'all')
       and (s.until is null or s.until > now())
$$;

-- Whether a number stands under "no calls", for whoever writes an entry of the queue. Security definer: an end user reads no ledger.
create or replace function private.standing_call_stop(number text) returns boolean
language sql stable security definer set search_path = '' as $$
    select exists (select from private.standing_suppressions(standing_call_stop.number, 'calls'))
$$;

-- Errors of the carrier that say that a number wants none of our texts.
create or replace function private.refuses_us(code text) returns boolean
language sql immutable set search_path = '' as $$
    select coalesce(code in ('21610', '30004'), false)
$$;

-- On record who set or lifted it: of the person who has the number, else of its last digits. No whole number stays in the log.
create or replace function private.audit_number(actor jsonb, action text, whose text, after jsonb) returns void
language sql set search_path = '' as $$
    select private.audit(
        audit_number.actor, audit_number.action, 'suppression',
        coalesce((select p.user_id::text from public.user_profiles p where p.phone_number = whose limit 1), '…' || right(whose, 3)),
        null, audit_number.after)
$$;

-- is_suppressed: kind read; key number, scope; called by services/texts/steps
-- `reasons`, the one to tell first: what a person said, or an operator decided, outranks what the carrier answers, in
-- whichever order they reach us. A text that a STOP crosses is refused before we hear of the STOP.
create function public.is_suppressed(number text, scope text default 'all') returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object(
        'suppressed', count(*) > 0,
        'reasons', coalesce(jsonb_agg(s.reason order by private.refuses_us(s.reason), s.since, s.id), '[]'))
      from private.standing_suppressions(is_suppressed.number, is_suppressed.scope) s
$$;

-- list_suppressions: kind read; key number; called by api
-- What stands against a number, the oldest first. A number that the actor may not reach is refused.
create function public.list_suppressions(
    number text, actor jsonb default null
) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select case when private.may_reach_number(actor, list_suppressions.number)
                then jsonb_build_object('result', 'found', 'standing', coalesce((
                    select jsonb_agg(jsonb_build_object('scope', s.scope, 'reason', s.reason, 'since', s.since)
                                     order by s.since, s.id)
                      from private.standing_suppressions(list_suppressions.number, 'all') s), '[]'))
                else jsonb_build_object('result', 'refused', 'code', 'not_allowed') end
$$;

-- suppress: kind fact; key number, scope, reason, observed_at; called by message_received, record_message_status, effects of an answer, api
-- An operator's decision is the operator's to lift; everything else was over when the person last said START.
create function public.suppress(
    number text, scope text, reason text, source_sid text default null, observed_at timestamptz default null,
    actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    whose text := private.person_number(suppress.number);
    said constant timestamptz := coalesce(suppress.observed_at, now());
    lifted timestamptz;
    known timestamptz;
begin
    if suppress.scope not in ('all', 'calls', 'texts')
       or not (suppress.reason in ('STOP', 'spoken_request', 'operator') or private.refuses_us(suppress.reason)) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_reason');
    end if;
    if not private.may_reach_number(suppress.actor, whose) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    if whose = 'anonymous' then
        -- One caller who withholds their number speaks for none of the others.
        return jsonb_build_object('result', 'refused', 'code', 'withheld');
    end if;
    perform pg_advisory_xact_lock(hashtextextended('suppressions:' || whose, 0));
    if suppress.observed_at is not null and private.was_erased(whose, said) then
        -- Said before the person was erased, and told late: it holds under the name that is no number.
        whose := private.erased_name(whose);
    end if;
    if suppress.reason <> 'operator' then
        select l.observed_at into lifted from public.suppression_lifts l
         where l.phone_number = whose and l.observed_at >= said;
    end if;
    -- Said again while it stands: only a START that is newer than the newest request lifts it.
    select max(s.since) into known from public.suppressions s
     where s.phone_number = whose and s.scope = suppress.scope and s.reason = suppress.reason
       and (s.until is null or lifted is not null);
    if known is not null then
        update public.suppressions s set since = said
         where s.phone_number = whose and s.scope = suppress.scope and s.reason = suppress.reason
           and s.until is null and s.since < said and lifted is null;
        return jsonb_build_object('result', 'known', 'standing', exists (
            select from private.standing_suppressions(whose, suppress.scope)));
    end if;
    insert into public.suppressions (phone_number, scope, reason, source_sid, since, until)
    values (whose, suppress.scope, suppress.reason, suppress.source_sid, said, lifted);
    if suppress.reason = 'operator' and suppress.actor is not null then
        perform private.audit_number(suppress.actor, 'suppression.set', whose, jsonb_build_object('scope', suppress.scope));
    end if;
    return jsonb_build_object(
        'result', case when lifted is null then 'suppressed' else 'lifted' end,
        'standing', exists (select from private.standing_suppressions(whose, suppress.scope)));
end $$;

-- lift_suppression: kind fact; key number, observed_at; called by message_received (START), api (operator)
-- by_operator ends what operators decided; the person's own START ends all else, as it does at the carrier.
create function public.lift_suppression(
    number text, source_sid text default null, observed_at timestamptz default null, by_operator boolean default false,
    actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    whose constant text := private.person_number(lift_suppression.number);
    said constant timestamptz := coalesce(lift_suppression.observed_at, now());
    ended int;
begin
    if not private.may_reach_number(lift_suppression.actor, whose) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    perform pg_advisory_xact_lock(hashtextextended('suppressions:' || whose, 0));
    if not by_operator then
        insert into public.suppression_lifts as l (phone_number, observed_at, source_sid)
        values (whose, said, lift_suppression.source_sid)
        on conflict (phone_number) do update
           set observed_at = excluded.observed_at, source_sid = excluded.source_sid
         where l.observed_at < excluded.observed_at;
    end if;
    update public.suppressions s set until = said
     where s.phone_number = any (private.known_as(whose)) and (s.until is null or s.until > said) and s.since <= said
       and (s.reason = 'operator') = by_operator;
    get diagnostics ended = row_count;
    if by_operator and lift_suppression.actor is not null then
        perform private.audit_number(lift_suppression.actor, 'suppression.lifted', whose, jsonb_build_object('ended', ended));
    end if;
    return jsonb_build_object('result', case when ended > 0 then 'lifted' else 'unchanged' end, 'ended', ended);
end $$;

select private.share_with_service('audit_number', 'known_as', 'standing_suppressions', 'refuses_us');
select private.grant_to_service('is_suppressed', 'list_suppressions', 'suppress', 'lift_suppression');
