"""The caller's side of a stream: words that are clearly all are told before they are final."""

from contextlib import nullcontext

from tests.services.calls.media.world import SILENCE
from voicebot.domain.call.events import CallerMaybeDone, CallerResumed, CallerSaid, Event
from voicebot.domain.call.turn_taking.rules import TurnRules
from voicebot.domain.call.turn_taking.signals import Frame
from voicebot.providers.ports.transcriber import FinalWords, Listening, PartialWords
from voicebot.services.calls.media.ear import Ear, EarPorts
from voicebot.services.calls.streams.speech_events import SpeechEvents

QUESTION = "Can I book a table for tonight?"


class Heard:
    """An ear whose transcriber says what a test has it say; it counts the finals that were asked for."""

    name, ends_turns = "played", False

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.finishes = self.now_ms = 0
        ports = EarPorts(
            tell=self.events.append,
            clock_ms=lambda: float(self.now_ms),
            told=lambda *_: None,
            deaf=lambda: None,
            entered=lambda do: do(),
            lock=nullcontext(),
            speech=SpeechEvents(lambda _: None),
        )
        self.ear = Ear(ports, TurnRules(), self, self, Listening())  # type: ignore[arg-type]

    def open(self, *_) -> "Heard":
        return self

    def feed(self, mulaw, report=None) -> None:
        if report is not None:
            loud = mulaw[0] != SILENCE
            lively = -20.0 - 5 * (self.now_ms // 20 % 2)
            report(Frame(self.now_ms, lively if loud else -70.0, 0.95 if loud else None))

    def finish(self) -> None:
        self.finishes += 1

    def hears(self, ms: int, byte: int = 1) -> None:
        for _ in range(ms // 20):
            self.now_ms += 20
            self.ear.sound(bytes([byte]) * 160)


def test_an_answer_to_words_that_are_clearly_all_begins_before_they_are_final_and_once():
    call = Heard()

    call.hears(1500)
    call.hears(100, SILENCE)
    call.ear.understood(PartialWords(QUESTION))
    begun = list(call.events)
    call.ear.understood(FinalWords(QUESTION, 0.9))
    call.hears(300, SILENCE)

    assert begun == [CallerMaybeDone(QUESTION, None)]
    assert call.events == [*begun, CallerSaid(QUESTION, 0.9)]
    assert call.finishes == 1


def test_other_final_words_are_told_anew_and_who_goes_on_has_said_nothing_yet():
    call = Heard()

    call.hears(1500)
    call.hears(100, SILENCE)
    call.ear.understood(PartialWords("Can I book a table?"))
    call.ear.understood(FinalWords(QUESTION, 0.9))
    call.hears(400)

    assert [type(event) for event in call.events] == [CallerMaybeDone, CallerMaybeDone, CallerResumed]
    assert call.events[1].text == QUESTION
