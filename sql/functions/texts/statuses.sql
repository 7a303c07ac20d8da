-- What the carrier reports about a text of ours. Any order, any repetition of the same reports ends in the same row.

select private.drop_functions('record_message_status');

-- Every function that names a message, or looks for one by its name, takes this lock first: otherwise a status could be parked
-- while its message gets the name, and wait for ever. Taken before the row's own lock, everywhere.
create or replace function private.lock_sid(sid text) returns void
language sql set search_path = '' as $$
    select pg_advisory_xact_lock(hashtextextended('message:' || sid, 0)) where sid is not null
$$;

-- A status moves a text forward only; an end stays, but for `read`, which says more than `delivered`. What it says
-- besides is kept whichever came first.
create or replace function private.apply_status(
    message_id bigint, word text, problem text, more jsonb default null, happened timestamptz default null
) returns boolean
language plpgsql set search_path = '' as $$
declare
    message public.sms_history;
    rank constant int := private.message_rank(word);
    before int;
begin
    update public.sms_history m
       set details = coalesce(m.details, '{}') || jsonb_build_object(
               'statuses', coalesce(m.details -> 'statuses', '{}') || jsonb_build_object(word, more))
     where m.id = message_id and more is not null;
    select m.* into message from public.sms_history m where m.id = message_id;
    perform private.suppress_refused(message, problem, happened);
    before := coalesce(private.message_rank(message.status), -1);
    if rank is null or rank <= before or (before = 5 and message.status <> 'delivered') then
        return false;
    end if;
    update public.sms_history m set status = word, error_code = case when rank >= 5 then problem end
     where m.id = message_id;
    perform private.follow_delivery(message_id);
    return true;
end $$;

-- The carrier blocks these people, whatever our ledger says. The block stood when we asked, at the latest.
create or replace function private.suppress_refused(
    message public.sms_history, problem text, problem_at timestamptz default null
) returns void
language plpgsql set search_path = '' as $$
begin
    if private.refuses_us(problem) then
        perform public.suppress(
            message.to_number, 'texts', problem, message.message_sid, coalesce(message.sending_at, problem_at, now()));
    end if;
end $$;

-- onboarding_messages shows the delivery of the texts that onboarding is known by.
create or replace function private.follow_delivery(message bigint) returns void
language sql set search_path = '' as $$
    update public.onboarding_messages o
       set message_sid = m.message_sid,
           status = case when m.status in ('delivered', 'read') then 'delivered'
                         when m.status in ('failed', 'undelivered', 'canceled', 'suppressed') then 'failed'
                         when m.outbox_state = 'sent' then 'sent' else o.status end,
           sent_at = coalesce(o.sent_at, case when m.outbox_state = 'sent' then m.sending_at end),
           delivered_at = coalesce(o.delivered_at, case when m.status in ('delivered', 'read') then now() end),
           error_message = case when m.status in ('failed', 'undelivered', 'canceled', 'suppressed') then m.error_code end
      from public.sms_history m
     where m.id = message and o.message_id = message
$$;

-- The carrier has named one of our texts: it was sent, whatever we knew of it. Statuses that came before are applied.
-- The caller holds the name's lock and the row's.
create or replace function private.name_message(
    message public.sms_history, sid text, word text default null, problem text default null, segments int default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    parked public.parked_statuses;
begin
    if sid is not null and exists (
        select from public.sms_history o where o.message_sid = sid and o.id <> message.id) then
        return jsonb_build_object('result', 'refused', 'code', 'sid_of_another');
    end if;
    if message.message_sid <> sid then
        return jsonb_build_object('result', 'refused', 'code', 'other_sid');
    end if;
    update public.sms_history m
       set message_sid = coalesce(m.message_sid, sid), outbox_state = 'sent',
           status = case when m.status = 'unknown' then null else m.status end,
           error_code = case when private.message_rank(m.status) >= 5 then m.error_code end,
           num_segments = coalesce(segments, m.num_segments), sending_at = coalesce(m.sending_at, now())
     where m.id = message.id;
    if word is not null then
        perform private.apply_status(message.id, word, problem);
    end if;
    for parked in delete from public.parked_statuses p where p.message_sid = sid returning p.* loop
        perform private.apply_status(message.id, parked.status, parked.error_code, parked.details, parked.occurred_at);
    end loop;
    perform private.follow_delivery(message.id);
    return jsonb_build_object('result', 'finished', 'message_id', message.id);
end $$;

-- record_message_status: kind fact; key message_sid + status; called by services/texts/keep_facts
-- `message_id` is ours, from the callback's URL. A status of a text that nobody knows waits until its name appears.
create function public.record_message_status(
    message_sid text, status text, message_id bigint default null, error_code text default null,
    occurred_at timestamptz default null, details jsonb default null, event_id text default null,
    token_index int default null, price text default null, price_unit text default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    problem constant text := nullif(nullif(record_message_status.error_code, ''), '0');
    found_message public.sms_history;
    changed boolean;
begin
    if private.was_erased(record_message_status.message_sid) then
        return '{"result": "refused", "code": "erased"}';
    end if;
    perform private.note_event(
        record_message_status.event_id, 'message_status:' || record_message_status.status,
        record_message_status.message_sid, record_message_status.token_index,
        jsonb_build_array(record_message_status.status, problem, record_message_status.occurred_at));
    if private.message_rank(record_message_status.status) is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_status');
    end if;
    perform private.lock_sid(record_message_status.message_sid);
    found_message := private.message_to_move(record_message_status.message_sid, record_message_status.message_id);
    if found_message.id is null then
        return private.park_status(
            record_message_status.message_sid, record_message_status.status, problem, record_message_status.occurred_at,
            record_message_status.details);
    end if;
    if found_message.outbox_state is distinct from 'sent' or found_message.message_sid is null then
        perform private.name_message(found_message, record_message_status.message_sid);
    end if;
    changed := private.apply_status(
        found_message.id, record_message_status.status, problem, record_message_status.details,
        record_message_status.occurred_at);
    update public.sms_history m
       set price = record_message_status.price::numeric, price_unit = record_message_status.price_unit
     where m.id = found_message.id and record_message_status.price is not null and m.price is null;
    return jsonb_build_object(
        'result', case when changed then 'applied' else 'unchanged' end, 'message_id', found_message.id,
        'status', (select m.status from public.sms_history m where m.id = found_message.id));
end $$;

-- Our text that a status speaks of, locked: by the carrier's name, or by our id if it has no name yet.
create or replace function private.message_to_move(sid text, ours bigint) returns public.sms_history
language plpgsql set search_path = '' as $$
declare
    found_message public.sms_history;
begin
    select m.* into found_message from public.sms_history m
     where m.message_sid = sid and m.direction = 'outbound' for update;
    if not found then
        select m.* into found_message from public.sms_history m
         where m.id = ours and m.direction = 'outbound' and m.message_sid is null for update;
    end if;
    return found_message;
end $$;

create or replace function private.park_status(
    sid text, word text, problem text, happened timestamptz, more jsonb
) returns jsonb
language plpgsql set search_path = '' as $$
begin
    insert into public.parked_statuses (message_sid, status, error_code, occurred_at, details)
    values (sid, word, problem, happened, more)
    on conflict (message_sid, status) do nothing;
    return jsonb_build_object('result', 'parked');
end $$;

select private.grant_to_service('record_message_status');
select private.share_with_service(
    'lock_sid', 'apply_status', 'suppress_refused', 'follow_delivery', 'name_message', 'message_to_move',
    'park_status');
