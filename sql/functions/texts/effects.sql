-- What an answer changes besides the thread, each in the transaction that commits the answer; and how a person is called.

-- The effects of an answer in their order. A verification is started by the service, which counts its limits; unknown
-- types are a newer version's and are left alone. `call_sid`: it was said in that call, and not in a text.
drop function if exists private.apply_effects(public.conversations, jsonb, bigint, jsonb);
create or replace function private.apply_effects(
    thread public.conversations, effects jsonb, upto bigint, notice jsonb, call_sid text default null
) returns void
language plpgsql set search_path = '' as $$
declare
    effect jsonb;
begin
    for effect in select e from jsonb_array_elements(coalesce(effects, '[]')) e loop
        case effect ->> 'type'
            when 'set_profile' then perform private.set_profile(thread.user_id, effect, thread.organization_id);
            when 'set_voice' then perform public.set_voice_preference(thread.user_id, effect ->> 'voice_id');
            when 'set_onboarding' then perform private.set_onboarding(thread.user_id, effect ->> 'status');
            when 'consent' then perform private.note_consent(thread, effect, upto, call_sid);
            when 'suppress' then perform private.suppress_asker(thread, effect, upto);
            when 'escalate' then
                perform private.escalate(thread, effect ->> 'message', effect ->> 'reason', notice,
                                         (effect ->> 'confidence')::double precision, call_sid);
            when 'request_erasure' then perform private.request_erasure(thread, effect ->> 'message', notice);
            when 'set_ai_mode' then
                update public.conversations c set ai_mode = effect ->> 'mode' where c.id = thread.id;
            when 'event' then
                perform private.add_event(
                    effect ->> 'event', thread.id::text, jsonb_build_object('message_id', upto, 'user_id', thread.user_id));
            else null;
        end case;
    end loop;
end $$;

drop function if exists private.set_profile(uuid, jsonb);
-- `organization`: to whom the person said it. Where somebody lives is that one's to know; names are the person's own everywhere.
create or replace function private.set_profile(person uuid, fields jsonb, organization uuid) returns void
language sql set search_path = '' as $$
    update public.user_profiles u
       set first_name = coalesce(left(fields ->> 'first_name', 200), u.first_name),
           last_name = coalesce(left(fields ->> 'last_name', 200), u.last_name),
           location = coalesce(left(fields ->> 'location', 500), u.location),
           told_to = case when fields ->> 'location' is null then u.told_to else organization end
     where u.user_id = person
$$;

-- Where somebody lives, as far as an organization was told; what nobody's team was told is the house's.
create or replace function private.place_of(p public.user_profiles, organization uuid) returns text
language sql immutable set search_path = '' as $$
    select case when p.told_to is null or coalesce(p.told_to = organization, false) then p.location end
$$;

-- A completed onboarding stays completed, until somebody starts it anew with `pending`.
create or replace function private.set_onboarding(person uuid, wanted text) returns void
language sql set search_path = '' as $$
    update public.user_profiles u
       set onboarding_status = wanted,
           onboarding_sent_at = case when wanted = 'sms_sent' then coalesce(u.onboarding_sent_at, now())
                                     else u.onboarding_sent_at end,
           onboarding_completed_at = case when wanted = 'completed' then now()
                                          when wanted = 'pending' then null else u.onboarding_completed_at end,
           status = case when wanted = 'completed' then 'active' else u.status end
     where u.user_id = person and u.onboarding_status <> wanted
       and (u.onboarding_status <> 'completed' or wanted = 'pending')
$$;

drop function if exists private.note_consent(public.conversations, jsonb, bigint);
create or replace function private.note_consent(
    thread public.conversations, given jsonb, upto bigint, call_sid text default null
) returns void
language sql set search_path = '' as $$
    insert into public.consents (user_id, phone_number, purpose, state, channel, wording_version, source_sid, given_at)
    select thread.user_id, private.person_number(thread.customer_identifier), given ->> 'purpose', given ->> 'state',
           case when call_sid is null then thread.channel else 'call' end, given ->> 'wording_version',
           coalesce(call_sid, m.message_sid), coalesce(m.observed_at, now())
      from (select) here left join public.sms_history m on m.id = upto
$$;

-- Somebody asked to be left alone, in the message `upto`; the confirmation that answers it is exempt by its SID.
create or replace function private.suppress_asker(thread public.conversations, asked jsonb, upto bigint) returns void
language plpgsql set search_path = '' as $$
declare
    said public.sms_history;
begin
    select m.* into said from public.sms_history m where m.id = upto;
    perform public.suppress(
        thread.customer_identifier, coalesce(asked ->> 'scope', 'all'), coalesce(asked ->> 'reason', 'spoken_request'),
        said.message_sid, said.observed_at);
end $$;

-- What a person should know of, while the bot goes on answering: a note, one text, a number, a wish that is not clear or
-- not the bot's to grant, a model that fails for a while, a danger in which the next text may need an answer too.
-- Everything else is a person's to answer.
create or replace function private.only_tells(why text) returns boolean
language sql immutable set search_path = '' as $$
    select coalesce(why in (
        'message', 'call_back', 'too_late', 'too_many_texts', 'not_textable', 'unsure_stop_request', 'erasure_requested',
        'model_failed', 'emergency'), false)
$$;

-- The bot keeps silent in a thread that a person has to answer; what it has queued to say so still leaves. The commit that
-- called keeps its token, by which it is known again.
create or replace function private.silence(thread uuid, escalation uuid) returns void
language plpgsql set search_path = '' as $$
begin
    update public.conversations c set ai_mode = 'OFF', waiting_since = null
     where c.id = thread and c.ai_mode = 'ON';
    if found then
        update public.support_escalations e set silenced = true where e.id = escalation;
    end if;
end $$;

-- Call a person: the row that they work through, an event for those who listen, and the operator's channels. `call_sid`:
-- it happened in that call, so the row is the call's too, once for each reason.
drop function if exists private.escalate(public.conversations, text, text, jsonb, double precision);
create or replace function private.escalate(
    thread public.conversations, words text, why text, notice jsonb default null, confidence double precision default null,
    call_sid text default null
) returns uuid
language plpgsql set search_path = '' as $$
declare
    cause constant text := coalesce(why, 'complex_issue');
    the_call constant bigint := (select c.id from public.call_history c where c.call_sid = escalate.call_sid);
    escalation uuid;
begin
    if the_call is not null then
        escalation := private.escalate_call(the_call, cause, cause, words, notice);
        update public.support_escalations e set conversation_id = thread.id, confidence = escalate.confidence
         where e.id = escalation;
    else
        insert into public.support_escalations as e (user_id, conversation_id, message, confidence, reason)
        values (thread.user_id, thread.id, words, escalate.confidence, cause)
        returning e.id into escalation;
        perform private.add_event('conversation.escalated', thread.id::text, jsonb_build_object(
            'escalation_id', escalation, 'user_id', thread.user_id, 'reason', why));
        perform private.start_channels(escalation, notice, thread.our_number, concat_ws(':', thread.id, why));
    end if;
    if not private.only_tells(cause) then
        perform private.silence(thread.id, escalation);
    end if;
    return escalation;
end $$;

select private.share_with_service(
    'apply_effects', 'set_profile', 'place_of', 'set_onboarding', 'note_consent', 'suppress_asker', 'only_tells',
    'silence', 'escalate');
