-- An actor is one jsonb parameter. The checks that took it in pieces go; the functions that ask them come with new ones.

drop function if exists private.may_reach(uuid, uuid, uuid);
drop function if exists private.may_reach_number(uuid, uuid, text);
drop function if exists private.may_see_thread(uuid, uuid, public.conversations);
drop function if exists private.may_see_call(uuid, public.call_history);
drop function if exists private.may_see_escalation(uuid, uuid, public.support_escalations);
drop function if exists private.may_see_template(uuid, uuid, public.call_templates);
drop function if exists private.template_named(uuid, uuid, text);
