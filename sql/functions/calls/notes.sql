-- Notes on a call.

select private.drop_functions('save_note');

-- The first text of a key stays: a turn that is generated again by another process writes no second message.
create or replace function private.save_note(the_call bigint, note_key text, category text, content text) returns void
language sql set search_path = '' as $$
    insert into public.smart_notes (session_id, note_key, category, content)
    select c.id, save_note.note_key, left(save_note.category, 50), save_note.content
      from public.call_history c where c.id = save_note.the_call and save_note.content <> ''
    on conflict on constraint smart_notes_session_id_note_key_key do nothing
$$;

select private.share_with_service('save_note');
