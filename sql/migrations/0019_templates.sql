-- A template has a draft, which is its row, and published versions, which never change. Calls run a published version
-- and name it, so that what a caller was told yesterday can be read tomorrow.

alter table public.call_templates
    add column facts jsonb check (jsonb_typeof(facts) = 'array'),
    add column languages jsonb check (jsonb_typeof(languages) = 'array'),
    add column hours jsonb check (jsonb_typeof(hours) = 'object'),
    add column closed jsonb check (jsonb_typeof(closed) = 'object'),
    add column transfer jsonb check (jsonb_typeof(transfer) = 'object'),
    add column revision bigint not null default 1,
    add column published_version_id uuid;
comment on column public.call_templates.facts is 'Sentences that the bot may say as they stand: ["We open at nine.", …].';
comment on column public.call_templates.languages is 'Language tags, the first one is the line''s own: ["en-US", "es-ES"].';
comment on column public.call_templates.hours is
    'When the line is open: {"timezone", "week": {"mon": [["09:00", "18:00"]], …}, "holidays": ["2026-12-25", "01-01"]}.';
comment on column public.call_templates.closed is
    'What is different outside the hours: {"greeting", "instead_of_transfer": "message" or "text", "text"}.';
comment on column public.call_templates.transfer_to is
    'Where this template''s calls are put through to: numbers in E.164, comma-separated. Only the service writes it.';
comment on column public.call_templates.transfer is
    'How: {"order": "in_turn" or "at_once", "ring_s", "hours": as the column hours}. Only the service writes it.';
comment on column public.call_templates.revision is 'Counts the changes of the draft: who writes over an older one is refused.';

create table public.call_template_versions (
    id uuid primary key default gen_random_uuid(),
    template_id uuid references public.call_templates (id) on delete set null,
    version integer not null check (version > 0),
    content jsonb not null check (jsonb_typeof(content) = 'object'),
    published_by uuid references auth.users (id) on delete set null,
    published_at timestamptz not null default now(),
    unique (template_id, version)
);
create index call_template_versions_published_by_idx on public.call_template_versions (published_by);
comment on table public.call_template_versions is 'Templates as they were published; no row ever changes.';
comment on column public.call_template_versions.content is 'The draft''s columns at that moment, by their names.';

alter table public.call_templates
    add foreign key (published_version_id) references public.call_template_versions (id);
create index call_templates_published_version_id_idx on public.call_templates (published_version_id);
create index call_templates_name_idx on public.call_templates (lower(name));

alter table public.call_history
    add column template_version_id uuid references public.call_template_versions (id) on delete set null;
create index call_history_template_version_id_idx on public.call_history (template_version_id);
comment on column public.call_history.template_version_id is 'The published version that led the call.';
alter table public.call_queue
    add column template_version_id uuid references public.call_template_versions (id) on delete set null;
create index call_queue_template_version_id_idx on public.call_queue (template_version_id);
alter table public.call_attempts
    add column template_version_id uuid references public.call_template_versions (id) on delete set null;
create index call_attempts_template_version_id_idx on public.call_attempts (template_version_id);

-- What a published version is made of. Whose it is and who may see it are no part of what it says.
create function private.template_content(draft public.call_templates) returns jsonb
language sql immutable set search_path = '' as $$
    select jsonb_strip_nulls(jsonb_build_object(
        'name', draft.name, 'description', draft.description, 'category', draft.category, 'tags', draft.tags,
        'languages', draft.languages, 'voice_id', draft.voice_id, 'greeting', draft.greeting, 'facts', draft.facts,
        'prompt', draft.prompt, 'params', draft.params, 'params_order', draft.params_order, 'tools', draft.tools,
        'transfer_to', draft.transfer_to, 'transfer', draft.transfer, 'hours', draft.hours, 'closed', draft.closed,
        'onboarding', draft.onboarding, 'record', draft.record,
        'recording_announcement', draft.recording_announcement, 'on_voicemail', draft.on_voicemail,
        'transport', draft.transport, 'limits', draft.limits))
$$;
revoke execute on function private.template_content(public.call_templates) from public;
grant execute on function private.template_content(public.call_templates) to service_role;

-- An end user's update runs the trigger as that user, so it asks for no more than this.
create function private.beside_content() returns text[]
language sql immutable set search_path = '' as $$
    select array['revision', 'published_version_id', 'updated_at', 'is_public', 'created_by']
$$;
revoke execute on function private.beside_content() from public;
grant execute on function private.beside_content() to authenticated, service_role;

create function private.count_template_revision() returns trigger
language plpgsql set search_path = '' as $$
begin
    if to_jsonb(new) - private.beside_content() is distinct from to_jsonb(old) - private.beside_content() then
        new.revision := old.revision + 1;
    end if;
    return new;
end $$;
revoke execute on function private.count_template_revision() from public;
create trigger count_template_revision before update on public.call_templates
    for each row execute function private.count_template_revision();

-- The two foreign keys may let go of what is deleted; nothing else of a version moves.
create function private.keep_template_version() returns trigger
language plpgsql set search_path = '' as $$
begin
    if tg_op = 'UPDATE' and (new.id, new.version, new.content, new.published_at)
        is not distinct from (old.id, old.version, old.content, old.published_at)
        and (new.template_id is null or new.template_id = old.template_id)
        and (new.published_by is null or new.published_by = old.published_by) then
        return new;
    end if;
    raise exception 'a published version never changes' using errcode = 'restrict_violation';
end $$;
revoke execute on function private.keep_template_version() from public;
create trigger keep_template_version before update or delete on public.call_template_versions
    for each row execute function private.keep_template_version();

select private.protect('public.call_template_versions');

-- Versions are seen with their template. Where a call is put through to is still not the user's to say.
grant select on public.call_template_versions to authenticated;
create policy "Versions are seen with their template" on public.call_template_versions for select to authenticated
    using (exists (select from public.call_templates t where t.id = call_template_versions.template_id));
grant insert (facts, languages, hours, closed), update (facts, languages, hours, closed)
    on public.call_templates to authenticated;

-- What led calls until today goes on to lead them.
insert into public.call_template_versions (template_id, version, content, published_by)
select t.id, 1, private.template_content(t), t.created_by
  from public.call_templates t
 where exists (select from public.provider_phone_numbers n where n.template_id = t.id)
    or t.created_by is null;
update public.call_templates t set published_version_id = v.id
  from public.call_template_versions v where v.template_id = t.id;
