-- What takes longer of an erasure: rows of somebody who has very many, recordings at the carrier, events, and then the proof.

select private.drop_functions(
    'erase_more_rows', 'erasure_leftover', 'note_pieces_erased', 'note_recording_erased', 'sweep_erased_events',
    'finish_erasure', 'running_erasures', 'note_erasure_problem');

-- Take away up to `batch` calls and texts of the person, and with the last of them the person; returns the erasure as it stands then.
-- Who calls in the middle of it is a new person afterwards.
create or replace function private.erase_rows(one public.erasures, batch int) returns public.erasures
language plpgsql set search_path = '' set enable_seqscan = off as $$
declare
    numbers constant text[] := array(select jsonb_array_elements_text(one.leftover -> 'numbers'));
    threads constant uuid[] := array(
        select t.id from public.conversations t where t.user_id = one.person or t.person_number = any (numbers));
    calls constant jsonb := private.remove_calls(array(
        select f.id from (
            (select c.id, c.ended_at, c.created_at from public.call_history c where c.user_id = one.person order by c.user_id limit batch)
            union
            (select c.id, c.ended_at, c.created_at from public.call_history c where c.phone_number = any (numbers) limit batch)) f
         where f.ended_at is not null or f.created_at <= one.asked_at limit batch));
    texts constant int := private.remove_texts(array(
        select f.id from (
            (select m.id from public.sms_history m where m.user_id = one.person limit batch)
            union (select m.id from public.sms_history m where m.phone_number = any (numbers) limit batch)
            union (select m.id from public.sms_history m where m.conversation_id = any (threads) limit batch)) f limit batch));
    is_last constant boolean := (calls ->> 'count')::int < batch and texts < batch;
    exports jsonb := calls -> 'exports';
    so_far jsonb := one.removed || jsonb_build_object(
        'calls', (one.removed ->> 'calls')::int + (calls ->> 'count')::int, 'texts', (one.removed ->> 'texts')::int + texts,
        'recordings', (one.removed ->> 'recordings')::int + jsonb_array_length(calls -> 'recordings'));
begin
    if is_last then
        exports := exports || private.exports_of(array(select q.id from public.call_queue q where q.person = any (numbers)));
        so_far := so_far || jsonb_build_object('threads', cardinality(threads))
                           || private.remove_person(one.person, numbers, threads);
        perform private.note_erased(numbers);
    end if;
    update public.erasures e
       set removed = so_far, leftover = (case when is_last then e.leftover - 'rows_left' else e.leftover end)
               || jsonb_build_object(
                      'recordings', (e.leftover -> 'recordings') || (calls -> 'recordings'),
                      'copies', (e.leftover -> 'copies') || (calls -> 'copies'),
                      'exports', (e.leftover -> 'exports') || exports,
                      'subjects', case when is_last then to_jsonb(threads) || to_jsonb(array[one.person]) else '[]' end)
     where e.id = one.id returning e.* into one;
    return one;
end $$;

-- erase_more_rows: kind command; key erasure_id; called by services/people/erase
-- The next rows of somebody who has very many; `rows_left` until all are gone.
create function public.erase_more_rows(erasure_id uuid, batch int default 500) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one public.erasures;
begin
    select e.* into one from public.erasures e
     where e.id = erase_more_rows.erasure_id and e.state = 'running' and e.leftover ? 'rows_left' for update;
    if one.id is null then
        return jsonb_build_object('rows_left', false);
    end if;
    one := private.erase_rows(one, batch);
    return jsonb_build_object('rows_left', one.leftover ? 'rows_left');
end $$;

-- erasure_leftover: kind read; key erasure_id; called by services/people/erase
create function public.erasure_leftover(erasure_id uuid) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object('leftover', (select e.leftover from public.erasures e where e.id = erasure_leftover.erasure_id))
$$;

-- A list of words without some of them.
create or replace function private.without(words jsonb, gone jsonb) returns jsonb
language sql immutable set search_path = '' as $$
    select coalesce((select jsonb_agg(w) from jsonb_array_elements(words) w
                      where w #>> '{}' <> all (array(select jsonb_array_elements_text(gone)))), '[]')
$$;

-- note_pieces_erased: kind fact; key erasure_id and the pieces; called by services/people/erase
-- Recordings by their carrier's names, our copies by the calls' public ids, exports by their ids: they are gone.
create function public.note_pieces_erased(
    erasure_id uuid, recordings jsonb default '[]', copies jsonb default '[]', exports jsonb default '[]'
) returns jsonb
language plpgsql set search_path = '' as $$
begin
    update public.erasures e
       set leftover = e.leftover || jsonb_build_object(
               'recordings', coalesce((select jsonb_agg(r) from jsonb_array_elements(e.leftover -> 'recordings') r
                                        where r ->> 'sid' <> all (array(select jsonb_array_elements_text(note_pieces_erased.recordings)))), '[]'),
               'copies', private.without(e.leftover -> 'copies', note_pieces_erased.copies),
               'exports', private.without(e.leftover -> 'exports', note_pieces_erased.exports))
     where e.id = note_pieces_erased.erasure_id and e.state = 'running';
    return jsonb_build_object('result', case when found then 'noted' else 'unchanged' end);
end $$;

-- note_erasure_problem: kind fact; key erasure_id; called by services/people/erase
-- Why it is not done yet, for people to see.
create function public.note_erasure_problem(erasure_id uuid, problem text) returns jsonb
language plpgsql set search_path = '' as $$
begin
    update public.erasures e set problem = left(note_erasure_problem.problem, 200), tried_at = now()
     where e.id = note_erasure_problem.erasure_id and e.state = 'running';
    return jsonb_build_object('result', case when found then 'noted' else 'unchanged' end);
end $$;

-- sweep_erased_events: kind command; key erasure_id; called by services/people/erase
-- Events that tell of the person, `batch` rows looked at; `more` until all were. Those of calls went with the calls.
create function public.sweep_erased_events(erasure_id uuid, batch int default 20000) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one public.erasures;
    subjects text[];
    numbers text[];
    last bigint;
begin
    select e.* into one from public.erasures e where e.id = sweep_erased_events.erasure_id and e.state = 'running' for update;
    subjects := array(select jsonb_array_elements_text(one.leftover -> 'subjects'));
    numbers := array(select jsonb_array_elements_text(one.leftover -> 'numbers'));
    if one.id is null or cardinality(subjects || numbers) = 0 then
        return jsonb_build_object('more', false);
    end if;
    select max(f.id) into last from (select e.id from public.events e where e.id > (one.leftover ->> 'after')::bigint
                                      order by e.id limit batch) f;
    if last is null then
        return jsonb_build_object('more', false);
    end if;
    delete from public.events e
     where e.id > (one.leftover ->> 'after')::bigint and e.id <= last
       and (e.subject = any (subjects) or e.payload ->> 'user_id' = any (subjects) or e.payload ->> 'call_sid' = any (subjects)
            or exists (select from unnest(numbers) n (number)
                        where strpos(e.payload::text, n.number) > 0 or strpos(e.subject, n.number) > 0));
    update public.erasures e set leftover = jsonb_set(e.leftover, '{after}', to_jsonb(last)) where e.id = one.id;
    return jsonb_build_object('more', true);
end $$;

-- finish_erasure: kind fact; key erasure_id; called by services/people/erase
-- Nothing is left but the proof. Refused while rows are left, or the carrier keeps a recording.
create function public.finish_erasure(erasure_id uuid) returns jsonb
language plpgsql set search_path = '' as $$
declare
    one public.erasures;
begin
    select e.* into one from public.erasures e where e.id = finish_erasure.erasure_id for update;
    if one.id is null or one.state = 'done' then
        return jsonb_build_object('result', 'unchanged');
    end if;
    if one.leftover ? 'rows_left' or one.leftover -> 'recordings' <> '[]' then
        return jsonb_build_object('result', 'refused', 'code', 'recordings_left');
    end if;
    -- Numbers that were seen beside others, as when somebody asks for codes of many.
    update public.verification_counters c
       set members = coalesce((select jsonb_agg(m) from jsonb_array_elements(c.members) m
                                where not exists (select from jsonb_array_elements_text(one.leftover -> 'numbers') n
                                                   where strpos(m::text, n) > 0)), '[]')
     where exists (select from jsonb_array_elements_text(one.leftover -> 'numbers') n where strpos(c.members::text, n) > 0);
    update public.erasures e set state = 'done', leftover = null, problem = null, done_at = now() where e.id = one.id;
    return jsonb_build_object('result', 'done');
end $$;

-- running_erasures: kind read; key none; called by services/people/erase, services/doctor/keeping
-- Those whose job has given up, or was lost.
create function public.running_erasures(older_s double precision default 1800, page_size int default 50) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object('erasures', coalesce(jsonb_agg(f.id order by f.asked_at), '[]'))
      from (select e.id, e.asked_at from public.erasures e
             where e.state = 'running' and e.asked_at < now() - make_interval(secs => older_s)
             order by e.asked_at limit page_size) f
$$;

select private.share_with_service('erase_rows', 'without');
select private.grant_to_service(
    'erase_more_rows', 'erasure_leftover', 'note_pieces_erased', 'sweep_erased_events', 'finish_erasure',
    'running_erasures', 'note_erasure_problem');
