-- The doctor, asked from a page: the worker examines, because some of it takes seconds, and the last result is kept.

select private.drop_functions('ask_examination', 'keep_examination', 'show_examination');

-- ask_examination: kind command; key none; called by services/doctor/asked
-- However often it is asked for, one examination waits.
create function public.ask_examination(actor jsonb default null) returns jsonb
language plpgsql set search_path = '' as $$
begin
    if not private.is_service_wide(actor) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    insert into public.examinations (id) values (true) on conflict (id) do update set asked_at = now();
    perform jobs.defer('examine', '{}', queueing_lock => 'examine');
    return jsonb_build_object('result', 'asked');
end $$;

-- keep_examination: kind command; key none; called by services/doctor/asked
create function public.keep_examination(findings jsonb) returns jsonb
language plpgsql set search_path = '' as $$
begin
    insert into public.examinations (id, examined_at, findings) values (true, now(), keep_examination.findings)
    on conflict (id) do update set examined_at = now(), findings = excluded.findings;
    return jsonb_build_object('result', 'kept');
end $$;

-- show_examination: kind read; key none; called by console, api
-- `waiting`: one was asked for after the last, and no longer than a few minutes ago.
create function public.show_examination(actor jsonb default null) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
begin
    if not private.is_service_wide(actor) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    return coalesce((
        select jsonb_build_object(
                   'result', 'found', 'asked_at', e.asked_at, 'examined_at', e.examined_at, 'findings', e.findings,
                   'waiting', coalesce(e.asked_at > e.examined_at, true) and e.asked_at > now() - interval '5 minutes')
          from public.examinations e),
        jsonb_build_object('result', 'found', 'asked_at', null, 'examined_at', null, 'findings', '[]'::jsonb,
                           'waiting', false));
end $$;

select private.grant_to_service('ask_examination', 'keep_examination', 'show_examination');
