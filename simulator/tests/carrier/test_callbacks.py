"""Callbacks on their way: none is promised to come once, soon, or in order (handbook 1.4)."""

import pytest
import requests
from flask import Response

from simulator.carrier.exchange import Exchange
from simulator.phone.client import PhoneClient
from simulator.tests.fake_product import NUMBER, FakeProduct, Rest

EVENTS = "initiated ringing answered completed"


def sequence(product: FakeProduct, phone: PhoneClient, rest: Rest, **hostile: object) -> list[int]:
    """The SequenceNumbers of one call's callbacks in the order of their arrival."""
    phone.knobs({"hostile": hostile})
    form = {
        "From": NUMBER,
        "To": "+13035550111",
        "Twiml": "<Response><Say>Hi</Say></Response>",
        "StatusCallback": f"{product.url}/status",
        "StatusCallbackEvent": EVENTS,
    }
    sid = rest.post("/Calls.json", **form).json()["sid"]
    phone.wait(sid, "over")
    assert phone.callbacks_idle(20)
    return [int(each.form["SequenceNumber"]) for each in product.to("/status")]


def test_hostile_duplicates_come_twice(product: FakeProduct, phone: PhoneClient, rest: Rest) -> None:
    assert sorted(sequence(product, phone, rest, duplicate=1.0)) == [0, 0, 1, 1, 2, 2, 3, 3]


def test_hostile_drops_never_come(product: FakeProduct, phone: PhoneClient, rest: Rest) -> None:
    assert sequence(product, phone, rest, drop=1.0) == []


def test_hostile_reordering_changes_places_and_loses_nothing(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    arrived = sequence(product, phone, rest, delay_s=[0.0, 0.3], reorder=0.5)

    assert sorted(arrived) == [0, 1, 2, 3]
    assert arrived != [0, 1, 2, 3]


def test_the_seed_alone_decides_which_callbacks_are_lost(
    product: FakeProduct, phone: PhoneClient, rest: Rest, exchange: Exchange
) -> None:
    arrived = sequence(product, phone, rest, drop=0.5)

    [record] = exchange.book.newest_first()
    again = [exchange.callbacks.fate(record, f"status:{event}") for event in EVENTS.split()]
    assert sorted(arrived) == [number for number, fate in enumerate(again) if not fate.dropped]


def test_callbacks_follow_overrides_of_their_own(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    product.on("/status", Response("no", status=503), "")
    form = {"From": NUMBER, "To": "+13035550111", "Twiml": "<Response/>"}

    sid = rest.post("/Calls.json", **form, StatusCallback=f"{product.url}/status#rc=2&rp=5xx").json()["sid"]
    phone.wait(sid, "over")
    assert phone.callbacks_idle()

    tokens = [each.headers["I-Twilio-Idempotency-Token"] for each in product.to("/status")]
    assert len(tokens) == 2
    assert len(set(tokens)) == 1


def test_a_callback_that_fails_is_an_alert_and_nothing_else(product: FakeProduct, phone: PhoneClient) -> None:
    product.says("<Hangup/>")
    product.on("/status", Response("no", status=500))

    sid = phone.call()
    view = phone.wait(sid, "over")
    assert phone.callbacks_idle()

    assert view["status"] == "completed"
    assert [(alert["error_code"], alert["log_level"]) for alert in phone.alerts(sid)] == [(11200, "warning")]


@pytest.mark.parametrize(
    "wish", [{"no_such": 1}, {"unanswered_502": "silence"}, {"hostile": {"lose": 1}}, {"patience_s": "long"}]
)
def test_knobs_that_mean_nothing_are_refused_by_name(phone: PhoneClient, wish: dict) -> None:
    answer = requests.post(f"{phone.base_url}/carrier/knobs", json=wish, timeout=5)

    assert answer.status_code == 400
    [name] = wish
    assert name in answer.json()["error"] or "lose" in answer.json()["error"]


def test_knobs_can_be_put_back(phone: PhoneClient) -> None:
    phone.knobs({"patience_s": 1.5, "hostile": {"drop": 0.1, "delay_s": [0, 2]}})

    assert phone.knobs(None)["hostile"]["drop"] == 0
    assert phone.knobs(None)["patience_s"] == 60
