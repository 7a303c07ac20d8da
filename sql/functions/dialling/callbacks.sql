-- Calls that a person asked us for, in a call or by text: one of them waits for each person, and asking again moves it.

select private.drop_functions('ask_callback', 'cancel_callback');

-- Where somebody asked: the call or the text, our number, and what the bot was then.
create or replace function private.asked_where(
    source jsonb, out sid text, out channel text, out our_number_id uuid, out template_id uuid, out voice_id uuid,
    out variables jsonb
)
language plpgsql stable set search_path = '' as $$
declare
    calling public.call_history;
    dialled public.call_queue;
begin
    if source ? 'call_id' then
        select c.* into calling from public.call_history c where c.id = (source ->> 'call_id')::bigint;
        sid := calling.call_sid;
        channel := 'call';
        select n.id, n.template_id into our_number_id, template_id from public.provider_phone_numbers n
         where n.full_number = private.our_number(calling) and n.is_active limit 1;
        template_id := coalesce(calling.template_id, template_id);
        -- Whom we called is called again with what that call was about.
        select q.* into dialled from public.call_attempts a join public.call_queue q on q.id = a.call_queue_id
         where a.call_sid = calling.call_sid and a.kind = 'talk' limit 1;
        if dialled.id is not null then
            template_id := coalesce(dialled.template_id, (
                select c.template_id from public.campaigns c where c.id = dialled.campaign_id), template_id);
            variables := dialled.custom_variables;
            voice_id := dialled.voice_id;
        end if;
        return;
    end if;
    select m.message_sid, case t.channel when 'whatsapp' then 'whatsapp' else 'sms' end, n.id, n.template_id
      into sid, channel, our_number_id, template_id
      from public.sms_history m
      join public.conversations t on t.id = m.conversation_id
      left join public.provider_phone_numbers n on n.full_number = private.bare_number(t.our_number) and n.is_active
     where m.id = (source ->> 'message_id')::bigint;
end $$;

-- ask_callback: kind command; key number; called by services/dialling/callbacks
-- A call that the person with this number asks for, in the call or the text `source` ({call_id} or {message_id}): kept with
-- their words as the consent for it. The one that waits for them already is moved; the same once more changes nothing.
-- `wanted`: {scheduled_time} or {not_before, not_after}. Refused like any other entry, when it can never be dialled.
create function public.ask_callback(
    number text, words text, source jsonb, wanted jsonb, timezone text, checked jsonb, limits jsonb default '{}'
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_variable
declare
    whose constant text := private.person_number(number);
    asked record;
    open_one public.call_queue;
    said jsonb;
    told text;
begin
    perform pg_advisory_xact_lock(hashtextextended('callback:' || whose, 0));
    if private.standing_call_stop(whose) then
        return '{"result": "refused", "code": "suppressed"}';
    end if;
    select * into asked from private.asked_where(source);
    if asked.sid is null then
        return '{"result": "refused", "code": "unknown_source"}';
    end if;
    -- The call that is under way with this person is not dialled once more, because they have said when they want the next.
    update public.call_queue q set redial = '{}' where q.person = whose and q.asked_in is not null and q.status = 'in-progress';
    select q.* into open_one from public.call_queue q
     where q.person = whose and q.asked_in is not null and q.status = 'queued' order by q.created_at limit 1 for update;
    begin
        if open_one.id is null then
            insert into public.call_queue (
                user_id, recipient_number, from_number_id, template_id, voice_id, custom_variables, purpose, asked_in,
                scheduled_time, not_before, not_after, timezone, country, number_type, zones, checked_at)
            values (
                private.house_account(), number,
                private.own_number(asked.our_number_id, private.organization_asked_in(asked.sid)), asked.template_id, asked.voice_id, asked.variables,
                'asked_for', asked.sid, (wanted ->> 'scheduled_time')::timestamptz, (wanted ->> 'not_before')::timestamptz,
                (wanted ->> 'not_after')::timestamptz, timezone, checked ->> 'country', checked ->> 'number_type',
                array(select jsonb_array_elements_text(checked -> 'zones')), now())
            returning * into open_one;
            told := 'asked';
        else
            told := case when (open_one.scheduled_time, open_one.not_before) is not distinct from (
                (wanted ->> 'scheduled_time')::timestamptz, (wanted ->> 'not_before')::timestamptz) then 'known' else 'moved' end;
            update public.call_queue q
               set scheduled_time = (wanted ->> 'scheduled_time')::timestamptz, not_before = (wanted ->> 'not_before')::timestamptz,
                   not_after = (wanted ->> 'not_after')::timestamptz, timezone = ask_callback.timezone, asked_in = asked.sid,
                   last_error = null
             where q.id = open_one.id;
            update public.call_queue q
               set checked_at = now(), zones = array(select jsonb_array_elements_text(checked -> 'zones'))
             where q.id = open_one.id returning q.* into open_one;
        end if;
        said := private.why_not_yet(open_one, '{}', clock_timestamp());
        -- What can never be dialled leaves no trace, and the one that waited stays where it was.
        if (said ->> 'over')::boolean then
            raise exception '%', said -> 'reasons' ->> 0 using errcode = 'VB001';
        end if;
    exception when check_violation then
        get stacked diagnostics told = message_text;
        return jsonb_build_object('result', 'refused', 'code', 'invalid', 'message', told);
    when sqlstate 'VB001' then
        get stacked diagnostics told = message_text;
        return jsonb_build_object('result', 'refused', 'code', told);
    end;
    if told <> 'known' then
        insert into public.consents (phone_number, purpose, state, channel, wording_version, source_sid, given_at)
        values (whose, 'asked_for', 'granted', asked.channel, left(words, 500), asked.sid, now());
    end if;
    return jsonb_build_object('result', told, 'entry', private.entry_view(open_one, limits));
end $$;

-- cancel_callback: kind command; key number; called by services/dialling/callbacks
-- The person wants the call no more.
create function public.cancel_callback(number text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    ended int;
begin
    perform pg_advisory_xact_lock(hashtextextended('callback:' || private.person_number(number), 0));
    update public.call_queue q set status = 'canceled', last_error = null
     where q.person = private.person_number(number) and q.asked_in is not null and q.status = 'queued';
    get diagnostics ended = row_count;
    return jsonb_build_object('result', case when ended > 0 then 'canceled' else 'none' end);
end $$;

select private.grant_to_service('ask_callback', 'cancel_callback');
select private.share_with_service('asked_where');
