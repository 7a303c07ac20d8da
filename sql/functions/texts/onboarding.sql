-- Texts that begin a conversation instead of answering one: the first question of an onboarding, and its reminders.

select private.drop_functions('open_thread', 'push_texts', 'due_reminders');

-- open_thread: kind claim; key token; called by services/onboarding/start, services/onboarding/remind
-- The thread with a number that the actor may reach, made if there is none, for whoever wants to write first. Not while
-- somebody waits for an answer in it or is being answered: what comes next is said there.
create function public.open_thread(
    to_number text, our_number text, channel text, token uuid, lease_s double precision,
    actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' set timezone = 'UTC' as $$
declare
    person uuid;
    thread public.conversations;
    -- A sender of another channel is the house's alone.
    ours constant text := case when open_thread.channel = 'sms' then private.writes_from(
        open_thread.actor, open_thread.to_number, null, open_thread.our_number) else open_thread.our_number end;
begin
    if not private.may_write(open_thread.actor, open_thread.to_number, ours) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    person := public.ensure_user(private.person_number(open_thread.to_number)) ->> 'user_id';
    if person is null then
        return jsonb_build_object('result', 'refused', 'code', 'not_a_number');
    end if;
    if exists (select from private.standing_suppressions(open_thread.to_number, 'texts')) then
        return jsonb_build_object('result', 'refused', 'code', 'suppressed');
    end if;
    thread := private.locked_thread(open_thread.channel, open_thread.to_number, ours, person);
    if thread.ai_mode = 'OFF' then
        return jsonb_build_object('result', 'refused', 'code', 'ai_off');
    end if;
    if thread.waiting_since is not null
       or (thread.answer_lease_until > clock_timestamp() and thread.answer_token <> open_thread.token) then
        return jsonb_build_object('result', 'refused', 'code', 'busy');
    end if;
    update public.conversations c
       set user_id = coalesce(c.user_id, person), answer_token = open_thread.token,
           answer_lease_until = clock_timestamp() + make_interval(secs => open_thread.lease_s)
     where c.id = thread.id
    returning c.* into thread;
    return private.thread_view(thread);
end $$;

-- push_texts: kind claim; key conversation_id, token, request_key; called by services/onboarding/start, services/onboarding/remind
-- `newer`: somebody wrote meanwhile, so what they wrote is answered instead and nothing of this holds.
create function public.push_texts(
    conversation_id uuid, token uuid, request_key text, state jsonb, texts jsonb default '[]', effects jsonb default '[]',
    onboarding_phase text default null, reminders int default 0, stopped boolean default false
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    thread public.conversations;
begin
    select c.* into thread from public.conversations c where c.id = push_texts.conversation_id for update;
    if thread.id is null or thread.answer_token is distinct from push_texts.token then
        return jsonb_build_object('result', 'fenced');
    end if;
    update public.conversations c set answer_token = null, answer_lease_until = null where c.id = thread.id;
    if thread.waiting_since is not null then
        return jsonb_build_object('result', 'newer');
    end if;
    if exists (select from public.sms_history m where m.request_key = concat(push_texts.request_key, ':0')) then
        return jsonb_build_object('result', 'repeated');
    end if;
    update public.conversations c
       set state = push_texts.state, onboarding_by_call = null, onboarding_phase = push_texts.onboarding_phase,
           reminders = push_texts.reminders, stopped = push_texts.stopped, last_message_at = now()
     where c.id = thread.id;
    perform private.queue_text(
                to_number => thread.customer_identifier, our_number => thread.our_number, channel => thread.channel,
                content => t.text ->> 'content', kind => coalesce(t.text ->> 'kind', 'onboarding'),
                person => thread.user_id, sent_by => 'bot',
                request_key => concat(push_texts.request_key, ':', t.place - 1))
       from jsonb_array_elements(push_texts.texts) with ordinality as t (text, place) order by t.place;
    perform private.apply_effects(thread, push_texts.effects, null, null);
    return jsonb_build_object('result', 'committed');
end $$;

-- due_reminders: kind read; key none; called by services/onboarding/remind
-- Onboardings in which a question is open and nothing was said for a while; whether it is day there is the caller's to
-- know, so one page of people who sleep must not hide the others: `next` is where the following page begins, null after
-- the last. Those that waited longest come first. `after_s`: the seconds of silence before each reminder; there are as
-- many of them.
create function public.due_reminders(
    after_s jsonb, page_size int default 200, after jsonb default null
) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
               'threads', coalesce(jsonb_agg(to_jsonb(d) order by d.last_message_at, d.id), '[]'),
               'next', case when count(*) = greatest(1, due_reminders.page_size) then
                   (array_agg(jsonb_build_object('last_message_at', d.last_message_at, 'id', d.id)
                              order by d.last_message_at desc, d.id desc))[1] end)
      from (select c.id, c.customer_identifier, c.our_number, c.channel, p.timezone, c.last_message_at,
                   c.reminders
              from public.conversations c
              join public.user_profiles u on u.user_id = c.user_id
              left join public.preferences p on p.user_id = c.user_id
             where u.onboarding_status = 'sms_sent' and c.ai_mode = 'ON' and c.waiting_since is null
               and c.onboarding_phase in ('running', 'postponed') and c.reminders < jsonb_array_length(due_reminders.after_s)
               and c.last_message_at < now() - make_interval(
                   secs => (due_reminders.after_s ->> c.reminders)::double precision)
               and not exists (select from private.standing_suppressions(c.customer_identifier, 'texts'))
               and private.block_answer(private.person_number(c.customer_identifier)) is null and private.is_current(c)
               and (due_reminders.after is null
                    or (c.last_message_at, c.id) > ((due_reminders.after ->> 'last_message_at')::timestamptz,
                                                    (due_reminders.after ->> 'id')::uuid))
             order by c.last_message_at, c.id
             limit greatest(1, due_reminders.page_size)) d
$$;

select private.grant_to_service('open_thread', 'push_texts', 'due_reminders');
