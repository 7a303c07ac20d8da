"""How a test asks for any route of the console: its path, its query and its form, about a house."""

from io import BytesIO

from tests.console.conftest import token_of
from voicebot.console.table import ROUTES

CLOSED = [route for route in ROUTES if not route.is_open]
ALERT = {
    "name": "new",
    "kind": "count",
    "threshold": "5",
    "what": "failed",
    "window_min": "60",
    "sample": "5",
    "quiet_min": "60",
}
# What a form of each route says, about a house.
FORMS = {
    "makeOrganization": lambda house: {"name": "new", "slug": "new"},
    "invite": lambda house: {"organization": str(house.one.organization_id), "role": "agent"},
    "changeMember": lambda house: {"organization": str(house.one.organization_id), "role": "viewer"},
    "stepIn": lambda house: {"kind": "whisper", "text": "Be kind."},
    "linkMember": lambda house: {"organization": str(house.one.organization_id)},
    "removeMember": lambda house: {"organization": str(house.one.organization_id)},
    "replyThread": lambda house: {"content": "not for you"},
    "noteThread": lambda house: {"content": "not for you"},
    "assignThread": lambda house: {"assignee": str(house.people["agent"])},
    "snoozeThread": lambda house: {"until": "hour"},
    "switchThread": lambda house: {"ai_mode": "OFF"},
    "changeText": lambda house: {"content": "not for you", "not_before": "2035-01-01T00:00"},
    "makeTemplate": lambda house: {"name": "new"},
    "saveTemplate": lambda house: {"revision": "1", "name": "theirs"},
    "publishTemplate": lambda house: {"revision": "1"},
    "restoreVersion": lambda house: {"revision": "1"},
    "askTemplate": lambda house: {"say": "Hello?"},
    "assignNumber": lambda house: {"number": "+12025550123", "organization": ""},
    "clearNumber": lambda house: {"number": "+12025550123", "reason": "better"},
    "makeKey": lambda house: {"name": "robot", "role": "operator"},
    "addWebhook": lambda house: {"url": "https://example.com/hook"},
    "changeOrganization": lambda house: {"display_name": "Another"},
    "correctAnswer": lambda house: {"answer": "We close at six."},
    "makeCampaign": lambda house: {"name": "spring"},
    "saveCampaign": lambda house: {"name": "autumn"},
    "moveCampaign": lambda house: {"state": "canceled"},
    "redialCampaign": lambda house: {"outcome": "busy", "confirmed": "1"},
    "lookAtPeople": lambda house: {"file": (BytesIO(b"phone\n+13035550142\n"), "people.csv")},
    "confirmBulk": lambda house: {"over": "queue", "id": str(house.one.entry_id), "action": "cancel"},
    "beginBulk": lambda house: {"over": "queue", "id": str(house.one.entry_id), "action": "cancel"},
    "queueCall": lambda house: {"number": "+13035550142", "purpose": "asked_for"},
    "addAlert": lambda house: ALERT,
    "lookBack": lambda house: ALERT | {"alert": str(house.one.alert_id)},
    "changeAlert": lambda house: ALERT,
    "changePerson": lambda house: {"first_name": "Mallory"},
    "erasePerson": lambda house: {"confirmation": "erase"},
    "setRetention": lambda house: {"days": "1"},
}
# What a route is asked about, where its path does not say it.
QUERIES = {
    name: lambda house: {"page": house.fill("/console/calls/<uuid:call>")} for name in ("live", "liveParts")
}


def ask(client, route, house, *, kind="", token=None):
    path = f"/console{house.fill(route.path) or ('/now' if kind else '')}{kind}"
    if route.method == "GET":
        return client.get(path, query_string=QUERIES.get(route.name, lambda house: {})(house))
    form = FORMS.get(route.name, lambda house: {})(house)
    token = token_of(client, "/console/account") if token is None else token
    return client.post(path, data=form | {"form_token": token})


def rows_of(owner, house):
    tables = dict.fromkeys(("organization_members", "organization_invitations", "call_history", "api_keys", "alert_rules"), "organization_id") | {
        "call_templates": "id", "call_queue": "user_id", "campaigns": "user_id", "conversations": "user_id", "inbox_items": "user_id", "sms_history": "user_id", "support_escalations": "user_id",
    }  # fmt: skip
    one = house.one
    whose = {"organization_id": one.organization_id, "user_id": one.user_id, "id": one.template_id}
    return [
        owner.execute(
            f"select to_jsonb(t) from public.{table} t where {column} = %s order by id", [whose[column]]
        ).fetchall()
        for table, column in tables.items()
    ]
