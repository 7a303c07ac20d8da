-- A campaign looked at: what would be dialled now, and what came of it so far.

select private.drop_functions('preview_campaign', 'campaign_report');

-- Seconds that a call takes, from the newest two hundred that we made; two minutes while there are none.
create or replace function private.talk_takes_s() returns double precision
language sql stable set search_path = '' as $$
    select coalesce(avg(c.duration), 120)::double precision
      from (select h.duration from public.call_history h
             where h.direction = 'outbound' and h.duration > 0 order by h.id desc limit 200) c
$$;

-- preview_campaign: kind read; key id; called by cli campaigns, api
-- What a campaign would do if it ran now, by the very judgement that the claim goes by (reasons.sql): `now`, `later` with
-- the minute (null: nobody knows), `never` with the reason; and how long it takes by its rate and lines, were it alone.
-- Planned anew each time: of a hundred thousand people the judgement goes another way than of twenty.
create function public.preview_campaign(
    id uuid, limits jsonb default '{}', at timestamptz default null, actor jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan
set work_mem = '64MB' as $$
#variable_conflict use_column
declare
    moment constant timestamptz := coalesce(preview_campaign.at, clock_timestamp());
    one public.campaigns;
    told jsonb;
    lines int;
    rate double precision;
    callable int;
begin
    select c.* into one from public.campaigns c where c.id = preview_campaign.id;
    if one.id is null or not private.may_see_campaign(actor, one) then
        return '{"result": "refused", "code": "unknown_campaign"}';
    end if;
    with judged as materialized (
        select j.over, j.reasons[1] as reason,
               case when not j.over and j.may_at > moment then date_trunc('minute', j.may_at + interval '59.999999 s') end as may_at
          from private.judge(array(select q.id from public.call_queue q
                                    where q.campaign_id = one.id and q.status = 'queued'), moment, true) j),
    groups as (
        select case when g.over then 'never' when g.reason is null then 'now' else 'later' end as fate, g.reason, g.may_at,
               count(*) as people
          from judged g group by 1, 2, 3)
    select jsonb_build_object(
               'now', coalesce(sum(g.people) filter (where g.fate = 'now'), 0),
               'later', coalesce(jsonb_agg(jsonb_build_object('reason', g.reason, 'at', g.may_at, 'people', g.people)
                                           order by g.may_at nulls last, g.reason) filter (where g.fate = 'later'), '[]'),
               'never', coalesce(jsonb_agg(jsonb_build_object('reason', g.reason, 'people', g.people)
                                           order by g.people desc, g.reason) filter (where g.fate = 'never'), '[]'),
               'waiting', coalesce(sum(g.people), 0),
               'callable', coalesce(sum(g.people) filter (where g.fate <> 'never'), 0))
      into told from groups g;
    told := private.as_plan_allows(told, one.user_id, moment);
    callable := (told ->> 'callable')::int;
    lines := least(one.concurrent, private.lines_for_all(limits, moment));
    rate := least(one.calls_per_second, (limits ->> 'calls_per_second')::double precision, lines / private.talk_takes_s());
    return told || jsonb_build_object(
        'result', 'previewed', 'at', moment, 'campaign', private.campaign_view(one), 'lines', lines,
        'held_by', private.provider_reasons((select t.provider_id from public.call_templates t where t.id = one.template_id), limits, moment),
        'takes_s', case when callable = 0 then 0 else ceil(callable / rate) end);
end $$;

create or replace function private.counted(names text[]) returns jsonb
language sql immutable set search_path = '' as $$
    select coalesce(jsonb_object_agg(n.name, n.times), '{}')
      from (select u.name, count(*) as times from unnest(names) u (name) where u.name is not null group by u.name) n
$$;

-- campaign_report: kind read; key id; called by cli campaigns, api
-- What came of a campaign, told alike in every state. Three facts of each attempt are counted apart: what the carrier made
-- of it, who answered, whether it reached what it was for. A number that is none is in no rate: `dialled` counts people
-- whom a call reached or could have reached, and the three facts are theirs. Voicemail and screeners are talked with never.
create function public.campaign_report(id uuid, actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
#variable_conflict use_column
declare
    one public.campaigns;
    entries jsonb;
    attempts jsonb;
begin
    select c.* into one from public.campaigns c where c.id = campaign_report.id;
    if one.id is null or not private.may_see_campaign(actor, one) then
        return '{"result": "refused", "code": "unknown_campaign"}';
    end if;
    with entry as materialized (
        select q.status, q.last_error, q.retry_count, q.next_attempt_at from public.call_queue q where q.campaign_id = one.id),
    redials as (select count(*) as people, min(e.next_attempt_at) as next_at from entry e
                 where e.status = 'queued' and e.retry_count > 0)
    select jsonb_build_object(
               'people', count(*), 'by_status', private.counted(array_agg(e.status)),
               'failed_by', private.counted(array_agg(e.last_error) filter (where e.status = 'failed')),
               'redials_to_come', (select to_jsonb(r) from redials r))
      into entries from entry e;
    with attempt as materialized (
        select a.* from public.call_attempts a
         where a.campaign_id = one.id and a.kind = 'talk' and a.error is distinct from 'not_sent'),
    person as (
        select a.call_queue_id, bool_or(a.answered_by = 'human') as talked,
               bool_or(a.goal = 'reached' and a.answered_by not in ('voicemail', 'screener', 'fax')) as reached,
               bool_or(private.is_no_number(a)) and not bool_or(coalesce(a.answered_by = 'human', false)) as no_number,
               bool_and(a.state = 'failed' and coalesce(a.error, '') <> 'failed') as not_dialled
          from attempt a group by a.call_queue_id)
    select jsonb_build_object(
               'attempts', count(*), 'under_way', count(*) filter (where a.state in ('sending', 'sent', 'unknown')),
               'by_transport', private.counted(array_agg(a.transport_result) filter (where not private.is_no_number(a))),
               'by_answered_by', private.counted(array_agg(a.answered_by) filter (where not private.is_no_number(a))),
               'by_goal', private.counted(array_agg(a.goal) filter (where not private.is_no_number(a))),
               'invalid_numbers', (select count(*) from person p where p.no_number),
               'dialled', (select count(*) from person p where not p.no_number and not p.not_dialled),
               'talked_with', (select count(*) from person p where p.talked),
               'reached', (select count(*) from person p where p.reached))
      into attempts from attempt a;
    return entries || attempts || jsonb_build_object('result', 'reported', 'campaign', private.campaign_view(one));
end $$;

select private.grant_to_service('preview_campaign', 'campaign_report');
select private.share_with_service('talk_takes_s', 'counted');
