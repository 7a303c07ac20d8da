-- The roles that Supabase provides, each only when it is absent.
-- Roles belong to the whole cluster: two databases may be migrated at the same time, so losing the race is fine.

do $$
declare
    missing text;
begin
    foreach missing in array array['anon', 'authenticated', 'service_role'] loop
        if to_regrole(missing) is null then
            begin
                execute format('create role %I nologin noinherit', missing);
            exception when duplicate_object or unique_violation then
                null;
            end;
        end if;
    end loop;
end $$;

-- Supabase's service_role passes row level security by. Only a superuser may say so; everywhere else the policy that
-- each table has for service_role does the same.
do $$
begin
    if (select rolsuper from pg_roles where rolname = current_user)
       and not (select rolbypassrls from pg_roles where rolname = 'service_role') then
        alter role service_role bypassrls;
    end if;
end $$;

-- Serving connections come as the owner and `set role service_role`. Membership also lets the owner's security definer
-- functions through forced row level security, by the same policies.
do $$
declare
    provided text;
begin
    foreach provided in array array['anon', 'authenticated', 'service_role'] loop
        if not pg_has_role(current_user, provided, 'usage') then
            execute format('grant %I to current_user', provided);
        end if;
    end loop;
end $$;

grant usage on schema public to anon, authenticated, service_role;
