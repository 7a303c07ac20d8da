"""The model or the voice is out, in every way a provider can be: nobody is left in silence and no call hangs."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.chaos.conftest import MOST_SILENCE_S, Call, without_fillers
from tests.house import House
from tests.support.waiting import busy_times, wait_for
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.domain.call.turn_taking.pauses import Pauses

pytestmark = pytest.mark.chaos

QUESTION = "What does a full service cost?"
ANSWER = "eighty-five dollars"
APOLOGY_WITHIN_S = 8.0
DOCUMENT_WITHIN_S = 3.0
MODEL_OUTAGES = {
    "slow": {"mode": "slow", "delay_s": 30.0},
    "stalled": {"mode": "slow", "delay_s": 30.0, "after_chars": 40},
    "fail": {"mode": "fail"},
    "rate_limit": {"mode": "rate_limit"},
    "cut": {"mode": "cut", "after_chars": 40},
    "cut at once": {"mode": "cut"},
    "garbage": {"mode": "garbage"},
    "timeout": {"mode": "timeout"},
}
VOICE_OUTAGES = MODEL_OUTAGES | {
    "stalled": {"mode": "slow", "delay_s": 30.0, "after_chars": 4000},
    "cut": {"mode": "cut", "after_chars": 4000},
}


@dataclass(frozen=True)
class Seen:
    """One row of the table that a run prints."""

    outage: str
    silence_s: float
    document_s: float
    helped_s: float
    """From the end of the caller's words to words of use: an answer, an apology, somebody else."""

    def __str__(self) -> str:
        return f"{self.outage:<24}{self.silence_s:>10.2f}{self.document_s:>10.2f}{self.helped_s:>10.2f}"


@pytest.fixture(scope="module")
def table() -> Iterator[list[Seen]]:
    rows: list[Seen] = []
    yield rows
    print(f"\n{'outage':<24}{'silence s':>10}{'document s':>10}{'helped s':>10}")
    print("\n".join(map(str, rows)))


def slowest_document_s(call: Call) -> float:
    """The longest that any document took, whatever the try."""
    return (
        max(hook["took_ms"] for hook in call.view["webhooks"] if hook["kind"] not in ("media", "status"))
        / 1000
    )


def dialled(call: Call) -> bool:
    return any(item["kind"] == "dial" for item in call.view["heard"])


# A model that never answers is tried in real time below.
@pytest.mark.parametrize("outage", [name for name in MODEL_OUTAGES if name != "timeout"])
def test_without_a_model_the_caller_gets_an_apology_and_is_listened_to(
    house: House, begin: Callable[..., Call], table: list[Seen], outage: str
) -> None:
    call = begin()
    house.phone.provider_knobs(target="model", **MODEL_OUTAGES[outage])

    asked_at = time.monotonic()
    answer = without_fillers(call.say(QUESTION))
    helped_s = time.monotonic() - asked_at

    table.append(Seen(f"model {outage}", call.silence_s, slowest_document_s(call), helped_s))
    assert phrase(Phrase.APOLOGY_AGAIN) in answer or phrase(Phrase.LOST_THREAD) in answer
    assert not call.over
    assert call.silence_s < MOST_SILENCE_S
    assert slowest_document_s(call) < DOCUMENT_WITHIN_S
    assert helped_s < APOLOGY_WITHIN_S


@pytest.mark.parametrize("outage", ["fail", "cut", "garbage"])
def test_a_model_that_fails_twice_in_a_row_is_replaced_by_a_person(
    house: House, begin: Callable[..., Call], outage: str
) -> None:
    call = begin()
    house.phone.provider_knobs(target="model", **MODEL_OUTAGES[outage])

    call.say(QUESTION)
    answer = without_fillers(call.say(QUESTION))

    assert phrase(Phrase.APOLOGY_CONNECTING) in answer
    assert dialled(call)
    assert call.over
    assert call.silence_s < MOST_SILENCE_S


def test_in_real_time_a_model_that_never_answers_is_apologised_for_in_time(
    house: House, begin: Callable[..., Call], table: list[Seen]
) -> None:
    house.phone.provider_knobs(target="model", **MODEL_OUTAGES["timeout"])
    call = begin(speed=1.0, listening=False)
    house.phone.say(call.sid, QUESTION, barge_in=True)

    apology = wait_for(lambda: item_with(call, phrase(Phrase.APOLOGY_AGAIN)))
    asked = item_with(call, QUESTION)
    helped_s = apology["at_s"] - asked["at_s"] - asked["duration_s"] - Pauses().open
    table.append(Seen("model timeout, real time", call.silence_s, slowest_document_s(call), helped_s))
    assert call.silence_s < MOST_SILENCE_S
    # Timers of several processes, one after the other, each a little late where others use the cores.
    assert helped_s < APOLOGY_WITHIN_S + 0.1 * (busy_times() - 1)


def item_with(call: Call, text: str) -> dict[str, Any]:
    """What was heard with these words by now; empty when it was not."""
    call.view = call.phone.get(call.sid)
    return next((item for item in call.view["heard"] if item["text"] == text), {})


@pytest.mark.parametrize("outage", VOICE_OUTAGES)
def test_without_a_voice_every_word_is_said_by_another_one(
    house: House, begin: Callable[..., Call], table: list[Seen], outage: str
) -> None:
    house.phone.provider_knobs(target="voice", **VOICE_OUTAGES[outage])

    call = begin()
    asked_at = time.monotonic()
    answer = call.say(QUESTION)
    helped_s = time.monotonic() - asked_at
    heard = heard_since_answer(call)
    call.hang_up()

    table.append(Seen(f"voice {outage}", call.silence_s, slowest_document_s(call), helped_s))
    assert ANSWER in without_fillers(answer) or heard > 2.0
    assert call.over
    assert call.silence_s < MOST_SILENCE_S
    assert slowest_document_s(call) < DOCUMENT_WITHIN_S
    assert helped_s < APOLOGY_WITHIN_S


def heard_since_answer(call: Call) -> float:
    """How many seconds of sound followed the caller's words: a mended clip has no words that anybody knows."""
    items: list[dict[str, Any]] = call.view["heard"]
    since = next(item["n"] for item in items if item["kind"] == "caller")
    return float(sum(item["duration_s"] for item in items[since:] if item["kind"] in ("say", "play")))
