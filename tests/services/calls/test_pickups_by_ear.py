"""Who picks up, on a line that hears sounds and silence: the rules of seconds, by a clock that nobody waits for."""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

import pytest

from tests.domain.call.call_driver import SETUP
from tests.services.calls.script_line import ScriptedCall
from voicebot.domain.call.actions import HangUp, LineAction, NoteAnswerer, PlayClip, Speak, StopSpeaking
from voicebot.domain.call.events import (
    CallerMaybeDone,
    CallerResumed,
    CallerSaid,
    CallerStarted,
    CallStarted,
    Event,
    KeyPressed,
    MachineJudged,
)
from voicebot.domain.call.flow import new_call
from voicebot.domain.call.pickup.flow import PATIENCE_S, QUIET_S, REPLY_S
from voicebot.domain.call.pickup.rules import Picker, PickupRules
from voicebot.domain.call.state import EndReason
from voicebot.services.calls.ports import Ports
from voicebot.services.calls.run import CallOwner
from voicebot.services.calls.timers import Timers

GREETING = "Hello, this is the bakery. Your cake is ready. When will you come?"
MESSAGE = "This is the bakery. Your cake is ready."
ANSWER = "This is the bakery. I am calling about your cake."
OURS = replace(SETUP, greeting=GREETING, pickup=PickupRules(MESSAGE, ANSWER))
SILENT = replace(OURS, pickup=PickupRules("", ANSWER))
MAILBOX = "Hi, this is Bob. Please leave a message after the tone."
SCREENER = "Hi, if you record your name and reason for calling, I'll see if this person is available."
Script = Iterable[tuple[float, Event]]


class Played:
    """A call that was played to its end."""

    def __init__(self, script: Script, setup=OURS) -> None:
        self.call = ScriptedCall(deque([(0.0, CallStarted()), *script]), (("Fine.",),))
        self.owner = CallOwner(new_call(setup), Timers(), Ports(*[self.call] * 5))
        self.owner.run(9.0)

    def said(self) -> list[tuple[float, str]]:
        return [(at, action.text) for at, action in self.call.did if isinstance(action, Speak)]

    def when(self, kind: type[LineAction]) -> list[float]:
        return [at for at, action in self.call.did if isinstance(action, kind)]

    @property
    def answerer(self) -> NoteAnswerer | None:
        noted = [entry.results.answerer for entry in self.call.entries if entry.results.answerer]
        return noted[-1] if noted else None


def heard(words: str, begins: float, ends: float) -> list[tuple[float, Event]]:
    """Somebody speaks: their sound, a tentative end, and the end that the line is sure of."""
    return [(begins, CallerStarted()), (ends, CallerMaybeDone(words)), (ends + 0.4, CallerSaid(words))]


def test_the_greeting_is_said_at_once_and_a_verdict_stops_it():
    played = Played([(3.0, MachineJudged())])

    assert played.said()[0] == (0.0, GREETING)
    assert played.when(StopSpeaking)[0] == 3.0
    # Nobody replied: the mailbox has been quiet for long enough to be told its message.
    assert played.said()[1:] == [(3.0 + REPLY_S, MESSAGE)]
    assert played.answerer == NoteAnswerer(Picker.VOICEMAIL, message_left=True)
    assert played.owner.state.end_reason is EndReason.MACHINE


def test_without_a_message_a_verdict_and_silence_end_the_call():
    played = Played([(3.0, MachineJudged())], SILENT)

    assert played.when(HangUp) == [3.0 + REPLY_S]
    assert played.answerer == NoteAnswerer(Picker.VOICEMAIL)


@pytest.mark.parametrize("after_s", [0.2, 1.0, 1.9])
def test_a_reply_within_two_seconds_overturns_a_verdict(after_s):
    at = 3.0 + after_s
    played = Played(
        [(3.0, MachineJudged()), *heard("Hello, who is this?", at, at + 1.0), (30.0, KeyPressed("#"))]
    )

    assert played.answerer == NoteAnswerer(Picker.HUMAN)
    assert [text for _, text in played.said()].count(GREETING) == 2
    assert MESSAGE not in [text for _, text in played.said()]


def test_who_replied_before_the_verdict_is_a_person_and_hears_no_second_greeting():
    played = Played([*heard("Yes, this is Bob.", 1.0, 2.0), (8.0, MachineJudged()), (20.0, KeyPressed("#"))])

    assert played.answerer == NoteAnswerer(Picker.HUMAN)
    assert [text for _, text in played.said()].count(GREETING) == 1


@pytest.mark.parametrize("verdicts", [1, 2, 5])
def test_nobody_hears_the_greeting_a_third_time(verdicts):
    script = []
    for number in range(verdicts):
        script += [
            (1.0 + 10 * number, MachineJudged()),
            *heard("Hello?", 2.0 + 10 * number, 2.5 + 10 * number),
        ]
    # Sounds without words stop us too.
    script += [(60.0, CallerStarted()), (70.0, CallerStarted()), (120.0, KeyPressed("#"))]
    played = Played(script)

    assert [text for _, text in played.said()].count(GREETING) <= 2


def test_coughs_alone_do_not_bring_the_greeting_back_again_and_again():
    played = Played(
        [(second, CallerStarted()) for second in (0.5, 3.5, 6.5, 9.5)] + [(60.0, KeyPressed("#"))]
    )

    assert [text for _, text in played.said()].count(GREETING) <= 2


def test_a_mailbox_is_told_its_message_once_it_has_been_quiet_for_a_second_and_a_half():
    played = Played(heard(MAILBOX, 0.5, 6.0))

    assert played.said()[-1] == (6.4 + QUIET_S, MESSAGE)
    assert played.answerer == NoteAnswerer(Picker.VOICEMAIL, message_left=True)


def test_a_mailbox_that_goes_on_is_waited_for():
    going_on = [
        (7.0, CallerResumed()),
        (9.0, CallerMaybeDone("or press one")),
        (9.4, CallerSaid("or press one")),
    ]
    played = Played([*heard(MAILBOX, 0.5, 6.0), *going_on])

    assert [at for at, text in played.said() if text == MESSAGE] == [9.4 + QUIET_S]


def test_a_beep_needs_no_silence():
    played = Played([*heard(MAILBOX, 0.5, 6.0), (6.6, MachineJudged(listens=True))])
    at_once = Played([(5.0, MachineJudged(listens=True))])

    assert [at for at, text in played.said() if text == MESSAGE] == [6.6]
    assert at_once.said()[-1] == (5.0, MESSAGE)


def test_a_screener_hears_who_calls_and_why_within_a_second_and_a_half():
    played = Played(heard(SCREENER, 5.0, 9.0))
    (told,) = [at for at, text in played.said() if text == ANSWER]

    assert told - 9.0 <= 1.5
    assert played.when(HangUp) == [pytest.approx(told + len(ANSWER) / 15 + PATIENCE_S)]
    assert played.answerer == NoteAnswerer(Picker.SCREENER)


def test_the_person_behind_a_screener_has_time_and_is_greeted():
    waits = heard("Thanks. Please stay on the line.", 15.0, 16.0)
    played = Played(
        [*heard(SCREENER, 5.0, 9.0), *waits, *heard("Hello?", 38.0, 38.5), (60.0, KeyPressed("#"))]
    )

    assert [text for _, text in played.said()] == [GREETING, ANSWER, GREETING]
    assert played.answerer == NoteAnswerer(Picker.HUMAN)


def test_a_verdict_on_a_screener_ends_nothing():
    played = Played(
        [
            *heard(SCREENER, 5.0, 9.0),
            (6.0, MachineJudged()),
            *heard("Hello?", 15.0, 16.0),
            (40.0, KeyPressed("#")),
        ]
    )

    assert MESSAGE not in [text for _, text in played.said()]
    assert played.answerer == NoteAnswerer(Picker.HUMAN)


@pytest.mark.parametrize(
    "words", ["They are not available right now. Goodbye.", "Please remove this number from your list."]
)
def test_a_screener_that_says_no_is_the_end(words):
    played = Played([*heard(SCREENER, 5.0, 9.0), *heard(words, 13.0, 14.0)])

    assert played.when(HangUp) == [14.0]
    assert played.answerer == NoteAnswerer(Picker.SCREENER)


def test_a_screener_that_gives_way_to_a_mailbox_is_one():
    played = Played(
        [*heard(SCREENER, 5.0, 9.0), *heard("Please leave a message after the tone.", 15.0, 18.0)]
    )

    assert played.said()[-1] == (18.4 + QUIET_S, MESSAGE)


def test_only_people_press_keys():
    played = Played([(3.0, MachineJudged()), (4.0, KeyPressed("5")), (30.0, KeyPressed("#"))])

    assert played.answerer == NoteAnswerer(Picker.HUMAN)


def test_a_call_that_somebody_made_to_us_knows_no_machines():
    script = [(2.0, MachineJudged()), *heard(MAILBOX, 3.0, 6.0), (30.0, KeyPressed("#"))]
    played = Played(script, replace(OURS, pickup=None))

    assert played.answerer is None
    assert played.owner.state.end_reason is EndReason.CALLER_ENDED
    assert played.when(PlayClip)
