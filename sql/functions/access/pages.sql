-- What every list that people look at answers: {"rows", "next"}. `next` is the place where the next page begins, null on
-- the last one; given back as `after`, whatever was added meanwhile, no row comes twice and none is left out.

-- How many rows a page has, whatever was asked for.
create or replace function private.page_size(wanted int) returns int
language sql immutable set search_path = '' as $$
    select greatest(1, least(coalesce(wanted, 50), 200))
$$;

-- The page out of what was found: [row, place] in the list's order, one more than a page holds when there is more.
create or replace function private.as_page(found_ones jsonb, size int) returns jsonb
language sql immutable set search_path = '' as $$
    select jsonb_build_object(
               'rows', coalesce(jsonb_agg(f.one -> 0 order by f.nth) filter (where f.nth <= size), '[]'),
               'next', case when count(*) > size then found_ones -> (size - 1) -> 1 end)
      from jsonb_array_elements(found_ones) with ordinality f (one, nth)
$$;

select private.share_with_service('page_size', 'as_page');
