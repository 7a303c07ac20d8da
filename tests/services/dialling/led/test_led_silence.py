"""What nobody told is asked for: lost answers, lost messages, lost reports. Nobody is called again because of them."""

import pytest

from tests.services.dialling.led.led_house import TALK, ended, house, nothing_heard
from voicebot.domain.call.statuses import CallStatus
from voicebot.domain.dialling.led_calls import LedCall
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.services.dialling.led.settle import fetch_untold_calls
from voicebot.services.dialling.settle import settle_silent_dials

pytestmark = pytest.mark.sql
__all__ = ["house"]


def test_a_lost_answer_is_found_by_name_and_nobody_is_called_again(house):
    attempt = house.dialled(outcome="unknown")
    house.desk.calls[attempt.call_id] = ended(attempt, "customer-ended-call", *TALK)
    nothing_heard(house.owner)

    assert settle_silent_dials(house.runtime) == 1

    assert house.desk.asked == [str(attempt.id)]
    assert house.attempt(attempt)["state"] == "done"
    assert house.call(attempt)["said"] == [("bot", TALK[0][1]), ("caller", TALK[1][1])]


def test_a_lost_call_that_goes_on_is_known_from_then_on(house):
    attempt = house.dialled(outcome="unknown")
    house.desk.calls[attempt.call_id] = LedCall(
        attempt.call_id, CallStatus.IN_PROGRESS, attempt.id, to_number=attempt.number
    )
    nothing_heard(house.owner)

    assert settle_silent_dials(house.runtime) == 0

    assert (house.attempt(attempt)["state"], house.attempt(attempt)["call_sid"]) == ("sent", attempt.call_id)
    assert house.call(attempt)["call_status"] == "in-progress"


def test_absence_is_believed_when_a_second_complete_list_says_so(house):
    attempt = house.dialled(outcome="unknown")

    nothing_heard(house.owner)
    assert settle_silent_dials(house.runtime) == 0
    assert house.attempt(attempt)["state"] == "unknown"
    nothing_heard(house.owner)
    assert settle_silent_dials(house.runtime) == 1

    assert house.attempt(attempt)["state"] == "failed"


def test_a_list_that_cannot_be_read_says_nothing(house):
    attempt = house.dialled(outcome="unknown")
    house.desk.failure = ProviderError("vapi", "incomplete_list", Outcome.UNKNOWN)

    for _ in range(3):
        nothing_heard(house.owner)
        assert settle_silent_dials(house.runtime) == 0

    assert house.attempt(attempt)["state"] == "unknown"


def test_a_call_whose_messages_were_all_lost_is_fetched(house):
    attempt = house.dialled()
    house.desk.calls[attempt.call_id] = ended(attempt, "voicemail")
    nothing_heard(house.owner)

    assert settle_silent_dials(house.runtime) == 1

    assert house.attempt(attempt)["answered_by"] == "voicemail"
    assert house.entry(attempt) == ("queued", "voicemail")


def test_a_call_that_the_provider_has_forgotten_is_over_and_not_dialled_again(house):
    attempt = house.dialled()
    nothing_heard(house.owner)

    assert settle_silent_dials(house.runtime) == 1

    assert house.entry(attempt) == ("failed", "canceled")


def test_a_call_whose_end_nobody_told_is_fetched_by_a_round(house):
    attempt = house.dialled()
    house.status(attempt, "in-progress")
    house.desk.calls[attempt.call_id] = ended(attempt, "customer-ended-call", *TALK)

    assert fetch_untold_calls(house.runtime) == 0
    nothing_heard(house.owner)
    assert fetch_untold_calls(house.runtime) == 1

    assert house.call(attempt)["call_status"] == "completed"


def test_a_round_goes_on_after_a_call_that_cannot_be_fetched(house):
    attempt = house.dialled()
    house.status(attempt, "in-progress")
    house.desk.failure = ProviderError("vapi", "timeout", Outcome.UNKNOWN)
    nothing_heard(house.owner)

    assert fetch_untold_calls(house.runtime) == 0
    assert house.call(attempt)["ended_at"] is None


def test_the_round_that_ends_our_own_calls_leaves_these_alone(house):
    attempt = house.dialled()
    house.status(attempt, "in-progress")
    nothing_heard(house.owner)

    overdue = house.runtime.database.call("overdue_calls", max_call_s=1.0)["calls"]

    assert attempt.call_id not in [each["call_sid"] for each in overdue]
