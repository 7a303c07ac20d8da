-- The minutes of a call that its carrier takes.

-- The minutes of the carrier that a call has begun. What is kept after its end adds none.
create or replace function private.begun_minutes(answered_at timestamptz, ended_at timestamptz) returns int
language plpgsql set search_path = '' as $$
begin
    return ceil(greatest(1, extract(epoch from coalesce(ended_at, clock_timestamp()) - answered_at)) / 60);
end $$;

select private.share_with_service('begun_minutes');
