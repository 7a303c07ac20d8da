-- What every webhook runs, without a SQL function inside a function: each is set up anew in every transaction, which costs
-- more than what it does.

create or replace function private.status_rank(status text) returns integer
language plpgsql immutable set search_path = '' as $$
begin
    return case when status in ('completed', 'busy', 'failed', 'no-answer', 'canceled') then 4
                else array_position(array['queued', 'initiated', 'ringing', 'in-progress'], status) - 1 end;
end $$;

create or replace function private.bare_number(address text) returns text
language plpgsql immutable set search_path = '' as $$
begin
    return regexp_replace(address, '^(whatsapp|messenger|rcs):', '');
end $$;

create or replace function private.sole_organization() returns uuid
language plpgsql stable set search_path = '' as $$
begin
    return (select case when count(*) = 1 then min(o.id::text)::uuid end
              from (select f.id from public.organizations f where f.deleted_at is null limit 2) o);
end $$;

create or replace function private.organization_of_number(number text) returns uuid
language plpgsql stable set search_path = '' as $$
declare
    bare constant text := private.bare_number(number);
    owner uuid;
begin
    select n.organization_id into owner from public.provider_phone_numbers n
     where n.full_number = bare order by n.is_active desc, n.organization_id limit 1;
    return coalesce(owner, private.sole_organization());
end $$;

create or replace function private.organization_of_call(c public.call_history) returns uuid
language plpgsql stable set search_path = '' as $$
declare
    ordered_for uuid;
begin
    if c.direction = 'outbound' then
        select q.organization_id into ordered_for from public.call_queue q
         where q.id = coalesce(c.call_queue_id, (select a.call_queue_id from public.call_attempts a where a.call_sid = c.call_sid));
    end if;
    return coalesce(
        ordered_for, c.organization_id,
        private.organization_of_number(case when c.direction = 'outbound' then c.from_number else c.to_number end));
end $$;

create or replace function private.note_event(
    event_id text, event_type text, subject text, token_index integer, content jsonb
) returns void
language plpgsql set search_path = '' as $$
#variable_conflict use_column
begin
    insert into public.webhook_events (source, event_id, event_type, subject, token_index, content_hash, processed_at)
    values ('twilio', coalesce(note_event.event_id, concat_ws(':', note_event.subject, note_event.event_type)), note_event.event_type,
            note_event.subject, note_event.token_index, encode(sha256(convert_to(content::text, 'UTF8')), 'hex'), now())
    on conflict (source, event_id) do nothing;
end $$;

-- Nearly every call goes on while words of it are stored: looked at before an update is set up.
create or replace function private.follow_late_utterance() returns trigger
language plpgsql set search_path = '' as $$
begin
    if exists (select from public.call_history c where c.id = new.session_id and c.ended_at is not null) then
        update public.call_history c set transcript = private.render_transcript(c.id) where c.id = new.session_id;
    end if;
    return null;
end $$;

-- Most houses have nobody outside who wants to hear of it.
create or replace function private.announce(type text, subject text, payload jsonb) returns void
language plpgsql set search_path = '' as $$
begin
    if not exists (select from public.webhook_endpoints e where e.active and announce.type = any (e.event_types)) then
        return;
    end if;
    if exists (select from private.hearers_of(announce.type, announce.payload)) then
        perform private.add_event(announce.type, announce.subject, announce.payload);
    end if;
end $$;
