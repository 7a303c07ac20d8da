-- Notes on a call: what the caller asked to pass on, what somebody has to do. Written by the bot or by a person.

create table public.smart_notes (
    id uuid primary key default gen_random_uuid(),
    session_id bigint not null references public.call_history (id) on delete cascade,
    category varchar(50) not null,
    content text not null check (content <> ''),
    is_manual boolean not null default false,
    note_key text not null default gen_random_uuid()::text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint smart_notes_session_id_note_key_key unique (session_id, note_key)
);
comment on column public.smart_notes.session_id is 'call_history.id: a call is a session.';
comment on column public.smart_notes.category is 'message: what the caller asked to pass on. Others as people like: action_item, follow_up.';
comment on column public.smart_notes.is_manual is 'A person wrote it, not the bot.';
comment on column public.smart_notes.note_key is 'Chosen by whoever writes it: writing twice with one key leaves one note.';

select private.protect('public.smart_notes');

grant select on public.smart_notes to authenticated;
create policy "Notes are seen with their call" on public.smart_notes for select to authenticated
    using (exists (select from public.call_history c where c.id = smart_notes.session_id));
