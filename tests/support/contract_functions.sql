-- What the contract of the transports is tried with. Only databases of tests ever see it.
-- Supabase's local server reads its function list once, when it starts: these are there before.

create table public.contract_rows (name text primary key);
create sequence public.contract_tries;
grant select, insert on public.contract_rows to service_role;
grant usage on public.contract_tries to service_role;

create function public.contract_echo(value jsonb default null, label text default 'unlabelled') returns jsonb
language sql set search_path = '' as $$
    select jsonb_build_object('value', value, 'label', label)
$$;

create function public.contract_types(
    words text, small int, large bigint, flag boolean, ratio double precision, id uuid, at timestamptz, body jsonb
) returns jsonb
language sql set search_path = '' as $$
    select jsonb_build_object('words', words, 'small', small, 'large', large, 'flag', flag, 'ratio', ratio,
        'id', id, 'at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), 'body', jsonb_typeof(body))
$$;

create function public.contract_answer(wanted text) returns jsonb
language sql set search_path = '' as $$
    select case wanted when 'nothing' then null when 'text' then '"words"'::jsonb when 'number' then '2.5'
        when 'list' then '[1, null, {}]' when 'yes' then 'true' else '{}' end
$$;

create function public.contract_session() returns jsonb
language sql set search_path = '' as $$
    select jsonb_build_object('user', current_user, 'statement_timeout', current_setting('statement_timeout'),
        'lock_timeout', current_setting('lock_timeout'), 'pid', pg_catalog.pg_backend_pid(),
        'prepared', (select count(*) from pg_catalog.pg_prepared_statements))
$$;

create function public.contract_add(name text, then_fail boolean default false) returns jsonb
language plpgsql set search_path = '' as $$
begin
    insert into public.contract_rows values (name);
    if then_fail then
        perform 1 / 0;
    end if;
    return '{"result": "added"}';
end $$;

create function public.contract_refuse() returns jsonb
language sql set search_path = '' as $$
    select '{"result": "refused", "code": "too_many"}'::jsonb
$$;

create function public.contract_forbidden() returns jsonb
language sql set search_path = '' as $$
    select to_jsonb(count(*)) from pg_catalog.pg_authid
$$;

create function public.contract_sleep(seconds double precision) returns jsonb
language plpgsql set search_path = '' as $$
begin
    perform pg_catalog.pg_sleep(seconds);
    return '{"result": "slept"}';
end $$;

create function public.contract_deadlock(failures int) returns jsonb
language plpgsql set search_path = '' as $$
declare
    try bigint := nextval('public.contract_tries');
begin
    if try <= failures then
        raise exception 'pretended' using errcode = '40P01';
    end if;
    return jsonb_build_object('try', try);
end $$;

do $$
declare
    made regprocedure;
begin
    for made in select oid::regprocedure from pg_proc where proname like 'contract\_%' loop
        execute format('revoke all on function %s from public', made);
        execute format('grant execute on function %s to service_role', made);
    end loop;
end $$;
