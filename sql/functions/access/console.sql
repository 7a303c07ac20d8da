-- Sessions of the console, and the links that begin one. Only hashes of what a browser or a person holds are kept.

select private.drop_functions(
    'make_console_link', 'use_console_link', 'begin_console_session', 'console_session', 'end_console_session',
    'end_console_sessions', 'confirm_console_session', 'try_console_sign_in', 'clear_console_tries', 'note_refused_sign_in', 'sweep_console');

-- make_console_link: kind command; key token_hash; called by cli console
-- Good once, for fifteen minutes. Without a user it signs in as the operator of the machine.
create function public.make_console_link(token_hash text, user_id uuid default null) returns jsonb
language plpgsql set search_path = '' as $$
begin
    if make_console_link.user_id is not null and not exists (
        select from public.organization_members m where m.user_id = make_console_link.user_id and m.status = 'active') then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_member');
    end if;
    insert into public.console_links (token_hash, user_id, expires_at)
    values (make_console_link.token_hash, make_console_link.user_id, now() + interval '15 minutes');
    return jsonb_build_object('result', 'made');
end $$;

-- use_console_link: kind command; key link_hash; called by console
-- The link is used up and the session begun in one transaction: of two who use it at once, one gets in.
create function public.use_console_link(
    link_hash text, token_hash text, session_s double precision, address text default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    used public.console_links;
begin
    update public.console_links l set used_at = now()
     where l.token_hash = use_console_link.link_hash and l.used_at is null and l.expires_at > now()
    returning l.* into used;
    if used.id is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_link');
    end if;
    -- Whoever made tries for this account does not keep its owner out.
    delete from public.console_tries t
     where t.account = private.account_of((select p.email from public.user_profiles p where p.user_id = used.user_id));
    return public.begin_console_session(
        use_console_link.token_hash, 'link', use_console_link.session_s, used.user_id, used.user_id is null,
        use_console_link.address);
end $$;

-- A sign of the password that an account has: sessions that were begun before it changed are over. Security definer: accounts are
-- rows of auth.users, which the service may not read. Nobody learns the hash of the password from it.
create or replace function private.password_sign(person uuid) returns text
language sql stable security definer set search_path = '' as $$
    select left(encode(sha256(convert_to(coalesce(u.encrypted_password, ''), 'UTF8')), 'hex'), 32)
      from auth.users u where u.id = password_sign.person
$$;
revoke execute on function private.password_sign(uuid) from public;

-- Whether somebody may go on with a session. One that was begun by the version before knows of no password.
create or replace function private.session_stands(s public.console_sessions) returns boolean
language sql stable set search_path = '' as $$
    select s.revoked_at is null and s.expires_at > now()
       and (s.password_sign is null or s.password_sign is not distinct from private.password_sign(s.user_id))
$$;

-- begin_console_session: kind command; key token_hash; called by console
create function public.begin_console_session(
    token_hash text, signed_in_by text, session_s double precision, user_id uuid default null,
    administrator boolean default false, address text default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    made uuid;
begin
    insert into public.console_sessions (token_hash, user_id, administrator, signed_in_by, address, password_sign, expires_at)
    values (begin_console_session.token_hash, begin_console_session.user_id, begin_console_session.administrator,
            begin_console_session.signed_in_by, left(begin_console_session.address, 100),
            private.password_sign(begin_console_session.user_id), now() + make_interval(secs => least(begin_console_session.session_s, 43200)))
    returning id into made;
    update public.user_profiles p set last_login_at = now() where p.user_id = begin_console_session.user_id;
    perform private.audit(
        jsonb_build_object('user_id', begin_console_session.user_id, 'address', begin_console_session.address,
                           'organization_id', private.home_of(begin_console_session.user_id) ->> 'organization_id'),
        'console.signed_in', 'session', made::text, null,
        jsonb_build_object('by', begin_console_session.signed_in_by));
    return jsonb_build_object('result', 'begun', 'id', made);
end $$;

-- The organization that a person works for now, and the role there: the chosen one, else the one joined first.
-- UTC is what every organization begins with, and says nothing: then the clock of the service counts. Who means it writes Etc/UTC.
create or replace function private.home_of(person uuid) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object('organization_id', m.organization_id, 'role', m.role,
                              'organization', coalesce(o.display_name, o.name), 'timezone', nullif(o.default_timezone, 'UTC'))
      from public.organization_members m
      join public.organizations o on o.id = m.organization_id
      left join public.user_profiles p on p.user_id = m.user_id
     where m.user_id = home_of.person and m.status = 'active' and coalesce(o.is_active, true) and o.deleted_at is null
     order by (m.organization_id = p.current_organization_id) desc nulls last, m.joined_at, m.id limit 1
$$;

-- console_session: kind read; key token_hash; called by console, at each request
-- Who holds the cookie, with the role and the organization of this moment. Refused: signed out, too old, or no member.
create function public.console_session(token_hash text) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
declare
    held public.console_sessions;
    home jsonb;
begin
    select s.* into held from public.console_sessions s
     where s.token_hash = console_session.token_hash and private.session_stands(s);
    if held.id is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_session');
    end if;
    home := case when not held.administrator then private.home_of(held.user_id) end;
    if home is null and not held.administrator then
        return jsonb_build_object('result', 'refused', 'code', 'no_member');
    end if;
    return jsonb_build_object(
        'result', 'found', 'id', held.id, 'user_id', held.user_id, 'administrator', held.administrator,
        'name', private.name_of(held.user_id), 'expires_at', held.expires_at,
        'confirmed_s', extract(epoch from now() - coalesce(held.confirmed_at, held.created_at)))
        || coalesce(home, '{"organization_id": null, "role": "owner", "organization": null}');
end $$;

-- confirm_console_session: kind command; key token_hash; called by console
-- Whoever holds the cookie has proven anew who they are: with the password that was just looked at, or with a link of the same
-- person, which is used up.
create function public.confirm_console_session(token_hash text, link_hash text default null) returns jsonb
language plpgsql set search_path = '' as $$
declare
    held public.console_sessions;
begin
    select s.* into held from public.console_sessions s
     where s.token_hash = confirm_console_session.token_hash and private.session_stands(s) for update;
    if held.id is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_session');
    end if;
    if confirm_console_session.link_hash is not null then
        update public.console_links l set used_at = now()
         where l.token_hash = confirm_console_session.link_hash and l.used_at is null and l.expires_at > now()
           and l.user_id is not distinct from held.user_id;
        if not found then
            return jsonb_build_object('result', 'refused', 'code', 'unknown_link');
        end if;
    end if;
    update public.console_sessions s set confirmed_at = now() where s.id = held.id;
    return jsonb_build_object('result', 'confirmed');
end $$;

-- end_console_session: kind command; key token_hash; called by console
create function public.end_console_session(token_hash text) returns jsonb
language plpgsql set search_path = '' as $$
begin
    update public.console_sessions s set revoked_at = now()
     where s.token_hash = end_console_session.token_hash and s.revoked_at is null;
    return jsonb_build_object('result', 'ended');
end $$;

-- end_console_sessions: kind command; key token_hash; called by console
-- All of whoever holds this one. The operator of the machine ends those of the operator.
create function public.end_console_sessions(token_hash text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    count int;
begin
    update public.console_sessions s set revoked_at = now() from public.console_sessions mine
     where mine.token_hash = end_console_sessions.token_hash and mine.revoked_at is null and mine.expires_at > now()
       and s.user_id is not distinct from mine.user_id and s.revoked_at is null;
    get diagnostics count = row_count;
    return jsonb_build_object('result', 'ended', 'count', count);
end $$;

-- How an account is called where tries are counted.
create or replace function private.account_of(email text) returns text
language sql immutable set search_path = '' as $$
    select encode(sha256(convert_to(lower(btrim(email)), 'UTF8')), 'hex')
$$;

-- One more try of a subject; false when it rests.
create or replace function private.count_try(subject text, most int, rest_s double precision, account text) returns boolean
language sql set search_path = '' as $$
    insert into public.console_tries as t (subject, tries, since, account) values (count_try.subject, 1, now(), count_try.account)
    on conflict on constraint console_tries_pkey do update
       set tries = case when t.since > now() - make_interval(secs => rest_s) then least(t.tries + 1, most + 1) else 1 end,
           -- The rest begins with the last try that was looked at.
           since = case when t.since > now() - make_interval(secs => rest_s) and t.tries >= most then t.since else now() end
    returning t.tries <= most
$$;

-- try_console_sign_in: kind command; key subject; called by console, before a password is looked at
-- Counted beforehand, so that many tries at once are no way around it. Ten fail, then the subject rests. `wider`: further subjects,
-- {"subject", "most"}, that count the tries which the ones before them let through.
create function public.try_console_sign_in(
    subject text, most int default 10, rest_s double precision default 900, account text default null, wider jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one jsonb;
begin
    if not private.count_try(subject, most, rest_s, account) then
        return '{"result": "locked"}';
    end if;
    for one in select * from jsonb_array_elements(coalesce(wider, '[]')) loop
        if not private.count_try(one ->> 'subject', (one ->> 'most')::int, rest_s,
                                 case when (one ->> 'subject') = account then account end) then
            return '{"result": "locked"}';
        end if;
    end loop;
    return '{"result": "allowed"}';
end $$;

-- clear_console_tries: kind command; key subject; called by console, after a right password
-- Wider subjects get the one try back.
create function public.clear_console_tries(subject text, wider jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
begin
    delete from public.console_tries t where t.subject = clear_console_tries.subject;
    update public.console_tries t set tries = greatest(t.tries - 1, 0)
     where t.subject in (select w ->> 'subject' from jsonb_array_elements(coalesce(wider, '[]')) w);
    return jsonb_build_object('result', 'cleared');
end $$;

-- note_refused_sign_in: kind command; key none; called by console
-- In the log of the organization that the account works for; one that nobody has is told of in the service's own. What a stranger
-- repeats is noted once in ten minutes an address, and of accounts that nobody has no more than `most_an_hour` in all.
create function public.note_refused_sign_in(
    code text, email text default null, address text default null, most_an_hour int default 200
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    meant constant uuid := (
        select m.user_id from public.organization_members m join public.user_profiles p on p.user_id = m.user_id
         where lower(p.email) = lower(btrim(note_refused_sign_in.email)) and m.status = 'active' order by m.id limit 1);
    thing constant text := coalesce(meant::text, 'unknown');
    told constant jsonb := jsonb_build_object('why', note_refused_sign_in.code);
    noted constant int := (
        select count(*) from (
            select from public.audit_log l
             where l.object_type = 'account' and l.object_id = thing and l.action = 'console.sign_in_refused'
               and l.at > now() - interval '1 hour' limit most_an_hour) n);
begin
    if noted >= most_an_hour or ((meant is null or note_refused_sign_in.code <> 'wrong') and exists (
        select from public.audit_log l
         where l.object_type = 'account' and l.object_id = thing and l.action = 'console.sign_in_refused'
           and l.at > now() - interval '10 minutes' and l.after = told
           and l.address is not distinct from note_refused_sign_in.address)) then
        return jsonb_build_object('result', 'unchanged');
    end if;
    insert into public.audit_log (organization_id, role, action, object_type, object_id, after, address)
    values ((private.home_of(meant) ->> 'organization_id')::uuid, 'nobody', 'console.sign_in_refused', 'account', thing, told,
            left(note_refused_sign_in.address, 100));
    return jsonb_build_object('result', 'noted');
end $$;

-- sweep_console: kind command; key none; called by services/upkeep/sweep_records
create function public.sweep_console(days double precision default 30, batch int default 5000) returns jsonb
language plpgsql set search_path = '' as $$
declare
    before constant timestamptz := now() - make_interval(secs => days * 86400);
    count int;
    total int := 0;
begin
    delete from public.console_sessions s where s.id in (
        select o.id from public.console_sessions o where o.expires_at < before order by o.expires_at limit batch);
    get diagnostics count = row_count;
    total := total + count;
    delete from public.console_links l where l.id in (
        select o.id from public.console_links o where o.expires_at < before limit batch);
    get diagnostics count = row_count;
    total := total + count;
    delete from public.console_tries t where t.subject in (
        select o.subject from public.console_tries o where o.since < before limit batch);
    get diagnostics count = row_count;
    return jsonb_build_object('console', total + count);
end $$;

select private.share_with_service('password_sign', 'session_stands', 'home_of', 'account_of', 'count_try');
select private.grant_to_service(
    'make_console_link', 'use_console_link', 'begin_console_session', 'console_session', 'end_console_session',
    'end_console_sessions', 'confirm_console_session', 'try_console_sign_in', 'clear_console_tries', 'note_refused_sign_in', 'sweep_console');
