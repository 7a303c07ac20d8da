-- When somebody may be called, by the clocks of where the number may be.

-- Whether a week is open at a local time. The end of a span does not belong to it.
create or replace function private.week_is_open(week jsonb, local timestamp) returns boolean
language sql immutable set search_path = '' as $$
    select exists (
        select from jsonb_array_elements(coalesce(week -> (array['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'])[
                   extract(dow from local)::int + 1], '[]')) span
         where local - date_trunc('day', local) >= (span ->> 0)::interval
           and local - date_trunc('day', local) < (span ->> 1)::interval)
$$;

-- The first moment from `at` on at which a week is open in one zone; null when it is not within nine days. What a clock
-- shows decides, also in the nights in which it is set: a time that a clock leaves out is open for nobody.
create or replace function private.opens_in_zone(week jsonb, zone text, at timestamptz) returns timestamptz
language plpgsql stable set search_path = '' as $$
declare
    local constant timestamp := opens_in_zone.at at time zone zone;
    begins timestamptz;
begin
    if private.week_is_open(week, local) then
        return opens_in_zone.at;
    end if;
    for begins in
        -- Of a time that a clock shows twice Postgres takes the second: the first is half an hour or an hour before it.
        select c.moment
          from (select date_trunc('day', local) + make_interval(days => n) as day from generate_series(0, 9) n) days,
               jsonb_array_elements(coalesce(week -> (array['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'])[
                   extract(dow from days.day)::int + 1], '[]')) span,
               (values (0), (30), (60)) earlier (minutes),
               lateral (select (days.day + (span ->> 0)::interval) at time zone zone
                               - make_interval(mins => earlier.minutes) as moment) c
         where earlier.minutes = 0 or c.moment at time zone zone = days.day + (span ->> 0)::interval
         order by 1
    loop
        if begins > opens_in_zone.at and private.week_is_open(week, begins at time zone zone) then
            return begins;
        end if;
    end loop;
    return null;
end $$;

-- The same where all of several zones have to be open.
create or replace function private.opens_at(week jsonb, zones text[], at timestamptz) returns timestamptz
language plpgsql stable set search_path = '' as $$
declare
    moment timestamptz := opens_at.at;
    later timestamptz;
    zone text;
begin
    if coalesce(cardinality(zones), 0) = 0 then
        return null;
    end if;
    -- Each round moves to where one more zone opens; there are at most nine days of spans to go through.
    for round in 1 .. 200 loop
        later := moment;
        foreach zone in array zones loop
            later := private.opens_in_zone(week, zone, later);
            if later is null or later > opens_at.at + interval '9 days' then
                return null;
            end if;
        end loop;
        if later = moment then
            return moment;
        end if;
        moment := later;
    end loop;
    return null;
end $$;

select private.share_with_service('week_is_open', 'opens_in_zone', 'opens_at');
