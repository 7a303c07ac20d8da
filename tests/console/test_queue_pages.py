"""Queue: what waits and why, one entry with all that happened to it, and what a team does to it."""

import re
from uuid import uuid4

import pytest

from tests.console.conftest import make_house, post

pytestmark = pytest.mark.sql
PERSON = "+13035550142"


@pytest.fixture(scope="module")
def house(runtime, module_owner):
    return make_house(runtime, module_owner)


def entry_of(client, entry):
    return client.get(f"/console/queue/{entry}.json").json


def actions_of(client):
    return [one["action"] for one in client.get("/console/settings/audit.json").json["entries"]]


def test_a_call_is_asked_for_once_however_often_the_form_is_sent_and_its_page_says_why_not_yet(
    visitor, house
):
    client = visitor(house.people["operator"])
    form = {
        "number": "(303) 555-0142", "purpose": "asked_for", "priority": "5", "not_before": "2035-01-31T12:00",
        "request_key": uuid4().hex,
    }  # fmt: skip

    first, second = post(client, "/console/queue", **form), post(client, "/console/queue", **form)

    assert first.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    page = client.get(first.headers["Location"])
    assert "Its time has not come." in page.text
    # Noon by the clock of the person, who is in Denver.
    assert "2035-01-31 12:00:00 MST" in page.text
    assert PERSON not in page.text
    whole = post(client, first.headers["Location"] + "/number")
    assert PERSON in whole.text
    assert {"call.queued", "number.read"} <= set(actions_of(visitor(house.people["owner"])))


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        ({"number": "none"}, "number", "no phone number"),
        ({"number": PERSON}, "", "what the person agreed to"),
        ({"number": PERSON, "purpose": "asked_for", "not_before": "soon"}, "not_before", "no time"),
        ({"number": PERSON, "purpose": "asked_for", "timezone": "Mars/Base"}, "timezone", "no time zone"),
        ({"number": PERSON, "purpose": "asked_for", "priority": "high"}, "priority", "from -100 to 100"),
        (
            {"number": PERSON, "purpose": "asked_for", "variables": "name Ann"},
            "variables",
            "on a line of its own",
        ),
        ({"number": PERSON, "purpose": "asked_for", "template": "none such"}, "", "no such template"),
        (
            {"number": PERSON, "purpose": "asked_for", "not_after": "2020-01-01T10:00"},
            "",
            "over before it begins",
        ),
    ],
)
def test_what_can_never_be_dialled_is_refused_at_its_field_and_what_was_typed_stays(
    visitor, house, form, field, words
):
    answer = post(visitor(house.people["operator"]), "/console/queue", **{"priority": "37"} | form)

    assert answer.status_code in (400, 409, 422)
    assert words in answer.text
    assert re.findall(r'name="(\w+)"[^>]*aria-invalid', answer.text) == [field] * bool(field)
    typed = {"priority": "37"} | form
    assert all(value in answer.text for name, value in typed.items() if name != "template")


def test_a_person_is_called_from_their_page_and_the_number_stays_hidden(visitor, house):
    client, own, other = visitor(house.people["operator"]), house.one.user_id, uuid4()
    page = client.get(f"/console/queue/add?person={own}")
    asked = post(client, "/console/queue", person=str(own), purpose="asked_for", timezone="America/Denver")
    statuses = [client.get(f"/console/queue/add?person={one}").status_code for one in (other, "nobody")]

    assert 'name="number"' not in page.text and house.one.number not in page.text
    assert asked.status_code == 303
    entry = asked.headers["Location"].removeprefix("/console")
    assert house.one.number in post(client, f"/console{entry}/number").text
    assert statuses == [404, 404]


def test_a_colleague_moves_cancels_and_redials_what_belongs_to_the_organization(
    visitor, runtime, module_owner
):
    house = make_house(runtime, module_owner)
    client, agent = visitor(house.people["operator"]), visitor(house.people["agent"])
    entry = house.one.entry_id

    refused = [
        post(agent, f"/console/queue/{entry}/cancel").status_code,
        post(visitor(house.people["viewer"]), f"/console/queue/{entry}/cancel").status_code,
    ]
    post(client, f"/console/queue/{entry}/change", not_before="2035-02-01T09:30", priority="7")
    moved = entry_of(client, entry)["entry"]
    post(client, f"/console/queue/{entry}/cancel")
    canceled = entry_of(client, entry)["entry"]
    post(client, f"/console/queue/{entry}/redial")
    waiting = entry_of(client, entry)["entry"]

    assert refused == [404, 403]
    assert (moved["priority"], moved["state"], moved["not_before"][:10]) == (7, "queued", "2035-02-01")
    assert canceled["state"] == "canceled"
    assert waiting["state"] == "queued"
    assert post(client, f"/console/queue/{entry}/redial").status_code == 409
    owner = visitor(house.people["owner"])
    told = {
        one["action"]: one["user_id"] for one in owner.get("/console/settings/audit.json").json["entries"]
    }
    assert told["entry.canceled"] == told["entry.redialled"] == str(house.people["operator"])


def test_the_page_of_an_entry_tells_each_attempt_in_order_and_leads_to_its_call(visitor, house, module_owner):
    sid = f"CA{uuid4().hex}"
    (entry,) = module_owner.execute(
        """insert into public.call_queue (user_id, recipient_number, purpose, status, retry_count, next_attempt_at)
           values (%s, %s, 'asked_for', 'completed', 2, now()) returning id""",
        [house.one.user_id, PERSON],
    ).fetchone()
    (call,) = module_owner.execute(
        """insert into public.call_history (user_id, organization_id, phone_number, call_sid, direction, call_status,
                                            answered_at, ended_at, end_reason)
           values (%s, %s, %s, %s, 'outbound', 'completed', now(), now(), 'caller_hung_up') returning public_id""",
        [house.one.user_id, house.one.organization_id, PERSON, sid],
    ).fetchone()
    for number, found, transport, answered in ((1, None, "busy", None), (2, sid, "completed", "human")):
        module_owner.execute(
            """insert into public.call_attempts (call_queue_id, user_id, kind, attempt_number, to_number, state, sending_at,
                                                 ended_at, transport_result, answered_by, call_sid)
               values (%s, %s, 'talk', %s, %s, 'done', now(), now(), %s, %s, %s)""",
            [entry, house.one.user_id, number, PERSON, transport, answered, found],
        )
    module_owner.execute(
        "insert into public.webhook_events (source, event_id, event_type, subject) values ('twilio', %s, 'status:ringing', %s)",
        [uuid4().hex, sid],
    )

    found = entry_of(visitor(house.people["viewer"]), entry)

    assert [step["name"] for step in found["timeline"]] == [
        "queued", "claimed", "dialled", "busy", "tried again", "dialled", "ringing", "answered", "talking", "ended",
    ]  # fmt: skip
    assert found["timeline"][-1]["call_id"] == str(call)
    assert found["timeline"][-1]["more"] == "caller hung up"
    page = visitor(house.people["operator"]).get(f"/console/queue/{entry}").text
    assert "Call again, although somebody was reached" in page
    client = visitor(house.people["operator"])
    assert "was reached" in post(client, f"/console/queue/{entry}/redial").text
    assert post(client, f"/console/queue/{entry}/redial", reached="1").status_code == 303


def test_the_queue_is_filtered_by_its_address_and_says_what_holds_it_back(visitor, house):
    client = visitor(house.people["viewer"])

    found = client.get("/console/queue.json?status=queued").json

    assert {one["state"] for one in found["entries"]} == {"queued"}
    counts = {one["state"]: int(one["entries"]) for one in found["standing"]["counts"]}
    assert counts["queued"] == len(found["entries"])
    assert {one["reason"] for one in found["standing"]["held_by"]} >= {"unchecked"}
    assert client.get("/console/queue.json?number=%2B12125550999").json["entries"] == []
    assert client.get("/console/queue?status=none").status_code == 400
    assert client.get("/console/queue?campaign=none").status_code == 400
    assert not re.search(r"\+1303555", client.get("/console/queue").text)
