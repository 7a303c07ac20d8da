-- Mail that leaves: queued once, claimed as `sending` before the mail server is asked, finished by whoever holds the claim.

select private.drop_functions(
    'queue_mail', 'claim_mail', 'finish_mail', 'escalation_for_mail', 'mail_page', 'mail_health', 'sweep_mail');

-- What a sender needs of a row; the words are made from what it points to.
create or replace function private.mail_view(m public.email_notifications) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'id', m.id, 'kind', m.kind, 'to_address', m.to_address, 'subject', m.subject, 'escalation_id', m.escalation_id,
        'day', m.day, 'state', m.state, 'attempts', m.attempts, 'error', m.error, 'created_at', m.created_at,
        'not_before', m.not_before, 'sending_at', m.sending_at, 'sent_at', m.sent_at)
$$;

-- queue_mail: kind command; key request_key and each recipient; called by services/operators/mail_escalation, services/operators/send_digest, cli mail
-- One row a recipient, at most ten; the same key and recipient again is the same mail. With a `token` the rows are claimed
-- at once by whoever asks, and so is a mail of this key that waits or has failed: a person asks for it. `queued` are the
-- new ones; `mails` are all of the key, as they are now.
create function public.queue_mail(
    kind text, recipients jsonb, subject text, request_key text, escalation_id uuid default null, day text default null,
    token uuid default null, lease_s double precision default 180
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    keys constant text[] := array(
        select queue_mail.request_key || '/' || lower(r.address)
          from jsonb_array_elements_text(recipients) with ordinality r (address, place)
         order by r.place limit 10);
    made int;
begin
    insert into public.email_notifications as m (kind, to_address, subject, request_key, escalation_id, day)
    select queue_mail.kind, r.address, queue_mail.subject, keys[r.place], queue_mail.escalation_id, queue_mail.day::date
      from jsonb_array_elements_text(recipients) with ordinality r (address, place)
     where r.place <= 10
     order by r.place
        on conflict do nothing;
    get diagnostics made = row_count;
    if queue_mail.token is not null then
        update public.email_notifications m
           set state = 'sending', token = queue_mail.token, attempts = m.attempts + 1, error = null,
               sending_at = clock_timestamp(), lease_until = clock_timestamp() + make_interval(secs => lease_s)
         where m.request_key = any (keys) and m.state in ('generated', 'failed');
    end if;
    return jsonb_build_object('result', 'queued', 'queued', made, 'mails', (
        select coalesce(jsonb_agg(private.mail_view(m) || jsonb_build_object(
                   'claimed', coalesce(m.state = 'sending' and m.token = queue_mail.token, false))
                   order by array_position(keys, m.request_key)), '[]')
          from public.email_notifications m where m.request_key = any (keys)));
end $$;

-- claim_mail: kind claim; key token; called by services/operators/send_mail
-- The mail that is due first becomes `sending`; repeating a token returns the same one. `mail` is null when there is none.
create function public.claim_mail(token uuid, lease_s double precision) returns jsonb
language plpgsql set search_path = '' as $$
declare
    held public.email_notifications;
begin
    select m.* into held from public.email_notifications m
     where m.state = 'sending' and m.token = claim_mail.token;
    if held.id is null then
        -- The holder of these is gone or too late. They may have been sent, so nobody sends them again.
        update public.email_notifications m set state = 'unknown', error = 'sender_gone'
         where m.id in (select e.id from public.email_notifications e
                         where e.state = 'sending' and e.lease_until < clock_timestamp()
                           for update skip locked);
        update public.email_notifications m
           set state = 'sending', token = claim_mail.token, attempts = m.attempts + 1,
               sending_at = clock_timestamp(), lease_until = clock_timestamp() + make_interval(secs => lease_s)
         where m.id = (select q.id from public.email_notifications q
                        where q.state = 'generated' and q.not_before <= now()
                        order by q.not_before, q.id limit 1
                          for update skip locked)
        returning m.* into held;
    end if;
    return jsonb_build_object(
        'result', 'claimed', 'mail', case when held.id is not null then private.mail_view(held) end);
end $$;

-- finish_mail: kind claim; key mail_id, token; called by services/operators/send_mail
-- sent: the server has taken it. refused: it never will. not_sent: it has not taken it; tried again, twenty times in all,
-- which bridges about seven hours. unknown: it may have taken it. Of one whose lease ran out only `sent` is still news.
create function public.finish_mail(
    mail_id uuid, token uuid, outcome text, error text default null, retry_after_s double precision default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    held public.email_notifications;
    problem constant text := left(finish_mail.error, 100);
begin
    select m.* into held from public.email_notifications m where m.id = finish_mail.mail_id for update;
    if held.token is distinct from finish_mail.token or held.token is null then
        return jsonb_build_object('result', 'fenced');
    end if;
    if finish_mail.outcome = 'sent' and held.state in ('sending', 'unknown', 'sent') then
        update public.email_notifications m
           set state = 'sent', sent_at = coalesce(m.sent_at, now()), error = null where m.id = held.id;
        return jsonb_build_object('result', 'finished', 'state', 'sent');
    end if;
    if held.state <> 'sending' or held.lease_until < clock_timestamp() then
        update public.email_notifications m set state = 'unknown', error = 'sender_gone'
         where m.id = held.id and m.state = 'sending';
        return jsonb_build_object('result', 'fenced');
    end if;
    if finish_mail.outcome = 'not_sent' and held.attempts < 20 then
        update public.email_notifications m
           set state = 'generated', token = null, lease_until = null, error = problem,
               not_before = now() + make_interval(secs => greatest(coalesce(finish_mail.retry_after_s, 0),
                   least(1800, 15 * power(2, held.attempts - 1))) * (1 + random() / 4))
         where m.id = held.id;
        return jsonb_build_object('result', 'finished', 'state', 'generated');
    end if;
    update public.email_notifications m
       set state = case finish_mail.outcome when 'unknown' then 'unknown' else 'failed' end,
           error = coalesce(problem, finish_mail.outcome)
     where m.id = held.id;
    return jsonb_build_object(
        'result', 'finished', 'state', case finish_mail.outcome when 'unknown' then 'unknown' else 'failed' end);
end $$;

-- escalation_for_mail: kind read; key escalation_id; called by services/operators/mail_escalation
-- What the operator has to know to deal with it: who, when, what was said, where to look. `number` is whole: it is to be
-- called back, if `call_back_number` names no other.
create function public.escalation_for_mail(escalation_id uuid) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select coalesce((
        select jsonb_build_object('result', 'found', 'escalation', jsonb_build_object(
                   'id', e.id, 'reason', e.reason, 'created_at', e.created_at,
                   'message', coalesce(nullif(e.message, ''), (
                       select string_agg(n.content, E'\n' order by n.created_at, n.id)
                         from public.smart_notes n where n.session_id = e.call_id and n.category = 'message')),
                   'channel', case when h.id is not null then 'call' else c.channel end,
                   'number', coalesce(h.phone_number, private.person_number(c.customer_identifier)),
                   'our_number', coalesce(
                       case h.direction when 'outbound' then h.from_number else h.to_number end, c.our_number),
                   'name', coalesce(
                       nullif(trim(concat_ws(' ', nullif(u.first_name, ''), nullif(u.last_name, ''))), ''),
                       c.customer_name),
                   'call_back_number', e.call_back_number, 'call_back_when', e.call_back_when,
                   'call_sid', h.call_sid, 'conversation_id', c.id))
          from public.support_escalations e
          left join public.call_history h on h.id = e.call_id
          left join public.conversations c on c.id = e.conversation_id
          left join public.user_profiles u on u.user_id = coalesce(e.user_id, h.user_id, c.user_id)
         where e.id = escalation_for_mail.escalation_id),
        '{"result": "refused", "code": "unknown_escalation"}')
$$;

-- mail_page: kind read; key actor, after; called by cli mail
-- A page (access/pages.sql), the newest first. Mail is the whole service's: an actor who is narrowed to somebody sees none.
create function public.mail_page(
    actor jsonb default null, state text default null, page_size int default 50, after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
declare
    size constant int := private.page_size(mail_page.page_size);
    after_at constant timestamptz := (mail_page.after ->> 'at')::timestamptz;
    after_id constant uuid := (mail_page.after ->> 'id')::uuid;
begin
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(private.mail_view(shown.m), jsonb_build_object(
                   'at', (shown.m).created_at, 'id', (shown.m).id)) order by (shown.m).created_at desc, (shown.m).id desc), '[]')
          from (select m from public.email_notifications m
                 where private.is_service_wide(mail_page.actor)
                   and (after_at is null or (m.created_at, m.id) < (after_at, after_id))
                   and (mail_page.state is null or m.state = mail_page.state)
                 order by m.created_at desc, m.id desc
                 limit size + 1) shown), size);
end $$;

-- mail_health: kind read; key none; called by services/doctor/mail
-- `failed` and `unknown` of the last seven days; `error` is the newest of what has failed or is tried again.
create function public.mail_health() returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    with lately as (
        select m.* from public.email_notifications m where m.created_at > now() - interval '7 days'
    )
    select jsonb_build_object(
        'last_sent_at', (select max(l.sent_at) from lately l),
        'failed', (select count(*) from lately l where l.state = 'failed'),
        'unknown', (select count(*) from lately l where l.state = 'unknown'),
        'waiting', (select count(*) from lately l where l.state = 'generated'),
        'oldest_waiting_s', (select coalesce(extract(epoch from now() - min(l.created_at)), 0)
                               from lately l where l.state = 'generated'),
        'error', (select l.error from lately l where l.state in ('failed', 'generated') and l.error is not null
                   order by l.updated_at desc limit 1))
$$;

-- sweep_mail: kind command; key none; called by services/upkeep/sweep_records
-- Takes away at most `batch` rows older than `days`, the oldest first; returns how many. What it was about has its own rows.
create function public.sweep_mail(days double precision default 90, batch int default 5000) returns jsonb
language plpgsql set search_path = '' as $$
declare
    gone int;
begin
    delete from public.email_notifications m
     where m.id in (select o.id from public.email_notifications o
                     where o.created_at < now() - make_interval(secs => sweep_mail.days * 86400)
                       and o.state not in ('generated', 'sending')
                     order by o.created_at limit sweep_mail.batch);
    get diagnostics gone = row_count;
    return jsonb_build_object('mails', gone);
end $$;

select private.grant_to_service(
    'queue_mail', 'claim_mail', 'finish_mail', 'escalation_for_mail', 'mail_page', 'mail_health', 'sweep_mail');
select private.share_with_service('mail_view');
