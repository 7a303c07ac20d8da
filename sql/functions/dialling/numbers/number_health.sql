-- How each of our numbers is answered: counted by the day as calls are settled, never by looking through them. A number
-- whose calls are answered half as often as in the fourteen days before is red.

select private.drop_functions('number_health', 'clear_number');

-- What an attempt says of the number it came from; null: nothing. A number that is none, a call that never rang because of
-- the network, and one of which nobody told anything are in no rate.
create or replace function private.outcome_of_number(one public.call_attempts) returns text
language sql stable set search_path = '' as $$
    select case
        when one.kind <> 'talk' or one.from_number is null or one.sending_at is null or one.state <> 'done'
             or one.error = 'nobody_told' then null
        when one.transport_result = 'completed' then case
            when one.answered_by in ('voicemail', 'screener', 'fax') then 'machine'
            when c.duration < 6 and coalesce(c.end_reason, 'caller_hung_up') in ('caller_hung_up', 'caller_ended') then 'short'
            else 'answered' end
        when c.sip_response_code in (603, 607) then 'declined'
        when c.sip_response_code = 608 then 'blocked'
        when private.is_no_number(one) or c.sip_response_code in (404, 410, 484, 604) then null
        when one.transport_result = 'busy' then 'busy'
        when one.transport_result = 'no-answer' then 'no_answer' end
      from (select 1) always left join public.call_history c on c.call_sid = one.call_sid
$$;

-- Counts what became of an attempt, once; when more is told of it, it moves from one figure to the other.
create or replace function private.count_for_number(attempt_id uuid) returns void
language plpgsql set search_path = '' as $$
declare
    one public.call_attempts;
    counts_as text;
    day date;
begin
    select a.* into one from public.call_attempts a where a.id = count_for_number.attempt_id for update;
    counts_as := private.outcome_of_number(one);
    if one.id is null or counts_as is not distinct from one.counted_as then
        return;
    end if;
    day := (one.sending_at at time zone 'UTC')::date;
    update public.call_attempts a set counted_as = counts_as where a.id = one.id;
    insert into public.number_days as d (number, day, dials, answers, short_answers, busy, declined, blocked)
    select one.from_number, day, sum(w.sign), sum(case when w.word in ('answered', 'short') then w.sign else 0 end),
           sum(case w.word when 'short' then w.sign else 0 end), sum(case w.word when 'busy' then w.sign else 0 end),
           sum(case w.word when 'declined' then w.sign else 0 end), sum(case w.word when 'blocked' then w.sign else 0 end)
      from (values (counts_as, 1), (one.counted_as, -1)) w (word, sign) where w.word is not null
        on conflict on constraint number_days_pkey do update
       set dials = d.dials + excluded.dials, answers = d.answers + excluded.answers,
           short_answers = d.short_answers + excluded.short_answers, busy = d.busy + excluded.busy,
           declined = d.declined + excluded.declined, blocked = d.blocked + excluded.blocked;
    perform private.judge_number(one.from_number, day);
end $$;

-- Whether a day makes a number red, or proves that it is answered again: at least fifty dials, and half of what was usual.
create or replace function private.judge_number(number text, day date) returns void
language plpgsql set search_path = '' as $$
declare
    came public.number_days;
    health public.number_health;
    usual record;
    rate double precision;
begin
    select d.* into came from public.number_days d where d.number = judge_number.number and d.day = judge_number.day;
    select h.* into health from public.number_health h where h.number = judge_number.number;
    if coalesce(came.dials, 0) < 50 or judge_number.day <= coalesce(health.cleared_day, '-infinity') then
        return;
    end if;
    rate := came.answers / came.dials::double precision;
    if health.red_at is not null then
        if judge_number.day > health.red_day and rate > health.usual_rate / 2 then
            update public.number_health h set red_at = null where h.number = judge_number.number;
            perform private.close_incident('number_red', judge_number.number);
        end if;
        return;
    end if;
    select coalesce(sum(d.dials), 0) as dials, coalesce(sum(d.answers), 0) as answers into usual
      from public.number_days d
     where d.number = judge_number.number and d.day >= judge_number.day - 14 and d.day < judge_number.day;
    -- Of a number that hardly called before nobody knows what is usual.
    if usual.dials < 20 or usual.answers = 0 or rate > usual.answers / usual.dials::double precision / 2 then
        return;
    end if;
    insert into public.number_health as h (number, red_at, red_day, red_dials, red_rate, usual_rate)
    values (judge_number.number, clock_timestamp(), judge_number.day, came.dials, rate, usual.answers / usual.dials::double precision)
        on conflict on constraint number_health_pkey do update
       set red_at = excluded.red_at, red_day = excluded.red_day, red_dials = excluded.red_dials, red_rate = excluded.red_rate,
           usual_rate = excluded.usual_rate;
    perform private.open_incident('number_red', judge_number.number, format(
        '%s %% of %s calls of a day were answered; in the fourteen days before it were %s %%.', round(rate * 100), came.dials,
        round(100 * usual.answers / usual.dials::double precision)));
end $$;

-- number_health: kind read; key none; called by services/numbers/health (cli numbers, api, metrics, doctor)
-- Every number of ours that may call or has called in fifteen days, the red ones first: what came of its calls today (UTC)
-- and in the fourteen days before, and whether it is red.
create function public.number_health(at timestamptz default null, actor jsonb default null) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    with moment as (select (coalesce(number_health.at, now()) at time zone 'UTC')::date as today),
    days as materialized (
        select d.*, d.day = m.today as is_today from public.number_days d cross join moment m where d.day >= m.today - 14 and d.day <= m.today),
    ours as (
        select n.full_number as number from public.provider_phone_numbers n
         where n.is_active and exists (select from public.number_connections c where c.number_id = n.id)
        union select d.caller_number from public.dialling_accounts d where d.caller_number is not null
        union select d.number from days d
        union select h.number from public.number_health h where h.red_at is not null),
    figures as (
        select o.number,
               coalesce(sum(d.dials) filter (where d.is_today), 0) as dials, coalesce(sum(d.answers) filter (where d.is_today), 0) as answers,
               coalesce(sum(d.short_answers) filter (where d.is_today), 0) as short_answers,
               coalesce(sum(d.busy) filter (where d.is_today), 0) as busy,
               coalesce(sum(d.declined) filter (where d.is_today), 0) as declined,
               coalesce(sum(d.blocked) filter (where d.is_today), 0) as blocked,
               coalesce(sum(d.dials) filter (where not d.is_today), 0) as dials_before,
               coalesce(sum(d.answers) filter (where not d.is_today), 0) as answers_before
          from ours o left join days d on d.number = o.number group by o.number)
    select case when not private.is_service_wide(number_health.actor)
                then jsonb_build_object('result', 'refused', 'code', 'not_allowed')
                else jsonb_build_object('result', 'found', 'numbers', coalesce((
        select jsonb_agg(jsonb_build_object(
                   'number', f.number, 'state', case when h.red_at is not null then 'red' else 'fine' end,
                   'today', jsonb_build_object('dials', f.dials, 'answers', f.answers, 'short_answers', f.short_answers, 'busy', f.busy,
                                               'declined', f.declined, 'blocked', f.blocked,
                                               'answer_rate', f.answers / nullif(f.dials, 0)::double precision),
                   'before', jsonb_build_object('dials', f.dials_before, 'answers', f.answers_before,
                                                'answer_rate', f.answers_before / nullif(f.dials_before, 0)::double precision),
                   'red_since', h.red_at,
                   'red_dials', case when h.red_at is not null then h.red_dials end,
                   'red_rate', case when h.red_at is not null then h.red_rate end,
                   'usual_rate', case when h.red_at is not null then h.usual_rate end,
                   'cleared_at', h.cleared_at, 'cleared_reason', h.cleared_reason,
                   'people', (select count(*) from public.caller_bindings b where b.number = f.number))
                   order by h.red_at is null, f.number)
          from figures f left join public.number_health h on h.number = f.number), '[]')) end
$$;

-- clear_number: kind command; key number; called by services/numbers/health (cli numbers, api)
-- A red number may be chosen again, for whoever waited for it within two minutes. What it did until today (UTC) does not
-- make it red once more. The reason is kept.
create function public.clear_number(number text, reason text, at timestamptz default null, actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    moment constant timestamptz := coalesce(clear_number.at, clock_timestamp());
begin
    if not private.is_service_wide(clear_number.actor) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    if btrim(coalesce(reason, '')) = '' or length(reason) > 500 then
        return jsonb_build_object('result', 'refused', 'code', 'reason_needed');
    end if;
    update public.number_health h
       set red_at = null, cleared_at = moment, cleared_reason = btrim(clear_number.reason),
           cleared_day = greatest(h.red_day, (moment at time zone 'UTC')::date)
     where h.number = clear_number.number and h.red_at is not null;
    if not found then
        return jsonb_build_object('result', 'refused', 'code', 'not_red');
    end if;
    perform private.close_incident('number_red', clear_number.number, moment);
    return jsonb_build_object('result', 'cleared');
end $$;

select private.grant_to_service('number_health', 'clear_number');
select private.share_with_service('outcome_of_number', 'count_for_number', 'judge_number');
