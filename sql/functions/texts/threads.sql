-- Answering a thread: claim it with all that waits in it, commit the answer with all that follows from it, or let it go.

select private.drop_functions('claim_thread', 'answer_thread', 'release_thread');

-- claim_thread: kind claim; key token; called by services/texts/answer
-- The longest waiting thread that nobody holds. Repeating a token returns the same thread. One that was tried
-- `max_attempts` times is handed to the operator instead.
create function public.claim_thread(
    token uuid, lease_s double precision, max_attempts int default 8, operator_notice jsonb default null
) returns jsonb
language plpgsql set search_path = '' set timezone = 'UTC' as $$
declare
    thread public.conversations;
begin
    select c.* into thread from public.conversations c
     where c.answer_token = claim_thread.token and c.answer_lease_until > clock_timestamp() and c.waiting_since is not null;
    while thread.id is null loop
        thread := private.due_thread();
        if thread.id is null then
            return jsonb_build_object('result', 'none');
        end if;
        if thread.answer_attempts >= claim_thread.max_attempts then
            perform private.hand_over(thread, claim_thread.operator_notice);
            thread := null;
        else
            update public.conversations c
               set answer_token = claim_thread.token, answer_attempts = c.answer_attempts + 1,
                   answer_lease_until = clock_timestamp() + make_interval(secs => claim_thread.lease_s)
             where c.id = thread.id
            returning c.* into thread;
        end if;
    end loop;
    return private.thread_view(thread);
end $$;

-- The longest waiting thread that nobody holds, locked. The settings make the planner walk along the index even while it
-- believes that nothing waits.
create or replace function private.due_thread() returns public.conversations
language sql set search_path = '' set enable_sort = off set enable_seqscan = off set enable_bitmapscan = off as $$
    select c.* from public.conversations c
     where c.waiting_since is not null and greatest(c.waiting_since, c.answer_lease_until) <= clock_timestamp()
     order by greatest(c.waiting_since, c.answer_lease_until)
     limit 1
       for no key update skip locked
$$;

-- A thread that nobody managed to answer: it waits for a person.
create or replace function private.hand_over(thread public.conversations, notice jsonb) returns void
language plpgsql set search_path = '' as $$
begin
    update public.conversations c
       set waiting_since = null, answer_token = null, answer_lease_until = null, answer_attempts = 0, status = 'pending'
     where c.id = thread.id;
    perform private.note_decision(
        thread.id, (select max(m.id) from public.sms_history m where m.conversation_id = thread.id and m.wants_answer),
        '{"decision": "escalate", "confidence": 1, "reason": "Nobody managed to answer it.", "rule": "too_many_tries"}');
    perform private.escalate(thread, null, 'ai_limitation', notice);
end $$;

-- The last messages in the order in which they were said.
create or replace function private.thread_messages(thread uuid, page_size int, before_id bigint default null) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select coalesce(jsonb_agg(jsonb_build_object(
               'id', m.id, 'direction', m.direction, 'content', m.content, 'media', m.media, 'kind', m.kind,
               'sent_by', m.sent_by, 'status', m.status, 'error_code', m.error_code, 'outbox_state', m.outbox_state,
               'keyword', m.keyword, 'code_outcome', m.code_outcome, 'details', m.details,
               'in_reply_to', m.in_reply_to, 'part', m.part, 'created_at', coalesce(m.observed_at, m.created_at))
               order by coalesce(m.observed_at, m.created_at), m.id), '[]')
      from (select l.* from public.sms_history l
             where l.conversation_id = thread and l.id < coalesce(before_id, 9223372036854775807)
             order by l.id desc limit page_size) m
$$;

drop function if exists private.person_view(uuid, text);
-- `calls`: those of the thread's organization alone. What a person said to another one is not known here.
create or replace function private.person_view(person uuid, number text, organization uuid) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'profile', (
            select jsonb_build_object(
                       'first_name', u.first_name, 'last_name', u.last_name,
                       'location', private.place_of(u, person_view.organization), 'status', u.status,
                       'language', p.language, 'timezone', p.timezone, 'voice_id', p.voice_preference)
              from public.user_profiles u left join public.preferences p on p.user_id = u.user_id
             where u.user_id = person),
        'onboarding', (
            select jsonb_build_object('status', u.onboarding_status)
              from public.user_profiles u where u.user_id = person),
        'verified', coalesce((
            select l.verified from public.phone_links l where l.phone_number = number and l.user_id = person), false),
        'calls', coalesce((
            select jsonb_agg(jsonb_build_object('started_at', c.started_at, 'summary', c.summary, 'outcome', c.outcome)
                             order by c.id)
              from (select * from public.call_history h where h.phone_number = number and number <> 'anonymous'
                       and h.organization_id is not distinct from person_view.organization
                     order by h.id desc limit 5) c), '[]'))
$$;

-- All that an answer may be made from. What of it may be said is decided by whoever assembles the model's context.
create or replace function private.thread_view(thread public.conversations) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'result', 'claimed', 'conversation_id', thread.id, 'user_id', thread.user_id, 'channel', thread.channel,
        'customer_identifier', thread.customer_identifier, 'our_number', thread.our_number, 'state', thread.state,
        'onboarding_by_call', thread.onboarding_by_call, 'stopped', thread.stopped,
        'ai_mode', thread.ai_mode, 'attempts', thread.answer_attempts,
        'waits_for_person', exists (
            select from public.support_escalations e
             where e.conversation_id = thread.id and e.state = 'open' and e.reason = 'human_requested'),
        'template', (select v.content || jsonb_build_object('id', t.id)
                       from public.provider_phone_numbers n
                       join public.call_templates t on t.id = n.template_id
                       join public.call_template_versions v on v.id = t.published_version_id
                      where n.full_number = private.bare_number(thread.our_number) and n.is_active limit 1),
        -- Reactions are for people to see: nothing is made from them.
        'messages', (select coalesce(jsonb_agg(said order by place), '[]')
                       from jsonb_array_elements(private.thread_messages(thread.id, 40)) with ordinality as t (said, place)
                      where said ->> 'kind' <> 'reaction'),
        'unanswered', coalesce((
            select jsonb_agg(m.id order by m.id) from public.sms_history m
             where m.conversation_id = thread.id and m.wants_answer and m.id > thread.answered_upto), '[]'),
        'upto', coalesce((
            select max(m.id) from public.sms_history m
             where m.conversation_id = thread.id and m.wants_answer), thread.answered_upto))
        || private.person_view(thread.user_id, private.person_number(thread.customer_identifier), thread.organization_id)
$$;

-- answer_thread: kind claim; key conversation_id, token, upto; called by services/texts/answer
-- The answer, its rows for the outbox, the thread's state and every effect, in one transaction. `newer`: somebody wrote
-- meanwhile, so nothing of it holds; but who writes without a pause is answered all the same after a minute, and what is
-- newer waits for the next turn.
-- `onboarding_phase` to `stopped`: what SQL needs of `state`, as the columns of conversations say. `used_usd`: what the models
-- cost that were asked, `texts_usd`: what the texts cost. `decision`: what was decided, as note_decision takes it.
create function public.answer_thread(
    conversation_id uuid, token uuid, upto bigint, state jsonb, texts jsonb default '[]', effects jsonb default '[]',
    operator_notice jsonb default null, onboarding_phase text default null, reminders int default 0,
    stopped boolean default false, used_usd double precision default 0, texts_usd double precision default 0,
    decision jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    thread public.conversations;
    newer boolean;
begin
    -- Whatever becomes of the answer: it was paid for.
    perform private.spend('texts', answer_thread.used_usd::numeric, hashtext(answer_thread.conversation_id::text));
    select c.* into thread from public.conversations c where c.id = answer_thread.conversation_id for no key update;
    if thread.answer_token is distinct from answer_thread.token or thread.id is null then
        return jsonb_build_object('result', 'fenced');
    end if;
    if thread.answer_lease_until is null and thread.answered_upto = answer_thread.upto then
        return private.committed_answer(answer_thread.upto);
    end if;
    newer := exists (select from public.sms_history m
                      where m.conversation_id = thread.id and m.wants_answer and m.id > answer_thread.upto);
    if thread.answered_upto >= answer_thread.upto
       or (newer and thread.waiting_since > clock_timestamp() - interval '1 minute') then
        update public.conversations c
           set answer_token = null, answer_lease_until = null, answer_attempts = greatest(0, c.answer_attempts - 1)
         where c.id = thread.id;
        return jsonb_build_object('result', 'newer');
    end if;

    update public.conversations c
       set state = answer_thread.state, onboarding_by_call = null, onboarding_phase = answer_thread.onboarding_phase,
           reminders = answer_thread.reminders, stopped = answer_thread.stopped, answered_upto = answer_thread.upto,
           waiting_since = case when newer then clock_timestamp() end,
           answer_lease_until = null, answer_attempts = 0, unread_count = 0, last_message_at = now()
     where c.id = thread.id;
    perform private.queue_text(
                thread.customer_identifier, thread.our_number,
                case when thread.channel = 'sms' and t.text -> 'media' <> '[]' then 'mms' else thread.channel end,
                t.text ->> 'content', coalesce(t.text ->> 'kind', 'conversation'), thread.user_id, 'bot',
                media => nullif(t.text -> 'media', 'null'), details => nullif(jsonb_strip_nulls(jsonb_build_object(
                    'content_sid', t.text -> 'content_sid', 'content_variables', t.text -> 'content_variables')), '{}'),
                conversation => thread.id, in_reply_to => answer_thread.upto, part => (t.place - 1)::int)
       from jsonb_array_elements(answer_thread.texts) with ordinality as t (text, place) order by t.place;
    perform private.apply_effects(thread, answer_thread.effects, answer_thread.upto, answer_thread.operator_notice);
    perform private.note_decision(thread.id, answer_thread.upto, answer_thread.decision);
    perform private.spend('texts', answer_thread.texts_usd::numeric, hashtext(thread.id::text));
    return private.committed_answer(answer_thread.upto);
end $$;

drop function if exists private.committed_answer(uuid, bigint, jsonb);
create or replace function private.committed_answer(upto bigint) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object(
        'result', 'committed',
        'message_ids', coalesce((
            select jsonb_agg(m.id order by m.part) from public.sms_history m
             where m.in_reply_to = committed_answer.upto), '[]'))
$$;

-- release_thread: kind claim; key conversation_id, token; called by services/texts/answer, services/onboarding/start, services/onboarding/remind
create function public.release_thread(conversation_id uuid, token uuid, retry_after_s double precision default 0)
returns jsonb
language plpgsql set search_path = '' as $$
begin
    update public.conversations c
       set answer_token = null,
           answer_lease_until = clock_timestamp() + make_interval(secs => release_thread.retry_after_s)
     where c.id = release_thread.conversation_id and c.answer_token = release_thread.token
       and c.answer_lease_until is not null;
    return jsonb_build_object('result', case when found then 'released' else 'fenced' end);
end $$;

select private.grant_to_service('claim_thread', 'answer_thread', 'release_thread');
select private.share_with_service(
    'due_thread', 'hand_over', 'thread_messages', 'person_view', 'thread_view', 'committed_answer');
