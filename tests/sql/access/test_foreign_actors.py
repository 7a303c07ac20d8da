"""Every function that takes an actor is called with foreign ones: they see nothing of somebody else and change nothing.

The list of functions is read from the database, so a new one is asked as soon as it exists.
"""

import json
from types import SimpleNamespace
from uuid import uuid4

import pytest

from tests.api.people import make_owned
from voicebot.domain.access.actor import THE_OPERATOR, Actor

pytestmark = pytest.mark.sql
# Any number may be verified by whoever has a key for it, so only a role that verifies nothing is foreign there.
ANYBODYS = {
    "start_verification", "check_verification", "running_verification",
    # What a member looked at is the member's own row.
    "note_audit",
    # How many of the asker's own there are.
    "inbox_counts", "waiting_for_people",
    # A stranger's own action, which leaves out every row of somebody else (tests/sql/bulk).
    "begin_bulk",
    # A search that one keeps is one's own.
    "save_view",
}  # fmt: skip
# Whose `id` is a campaign's.
OF_CAMPAIGNS = {
    "show_campaign", "change_campaign", "add_people", "campaign_variables", "preview_campaign", "campaign_report",
    "redial_campaign", "list_campaign_people", "known_people",
}  # fmt: skip
OF_CALLS, OF_BULK = {"tag_call", "assign_call"}, {"show_bulk", "cancel_bulk"}
OF_WEBHOOKS = {"webhook_endpoints_page", "show_webhook_endpoint", "webhook_deliveries_page"}
OF_MEMBERS = {"change_member", "remove_member"}
OF_SERIES = {"show_series", "change_series"}
# What is everybody's too: public templates, plans, the hours of countries, the rules of all calls.
SHARED = {
    # It says that it would leave out every row of somebody else.
    "preview_bulk",
    # The asker's own figures and alerts.
    "console_figures", "list_alerts", "make_alert", "preview_alert",
    "list_templates", "list_plans", "show_plan", "list_calling_hours", "show_dialling_rules",
}  # fmt: skip
# What is about nobody.
NOBODYS = {
    "mail_page",
    "show_dialling_rules",
    "list_unanswered",
    "show_provider",
    "list_plans",
    "show_plan",
    "incidents_page",
    "api_keys_page",
    "show_examination",
    # Nobody was erased here, and how long things are kept says nothing of anybody.
    "erasures_page",
    "show_retention",
}
# What a list is asked with: nothing, so that all would be shown.
PAGING = {"page_size", "after"}
TABLES = {
    "conversations": "customer_identifier = %(number)s",
    "sms_history": "phone_number = %(number)s",
    "inbox_items": "user_id = %(user_id)s",
    "inbox_notes": "item_id = %(conversation_id)s",
    "inbox_drafts": "item_id = %(conversation_id)s",
    "suppressions": "phone_number = %(number)s",
    "blocked_callers": "number = %(number)s",
    "call_history": "user_id = %(user_id)s",
    "call_templates": "created_by = %(user_id)s",
    "support_escalations": "user_id = %(user_id)s",
    "verifications": "phone_number = %(number)s",
    "onboarding_messages": "user_id = %(user_id)s",
    "call_queue": "user_id = %(user_id)s",
    "held_people": "phone_number = %(number)s",
    "campaigns": "user_id = %(user_id)s",
    "subscription_plans": "id = %(plan_id)s",
    "user_subscriptions": "user_id = %(user_id)s",
    "user_call_usage": "user_id = %(user_id)s",
    "call_series": "user_id = %(user_id)s",
    "bulk_actions": "id = %(bulk_id)s",
    "person_tags": "phone_number = %(number)s",
    "call_tags": "call_id = (select id from public.call_history where public_id = %(call_id)s)",
    "call_commands": "call_id in (select c.id from public.call_history c where c.user_id = %(user_id)s)",
    "organization_members": "organization_id = %(organization_id)s",
    "organization_invitations": "organization_id = %(organization_id)s",
    "organizations": "id = %(organization_id)s",
    "alert_rules": "organization_id = %(organization_id)s",
    "saved_views": "organization_id = %(organization_id)s",
    "user_profiles": "user_id = %(user_id)s",
}


@pytest.fixture(scope="module")
def people(dsn):
    """Two people with rows of every kind, and a way to make them by a connection of the module's own."""
    import psycopg

    from voicebot.storage.database import PostgresDatabase

    database = PostgresDatabase(dsn, min_size=1, max_size=2)
    with psycopg.connect(dsn, autocommit=True) as owner:
        made = [make_owned(SimpleNamespace(database=database), owner) for _ in range(2)]
    database.call("suppress", number=made[0].number, scope="calls", reason="operator")
    database.call("block_caller", number=made[0].number)
    yield made
    database.close()


def strangers(somebody):
    """Actors who have nothing to do with the other person."""
    user, organization = somebody.user_id, somebody.organization_id
    return {
        "a user": Actor(user),
        "an organization": Actor(None, organization),
        "a user of an organization": Actor(user, organization),
        "an integrator": Actor(role="integrator", key_id=uuid4()),
        "an integrator of a user": Actor(user, role="integrator", key_id=uuid4()),
        "a role that nobody knows": Actor(role="viewer"),
        "no role": Actor(role=""),
    }


def functions(owner):
    """Name every function of ours that takes an actor, with its other parameters: {name: {parameter: type}}."""
    rows = owner.execute(
        """select p.proname, t.name, format_type(p.proargtypes[t.n - 1], null)
             from pg_proc p, unnest(p.proargnames) with ordinality t (name, n)
            where p.pronamespace = 'public'::regnamespace and 'actor' = any (p.proargnames)"""
    ).fetchall()
    found = {}
    for function, parameter, kind in rows:
        found.setdefault(function, {})[parameter] = kind
    return found


def asked(function, parameters, one):
    """Return what a function is asked with about somebody. A parameter that is new here has to be given a value."""
    values = {
        "conversation_id": one.conversation_id, "escalation_id": one.escalation_id, "template": one.template_id,
        "call_sid": one.call_sid, "public_id": one.call_id, "number": one.number, "to_number": one.number,
        "our_number": "+15005550006", "content": {"name": "theirs"}, "version": 1, "revision": 1, "mode": "OFF",
        "state": "closed", "closed_by": "a test", "reason": "operator", "scope": "all", "channel": "sms",
        "token": uuid4(), "lease_s": 30.0, "purpose": "api", "by_operator": True, "answer": "phrase",
        "code_ok_for": None, "spoken": None, "ip": None, "country": "US", "user_id": None, "limits": None, "sendable": True,
        "through": "us", "at": None, "blocked": None, "source_sid": None, "observed_at": None, "until": None,
        "request_key": None, "was": None, "actor": None, "since": None, "id": one.entry_id, "request": {}, "variables": {}, "caller_number": None,
        "scheduled_time": None, "not_before": None, "not_after": None, "timezone": None, "priority": 1, "consent": None,
        "organization": one.organization_id, "hours_lifted": None, "checked": None, "changes": {"priority": 9}, "people": [], "name": "theirs",
        "concurrent": None, "calls_per_second": None, "redial": None, "time_window": None, "max_attempts": None,
        "account": "twilio", "endpoint_id": one.endpoint_id, "url": "https://example.com/", "secret": "sealed", "active": False,
        "event_types": ["call.ended"], "type": None, "batch": 1, "plan": one.plan_id, "status": "canceled", "renew": True,
        "cancel_at_period_end": True, "starts_at": None, "trial": False, "billing_interval": "monthly", "price": "0",
        "description": None, "features": None, "call_limit": 1, "minutes_limit": 1, "billing_increment_s": 60,
        "organization_id": one.organization_id, "role": "owner", "code_hash": uuid4().hex, "expires_at": "2035-01-01", "email": None,
        "slug": f"theirs-{uuid4().hex}", "invitation_id": one.invitation_id, "action": "read", "object_type": "call",
        "object_id": "1", "zone": "UTC", "kind": None, "week": {"mon": [["09:00", "17:00"]]}, "place": {"country": "US", "zones": ["UTC"]},
        "campaign_id": one.campaign_id, "outcomes": ["busy"], "dry": False, "series": None,
        "item": one.conversation_id, "message_id": one.later_id, "assignee": None, "show": "open", "hours": 4.0,
        "account_sid": "AC1", "sealed": "sealed", "fields": {}, "minute_price": None, "fact": "We close at six.", "key_id": uuid4(), "key_hash": uuid4().hex, "key_prefix": "vb_theirs", "call": one.call_id, "utterance": None,
        "ids": [str(one.entry_id)], "arguments": {}, "tag": "theirs", "remove": False, "member": None,
        "from_number": None, "history": False, "reached": True, "numbers": [one.number],
        "person": one.user_id, "wanted": {"person": str(one.user_id)}, "most": 10, "budget_ms": 80.0, "first_name": "Mallory", "last_name": None, "location": None, "page": "calls",
        "query": "q=x", "shared": True, "view_id": one.view_id, "days": 1, "direction": None, "once_in_s": None,
        "reader": None, "token_hash": uuid4().hex * 2, "session_hash": "none", "alert_id": one.alert_id, "rule": {"name": "new", "kind": "count", "threshold": 5}, "period": 7, "by": "day", "talks": False, "token_s": 30.0,
    }  # fmt: skip
    if function in OF_CAMPAIGNS:
        values["id"] = one.campaign_id
    if function in OF_SERIES:
        values["id"], values["plan"] = one.series_id, None
    if function in ("show_subscription", "change_subscription"):
        values["id"] = one.subscription_id
    if function in OF_CALLS:
        values["id"] = one.call_id
    if function in OF_BULK:
        values["id"] = one.bulk_id
    if function in ("preview_bulk", "begin_bulk"):
        values |= {"object_type": "entry", "action": "cancel", "request_key": uuid4().hex}
    if function == "campaigns_progress":
        values["ids"] = [str(one.campaign_id)]
    if function == "queue_ids":
        values["status"] = None
    if function == "add_call_command":
        values["kind"] = "end"
    if function in OF_MEMBERS:
        values["user_id"] = one.user_id
    if set(parameters) >= PAGING:
        return {name: values[name] for name in ("conversation_id", "id", "person") if name in parameters}
    if parameters.get("content") == "text":
        values["content"] = "for them"
    return {
        name: str(values[name]) if kind == "text" and values[name] is not None else values[name]
        for name, kind in parameters.items()
        if name != "actor"
    }


def rows_about(owner, one):
    return {
        table: owner.execute(
            f"select to_jsonb(t) from public.{table} t where {where} order by to_jsonb(t)::text", vars(one)
        ).fetchall()
        for table, where in TABLES.items()
    }


def seen_of(answer, one):
    told = json.dumps(answer, default=str)
    return [mark for mark in one.marks if mark in told]


def test_a_foreign_actor_sees_nothing_and_changes_nothing(database, owner, people):
    theirs, somebody = people
    before, complaints = rows_about(owner, theirs), []

    for function, parameters in functions(owner).items():
        for who, actor in strangers(somebody).items():
            if function in ANYBODYS and actor.role in ("operator", "integrator"):
                continue
            answer = database.call(function, **asked(function, parameters, theirs), actor=actor.to_json())
            refused = (
                answer == []
                or answer.get("result") == "refused"
                or answer.get("rows") == []
                or answer.get("names") == {}
                or answer.get("count") == 0
            )
            if seen_of(answer, theirs) or not (refused or (function in SHARED and actor.role == "operator")):
                complaints.append((function, who, answer))

    # Lists of the asker's own rows are no refusal, and hold none of theirs.
    assert [one for one in complaints if not only_their_own(one, somebody)] == []
    assert rows_about(owner, theirs) == before


def only_their_own(complaint, somebody):
    _, _, answer = complaint
    rows = answer.get("rows") if isinstance(answer, dict) else None
    return bool(rows) and all(seen_of(row, somebody) for row in rows)


def test_the_operator_and_the_person_see_what_was_asked_for(database, owner, people):
    theirs, _ = people
    reads = {
        name: parameters
        for name, parameters in functions(owner).items()
        if set(parameters) >= PAGING or name.startswith("show_") or name == "timeline"
    }

    for actor in (THE_OPERATOR, Actor(theirs.user_id), Actor(None, theirs.organization_id)):
        blind = {
            name
            for name, parameters in reads.items()
            if not seen_of(
                database.call(name, **asked(name, parameters, theirs), actor=actor.to_json()), theirs
            )
        }
        # Blocks, the audit log and mail are the whole service's alone; nothing was mailed to anybody here, and nobody was turned away.
        alone = {"list_blocks", "audit_page", "show_organization"}
        # Alerts and webhooks are an organization's, and no person's.
        alone |= {"alert_firings", "show_alert", *OF_WEBHOOKS} if actor.user_id else set()
        assert blind == NOBODYS | (set() if actor is THE_OPERATOR else alone), actor


def test_the_checks_themselves_have_one_form_each(owner):
    rows = owner.execute(
        """select proname from pg_proc where pronamespace = 'private'::regnamespace
            group by proname having count(*) > 1"""
    ).fetchall()

    assert rows == []
