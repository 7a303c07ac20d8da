"""The caller's side of a stream: words that are clearly all are told before they are final."""

from contextlib import nullcontext

from tests.services.calls.media.world import SILENCE
from voicebot.domain.call.events import CallerMaybeDone, CallerResumed, CallerSaid, Event
from voicebot.domain.call.turn_taking.rules import TurnRules
from voicebot.domain.call.turn_taking.signals import Frame
from voicebot.providers.ports.transcriber import FinalWords, Listening, PartialWords
from voicebot.services.calls.media.ear import Ear
from voicebot.services.calls.media.ear_ports import EarPorts
from voicebot.services.calls.streams.speech_events import SpeechEvents

QUESTION = "Can I book a table for tonight?"


class Heard:
    """An ear whose transcriber says what a test has it say; it counts the finals that were asked for."""

    name, ends_turns = "played", False

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.finishes = self.now_ms = 0
        self.sounds = True
        ports = EarPorts(
            tell=self.events.append,
            clock_ms=lambda: float(self.now_ms),
            told=lambda *_: None,
            deaf=lambda: None,
            entered=lambda do: do(),
            lock=nullcontext(),
            speech=SpeechEvents(lambda _: None),
            sounds=lambda: self.sounds,
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


def test_words_in_front_of_a_turn_belong_to_it_also_where_a_mark_is_late():
    """The bot's sound ends, its mark is 200 ms and more behind: a short word then is no echo, and no sign of listening."""
    rows = [
        # The word, how long it was, whether the bot is really heard, and what is told with the turn that follows.
        ("And", 100, False, f"And {QUESTION}"),
        ("Thank you,", 100, False, f"Thank you, {QUESTION}"),
        ("Mhm", 300, False, f"Mhm {QUESTION}"),
        ("And", 100, True, f"And {QUESTION}"),
        ("Mhm", 300, True, QUESTION),
        ("Mhm", 100, True, QUESTION),
        # Our own words come back.
        ("Welcome here", 100, True, QUESTION),
    ]
    for word, lasts_ms, over_bot, expected in rows:
        for late_ms in range(200, 801, 200):
            call = Heard()
            call.hears(2000, SILENCE)
            call.ear.bot(True, words="Welcome here")
            call.hears(3000, SILENCE)
            call.sounds = over_bot
            call.hears(lasts_ms)
            call.hears(240, SILENCE)
            answers = call.finishes
            if call.ear.busy or answers:
                call.ear.understood(FinalWords(word, 0.9))
            call.hears(late_ms - 200, SILENCE)
            call.sounds = False
            call.ear.bot(False)
            call.hears(400, SILENCE)
            call.hears(1500)
            call.hears(240, SILENCE)
            call.ear.understood(FinalWords(QUESTION, 0.8))
            call.hears(2000, SILENCE)

            said = [event.text for event in call.events if isinstance(event, CallerSaid)]
            assert " ".join(said) == expected, (word, lasts_ms, over_bot, late_ms, call.events)


def test_words_long_before_a_turn_are_not_its_own():
    call = Heard()
    call.ear.bot(True)
    call.hears(2000, SILENCE)
    call.hears(100)
    call.hears(240, SILENCE)
    call.ear.understood(FinalWords("And", 0.9))
    call.ear.bot(False)
    call.hears(2500, SILENCE)
    call.hears(1500)
    call.hears(240, SILENCE)
    call.ear.understood(FinalWords(QUESTION, 0.8))
    call.hears(2000, SILENCE)

    assert [event.text for event in call.events if isinstance(event, CallerSaid)] == [QUESTION]


def test_a_word_alone_is_an_answer_where_only_the_mark_of_our_question_is_late():
    """The caller has heard the question to its end and says yes; that our sound was over, the mark tells later."""
    rows = [
        # The word, how long it was, whether the bot is really heard, and what is told.
        ("Yes.", 300, False, ["Yes."]),
        ("No.", 160, False, ["No."]),
        ("Mhm", 300, False, ["Mhm"]),
        ("Mhm", 300, True, []),
        # Our own words come back.
        ("Welcome here", 300, False, []),
    ]
    for word, lasts_ms, over_bot, expected in rows:
        for late_ms in (200, 600):
            call = Heard()
            call.hears(2000, SILENCE)
            call.ear.bot(True, words="Welcome here")
            call.hears(3000, SILENCE)
            call.sounds = over_bot
            call.hears(lasts_ms)
            call.hears(240, SILENCE)
            call.ear.understood(FinalWords(word, 0.9))
            call.hears(late_ms, SILENCE)
            call.sounds = False
            call.ear.bot(False)
            for _ in range(100):
                call.hears(20, SILENCE)
                call.ear.settle()

            said = [event.text for event in call.events if isinstance(event, CallerSaid)]
            assert said == expected, (word, lasts_ms, over_bot, late_ms, call.events)
