-- Which processes live, and the share of each.

select private.drop_functions('machine_seen', 'machine_left');

-- machine_seen: kind command; key machine; called by services/fleet
-- {callers: processes that answer calls, workers: the others, place: which of `callers` it is, from 0; null: a worker}.
create function public.machine_seen(machine text, role text, calls int, forget_after_s double precision) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
begin
    insert into public.machines as m (machine, role, calls)
    values (machine_seen.machine, machine_seen.role, machine_seen.calls)
    on conflict (machine) do update
       set role = excluded.role, calls = excluded.calls, seen_at = clock_timestamp();
    -- Others forget the same rows: nobody waits for them.
    delete from public.machines m
     where m.machine in (
         select o.machine from public.machines o
          where o.seen_at < clock_timestamp() - make_interval(secs => machine_seen.forget_after_s)
            for update skip locked);
    return (
        select jsonb_build_object(
                   'callers', count(*) filter (where m.role <> 'worker'),
                   'workers', count(*) filter (where m.role = 'worker'),
                   'place', case when machine_seen.role <> 'worker' then
                       count(*) filter (where m.role <> 'worker' and m.machine < machine_seen.machine) end)
          from public.machines m
         where m.seen_at >= clock_timestamp() - make_interval(secs => machine_seen.forget_after_s));
end $$;

-- machine_left: kind command; key machine; called by services/fleet
create function public.machine_left(machine text) returns jsonb
language plpgsql set search_path = '' as $$
begin
    delete from public.machines m where m.machine = machine_left.machine;
    return '{}';
end $$;

select private.grant_to_service('machine_seen', 'machine_left');
