-- Everything that happened with one person, in one order.

select private.drop_functions('person_timeline');

-- The threads of a person that an actor sees.
create or replace function private.threads_seen(person uuid, actor jsonb) returns uuid[]
language sql stable set search_path = '' as $$
    select array(
        select t.id from public.conversations t
         where t.user_id = threads_seen.person
           and (private.may_see_thread(actor, t)
                or (t.organization_id is null and private.acts_as(actor, 'operator')
                    and t.assigned_to in (select private.members_of(private.actor_organization(actor))))))
$$;

-- All of it as rows {at, kind, name, what}. Texts, codes, cases, the queue and the profile are shown to whoever may reach the person;
-- whoever sees the person by calls sees those calls. No code and no nonce is in it, and no number.
-- `floor`: calls and texts from then on, and their webhooks; `before`: calls and texts until then. `of_kind`: of this kind alone.
drop function if exists private.person_events(uuid, jsonb), private.person_events(uuid, jsonb, timestamptz, timestamptz);
create or replace function private.person_events(
    person uuid, actor jsonb, floor timestamptz, before timestamptz, of_kind text
)
returns table (at timestamptz, kind text, name text, what jsonb)
language plpgsql stable set search_path = '' set plan_cache_mode = force_generic_plan as $$
declare
    number constant text := (select p.phone_number from public.user_profiles p where p.user_id = person_events.person);
    since constant timestamptz := coalesce(floor, '-infinity');
    until constant timestamptz := coalesce(before, 'infinity');
    reaches constant boolean := private.may_reach(actor, person);
    seen_calls bigint[] := '{}';
    seen_threads constant uuid[] := private.threads_seen(person, actor);
    cases constant uuid[] := case when coalesce(of_kind, 'case') = 'case' then array(
        select e.id from public.support_escalations e
         where e.user_id = person_events.person and private.may_see_escalation(actor, e)
        union select e.id from public.support_escalations e where e.conversation_id = any (seen_threads)
        union select e.id from public.support_escalations e join public.call_history c on c.id = e.call_id
         where e.user_id is null and c.user_id = person_events.person and private.may_see_call(actor, c)) end;
begin
    if coalesce(of_kind, 'call') in ('call', 'webhook') then
        -- By columns: somebody may have thousands of calls that the actor does not see.
        execute format('select array(select c.id from public.call_history c
                                      where c.user_id = $1 and coalesce(c.started_at, c.created_at) between $2 and $3 and %s)',
                       coalesce(nullif(private.where_seen(actor), ''), 'true'))
           into seen_calls using person_events.person, since, until;
    end if;
    return query
    select coalesce(c.started_at, c.created_at), 'call', c.id::text, jsonb_build_object(
               'call_id', c.public_id, 'direction', c.direction, 'call_status', c.call_status, 'end_reason', c.end_reason,
               'outcome', c.outcome, 'goal', (select g.goal from public.summaries g where g.session_id = c.id), 'duration', c.duration,
               'summary', c.summary, 'ended_at', c.ended_at)
      from public.call_history c where c.id = any (seen_calls) and coalesce(of_kind, 'call') = 'call'
    union all
    select m.created_at, 'text', m.id::text, jsonb_build_object(
               'text_id', m.id, 'thread_id', m.conversation_id, 'direction', m.direction, 'text', m.content, 'sent_by', m.sent_by, 'status', m.status,
               'channel', m.channel)
      from public.sms_history m
     where m.user_id = person_events.person and case when m.conversation_id is null then reaches else m.conversation_id = any (seen_threads) end
       and m.created_at between since and until and coalesce(of_kind, 'text') = 'text'
    union all
    select v.created_at, 'code', v.id::text || 'a', jsonb_build_object('event', 'sent', 'channel', v.channel, 'purpose', v.purpose,
                                                                       'blocked', v.blocked)
      from public.verifications v where reaches and v.phone_number = number
    union all
    select coalesce(v.used_at, v.updated_at), 'code', v.id::text || 'b', jsonb_build_object(
               'event', case v.status when 'approved' then 'right' when 'pending' then 'tried' else v.status end, 'channel', v.channel,
               'attempts', v.attempts)
      from public.verifications v where reaches and v.phone_number = number and (v.attempts > 0 or v.status <> 'pending')
    union all
    select c.given_at, 'consent', c.id::text, jsonb_build_object(
               'purpose', c.purpose, 'state', c.state, 'channel', c.channel, 'wording', c.wording_version)
      from public.consents c where c.phone_number = number
    union all
    select s.since, 'suppression', s.id::text || 'a', jsonb_build_object('event', 'began', 'scope', s.scope, 'reason', s.reason)
      from public.suppressions s where s.phone_number = number
    union all
    select s.until, 'suppression', s.id::text || 'b', jsonb_build_object('event', 'ended', 'scope', s.scope, 'reason', s.reason)
      from public.suppressions s where s.phone_number = number and s.until is not null
    union all
    select o.created_at, 'onboarding', o.id::text, jsonb_build_object('event', o.message_type, 'status', o.status)
      from public.onboarding_messages o where reaches and o.user_id = person_events.person
    union all
    select p.onboarding_completed_at, 'onboarding', 'answers', jsonb_build_object(
               'event', 'completed', 'name', btrim(p.first_name || ' ' || p.last_name), 'location', p.location)
      from public.user_profiles p
     where reaches and p.user_id = person_events.person and p.onboarding_completed_at is not null
    union all
    select e.created_at, 'case', e.id::text || 'a', jsonb_build_object(
               'event', 'raised', 'escalation_id', e.id, 'reason', e.reason, 'message', e.message, 'confidence', e.confidence)
      from public.support_escalations e
     where e.id = any (cases)
    union all
    select e.closed_at, 'case', e.id::text || 'b', jsonb_build_object('event', 'closed', 'escalation_id', e.id, 'reason', e.reason)
      from public.support_escalations e
     where e.closed_at is not null and e.id = any (cases)
    union all
    select q.created_at, 'queue', q.id::text, jsonb_build_object(
               'entry_id', q.id, 'status', q.status, 'purpose', q.purpose, 'scheduled_time', q.scheduled_time, 'error', q.last_error,
               'campaign', (select g.name from public.campaigns g where g.id = q.campaign_id))
      from public.call_queue q where q.person = number and private.may_see_entry(actor, q)
    union all
    select coalesce(a.sending_at, a.created_at), 'dial', a.id::text, jsonb_build_object(
               'attempt', a.attempt_number, 'kind', a.kind, 'state', a.state, 'came_of_it', a.transport_result,
               'answered_by', a.answered_by, 'error', a.error)
      from public.call_attempts a
     where reaches and a.state not in ('generated', 'canceled') and a.id = any (array(
               select t.id from public.call_attempts t where t.kind = 'talk' and private.person_number(t.to_number) = number
               union select t.id from public.verifications v join public.call_attempts t on t.verification_id = v.id
                where v.phone_number = number))
    union all
    select w.received_at, 'webhook', w.id::text, jsonb_build_object(
               'event', w.event_type, 'source', w.source, 'call_id', c.public_id)
      from public.call_history c join public.webhook_events w on w.subject = c.call_sid
     where c.id = any (seen_calls) and coalesce(of_kind, 'webhook') = 'webhook'
    union all
    select w.received_at, 'webhook', w.id::text, jsonb_build_object('event', w.event_type, 'source', w.source, 'text_id', m.id)
      from public.sms_history m join public.webhook_events w on w.subject = m.message_sid
     where m.user_id = person_events.person and case when m.conversation_id is null then reaches else m.conversation_id = any (seen_threads) end
       and m.created_at between since and until and coalesce(of_kind, 'webhook') = 'webhook'
    union all
    select p.created_at, 'profile', 'made', jsonb_build_object('event', 'first seen')
      from public.user_profiles p where p.user_id = person_events.person;
end $$;

-- person_timeline: kind read; key person, after; called by console, api
-- A page (access/pages.sql), the newest first; `kind` of what alone.
create function public.person_timeline(
    person uuid default null, kind text default null, actor jsonb default null, page_size int default 50, after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(page_size);
    after_at constant timestamptz := (after ->> 'at')::timestamptz;
    after_name constant text := after ->> 'name';
    threads constant uuid[] := private.threads_seen(person, actor);
    reaches constant boolean := private.may_reach(actor, person);
    floor timestamptz;
begin
    if not private.may_see_person(actor, person) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_person');
    end if;
    -- Nothing of a page is older than its last call or text could be: somebody with thousands of them is not read whole. Of a call
    -- that goes on for long, and of a webhook that comes late, a day's more is read.
    if kind is null or kind in ('call', 'webhook') then
        execute format('select coalesce(c.started_at, c.created_at) from public.call_history c
                         where c.user_id = $1 and coalesce(c.started_at, c.created_at) < $2 and %s%s
                         order by coalesce(c.started_at, c.created_at) desc, c.id desc offset $3 limit 1',
                       coalesce(nullif(private.where_seen(actor), ''), 'true'),
                       case when kind = 'webhook' then ' and exists (select from public.webhook_events w where w.subject = c.call_sid)' end)
           into floor using person_timeline.person, coalesce(after_at, 'infinity'), size;
    end if;
    if kind is null or kind = 'text' then
        floor := greatest(floor, (
            select m.created_at from public.sms_history m
             where m.user_id = person_timeline.person and m.created_at < coalesce(after_at, 'infinity')
               and case when m.conversation_id is null then reaches else m.conversation_id = any (threads) end
             order by m.created_at desc, m.id desc offset size limit 1));
    end if;
    floor := floor - interval '1 day';
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(
                   jsonb_build_object('at', e.at, 'kind', e.kind) || e.what,
                   jsonb_build_object('at', e.at, 'name', e.place)) order by e.at desc, e.place desc), '[]')
          from (select f.at, f.kind, f.kind || ':' || f.name as place, f.what
                  from private.person_events(person_timeline.person, person_timeline.actor, floor, after_at, person_timeline.kind) f
                 where f.at is not null and (person_timeline.kind is null or f.kind = person_timeline.kind)
                   and (after_at is null or (f.at, f.kind || ':' || f.name) < (after_at, after_name))
                 order by f.at desc, 3 desc limit size + 1) e), size);
end $$;

select private.share_with_service('threads_seen', 'person_events');
select private.grant_to_service('person_timeline');
