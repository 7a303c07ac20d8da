-- Facts that a template learns from a call: an answer was wrong, and somebody writes the right one.

select private.drop_functions('add_fact_to_draft');

-- add_fact_to_draft: kind command; key template, fact; called by services/templates/correct
-- Of the template, or of the one that led `call` (its public id); `utterance` is what was wrong there. A fact that the
-- draft has already is not added twice. Nothing is published.
create function public.add_fact_to_draft(
    fact text, template uuid default null, call uuid default null, utterance uuid default null,
    actor jsonb default null
) returns jsonb
language plpgsql set search_path = '' as $$
#variable_conflict use_column
declare
    led public.call_history;
    kept public.call_templates;
    wanted uuid := template;
begin
    if call is not null then
        select c.* into led from public.call_history c where c.public_id = add_fact_to_draft.call;
        -- Who works for an organization reads its calls, though only its leaders own them.
        if led.id is null
           or not (private.may_see_call(actor, led) or coalesce(led.organization_id = private.works_in(actor), false)) then
            return jsonb_build_object('result', 'refused', 'code', 'unknown_call');
        end if;
        if utterance is not null and not exists (
            select from public.transcripts t where t.id = add_fact_to_draft.utterance and t.session_id = led.id) then
            return jsonb_build_object('result', 'refused', 'code', 'unknown_utterance');
        end if;
        wanted := coalesce(wanted, led.template_id, (
            select v.template_id from public.call_template_versions v where v.id = led.template_version_id));
        if wanted is null then
            return jsonb_build_object('result', 'refused', 'code', 'no_template');
        end if;
    end if;
    select t.* into kept from public.call_templates t where t.id = wanted for update;
    if kept.id is null
       or not (private.may_see_template(actor, kept) or private.may_edit_template(actor, kept)) then
        return jsonb_build_object('result', 'refused', 'code', 'unknown_template');
    end if;
    if not private.may_edit_template(actor, kept) then
        return jsonb_build_object('result', 'refused', 'code', 'not_allowed');
    end if;
    if coalesce(kept.facts ? fact, false) then
        return jsonb_build_object('result', 'known', 'template', private.template_view(kept));
    end if;
    if coalesce(jsonb_array_length(kept.facts), 0) >= 300 then
        return jsonb_build_object('result', 'refused', 'code', 'too_many_facts');
    end if;
    update public.call_templates t set facts = coalesce(t.facts, '[]') || to_jsonb(add_fact_to_draft.fact)
     where t.id = kept.id returning t.* into kept;
    perform private.audit(actor, 'template.fact_added', 'template', kept.id::text,
                          after => jsonb_strip_nulls(jsonb_build_object(
                              'revision', kept.revision, 'call', add_fact_to_draft.call, 'utterance', add_fact_to_draft.utterance)));
    return jsonb_build_object('result', 'added', 'template', private.template_view(kept));
end $$;

select private.grant_to_service('add_fact_to_draft');
