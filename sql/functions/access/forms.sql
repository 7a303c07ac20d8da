-- Forms of the console that make something: each is done once, whoever sends it again.

select private.drop_functions('begin_console_form', 'end_console_form');

-- begin_console_form: kind claim; key token_hash, form_key; called by console
-- Whoever is first does the form. One that was begun and neither done nor refused in half a minute belonged to a process that is
-- no more. A session remembers its last forty forms.
create function public.begin_console_form(token_hash text, form_key text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    held public.console_sessions;
    before jsonb;
    at constant double precision := extract(epoch from clock_timestamp());
begin
    select s.* into held from public.console_sessions s where s.token_hash = begin_console_form.token_hash for no key update;
    before := held.sent -> form_key;
    if before is not null and (before ->> 'to' is not null or (before ->> 'at')::double precision > at - 30) then
        return jsonb_build_object('result', 'sent', 'to', before ->> 'to');
    end if;
    update public.console_sessions s
       set sent = jsonb_build_object(form_key, jsonb_build_object('at', at, 'to', null)) || (
               select coalesce(jsonb_object_agg(l.key, l.value), '{}')
                 from (select e.key, e.value from jsonb_each(held.sent) e where e.key <> form_key
                        order by (e.value ->> 'at')::double precision desc limit 39) l)
     where s.id = held.id;
    return jsonb_build_object('result', 'begun');
end $$;

-- end_console_form: kind command; key token_hash, form_key; called by console
create function public.end_console_form(token_hash text, form_key text, "to" text default null) returns jsonb
language plpgsql set search_path = '' as $$
begin
    update public.console_sessions s
       set sent = case when end_console_form."to" is null then s.sent - form_key
                       else jsonb_set(s.sent, array[form_key, 'to'], to_jsonb(end_console_form."to"), false) end
     where s.token_hash = end_console_form.token_hash;
    return jsonb_build_object('result', 'ended');
end $$;

select private.grant_to_service('begin_console_form', 'end_console_form');
