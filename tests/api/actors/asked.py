"""How each route is asked about somebody, and which answers keys of somebody else get."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from voicebot.api.table import ROUTES

LATER = (datetime.now(UTC) + timedelta(days=2)).isoformat()
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
# Asked about nobody in particular, they show the asker's own rows; plans are a catalogue that everybody may read.
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


def is_empty(value):
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
