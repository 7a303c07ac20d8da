"""Whose rows a key opens: every route of the table is tried with keys of somebody else."""

import json
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.api.people import ask_by_key, make_owned, talks
from voicebot.api.table import ROUTES

pytestmark = pytest.mark.sql
LATER = (datetime.now(UTC) + timedelta(days=2)).isoformat()
OPERATORS_ALONE = {route.operation_id for route in ROUTES if route.roles == ("operator",)}
# How each route is asked about somebody, and what that changes if it is allowed. A new route fails until it is listed.
ASKED = {
    "startVerification": {"json": lambda one: {"to": one.number}},
    "checkVerification": {"json": lambda one: {"to": one.number, "code": "000000"}},
    "startOnboarding": {"json": lambda one: {"to": one.number}},
    "importOnboardings": {"data": lambda one: f"phone\n{one.number}\n"},
    "sendMessage": {"json": lambda one: {"to": one.number, "body": "for them"}},
    "listConversations": {"query_string": lambda one: {"number": one.number}},
    "showConversation": {},
    "listMessages": {},
    "changeConversation": {"json": lambda one: {"ai_mode": "OFF"}},
    "showSuppressions": {"query_string": lambda one: {"number": one.number}},
    "addSuppression": {"json": lambda one: {"number": one.number}},
    "liftSuppression": {"query_string": lambda one: {"number": one.number}},
    "listTemplates": {},
    "makeTemplate": {"json": lambda one: {"name": f"new {uuid4().hex}"}},
    "showTemplate": {},
    "changeTemplate": {"json": lambda one: {"revision": 1, "draft": {"greeting": "Hi"}}},
    "publishTemplate": {"json": lambda one: {"revision": 1}},
    "showTemplateVersion": {},
    "showTemplateChanges": {},
    "restoreTemplateVersion": {"json": lambda one: {"revision": 1}},
    "tryTemplate": {"json": lambda one: {"lines": []}},
    "addFact": {"json": lambda one: {"answer": "Until six."}},
    "correctAnswer": {"json": lambda one: {"answer": "Until six."}},
    "listUnanswered": {"query_string": lambda one: {"number": one.number}},
    "listBlocks": {"query_string": lambda one: {"number": one.number}},
    "addBlock": {"json": lambda one: {"number": one.number}},
    "removeBlock": {"query_string": lambda one: {"number": one.number}},
    "listCalls": {"query_string": lambda one: {"number": one.number}},
    "showCall": {},
    "addCallCommand": {"json": lambda _: {"kind": "whisper", "text": "Be kind."}},
    "listCallCommands": {},
    "showCallRecord": {},
    "hearCall": {},
    "makeBundle": {},
    "listEscalations": {"query_string": lambda one: {"number": one.number}},
    "showEscalation": {},
    "changeEscalation": {"json": lambda one: {"state": "closed"}},
    "listInbox": {},
    "showInboxItem": {},
    "changeInboxItem": {"json": lambda _: {"state": "resolved"}},
    "replyInboxItem": {"json": lambda _: {"body": "for them"}},
    "changeLaterText": {"json": lambda _: {"body": "for them", "not_before": LATER}},
    "cancelLaterText": {},
    "noteInboxItem": {"json": lambda _: {"content": "for the team"}},
    "askDraft": {},
    "queueCall": {"json": lambda one: {"to": one.number, "purpose": "asked_for"}},
    "listQueue": {"query_string": lambda one: {"number": one.number}},
    "showQueuedCall": {},
    "changeQueuedCall": {"json": lambda one: {"priority": 5}},
    "cancelQueuedCall": {},
    "makeCampaign": {"json": lambda one: {"name": "spring"}},
    "listCampaigns": {},
    "showCampaign": {},
    "changeCampaign": {"json": lambda one: {"name": "autumn"}},
    "addPeople": {"data": lambda one: f"phone\n{one.number}\n", "content_type": lambda one: "text/csv"},
    "listPeople": {},
    "previewCampaign": {},
    "reportCampaign": {},
    "listProviders": {},
    "addProvider": {
        "json": lambda _: {
            "name": f"p{uuid4().hex[:12]}",
            "account_sid": f"AC{uuid4().hex}",
            "secrets": {"auth_token": "t" * 32},
        }
    },
    "showProvider": {},
    "changeProvider": {"json": lambda _: {"enabled": False}},
    "testProvider": {"json": lambda _: {}},
    "makePlan": {"json": lambda _: {"name": f"plan {uuid4().hex}"}},
    "listPlans": {},
    "showPlan": {},
    "changePlan": {"json": lambda _: {"call_limit": 1}},
    "subscribe": {"json": lambda one: {"plan": str(one.plan_id), "number": one.number}},
    "listSubscriptions": {"query_string": lambda one: {"number": one.number}},
    "showSubscription": {},
    "changeSubscription": {"json": lambda _: {"cancel_at_period_end": True}},
    "endSubscription": {},
    "listUsage": {"query_string": lambda one: {"number": one.number}},
    "beginBulk": {
        "json": lambda one: {
            "action": "cancel",
            "ids": [str(one.entry_id)],
            "of": "entry",
            "request_key": uuid4().hex,
        }
    },
    "listBulk": {},
    "showBulk": {},
    "cancelBulk": {},
    "downloadBulk": {},
    "tagCall": {"json": lambda _: {"tag": "refund"}},
    "assignCall": {"json": lambda _: {"member": None}},
    "tagPerson": {"json": lambda one: {"number": one.number, "tag": "vip"}},
    "listTags": {},
    "listColleagues": {},
    "redialQueuedCall": {"json": lambda _: {}},
    "showQueueStanding": {},
    "redialCampaign": {"json": lambda _: {"outcomes": ["busy"], "dry": True}},
    "listSeries": {"query_string": lambda one: {"number": one.number}},
    "showSeries": {},
    "changeSeries": {"json": lambda _: {"priority": 5}},
    "holdPerson": {
        "json": lambda one: {"number": one.number, "until": "2035-01-01T00:00:00Z", "reason": "holiday"}
    },
    "listHolds": {},
    "releasePerson": {"query_string": lambda one: {"number": one.number}},
    "listCallingHours": {},
    "showNumberHours": {"query_string": lambda one: {"number": one.number}},
    "setCallingHours": {"json": lambda _: {"week": {"mon": [["09:00", "17:00"]]}}},
    "dropCallingHours": {},
    "showDiallingRules": {},
    "changeDiallingRules": {"json": lambda _: {"user_concurrent": 5}},
    "listWebhooks": {},
    "addWebhook": {"json": lambda _: {"url": "https://example.com/hook"}},
    "showWebhook": {},
    "changeWebhook": {"json": lambda _: {"active": True}},
    "removeWebhook": {},
    "testWebhook": {"json": lambda _: {}},
    "listWebhookDeliveries": {},
    "replayWebhook": {"json": lambda _: {}},
    "showNumbersHealth": {},
    "assignNumber": {"json": lambda _: {"number": "+13035550190", "organization": None}},
    "clearNumber": {"json": lambda _: {"number": "+13035550190", "reason": "better now"}},
    "listIncidents": {},
    "showFigures": {},
    "listAlerts": {},
    "makeAlert": {"json": lambda _: {"name": "new", "kind": "count", "threshold": 5}},
    "previewAlert": {"json": lambda _: {"name": "new", "kind": "count", "threshold": 5}},
    "showAlert": {},
    "changeAlert": {"json": lambda _: {"threshold": 6}},
    "removeAlert": {},
    "listAlertFirings": {},
    "listVoices": {},
    "listNumbers": {},
    "listPrompts": {},
    "showProviderFigures": {},
    "listKeys": {},
    "makeKey": {"json": lambda _: {"name": f"key {uuid4().hex}", "role": "operator"}},
    "endKey": {},
    "listOrganizations": {},
    "makeOrganization": {"json": lambda _: {"name": "New", "slug": f"new-{uuid4().hex}"}},
    "showOrganization": {},
    "changeOrganization": {"json": lambda _: {"display_name": "Another"}},
    "listMembers": {},
    "changeMember": {"json": lambda _: {"role": "viewer"}},
    "removeMember": {},
    "linkMember": {"json": lambda _: {}},
    "listInvitations": {},
    "inviteMember": {"json": lambda _: {"role": "viewer"}},
    "revokeInvitation": {},
    "listAudit": {},
    "showUsage": {},
    "showDoctor": {},
    "askDoctor": {"json": lambda _: {}},
    "listPersons": {"query_string": lambda one: {"beginning": one.number}},
    "showPerson": {},
    "showTimeline": {},
    "changePerson": {"json": lambda _: {"first_name": "Mallory"}},
    "erasePerson": {},
    "searchCalls": {"query_string": lambda one: {"q": f"number:{one.number}"}},
    "searchTexts": {"query_string": lambda one: {"q": f"number:{one.number}"}},
    "listViews": {},
    "saveView": {"json": lambda _: {"page": "calls", "name": "theirs", "query": "q=x"}},
    "dropView": {},
    "listErasures": {},
    "showRetention": {},
    "setRetention": {"json": lambda _: {"days": 30}},
}
# They answer the same whoever has a number, and change what its owner's code decides: no row of anybody is shown.
BLIND = {"startVerification", "checkVerification", "makeTemplate", "queueCall", "makeCampaign", "saveView"} | {
    # The asker's own action, which leaves out every row of somebody else.
    "beginBulk",
    # The same for everybody: the hours of a country, of a number by its country, and the rules of all calls.
    "listCallingHours", "showNumberHours", "showDiallingRules",
    # A look back over the asker's own calls, of which there are none.
    "previewAlert",
    # The members of the asker's own organization (test_the_pages_too).
    "listColleagues",
    # Catalogues, and what is measured of providers.
    "listVoices", "listPrompts", "showProviderFigures",
}  # fmt: skip
# Where calls lead and what they cost is nobody's to say but the house's; blocks are one list for everybody.
PLANS = {"makePlan", "changePlan", "subscribe", "changeSubscription", "endSubscription"}
OF_ALL_CALLS = {
    "setCallingHours",
    "dropCallingHours",
    "changeDiallingRules",
    "listIncidents",
    "showNumbersHealth",
    "clearNumber",
    "assignNumber",
    "showUsage",
    "showDoctor",
    "askDoctor",
    "listErasures",
    "showRetention",
    "setRetention",
}
# An organization's leaders do it, too (test_teams_api); nobody here is one.
LED = {
    "listMembers",
    "changeMember",
    "removeMember",
    "linkMember",
    "listInvitations",
    "inviteMember",
    "listAudit",
}
SERVICE_WIDE = {"listUnanswered", "listBlocks", "addBlock", "removeBlock", *OF_ALL_CALLS, *PLANS, *LED} | {
    name for name in ASKED if any(word in name for word in ("Provider", "Key", "Organization"))
} - BLIND - {"listOrganizations"}
HOUSE_ONLY = {"publishTemplate", "revokeInvitation"} | SERVICE_WIDE
# They answer a file in place of JSON: whose they are is tried in test_call_records.
FILES = {"hearCall", "makeBundle"}
# Asked about nobody in particular: the asker's own rows come back.
# Functions behind routes that are not told who asks, and why they need not be.
NOT_TOLD = {
    "find_api_keys": "it finds out who asks",
    "touch_api_key": "the key is the asker's own",
    "list_voices": "a catalogue, the same for everybody",
    "voices_to_choose": "the same catalogue, cut to the few that are offered",
    "running_verification": "read to compare a code, and shown to nobody",
    "is_suppressed": "asked when open_thread has let the actor in",
    "push_texts": "it takes the token that open_thread gave the actor",
}
# Plans are a catalogue, and everybody may read it.
LISTS_THEIR_OWN = {
    "listViews", "listBulk", "listTags", "showQueueStanding", "listInbox", "listTemplates", "listNumbers", "listCampaigns", "listHolds",
    "listPlans", "showPlan", "showFigures", "listAlerts", "makeAlert", "listWebhooks",
    "addWebhook", "listOrganizations",
}  # fmt: skip
# What they reach, and what cannot be as it stands: the entry waits, the file is another key's, a user alone has no tags.
REFUSED_FOR_NOW = {"redialQueuedCall": 422, "downloadBulk": 403, "tagPerson of a user": 403} | {
    # Figures and alerts are an organization's, and no person's.
    f"{name} of a user": code
    for name, code in {
        "showFigures": 403, "listAlerts": 403, "makeAlert": 403, "showAlert": 404, "changeAlert": 404, "removeAlert": 404,
        "listAlertFirings": 404,
    }.items()
} | {
    # So are webhooks.
    f"{name} of a user": 403
    for name in ASKED
    if "Webhook" in name
}  # fmt: skip
OPERATIONS = {route.operation_id: route for route in ROUTES}
KINDS = (
    "user",
    "organization",
    "user and organization",
    "integrator of a user",
    "integrator of an organization",
)


@pytest.fixture(scope="module")
def theirs(runtime, module_owner):
    """Somebody of whom nobody else may learn anything."""
    one = make_owned(runtime, module_owner)
    runtime.database.call("suppress", number=one.number, scope="calls", reason="operator")
    runtime.database.call("block_caller", number=one.number)
    return one


@pytest.fixture(scope="module")
def somebody(runtime, module_owner):
    return make_owned(runtime, module_owner)


@pytest.fixture
def client_of(app, make_api_key):
    return lambda kind, one: ask_by_key(app, key_of(make_api_key, kind, one))


def key_of(make_api_key, kind, one):
    """Make a key of this kind, one of `KINDS`, that is somebody's."""
    whose = {}
    if "user" in kind:
        whose["user_id"] = one.user_id
    if "organization" in kind:
        whose["organization_id"] = one.organization_id
    return make_api_key(role="integrator" if "integrator" in kind else "operator", **whose)


def ask(client, operation, about):
    """Ask a route about somebody, and leave out the number for lists so that everything would be shown."""
    route = OPERATIONS[operation]
    parts = {name: make(about) for name, make in ASKED[operation].items()}
    values = {
        "conversation_id": about.conversation_id,
        "call": about.call_id,
        "template": about.template_id,
        "version": 1,
        "escalation_id": about.escalation_id,
        "item_id": about.conversation_id,
        "text_id": about.later_id,
        "entry": about.entry_id,
        "campaign": about.campaign_id,
        "plan": about.plan_id,
        "subscription": about.subscription_id,
        "series": about.series_id,
        "country": "US",
        "bulk": about.bulk_id,
        "endpoint": about.endpoint_id,
        "alert": about.alert_id,
        "key": uuid4(),
        "organization": about.organization_id,
        "provider": "twilio",
        "person": about.user_id,
        "view": about.view_id,
        "user": about.user_id,
        "invitation": about.invitation_id,
    }
    path = re.sub(r"<(\w+)>", lambda found: str(values[found[1]]), route.path)
    return client.open(f"/api/v1{path}", method=route.method, **parts)


def rows_about(owner, one):
    """Everything that is kept of somebody, to see that nothing of it was changed."""
    tables = {
        "conversations": "id = %(conversation_id)s or customer_identifier = %(number)s",
        "sms_history": "conversation_id = %(conversation_id)s or to_number = %(number)s",
        "suppressions": "phone_number = %(number)s",
        "blocked_callers": "number = %(number)s",
        "call_history": "user_id = %(user_id)s",
        "call_commands": "call_id in (select c.id from public.call_history c where c.user_id = %(user_id)s)",
        "user_profiles": "user_id = %(user_id)s",
        "onboarding_messages": "user_id = %(user_id)s",
        "support_escalations": "user_id = %(user_id)s",
        "inbox_items": "user_id = %(user_id)s",
        "inbox_notes": "item_id = %(conversation_id)s",
        "call_queue": "user_id = %(user_id)s",
        "campaigns": "user_id = %(user_id)s",
        "user_subscriptions": "user_id = %(user_id)s",
        "user_call_usage": "user_id = %(user_id)s",
        "call_series": "user_id = %(user_id)s",
        "bulk_actions": "id = %(bulk_id)s",
        "person_tags": "phone_number = %(number)s",
        "alert_rules": "organization_id = %(organization_id)s",
        "webhook_endpoints": "organization_id = %(organization_id)s",
        "organization_members": "organization_id = %(organization_id)s",
        "organization_invitations": "organization_id = %(organization_id)s",
    }
    kept = ", ".join(
        f"'{table}', (select jsonb_agg(to_jsonb(t) order by id) from public.{table} t where {where})"
        for table, where in tables.items()
    )
    return owner.execute(f"select jsonb_build_object({kept})", vars(one)).fetchone()


def test_every_route_is_asked():
    assert set(ASKED) == set(OPERATIONS)


@pytest.fixture(scope="module")
def somebodys_keys(make_api_key, somebody):
    """A key of each kind that somebody may have."""
    return {kind: key_of(make_api_key, kind, somebody) for kind in KINDS}


@pytest.fixture
def keys_of_somebody(app, somebodys_keys):
    return {kind: ask_by_key(app, key) for kind, key in somebodys_keys.items()}


@pytest.mark.parametrize("operation", sorted(set(ASKED) - BLIND))
def test_somebody_elses_key_sees_nothing_and_changes_nothing(keys_of_somebody, owner, theirs, operation):
    before, wrong = rows_about(owner, theirs), {}

    for kind, client in keys_of_somebody.items():
        answer = ask(client, operation, theirs)
        # A number that was sent may come back in a refusal's place, but nothing else of theirs.
        seen = json.dumps(answer.json)
        marks = [mark for mark in theirs.marks - {theirs.number} if mark in seen]
        refused = answer.status_code in (403, 404) or _is_empty(answer.json)
        if marks or not (refused or operation in LISTS_THEIR_OWN):
            wrong[kind] = (answer.status_code, marks)

    assert wrong == {}
    assert rows_about(owner, theirs) == before


@pytest.mark.parametrize(
    "path", ["/conversations", "/calls", "/escalations", "/queue", "/campaigns", "/subscriptions", "/usage"]
)
def test_a_list_without_filters_shows_nothing_of_theirs_either(keys_of_somebody, theirs, path):
    for kind, client in keys_of_somebody.items():
        answer = client.get(f"/api/v1{path}", query_string={"page_size": 200})

        assert [mark for mark in theirs.marks if mark in answer.text] == [], kind


@pytest.mark.parametrize(
    "operation", ["startOnboarding", "sendMessage", "showSuppressions", "addSuppression", "liftSuppression"]
)
def test_a_number_of_somebody_else_is_refused_like_one_of_nobody(
    client_of, owner, somebody, theirs, operation
):
    client = client_of("organization", somebody)
    nobody = type(theirs)(**(vars(theirs) | {"number": "+12125550199"}))

    answers = [ask(client, operation, one) for one in (theirs, nobody)]

    assert answers[0].status_code == answers[1].status_code
    assert answers[0].json == answers[1].json
    assert owner.execute(
        "select count(*) from public.phone_links where phone_number = '+12125550199'"
    ).fetchone() == (0,)


@pytest.mark.parametrize("kind", ["user", "organization", "nobody's: the operator"])
@pytest.mark.parametrize(
    "operation", sorted(set(ASKED) - BLIND - HOUSE_ONLY - FILES - {"changeConversation"})
)
def test_their_own_key_and_the_operators_do(client_of, runtime, module_owner, operation, kind):
    owner = module_owner
    one = make_owned(runtime, owner)
    if kind == "user" and operation.endswith(("Call", "Calls")):
        owner.execute(
            "update public.call_history set organization_id = null where call_sid = %s", [one.call_sid]
        )

    client = client_of(kind.split()[0].replace("nobody's:", ""), one)
    if operation in ("addCallCommand", "listCallCommands"):
        talks(owner, one)
        ask(client, "addCallCommand", one)

    answer = ask(client, operation, one)
    for refused in (operation, f"{operation} of a {kind}"):
        if refused in REFUSED_FOR_NOW:
            assert answer.status_code == REFUSED_FOR_NOW[refused]
            return

    assert answer.status_code in (200, 201, 202)
    assert not _is_empty(answer.json)


@pytest.mark.parametrize("operation", sorted(SERVICE_WIDE))
def test_what_is_the_whole_services_is_closed_to_keys_of_anybody(keys_of_somebody, somebody, operation):
    for kind in ("user", "organization", "user and organization"):
        answer = ask(keys_of_somebody[kind], operation, somebody)

        assert (answer.status_code, answer.json["error"]["code"]) == (403, "not_allowed"), kind


def test_who_left_an_organization_is_not_reached_by_it_any_more(client_of, owner, runtime):
    one = make_owned(runtime, owner)
    client = client_of("organization", one)
    assert ask(client, "showConversation", one).status_code == 200

    owner.execute(
        "update public.organization_members set status = 'removed' where user_id = %s", [one.user_id]
    )

    assert ask(client, "showConversation", one).status_code == 404
    assert ask(client, "sendMessage", one).status_code == 403


def test_integrators_verify_phones_and_look_at_calls_and_all_else_is_for_operators():
    assert set(OPERATIONS) - OPERATORS_ALONE == {
        "startVerification",
        "checkVerification",
        "listCalls",
        "showCall",
    }


@pytest.mark.parametrize("operation", sorted(OPERATORS_ALONE))
def test_what_is_for_operators_is_closed_to_integrators(app, make_api_key, theirs, operation):
    answer = ask(ask_by_key(app, make_api_key(role="integrator")), operation, theirs)

    assert (answer.status_code, answer.json["error"]["code"]) == (403, "forbidden")


class Recorder:
    """A database that notes which functions are called, and with which parameters."""

    def __init__(self, database):
        self.database, self.called = database, []

    def call(self, function, **params):
        self.called.append((function, params))
        return self.database.call(function, **params)


@pytest.mark.parametrize("operation", sorted(ASKED))
def test_every_function_behind_a_route_is_told_who_asks(
    client_of, runtime, module_owner, monkeypatch, operation
):
    one, recorder = make_owned(runtime, module_owner), Recorder(runtime.database)
    client = client_of("user", one)
    monkeypatch.setattr(runtime, "database", recorder)

    ask(client, operation, one)

    called = {function: params for function, params in recorder.called if function not in NOT_TOLD}
    assert called or operation in BLIND
    assert {
        function: params["actor"]["user_id"] if "actor" in params else "is not told"
        for function, params in called.items()
    } == dict.fromkeys(called, str(one.user_id))


def _is_empty(value):
    """No row, or rows that were all refused."""
    if "started" in value:
        return value["started"] == 0 and all(row["result"] == "refused" for row in value["rows"])
    lists = [item for item in value.values() if isinstance(item, list)]
    return value.get("result") == "refused" or (
        not {"id", "campaign", "phone_column"} & set(value)
        and lists != []
        and not any(lists)
        and not {"number", "text"} & set(value)
    )


# What tells somebody's words, or many whole numbers.
NOTED = {
    "showCall": "transcript.read", "showInboxItem": "thread.read", "listMessages": "thread.read", "showPerson": "person.read",
    "showTimeline": "person.read", "listPersons": "people.listed", "searchCalls": "words.searched", "searchTexts": "words.searched",
}  # fmt: skip


def test_what_a_key_read_of_somebody_is_on_record_with_the_key(client_of, runtime, module_owner):
    one = make_owned(runtime, module_owner)
    client = client_of("organization", one)

    for operation in NOTED:
        assert ask(client, operation, one).status_code == 200, operation

    rows = module_owner.execute(
        "select action, after ? 'key' from public.audit_log where organization_id = %s", [one.organization_id]
    ).fetchall()
    assert set(rows) == {(deed, True) for deed in NOTED.values()}
