-- The people of a campaign: each of them is one entry of it, however often a list is imported.

select private.drop_functions('add_people', 'campaign_variables', 'list_campaign_people', 'known_people');

-- add_people: kind fact; key campaign + number; called by services/dialling/campaigns
-- Adds up to a thousand people who were checked: [{number, variables, country, zones}]. A person is called once by a
-- campaign: who is in it already counts as a duplicate. `consent`: {wording, source, given_at}, noted of each person of the
-- list, also when it is imported once more, who never took it back: a list knows nothing of that. imported + duplicates = people.
create function public.add_people(
    id uuid, people jsonb, consent jsonb default null, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    one public.campaigns;
    given constant int := jsonb_array_length(people);
    added text[];
begin
    select c.* into one from public.campaigns c where c.id = add_people.id for update;
    if one.id is null or not private.may_see_campaign(actor, one) then
        return '{"result": "refused", "code": "unknown_campaign"}';
    elsif one.state = 'canceled' then
        return '{"result": "refused", "code": "wrong_state", "state": "canceled"}';
    elsif given > 1000 then
        return '{"result": "refused", "code": "too_many"}';
    end if;
    with made as (
        insert into public.call_queue (
            user_id, api_key_id, campaign_id, recipient_number, custom_variables, purpose, country, number_type, zones,
            checked_at, max_attempts, from_number_id)
        select one.user_id, (actor ->> 'key_id')::uuid, one.id, p.one ->> 'number', coalesce(p.one -> 'variables', '{}'),
               one.purpose, p.one ->> 'country', p.one ->> 'number_type',
               array(select jsonb_array_elements_text(p.one -> 'zones')), now(), one.max_attempts,
               private.own_number(one.from_number_id, one.organization_id)
          from jsonb_array_elements(people) with ordinality p (one, place)
         order by p.place
        on conflict (campaign_id, person) do nothing
        returning person)
    select coalesce(array_agg(m.person), '{}') into added from made m;
    if consent is not null and one.purpose <> 'asked_for' then
        insert into public.consents (phone_number, purpose, state, channel, wording_version, source_sid, given_at)
        select a.number, w.purpose, 'granted', 'operator', consent ->> 'wording', consent ->> 'source',
               coalesce((consent ->> 'given_at')::timestamptz, now())
          from (select distinct private.person_number(p.one ->> 'number') from jsonb_array_elements(people) p (one)) a (number),
               (values (case one.purpose when 'marketing' then 'marketing' else 'calls' end)) w (purpose)
         where not exists (select from public.consents k where k.phone_number = a.number and k.purpose = w.purpose);
    end if;
    -- More people for one that was through with all: it waits for a word of its operator.
    if one.state = 'done' and cardinality(added) > 0 then
        update public.campaigns c set state = 'paused', revision = c.revision + 1 where c.id = one.id;
    end if;
    return jsonb_build_object('result', 'added', 'imported', cardinality(added), 'duplicates', given - cardinality(added));
end $$;

-- known_people: kind read; key id; called by services/dialling/import_people
-- Of numbers that may be added: how many are in the campaign already, and how many of the others asked not to be called.
create function public.known_people(id uuid, numbers jsonb, actor jsonb default null) returns jsonb
language sql stable set search_path = '' as $$
    with given as materialized (
        select private.person_number(n.number) as person from jsonb_array_elements_text(numbers) n (number))
    select coalesce((
        select jsonb_build_object(
                   'result', 'found',
                   'present', (select count(*) from given g where exists (
                       select from public.call_queue q where q.campaign_id = c.id and q.person = g.person)),
                   'suppressed', (select count(*) from given g where exists (
                       select from private.standing_suppressions(g.person, 'calls')) and not exists (
                       select from public.call_queue q where q.campaign_id = c.id and q.person = g.person)))
          from public.campaigns c where c.id = known_people.id and private.may_see_campaign(actor, c)),
        '{"result": "refused", "code": "unknown_campaign"}')
$$;

-- campaign_variables: kind read; key id; called by services/dialling/campaigns
-- The names of the variables of those who wait: those that somebody has, and those that everybody has.
create function public.campaign_variables(id uuid, actor jsonb default null) returns jsonb
language sql stable set search_path = '' as $$
    with people as materialized (
        select q.custom_variables as given from public.call_queue q
         where q.campaign_id = campaign_variables.id and q.status in ('queued', 'in-progress')),
    names as (select k.name, count(*) as people from people p, jsonb_object_keys(p.given) k (name) group by k.name)
    select coalesce((
        select jsonb_build_object(
                   'result', 'found', 'people', (select count(*) from people),
                   'some', coalesce((select jsonb_agg(n.name order by n.name) from names n), '[]'),
                   'every', coalesce((select jsonb_agg(n.name order by n.name) from names n
                                       where n.people = (select count(*) from people)), '[]'))
          from public.campaigns c where c.id = campaign_variables.id and private.may_see_campaign(actor, c)),
        '{"result": "refused", "code": "unknown_campaign"}')
$$;

-- list_campaign_people: kind read; key id, after; called by cli campaigns, api
-- A page (access/pages.sql) of the people of a campaign, by their numbers: how each stands, and what came of the newest dial.
create function public.list_campaign_people(
    id uuid, page_size int default 50, after jsonb default null, actor jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(page_size);
begin
    if not exists (select from public.campaigns c
                    where c.id = list_campaign_people.id and private.may_see_campaign(actor, c)) then
        return '{"result": "refused", "code": "unknown_campaign"}';
    end if;
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(jsonb_build_object(
                   'entry_id', p.id, 'to', p.recipient_number, 'status', p.status, 'attempts_made', p.retry_count,
                   'last_error', p.last_error, 'next_attempt_at', case when p.status = 'queued' then p.next_attempt_at end,
                   'variables', coalesce(p.custom_variables, '{}'), 'began_at', a.sending_at, 'ended_at', a.ended_at,
                   'call_sid', a.call_sid, 'transport', a.transport_result, 'answered_by', a.answered_by, 'goal', a.goal,
                   'goal_evidence', a.goal_evidence), jsonb_build_object('person', p.person)) order by p.person), '[]')
          from (select q.* from public.call_queue q
                 where q.campaign_id = list_campaign_people.id and (after is null or q.person > after ->> 'person')
                 order by q.person limit size + 1) p
          left join lateral (
              select d.* from public.call_attempts d
               where d.call_queue_id = p.id and d.kind = 'talk' order by d.attempt_number desc limit 1) a on true), size);
end $$;

select private.grant_to_service('add_people', 'campaign_variables', 'list_campaign_people', 'known_people');
