"""What callbacks never told is found in the carrier's own lists, and repaired once."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.services.aftermath import CALLER, Carrier, add_call, call_row, new_sid
from tests.services.text_house import (
    OURS,
    Connection,
    TextCarrier,
    empty,
    outgoing,
    queue,
    rows,
    sid,
    somebody,
    texts,
    thread,
)
from voicebot.providers.ports import Outcome, ProviderCall, ProviderError, ProviderMedia, ProviderMessage
from voicebot.runtime import Runtime
from voicebot.services.reconcile import reconcile, reconcile_window
from voicebot.services.send_texts import send_due_texts

pytestmark = pytest.mark.sql

MINUTES = timedelta(minutes=1)


class Lists(Carrier):
    """A carrier whose calls can be listed."""

    def list_calls(self, *, to=None, started_after=None, limit=1000):
        return iter(list(self.calls.values()))


@pytest.fixture(autouse=True)
def no_texts(owner: Connection) -> Iterator[None]:
    empty(owner)
    yield


@pytest.fixture
def carrier() -> TextCarrier:
    return TextCarrier()


@pytest.fixture
def phone() -> Lists:
    return Lists()


@pytest.fixture
def house(make_runtime: Callable[..., Runtime], carrier: TextCarrier, phone: Lists) -> Runtime:
    return make_runtime(messaging=carrier, telephony=phone)


def arrived(sender: str, body: str, ago: timedelta, **changes) -> ProviderMessage:
    """A text as the carrier lists it."""
    moment = datetime.now(UTC) - ago
    facts = {
        "sid": sid(),
        "status": "received",
        "direction": "inbound",
        "from_number": sender,
        "to_number": OURS,
        "body": body,
        "created_at": moment,
        "sent_at": moment,
    }
    return ProviderMessage(**(facts | changes))


def hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=6)


def test_a_text_that_never_reached_us_is_kept_and_waits_for_its_answer(house, carrier, owner):
    number = somebody()
    carrier.messages = [arrived(number, "Did you get this?", 5 * MINUTES)]

    done = reconcile(house, hour_ago())

    assert (done.texts_found, done.too_old) == (1, 0)
    assert [row["content"] for row in rows(owner, number)] == ["Did you get this?"]
    assert thread(owner, number)["waiting_since"] is not None


def test_what_was_found_too_late_is_kept_and_not_answered(house, carrier, owner):
    number = somebody()
    carrier.messages = [arrived(number, "Hello?", timedelta(hours=3))]

    done = reconcile(house, hour_ago())

    assert (done.texts_found, done.too_old) == (1, 1)
    assert thread(owner, number)["waiting_since"] is None


def test_running_it_again_changes_nothing(house, carrier, owner):
    carrier.messages = [arrived(somebody(), "Hello?", 5 * MINUTES)]
    reconcile(house, hour_ago())

    again = reconcile(house, hour_ago())

    assert (again.texts_found, again.statuses_moved, again.calls_moved) == (0, 0, 0)


def test_a_text_that_is_only_just_in_is_left_to_its_webhook(house, carrier, owner):
    number = somebody()
    carrier.messages = [arrived(number, "Hello?", timedelta(seconds=5))]

    reconcile(house, hour_ago())

    assert rows(owner, number) == []


def test_texts_to_numbers_of_other_programs_are_not_ours(house, carrier, owner):
    number = somebody()
    carrier.messages = [arrived(number, "Hello?", 5 * MINUTES, to_number="+12025550198")]

    reconcile(house, hour_ago())

    assert rows(owner, number) == []


def test_pictures_of_a_found_text_are_kept_with_it(house, carrier, owner):
    number = somebody()
    message = arrived(number, "", 5 * MINUTES, media_count=1)
    carrier.messages = [message]
    carrier.media = {message.sid: [ProviderMedia("https://api.twilio.com/m/1", "image/png")]}

    reconcile(house, hour_ago())

    [row] = rows(owner, number)
    assert (row["channel"], row["media"][0]["content_type"]) == ("mms", "image/png")


def test_a_stop_that_was_missed_holds_from_when_it_was_said(house, carrier, owner):
    number = somebody()
    carrier.messages = [arrived(number, "STOP", 10 * MINUTES)]
    texts(house, number, "START", observed_at=datetime.now(UTC) - 5 * MINUTES)

    reconcile(house, hour_ago())

    assert owner.execute(
        "select count(*) from public.suppressions where phone_number = %s and until is null", [number]
    ).fetchone() == (0,)


def test_a_delivery_that_nobody_told_is_made_up_for(house, carrier, owner):
    number = somebody()
    queue(house, number)
    send_due_texts(house)
    carrier.messages = [replace(carrier.messages[0], status="delivered", sent_at=datetime.now(UTC) - MINUTES)]

    done = reconcile(house, hour_ago())

    assert done.statuses_moved == 1
    assert outgoing(owner, number)[0]["status"] == "delivered"


def test_a_text_that_stands_still_for_long_is_asked_for_by_name(house, carrier, owner):
    number = somebody()
    queue(house, number)
    send_due_texts(house)
    owner.execute("update public.sms_history set sending_at = now() - interval '1 hour'")
    # Never sent, so without a time: no list by time has it.
    carrier.messages = [replace(carrier.messages[0], status="failed", error_code="30003")]

    reconcile(house, hour_ago())

    row = outgoing(owner, number)[0]
    assert (row["status"], row["error_code"]) == ("failed", "30003")


def test_a_call_whose_end_nobody_told_is_ended(house, phone, owner):
    _, ended = add_call(owner)
    phone.calls[ended] = ProviderCall(
        ended, "completed", "inbound", CALLER, OURS, duration_s=30, ended_at=datetime.now(UTC)
    )
    unheard = new_sid()
    phone.calls[unheard] = ProviderCall(unheard, "no-answer", "inbound", CALLER, OURS)

    done = reconcile(house, hour_ago())

    assert (done.calls, done.calls_moved) == (2, 2)
    assert call_row(owner, ended)["call_status"] == "completed"
    assert call_row(owner, unheard)["call_status"] == "no-answer"


def test_a_carrier_that_is_away_is_asked_in_the_next_round(house, carrier, caplog):
    carrier.list_messages = _away

    reconcile_window(house)

    assert [record.message for record in caplog.records] == ["not reconciled"]


def _away(**_):
    raise ProviderError("twilio", "timeout", Outcome.UNKNOWN)
    yield
