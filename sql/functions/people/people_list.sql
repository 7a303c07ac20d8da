-- People as operators see them: the list, by names, numbers, how they stand, and when they were heard of.

select private.drop_functions('people_page');

-- people_page: kind read; key actor, after; called by console, api
-- A page (access/pages.sql) of people who have a number, who came last first. `beginning`: of a name or a number. `standing`:
-- stopped or blocked. `number`: a whole one, for whoever may not find numbers by their beginning. `contact_since`,
-- `no_contact_since`: by the last call or text. A page that takes long to fill ends early: the next one goes on where it stopped,
-- also when this one is empty.
create function public.people_page(
    actor jsonb default null, beginning text default null, verified boolean default null, onboarding text default null,
    standing text default null, contact_since timestamptz default null, no_contact_since timestamptz default null,
    page_size int default 50, after jsonb default null, number text default null, budget_ms double precision default 25
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(page_size);
    began_clock constant timestamptz := clock_timestamp();
    -- Whom a page looks at: the newest first, in windows that grow. Null: nobody is left.
    upper bigint := coalesce((after ->> 'id')::bigint, 9223372036854775807);
    lower bigint;
    lap timestamptz;
    wide int := 500;
    more public.user_profiles[];
    page jsonb;
    acting_user constant uuid := private.actor_user(actor);
    acting_organization constant uuid := private.actor_organization(actor);
    led constant uuid[] := array(select private.led_by(acting_user));
    members constant uuid[] := array(select private.members_of(acting_organization));
    -- Whom somebody sees who sees few. Null: many.
    near uuid[];
    -- Alone, so that its index is asked. Null: there are too many, and each is looked at.
    so_called uuid[];
    found_ones public.user_profiles[] := '{}';
    moment constant timestamptz := coalesce(contact_since, no_contact_since);
    digits constant text := case when beginning ~ '^\+?[0-9 ]+$' then '+' || regexp_replace(beginning, '[^0-9]', '', 'g') || '%' end;
    name constant text := case when digits is null then private.beginning_like(beginning) end;
begin
    if not private.acts_as(actor, 'operator') then
        return private.as_page('[]', size);
    end if;
    if acting_user is not null and cardinality(led) = 0 then
        near := array(select acting_user union select t.user_id from public.conversations t where t.assigned_to = acting_user);
    elsif acting_user is null and acting_organization is not null then
        near := array(select c.user_id from public.call_history c where c.organization_id = acting_organization limit 1001)
             || array(select t.user_id from public.conversations t where t.organization_id = acting_organization limit 1001);
        near := case when cardinality(near) <= 1000 then near || members || array(
            select t.user_id from public.conversations t where t.organization_id is null and t.assigned_to = any (members)) end;
    end if;
    so_called := case when people_page.number is not null then array(
                          select p.user_id from public.user_profiles p where p.phone_number = private.person_number(people_page.number))
                      when digits is not null then array(
                          select p.user_id from public.user_profiles p where p.phone_number like digits limit 2001)
                      when beginning is not null then array(select n from private.named_so(beginning) n limit 2001) end;
    so_called := case when cardinality(so_called) <= 2000 then so_called end;
    loop
        lap := clock_timestamp();
        lower := case when coalesce(near, so_called) is null then (
            select w.id from public.user_profiles w where w.id < upper order by w.id desc offset wide - 1 limit 1) end;
        more := array(
                select p from public.user_profiles p
                 where p.phone_number is not null
                   and p.id < upper and (lower is null or p.id >= lower)
                   -- As may_see_person says, of columns.
                   and (acting_user is null or p.user_id = acting_user
                        or (cardinality(led) > 0 and (
                            select true from public.call_history c
                             where c.user_id = p.user_id and (c.organization_id = any (led)) is true limit 1))
                        or (select true from public.conversations t
                             where t.user_id = p.user_id and t.organization_id = any (led) limit 1)
                        or p.user_id in (select t.user_id from public.conversations t where t.assigned_to = acting_user))
                   and (acting_organization is null or p.user_id = any (members)
                        or (select true from public.call_history c
                             where c.user_id = p.user_id and (c.organization_id = acting_organization) is true limit 1)
                        or (select true from public.conversations t
                             where t.user_id = p.user_id and t.organization_id = acting_organization limit 1)
                        or p.user_id in (select t.user_id from public.conversations t
                                          where t.organization_id is null and t.assigned_to = any (members)))
                   and (near is null or p.user_id = any (near))
                   and (so_called is null or p.user_id = any (so_called))
                   and (digits is null or so_called is not null or p.phone_number like digits)
                   and (name is null or so_called is not null
                        or pg_catalog.lower(p.first_name || ' ' || p.last_name) like name or pg_catalog.lower(p.last_name) like name)
                   and (verified is null or p.phone_verified = verified)
                   and (onboarding is null or p.onboarding_status = onboarding)
                   and (standing is distinct from 'stopped' or p.phone_number in (
                        select s.phone_number from public.suppressions s where s.until is null or s.until > now()))
                   and (standing is distinct from 'blocked' or p.phone_number in (
                        select b.number from public.blocked_callers b where b.until is null or b.until > now()))
                   -- As last_contact says, of columns. Of one person after the other, the newest first: a page is soon full.
                   and (moment is null or coalesce(
                            (select true from public.call_history c
                              where c.user_id = p.user_id and coalesce(c.started_at, c.created_at) >= moment
                                and (acting_organization is null or (c.organization_id = acting_organization) is true) limit 1),
                            (select true from public.sms_history m
                              where m.user_id = p.user_id and m.created_at >= moment
                                and private.is_text_of(acting_organization, m.conversation_id) limit 1), false) = (contact_since is not null))
                 order by p.id desc limit size + 1 - cardinality(found_ones));
        found_ones := found_ones || more;
        upper := lower;
        wide := private.next_window(
            wide, clock_timestamp() - lap, budget_ms - 1000 * extract(epoch from clock_timestamp() - began_clock));
        exit when upper is null or cardinality(found_ones) > size
               or clock_timestamp() > began_clock + make_interval(secs => budget_ms / 1000);
    end loop;
    page := private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(private.shown_person(p, s.standing, actor), jsonb_build_object('id', p.id))
                                  order by p.id desc), '[]')
          from unnest(found_ones) p
          join private.standings(array(select distinct f.phone_number from unnest(found_ones) f)) s on s.number = p.phone_number), size);
    if page -> 'next' = 'null' and upper is not null then
        page := page || jsonb_build_object('next', jsonb_build_object('id', upper));
    end if;
    return page;
end $$;

select private.grant_to_service('people_page');
