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

-- In batches, while calls go on. It is no news of a row, so updated_at stays; and search learns of a call with it. Whatever was made
-- since the triggers are there has its place.
create or replace function private.touch_updated_at() returns trigger
language plpgsql set search_path = '' as $$
begin
    if coalesce(current_setting('voicebot.quiet', true), '') <> 'on' then
        new.updated_at := now();
    end if;
    return new;
end $$;
create or replace function private.follow_words() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    if coalesce(current_setting('voicebot.quiet', true), '') <> 'on' then
        perform private.note_call_for_search(new.id);
    end if;
    return null;
end $$;
create table private.placed (
    thread uuid not null default '00000000-0000-0000-0000-000000000000', entry uuid not null default '00000000-0000-0000-0000-000000000000',
    call bigint not null
);
insert into private.placed (call) select coalesce(max(c.id), 0) + 1 from public.call_history c;

-- No number is assigned yet, so what came over one is the only organization's, or nobody's.
create function private.place_threads(most int) returns int
language plpgsql set search_path = '' as $$
declare
    whose constant uuid := private.sole_organization();
    ids constant uuid[] := array(
        select c.id from public.conversations c, private.placed p where c.id > p.thread order by c.id limit most);
begin
    perform set_config('voicebot.quiet', 'on', true);
    update public.conversations c set organization_id = whose
     where c.id = any (ids) and c.organization_id is null and whose is not null;
    update public.inbox_items i set organization_id = whose
     where i.id = any (ids) and i.organization_id is null and whose is not null;
    update private.placed set thread = ids[cardinality(ids)] where cardinality(ids) > 0;
    perform set_config('voicebot.quiet', '', true);
    return cardinality(ids);
end $$;
create function private.place_entries(most int) returns int
language plpgsql set search_path = '' as $$
declare
    ids constant uuid[] := array(
        select q.id from public.call_queue q, private.placed p where q.id > p.entry order by q.id limit most);
begin
    perform set_config('voicebot.quiet', 'on', true);
    update public.call_queue q set organization_id = f.organization
      from (select e.id, private.organization_of_entry(e) as organization from public.call_queue e where e.id = any (ids)) f
     where f.id = q.id and q.organization_id is null and f.organization is not null;
    update public.inbox_items i set organization_id = q.organization_id
      from public.call_queue q
     where q.id = any (ids) and q.asked_in is not null and i.id = q.id and i.organization_id is null and q.organization_id is not null;
    update private.placed set entry = ids[cardinality(ids)] where cardinality(ids) > 0;
    perform set_config('voicebot.quiet', '', true);
    return cardinality(ids);
end $$;
-- After the entries, whose a dialled call is.
create function private.place_calls(most int) returns int
language plpgsql set search_path = '' as $$
declare
    whose constant uuid := private.sole_organization();
    ids constant bigint[] := array(
        select c.id from public.call_history c, private.placed p where c.id < p.call order by c.id desc limit most);
    own bigint[];
begin
    perform set_config('voicebot.quiet', 'on', true);
    with moved as (
        update public.call_history c set organization_id = f.organization
          from (select h.id, coalesce(q.organization_id, whose) as organization
                  from public.call_history h
                  left join public.call_queue q on q.id = h.call_queue_id and h.direction = 'outbound'
                 where h.id = any (ids) and h.organization_id is null and h.direction is not null) f
         where f.id = c.id and f.organization is not null
        returning c.id)
    select array_agg(m.id) into own from moved m;
    update public.call_search s set facets = s.facets || ('o:' || c.organization_id)
      from public.call_history c where c.id = any (own) and s.call_id = c.id;
    update public.summaries s set organization_id = c.organization_id
      from public.call_history c where c.id = any (own) and s.session_id = c.id;
    update public.inbox_items i set organization_id = c.organization_id
      from public.call_history c where c.id = any (own) and i.id = c.public_id and i.organization_id is null;
    update private.placed set call = ids[cardinality(ids)] where cardinality(ids) > 0;
    perform set_config('voicebot.quiet', '', true);
    return cardinality(ids);
end $$;

-- Campaigns and series are few.
set local voicebot.quiet = 'on';
update public.campaigns g set organization_id = f.organization
  from (select c.id, private.organization_of_maker(c.api_key_id, c.user_id, c.from_number_id) as organization from public.campaigns c) f
 where f.id = g.id and f.organization is not null;
update public.call_series s set organization_id = f.organization
  from (select c.id, private.organization_of_maker(c.api_key_id, c.user_id, c.from_number_id) as organization from public.call_series c) f
 where f.id = s.id and f.organization is not null;
create index provider_phone_numbers_organization_id_idx on public.provider_phone_numbers (organization_id);
create index campaigns_organization_id_idx on public.campaigns (organization_id, created_at desc, id) where organization_id is not null;
create index call_series_organization_id_idx on public.call_series (organization_id) where organization_id is not null;

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

-- step: batches
select private.place_threads(1000);

-- step: batches
select private.place_entries(1000);

-- step: batches
select private.place_calls(500);

-- step: alone
-- Made beside the calls that go on; what a run that was stopped left goes first.
drop index concurrently if exists public.conversations_organization_id_idx;
create index concurrently conversations_organization_id_idx on public.conversations
    (organization_id, (coalesce(last_message_at, created_at)) desc, id) where organization_id is not null;
drop index concurrently if exists public.call_queue_organization_id_idx;
create index concurrently call_queue_organization_id_idx on public.call_queue (organization_id, status, next_attempt_at)
    where organization_id is not null;
drop index concurrently if exists public.call_queue_organization_created_idx;
create index concurrently call_queue_organization_created_idx on public.call_queue (organization_id, created_at, id)
    where organization_id is not null;

-- step: transaction
drop function private.place_threads(int), private.place_entries(int), private.place_calls(int);
drop table private.placed;
create or replace function private.touch_updated_at() returns trigger
language plpgsql set search_path = '' as $$
begin
    new.updated_at := now();
    return new;
end $$;
create or replace function private.follow_words() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    perform private.note_call_for_search(new.id);
    return null;
end $$;
