-- What the documents promise of tables that are there: administrators write what they may, owners write their own tastes,
-- a number of a user's own is proven, a thread has all its columns, and calls, templates and texts are also found under the
-- names sessions, templates and conversation_messages.

-- --- administrators -------------------------------------------------------------------------------

-- Administrators share the role authenticated with everybody else, so a column that only they may write is granted to all
-- and kept from the others by these triggers. The first is for updates of such columns (`before update of …`): like a
-- missing grant it refuses whoever names the column, whatever the value.
create function private.only_administrators() returns trigger
language plpgsql set search_path = '' as $$
begin
    if current_user = 'authenticated' and not private.is_admin() then
        raise exception 'only an administrator may write these columns of %', tg_table_name
            using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
comment on function private.only_administrators is
    'Trigger: end users who are no administrators may not update the columns that it watches.';
revoke execute on function private.only_administrators() from public;

-- The second is for new rows, and for columns of which a client may send back what it read. Its arguments are the columns
-- that every end user may write; any other column keeps its default, and later what it has.
create function private.keep_to_columns() returns trigger
language plpgsql set search_path = '' as $$
declare
    before jsonb := '{}';
    col record;
    given jsonb;
begin
    if current_user <> 'authenticated' or private.is_admin() then
        return new;
    end if;
    if tg_op = 'UPDATE' then
        before := to_jsonb(old);
    else
        for col in
            select a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid) as words
              from pg_catalog.pg_attribute a
              join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
             where a.attrelid = tg_relid and pg_catalog.has_column_privilege(current_user, tg_relid, a.attnum, 'INSERT')
        loop
            execute format('select to_jsonb(%s)', col.words) into given;
            before := before || jsonb_build_object(col.attname, given);
        end loop;
    end if;
    for col in select n.key, n.value from jsonb_each(to_jsonb(new)) n loop
        if not (col.key = any (tg_argv))
           and pg_catalog.has_column_privilege(current_user, tg_relid, col.key, tg_op)
           and col.value is distinct from coalesce(before -> col.key, 'null') then
            raise exception 'only an administrator may write %.%', tg_table_name, col.key
                using errcode = 'insufficient_privilege';
        end if;
    end loop;
    return new;
end $$;
comment on function private.keep_to_columns is
    'Trigger: end users who are no administrators write the columns that are its arguments, and no others.';
revoke execute on function private.keep_to_columns() from public;

grant insert (status, onboarding_status, onboarding_sent_at, onboarding_completed_at),
      update (status, onboarding_status, onboarding_sent_at, onboarding_completed_at)
    on public.user_profiles to authenticated;
create trigger allow_own_columns_on_insert before insert on public.user_profiles for each row
    execute function private.keep_to_columns('user_id', 'first_name', 'last_name', 'email', 'address', 'location');
create trigger allow_own_columns_on_update
    before update of status, onboarding_status, onboarding_sent_at, onboarding_completed_at on public.user_profiles
    for each row execute function private.only_administrators();

-- The mark `verified` is nobody's to write through REST, an administrator's neither: it says what somebody proved.
grant update (user_id, provider_id, phone_id, country_code, area_code, phone_number, full_number, capabilities)
    on public.user_phone_numbers to authenticated;
create trigger allow_own_columns_on_update before update on public.user_phone_numbers for each row
    execute function private.keep_to_columns('is_active', 'is_default');

-- The policies say whose a template may become: an owner's stays the owner's.
grant update (created_by) on public.call_templates to authenticated;

grant insert (user_id, status, call_id, provider_id, retry_count, last_error, priority, time_window, max_attempts,
              next_attempt_at),
      update (status, call_id, provider_id, retry_count, last_error, priority, time_window, max_attempts,
              next_attempt_at)
    on public.call_queue to authenticated;
create trigger allow_own_columns_on_insert before insert on public.call_queue for each row
    execute function private.keep_to_columns(
        'recipient_number', 'caller_number_id', 'scheduled_time', 'not_before', 'not_after', 'timezone', 'template_id',
        'voice_id', 'custom_variables', 'request_key');
create trigger allow_own_columns_on_update
    before update of status, call_id, provider_id, retry_count, last_error, priority, time_window, max_attempts,
                     next_attempt_at
    on public.call_queue for each row execute function private.only_administrators();
-- Whatever is written through REST has a longest length.
update public.call_queue q set last_error = left(q.last_error, 2000) where length(q.last_error) > 2000;
alter table public.call_queue
    add constraint call_queue_status_length check (length(status) <= 20),
    add constraint call_queue_call_id_length check (length(call_id) <= 100) not valid,
    add constraint call_queue_last_error_length check (length(last_error) <= 2000),
    add constraint call_queue_time_window_length check (length(time_window::text) <= 4000) not valid;
alter table public.user_profiles
    add constraint user_profiles_status_length check (length(status) <= 20),
    add constraint user_profiles_onboarding_status_length check (length(onboarding_status) <= 20);
-- An administrator's entry, too, is dialled from a number of its user's own that was proven.
drop policy "Users can insert into call queue" on public.call_queue;
create policy "Users can insert into call queue" on public.call_queue for insert to authenticated
    with check (
        ((user_id = (select auth.uid()) and status = 'queued') or (select private.is_admin()))
        and (caller_number_id is null or exists (
            select from public.user_phone_numbers n
             where n.id = call_queue.caller_number_id and n.user_id = call_queue.user_id and n.verified and n.is_active))
        and (template_id is null or exists (select from public.call_templates t where t.id = call_queue.template_id))
        and (voice_id is null or exists (select from public.voice_options v where v.id = call_queue.voice_id)));
drop policy "Users can update own queued calls" on public.call_queue;
create policy "Users can update own queued calls" on public.call_queue for update to authenticated
    using ((user_id = (select auth.uid()) and status = 'queued') or (select private.is_admin()))
    with check (
        ((user_id = (select auth.uid()) and status = 'queued') or (select private.is_admin()))
        and (caller_number_id is null or exists (
            select from public.user_phone_numbers n
             where n.id = call_queue.caller_number_id and n.user_id = call_queue.user_id and n.verified and n.is_active))
        and (template_id is null or exists (select from public.call_templates t where t.id = call_queue.template_id))
        and (voice_id is null or exists (select from public.voice_options v where v.id = call_queue.voice_id)));

-- Whole rows, where end users write nothing: the policies let administrators alone.
grant insert, update, delete on public.user_subscriptions, public.user_call_usage, public.call_history to authenticated;
create policy "Admin can add subscriptions" on public.user_subscriptions for insert to authenticated
    with check ((select private.is_admin()));
create policy "Admin can update subscriptions" on public.user_subscriptions for update to authenticated
    using ((select private.is_admin())) with check ((select private.is_admin()));
create policy "Admin can delete subscriptions" on public.user_subscriptions for delete to authenticated
    using ((select private.is_admin()));
create policy "Admin can add call usage" on public.user_call_usage for insert to authenticated
    with check ((select private.is_admin()));
create policy "Admin can update call usage" on public.user_call_usage for update to authenticated
    using ((select private.is_admin())) with check ((select private.is_admin()));
create policy "Admin can delete call usage" on public.user_call_usage for delete to authenticated
    using ((select private.is_admin()));
create policy "Admin can add call history" on public.call_history for insert to authenticated
    with check ((select private.is_admin()));
create policy "Admin can update call history" on public.call_history for update to authenticated
    using ((select private.is_admin())) with check ((select private.is_admin()));
create policy "Admin can delete call history" on public.call_history for delete to authenticated
    using ((select private.is_admin()));

-- The view of ended calls takes what an administrator writes under its names; the policies of call_history judge it.
create function private.write_call_history() returns trigger
language plpgsql set search_path = '' as $$
begin
    if tg_op = 'INSERT' then
        new.id := coalesce(new.id, gen_random_uuid());
        new.status := coalesce(new.status, 'completed');
        new.duration := coalesce(new.duration, 0);
        new.created_at := coalesce(new.created_at, now());
        insert into public.call_history (
            public_id, user_id, call_queue_id, call_sid, provider_id, assistant_id, phone_number_id, caller_number_id,
            voice_id, transcript, call_status, duration, recording_url, summary, call_data, created_at, phone_number,
            started_at, ended_at, price)
        values (
            new.id, new.user_id, new.call_queue_id, coalesce(new.call_id, concat('history:', new.id)), new.provider_id,
            new.assistant_id, new.phone_number_id, new.caller_number_id, new.voice_id, new.transcript, new.status,
            new.duration, new.recording_url, new.call_summary, new.call_data, new.created_at,
            coalesce((select q.recipient_number from public.call_queue q where q.id = new.call_queue_id), ''),
            new.created_at - make_interval(secs => new.duration), new.created_at,
            -- The carrier has no price for a call that it never named.
            case when new.call_id is null then 0 end);
    else
        update public.call_history c
           set public_id = new.id, user_id = new.user_id, call_queue_id = new.call_queue_id, call_sid = new.call_id,
               provider_id = new.provider_id, assistant_id = new.assistant_id, phone_number_id = new.phone_number_id,
               caller_number_id = new.caller_number_id, voice_id = new.voice_id, transcript = new.transcript,
               call_status = case when new.status is distinct from old.status then new.status else c.call_status end,
               duration = case when new.duration is distinct from old.duration then new.duration else c.duration end,
               recording_url = new.recording_url, summary = new.call_summary, call_data = new.call_data,
               created_at = new.created_at
         where c.public_id = old.id;
        if not found then
            return null;
        end if;
    end if;
    return new;
end $$;
comment on function private.write_call_history is
    'Trigger: user_call_history is written like a table; whoever writes it needs the rights to call_history.';
revoke execute on function private.write_call_history() from public;
create trigger write_call_history instead of insert or update on public.user_call_history
    for each row execute function private.write_call_history();
grant insert, update, delete on public.user_call_history to authenticated, service_role;

-- --- tastes ---------------------------------------------------------------------------------------

alter table public.preferences alter column user_id set default auth.uid();
grant insert (user_id, voice_preference, language, timezone, call_transport),
      update (voice_preference, language, timezone, call_transport)
    on public.preferences to authenticated;
create policy "Users can insert own preferences" on public.preferences for insert to authenticated
    with check (user_id = (select auth.uid()) or (select private.is_admin()));
create policy "Users can update own preferences" on public.preferences for update to authenticated
    using (user_id = (select auth.uid()) or (select private.is_admin()))
    with check (user_id = (select auth.uid()) or (select private.is_admin()));

create function private.is_timezone(name text) returns boolean
language plpgsql stable set search_path = '' as $$
begin
    if name !~ '^[A-Za-z][A-Za-z0-9_+-]{0,30}(/[A-Za-z0-9_+-]{1,30}){0,2}$' then
        return false;
    end if;
    perform now() at time zone name;
    return true;
exception when invalid_parameter_value then
    return false;
end $$;
revoke execute on function private.is_timezone(text) from public;
grant execute on function private.is_timezone(text) to authenticated, service_role;

-- What the service writes was judged before. Only what changes is judged: a voice that went away since does not keep
-- anybody from another language.
create function private.judge_own_tastes() returns trigger
language plpgsql set search_path = '' as $$
declare
    before public.preferences;
begin
    if tg_op = 'UPDATE' then
        before := old;
    end if;
    if current_user <> 'authenticated' then
        return new;
    end if;
    if new.voice_preference is distinct from before.voice_preference and new.voice_preference is not null
       and not exists (select from public.voice_options v where v.voice_id = new.voice_preference and v.is_active) then
        raise exception 'voice_preference: no such voice' using errcode = 'check_violation';
    end if;
    if new.language is distinct from before.language and new.language !~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$' then
        raise exception 'language: expected a tag as en or en-US' using errcode = 'check_violation';
    end if;
    if new.timezone is distinct from before.timezone and not private.is_timezone(new.timezone) then
        raise exception 'timezone: expected a name as Europe/Berlin' using errcode = 'check_violation';
    end if;
    return new;
end $$;
comment on function private.judge_own_tastes is 'Trigger: what end users choose has to exist.';
revoke execute on function private.judge_own_tastes() from public;
create trigger judge_own_tastes before insert or update on public.preferences
    for each row execute function private.judge_own_tastes();

-- --- numbers of a user's own ----------------------------------------------------------------------

-- A mark belongs to the number that was proven and to whoever proved it, not to the row.
create or replace function private.forget_mark_of_changed_number() returns trigger
language plpgsql set search_path = '' as $$
begin
    if (new.full_number, new.user_id) is distinct from (old.full_number, old.user_id) then
        new.verified := false;
        new.verified_at := null;
    end if;
    return new;
end $$;
drop trigger forget_mark_of_changed_number on public.user_phone_numbers;
create trigger forget_mark_of_changed_number before update of full_number, user_id
    on public.user_phone_numbers for each row execute function private.forget_mark_of_changed_number();

-- --- threads --------------------------------------------------------------------------------------

create function private.text_array(list jsonb) returns text[]
language sql immutable set search_path = '' as $$
    select coalesce(array_agg(one order by place) filter (where one is not null), '{}')
      from jsonb_array_elements_text(list) with ordinality t (one, place)
$$;
alter table public.conversations drop constraint conversations_tags_check;
alter table public.conversations
    alter column tags drop default,
    alter column tags type text[] using private.text_array(tags),
    alter column tags set default '{}',
    add column social_account_id uuid,
    add column external_conversation_id varchar,
    add column customer_avatar_url varchar,
    add column automation_disabled boolean not null generated always as (ai_mode = 'OFF') stored;
drop function private.text_array(jsonb);
comment on column public.conversations.social_account_id is
    'The sender of a user''s own that the thread runs through; null: one of the service''s numbers, as `our_number` says.';
comment on column public.conversations.external_conversation_id is
    'The platform''s own name of the thread; texts and WhatsApp have none.';
comment on column public.conversations.automation_disabled is 'Follows ai_mode, which is the only switch.';
grant select (social_account_id, external_conversation_id, customer_avatar_url, automation_disabled)
    on public.conversations to authenticated;

-- Which escalation silenced its thread: when a person closes that one, the bot answers again.
alter table public.support_escalations add column silenced boolean not null default false;
comment on column public.support_escalations.silenced is 'It turned ai_mode OFF; closing it turns it ON, unless another one holds it.';
create index support_escalations_silencing_idx on public.support_escalations (conversation_id)
    where silenced and state = 'open';

-- --- the documents' other names -------------------------------------------------------------------

create function private.text_uuid(id bigint) returns uuid
language sql immutable strict set search_path = '' as $$
    select lpad(to_hex(id), 32, '0')::uuid
$$;
comment on function private.text_uuid is 'The name of a text where texts are named by uuid: its own number, padded.';
revoke execute on function private.text_uuid(bigint) from public;
grant execute on function private.text_uuid(bigint) to authenticated, service_role;

create view public.sessions with (security_invoker = true) as
select c.public_id as id, c.user_id, c.organization_id, s.title::varchar(255) as title,
       c.direction::varchar(50) as conversation_type,
       (case when c.ended_at is null and c.answered_at is null then 'draft'
             when c.ended_at is null or s.generation_status = 'pending' then 'processing'
             else 'complete' end)::varchar(20) as status,
       c.template_id as selected_template_id, c.recording_url::varchar(512) as audio_file_url,
       coalesce(c.recording_duration, 0) as recording_duration_seconds,
       case when c.recording_sid is not null then c.answered_at end as recording_started_at,
       case when c.recording_sid is not null
            then c.answered_at + make_interval(secs => c.recording_duration) end as recording_ended_at,
       (select coalesce(sum(cardinality(regexp_split_to_array(btrim(coalesce(t.heard, t.content)), '\s+'))), 0)::integer
          from public.transcripts t where t.session_id = c.id and btrim(coalesce(t.heard, t.content)) <> '')
           as total_words_spoken,
       null::integer as user_talk_time_seconds, null::integer as silence_periods_count,
       null::timestamptz as audio_deleted_at, null::integer as data_retention_days, null::jsonb as realtime_summary_cache,
       c.ended_at as finalized_at, c.created_at, c.updated_at, null::timestamptz as deleted_at,
       c.id as call_history_id
  from public.call_history c
  left join public.summaries s on s.session_id = c.id;
comment on view public.sessions is 'Calls, as sessions: each with its summary''s title. What is not measured is null.';
comment on column public.sessions.call_history_id is 'What transcripts, summaries and notes name as their session_id.';

create view public.templates with (security_invoker = true) as
select t.id, t.created_by as user_id, t.name, t.description, t.category, t.tags, t.prompt, t.greeting, t.is_public,
       t.created_at, t.updated_at
  from public.call_templates t;
comment on view public.templates is 'Call templates, as templates of conversations.';

create view public.conversation_messages with (security_invoker = true) as
select private.text_uuid(m.id) as id, m.conversation_id, m.message_sid::varchar as external_message_id,
       m.direction::varchar as direction, m.content,
       (case split_part(m.media #>> '{0,content_type}', '/', 1)
            when 'image' then 'image' when 'video' then 'video' when 'audio' then 'audio' else 'text' end)::varchar
           as message_type,
       (m.media #>> '{0,content_type}')::varchar as media_type,
       m.from_number::varchar as sender_id,
       (case when m.direction = 'inbound' then c.customer_name end)::varchar as sender_name,
       case when m.direction = 'inbound' then c.customer_avatar_url end as sender_avatar_url,
       m.direction = 'outbound' as is_from_agent, null::uuid as agent_id,
       private.text_uuid(m.in_reply_to) as reply_to_message_id,
       (case when m.status in ('delivered', 'received', 'partially_delivered') then 'delivered'
             when m.status = 'read' then 'read'
             when m.status in ('failed', 'undelivered', 'canceled', 'suppressed') then 'failed'
             when m.status is not null then 'sent' end)::varchar as status,
       null::varchar as storage_object_name,
       jsonb_strip_nulls(jsonb_build_object(
           'channel', m.channel, 'sent_by', m.sent_by, 'media', m.media, 'error_code', m.error_code)) as metadata,
       m.user_id, m.created_at, m.updated_at
  from public.sms_history m
  left join public.conversations c on c.id = m.conversation_id
 where m.conversation_id is not null;
comment on view public.conversation_messages is 'Texts, as messages of their threads, in the four states that a reader cares for.';
comment on column public.conversation_messages.status is
    'sent, delivered, read or failed; null: it has not been handed to the carrier.';
comment on column public.conversation_messages.agent_id is 'Null: a text names who wrote it (bot, operator), no account.';

revoke all on public.sessions, public.templates, public.conversation_messages from public, anon, authenticated;
grant select on public.sessions, public.templates, public.conversation_messages to authenticated, service_role;

-- --- Realtime -------------------------------------------------------------------------------------

-- Supabase makes the publication; where there is none, nobody listens. Realtime judges each row by the policies and the
-- column grants of whoever subscribed. The whole old row is logged, because a long text that an update leaves alone is in
-- no other record of it. Run again by every migrate: a project may get its publication later.
create function private.join_realtime(variadic tables regclass[]) returns void
language plpgsql set search_path = '' as $$
declare
    joining regclass;
begin
    if not exists (select from pg_catalog.pg_publication p where p.pubname = 'supabase_realtime') then
        return;
    end if;
    foreach joining in array tables loop
        if not exists (
            select from pg_catalog.pg_publication p
              left join pg_catalog.pg_publication_rel r on r.prpubid = p.oid and r.prrelid = joining
             where p.pubname = 'supabase_realtime' and (p.puballtables or r.oid is not null)) then
            execute format('alter publication supabase_realtime add table %s', joining);
        end if;
        if (select c.relreplident from pg_catalog.pg_class c where c.oid = joining) <> 'f' then
            execute format('alter table %s replica identity full', joining);
        end if;
    end loop;
end $$;
comment on function private.join_realtime is 'Let Supabase''s Realtime tell of changes of these tables, where it is there.';
revoke execute on function private.join_realtime(regclass[]) from public;
