-- Erasing somebody: rows, recordings at the carrier, events; and the same of what an organization keeps for a time only. What is
-- left is a row that proves it, and of a number that must be left alone a name that says nothing.

select private.drop_functions('erase_person');

-- Security definer: accounts are rows of auth.users, which the service may not write.
create or replace function private.drop_account(person uuid) returns void
language sql security definer set search_path = '' as $$
    delete from auth.users u where u.id = person
$$;

-- The files of exports in which calls or entries stand. Their rows are gone with the others: no export is made of them again.
create or replace function private.exports_of(objects uuid[]) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce(jsonb_agg(distinct i.bulk_id), '[]')
      from public.bulk_items i join public.bulk_actions b on b.id = i.bulk_id
     where i.object_id = any (objects) and b.action = 'export'
$$;

-- Take calls away, with all that hangs on them; returns how many, the recordings that the carrier keeps of them, our own copies by
-- the calls' public ids, and the exports that tell of them. Events that tell of the calls go with them.
create or replace function private.remove_calls(ids bigint[]) returns jsonb
language plpgsql set search_path = '' as $$
declare
    sids constant text[] := array(select c.call_sid from public.call_history c where c.id = any (ids) and c.call_sid is not null);
    recordings constant jsonb := coalesce((
        select jsonb_agg(jsonb_build_object('sid', c.recording_sid, 'account', private.account_of_call(c.call_sid)))
          from public.call_history c where c.id = any (ids) and c.recording_sid is not null), '[]');
    copies constant jsonb := coalesce((
        select jsonb_agg(c.public_id) from public.call_history c
         where c.id = any (ids) and (c.recording_sid is not null or c.recording_copied_at is not null)), '[]');
    exports constant jsonb := private.exports_of(array(
        select c.public_id from public.call_history c where c.id = any (ids)));
    called constant uuid[] := array(select c.public_id from public.call_history c where c.id = any (ids));
    count int;
begin
    if cardinality(ids) = 0 then
        return '{"count": 0, "recordings": [], "copies": [], "exports": []}';
    end if;
    delete from public.email_notifications m using public.support_escalations e
     where m.escalation_id = e.id and e.call_id = any (ids);
    delete from public.webhook_events w where w.subject = any (sids);
    delete from public.call_accounts a where a.call_sid = any (sids);
    delete from public.bulk_items i using public.bulk_actions b
     where i.bulk_id = b.id and b.state <> 'running' and i.object_id = any (called);
    -- An event tells of a call by its ids or by those of the dial that made it.
    delete from public.events e where e.subject = any (called::text[] || sids || array(
        select a.id::text from public.call_attempts a where a.call_sid = any (sids)));
    perform private.note_erased(sids);
    delete from public.call_history c where c.id = any (ids);
    get diagnostics count = row_count;
    return jsonb_build_object('count', count, 'recordings', recordings, 'copies', copies, 'exports', exports);
end $$;

-- The same of texts.
create or replace function private.remove_texts(ids bigint[]) returns int
language plpgsql set search_path = '' as $$
declare
    count int;
begin
    delete from public.webhook_events w using public.sms_history m where m.id = any (ids) and w.subject = m.message_sid;
    delete from public.parked_statuses p using public.sms_history m where m.id = any (ids) and p.message_sid = m.message_sid;
    delete from public.events e where e.subject = any (ids::text[]) and e.type = 'message.received';
    perform private.note_erased(array(select m.message_sid from public.sms_history m where m.id = any (ids) and m.message_sid is not null));
    delete from public.sms_history m where m.id = any (ids);
    get diagnostics count = row_count;
    return count;
end $$;

-- Whether others than an organization have something with a person, which is not its to erase: calls and threads by the person or by
-- the number, a membership, and calls that other organizations have in their queue. No organization: whoever runs the service erases all.
create or replace function private.has_others(person uuid, numbers text[], organization uuid) returns boolean
language sql stable set search_path = '' as $$
    select organization is not null and (
        exists (select from public.call_history c
                 where (c.user_id = has_others.person or c.phone_number = any (numbers))
                   and c.organization_id <> has_others.organization)
        or exists (select from public.conversations t
                    where (t.user_id = has_others.person or t.person_number = any (numbers))
                      and t.organization_id <> has_others.organization)
        or exists (select from public.organization_members m
                    where m.user_id = has_others.person and m.status = 'active'
                      and m.organization_id <> has_others.organization)
        or exists (select from public.call_queue q
                    where q.person = any (numbers) and q.organization_id <> has_others.organization))
$$;

-- What is kept of a person outside of calls and texts.
create or replace function private.remove_person(person uuid, numbers text[], threads uuid[]) returns jsonb
language plpgsql set search_path = '' as $$
declare
    entries int;
    verified int;
    agreed int;
begin
    delete from public.email_notifications m using public.support_escalations e
     where m.escalation_id = e.id and (e.user_id = person or e.conversation_id = any (threads));
    delete from public.support_escalations e where e.user_id = person or e.conversation_id = any (threads);
    delete from public.conversations t where t.id = any (threads);
    -- Each by an index of its own; the others go with their entries.
    delete from public.call_attempts a where private.person_number(a.to_number) = any (numbers) and a.kind = 'talk';
    delete from public.call_attempts a where a.user_id = person;
    delete from public.call_attempts a using public.verifications v where a.verification_id = v.id and v.phone_number = any (numbers);
    delete from public.bulk_items i using public.bulk_actions b, public.call_queue q
     where i.bulk_id = b.id and b.state <> 'running' and i.object_id = q.id and q.person = any (numbers);
    delete from public.call_queue q where q.person = any (numbers);
    get diagnostics entries = row_count;
    delete from public.call_series s where private.person_number(s.recipient_number) = any (numbers);
    delete from public.verifications v where v.phone_number = any (numbers) or v.user_id = person;
    get diagnostics verified = row_count;
    delete from public.verification_counters c
     where exists (select from unnest(numbers) n (number) where strpos(c.subject, n.number) > 0);
    delete from public.caller_counters c where c.subject = any (numbers);
    delete from public.caller_bindings b where b.person = any (numbers);
    delete from public.held_people h where h.phone_number = any (numbers);
    delete from public.person_tags t where t.phone_number = any (numbers);
    delete from public.onboarding_messages o where o.user_id = person or o.phone_number = any (numbers);
    delete from public.consents c where c.phone_number = any (numbers) or c.user_id = person;
    get diagnostics agreed = row_count;
    -- Who asked to be left alone is left alone after this, too, and who was blocked stays so: under a name that is no number.
    delete from public.suppressions s where s.phone_number = any (numbers) and s.until is not null;
    delete from public.suppression_lifts l where l.phone_number = any (numbers);
    delete from public.suppressions s using unnest(numbers) n (number)
     where s.phone_number = n.number and exists (
         select from public.suppressions o
          where o.phone_number = private.erased_name(n.number) and o.scope = s.scope and o.reason = s.reason and o.until is null);
    update public.suppressions s set phone_number = private.erased_name(s.phone_number), source_sid = null
     where s.phone_number = any (numbers);
    delete from public.blocked_callers b using unnest(numbers) n (number)
     where b.number = n.number and exists (select from public.blocked_callers o where o.number = private.erased_name(n.number));
    update public.blocked_callers b set number = private.erased_name(b.number), reason = null where b.number = any (numbers);
    delete from public.person_tags t where t.phone_number = any (numbers);
    update public.bulk_actions b set wanted = '{"erased": true}' from unnest(numbers) n (number) where strpos(b.wanted::text, n.number) > 0;
    delete from public.saved_views v using unnest(numbers) n (number) where strpos(v.query, ltrim(n.number, '+')) > 0;
    perform private.drop_account(person);
    delete from public.phone_links l where l.phone_number = any (numbers);
    return jsonb_build_object('queue', entries, 'codes', verified, 'consents', agreed);
end $$;

-- erase_person: kind command; key person; called by services/people/erase
-- All rows at once, or the first of very many: the job removes the others (`rows_left`), what the carrier keeps, and the events,
-- and finishes the proof. Who works here is a member first, and whoever talks with us now is not erased in the middle of it.
create function public.erase_person(person uuid, actor jsonb default null, batch int default 500) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    numbers text[];
    made public.erasures;
begin
    if not private.may_see_person(actor, erase_person.person)
       or not exists (select from public.user_profiles p where p.user_id = erase_person.person) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_person');
    end if;
    if exists (select from public.organization_members m
                where m.user_id = erase_person.person and m.status = 'active' and m.role <> 'agent') then
        return jsonb_build_object('result', 'refused', 'code', 'works_here');
    end if;
    numbers := array(
        select l.phone_number from public.phone_links l where l.user_id = erase_person.person
        union select p.phone_number from public.user_profiles p
               where p.user_id = erase_person.person and p.phone_number is not null);
    -- A dial of ours or a text that is on its way would be told of once more.
    if exists (select from public.call_history c
                where (c.user_id = erase_person.person or c.phone_number = any (numbers)) and c.ended_at is null
                  and c.call_status in ('queued', 'initiated', 'ringing', 'in-progress')
                  and coalesce(c.started_at, c.created_at) > now() - interval '1 day')
       or exists (select from public.call_attempts a
                   where private.person_number(a.to_number) = any (numbers) and a.state in ('sending', 'sent')
                     and a.sending_at > now() - interval '1 day') then
        return jsonb_build_object('result', 'refused', 'code', 'in_call');
    end if;
    if private.has_others(erase_person.person, numbers, private.actor_organization(actor)) then
        return jsonb_build_object('result', 'refused', 'code', 'elsewhere_too');
    end if;
    select e.* into made from public.erasures e
     where e.person = erase_person.person and e.state = 'running' and e.leftover ? 'rows_left';
    if made.id is null then
        insert into public.erasures (kind, person, organization_id, asked_by, removed, leftover)
        values ('person', erase_person.person, private.actor_organization(actor),
                coalesce(private.actor_user(actor), (actor ->> 'by')::uuid),
                '{"calls": 0, "texts": 0, "threads": 0, "recordings": 0, "queue": 0, "codes": 0, "consents": 0}',
                jsonb_build_object('recordings', '[]'::jsonb, 'copies', '[]'::jsonb, 'exports', '[]'::jsonb, 'subjects', '[]'::jsonb,
                                   'numbers', to_jsonb(numbers), 'after', 0, 'rows_left', true))
        returning * into made;
        perform private.note_erased(numbers);
        made := private.erase_rows(made, batch);
        perform private.audit(actor, 'person.erased', 'person', erase_person.person::text, null, made.removed);
        perform jobs.defer('finish_erasure', jsonb_build_object('erasure_id', made.id));
    end if;
    return jsonb_build_object('result', 'erased', 'id', made.id, 'removed', made.removed, 'rows_left', made.leftover ? 'rows_left');
end $$;

select private.share_with_service('drop_account', 'exports_of', 'has_others', 'remove_calls', 'remove_texts', 'remove_person');
select private.grant_to_service('erase_person');
