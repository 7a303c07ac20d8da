-- Calls that a provider leads by itself (Vapi): what it tells settles the dial and becomes history like that of any call.

select private.drop_functions('record_led_call', 'keep_report_aside', 'led_attempt', 'untold_led_calls', 'words_of_call');

-- Why a report is not about an attempt of ours; null when it is. Whoever may sign reports may still be wrong, or lie.
create or replace function private.strange_about(
    one public.call_attempts, account text, call_sid text, to_number text
) returns text
language sql stable set search_path = '' as $$
    select case
        when one.id is null or one.account <> strange_about.account or one.kind <> 'talk' then 'unknown_attempt'
        when one.call_sid <> strange_about.call_sid
             or exists (select from public.call_attempts a where a.call_sid = strange_about.call_sid and a.id <> one.id)
             then 'other_call'
        when strange_about.to_number <> ''
             and private.person_number(strange_about.to_number) <> private.person_number(one.to_number) then 'other_number'
        when one.sending_at is null then 'never_dialled' end
$$;

-- The number that a call came from: the account has one of its own.
create or replace function private.led_from(one public.call_attempts, report jsonb) returns text
language sql stable set search_path = '' as $$
    select coalesce(nullif(report ->> 'from_number', ''), one.from_number, (
        select p.default_number from public.call_service_providers p where p.name = one.account), '')
$$;

-- The call's row, as far as it is known by now; a call that somebody answered begins like any other.
create or replace function private.begin_led_call(one public.call_attempts, call_sid text, report jsonb, event_id text) returns bigint
language plpgsql set search_path = '' as $$
declare
    began constant timestamptz := coalesce((report ->> 'started_at')::timestamptz, now());
    ours constant text := private.led_from(one, report);
    the_call bigint := (private.locked_call(begin_led_call.call_sid)).id;
begin
    update public.call_history c
       set call_queue_id = coalesce(c.call_queue_id, one.call_queue_id), transport = 'vapi',
           started_at = least(c.started_at, began),
           answered_at = case when (report ->> 'answered')::boolean then least(c.answered_at, began) else c.answered_at end,
           provider_id = coalesce(c.provider_id, (
               select p.id from public.call_service_providers p where p.name = one.account))
     where c.id = the_call;
    if (report ->> 'answered')::boolean then
        perform public.begin_call(
            begin_led_call.call_sid, 'outbound', ours, one.to_number, 'vapi', null, null, null,
            begin_led_call.event_id || ':begun', null);
    end if;
    return the_call;
end $$;

-- What was said, in its order, and what the provider makes of it. The first report with words stays; one that was fetched too
-- early may have none, and a summary without words gives way.
create or replace function private.keep_led_words(the_call bigint, report jsonb) returns void
language plpgsql set search_path = '' as $$
begin
    if report -> 'utterances' <> '[]' then
        delete from public.summaries s where s.session_id = the_call and s.model_used is null;
        if found then
            update public.call_history c set summary = null, outcome = null where c.id = the_call;
            perform jobs.defer('summarise_call', jsonb_build_object('call_id', the_call));
        end if;
    end if;
    insert into public.transcripts (session_id, sequence_number, speaker, content, start_time_seconds, is_final, stt_provider)
    select the_call, u.place, u.one ->> 'speaker', u.one ->> 'text', (u.one ->> 'at_s')::numeric, true, 'vapi'
      from jsonb_array_elements(coalesce(report -> 'utterances', '[]')) with ordinality u (one, place)
    on conflict (session_id, sequence_number) do nothing;
    perform private.follow_late_words(the_call);
    update public.call_history c
       set call_data = coalesce(c.call_data, '{}') || jsonb_build_object('led', report -> 'told')
     where c.id = the_call;
end $$;

-- How the dial of a call ended. A call that was not placed called nobody: its entry waits as before. A number that is none
-- is not dialled again.
create or replace function private.settle_led_dial(one public.call_attempts, call_sid text, status text, report jsonb) returns void
language plpgsql set search_path = '' as $$
declare
    reason constant text := coalesce(nullif(report ->> 'reason', ''), status);
begin
    if one.state in ('sending', 'sent', 'unknown') and report ->> 'fate' = 'not_placed' then
        update public.call_attempts a set call_sid = coalesce(a.call_sid, settle_led_dial.call_sid) where a.id = one.id;
        perform private.give_back(one, reason, null);
    elsif one.state in ('sending', 'sent', 'unknown') and report ->> 'fate' = 'bad_number' then
        update public.call_attempts a set call_sid = coalesce(a.call_sid, settle_led_dial.call_sid) where a.id = one.id;
        perform private.end_dial(one.id, 'failed', reason);
    else
        perform public.settle_dial(one.id, settle_led_dial.status, settle_led_dial.call_sid);
    end if;
end $$;

-- record_led_call: kind fact; key call_sid + event_id; called by services/dialling/led/record
-- What the provider `account` tells of the call `call_sid` that it was asked for as `attempt_id`, in any order, any number of
-- times. `report`: to_number, from_number, answered, started_at, ended_at, duration_s, and of a call that is over: fate,
-- reason (its own word), end_reason, answerer, cost_usd, utterances [{speaker, text, at_s}], told (kept in call_data.led),
-- whole (words and cost are in it). One that does not fit is kept aside. A call that is over without its whole report is asked for half a minute later.
create function public.record_led_call(
    account text, attempt_id uuid, call_sid text, status text, report jsonb, event_id text, operator_notice jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one public.call_attempts;
    the_call bigint;
    strange text;
    over constant boolean := report ->> 'fate' is not null;
    whole constant boolean := over and (report ->> 'whole')::boolean;
begin
    if private.was_erased(record_led_call.call_sid) then
        return '{"result": "refused", "code": "erased"}';
    end if;
    select a.* into one from public.call_attempts a where a.id = record_led_call.attempt_id for update;
    strange := private.strange_about(one, record_led_call.account, record_led_call.call_sid, report ->> 'to_number');
    if strange is not null then
        perform public.keep_report_aside(
            record_led_call.account, record_led_call.event_id, strange, report, record_led_call.call_sid,
            record_led_call.operator_notice);
        return jsonb_build_object('result', 'refused', 'code', strange);
    end if;
    update public.call_attempts a set call_sid = record_led_call.call_sid where a.id = one.id and a.call_sid is null;
    if exists (select from public.call_history c
                where c.call_sid = record_led_call.call_sid and c.call_data -> 'led' ->> 'whole' = 'true'
                  and (report -> 'utterances' = '[]'
                       or exists (select from public.transcripts t where t.session_id = c.id))) then
        return jsonb_build_object('result', 'unchanged');
    end if;
    perform private.note_event(
        record_led_call.event_id, 'led:' || record_led_call.status, record_led_call.call_sid, null, report);
    the_call := private.begin_led_call(one, record_led_call.call_sid, report, record_led_call.event_id);
    if whole then
        perform private.keep_led_words(the_call, report);
    end if;
    if report ->> 'answerer' in ('human', 'voicemail') then
        perform public.record_amd(
            record_led_call.call_sid, report ->> 'answerer', null, (report ->> 'ended_at')::timestamptz,
            record_led_call.event_id || ':answerer', null, one.id, report ->> 'answerer');
    end if;
    if not over or whole then
        perform private.note_led_status(one, record_led_call.call_sid, record_led_call.status, report, record_led_call.event_id);
    else
        perform jobs.defer('fetch_led_call', jsonb_build_object('attempt_id', one.id), now() + interval '30 seconds');
    end if;
    perform private.settle_led_dial(one, record_led_call.call_sid, record_led_call.status, report);
    if whole and exists (select from public.transcripts t where t.session_id = the_call and t.speaker = 'caller') then
        perform jobs.defer('judge_words', jsonb_build_object('call_id', the_call));
    end if;
    return jsonb_build_object('result', 'applied', 'call_id', the_call);
end $$;

-- The status of a call, and of one that is over its reason and its cost.
create or replace function private.note_led_status(
    one public.call_attempts, call_sid text, status text, report jsonb, event_id text
) returns void
language plpgsql set search_path = '' as $$
declare
    noted jsonb;
begin
    if report ->> 'end_reason' is not null then
        perform public.finish_call(note_led_status.call_sid, report ->> 'end_reason');
    end if;
    noted := public.record_call_status(
        note_led_status.call_sid, note_led_status.status, null, (report ->> 'ended_at')::timestamptz, 'outbound',
        private.led_from(one, report), one.to_number, (report ->> 'duration_s')::int,
        event_id => note_led_status.event_id || ':status');
    if report ->> 'cost_usd' is not null then
        perform public.save_price(
            (noted ->> 'call_id')::bigint, '-' || (report ->> 'cost_usd'), 'USD', (report ->> 'duration_s')::int);
    end if;
end $$;

-- keep_report_aside: kind fact; key event_id; called by services/dialling/led/record, record_led_call
-- A report that was signed and makes no sense, or is about no call of ours, changes nothing: it is kept as it came, for three
-- months, and one case an hour and account tells a person.
create function public.keep_report_aside(
    account text, event_id text, code text, payload jsonb, subject text default null, operator_notice jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    cause constant text := concat('strange_report:', keep_report_aside.account);
    escalation uuid;
begin
    if private.was_erased(keep_report_aside.subject) then
        return '{"result": "refused", "code": "erased"}';
    end if;
    insert into public.webhook_events (source, event_id, event_type, subject, payload)
    values ('vapi', keep_report_aside.event_id, 'aside:' || keep_report_aside.code, keep_report_aside.subject, keep_report_aside.payload)
    on conflict on constraint webhook_events_source_event_id_key do nothing;
    if not found then
        return jsonb_build_object('result', 'unchanged');
    end if;
    perform pg_advisory_xact_lock(hashtextextended(cause, 0));
    if not exists (select from public.support_escalations e
                    where e.cause_key = cause and e.state = 'open' and e.created_at > now() - interval '1 hour') then
        insert into public.support_escalations (reason, message, cause_key)
        values ('strange_report', concat(
                    keep_report_aside.account, ': ', keep_report_aside.code, ' (', keep_report_aside.event_id, ')'), cause)
        returning id into escalation;
        perform private.start_channels(escalation, keep_report_aside.operator_notice, null, cause);
    end if;
    return jsonb_build_object('result', 'kept');
end $$;

-- led_attempt: kind read; key attempt_id; called by services/dialling/led/dial, services/dialling/led/settle
-- What a provider is asked for, and how its call is found again. `variables`: those of the template, and those of the entry.
create function public.led_attempt(attempt_id uuid) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select coalesce((
        select jsonb_build_object(
                   'result', 'found', 'account', a.account, 'call_sid', a.call_sid, 'to_number', a.to_number, 'state', a.state,
                   'since', coalesce(a.sending_at, a.created_at), 'assistant_id', t.assistant_id,
                   'variables', coalesce(nullif(v.content -> 'params', 'null'), '{}') || coalesce(a.variables, '{}'),
                   'whole', coalesce((
                       select c.call_data -> 'led' ->> 'whole' = 'true' from public.call_history c
                        where c.call_sid = a.call_sid), false))
          from public.call_attempts a
          left join public.call_template_versions v on v.id = a.template_version_id
          left join public.call_templates t on t.id = v.template_id
         where a.id = led_attempt.attempt_id),
        '{"result": "unknown"}')
$$;

-- untold_led_calls: kind read; key none; called by services/dialling/led/settle
-- Calls that a provider leads and of whose end nobody told for a while, drawn anew each time: those that it never tells about
-- do not delay the others.
create function public.untold_led_calls(quiet_s double precision default 300, page_size int default 20) returns jsonb
language sql volatile set search_path = '' as $$
    select jsonb_build_object('calls', coalesce((
        select jsonb_agg(jsonb_build_object('account', u.account, 'attempt_id', u.id, 'call_sid', u.call_sid))
          from (select a.account, a.id, a.call_sid
                  from public.call_history c join public.call_attempts a on a.call_sid = c.call_sid
                 where c.ended_at is null and c.transport = 'vapi'
                   and c.updated_at < now() - make_interval(secs => quiet_s) and c.created_at > now() - interval '30 days'
                 order by random() limit greatest(1, page_size)) u), '[]'))
$$;

-- words_of_call: kind read; key call_id; called by services/calls/judge_words
create function public.words_of_call(call_id bigint) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select coalesce((
        select jsonb_build_object(
                   'result', 'found', 'number', c.phone_number, 'call_sid', c.call_sid, 'answered_by', c.answered_by,
                   'ended_at', coalesce(c.ended_at, now()),
                   'said', coalesce((
                       select jsonb_agg(jsonb_build_object('speaker', t.speaker, 'text', t.content) order by t.sequence_number)
                         from public.transcripts t where t.session_id = c.id), '[]'))
          from public.call_history c where c.id = words_of_call.call_id),
        '{"result": "unknown"}')
$$;

select private.grant_to_service('record_led_call', 'keep_report_aside', 'led_attempt', 'untold_led_calls', 'words_of_call');
select private.share_with_service(
    'strange_about', 'led_from', 'begin_led_call', 'keep_led_words', 'settle_led_dial', 'note_led_status');
