"""Rows for the API to show: people with threads, texts and calls, alone or in an organization."""

import itertools
import uuid
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tests.services.verification import verification_desk
from voicebot.settings.load import SIMULATED_PHONE_NUMBER

OURS = "+15005550006"
_marks = itertools.count(1)


def new_number() -> str:
    """A fictional number that no test has used yet, and that is not ours."""
    number = verification_desk.new_number()
    return verification_desk.new_number() if number == SIMULATED_PHONE_NUMBER else number


@dataclass
class Owned:
    """A person and everything of theirs; `marks` are words that nobody else's rows hold."""

    number: str
    user_id: UUID
    organization_id: UUID
    conversation_id: UUID
    call_id: UUID
    call_sid: str
    template_id: UUID
    escalation_id: UUID
    entry_id: UUID
    campaign_id: UUID
    plan_id: UUID
    subscription_id: UUID
    series_id: UUID
    invitation_id: UUID
    later_id: int
    bulk_id: UUID
    view_id: UUID
    alert_id: UUID
    endpoint_id: UUID
    marks: set[str] = field(default_factory=set)


def make_owned(runtime: Any, owner: Any) -> Owned:
    """Make a person in an organization of their own, with a thread of two texts and a call with words in it."""
    number, mark = new_number(), f"mark{next(_marks)}x{uuid.uuid4().hex[:6]}"
    user = UUID(runtime.database.call("ensure_user", phone=number)["user_id"])
    (organization,) = owner.execute(
        "insert into public.organizations (name, slug) values (%s, %s) returning id", [mark, mark]
    ).fetchone()
    owner.execute(
        "insert into public.organization_members (organization_id, user_id) values (%s, %s)",
        [organization, user],
    )
    (invitation,) = owner.execute(
        """insert into public.organization_invitations (organization_id, code_hash, expires_at)
           values (%s, %s, '2035-01-01') returning id""",
        [organization, mark],
    ).fetchone()
    (thread,) = owner.execute(
        """insert into public.conversations (user_id, channel, customer_identifier, our_number, last_message_at)
           values (%s, 'sms', %s, %s, now()) returning id""",
        [user, number, OURS],
    ).fetchone()
    for direction in ("inbound", "outbound"):
        owner.execute(
            """insert into public.sms_history (
                   user_id, phone_number, direction, content, from_number, to_number, channel, conversation_id)
               values (%s, %s, %s, %s, %s, %s, 'sms', %s)""",
            [user, number, direction, mark, number, OURS, thread],
        )
    (later,) = owner.execute(
        """insert into public.sms_history (
               user_id, phone_number, direction, content, from_number, to_number, channel, conversation_id, outbox_state,
               not_before, sent_by)
           values (%s, %s, 'outbound', %s, %s, %s, 'sms', %s, 'generated', now() + interval '1 day', 'operator')
           returning id""",
        [user, number, mark, OURS, number, thread],
    ).fetchone()
    sid = f"CA{uuid.uuid4().hex}"
    (call, public_id) = owner.execute(
        """insert into public.call_history (user_id, organization_id, phone_number, call_sid, direction, call_status)
           values (%s, %s, %s, %s, 'inbound', 'completed') returning id, public_id""",
        [user, organization, number, sid],
    ).fetchone()
    owner.execute(
        "insert into public.transcripts (session_id, sequence_number, speaker, content) values (%s, 1, 'caller', %s)",
        [call, mark],
    )
    (template,) = owner.execute(
        "insert into public.call_templates (name, prompt, created_by) values (%s, %s, %s) returning id",
        [f"line {mark}", mark, user],
    ).fetchone()
    owner.execute("select public.publish_template(%s, 1)", [template])
    owner.execute(
        """insert into public.provider_phone_numbers (
               provider_id, phone_id, country_code, area_code, phone_number, full_number, template_id, is_active)
           select id, %s, '1', '415', %s, %s, %s, false from public.call_service_providers limit 1""",
        [mark, mark, mark, template],
    )
    owner.execute("update public.call_history set template_id = %s where id = %s", [template, call])
    (escalation,) = owner.execute(
        """insert into public.support_escalations (user_id, call_id, reason, message)
           values (%s, %s, 'message', %s) returning id""",
        [user, call, mark],
    ).fetchone()
    (entry,) = owner.execute(
        """insert into public.call_queue (user_id, recipient_number, purpose, custom_variables)
           values (%s, %s, 'asked_for', jsonb_build_object('word', %s::text)) returning id""",
        [user, number, mark],
    ).fetchone()
    (campaign,) = owner.execute(
        "insert into public.campaigns (user_id, name, purpose) values (%s, %s, 'asked_for') returning id",
        [user, mark],
    ).fetchone()
    (plan, subscription) = owner.execute(
        """with plan as (insert into public.subscription_plans (name, price, interval)
                         values (gen_random_uuid()::text, 0, 'monthly') returning id),
                one as (insert into public.user_subscriptions (user_id, plan_id, status, current_period_start, current_period_end)
                        select %s, id, 'active', now(), now() + interval '1 month' from plan returning id, user_id, plan_id),
                used as (insert into public.user_call_usage (user_id, subscription_id, billing_period_start, billing_period_end)
                         select user_id, id, now(), now() + interval '1 month' from one)
           select plan_id, id from one""",
        [user],
    ).fetchone()
    (series,) = owner.execute(
        """insert into public.call_series (user_id, rule, starts_at, zone, recipient_number, purpose, state, look_at)
           values (%s, 'FREQ=DAILY', '2035-01-01', 'UTC', %s, 'asked_for', 'paused', null) returning id""",
        [user, number],
    ).fetchone()
    (view,) = owner.execute(
        """insert into public.saved_views (organization_id, user_id, page, name, query, shared)
           values (%s, %s, 'calls', %s, 'q=busy', true) returning id""",
        [organization, user, mark],
    ).fetchone()
    owner.execute(
        "insert into public.held_people (phone_number, until, reason) values (%s, '2035-01-01', %s)",
        [number, mark],
    )
    owner.execute(
        """insert into public.call_queue (user_id, campaign_id, recipient_number, purpose, custom_variables)
           values (%s, %s, %s, 'asked_for', jsonb_build_object('word', %s::text))""",
        [user, campaign, number, mark],
    )
    (bulk,) = owner.execute(
        """insert into public.bulk_actions (request_key, user_id, organization_id, object_type, action, state)
           values (%s, %s, %s, 'call', 'export', 'done') returning id""",
        [mark, user, organization],
    ).fetchone()
    owner.execute("insert into public.call_tags (call_id, tag) values (%s, %s)", [call, mark])
    owner.execute(
        "insert into public.person_tags (phone_number, organization_id, tag) values (%s, %s, %s)",
        [number, organization, mark],
    )
    (alert,) = owner.execute(
        """insert into public.alert_rules (organization_id, name, kind, threshold) values (%s, %s, 'count', 5) returning id""",
        [organization, mark],
    ).fetchone()
    owner.execute("insert into public.alert_firings (rule_id, fired_at) values (%s, now())", [alert])
    (endpoint,) = owner.execute(
        """insert into public.webhook_endpoints (url, secret, event_types, organization_id)
           values ('https://example.com/' || %s, 'sealed', array['call.ended'], %s) returning id""",
        [mark, organization],
    ).fetchone()
    owner.execute(
        """with e as (insert into public.events (type, subject) values ('webhook.test', %(id)s::text) returning id)
           insert into public.webhook_deliveries (event_id, endpoint_id, state) select e.id, %(id)s::uuid, 'sent' from e""",
        {"id": str(endpoint)},
    )
    marks = {
        mark,
        number,
        str(user),
        str(thread),
        str(public_id),
        sid,
        str(template),
        str(escalation),
        str(entry),
        str(campaign),
        str(subscription),
        str(series),
        str(bulk),
        str(view),
        str(alert),
        str(endpoint),
    }
    return Owned(
        number,
        user,
        organization,
        thread,
        public_id,
        sid,
        template,
        escalation,
        entry,
        campaign,
        plan,
        subscription,
        series,
        invitation,
        later,
        bulk,
        view,
        alert,
        endpoint,
        marks,
    )


def talks(owner: Any, one: Owned, transport: str = "relay") -> None:
    """Have the person's call be up."""
    owner.execute(
        """with calling as (
               update public.call_history set transport = %s, call_status = 'in-progress', answered_at = now(), ended_at = null
                where public_id = %s returning id)
           insert into public.call_states (call_id, plan) select id, '{}' from calling""",
        [transport, one.call_id],
    )


def ask_by_key(app: Any, key: str) -> Any:
    """A client that has the key."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client
