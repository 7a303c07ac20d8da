-- Notes on a call.

select private.drop_functions('save_note');

-- save_note: kind command; key call_id, note_key; called by other SQL functions
-- The first text of a key stays: a turn that is generated again by another process writes no second message.
create function public.save_note(call_id bigint, note_key text, category text, content text) returns jsonb
language plpgsql set search_path = '' as $$
declare
    saved uuid;
begin
    if coalesce(save_note.content, '') = '' then
        return jsonb_build_object('result', 'refused', 'code', 'empty_note');
    end if;
    insert into public.smart_notes as n (session_id, note_key, category, content)
    select c.id, save_note.note_key, left(save_note.category, 50), save_note.content
      from public.call_history c where c.id = save_note.call_id
    on conflict on constraint smart_notes_session_id_note_key_key do nothing
    returning n.id into saved;
    if saved is not null then
        return jsonb_build_object('result', 'saved', 'id', saved);
    end if;
    select n.id into saved from public.smart_notes n
     where n.session_id = save_note.call_id and n.note_key = save_note.note_key;
    if saved is not null then
        return jsonb_build_object('result', 'known', 'id', saved);
    end if;
    return jsonb_build_object('result', 'refused', 'code', 'unknown_call');
end $$;

select private.grant_to_service('save_note');
