"""What a caller says is understood through every transcriber, over real sockets, and through everything that goes wrong on them."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from simulator.tests.providers.stand_ins import StandIns, app_with, serving
from tests.providers.hearing.stand_in_ears import Caller, calling, doors_at
from tests.support.waiting import wait_for
from voicebot.providers.hearing.limits import HearingLimits
from voicebot.providers.hearing.transcriber import DoorTranscriber
from voicebot.providers.ports import (
    EagerEnd,
    FinalWords,
    Listening,
    Outcome,
    ProviderError,
    SpeechResumed,
    TranscriptionFailed,
)

EVERY = ("scribe", "flux", "nova", "openai", "own", "own-request")
TEXT = "I need an appointment on Friday"
HASTY = HearingLimits(answer_s=0.4, ready_within_s=0.4, again_s=0.05, pauses_s=(0.02,))


@pytest.fixture
def stand_ins() -> Iterator[StandIns]:
    with serving(app_with()) as running:
        yield running


@pytest.mark.parametrize("name", EVERY)
def test_words_are_understood_and_silence_is_blank(stand_ins: StandIns, name: str) -> None:
    with calling(stand_ins, doors_at(stand_ins)[name]) as caller:
        caller.says(TEXT)
        assert caller.asks().text == TEXT

        caller.is_silent(300)
        assert caller.asks().text == ""
        assert caller.asks().text == "", "nothing was fed since"

        caller.says("My number is four one five nine two", 0.5)
        first = caller.asks().text
        caller.says("My number is four one five nine two", after=0.5)
        assert f"{first} {caller.asks().text}" == "My number is four one five nine two"


@pytest.mark.parametrize("name", ["scribe", "nova", "openai", "flux"])
def test_long_speech_has_partial_words_that_grow(stand_ins: StandIns, name: str) -> None:
    with calling(stand_ins, doors_at(stand_ins)[name]) as caller:
        caller.says("I would like to ask whether you are open on the second Sunday of next month")

        wait_for(lambda: len(caller.partials) >= 2)
        assert caller.partials[0] and caller.partials[1].startswith(caller.partials[0])


def test_a_short_answer_has_no_partial_words_of_scribe(stand_ins: StandIns) -> None:
    with calling(stand_ins, doors_at(stand_ins)["scribe"]) as caller:
        caller.says("Yes")

        assert (caller.asks().text, caller.partials) == ("Yes", [])


def test_flux_tells_by_itself_when_a_caller_may_be_done_goes_on_and_is_done(stand_ins: StandIns) -> None:
    with calling(stand_ins, doors_at(stand_ins)["flux"]) as caller:
        assert caller.ear.ends_turns
        caller.says("My number is four one five", 0.6)
        wait_for(lambda: caller.partials)
        caller.is_silent(400)
        wait_for(lambda: any(isinstance(event, EagerEnd) for event in caller.events))
        caller.says("My number is four one five", after=0.6)
        # No silence is fed: time goes on all the same.
        wait_for(lambda: caller.answers)

        kinds = [type(event) for event in caller.events if not isinstance(event, str)]
        assert kinds.index(EagerEnd) < kinds.index(SpeechResumed) < kinds.index(FinalWords)
        assert caller.answers == [FinalWords("My number is four one five", pytest.approx(0.95), None)]


@pytest.mark.parametrize("name", EVERY)
def test_sound_that_was_fed_before_the_connection_stood_is_heard(stand_ins: StandIns, name: str) -> None:
    door = doors_at(stand_ins)[name]

    def late(listening):  # type: ignore[no-untyped-def]
        # Slow on purpose: the caller speaks meanwhile.
        time.sleep(0.1)
        return door.enter(listening)

    with calling(stand_ins, replace(door, enter=late)) as caller:
        caller.says(TEXT)
        assert caller.asks().text == TEXT


@pytest.mark.parametrize("name", ["scribe", "nova", "openai", "own"])
def test_a_connection_that_is_cut_in_mid_utterance_loses_nothing(stand_ins: StandIns, name: str) -> None:
    stand_ins.turn(target="transcriber", mode="cut", after_chars=4000, times=1)
    with calling(stand_ins, doors_at(stand_ins)[name]) as caller:
        caller.says(TEXT)

        assert caller.asks().text == TEXT
        assert stand_ins.knobs()["counts"]["transcriber"] == 2


FAULTS = {
    "refuses the key": {"mode": "fail", "status": 401},
    "does not open": {"mode": "fail", "status": 503},
    "has no room": {"mode": "rate_limit"},
    "has no credit": {"mode": "quota", "status": 402},
    "says nothing": {"mode": "timeout"},
    "says garbage": {"mode": "garbage"},
    "is cut at once": {"mode": "cut"},
    "is slow": {"mode": "slow", "delay_s": 60},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_second_transcriber_hears_what_the_first_one_fails_at(stand_ins: StandIns, fault: str) -> None:
    doors, limits = doors_at(stand_ins), replace(HASTY, answer_s=1.0)
    # A request has no connection that could be cut.
    names = [name for name in EVERY if (fault, name) != ("is cut at once", "own-request")]
    with ExitStack() as calls:
        callers = {}
        for name in names:
            # The spare is of another provider, and each of the two is the other's.
            spare = replace(doors["openai" if name == "scribe" else "scribe"], name="spare")
            stand_ins.turn(target="transcriber", model=name, times=1, **FAULTS[fault])
            callers[name] = calls.enter_context(calling(stand_ins, doors[name], spare, limits=limits))
            wait_for(
                lambda name=name: (
                    not any(knob["model"] == name for knob in stand_ins.knobs()["knobs"])
                    or name == "own-request"
                )
            )
            callers[name].says(TEXT)
            callers[name].ear.finish()
        wait_for(lambda: all(caller.answers for caller in callers.values()))

    understood = {
        name: [getattr(answer, "text", None) for answer in caller.answers] for name, caller in callers.items()
    }
    assert understood == {name: [TEXT] for name in names}


@pytest.mark.parametrize("fault", FAULTS)
def test_without_a_second_one_every_finish_is_answered_by_the_deadline(
    stand_ins: StandIns, fault: str
) -> None:
    doors = doors_at(stand_ins)
    names = [name for name in EVERY if (fault, name) != ("is cut at once", "own-request")]
    stand_ins.turn(target="transcriber", **FAULTS[fault])
    with ExitStack() as calls:
        callers = [calls.enter_context(calling(stand_ins, doors[name], limits=HASTY)) for name in names]
        for caller in callers:
            for _ in range(2):
                caller.says(TEXT)
                caller.ear.finish()
        wait_for(lambda: all(len(caller.answers) >= 2 for caller in callers), 3.0)

        assert all(isinstance(answer, TranscriptionFailed) for caller in callers for answer in caller.answers)
        # It is tried again: once the transcriber is well, the same call is heard.
        stand_ins.turn(target="transcriber", mode="ok")
        for caller in callers:
            wait_for(lambda caller=caller: is_understood(caller))


def is_understood(caller: Caller) -> bool:
    caller.says("Hello again")
    answer = caller.asks()
    return isinstance(answer, FinalWords) and answer.text.endswith("Hello again")


def test_what_a_refusal_says_reaches_whoever_asked(stand_ins: StandIns) -> None:
    wanted = {
        "scribe": {
            "rate_limit": ("rate_limited", Outcome.NOT_SENT),
            "quota": ("quota_exceeded", Outcome.REFUSED),
        },
        "nova": {
            "rate_limit": ("TOO_MANY_REQUESTS", Outcome.NOT_SENT),
            "quota": ("ASR_PAYMENT_REQUIRED", Outcome.REFUSED),
        },
        "openai": {
            "rate_limit": ("rate_limit_exceeded", Outcome.NOT_SENT),
            "quota": ("insufficient_quota", Outcome.REFUSED),
        },
    }
    for name, modes in wanted.items():
        for mode, (code, outcome) in modes.items():
            stand_ins.turn(target="transcriber", mode=mode)
            with calling(stand_ins, doors_at(stand_ins)[name]) as caller:
                wait_for(lambda caller=caller: caller.answers)
                error = caller.answers[0].error
                assert (error.code, error.outcome, error.unwell) == (code, outcome, True)


@pytest.mark.parametrize("name", ["scribe", "nova", "openai"])
def test_the_language_is_told_where_several_may_be_spoken(stand_ins: StandIns, name: str) -> None:
    listening = Listening("en", ("en", "es"), ("Okafor",))
    with calling(stand_ins, doors_at(stand_ins)[name], listening=listening) as caller:
        caller.says("hola quiero una cita para el lunes")

        answer = caller.asks()

    assert (answer.text, answer.language) == ("hola quiero una cita para el lunes", "es")


@pytest.mark.parametrize(
    ("name", "switch"),
    [
        ("scribe", {"scribe_error_close": "stays"}),
        ("scribe", {"scribe_first_partial": "0.5"}),
        ("scribe", {"scribe_autocommit": "90"}),
        ("openai", {"rt_transcription_pcmu": "refused"}),
        ("openai", {"rt_session_limit": "15"}),
        ("nova", {"deepgram_limit": "50"}),
    ],
)
def test_what_sources_say_differently_is_understood_both_ways(
    stand_ins: StandIns, name: str, switch: dict[str, str]
) -> None:
    assert stand_ins.switch(**switch).ok
    with calling(stand_ins, doors_at(stand_ins)[name]) as caller:
        caller.says(TEXT)
        assert caller.asks().text == TEXT


def test_a_monologue_that_scribe_commits_by_itself_is_one_utterance(stand_ins: StandIns) -> None:
    words = " ".join(f"word{number}" for number in range(120))
    with calling(stand_ins, doors_at(stand_ins)["scribe"]) as caller:
        caller.says(words, 0.1)
        wait_for(lambda: caller.partials)
        caller.says(words, 0.85, after=0.1)
        wait_for(lambda: any("word92" in partial for partial in caller.partials))
        caller.says(words, after=0.85)

        assert caller.asks().text == words


def test_a_check_says_whether_the_first_transcriber_takes_us(stand_ins: StandIns) -> None:
    doors = doors_at(stand_ins)
    transcribers = {
        name: DoorTranscriber(name, [doors[name]], spares=[doors["own"]])
        for name in ("scribe", "flux", "nova", "openai", "own")
    }
    for transcriber in transcribers.values():
        transcriber.check()
    stand_ins.turn(target="transcriber", mode="fail", status=401)
    for name, transcriber in transcribers.items():
        with pytest.raises(ProviderError) as failure:
            transcriber.check()
        assert (name, failure.value.outcome) == (name, Outcome.REFUSED)
    # Of two ways to one's own transcriber one is enough.
    stand_ins.turn(target="transcriber", mode="ok")
    stand_ins.turn(target="transcriber", model="own", mode="fail", status=404)
    DoorTranscriber("own", [doors["own"], doors["own-request"]]).check()
