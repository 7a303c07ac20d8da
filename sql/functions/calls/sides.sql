-- The two sides of a call: which number is ours and which is the person's, whoever called whom.

create or replace function private.our_side(direction text, from_number text, to_number text) returns text
language plpgsql immutable set search_path = '' as $$
begin
    return case when direction = 'outbound' then from_number else to_number end;
end $$;

-- Null where nobody has told who called.
create or replace function private.their_side(direction text, from_number text, to_number text) returns text
language plpgsql immutable set search_path = '' as $$
begin
    return case direction when 'inbound' then from_number when 'outbound' then to_number end;
end $$;

-- The number of ours that a call was on.
create or replace function private.our_number(calling public.call_history) returns text
language sql immutable set search_path = '' as $$
    select private.our_side(calling.direction, calling.from_number, calling.to_number)
$$;

select private.share_with_service('our_side', 'their_side', 'our_number');
