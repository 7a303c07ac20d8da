-- Browsers that hear a call, or talk with its caller: one-time tokens, and whether who came in by one may stay.

select private.drop_functions('open_call_audio', 'claim_call_audio', 'call_audio_stands');

-- Who holds a session of the console now, as an actor; null: nobody any more.
create or replace function private.actor_of_session(session uuid) returns jsonb
language sql stable set search_path = '' as $$
    select case
        when s.administrator then '{"role": "operator"}'::jsonb
        else jsonb_build_object('role', 'operator', 'user_id', s.user_id,
                                'organization_id', private.home_of(s.user_id) ->> 'organization_id')
    end
      from public.console_sessions s
     where s.id = session and private.session_stands(s)
       and (s.administrator or private.home_of(s.user_id) is not null)
$$;

-- Null: this browser may hear the call now, or talk: with `talks` its operator has taken the call over.
create or replace function private.why_not_hear(the_call public.call_history, session uuid, talks boolean) returns text
language plpgsql stable set search_path = '' as $$
declare
    acting constant jsonb := private.actor_of_session(session);
begin
    if acting is null then
        return 'signed_out';
    end if;
    return coalesce(
        private.why_not_step(acting, the_call),
        private.call_offers(the_call, private.maker_of(acting)) ->> 'listen',
        case when talks and private.holder_of(the_call.id) is distinct from private.maker_of(acting) then 'not_taken_over' end);
end $$;

-- open_call_audio: kind command; key token_hash; called by console
-- `session_hash` is that of the cookie. Who listens reads what is said: it is put on record.
create function public.open_call_audio(
    public_id uuid, token_hash text, session_hash text, talks boolean, token_s double precision default 30,
    actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    the_call public.call_history;
    session public.console_sessions;
    refused text;
begin
    select c.* into the_call from public.call_history c where c.public_id = open_call_audio.public_id;
    select s.* into session from public.console_sessions s where s.token_hash = open_call_audio.session_hash;
    refused := case
        when the_call.id is null or private.why_not_step(actor, the_call) is not null
            then coalesce(private.why_not_step(actor, the_call), 'unknown_call')
        when session.id is null then 'signed_out'
        else private.why_not_hear(the_call, session.id, open_call_audio.talks)
    end;
    if refused is not null then
        return jsonb_build_object('result', 'refused', 'code', refused);
    end if;
    delete from public.call_audio_tokens t where t.call_id = the_call.id and t.expires_at < now();
    insert into public.call_audio_tokens (token_hash, call_id, session_id, maker, talks, expires_at)
    values (open_call_audio.token_hash, the_call.id, session.id, private.maker_of(actor), open_call_audio.talks,
            now() + make_interval(secs => least(open_call_audio.token_s, 60)));
    perform private.audit(
        actor, case when open_call_audio.talks then 'call.talked' else 'call.listened' end, 'call', the_call.public_id::text,
        null, null, the_call.organization_id);
    return jsonb_build_object('result', 'opened');
end $$;

-- claim_call_audio: kind claim; key token_hash; called by services/calls/stepping/browser
-- `session_hash`: of the cookie that came along, if one did. `actor`: who the session is.
create function public.claim_call_audio(public_id uuid, token_hash text, session_hash text default null) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    the_call public.call_history;
    held public.call_audio_tokens;
    refused text;
begin
    select c.* into the_call from public.call_history c where c.public_id = claim_call_audio.public_id;
    delete from public.call_audio_tokens t
     where t.token_hash = claim_call_audio.token_hash and t.call_id = the_call.id
    returning t.* into held;
    refused := case
        when held.token_hash is null or held.expires_at <= clock_timestamp() then 'unknown_token'
        when claim_call_audio.session_hash is not null and not exists (
            select from public.console_sessions s where s.id = held.session_id and s.token_hash = claim_call_audio.session_hash)
            then 'signed_out'
        else private.why_not_hear(the_call, held.session_id, held.talks)
    end;
    if refused is not null then
        return jsonb_build_object('result', 'refused', 'code', refused);
    end if;
    return jsonb_build_object(
        'result', 'claimed', 'call_id', held.call_id, 'session_id', held.session_id, 'maker', held.maker, 'talks', held.talks,
        'actor', private.actor_of_session(held.session_id));
end $$;

-- call_audio_stands: kind read; key call_id, session_id; called by services/calls/stepping/browser, every 5 s
-- Whether a browser may go on hearing the call. Who gave it back may go on listening.
create function public.call_audio_stands(call_id bigint, session_id uuid) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
    the_call public.call_history;
    refused text;
begin
    select c.* into the_call from public.call_history c where c.id = call_audio_stands.call_id;
    refused := private.why_not_hear(the_call, call_audio_stands.session_id, false);
    return case when refused is null then '{"result": "stands"}'::jsonb
                else jsonb_build_object('result', 'refused', 'code', refused) end;
end $$;

select private.share_with_service('actor_of_session', 'why_not_hear');
select private.grant_to_service('open_call_audio', 'claim_call_audio', 'call_audio_stands');
