-- People: what they are found by, searches that are kept, and what is left when somebody is erased.

-- --- found by what was said -----------------------------------------------------------------------

-- The weeks since 1970: a search looks at the newest weeks first, and stops where it has enough.
create function private.week_of(at timestamptz) returns integer
language sql immutable set search_path = '' as $$
    select floor(extract(epoch from at) / 604800)::int
$$;

-- One row of each call that is over: what a search asks of it, in one index. A table of its own: a call's row changes often, and
-- each change would enter the words anew.
create table public.call_search (
    call_id bigint primary key references public.call_history (id) on delete cascade,
    began_at timestamptz not null,
    words tsvector not null,
    facets text[] not null,
    tools text[] not null default '{}',
    slowest_ms integer,
    created_at timestamptz not null default now()
);
comment on table public.call_search is 'What search asks of a call that is over; made by trigger, and made again when it changes.';
comment on column public.call_search.facets is
    'w: the week in which it began. o: the organization. u: the person. c: outcome, reason for the end, status. s: status. t: a tool. '
    'l: each whole second up to ten that the caller waited for an answer.';
comment on column public.call_search.tools is 'Names of the tools that the model used; told by the worker, who reads the call''s state.';
comment on column public.call_search.slowest_ms is 'The longest that the caller waited for an answer.';
select private.protect('public.call_search');

-- What was said, without the names of the sides. No phrase goes over the end of an utterance: a word that nobody says stands
-- between two. What is longer than any call is cut, as a tsvector has a greatest size.
create function private.spoken_words(transcript text) returns tsvector
language sql immutable set search_path = '' as $$
    select to_tsvector('simple'::regconfig, regexp_replace(
        left(transcript, 100000), '^(Caller|Bot|Operator|User|Participant): ', 'zqxendofturn ', 'gn'))
$$;

create function private.note_call_for_search(the_call bigint) returns void
language sql set search_path = '' as $$
    insert into public.call_search as s (call_id, began_at, words, facets, slowest_ms)
    select c.id, b.began, private.spoken_words(coalesce(c.transcript, '')),
           array_remove(array['w:' || private.week_of(b.began), 'o:' || c.organization_id, 'u:' || c.user_id, 'c:' || c.outcome,
                              'c:' || c.end_reason, 'c:' || c.call_status, 's:' || c.call_status], null)
               || array(select 'l:' || l from generate_series(1, least(10, coalesce(b.slowest, 0) / 1000)) l),
           b.slowest
      from public.call_history c, lateral (
          select coalesce(c.started_at, c.created_at) as began,
                 greatest((select max(t.gap_ms) from public.call_turns t where t.call_id = c.id),
                          (select max(t.latency_ms) from public.transcripts t where t.session_id = c.id)) as slowest) b
     where c.id = the_call
    on conflict on constraint call_search_pkey do update
       set began_at = excluded.began_at, words = excluded.words, slowest_ms = excluded.slowest_ms,
           facets = excluded.facets || array(select 't:' || t from unnest(s.tools) t)
$$;

-- Calls may be written by administrators, too, who know no search: it runs as its owner.
create function private.follow_words() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
    perform private.note_call_for_search(new.id);
    return null;
end $$;
comment on function private.follow_words is 'Trigger: a call that is over can be found by what was said and what came of it.';
create trigger follow_words after update of transcript, ended_at, outcome, end_reason, call_status, started_at, organization_id, user_id
    on public.call_history for each row
    when (new.ended_at is not null and (
        old.ended_at is null or (old.transcript, old.outcome, old.end_reason, old.call_status, old.started_at, old.organization_id,
                                 old.user_id)
        is distinct from (new.transcript, new.outcome, new.end_reason, new.call_status, new.started_at, new.organization_id,
                          new.user_id)))
    execute function private.follow_words();
create trigger follow_first_words after insert on public.call_history for each row
    when (new.ended_at is not null) execute function private.follow_words();
revoke execute on function
    private.week_of(timestamptz), private.spoken_words(text), private.note_call_for_search(bigint), private.follow_words() from public;
grant execute on function private.week_of(timestamptz), private.spoken_words(text), private.note_call_for_search(bigint) to service_role;

-- Calls of before are entered in batches, the newest first, while calls go on.
create table private.calls_to_enter (before bigint not null);
insert into private.calls_to_enter select max(c.id) + 1 from public.call_history c having max(c.id) is not null;
create function private.enter_calls(most int) returns int
language plpgsql set search_path = '' as $$
declare
    ids constant bigint[] := array(
        select c.id from public.call_history c, private.calls_to_enter e where c.id < e.before order by c.id desc limit most);
begin
    perform private.note_call_for_search(c.id) from public.call_history c where c.id = any (ids) and c.ended_at is not null;
    update private.calls_to_enter set before = ids[cardinality(ids)] where cardinality(ids) > 0;
    return cardinality(ids);
end $$;

-- --- searches that are kept -----------------------------------------------------------------------

create table public.saved_views (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid references public.organizations (id) on delete cascade,
    user_id uuid references auth.users (id) on delete cascade,
    page text not null check (page in ('calls', 'search', 'people')),
    name text not null check (name ~ '\S' and length(name) <= 60),
    query text not null check (length(query) <= 1000),
    shared boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index saved_views_organization_id_idx on public.saved_views (organization_id);
create index saved_views_user_id_idx on public.saved_views (user_id);
comment on table public.saved_views is 'A name for the query of a list''s URL. Without a user: of the operator of the machine.';
select private.protect('public.saved_views');

-- --- the password once more -----------------------------------------------------------------------

alter table public.console_sessions add column confirmed_at timestamptz;
comment on column public.console_sessions.confirmed_at is
    'When the person last proved anew who they are; null: when they signed in.';

-- --- erasure and retention ------------------------------------------------------------------------

alter table public.organizations add column retention_days integer check (retention_days between 1 and 3650);
comment on column public.organizations.retention_days is 'Calls and texts are kept for so long; null: until somebody is erased.';

create table public.erasures (
    id uuid primary key default gen_random_uuid(),
    kind text not null check (kind in ('person', 'retention')),
    person uuid,
    organization_id uuid,
    asked_by uuid,
    state text not null default 'running' check (state in ('running', 'done')),
    removed jsonb not null default '{}',
    leftover jsonb,
    asked_at timestamptz not null default now(),
    done_at timestamptz,
    created_at timestamptz not null default now(),
    check ((state = 'done') = (done_at is not null)),
    check (state = 'running' or leftover is null)
);
create index erasures_asked_at_idx on public.erasures (asked_at desc, id);
create index erasures_person_idx on public.erasures (person) where person is not null;
create index erasures_running_idx on public.erasures (asked_at) where state = 'running';
comment on table public.erasures is 'That somebody was erased, or that a time was over, and how much of each table went. It refers to nothing that is left.';
comment on column public.erasures.leftover is 'What is still to be removed: recordings at the carrier, events by number. Null when all is gone.';
select private.protect('public.erasures');

-- A number that was erased and must still be left alone is known by this alone. The salt is this database's own.
create table private.erasure_salt (salt text not null);
insert into private.erasure_salt values (gen_random_uuid()::text || gen_random_uuid()::text);
revoke all on private.erasure_salt from public, anon, authenticated;
grant select on private.erasure_salt to service_role;

create function private.erased_name(number text) returns text
language sql stable set search_path = '' as $$
    select 'erased:' || encode(sha256(convert_to(s.salt || number, 'UTF8')), 'hex') from private.erasure_salt s
$$;
revoke execute on function private.erased_name(text) from public;
grant execute on function private.erased_name(text) to service_role;

alter table public.blocked_callers drop constraint blocked_callers_number_check;
alter table public.blocked_callers add constraint blocked_callers_number_check check (
    number = 'anonymous' or number ~ '^\+[1-9][0-9]{4,14}$' or number ~ '^erased:[0-9a-f]{64}$');

-- step: batches
select private.enter_calls(500);

-- step: alone
-- Made beside the calls that go on; what a run that was stopped left goes first.
drop index concurrently if exists public.user_profiles_number_prefix_idx;
create index concurrently user_profiles_number_prefix_idx on public.user_profiles (phone_number text_pattern_ops);
drop index concurrently if exists public.user_profiles_name_prefix_idx;
create index concurrently user_profiles_name_prefix_idx on public.user_profiles (lower(first_name || ' ' || last_name) text_pattern_ops);
drop index concurrently if exists public.user_profiles_last_name_prefix_idx;
create index concurrently user_profiles_last_name_prefix_idx on public.user_profiles (lower(last_name) text_pattern_ops);
drop index concurrently if exists public.call_search_words_idx;
create index concurrently call_search_words_idx on public.call_search using gin (words, facets);
drop index concurrently if exists public.sms_history_words_idx;
create index concurrently sms_history_words_idx on public.sms_history
    using gin (to_tsvector('simple'::regconfig, coalesce(content, '')), (array[private.week_of(created_at)]));
drop index concurrently if exists public.call_history_cost_idx;
create index concurrently call_history_cost_idx on public.call_history (cost) where cost is not null;

-- step: transaction
drop function private.enter_calls(int);
drop table private.calls_to_enter;
