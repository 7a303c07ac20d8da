"""Every route of the console, tried with every role, by nobody and on an organization of somebody else."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.console.asking import CLOSED, FORMS, ask, rows_of
from tests.console.conftest import make_house, token_of
from voicebot.console.blueprint import kinds
from voicebot.console.routes import ACTING, EVERYBODY, LEADERS
from voicebot.console.table import ROUTES
from voicebot.domain.access.roles import EDITORS, READERS

pytestmark = pytest.mark.sql
WEEK, DAY, SECOND = timedelta(days=7), timedelta(days=1), timedelta(seconds=1)
# Who may what, said once more than the table does: a route that is not here fails.
STEPS_IN = ("owner", "admin", "operator", "agent")
MAY = {
    "signOut": EVERYBODY, "signOutEverywhere": EVERYBODY, "account": EVERYBODY, "now": EVERYBODY, "calls": EVERYBODY,
    "call": EVERYBODY, "members": LEADERS, "makeOrganization": LEADERS, "invite": LEADERS, "revokeInvitation": LEADERS,
    "threads": EVERYBODY, "thread": EVERYBODY, "draft": EVERYBODY, "replyThread": ACTING, "noteThread": ACTING,
    "assignThread": ACTING[:-1], "snoozeThread": ACTING, "resolveThread": ACTING, "reopenThread": ACTING,
    "switchThread": ACTING, "askDraft": ACTING, "changeText": ACTING, "cancelText": ACTING,
    "correctAnswer": EDITORS, "templates": READERS, "makeTemplate": EDITORS, "template": READERS, "saveTemplate": EDITORS,
    "templateChanges": READERS, "publishTemplate": LEADERS, "templateVersions": READERS, "templateVersion": READERS,
    "restoreVersion": EDITORS, "tryTemplate": EDITORS, "askTemplate": EDITORS, "voices": READERS, "voiceSample": READERS, "numbers": READERS, "clearNumber": LEADERS, "assignNumber": LEADERS,
    "prompts": READERS, "providers": READERS,
    **dict.fromkeys(("keys", "makeKey", "revokeKey", "webhooks", "addWebhook", "webhook", "changeWebhook", "removeWebhook",
                     "testWebhook", "replayWebhook", "usage", "doctor", "examine", "organization", "changeOrganization"), LEADERS),
    "queue": EVERYBODY, "queueEntry": EVERYBODY, "entryNumber": EDITORS, "addCall": ACTING, "queueCall": ACTING,
    "changeEntry": ACTING, "cancelEntry": ACTING, "redialEntry": ACTING, "campaigns": EVERYBODY, "campaign": EVERYBODY,
    "campaignReport": EVERYBODY, "newCampaign": ACTING, "editCampaign": ACTING, "makeCampaign": ACTING, "saveCampaign": ACTING,
    "moveCampaign": ACTING, "redialCampaign": ACTING, "lookAtPeople": ACTING, "lookAgain": ACTING, "addPeople": ACTING,
    "bulkActions": EVERYBODY, "bulkAction": EVERYBODY, "confirmBulk": ACTING, "beginBulk": ACTING, "cancelBulk": ACTING,
    "bulkFile": EDITORS,
    "changeMember": LEADERS, "removeMember": LEADERS, "linkMember": LEADERS, "audit": LEADERS, "confirm": EVERYBODY, "confirmSession": EVERYBODY,
    "people": EVERYBODY, "person": EVERYBODY, "personNumber": EDITORS, "changePerson": EDITORS, "suppressPerson": EDITORS,
    "liftPerson": EDITORS, "blockPerson": EDITORS, "unblockPerson": EDITORS, "askErase": LEADERS, "erasePerson": LEADERS,
    "search": EVERYBODY, "saveView": ACTING, "dropView": ACTING, "data": LEADERS, "setRetention": LEADERS,
    "figures": READERS, "alerts": READERS, "alert": READERS, "addAlert": EDITORS, "lookBack": EDITORS, "changeAlert": EDITORS,
    "removeAlert": EDITORS,
    "live": EVERYBODY, "liveParts": EVERYBODY, "recording": EVERYBODY,
    "bundle": ("owner", "admin", "operator"),
    "step": STEPS_IN, "stepIn": STEPS_IN, "openSound": STEPS_IN,
}  # fmt: skip
OPEN = {"login", "signIn", "link", "useLink", "invitation", "join"}


def test_every_route_is_in_the_matrix():
    assert {route.name for route in CLOSED} == set(MAY)
    assert {route.name for route in ROUTES if route.is_open} == OPEN
    assert {route.name: route.roles for route in CLOSED} == MAY


def test_nobody_sees_a_page_before_signing_in_and_no_form_of_theirs_is_taken(visitor, houses):
    for route in CLOSED:
        for kind in kinds(route):
            answer = ask(visitor(), route, houses[0], kind=kind, token="x")
            expected = 303 if route.method == "GET" and not kind else 401
            assert answer.status_code == expected, (route.name, kind)
            assert "/console/login?next=" in answer.headers.get("Location", "/console/login?next=")


@pytest.mark.parametrize("role", EVERYBODY)
def test_a_role_opens_what_the_matrix_says_and_nothing_of_another_organization(
    visitor, houses, module_owner, role
):
    own, foreign = houses
    before = rows_of(module_owner, foreign)
    client = visitor(own.people[role])
    token = token_of(client, "/console/account")
    # What ends the session comes last.
    for route in sorted(CLOSED, key=lambda one: one.name.startswith("signOut")):
        for kind in kinds(route):
            answer = ask(client, route, foreign, kind=kind, token=token)
            seen = [mark for mark in foreign.one.marks if mark.encode() in answer.data]
            assert seen == [], (route.name, kind)
            if role not in MAY[route.name]:
                assert answer.status_code == 403, (route.name, kind)
    assert rows_of(module_owner, foreign) == before


def test_members_read_their_organization_and_an_agent_only_what_is_the_agents_own(visitor, houses):
    (house, _) = houses
    status = {
        role: visitor(house.people[role]).get(f"/console/calls/{house.one.call_id}.json").status_code
        for role in EVERYBODY
    }
    listed = {
        role: len(visitor(house.people[role]).get("/console/calls.json").json["calls"]) for role in EVERYBODY
    }

    assert status == dict.fromkeys(EVERYBODY, 200) | {"agent": 404}
    assert listed == dict.fromkeys(EVERYBODY, 1) | {"agent": 0}
    assert visitor(house.one.user_id).get(f"/console/calls/{house.one.call_id}").status_code == 200


def test_every_page_can_be_read_as_it_is_for_each_role_and_by_the_operator_of_the_machine(visitor, houses):
    house, _ = houses
    # The file of an export is its maker's alone: see test_bulk_pages. A stream has no end: it has tests of its own.
    pages = [route for route in CLOSED if route.method == "GET" and route.name not in ("bulkFile", "live")]
    for role in (*LEADERS, "operator of the machine"):
        client = visitor(house.people.get(role), administrator=role not in EVERYBODY)
        for route in pages:
            for kind in kinds(route):
                answer = ask(client, route, house, kind=kind)
                assert answer.status_code == 200, (role, route.name, kind)
                assert answer.headers["Cache-Control"] == "no-store"
                assert answer.headers["X-Frame-Options"] == "DENY"
                assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'; ")


def test_now_counts_what_the_asker_may_see_beside_the_same_hours_of_last_week(visitor, runtime, module_owner):
    own, other = make_house(runtime, module_owner), make_house(runtime, module_owner)
    rows = """insert into public.call_history (user_id, organization_id, phone_number, call_sid, call_status, started_at, duration)
              select %s, %s, '+12025550123', 'CA' || gen_random_uuid(), %s, %s::timestamptz, 60"""
    now = datetime.now(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for house in (own, other):
        for status, began in (
            ("in-progress", now), ("failed", midnight - WEEK), ("failed", midnight - WEEK + DAY - SECOND),
        ):  # fmt: skip
            module_owner.execute(rows, [house.one.user_id, house.one.organization_id, status, began])
            module_owner.execute(
                "update public.call_history set ended_at = now() where call_status in ('failed', 'completed')"
            )

    def figures(client):
        seen = client.get("/console/now.json").json
        calls = next(one for one in seen["figures"] if one["name"] == "Calls")
        return len(seen["live"]), seen["queue"]["waiting"], calls["today"], calls["week_ago"]

    assert figures(visitor(own.people["viewer"])) == (1, 2, 2, 1)
    assert figures(visitor(own.people["agent"])) == (0, 0, 0, 0)
    assert figures(visitor(own.one.user_id)) == (1, 2, 2, 1)
    live, waiting, today, week_ago = figures(visitor(administrator=True))
    assert live >= 2 and waiting >= 4 and today >= 4 and week_ago >= 2


def test_a_list_goes_on_where_the_last_page_ended_and_keeps_its_filter(visitor, runtime, module_owner):
    house = make_house(runtime, module_owner)
    module_owner.execute(
        """insert into public.call_history (user_id, organization_id, phone_number, call_sid, call_status, started_at, ended_at)
           select %s, %s, '+12025550123', 'CAbusy' || n, 'busy', now() - n * interval '1 s', now() from generate_series(1, 60) n""",
        [house.one.user_id, house.one.organization_id],
    )
    client = visitor(house.people["viewer"])

    first = client.get("/console/calls?status=busy")
    following = client.get(
        "/console/calls" + first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    )

    assert (first.text.count("/console/calls/"), following.text.count("/console/calls/")) == (50, 10)
    assert client.get("/console/calls?status=%3Cscript%3E").status_code == 400
    assert client.get("/console/calls?before=x").status_code == 400
    assert client.get("/console/calls?number=none").status_code == 400


HOSTILE = (
    "<script>x</script>", "9" * 300, "9999-12-31T23:59", "0001-01-01T00:00", "é" * 250, "a=b&" * 60, "-1", "=1+1", "['x']", "\ud7ff￿",
    "00000000-0000-0000-0000-000000000000", "1e999", "nan", "+12025550123",
)  # fmt: skip
"""What no person types."""


def asked_names(what):
    """Every name of a field that the console reads anywhere."""
    sources = (path.read_text() for path in Path("voicebot/console").rglob("*.py"))
    return {name for text in sources for name in re.findall(rf'(?:{what})(?:\.get\(|\[)"(\w+)"', text)}


def test_whatever_is_typed_no_page_breaks_and_none_is_broken_for_the_next_reader(
    visitor, runtime, module_owner
):
    house = make_house(runtime, module_owner)
    names = {
        "GET": asked_names("query|asked|wanted|given"),
        "POST": asked_names("form|ticked") - {"form_token"},
    }
    broken = []
    client = visitor(house.people["owner"])
    token = token_of(client, "/console/account")

    def sent(route, turn, typed):
        words = {"query_string": typed} if route.method == "GET" else {"data": typed | {"form_token": token}}
        answer = client.open(f"/console{house.fill(route.path)}", method=route.method, **words)
        if answer.status_code >= 500 or b"<script>x" in answer.data:
            broken.append((route.name, turn, answer.status_code))
        return answer.status_code

    routes = [
        one for one in CLOSED if one.name not in ("live", "askTemplate", "signOut", "signOutEverywhere")
    ]
    for nth, route in enumerate(routes):
        own = FORMS.get(route.name, lambda house: {})(house)
        # A form that is filled in well, but for some of its fields each time.
        for turn in range(2 if own or route.method == "GET" else 1):
            fields = sorted(names[route.method])
            typed = {
                name: HOSTILE[(one * 5 + nth + turn * 7) % len(HOSTILE)] for one, name in enumerate(fields)
            }
            sent(route, turn, typed | (own if turn else {}))
        if nth % 5 == 0:
            # It is refused before the form is looked at, and taken out of an address.
            assert (sent(route, "nul", dict.fromkeys(fields, "a\0")) == 400) or route.method == "GET"
    assert broken == []
    reader = visitor(house.people["owner"])
    pages = [
        one for one in CLOSED if one.method == "GET" and one.name not in ("live", "liveParts", "bulkFile")
    ]
    assert {one.name: status for one in pages if (status := ask(reader, one, house).status_code) >= 500} == {}


def test_no_page_tells_the_whole_number_of_a_person(visitor, houses):
    house, _ = houses
    told = []
    for role in ("owner", "agent"):
        client = visitor(house.people[role])
        for route in [one for one in CLOSED if one.method == "GET" and one.name not in ("live", "bulkFile")]:
            for kind in kinds(route):
                answer = ask(client, route, house, kind=kind)
                if house.one.number.lstrip("+").encode() in answer.data:
                    told.append((role, route.name, kind))
    assert told == []


@pytest.mark.parametrize("at", ["9999-12-31T23:59", "0001-01-01T00:00"])
def test_a_time_at_the_end_of_the_calendar_breaks_no_list_for_the_others(visitor, runtime, module_owner, at):
    house = make_house(runtime, module_owner)
    client = visitor(house.people["owner"])
    token = token_of(client, "/console/account")
    entry = f"/console/queue/{house.one.entry_id}"
    form = {
        "number": "+13035550142",
        "purpose": "asked_for",
        "not_before": at,
        "not_after": at,
        "request_key": at,
        "form_token": token,
    }

    sent = [client.post("/console/queue", data=form), client.post(f"{entry}/change", data=form)]

    assert [one.status_code for one in sent if one.status_code >= 500] == []
    assert {path: client.get(path).status_code for path in ("/console/queue", entry)} == dict.fromkeys(
        ("/console/queue", entry), 200
    )
