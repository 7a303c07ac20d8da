-- Calls that ask our questions: the thread keeps where the caller stands, and what a call leaves unfinished goes on by text.

select private.drop_functions('call_to_continue');

-- Called where a call has ended, and where a turn of it is committed after that. Not at once: an answer may still be
-- on its way, and who calls back is asked there. Repeated jobs text once, by the call's request key.
create or replace function private.continue_by_text(the_call bigint) returns void
language plpgsql set search_path = '' as $$
begin
    if exists (
        select from public.call_states s join public.call_history c on c.id = s.call_id
         where s.call_id = the_call and c.ended_at is not null
           and s.onboarding_phase = 'running') then
        perform jobs.defer(
            'continue_onboarding', jsonb_build_object('call_id', the_call), now() + make_interval(secs => 10));
    end if;
end $$;

-- Where the caller stands with our questions is the thread's to know: texts go on with the very next one.
create or replace function private.keep_guidance(the_call bigint, guidance jsonb) returns void
language plpgsql set search_path = '' as $$
declare
    calling public.call_history;
    thread public.conversations;
    the_thread uuid;
begin
    if guidance is null then
        return;
    end if;
    select c.* into calling from public.call_history c where c.id = the_call;
    -- Beforehand: within the update it would be asked of every row, and what it makes would not be seen.
    the_thread := private.thread_between('sms', calling.phone_number, private.our_number(calling), calling.user_id);
    update public.conversations c
       set onboarding_by_call = guidance -> 'onboarding', onboarding_phase = guidance ->> 'phase',
           -- A process of the release before does not tell it.
           reminders = coalesce((guidance ->> 'reminders')::int, c.reminders)
     where c.id = the_thread
    returning c.* into thread;
    perform private.apply_effects(thread, guidance -> 'effects', null, null, calling.call_sid);
    if calling.ended_at is not null then
        perform private.continue_by_text(the_call);
    end if;
end $$;

-- call_to_continue: kind read; key call_id; called by services/onboarding/go_on
-- Whom to ask the next question, and from which number; nobody where nothing is open any more, where the call was taken to
-- its end (it said goodbye, or the caller asked for the end), where the person is on the phone again, or where a later
-- call was guided: its own end goes on.
create function public.call_to_continue(call_id bigint) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce((
        select jsonb_build_object('number', c.phone_number, 'our_number', private.our_number(c))
          from public.call_history c
          join public.conversations t
            on t.id = private.thread_of('sms', c.phone_number, private.our_number(c))
         where c.id = call_to_continue.call_id and c.ended_at is not null
           and c.end_reason not in ('bot_ended', 'caller_ended', 'transferred', 'operator_ended', 'superseded')
           and t.onboarding_phase = 'running' and private.block_answer(c.phone_number) is null
           and not exists (
               select from public.call_history later join public.call_states s on s.call_id = later.id
                where later.phone_number = c.phone_number and later.id > c.id
                  and private.our_number(later) = private.our_number(c)
                  and (later.ended_at is null or s.onboarding_phase is not null))), '{}')
$$;

select private.grant_to_service('call_to_continue');
select private.share_with_service('continue_by_text', 'keep_guidance');
