-- Names of what was erased, as hashes: what is told late of it, by the spool, the carrier or its list, brings nobody back.

-- From now on nothing from before comes back of what has one of the names: numbers, calls or texts of the carrier.
create or replace function private.note_erased(names text[]) returns void
language sql set search_path = '' as $$
    insert into private.erased_names (name)
    select distinct private.erased_name(n.name) from unnest(names) n (name) where n.name <> ''
    on conflict (name) do update set erased_at = now()
$$;

-- Whether something was erased. `at`: only what was said or happened until then.
create or replace function private.was_erased(name text, at timestamptz default null) returns boolean
language plpgsql stable set search_path = '' as $$
declare
    kept constant text := private.erased_name(was_erased.name);
begin
    return exists (select from private.erased_names e where e.name = kept and (at is null or at <= e.erased_at));
end $$;

select private.share_with_service('note_erased', 'was_erased');
