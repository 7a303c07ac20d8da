-- Campaigns: calls to many people under common rules. What is edited holds from the next claim on, because the claim reads
-- the campaign's row; whom it called it never calls again, because a person is one entry of it.

select private.drop_functions('make_campaign', 'change_campaign', 'show_campaign', 'list_campaigns', 'end_campaigns');

create or replace function private.may_see_campaign(actor jsonb, c public.campaigns) returns boolean
language sql stable set search_path = '' as $$
    select private.is_service_wide(actor) or private.may_see_row(actor, c.user_id, c.organization_id)
$$;

create or replace function private.campaign_view(c public.campaigns) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'id', c.id, 'name', c.name, 'state', c.state, 'purpose', c.purpose, 'revision', c.revision,
        'template', (select t.name from public.call_templates t where t.id = c.template_id), 'time_window', c.time_window,
        'caller_number', (select n.full_number from public.provider_phone_numbers n where n.id = c.from_number_id),
        'concurrent', c.concurrent, 'calls_per_second', c.calls_per_second, 'redial', c.redial,
        'max_attempts', c.max_attempts, 'created_at', c.created_at, 'updated_at', c.updated_at)
$$;

-- Why a week cannot be one of calling hours; null: it can.
create or replace function private.week_problem(week jsonb) returns text
language plpgsql immutable set search_path = '' as $$
declare
    day text;
    span jsonb;
begin
    if jsonb_typeof(week) <> 'object' or week = '{}' then
        return 'expected {"mon": [["08:00", "21:00"]], …}';
    end if;
    for day in select jsonb_object_keys(week) loop
        if day <> all (array['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']) then
            return 'days are mon, tue, wed, thu, fri, sat, sun';
        elsif jsonb_typeof(week -> day) <> 'array' or jsonb_array_length(week -> day) > 10 then
            return format('%s: expected up to ten spans, as [["08:00", "21:00"]]', day);
        end if;
        for span in select jsonb_array_elements(week -> day) loop
            if jsonb_typeof(span) <> 'array' or jsonb_array_length(span) <> 2
               or not coalesce(span ->> 0 ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$', false)
               or not coalesce(span ->> 1 ~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$', false) then
                return format('%s: a span is ["08:00", "21:00"], at most until 24:00', day);
            elsif span ->> 0 >= span ->> 1 then
                return format('%s: a span ends after it begins; one across midnight is two spans', day);
            end if;
        end loop;
    end loop;
    return null;
end $$;

-- Which template is meant, for a campaign: null when there is none of that name, or it was never published.
create or replace function private.campaign_template(actor jsonb, template text, out template_id uuid, out code text)
language sql stable set search_path = '' as $$
    select t.id, case when t.id is null then 'unknown_template'
                      when t.published_version_id is null then 'unpublished_template' end
      from (select 1) always left join lateral (
          select * from private.template_named(campaign_template.actor, campaign_template.template) limit 1) t on true
$$;

drop function if exists private.number_of_ours(text);
-- A number of ours that calls of an organization may come from; null: it is none, or another one's.
create or replace function private.number_of_ours(number text, organization uuid) returns uuid
language sql stable set search_path = '' as $$
    select n.id from public.provider_phone_numbers n
     where n.full_number = number and n.is_active and private.number_serves(n.organization_id, number_of_ours.organization) limit 1
$$;

-- For whom an actor makes something that calls from a number: for whom it works, and whoever runs the service for whose the number is.
create or replace function private.organization_calling(actor jsonb, number text) returns uuid
language sql stable set search_path = '' as $$
    select case when private.is_service_wide(actor) then private.organization_of_number(number)
                else coalesce(private.actor_organization(actor), private.works_for(private.actor_user(actor))) end
$$;

-- make_campaign: kind command; key none; called by services/dialling/campaigns
-- Makes a draft. Whoever acts for nobody acts for the house.
create function public.make_campaign(
    name text, purpose text default 'service', template text default null, time_window jsonb default null,
    concurrent int default null, calls_per_second double precision default null, redial jsonb default null,
    max_attempts int default null, actor jsonb default null, caller_number text default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_variable
declare
    chosen record;
    made public.campaigns;
    from_number constant uuid := private.number_of_ours(caller_number, private.organization_calling(actor, caller_number));
begin
    if not private.acts_as(actor, 'operator') or private.actor_organization(actor) is not null
       and private.actor_user(actor) is null then
        return '{"result": "refused", "code": "not_allowed"}';
    elsif private.week_problem(time_window) is not null then
        return jsonb_build_object('result', 'refused', 'code', 'invalid', 'message',
                                  'time_window: ' || private.week_problem(time_window));
    elsif caller_number is not null and from_number is null then
        return '{"result": "refused", "field": "caller_number", "code": "unknown_caller_number"}';
    end if;
    if template is not null then
        select * into chosen from private.campaign_template(actor, template);
        if chosen.code is not null then
            return jsonb_build_object('result', 'refused', 'field', 'template', 'code', chosen.code);
        end if;
    else
        select null::uuid as template_id into chosen;
    end if;
    insert into public.campaigns (
        user_id, organization_id, api_key_id, name, purpose, template_id, time_window, concurrent, calls_per_second, redial, max_attempts,
        from_number_id)
    values (coalesce(private.actor_user(actor), private.house_account()), private.actor_organization(actor),
            (actor ->> 'key_id')::uuid, name, purpose, chosen.template_id, time_window, concurrent, calls_per_second, redial, coalesce(max_attempts, 3),
            from_number)
    returning * into made;
    return jsonb_build_object('result', 'made', 'campaign', private.campaign_view(made));
end $$;

-- Where a campaign may go from where it stands.
create or replace function private.campaign_may_become(state text, wanted text) returns boolean
language sql immutable set search_path = '' as $$
    select wanted = state or wanted = any (case state
        when 'draft' then array['running', 'canceled'] when 'running' then array['paused', 'canceled']
        when 'paused' then array['running', 'canceled'] else '{}' end)
$$;

-- change_campaign: kind command; key id + revision; called by services/dialling/campaigns
-- Changes what `changes` names, the state among it: name, template, time_window, concurrent, calls_per_second, redial,
-- max_attempts, caller_number, state. `revision`: which one was looked at; another one is refused with how it stands. The same changes
-- again change nothing.
create function public.change_campaign(
    id uuid, changes jsonb, revision bigint default null, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    one public.campaigns;
    edited public.campaigns;
    chosen record;
begin
    select c.* into one from public.campaigns c where c.id = change_campaign.id for update;
    if one.id is null or not private.may_see_campaign(actor, one) then
        return '{"result": "refused", "code": "unknown_campaign"}';
    elsif change_campaign.revision <> one.revision then
        return jsonb_build_object('result', 'refused', 'code', 'changed_meanwhile', 'campaign', private.campaign_view(one));
    elsif not private.campaign_may_become(one.state, coalesce(changes ->> 'state', one.state))
          or one.state in ('canceled', 'done') and changes - 'state' <> '{}' then
        return jsonb_build_object('result', 'refused', 'code', 'wrong_state', 'field', 'state', 'state', one.state);
    elsif private.week_problem(nullif(changes -> 'time_window', 'null')) is not null then
        return jsonb_build_object('result', 'refused', 'code', 'invalid', 'message',
                                  'time_window: ' || private.week_problem(changes -> 'time_window'));
    elsif changes ->> 'caller_number' is not null and private.number_of_ours(changes ->> 'caller_number', one.organization_id) is null then
        return '{"result": "refused", "field": "caller_number", "code": "unknown_caller_number"}';
    elsif changes ->> 'state' = 'running' and one.state = 'draft'
          and not exists (select from public.call_queue q where q.campaign_id = one.id) then
        return '{"result": "refused", "code": "nobody", "field": "state"}';
    end if;
    edited := one;
    if changes ->> 'template' is not null then
        select * into chosen from private.campaign_template(actor, changes ->> 'template');
        if chosen.code is not null then
            return jsonb_build_object('result', 'refused', 'field', 'template', 'code', chosen.code);
        end if;
        edited.template_id := chosen.template_id;
    elsif changes ? 'template' then
        edited.template_id := null;
    end if;
    edited := jsonb_populate_record(edited, (
        select coalesce(jsonb_object_agg(k.name, k.value), '{}') from jsonb_each(changes) k (name, value)
         where k.name in ('name', 'state', 'concurrent', 'calls_per_second', 'max_attempts')));
    if changes ? 'time_window' then
        edited.time_window := nullif(changes -> 'time_window', 'null');
    end if;
    if changes ? 'redial' then
        edited.redial := nullif(changes -> 'redial', 'null');
    end if;
    if changes ? 'caller_number' then
        edited.from_number_id := private.number_of_ours(changes ->> 'caller_number', one.organization_id);
    end if;
    if edited is distinct from one then
        update public.campaigns c
           set name = edited.name, state = edited.state, template_id = edited.template_id, time_window = edited.time_window,
               concurrent = edited.concurrent, calls_per_second = edited.calls_per_second, redial = edited.redial,
               max_attempts = edited.max_attempts, from_number_id = edited.from_number_id, revision = one.revision + 1
         where c.id = one.id returning c.* into one;
    end if;
    if changes ? 'caller_number' then
        update public.call_queue q set from_number_id = one.from_number_id
         where q.campaign_id = one.id and q.status = 'queued' and q.from_number_id is distinct from one.from_number_id;
    end if;
    if changes ? 'time_window' then
        update public.campaigns c set hours_changed_at = clock_timestamp() where c.id = one.id;
        perform private.wake_parked(one.id, 2000);
    end if;
    if one.state = 'canceled' then
        perform private.cancel_waiting(one.id, 2000);
    end if;
    return jsonb_build_object('result', 'changed', 'campaign', private.campaign_view(one));
end $$;

-- Who waits for hours that do not hold any more is looked at by the next claim; of very many the rest follows.
create or replace function private.wake_parked(campaign uuid, batch int) returns int
language plpgsql set search_path = '' as $$
declare
    woken int;
begin
    update public.call_queue q set next_attempt_at = now()
     where q.id in (select w.id from public.call_queue w join public.campaigns c on c.id = w.campaign_id
                     where w.campaign_id = campaign and w.status = 'queued' and w.last_error = 'outside_hours'
                       and w.next_attempt_at > now() and w.updated_at < c.hours_changed_at
                     limit batch for update of w skip locked);
    get diagnostics woken = row_count;
    if woken < batch then
        update public.campaigns c set hours_changed_at = null where c.id = campaign;
    end if;
    return woken;
end $$;

create or replace function private.cancel_waiting(campaign uuid, batch int) returns int
language plpgsql set search_path = '' as $$
declare
    ended int;
begin
    update public.call_queue q set status = 'canceled', last_error = null
     where q.id in (select w.id from public.call_queue w where w.campaign_id = campaign and w.status = 'queued'
                     limit batch for update skip locked);
    get diagnostics ended = row_count;
    return ended;
end $$;

-- show_campaign: kind read; key id; called by cli campaigns, api
create function public.show_campaign(id uuid, actor jsonb default null) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce((
        select jsonb_build_object('result', 'found', 'campaign', private.campaign_view(c))
          from public.campaigns c where c.id = show_campaign.id and private.may_see_campaign(actor, c)),
        '{"result": "refused", "code": "unknown_campaign"}')
$$;

-- list_campaigns: kind read; key actor, after; called by cli campaigns, api
-- A page (access/pages.sql), the newest first.
create function public.list_campaigns(
    actor jsonb default null, state text default null, page_size int default 50, after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(page_size);
    after_at constant timestamptz := (after ->> 'at')::timestamptz;
    after_id constant uuid := (after ->> 'id')::uuid;
begin
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(private.campaign_view(shown.c), jsonb_build_object(
                   'at', (shown.c).created_at, 'id', (shown.c).id)) order by (shown.c).created_at desc, (shown.c).id desc), '[]')
          from (select c from public.campaigns c
                 where private.may_see_campaign(actor, c)
                   and (list_campaigns.state is null or c.state = list_campaigns.state)
                   and (after_at is null or (c.created_at, c.id) < (after_at, after_id))
                 order by c.created_at desc, c.id desc
                 limit size + 1) shown), size);
end $$;

-- end_campaigns: kind command; key none; called by services/dialling/check
-- A campaign is done when nobody waits any more and no call of it is under way; who waits for one that was canceled is
-- canceled too. What an edit left to do of very many is done.
create function public.end_campaigns(batch int default 5000) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one uuid;
    ended int := 0;
begin
    for one in select c.id from public.campaigns c
                where c.state = 'running' and not exists (
                      select from public.call_queue q where q.campaign_id = c.id and q.status in ('queued', 'in-progress'))
                order by c.id for update skip locked loop
        -- Looked at again behind the lock: people may have been added before it was ours.
        update public.campaigns c set state = 'done'
         where c.id = one and not exists (
               select from public.call_queue q where q.campaign_id = one and q.status in ('queued', 'in-progress'));
        ended := ended + 1;
    end loop;
    for one in select c.id from public.campaigns c
                where c.state = 'canceled' and exists (
                      select from public.call_queue q where q.campaign_id = c.id and q.status = 'queued') loop
        ended := ended + private.cancel_waiting(one, batch);
    end loop;
    for one in select c.id from public.campaigns c where c.hours_changed_at is not null for update skip locked loop
        ended := ended + private.wake_parked(one, batch);
    end loop;
    return jsonb_build_object('ended', ended);
end $$;

select private.grant_to_service('make_campaign', 'change_campaign', 'show_campaign', 'list_campaigns', 'end_campaigns');
select private.share_with_service(
    'may_see_campaign', 'campaign_view', 'week_problem', 'campaign_template', 'campaign_may_become', 'wake_parked',
    'cancel_waiting', 'number_of_ours', 'organization_calling');
