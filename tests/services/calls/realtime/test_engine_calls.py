"""A call whose engine hears and speaks by itself: the core decides, and the caller's ear is what counts."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from simulator.tests.providers.stand_ins import StandIns, app_with, serving
from tests.providers.hearing.replay import until
from tests.services.calls.realtime.engine_call import EngineCall


@pytest.fixture(scope="module")
def running() -> Iterator[StandIns]:
    with serving(app_with()) as stand_ins:
        yield stand_ins


@pytest.fixture
def engine_call(running: StandIns) -> Iterator[Callable[..., EngineCall]]:
    calls: list[EngineCall] = []

    def make(**how: Any) -> EngineCall:
        calls.append(EngineCall(running, **how).begin())
        return calls[-1]

    yield make
    for call in calls:
        call.end()


def test_the_engines_answer_is_the_one_that_the_core_asked_for(
    engine_call: Callable[..., EngineCall],
) -> None:
    call = engine_call()

    call.says("When do you open?")
    call.hears("nine")
    until(lambda: call.owner.state.phase == "listening" and not call.owner.working)

    assert call.said() == [
        ("bot", "Hello, this is the bakery."),
        ("caller", "When do you open?"),
        ("bot", "We open at nine."),
    ]


def calm(call: EngineCall) -> None:
    until(lambda: call.owner.state.phase == "listening" and not call.owner.working)


def test_the_engine_knows_what_was_said_without_it(engine_call: Callable[..., EngineCall]) -> None:
    call = engine_call()

    call.says("When do you open?")
    call.hears("nine")

    told = [item for (item,) in call.asked("add")]
    assert [(each.role, each.text) for each in told] == [("assistant", "Hello, this is the bakery.")]
    assert call.asked("answer") == []
    assert call.spoken == ["Hello, this is the bakery."]
    assert call.meter.usd > 0


def test_what_was_heard_until_the_caller_cut_in_is_what_the_engine_is_told(
    engine_call: Callable[..., EngineCall],
) -> None:
    call = engine_call()
    calm(call)
    call.holds()
    call.says("What is the soup of today?")
    until(lambda: any(type(each).__name__ == "AnswerEnded" for each in call.engine.events))
    until(lambda: sum(message["event"] == "mark" for message in call.sent) >= 3)
    call.plays_for(700)

    call.says("When do you open?")
    until(lambda: call.asked("cut"))
    call.plays = True
    call.hears("nine")
    calm(call)

    [(item, heard_ms)] = call.asked("cut")
    assert heard_ms == 700
    assert item in {event.item for event in call.engine.events if type(event).__name__ == "AnswerSound"}
    bot = [text for role, text in call.said() if role == "bot"]
    assert bot[0] == "Hello, this is the bakery."
    assert bot[1].endswith("—") and 3 < len(bot[1]) < 20
    assert [message["event"] for message in call.sent].count("clear") == 1


def test_a_person_is_reached_by_key_whatever_the_engine_says(engine_call: Callable[..., EngineCall]) -> None:
    call = engine_call()
    calm(call)
    call.holds()
    call.says("What is the soup of today?")
    until(lambda: call.owner.state.phase == "speaking" or call.owner.state.turn > 1)

    call.presses("0")
    call.plays = True
    until(lambda: call.owner.state.phase == "transferring")

    answers = len(call.engine.events)
    call.says("Hello? Is anybody there?")
    assert len(call.engine.events) == answers
    assert call.said()[-1] == ("bot", "One moment, I am connecting you.") or call.said()[-1][0] == "bot"


FAULTS = {
    "no key": {"mode": "fail", "status": 401},
    "silent": {"mode": "timeout"},
    "no credit": {"mode": "quota"},
    "too many": {"mode": "rate_limit"},
    "nonsense": {"mode": "garbage"},
    "cut": {"mode": "cut", "after_chars": 6000},
    "cut at once": {"mode": "cut"},
    "slow": {"mode": "slow", "delay_s": 60.0},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_when_the_engine_fails_the_calls_own_parts_go_on(
    fault: str, running: StandIns, engine_call: Callable[..., EngineCall]
) -> None:
    running.turn(target="engine", **FAULTS[fault])
    call = EngineCall(running)
    try:
        call.begin_without_engine()
        call.says("What is the soup of today?")
        passes_until(call, lambda: any("The chat model goes on." in text for _, text in call.said()))
        calm(call)
        said = call.said()

        assert said[0] == ("bot", "Hello, this is the bakery.")
        assert ("caller", "What is the soup of today?") in said
        assert [role for role, _ in said].count("caller") == 1

        call.says("And when do you open?")
        passes_until(call, lambda: ("caller", "And when do you open?") in call.said())
    finally:
        running.turn(target="engine", mode="ok")
        call.end()


def passes_until(call: EngineCall, condition: Callable[[], object]) -> None:
    """Let time pass until something has happened, a quarter of a second at a time."""

    def happened() -> object:
        call.passes(10)
        return condition()

    until(happened, 10.0)
