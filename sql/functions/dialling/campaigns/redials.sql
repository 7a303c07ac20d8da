-- The rest of a campaign dialled again: those whose last attempt came to a certain outcome, and whom nobody reached. They
-- wait like everybody else; every rule of dialling holds in the claim.

select private.drop_functions('redial_campaign');

-- People of a campaign whose last attempt came to one of the outcomes. `skipped`: why they are not dialled again.
create or replace function private.redial_people(campaign uuid, outcomes text[], at timestamptz)
returns table (id uuid, skipped text)
language sql stable set search_path = '' as $$
    with last_one as (
        select distinct on (a.call_queue_id) a.call_queue_id as entry, private.talk_outcome(a) as came_to
          from public.call_attempts a
         where a.campaign_id = redial_people.campaign and a.kind = 'talk' and a.error is distinct from 'not_sent'
           and a.state in ('done', 'failed')
         order by a.call_queue_id, a.attempt_number desc),
    wanted as materialized (
        select q.id, q.status,
               exists (select from public.call_attempts a
                        where a.call_queue_id = q.id and a.kind = 'talk' and a.error is distinct from 'not_sent'
                          and (a.answered_by = 'human' or a.goal = 'reached'
                               or a.answered_by = 'unknown' and private.somebody_spoke(a.call_sid))) as reached
          from last_one l join public.call_queue q on q.id = l.entry
         where l.came_to = any (redial_people.outcomes) and q.campaign_id = redial_people.campaign)
    select w.id, case when w.status in ('queued', 'in-progress') then 'waiting' when w.status = 'canceled' then 'canceled'
                      when w.reached then 'reached' else (
                          select r.reason from unnest(j.reasons) r (reason)
                           where r.reason in ('window_over', 'own_number', 'suppressed', 'no_consent') limit 1) end
      from wanted w
      left join private.judge(array(select k.id from wanted k where k.status in ('failed', 'completed') and not k.reached),
                              redial_people.at, true) j on j.id = w.id
$$;

-- redial_campaign: kind command; key id + outcomes; called by services/dialling/campaigns
-- Lets the rest of a campaign wait again, and says how many and who is left out. `dry`: only says it. Again at once it finds
-- them waiting. A campaign that was done runs; one on pause stays so.
create function public.redial_campaign(
    id uuid, outcomes jsonb, dry boolean default true, revision bigint default null, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    moment constant timestamptz := clock_timestamp();
    one public.campaigns;
    people uuid[];
    left_out jsonb;
begin
    select c.* into one from public.campaigns c where c.id = redial_campaign.id for update;
    if one.id is null or not private.may_see_campaign(actor, one) then
        return '{"result": "refused", "code": "unknown_campaign"}';
    elsif redial_campaign.revision <> one.revision then
        return jsonb_build_object('result', 'refused', 'code', 'changed_meanwhile', 'campaign', private.campaign_view(one));
    elsif one.state in ('draft', 'canceled') and not dry then
        return jsonb_build_object('result', 'refused', 'code', 'wrong_state', 'field', 'state', 'state', one.state);
    end if;
    select coalesce(array_agg(p.id) filter (where p.skipped is null), '{}'), private.counted(array_agg(p.skipped))
      into people, left_out
      from private.redial_people(one.id, array(select jsonb_array_elements_text(outcomes)), moment) p;
    if not dry and cardinality(people) > 0 then
        update public.call_queue q set status = 'queued', last_error = null, next_attempt_at = moment
         where q.id = any (people) and q.status in ('failed', 'completed');
        update public.campaigns c
           set state = case c.state when 'done' then 'running' else c.state end, revision = c.revision + 1
         where c.id = one.id returning c.* into one;
    end if;
    return jsonb_build_object(
        'result', case when dry then 'previewed' else 'redialled' end, 'people', cardinality(people),
        'skipped', coalesce(left_out, '{}'), 'outcomes', outcomes, 'campaign', private.campaign_view(one));
end $$;

select private.grant_to_service('redial_campaign');
select private.share_with_service('redial_people');
