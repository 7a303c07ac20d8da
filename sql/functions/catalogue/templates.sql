-- Templates: drafts that people edit, and published versions that calls run.

select private.drop_functions(
    'list_templates', 'show_template', 'save_template', 'publish_template', 'show_template_version');

-- Whether the actor may change a draft: of a person whom it reaches, or of the organization that it works for, or the house's.
create or replace function private.may_edit_template(actor jsonb, template public.call_templates) returns boolean
language sql stable set search_path = '' as $$
    select case
        when private.actor_user(actor) is not null and private.actor_organization(actor) is not null
             and actor ->> 'key_id' is null
        then coalesce(template.created_by in (select private.members_of(private.works_in(actor))), false)
        else private.may_reach(actor, template.created_by) end
        or private.works_in(actor) is not null and private.is_house_template(actor, template)
$$;

-- What the actor may mean by an id or a name.
create or replace function private.template_named(actor jsonb, wanted text) returns setof public.call_templates
language sql stable set search_path = '' as $$
    select t.* from public.call_templates t
     where (private.may_see_template(actor, t) or private.may_edit_template(actor, t))
       -- An id is one template's alone, also when another one is called by it.
       and case when exists (select from public.call_templates o
                              where o.id::text = lower(btrim(wanted))
                                and (private.may_see_template(actor, o) or private.may_edit_template(actor, o)))
                then t.id::text = lower(btrim(wanted)) else lower(t.name) = lower(btrim(wanted)) end
     order by t.created_at, t.id
$$;

-- What a draft says, as a version of it is kept. A new column is added here; migrations made it anew each time up to 0074.
create or replace function private.template_content(draft public.call_templates) returns jsonb
language sql immutable set search_path = '' as $$
    select jsonb_strip_nulls(jsonb_build_object(
        'name', draft.name, 'description', draft.description, 'category', draft.category, 'tags', draft.tags,
        'languages', draft.languages, 'voice_id', draft.voice_id, 'greeting', draft.greeting, 'facts', draft.facts,
        'prompt', draft.prompt, 'params', draft.params, 'params_order', draft.params_order, 'tools', draft.tools,
        'own_tools', draft.own_tools,
        'transfer_to', draft.transfer_to, 'transfer', draft.transfer, 'hours', draft.hours, 'closed', draft.closed,
        'onboarding', draft.onboarding, 'record', draft.record,
        'recording_announcement', draft.recording_announcement, 'on_voicemail', draft.on_voicemail,
        'voicemail_message', draft.voicemail_message, 'voicemail_again', draft.voicemail_again,
        'identity', draft.identity, 'call_purpose', draft.call_purpose, 'goal', draft.goal,
        -- What was published before the column was there detects them.
        'detect_machines', nullif(draft.detect_machines, true),
        'transport', draft.transport, 'relay', draft.relay, 'engine', draft.engine, 'engine_voice', draft.engine_voice,
        'limits', draft.limits, 'pronunciations', draft.pronunciations, 'bot_is_back', draft.bot_is_back))
$$;

-- End users write their drafts by SQL too. No reader takes JSON of a thousand levels, and one draft must not hide the rest.
create or replace function private.readable(content jsonb) returns jsonb
language sql immutable set search_path = '' as $$
    select jsonb_object_agg(
               c.key, case when jsonb_path_exists(c.value, 'strict $.**{12}') then to_jsonb('nested too deeply'::text)
                           else c.value end)
      from jsonb_each(content) c
$$;

create or replace function private.template_view(t public.call_templates) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select jsonb_build_object(
        'id', t.id, 'draft', private.readable(private.template_content(t)), 'revision', t.revision, 'is_public', t.is_public,
        'created_by', t.created_by, 'created_at', t.created_at, 'updated_at', t.updated_at,
        'version', v.version, 'version_id', v.id, 'published_at', v.published_at,
        'changed', v.id is null or v.content <> private.template_content(t),
        'voice', (select o.name from public.voice_options o where o.id = t.voice_id),
        'numbers', (select coalesce(jsonb_agg(n.full_number order by n.full_number), '[]')
                      from public.provider_phone_numbers n where n.template_id = t.id and n.is_active))
      from (select 1) always
      left join public.call_template_versions v on v.id = t.published_version_id
$$;

-- Whether calls of a template would be put through to a number of ours that the actor may not use: another organization's.
create or replace function private.leads_to_another_team(actor jsonb, transfer_to text) returns boolean
language sql stable set search_path = '' as $$
    select exists (select from unnest(string_to_array(transfer_to, ',')) n (number)
                    where not private.may_use_number(actor, btrim(n.number)))
$$;

-- list_templates: kind read; key actor, after; called by cli templates list, api
-- A page (access/pages.sql), by name.
create function public.list_templates(
    actor jsonb default null, page_size int default 50, after jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
declare
    size constant int := private.page_size(page_size);
    after_name constant text := after ->> 'name';
    after_id constant uuid := (after ->> 'id')::uuid;
begin
    return private.as_page((
        select coalesce(jsonb_agg(jsonb_build_array(private.template_view(shown.t), jsonb_build_object(
                   'name', (shown.t).name, 'id', (shown.t).id)) order by lower((shown.t).name), (shown.t).id), '[]')
          from (select t from public.call_templates t
                 where private.may_see_template(actor, t)
                   and (after_name is null or (lower(t.name), t.id) > (lower(after_name), after_id))
                 order by lower(t.name), t.id
                 limit size + 1) shown), size);
end $$;

-- show_template: kind read; key template (its id or name); called by cli templates, services/templates/edit, the demo, api
create function public.show_template(
    template text, actor jsonb default null
) returns jsonb
language plpgsql stable set search_path = '' set timezone = 'UTC' as $$
#variable_conflict use_column
declare
    found_ones public.call_templates[];
begin
    select array_agg(t) into found_ones from (
        select t from private.template_named(actor, show_template.template) t
         limit 2) likely;
    if found_ones is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_template');
    end if;
    if cardinality(found_ones) > 1 then
        return jsonb_build_object('result', 'refused', 'code', 'ambiguous_template');
    end if;
    return jsonb_build_object('result', 'found', 'template', private.template_view(found_ones[1]), 'versions', (
        select coalesce(jsonb_agg(jsonb_build_object(
                   'id', v.id, 'version', v.version, 'published_at', v.published_at, 'published_by', v.published_by)
                   order by v.version desc), '[]')
          from public.call_template_versions v where v.template_id = found_ones[1].id));
end $$;

-- show_template_version: kind read; key template, version; called by cli templates, the demo, api
create function public.show_template_version(
    template uuid, version int, actor jsonb default null
) returns jsonb
language sql stable set search_path = '' set timezone = 'UTC' as $$
    select coalesce((
        select jsonb_build_object(
                   'result', 'found', 'id', v.id, 'version', v.version, 'content', v.content,
                   'published_at', v.published_at,
                   'voice', (select o.name from public.voice_options o where o.id = (v.content ->> 'voice_id')::uuid))
          from public.call_template_versions v
          join public.call_templates t on t.id = v.template_id
         where t.id = show_template_version.template and v.version = show_template_version.version
           and (private.may_see_template(actor, t) or private.may_edit_template(actor, t))),
        jsonb_build_object('result', 'refused', 'code', 'unknown_version'))
$$;

-- save_template: kind command; key template or content.name; called by services/templates/edit
-- `content` is the whole draft by the table's columns. Without a template a new one is made; `revision` is the draft
-- that was read before it was changed. A narrowed key edits drafts of its own people and sets only what end users may
-- write; a name is one template's alone, as far as the actor sees.
create function public.save_template(
    content jsonb, template uuid default null, revision bigint default null, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    kept public.call_templates;
    wished constant public.call_templates := jsonb_populate_record(null::public.call_templates, save_template.content);
begin
    if template is null and not private.may_reach(actor, private.actor_user(actor)) and not private.is_service_wide(actor) then
        -- A template belongs to a person, and nobody in particular asks.
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    if template is not null then
        select t.* into kept from public.call_templates t where t.id = save_template.template for update;
        if kept.id is null
           or not (private.may_see_template(actor, kept) or private.may_edit_template(actor, kept)) then
            return jsonb_build_object('result', 'refused', 'code', 'unknown_template');
        end if;
        if not private.may_edit_template(actor, kept) then
            return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
        end if;
        if save_template.revision is distinct from kept.revision and save_template.revision is not null then
            return jsonb_build_object('result', 'refused', 'code', 'changed_meanwhile', 'revision', kept.revision);
        end if;
    end if;
    -- Two who make the same name at once: the second waits here and finds the first one's.
    perform pg_advisory_xact_lock(hashtextextended('template:' || lower(wished.name), 0));
    if exists (select from private.template_named(actor, wished.name) t
                where t.id is distinct from kept.id) then
        return jsonb_build_object('result', 'refused', 'code', 'name_taken');
    end if;
    -- Who works for an organization writes all of a draft: it is in force only once a leader publishes it.
    if not private.is_service_wide(actor) and private.works_in(actor) is null and (
        (wished.transfer_to, wished.transfer, coalesce(wished.record, false), wished.recording_announcement,
         wished.transport, wished.relay, wished.engine, wished.engine_voice, wished.limits, wished.onboarding,
         case when save_template.content ? 'own_tools' then wished.own_tools else kept.own_tools end)
        is distinct from (kept.transfer_to, kept.transfer, coalesce(kept.record, false), kept.recording_announcement,
                          kept.transport, kept.relay, kept.engine, kept.engine_voice, kept.limits, kept.onboarding,
                          kept.own_tools)) then
        return jsonb_build_object('result', 'refused', 'code', 'operators_only');
    end if;
    if private.leads_to_another_team(actor, wished.transfer_to) then
        return jsonb_build_object('result', 'refused', 'code', 'another_teams_number');
    end if;
    if kept.id is null then
        insert into public.call_templates (name, created_by) values (wished.name, private.actor_user(actor)) returning * into kept;
    end if;
    update public.call_templates t
       set name = wished.name, description = wished.description, category = wished.category, tags = wished.tags,
           languages = wished.languages, voice_id = wished.voice_id, greeting = wished.greeting, facts = wished.facts,
           prompt = wished.prompt, params = wished.params, params_order = wished.params_order, tools = wished.tools,
           transfer_to = wished.transfer_to, transfer = wished.transfer, hours = wished.hours, closed = wished.closed,
           onboarding = wished.onboarding, record = coalesce(wished.record, false),
           recording_announcement = wished.recording_announcement, on_voicemail = wished.on_voicemail,
           voicemail_message = wished.voicemail_message, voicemail_again = wished.voicemail_again,
           detect_machines = coalesce(wished.detect_machines, true), identity = wished.identity,
           call_purpose = wished.call_purpose, goal = wished.goal,
           transport = wished.transport, relay = wished.relay, engine = wished.engine,
           engine_voice = wished.engine_voice, limits = wished.limits,
           -- A process of the version before does not know them, and leaves them as they are.
           pronunciations = case when save_template.content ? 'pronunciations'
                                 then wished.pronunciations else t.pronunciations end,
           bot_is_back = case when save_template.content ? 'bot_is_back' then wished.bot_is_back else t.bot_is_back end,
           own_tools = case when save_template.content ? 'own_tools' then wished.own_tools else t.own_tools end
     where t.id = kept.id
    returning t.* into kept;
    perform private.audit(actor, case when template is null then 'template.made' else 'template.changed' end, 'template',
                          kept.id::text, after => jsonb_build_object('name', kept.name, 'revision', kept.revision));
    return jsonb_build_object(
        'result', case when template is null then 'made' else 'saved' end, 'template', private.template_view(kept));
end $$;

-- publish_template: kind command; key template, revision; called by services/templates/edit
-- Calls that begin from now on run this version; running ones keep theirs. Publishing what is published already makes no
-- version. A version decides where calls lead and what they cost: the operator of the service publishes, and who leads an
-- organization what its own people drafted. No narrowed key does.
create function public.publish_template(
    template uuid, revision bigint, actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    draft public.call_templates;
    latest public.call_template_versions;
begin
    select t.* into draft from public.call_templates t where t.id = publish_template.template for update;
    if not private.is_service_wide(actor)
       and not (private.works_in(actor) is not null and private.leads(actor, private.works_in(actor))
                and (draft.id is null or private.may_edit_template(actor, draft))) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    if draft.id is null then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_template');
    end if;
    if draft.revision <> publish_template.revision then
        return jsonb_build_object('result', 'refused', 'code', 'changed_meanwhile', 'revision', draft.revision);
    end if;
    if private.leads_to_another_team(actor, draft.transfer_to) then
        return jsonb_build_object('result', 'refused', 'code', 'another_teams_number');
    end if;
    select v.* into latest from public.call_template_versions v where v.id = draft.published_version_id;
    if latest.content = private.template_content(draft) then
        return jsonb_build_object('result', 'unchanged', 'template', private.template_view(draft));
    end if;
    insert into public.call_template_versions (template_id, version, content, published_by)
    select draft.id, coalesce(max(v.version), 0) + 1, private.template_content(draft), private.actor_user(actor)
      from public.call_template_versions v where v.template_id = draft.id
    returning * into latest;
    update public.call_templates t set published_version_id = latest.id where t.id = draft.id returning t.* into draft;
    perform private.audit(actor, 'template.published', 'template', draft.id::text,
                          after => jsonb_build_object('version', latest.version));
    perform private.add_event('template.published', draft.id::text, jsonb_build_object('version', latest.version));
    return jsonb_build_object('result', 'published', 'template', private.template_view(draft));
end $$;

select private.share_with_service('leads_to_another_team', 'may_edit_template', 'template_named', 'template_view', 'readable');
select private.grant_to_service(
    'list_templates', 'show_template', 'save_template', 'publish_template', 'show_template_version');
