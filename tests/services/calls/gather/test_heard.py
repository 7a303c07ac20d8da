"""What was heard of a turn: whole when it was played to its end, else to the end of a word that was begun."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from voicebot.domain.call.events import CallerSaid, Heard, KeyPressed, SilencePassed
from voicebot.domain.call.turn import ServedItem
from voicebot.domain.call.turn_taking.pauses import Pauses
from voicebot.providers.clips import CHARS_PER_S
from voicebot.services.calls.gather.heard import FASTEST_CHARS_PER_S, heard_events
from voicebot.storage.calls.turns import ServedDocument

SERVED = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
GREETING = "Hello, this is Harbour Street Bicycles. How can I help you?"
GREETING_S = 4.0
ANSWER = "When do you open on Sundays, and is there a bus that stops near the shop?"


def item(text: str, seq: int = 0, clip: str | None = None) -> ServedItem:
    return ServedItem(0, seq, text, clip)


def parts_heard(
    answer: Any, after_s: float, *items: ServedItem, clips: dict[str, float] | None = None
) -> list[str]:
    """The words of each item that count as heard when `answer` came so long after the document."""
    served = ServedDocument(items or (item(GREETING, clip="greeting"),), SERVED)
    known = {"greeting": GREETING_S} if clips is None else clips
    now = SERVED + timedelta(seconds=after_s)
    events = heard_events([served], [answer], now=now, pause_s=Pauses().open, clip_s=known.get)
    spoken = {each.seq: each.text for each in served.speech}
    return [spoken[event.seq][: event.chars] for event in events if isinstance(event, Heard)]


@pytest.mark.parametrize("said", ["Yes.", "When do you open?", ANSWER])
@pytest.mark.parametrize("fetch_s", [0.02, 0.5, 1.5])
@pytest.mark.parametrize("chars_per_s", [11.0, CHARS_PER_S, FASTEST_CHARS_PER_S])
@pytest.mark.parametrize("reaction_s", [0.0, 0.3, 5.0])
def test_what_was_played_to_its_end_was_heard_whole(
    said: str, fetch_s: float, chars_per_s: float, reaction_s: float
) -> None:
    answering_s = reaction_s + len(said) / chars_per_s + Pauses().open

    assert parts_heard(CallerSaid(said), fetch_s + GREETING_S + answering_s) == [GREETING]


@pytest.mark.parametrize("played_s", [0.5, 1.0, 1.7, 2.4, 3.0])
def test_who_speaks_into_it_has_heard_whole_words_as_far_as_it_was_played(played_s: float) -> None:
    said = "Stop."
    after_s = 0.2 + played_s + len(said) / FASTEST_CHARS_PER_S + Pauses().open

    (heard,) = parts_heard(CallerSaid(said), after_s)

    assert GREETING.startswith(heard)
    assert 0 < len(heard) < len(GREETING)
    assert GREETING[len(heard)] == " ", heard
    played = len(GREETING) * played_s / GREETING_S
    assert len(heard) - len(heard.split()[-1]) <= played <= len(heard) + 1


def test_a_key_cuts_where_it_was_pressed() -> None:
    assert parts_heard(KeyPressed("0"), 1.2) == ["Hello, this is"]


def test_the_length_of_the_clip_counts_and_not_that_of_the_words() -> None:
    slow = item("One two three four.", clip="slow")

    assert parts_heard(KeyPressed("1"), 2.2, slow, clips={"slow": 8.0}) == ["One two"]
    assert parts_heard(KeyPressed("1"), 2.2, slow, clips={}) == ["One two three four."]


def test_the_pieces_of_a_document_follow_each_other() -> None:
    pieces = [item("We open at nine.", 0, clip="a"), item("We close at six.", 1, clip="b"), item("Bye.", 2)]
    clips = {"a": 2.0, "b": 2.0}

    heard = parts_heard(KeyPressed("0"), 3.4, *pieces, clips=clips)

    assert heard == ["We open at nine.", "We close at", ""]


def test_nothing_is_heard_of_what_had_no_time_to_be_played() -> None:
    assert parts_heard(CallerSaid("Hello?"), 2.3) == [""]


def test_after_a_silence_all_was_heard() -> None:
    assert parts_heard(SilencePassed(), 0.1) == [GREETING]


def test_a_language_without_spaces_is_cut_where_the_clock_says() -> None:
    text = "お電話ありがとうございます。ご用件をどうぞ。"

    (heard,) = parts_heard(KeyPressed("0"), 2.2, item(text, clip="greeting"))

    assert heard == text[: len(text) // 2]
