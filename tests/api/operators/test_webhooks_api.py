"""Webhooks to systems outside, over the API."""

from uuid import uuid4

import pytest

from tests.support.servers import remove_rows
from voicebot.domain.operators.webhook import EVENT_TYPES

pytestmark = pytest.mark.sql
PATH = "/api/v1/webhooks"
URL = "https://example.com/hook"


@pytest.fixture(autouse=True)
def no_webhooks(owner):
    remove_rows(owner, "webhook_endpoints", "webhook_deliveries")


@pytest.fixture
def added(api):
    return api.post(PATH, json={"url": URL}).json


def test_a_secret_is_shown_when_it_is_made_and_never_again(api, added):
    path = f"{PATH}/{added['id']}"

    shown, listed = api.get(path), api.get(PATH)

    assert added["secret"].startswith("whsec_")
    assert (added["url"], set(added["event_types"]), added["active"]) == (URL, set(EVENT_TYPES), True)
    assert [one["id"] for one in listed.json["webhooks"]] == [added["id"]]
    assert added["secret"] not in shown.text + listed.text and "secret" not in shown.json


def test_it_is_changed_and_removed(api, added):
    path = f"{PATH}/{added['id']}"

    off = api.patch(path, json={"active": False, "event_types": ["call.ended"]})
    refused = api.post(f"{path}/test", json={}), api.post(f"{path}/replay", json={})
    on = api.patch(path, json={"active": True})
    removed, again = api.delete(path), api.delete(path)

    assert (off.json["active"], off.json["event_types"]) == (False, ["call.ended"])
    assert [(one.status_code, one.json["error"]["code"]) for one in refused] == [(409, "not_active")] * 2
    assert (on.json["active"], on.json["event_types"]) == (True, ["call.ended"])
    assert removed.json == {"id": added["id"], "removed": True}
    assert (again.status_code, again.json["error"]["code"]) == (404, "unknown_endpoint")


def test_a_test_waits_for_the_worker_and_is_seen(api, added):
    path = f"{PATH}/{added['id']}"

    made = api.post(f"{path}/test", json={})
    listed = api.get(f"{path}/deliveries", query_string={"state": "generated"})

    assert (made.status_code, made.json["type"], made.json["state"]) == (202, "webhook.test", "generated")
    assert [one["id"] for one in listed.json["deliveries"]] == [made.json["id"]]
    assert api.get(f"{path}/deliveries", query_string={"state": "dead"}).json["deliveries"] == []


def test_what_is_dead_is_made_again(api, owner, added):
    path = f"{PATH}/{added['id']}"
    owner.execute("select private.add_event('call.ended', 'x', '{}')")
    owner.execute("update public.webhook_deliveries set state = 'dead', attempts = 8, error = 'http_500'")

    counts = [
        api.post(f"{path}/replay", json=wanted).json["count"]
        for wanted in ({"state": "failed"}, {"until": "2020-01-01T00:00:00Z"}, {"state": "dead"}, {})
    ]

    [row] = api.get(f"{path}/deliveries").json["deliveries"]
    assert counts == [0, 0, 1, 0]
    assert (row["state"], row["attempts"], row["error"]) == ("generated", 0, None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "http://example.com/"}, "url"), ({"url": "https://169.254.169.254/"}, "url"), ({"url": ""}, "url"),
        ({"url": "https://example.com/\0"}, "url"), ({"url": "https://" + "a" * 3000}, "url"), ({}, "url"),
        ({"url": URL, "event_types": ["call.begun"]}, "event_types"), ({"url": URL, "event_types": "x"}, "event_types"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_the_field(api, body, field):
    answer = api.post(PATH, json=body)

    assert (answer.status_code, answer.json["error"]["field"]) == (400, field)
    assert api.get(PATH).json["webhooks"] == []


def test_one_that_nobody_has_is_unknown(api):
    for name in (str(uuid4()), "nonsense"):
        path = f"{PATH}/{name}"
        answers = [
            api.get(path), api.patch(path, json={"active": True}), api.delete(path), api.get(f"{path}/deliveries"),
            api.post(f"{path}/test", json={}), api.post(f"{path}/replay", json={}),
        ]  # fmt: skip
        assert [one.status_code for one in answers] == [404] * 6
