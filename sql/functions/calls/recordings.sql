-- Recordings of calls that are over: the carrier's as a copy of ours, or what our own tapes have.
-- A call has one. The first that is kept stays, but for a tape that lacks a part of the call: the carrier's takes its place. Their
-- files have different names, so neither is written over the other.

select private.drop_functions('keep_recording_copy', 'recording_to_copy', 'taped_calls', 'keep_taped_recording',
    'note_tape_refused', 'tapes_refused');

-- Whether the carrier's has so much more sound than our tapes that they lack a part of the call: a turn without a socket, a transfer.
create or replace function private.tape_lacks_a_part(the_call public.call_history) returns boolean
language sql immutable set search_path = '' as $$
    select coalesce(the_call.recording_duration > the_call.recording_taped_s + 5, false)
$$;

-- recording_to_copy: kind read; key call_id; called by services/recordings/copy
create function public.recording_to_copy(call_id bigint) returns jsonb
language sql stable set search_path = '' as $$
    select coalesce((
        select jsonb_build_object(
                   'result', 'found', 'public_id', c.public_id, 'recording_sid', c.recording_sid,
                   'account', private.account_of_call(c.call_sid),
                   'is_copied', c.recording_copied_at is not null and not private.tape_lacks_a_part(c),
                   'is_removed', c.recording_removed_at is not null)
          from public.call_history c
         where c.id = recording_to_copy.call_id and c.recording_status = 'completed' and c.recording_sid is not null),
        jsonb_build_object('result', 'refused', 'code', 'no_recording'))
$$;

-- keep_recording_copy: kind command; key call_id; called by services/recordings/copy
-- `bytes`: a copy of that size was saved; `removed`: the carrier's own was deleted. "unchanged": the call's tape stays its recording.
create function public.keep_recording_copy(
    call_id bigint, bytes bigint default null, removed boolean default false
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    before public.call_history;
begin
    select c.* into before from public.call_history c where c.id = keep_recording_copy.call_id for update;
    if before.id is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_call');
    end if;
    if removed then
        update public.call_history c set recording_removed_at = coalesce(c.recording_removed_at, now()) where c.id = before.id;
    end if;
    if bytes is null then
        return jsonb_build_object('result', 'kept');
    end if;
    if before.recording_taped_s is not null and not private.tape_lacks_a_part(before) then
        return jsonb_build_object('result', 'unchanged');
    end if;
    update public.call_history c
       set recording_copied_at = now(), recording_bytes = bytes, recording_began_at = null, recording_taped_s = null
     where c.id = before.id;
    return jsonb_build_object('result', 'kept', 'was_taped', before.recording_taped_s is not null);
end $$;

-- taped_calls: kind read; key public_ids; called by services/recordings/tapes
-- `public_ids`: a list of text. {"calls": {public id: "running", "over", "copied"}}; a call that is not there is none of ours any more.
create function public.taped_calls(public_ids jsonb) returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object('calls', coalesce(jsonb_object_agg(c.public_id, case
               when c.ended_at is null then 'running'
               when c.recording_copied_at is not null and c.recording_taped_s is null then 'copied'
               else 'over' end), '{}'))
      from public.call_history c where c.public_id = any (array(select jsonb_array_elements_text(taped_calls.public_ids)::uuid))
$$;

-- keep_taped_recording: kind command; key public_id; called by services/recordings/tapes
-- "unchanged": a copy of the carrier's was kept before; "refused": the call was erased.
create function public.keep_taped_recording(
    public_id uuid, bytes bigint, began_at timestamptz, taped_s double precision
) returns jsonb
language plpgsql set search_path = '' as $$
declare
    before public.call_history;
begin
    select c.* into before from public.call_history c where c.public_id = keep_taped_recording.public_id for update;
    if before.id is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_call');
    end if;
    if before.recording_copied_at is not null and before.recording_taped_s is null then
        return jsonb_build_object('result', 'unchanged');
    end if;
    update public.call_history c
       set recording_copied_at = coalesce(c.recording_copied_at, now()), recording_bytes = keep_taped_recording.bytes,
           recording_error = nullif(c.recording_error, 'tape_too_large'),
           recording_began_at = keep_taped_recording.began_at, recording_taped_s = keep_taped_recording.taped_s
     where c.id = before.id;
    if before.recording_status = 'completed' and before.recording_sid is not null then
        -- It may have more, or is to be deleted at the carrier.
        perform jobs.defer('copy_recording', jsonb_build_object('call_id', before.id));
    end if;
    return jsonb_build_object('result', 'kept');
end $$;

-- note_tape_refused: kind command; key public_id; called by services/recordings/tapes
-- The store will never take it as it is: the tape stays in its process's folder, and people are told.
create function public.note_tape_refused(public_id uuid) returns jsonb
language plpgsql set search_path = '' as $$
begin
    update public.call_history c set recording_error = 'tape_too_large'
     where c.public_id = note_tape_refused.public_id and c.recording_copied_at is null
       and c.recording_error is distinct from 'tape_too_large';
    return jsonb_build_object('result', case when found then 'noted' else 'unchanged' end);
end $$;

-- tapes_refused: kind read; key none; called by services/doctor/keeping
create function public.tapes_refused() returns jsonb
language sql stable set search_path = '' as $$
    select jsonb_build_object('count', (
        select count(*) from public.call_history c where c.recording_error = 'tape_too_large' and c.recording_copied_at is null))
$$;

select private.share_with_service('tape_lacks_a_part');
select private.grant_to_service('keep_recording_copy', 'recording_to_copy', 'taped_calls', 'keep_taped_recording',
    'note_tape_refused', 'tapes_refused');
