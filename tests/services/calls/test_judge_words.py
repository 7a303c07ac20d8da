"""Who asks in a call to be left alone is left alone; who only answers a question is not."""

from typing import Any

import pytest

from tests.services.dialling.led.led_house import Attempt, LedHouse, house
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.services.calls.judge_words import NoOpinion, judge_words

pytestmark = pytest.mark.sql
__all__ = ["house"]


def said_in(
    house: LedHouse, *said: tuple[str, str], reason: str = "customer-ended-call"
) -> tuple[Attempt, int]:
    attempt = house.dialled()
    house.reports(attempt, reason, *said)
    return attempt, house.call(attempt)["id"]


def stopped(house: LedHouse, attempt: Attempt) -> bool:
    found = house.owner.execute(
        "select reason from public.suppressions where phone_number = %s and until is null", [attempt.number]
    ).fetchall()
    return found == [("spoken_request",)]


@pytest.mark.parametrize(
    ("words", "stops"),
    [
        ("Please stop calling me.", True),
        ("Take me off your list.", True),
        ("Don't ever call this number again.", True),
        ("Remove my number, please.", True),
        ("Ruft mich nie wieder an.", True),
        ("No me llamen más.", True),
        ("Ne m'appelez plus jamais.", True),
        ("Never call me again.", True),
        ("Friday is fine.", False),
        ("I can't stop laughing.", False),
        ("Please call me again tomorrow.", False),
        ("My bus stop is near.", False),
        ("No thanks, Friday does not work.", False),
    ],
)
def test_a_wish_to_be_left_alone_is_kept_from_then_on(house, words, stops):
    attempt, call_id = said_in(house, ("bot", "Hello, does Friday work?"), ("user", words))

    assert judge_words(house.runtime, call_id) is stops
    assert judge_words(house.runtime, call_id) is stops

    assert stopped(house, attempt) is stops
    again = house.runtime.database.call("is_suppressed", number=attempt.number, scope="calls")
    assert again["suppressed"] is stops


def test_whoever_wants_texts_in_place_of_calls_is_only_called_no_more(house):
    attempt, call_id = said_in(house, ("bot", "Hello!"), ("user", "Stop calling me, texting is fine."))

    assert judge_words(house.runtime, call_id)

    scopes = house.owner.execute(
        "select scope from public.suppressions where phone_number = %s", [attempt.number]
    ).fetchall()
    assert scopes == [("calls",)]


def test_a_mailbox_asks_for_nothing(house):
    attempt, call_id = said_in(
        house, ("user", "Please stop calling me, and leave a message after the tone."), reason="voicemail"
    )

    assert judge_words(house.runtime, call_id) is False
    assert not stopped(house, attempt)


@pytest.mark.parametrize("words", ["Cancel.", "Stop.", "I never want to hear from you again."])
@pytest.mark.parametrize("stops", [True, False])
def test_what_may_be_an_answer_is_judged_a_second_time(house, words, stops):
    attempt, call_id = said_in(house, ("bot", "Do you want to keep or cancel it?"), ("user", words))
    house.runtime.model = Opinions(stops)

    assert judge_words(house.runtime, call_id) is stops
    assert stopped(house, attempt) is stops


def test_a_wish_that_nobody_can_judge_now_is_judged_later(house):
    _, call_id = said_in(house, ("bot", "Hello"), ("user", "Stop."))
    house.runtime.model = Opinions(None)

    with pytest.raises(NoOpinion):
        judge_words(house.runtime, call_id)


class Opinions:
    """A model that says one thing, or nothing."""

    def __init__(self, stop: bool | None) -> None:
        self.stop = stop

    def complete_json(self, request: Any, *, name: str, wanted: Any) -> Any:
        if self.stop is None:
            raise ProviderError("openai", "timeout", Outcome.UNKNOWN)
        return wanted(stop=self.stop)
