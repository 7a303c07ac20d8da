-- What every table and function of ours stands on: closed defaults, and the pieces that policies and triggers share.
-- Schema `private` is not exposed by any REST server; nothing in it is called from outside the database.

create schema private;
revoke all on schema private from public;
grant usage on schema private to authenticated, service_role;

-- Supabase gives every new object in `public` to anon and authenticated. Ours begin closed and are opened by name.
alter default privileges in schema public revoke all on tables from anon, authenticated;
alter default privileges in schema public revoke all on sequences from anon, authenticated;
alter default privileges in schema public revoke all on functions from anon, authenticated;
alter default privileges revoke execute on functions from public;

create function private.touch_updated_at() returns trigger
language plpgsql set search_path = '' as $$
begin
    new.updated_at := now();
    return new;
end $$;
comment on function private.touch_updated_at is 'Trigger: updated_at says when a row last changed, whoever changed it.';

create function private.protect(variadic tables regclass[]) returns void
language plpgsql set search_path = '' as $$
declare
    protected regclass;
begin
    foreach protected in array tables loop
        execute format('alter table %s enable row level security', protected);
        execute format('alter table %s force row level security', protected);
        execute format('revoke all on %s from public, anon, authenticated', protected);
        execute format('grant select, insert, update, delete on %s to service_role', protected);
        execute format(
            'create policy "Service role has full access" on %s for all to service_role using (true) with check (true)',
            protected);
        if exists (select from pg_catalog.pg_attribute
                    where attrelid = protected and attname = 'updated_at' and not attisdropped) then
            execute format(
                'create trigger touch_updated_at before update on %s for each row execute function private.touch_updated_at()',
                protected);
        end if;
    end loop;
end $$;
comment on function private.protect is
    'Close new tables to everybody but the service, and let updated_at follow. Each table names what it opens after this.';

create function private.drop_functions(variadic names text[]) returns void
language plpgsql set search_path = '' as $$
declare
    old regprocedure;
begin
    for old in
        select p.oid::regprocedure from pg_catalog.pg_proc p
         where p.pronamespace = 'public'::regnamespace and p.proname = any (names)
    loop
        execute format('drop function %s', old);
    end loop;
end $$;
comment on function private.drop_functions is
    'Drop all overloads of functions in public; first line of a file in sql/functions, so that no old signature stays.';

create function private.grant_to_service(variadic names text[]) returns void
language plpgsql set search_path = '' as $$
declare
    name text;
begin
    foreach name in array names loop
        execute format('revoke all on function public.%I from public, anon, authenticated', name);
        execute format('grant execute on function public.%I to service_role', name);
    end loop;
end $$;
comment on function private.grant_to_service is 'Leave functions in public callable by service_role alone.';

revoke execute on function private.protect(regclass[]) from public;
revoke execute on function private.drop_functions(text[]) from public;
revoke execute on function private.grant_to_service(text[]) from public;

-- Who asks. The claim is in app_metadata, which only the service can write; user_metadata is the user's own.
create function private.is_admin() returns boolean
language sql stable set search_path = '' as $$
    select coalesce((select auth.jwt()) -> 'app_metadata' ->> 'role' = 'admin', false)
$$;
comment on function private.is_admin is 'Whether the token''s holder is an administrator of the whole service.';
revoke execute on function private.is_admin() from public;
grant execute on function private.is_admin() to authenticated, service_role;
