-- People who are not called before a date, whatever waits for them.

select private.drop_functions('hold_person', 'list_held');

-- `waiting`: of the entries that the actor may see; those of another team are none of its business.
drop function if exists private.held_view(public.held_people);
create or replace function private.held_view(h public.held_people, actor jsonb) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'number', h.phone_number, 'until', h.until, 'reason', h.reason, 'since', h.created_at,
        'waiting', (select count(*) from public.call_queue q where q.person = h.phone_number and q.status = 'queued'
                      and private.may_see_entry(actor, q)))
$$;

-- On record: of the person who has the number, else of its last digits.
create or replace function private.audit_hold(actor jsonb, whose text, after jsonb) returns void
language sql set search_path = '' as $$
    select private.audit(
        audit_hold.actor, case when after is null then 'person.released' else 'person.held' end, 'person',
        coalesce((select p.user_id::text from public.user_profiles p where p.phone_number = whose limit 1), '…' || right(whose, 3)),
        null, audit_hold.after)
$$;

-- hold_person: kind command; key number; called by api, cli queue
-- Nobody calls a person before a date; null lets them be called again. What waits is shifted, nothing is left out.
create function public.hold_person(
    number text, until timestamptz, reason text default null, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    whose constant text := private.person_number(number);
    held public.held_people;
begin
    if not private.may_reach_number(actor, number) or not private.acts_as(actor, 'operator') then
        return '{"result": "refused", "code": "not_allowed"}';
    elsif until is not null and until <= clock_timestamp() then
        return '{"result": "refused", "code": "over_already", "field": "until"}';
    end if;
    if until is null then
        delete from public.held_people h where h.phone_number = whose returning h.* into held;
        -- They are looked at by the next claim.
        update public.call_queue q set next_attempt_at = greatest(now(), q.not_before, q.scheduled_time)
         where q.person = whose and q.status = 'queued' and q.last_error = 'held';
        if held.phone_number is not null then
            perform private.audit_hold(actor, whose, null);
        end if;
        return jsonb_build_object('result', 'released', 'was_held', held.phone_number is not null);
    end if;
    insert into public.held_people as h (phone_number, until, reason) values (whose, hold_person.until, hold_person.reason)
    on conflict (phone_number) do update set until = excluded.until, reason = excluded.reason
    returning h.* into held;
    -- Who waited for a later date than this one is looked at on this one.
    update public.call_queue q set next_attempt_at = greatest(now(), q.not_before, q.scheduled_time)
     where q.person = whose and q.status = 'queued' and q.last_error = 'held' and q.next_attempt_at > held.until;
    perform private.audit_hold(actor, whose, jsonb_build_object('until', held.until));
    return jsonb_build_object('result', 'held', 'hold', private.held_view(held, actor));
end $$;

-- list_held: kind read; key actor, after; called by cli queue, api
-- A page (access/pages.sql) of those who are held now, the newest first.
create function public.list_held(actor jsonb default null, page_size int default 50, after jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(page_size);
    after_at constant timestamptz := (after ->> 'at')::timestamptz;
    after_name constant text := after ->> 'name';
begin
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(private.held_view(shown.h, actor), jsonb_build_object(
                   'at', (shown.h).created_at, 'name', (shown.h).phone_number))
                   order by (shown.h).created_at desc, (shown.h).phone_number desc), '[]')
          from (select h from public.held_people h
                 where h.until > now() and private.acts_as(actor, 'operator') and private.may_reach_number(actor, h.phone_number)
                   and (after_at is null or (h.created_at, h.phone_number) < (after_at, after_name))
                 order by h.created_at desc, h.phone_number desc
                 limit size + 1) shown), size);
end $$;

select private.grant_to_service('hold_person', 'list_held');
select private.share_with_service('held_view', 'audit_hold');
