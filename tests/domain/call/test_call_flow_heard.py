"""What the caller heard of what was said."""

import pytest

from tests.domain.call.call_driver import answered, drive, listening, thinking
from voicebot.domain.call.actions import SaveUtterance, Speaker
from voicebot.domain.call.events import (
    CallerStarted,
    Heard,
    HeardSource,
    SilencePassed,
    ToolAsked,
    ToolFinished,
)
from voicebot.domain.call.flow import step
from voicebot.domain.call.history import openai_history

MARK = HeardSource.MARK
ESTIMATE = HeardSource.ESTIMATE


def test_what_was_heard_is_kept_with_how_we_know():
    _, actions = step(answered(), Heard(1, 0, 7, ESTIMATE))

    assert actions == [
        SaveUtterance(2, Speaker.BOT, "We open at eight.", heard="We open", heard_source="estimate")
    ]


def test_what_was_heard_only_grows():
    state, _ = drive(answered(), Heard(1, 0, 7, MARK))

    assert step(state, Heard(1, 0, 3, MARK)) == (state, [])


@pytest.mark.parametrize(("chars", "kept"), [(-5, ""), (1000, "We open at eight.")])
def test_a_count_beyond_the_sentence_is_brought_into_it(chars, kept):
    _, actions = step(answered(), Heard(1, 0, chars, MARK))

    assert actions[0].heard == kept


def test_a_phrase_is_heard_by_its_number():
    state, _ = drive(listening(), SilencePassed())

    _, actions = step(state, Heard(-1, 1, 99, MARK))

    assert actions[0].heard == "Are you still there?"


@pytest.mark.parametrize("event", [Heard(9, 0, 5, MARK), Heard(1, 7, 5, MARK), Heard(-1, 1, 5, MARK)])
def test_what_was_never_said_cannot_be_heard(event):
    state = answered()

    assert step(state, event) == (state, [])


def test_an_interrupted_tool_leaves_no_result_and_no_late_effect():
    state, _ = drive(thinking(), ToolAsked(1, "t1", "change_voice"), CallerStarted())

    state, actions = step(state, ToolFinished(1, "t1", True, "done", voice_id="voice-2"))

    assert actions == []
    assert openai_history(state)[-1]["content"] == "No result: the caller interrupted before it was there."
