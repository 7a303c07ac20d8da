-- Whose calls and texts are: a number of ours belongs to an organization, and what comes over it belongs there, too.

alter table public.provider_phone_numbers
    add column organization_id uuid references public.organizations (id) on delete set null;
alter table public.conversations add column organization_id uuid references public.organizations (id) on delete set null;
alter table public.campaigns add column organization_id uuid references public.organizations (id) on delete set null;
alter table public.call_series add column organization_id uuid references public.organizations (id) on delete set null;
alter table public.call_queue add column organization_id uuid references public.organizations (id) on delete set null;
comment on column public.provider_phone_numbers.organization_id is
    'Whose calls and texts come over it from now on. Null: the only organization''s; of several, nobody''s but the service''s.';
comment on column public.conversations.organization_id is 'Whose our number was when the thread was made.';
comment on column public.campaigns.organization_id is 'For whom it was made.';
comment on column public.call_series.organization_id is 'That of its first entry.';
comment on column public.call_queue.organization_id is 'For whom the call is: of the campaign, of whoever added it, or of the number.';

-- --- the rule -------------------------------------------------------------------------------------

-- A house with one team needs to assign nothing.
create function private.sole_organization() returns uuid
language sql stable set search_path = '' as $$
    select case when count(*) = 1 then min(o.id::text)::uuid end
      from (select f.id from public.organizations f where f.deleted_at is null limit 2) o
$$;

create function private.organization_of_number(number text) returns uuid
language sql stable set search_path = '' as $$
    select coalesce(
        (select n.organization_id from public.provider_phone_numbers n
          where n.full_number = private.bare_number(number) order by n.is_active desc, n.organization_id limit 1),
        private.sole_organization())
$$;

-- Whom a person works for now: the chosen organization, else the one joined first.
create function private.works_for(person uuid) returns uuid
language sql stable set search_path = '' as $$
    select m.organization_id
      from public.organization_members m
      join public.organizations o on o.id = m.organization_id
      left join public.user_profiles p on p.user_id = m.user_id
     where m.user_id = works_for.person and m.status = 'active' and coalesce(o.is_active, true) and o.deleted_at is null
     order by (m.organization_id = p.current_organization_id) desc nulls last, m.joined_at, m.id limit 1
$$;

-- For whom something is made: whose key it was, whom its maker works for, whose number it calls from.
create function private.organization_of_maker(api_key uuid, maker uuid, from_number uuid) returns uuid
language sql stable set search_path = '' as $$
    select coalesce(
        (select k.organization_id from public.api_keys k where k.id = api_key),
        private.works_for(maker),
        (select n.organization_id from public.provider_phone_numbers n where n.id = from_number),
        private.sole_organization())
$$;

-- Where a call-back was asked for: in a call, or in a thread.
create function private.organization_asked_in(sid text) returns uuid
language sql stable set search_path = '' as $$
    select coalesce(
        (select c.organization_id from public.call_history c where c.call_sid = sid),
        (select t.organization_id from public.sms_history m join public.conversations t on t.id = m.conversation_id
          where m.message_sid = sid limit 1))
$$;

create function private.organization_of_entry(q public.call_queue) returns uuid
language sql stable set search_path = '' as $$
    select coalesce(
        (select g.organization_id from public.campaigns g where g.id = q.campaign_id),
        (select s.organization_id from public.call_series s where s.id = q.series_id),
        case when q.asked_in is not null then private.organization_asked_in(q.asked_in) end,
        private.organization_of_maker(q.api_key_id, q.user_id, q.from_number_id))
$$;

-- A call that was dialled is its entry's, any other one is the number's.
create function private.organization_of_call(c public.call_history) returns uuid
language sql stable set search_path = '' as $$
    select coalesce(
        case when c.direction = 'outbound' then (
            select q.organization_id from public.call_queue q
             where q.id = coalesce(c.call_queue_id, (select a.call_queue_id from public.call_attempts a where a.call_sid = c.call_sid))) end,
        c.organization_id,
        private.organization_of_number(case when c.direction = 'outbound' then c.from_number else c.to_number end))
$$;
revoke execute on function
    private.sole_organization(), private.organization_of_number(text), private.works_for(uuid),
    private.organization_of_maker(uuid, uuid, uuid), private.organization_asked_in(text),
    private.organization_of_entry(public.call_queue), private.organization_of_call(public.call_history) from public;
select private.share_with_service(
    'sole_organization', 'organization_of_number', 'works_for', 'organization_of_maker', 'organization_asked_in',
    'organization_of_entry', 'organization_of_call');

-- --- rows know it as they are made ----------------------------------------------------------------

-- Whatever makes a row, an older process among it. Whoever makes one for an organization says so, and is not asked. They run as
-- their owner, because an end user who adds an entry sees no number and no key.
create function private.place_thread() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    new.organization_id := private.organization_of_number(new.our_number);
    return new;
end $$;
create function private.place_with_maker() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    new.organization_id := private.organization_of_maker(new.api_key_id, new.user_id, new.from_number_id);
    return new;
end $$;
create function private.place_entry() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    new.organization_id := private.organization_of_entry(new);
    return new;
end $$;
create function private.place_call() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    new.organization_id := private.organization_of_call(new);
    return new;
end $$;
comment on function private.place_thread is 'Trigger: a thread belongs to the organization of our number.';
comment on function private.place_with_maker is 'Trigger: a campaign or a series belongs to the organization of whoever made it.';
comment on function private.place_entry is 'Trigger: an entry of the queue belongs to an organization.';
comment on function private.place_call is 'Trigger: a call belongs to an organization, as soon as it is known which number it was on.';
revoke execute on function
    private.place_thread(), private.place_with_maker(), private.place_entry(), private.place_call() from public;

create trigger place_thread before insert on public.conversations
    for each row when (new.organization_id is null) execute function private.place_thread();
create trigger place_with_maker before insert on public.campaigns
    for each row when (new.organization_id is null) execute function private.place_with_maker();
create trigger place_with_maker before insert on public.call_series
    for each row when (new.organization_id is null) execute function private.place_with_maker();
-- After `allow_own_columns_on_insert`, which looks at what an end user wrote.
create trigger place_entry before insert on public.call_queue
    for each row when (new.organization_id is null) execute function private.place_entry();
create trigger place_call before insert on public.call_history
    for each row when (new.organization_id is null and new.direction is not null) execute function private.place_call();
-- A report of the carrier may have made the row, and what was dialled is known when the call begins.
create trigger place_known_call before update of direction, call_queue_id on public.call_history
    for each row when (
        (new.organization_id is null and old.direction is null and new.direction is not null)
        or (new.call_queue_id is not null and old.call_queue_id is null))
    execute function private.place_call();

-- --- what is there already ------------------------------------------------------------------------

-- A backfill is no news of a row, so updated_at stays; and search learns of all calls at once.
alter table public.campaigns disable trigger user;
alter table public.call_series disable trigger user;
alter table public.call_queue disable trigger user;
alter table public.call_history disable trigger user;
alter table public.conversations disable trigger user;
alter table public.inbox_items disable trigger user;
alter table public.summaries disable trigger user;
update public.campaigns g set organization_id = f.organization
  from (select c.id, private.organization_of_maker(c.api_key_id, c.user_id, c.from_number_id) as organization from public.campaigns c) f
 where f.id = g.id and f.organization is not null;
update public.call_series s set organization_id = f.organization
  from (select c.id, private.organization_of_maker(c.api_key_id, c.user_id, c.from_number_id) as organization from public.call_series c) f
 where f.id = s.id and f.organization is not null;
-- No number is assigned yet, so what came over one is the only organization's, or nobody's.
update public.conversations c set organization_id = o.only
  from (select private.sole_organization() as only) o where o.only is not null;
with of_entry as (
    select q.id, q.campaign_id, q.series_id, q.asked_in, coalesce(k.organization_id, w.organization, o.only) as organization
      from (select private.sole_organization() as only) o cross join public.call_queue q
      left join public.api_keys k on k.id = q.api_key_id
      left join (select u.user_id, private.works_for(u.user_id) as organization
                   from (select distinct m.user_id from public.organization_members m) u) w on w.user_id = q.user_id)
update public.call_queue q set organization_id = f.organization
  from (select e.id, coalesce(g.organization_id, s.organization_id, case when e.asked_in is not null
                                  then private.organization_asked_in(e.asked_in) end, e.organization) as organization
          from of_entry e
          left join public.campaigns g on g.id = e.campaign_id
          left join public.call_series s on s.id = e.series_id) f
 where f.id = q.id and f.organization is not null;
create temporary table placed_calls on commit drop as
select f.id, f.organization
  from (select c.id, coalesce(q.organization_id, o.only) as organization
          from (select private.sole_organization() as only) o cross join public.call_history c
          left join public.call_queue q on q.id = c.call_queue_id and c.direction = 'outbound'
         where c.organization_id is null and c.direction is not null) f
 where f.organization is not null;
update public.call_history c set organization_id = f.organization from placed_calls f where f.id = c.id;
update public.call_search s set facets = s.facets || ('o:' || f.organization) from placed_calls f where f.id = s.call_id;
update public.summaries s set organization_id = f.organization from placed_calls f where f.id = s.session_id;
update public.inbox_items i set organization_id = f.organization
  from (select c.id, c.organization_id as organization from public.conversations c
        union all select q.id, q.organization_id from public.call_queue q where q.asked_in is not null
        union all select c.public_id, c.organization_id from public.call_history c join placed_calls p on p.id = c.id) f
 where f.id = i.id and i.organization_id is null and f.organization is not null;
alter table public.campaigns enable trigger user;
alter table public.call_series enable trigger user;
alter table public.call_queue enable trigger user;
alter table public.call_history enable trigger user;
alter table public.conversations enable trigger user;
alter table public.inbox_items enable trigger user;
alter table public.summaries enable trigger user;

create index provider_phone_numbers_organization_id_idx on public.provider_phone_numbers (organization_id);
create index conversations_organization_id_idx on public.conversations
    (organization_id, (coalesce(last_message_at, created_at)) desc, id) where organization_id is not null;
create index campaigns_organization_id_idx on public.campaigns (organization_id, created_at desc, id) where organization_id is not null;
create index call_series_organization_id_idx on public.call_series (organization_id) where organization_id is not null;
create index call_queue_organization_id_idx on public.call_queue (organization_id, status, next_attempt_at)
    where organization_id is not null;
create index call_queue_organization_created_idx on public.call_queue (organization_id, created_at, id)
    where organization_id is not null;

-- --- the inbox follows ----------------------------------------------------------------------------

create or replace function private.follow_thread() returns trigger
language plpgsql set search_path = '' as $$
declare
    wrote boolean := new.last_inbound_at is not null;
    waits timestamptz;
begin
    if tg_op = 'UPDATE' then
        wrote := new.last_inbound_at is distinct from old.last_inbound_at;
    end if;
    if wrote and new.ai_mode = 'OFF'
       and not exists (select from private.standing_suppressions(new.customer_identifier, 'texts'))
       and not exists (select from public.blocked_callers b
                        where b.number = new.person_number and (b.until is null or b.until > now())) then
        waits := new.last_inbound_at;
    end if;
    insert into public.inbox_items as i (
        id, kind, conversation_id, user_id, organization_id, phone_number, unread, assigned_to, last_at, waiting_since)
    values (new.id, 'thread', new.id, new.user_id, new.organization_id, new.person_number, new.unread_count,
            new.assigned_to, coalesce(new.last_message_at, new.created_at), waits)
    on conflict (id) do update
       set user_id = excluded.user_id, organization_id = excluded.organization_id, phone_number = excluded.phone_number,
           unread = excluded.unread, assigned_to = excluded.assigned_to, last_at = excluded.last_at,
           waiting_since = coalesce(i.waiting_since, excluded.waiting_since),
           state = case when wrote then 'open' else i.state end,
           resolved_at = case when wrote then null else i.resolved_at end,
           snoozed_until = case when wrote then null else i.snoozed_until end;
    return null;
end $$;
create or replace function private.note_callback(q public.call_queue) returns void
language sql set search_path = '' as $$
    insert into public.inbox_items as i (
        id, kind, call_queue_id, user_id, organization_id, phone_number, reason, last_at, state, resolved_at)
    select q.id, 'call_back', q.id, (select l.user_id from public.phone_links l where l.phone_number = q.person),
           q.organization_id, q.person, 'call_back',
           q.created_at, case when q.status in ('queued', 'in-progress') then 'open' else 'resolved' end,
           case when q.status not in ('queued', 'in-progress') then now() end
    on conflict (id) do update
       set state = excluded.state, phone_number = excluded.phone_number,
           resolved_at = case when excluded.state = 'resolved' then coalesce(i.resolved_at, now()) end
     where i.state <> excluded.state
$$;
