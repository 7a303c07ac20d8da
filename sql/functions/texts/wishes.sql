-- What a text wishes of us: to be left alone, to be back, to be forgotten.

-- What a keyword or a request in free words changes in the ledger. Returns whether the thread is to answer, and whether
-- we have to confirm: the carrier confirms its own keywords (on WhatsApp nobody does), and a request that changes
-- nothing needs no word. `ends`: what free words end, all, calls or texts.
drop function if exists private.apply_opt_out(text, text, boolean, boolean, text, timestamptz);
create or replace function private.apply_opt_out(
    theirs text, word text, free_words boolean, carrier_answers boolean, sid text, said timestamptz, ends text default 'all'
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    outcome jsonb;
begin
    if word = 'stop' or free_words then
        outcome := public.suppress(
            theirs, case when word = 'stop' then 'all' else apply_opt_out.ends end,
            case when word = 'stop' then 'STOP' else 'spoken_request' end, sid, said);
        -- Whoever wants no calls goes on texting.
        return jsonb_build_object(
            'stopped', exists (select from private.standing_suppressions(theirs, 'texts')), 'answer', false,
            'confirm', outcome ->> 'result' = 'suppressed' and (word is null or not carrier_answers)
                       and (select count(*) from private.standing_suppressions(theirs, 'texts'))
                           = case apply_opt_out.ends when 'calls' then 0 else 1 end);
    end if;
    if word = 'start' then
        outcome := public.lift_suppression(theirs, sid, said);
        -- YES is one of the carrier's words and an everyday answer: what lifted nothing is an ordinary text.
        return jsonb_build_object(
            'answer', outcome ->> 'result' = 'unchanged',
            'confirm', outcome ->> 'result' = 'lifted' and not carrier_answers
                       and not exists (select from private.standing_suppressions(theirs, 'texts')));
    end if;
    if word = 'help' and not carrier_answers
       and exists (select from private.standing_suppressions(theirs, 'texts')) then
        return jsonb_build_object('answer', false, 'confirm', private.may_be_helped(theirs));
    end if;
    return jsonb_build_object('answer', word is null or not carrier_answers);
end $$;

-- The word with which they may begin again: the carrier's own, or one of the languages in which each stop that stands was
-- said. The carrier's block ends with the carrier's words alone. Whoever gets no texts and asks for them in free words
-- (`asks_again`) is told how, as HELP tells it, once.
drop function if exists private.start_word(text, text, jsonb);
create or replace function private.start_word(theirs text, word text, languages jsonb, asks_again boolean default false) returns text
language sql stable set search_path = '' as $$
    select case when word is not null then word
                when languages is not null and exists (select from private.standing_suppressions(theirs, 'texts'))
                     and not exists (
                         select from private.standing_suppressions(theirs, 'texts') s
                           left join public.sms_history m on m.message_sid = s.source_sid
                          where s.reason is distinct from 'spoken_request'
                             or not coalesce(m.details -> 'stop_languages' ?| array(
                                    select jsonb_array_elements_text(languages)), false))
                then 'start'
                when asks_again and exists (select from private.standing_suppressions(theirs, 'texts'))
                     and private.may_be_helped(theirs)
                then 'help' end
$$;

-- Open a request to delete somebody's data, which an operator carries out; one is enough while it is open.
create or replace function private.request_erasure(thread public.conversations, words text, notice jsonb default null)
returns void
language plpgsql set search_path = '' as $$
declare
    escalation uuid;
begin
    if exists (select from public.support_escalations e
                where e.conversation_id = thread.id and e.reason = 'erasure_requested' and e.state = 'open') then
        return;
    end if;
    insert into public.support_escalations as e (user_id, conversation_id, message, reason)
    values (thread.user_id, thread.id, words, 'erasure_requested')
    returning e.id into escalation;
    perform private.add_event('conversation.escalated', thread.id::text, jsonb_build_object(
        'escalation_id', escalation, 'user_id', thread.user_id, 'reason', 'erasure_requested'));
    perform private.start_channels(escalation, notice, thread.our_number, concat_ws(':', thread.id, 'erasure_requested'));
end $$;

select private.share_with_service('apply_opt_out', 'start_word', 'request_erasure');
