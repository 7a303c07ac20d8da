"""The stand-in for Vapi takes calls, leads them by its script, reports as its handbook says, and misbehaves when told to."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from simulator.carrier.exchange import Exchange
from tests.support.webhook_receiver import Receiver, receiving

KEY = {"Authorization": "Bearer any"}
WANTED = {
    "assistantId": "a1",
    "phoneNumberId": "p1",
    "name": "at_1",
    "customer": {"number": "+12025550123"},
}
Told = list[tuple[str, str | None]]


class Vapi:
    """Asks the stand-in, and tells it what to do."""

    def __init__(self, root: str) -> None:
        self.root = root

    def create(self, **changes: Any) -> requests.Response:
        return requests.post(f"{self.root}/vapi/call", json=WANTED | changes, headers=KEY, timeout=10)

    def get(self, path: str, **query: Any) -> Any:
        return requests.get(f"{self.root}/vapi{path}", params=query, headers=KEY, timeout=10).json()

    def told(self, **what: Any) -> None:
        assert requests.post(f"{self.root}/providers/vapi", json=what, timeout=10).status_code == 200

    def rest(self) -> dict[str, Any]:
        """Wait until nothing is on its way."""
        shown: dict[str, Any] = requests.get(
            f"{self.root}/providers/vapi", params={"wait": 5}, timeout=10
        ).json()
        assert shown["idle"]
        return shown


@pytest.fixture
def vapi(exchange: Exchange) -> Vapi:
    return Vapi(exchange.config.base_url)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as known:
        yield known


@pytest.fixture
def told(vapi: Vapi, receiver: Receiver) -> Callable[..., Told]:
    """Lead one call, and return what was told of it."""

    def lead(**server: Any) -> Told:
        vapi.told(server={"url": receiver.url, **server})
        vapi.create()
        vapi.rest()
        messages = [json.loads(body)["message"] for _, body in receiver.got]
        return [(each["type"], each.get("status")) for each in messages]

    return lead


def test_a_call_is_made_and_led_to_its_end(vapi):
    made = vapi.create()
    vapi.rest()

    call = vapi.get(f"/call/{made.json()['id']}")
    assert (made.status_code, made.json()["status"]) == (201, "queued")
    assert (call["status"], call["endedReason"], call["name"]) == ("ended", "customer-ended-call", "at_1")
    assert call["artifact"]["messages"][1]["message"] == "Friday is fine."


def test_every_step_is_told(told):
    assert told() == [
        ("status-update", "ringing"),
        ("status-update", "in-progress"),
        ("status-update", "ended"),
        ("end-of-call-report", None),
    ]


@pytest.mark.parametrize(
    ("server", "steps"),
    [
        ({"lose": ["end-of-call-report"]}, 3),
        ({"lose": ["status-update"]}, 1),
        ({"lose": ["status-update:ended", "end-of-call-report"]}, 2),
        ({"twice": True}, 8),
        ({"reversed": True}, 4),
    ],
)
def test_messages_are_lost_doubled_and_turned_round(told, server, steps):
    told = told(**server)

    assert len(told) == steps
    assert not server.get("reversed") or told[-1] == ("status-update", "ended")


def test_a_lost_message_is_not_sent_again(vapi, receiver, told):
    receiver.answers = [500, 500, 500, 500]

    assert len(told()) == 4
    assert [status for _, status in vapi.rest()["posts"]] == [500, 500, 500, 500]


def test_messages_carry_the_proof_of_their_credential(vapi, receiver, told):
    told(credential={"type": "hmac", "secretKey": "topsecret"})

    headers, body = receiver.got[-1]
    signed = headers["x-timestamp"].encode() + b"." + body
    assert headers["x-signature"] == hmac.new(b"topsecret", signed, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("given", "header", "value"),
    [
        ({"type": "secret", "secret": "s3cret"}, "x-vapi-secret", "s3cret"),
        ({"type": "bearer", "secret": "s3cret"}, "authorization", "Bearer s3cret"),
    ],
)
def test_a_secret_stands_in_its_header(receiver, told, given, header, value):
    told(credential=given)

    assert receiver.got[-1][0][header] == value


@pytest.mark.parametrize(
    ("fault", "status", "made"),
    [("error_after", 500, 1), ("error_before", 500, 0), ("rate_limit", 429, 0), ("refuse", 400, 0)],
)
def test_a_request_fails_as_it_was_told_to(vapi, fault, status, made):
    vapi.told(faults=[fault])

    assert vapi.create().status_code == status
    assert len(vapi.get("/call")) == made
    assert vapi.create().status_code == 201


def test_an_answer_is_lost_after_the_call_was_made(vapi):
    vapi.told(faults=["lose_answer"])

    with pytest.raises(requests.RequestException):
        vapi.create()

    assert [call["name"] for call in vapi.get("/call")] == ["at_1"]


def test_full_lines_take_a_call_and_never_place_it(vapi):
    vapi.told(faults=["blocked"])

    made = vapi.create().json()
    vapi.rest()

    assert made["subscriptionLimits"]["concurrencyBlocked"] is True
    assert vapi.get(f"/call/{made['id']}")["endedReason"].endswith("concurrency-limit-reached")


def test_a_number_may_have_an_ending_of_its_own(vapi):
    vapi.told(endings={"+12025550123": {"reason": "customer-busy"}, "*": {"reason": "voicemail"}})

    busy, other = vapi.create().json(), vapi.create(customer={"number": "+12025550124"}).json()
    vapi.rest()

    assert vapi.get(f"/call/{busy['id']}")["endedReason"] == "customer-busy"
    assert vapi.get(f"/call/{other['id']}")["endedReason"] == "voicemail"


def test_a_held_call_goes_on_until_it_is_ended(vapi):
    vapi.told(endings={"*": {"hold": True, "words": [["user", "Hello?"]]}})
    call = vapi.create().json()
    vapi.rest()
    assert vapi.get(f"/call/{call['id']}")["status"] == "in-progress"

    requests.post(
        vapi.get(f"/call/{call['id']}")["monitor"]["controlUrl"], json={"type": "end-call"}, timeout=10
    )

    assert vapi.get(f"/call/{call['id']}")["status"] == "ended"


def test_calls_are_listed_newest_first_and_paged_by_time(vapi):
    names = [f"at_{place}" for place in range(3)]
    for name in names:
        vapi.create(name=name)
    listed = vapi.get("/call", limit=2)

    older = vapi.get("/call", createdAtLe=listed[-1]["createdAt"])

    assert [call["name"] for call in listed] == ["at_2", "at_1"]
    assert {call["name"] for call in older} >= {"at_0", "at_1"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "x" * 41},
        {"customer": {"number": "12"}},
        {"customer": None},
        {"assistantId": None},
        {"assistant": {"name": "two"}},
        {"phoneNumberId": None},
    ],
)
def test_what_vapi_refuses_is_refused(vapi, wrong):
    answer = vapi.create(**wrong)

    assert (answer.status_code, answer.json()["statusCode"]) == (400, 400)
    assert vapi.get("/call") == []


def test_nobody_asks_without_a_key(vapi):
    assert requests.get(f"{vapi.root}/vapi/call", timeout=10).status_code == 401


def test_a_call_that_is_none_is_not_found(vapi):
    assert vapi.get("/call/none")["statusCode"] == 404
