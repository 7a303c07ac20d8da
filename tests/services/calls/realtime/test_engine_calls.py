"""A call whose engine hears and speaks by itself: the core decides, and the caller's ear is what counts."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from simulator.tests.providers.stand_ins import StandIns, app_with, serving
from tests.domain.call.call_driver import SETUP
from tests.services.calls.realtime.engine_call import CLIP, OURS, EngineCall
from tests.support.waiting import wait_for
from voicebot.domain.call.events import CallerSaid
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.providers.ports.engine import (
    AnswerBegan,
    AnswerEnded,
    AnswerSound,
    CallerBegan,
    CallerWords,
    EngineEvent,
    EngineFailed,
    ToolResult,
)
from voicebot.services.calls.realtime.deadlines import EngineLimits
from voicebot.services.calls.run_tool import tool_specs


@pytest.fixture(scope="module")
def running() -> Iterator[StandIns]:
    with serving(app_with()) as stand_ins:
        yield stand_ins


@pytest.fixture
def engine_call(running: StandIns) -> Iterator[Callable[..., EngineCall]]:
    calls: list[EngineCall] = []

    def make(**how: Any) -> EngineCall:
        calls.append(EngineCall(running, **how).begin())
        calm(calls[-1])
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
    calm(call)

    assert call.said() == [
        ("bot", "Hello, this is the bakery."),
        ("caller", "When do you open?"),
        ("bot", "We open at nine."),
    ]


def calm(call: EngineCall) -> None:
    wait_for(call.is_calm)


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
    call.holds()
    call.says("What is the soup of today?")
    wait_for(lambda: any(type(each).__name__ == "AnswerEnded" for each in call.engine.events))
    call.plays_for(700)

    call.says("When do you open?")
    wait_for(lambda: call.asked("cut"))
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
    call.holds()
    call.says("What is the soup of today?")
    wait_for(lambda: call.owner.state.phase == "speaking" or call.owner.state.turn > 1)

    call.presses("0")
    call.plays = True
    wait_for(lambda: call.owner.state.phase == "transferring")

    call.says("Hello? Is anybody there?")
    assert sum(isinstance(event, CallerBegan) for event in call.engine.events) == 1
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
        calm(call)
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
    """Let the caller be silent until something has happened."""

    def happened() -> object:
        call.is_silent()
        return condition()

    wait_for(happened, 10.0)


def test_a_tool_is_run_by_the_core_and_its_result_is_spoken_on(
    engine_call: Callable[..., EngineCall],
) -> None:
    setup = replace(SETUP, tools=("take_message",))
    call = engine_call(setup=setup, tools=tool_specs(("take_message",)))

    call.says("Please take a message: my order has not come yet.")
    wait_for(lambda: call.used)
    calm(call)

    assert call.used[0][0] == "take_message"
    assert "order" in str(call.used[0][1])
    [result] = [item for (item,) in call.asked("add") if isinstance(item, ToolResult)]
    assert result.output == "It is noted."
    assert len(call.asked("answer")) == 1
    assert call.said()[-1][0] == "bot"


def test_a_session_is_renewed_between_two_turns_and_knows_what_was_heard(
    engine_call: Callable[..., EngineCall],
) -> None:
    patient = replace(SETUP, silence_timeout_s=100_000, max_duration_s=100_000)
    call = engine_call(setup=patient, limits=EngineLimits(lasts=3_300_000.0))
    call.says("When do you open?")
    call.hears("nine")
    calm(call)

    call.passes(3_299_000)
    calm(call)
    assert len(call.engine.opened) == 1
    before = len(call.asked("add"))
    call.passes(2_000)
    wait_for(lambda: len(call.asked("add")) >= before + 3)
    call.says("What is the soup of today?")
    call.hears("tomato")

    assert len(call.engine.opened) == 2
    assert [(item.role, item.text) for (item,) in call.asked("add")[before:]] == [
        ("assistant", "Hello, this is the bakery."),
        ("user", "When do you open?"),
        ("assistant", "We open at nine."),
    ]
    assert not call.chats


def test_a_session_that_expires_is_followed_by_another_one(engine_call: Callable[..., EngineCall]) -> None:
    call = engine_call()

    expired = ProviderError("openai", "session_expired", Outcome.UNKNOWN)
    call.engine.reports(EngineFailed(expired, expired=True))
    call.says("When do you open?")
    call.hears("nine")

    assert len(call.engine.opened) == 2
    assert not call.chats


def test_words_that_do_not_come_are_answered_all_the_same(engine_call: Callable[..., EngineCall]) -> None:
    call = engine_call()
    call.engine.loses = lambda event: isinstance(event, CallerWords)

    call.says("When do you open?")
    passes_until(call, lambda: call.said()[-1] == ("bot", "We open at nine."))

    assert call.said()[1] == ("caller", "(unintelligible)")


def test_an_engine_that_does_not_hear_the_caller_is_replaced(engine_call: Callable[..., EngineCall]) -> None:
    call = engine_call()
    call.engine.deaf = True
    words = "I would like to order three loaves of bread and two cakes for the day after tomorrow."

    call.says(words, silence_ms=3000)
    passes_until(call, lambda: ("caller", words) in call.said())
    call.hears("The chat model goes on.")


def test_an_engine_that_never_tells_that_the_caller_is_done_is_replaced(
    engine_call: Callable[..., EngineCall],
) -> None:
    call = engine_call()
    call.engine.loses = lambda event: not isinstance(event, CallerBegan)

    call.says("When do you open?")
    passes_until(call, lambda: ("caller", "When do you open?") in call.said())
    call.hears("The chat model goes on.")


def test_a_noise_is_no_turn_and_what_it_stopped_is_said(engine_call: Callable[..., EngineCall]) -> None:
    call = engine_call()

    call.makes_noise(300)
    wait_for(lambda: any(isinstance(event, AnswerBegan) for event in call.engine.events))
    calm(call)
    assert call.said() == [("bot", "Hello, this is the bakery.")]
    assert not [event for event in call.events if isinstance(event, CallerSaid)]

    call.holds()
    call.says("When do you open?")
    wait_for(lambda: call.owner.state.answer.said or call.owner.state.turn > 1)
    call.makes_noise(300)
    call.plays = True
    passes_until(call, lambda: call.said()[-1][1].endswith("nine.") and call.owner.state.phase == "listening")
    calm(call)
    assert [role for role, _ in call.said()].count("caller") == 1


def test_what_an_engine_leaves_unsaid_the_calls_own_voice_says(
    engine_call: Callable[..., EngineCall],
) -> None:
    call = engine_call()
    sounds: list[EngineEvent] = []

    def is_lost(event: EngineEvent) -> bool:
        sounds.extend([event] if isinstance(event, AnswerSound) else [])
        return isinstance(event, AnswerEnded) or (isinstance(event, AnswerSound) and len(sounds) > 2)

    call.engine.loses = is_lost
    call.says("What is the soup of today?")
    call.hears("tomato")
    call.engine.reports(EngineFailed(ProviderError("openai", "dropped", Outcome.UNKNOWN)))
    call.hears("The chat model goes on.")
    calm(call)

    [sentence] = [text for role, text in call.said() if "tomato" in text]
    rest = call.spoken[1]
    assert sentence.endswith(rest) and 0 < len(rest) < len(sentence)
    assert call.chats[0].answer.next_seq == 1
    assert bytes([OURS]) * 80 in call.heard


def test_a_caller_whose_engine_is_slow_hears_something(
    running: StandIns, engine_call: Callable[..., EngineCall]
) -> None:
    running.turn(target="engine", mode="slow", delay_s=60.0)
    call = engine_call()
    running.turn(target="engine", mode="ok")

    call.says("When do you open?")
    wait_for(lambda: call.owner.state.phase == "thinking")
    call.passes(1300)
    wait_for(lambda: call.heard.endswith(bytes([CLIP]) * 800))
    call.passes(4000)
    call.hears("The chat model goes on.")
