-- What waits goes another way once its number or its template does: what is dialled next at once, the rest in steps of the worker.
-- A campaign of a hundred thousand people took a minute in one transaction, and ended at the time limit of a statement.

create or replace function private.route_again() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
    at_once int := 500;
    wave record;
begin
    for wave in
        select case tg_table_name when 'campaigns' then 'campaign' when 'call_templates' then 'template'
                                  when 'user_phone_numbers' then 'caller_number' else 'from_number' end as what, new.id
        union all
        select 'campaign', c.id from public.campaigns c where tg_table_name = 'call_templates' and c.template_id = new.id
    loop
        if at_once > 0 then
            at_once := at_once - private.route_waiting(wave.what, wave.id, at_once);
        end if;
        if at_once <= 0 then
            perform jobs.defer('route_entries', jsonb_build_object('what', wave.what, 'thing_id', wave.id));
        end if;
    end loop;
    return null;
end $$;
