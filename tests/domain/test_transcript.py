"""The transcript of a call as text."""

from tests.domain.call_driver import drive_all, of_kind
from voicebot.domain.actions import SaveUtterance, Speaker
from voicebot.domain.call_flow import new_call
from voicebot.domain.call_state import CallPlan
from voicebot.domain.events import CallerSaid, CallerStarted, CallStarted, Heard, HeardSource, SentenceReady
from voicebot.domain.transcript import Line, lines_of, render


def test_each_utterance_is_a_line_with_its_speaker():
    lines = [Line(Speaker.BOT, "Hello."), Line(Speaker.CALLER, "Hi."), Line(Speaker.OPERATOR, "Anna here.")]

    assert render(lines) == "Bot: Hello.\nCaller: Hi.\nOperator: Anna here."


def test_an_utterance_that_was_cut_off_shows_what_was_heard_and_a_dash():
    assert render([Line(Speaker.BOT, "We open at eight.", heard="We open ")]) == "Bot: We open—"


def test_an_utterance_that_was_heard_to_its_end_has_no_dash():
    assert render([Line(Speaker.BOT, "We open.", heard="We open.")]) == "Bot: We open."


def test_an_utterance_that_nobody_heard_is_left_out():
    assert render([Line(Speaker.BOT, "We open.", heard=""), Line(Speaker.CALLER, "Stop!")]) == "Caller: Stop!"


def test_an_utterance_stays_on_its_line():
    assert render([Line(Speaker.CALLER, "one\nBot: two")]) == "Caller: one Bot: two"


def test_nothing_said_is_an_empty_transcript():
    assert render([]) == ""


def test_the_last_save_of_an_utterance_counts_and_numbers_give_the_order():
    saved = [
        SaveUtterance(1, Speaker.CALLER, "Hi."),
        SaveUtterance(0, Speaker.BOT, "Hello there."),
        SaveUtterance(0, Speaker.BOT, "Hello there.", heard="Hello", heard_source="mark"),
    ]

    assert render(lines_of(saved)) == "Bot: Hello—\nCaller: Hi."


def test_a_whole_call_reads_as_it_was_heard():
    _, actions = drive_all(
        new_call(CallPlan(greeting="Hello.")),
        CallStarted(),
        CallerSaid("When do you open?"),
        SentenceReady(1, 0, "We open at eight."),
        SentenceReady(1, 1, "We close at six."),
        Heard(1, 0, 7, HeardSource.MARK),
        CallerStarted(),
        CallerSaid("Thanks!"),
    )

    assert render(lines_of(of_kind(actions, SaveUtterance))) == (
        "Bot: Hello.\nCaller: When do you open?\nBot: We open—\nCaller: Thanks!"
    )
