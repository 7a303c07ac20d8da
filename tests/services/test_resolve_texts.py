"""Texts that may have been sent are looked for at the carrier; what is not certain stays unconfirmed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.services.text_house import Connection, outgoing, queue, somebody
from tests.support.carriers import TextCarrier
from voicebot.providers.ports import Outcome, ProviderError, ProviderMessage
from voicebot.runtime import Runtime
from voicebot.services.texts.resolve import resolve_unknown_texts
from voicebot.services.texts.send import send_due_texts
from voicebot.storage import suppressions

pytestmark = [pytest.mark.sql, pytest.mark.usefixtures("no_texts")]

LOST = ProviderError("twilio", "timeout", Outcome.UNKNOWN)


@pytest.fixture
def house(make_runtime: Callable[..., Runtime], carrier: TextCarrier) -> Runtime:
    return make_runtime(messaging=carrier)


def lose(house: Runtime, carrier: TextCarrier, owner: Connection, number: str, *bodies: str) -> None:
    """Send texts whose answers get lost, a while ago."""
    for body in bodies:
        queue(house, number, body)
        carrier.script = [LOST]
        send_due_texts(house)
    owner.execute("update public.sms_history set sending_at = now() - interval '1 minute'")
    carrier.messages = [_dated(message) for message in carrier.messages]


def _dated(message: ProviderMessage) -> ProviderMessage:

    return replace(message, created_at=message.created_at - timedelta(minutes=1))


def test_a_text_that_the_carrier_has_is_found(house, carrier, owner):
    number = somebody()
    lose(house, carrier, owner, number, "Hello")

    assert resolve_unknown_texts(house) == 1

    [row] = outgoing(owner, number)
    assert (row["outbox_state"], row["message_sid"]) == ("sent", carrier.messages[0].sid)
    assert len(carrier.taken) == 1


def test_a_text_that_the_carrier_does_not_have_stays_unconfirmed(house, carrier, owner):
    number = somebody()
    lose(house, carrier, owner, number, "Hello")
    carrier.messages = []

    assert resolve_unknown_texts(house) == 0

    send_due_texts(house)
    assert outgoing(owner, number)[0]["outbox_state"] == "unknown"
    assert len(carrier.taken) == 1


def test_of_two_equal_texts_neither_is_bound(house, carrier, owner):
    number = somebody()
    lose(house, carrier, owner, number, "Hello", "Hello")

    assert resolve_unknown_texts(house) == 0

    assert {row["outbox_state"] for row in outgoing(owner, number)} == {"unknown"}


def test_an_equal_text_whose_name_is_known_is_no_reason_for_doubt(house, carrier, owner):
    number = somebody()
    queue(house, number, "Hello")
    send_due_texts(house)
    known = carrier.messages[0].sid
    lose(house, carrier, owner, number, "Hello")

    assert resolve_unknown_texts(house) == 1

    assert [row["message_sid"] for row in outgoing(owner, number)] == [known, carrier.messages[0].sid]


def test_what_is_found_has_the_end_that_the_carrier_tells(house, carrier, owner):
    number = somebody()
    lose(house, carrier, owner, number, "Hello")
    carrier.messages = [replace(carrier.messages[0], status="undelivered", error_code="30004")]

    assert resolve_unknown_texts(house) == 1

    row = outgoing(owner, number)[0]
    assert (row["status"], row["error_code"]) == ("undelivered", "30004")
    assert suppressions.is_suppressed(house.database, number, scope="texts")


def test_two_different_texts_find_their_own(house, carrier, owner):
    number = somebody()
    lose(house, carrier, owner, number, "One", "Two")

    assert resolve_unknown_texts(house) == 2

    by_body = {message.body: message.sid for message in carrier.messages}
    assert {row["content"]: row["message_sid"] for row in outgoing(owner, number)} == by_body


def test_a_carrier_that_fails_is_asked_again_later(house, carrier, owner):
    number = somebody()
    lose(house, carrier, owner, number, "Hello")
    listing = carrier.list_messages
    carrier.list_messages = _away

    assert resolve_unknown_texts(house) == 0
    carrier.list_messages = listing

    assert resolve_unknown_texts(house) == 1


def test_a_number_that_the_carrier_refuses_to_list_does_not_hold_up_the_others(house, carrier, owner):
    odd, number = somebody(), somebody()
    lose(house, carrier, owner, odd, "One")
    lose(house, carrier, owner, number, "Two")
    listing = carrier.list_messages

    def picky(*, to, limit):
        if to == odd:
            raise ProviderError("twilio", "21211", Outcome.REFUSED)
        return listing(to=to, limit=limit)

    carrier.list_messages = picky

    assert resolve_unknown_texts(house) == 1
    assert outgoing(owner, number)[0]["outbox_state"] == "sent"


def _away(**_):
    raise LOST
    yield
