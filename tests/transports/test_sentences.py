"""Sentences come out as soon as they are whole, and nothing is lost on the way."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.answer.heard import speakable
from voicebot.transports.sentences import FIRST_PIECE_CHARS, PIECE_CHARS, SentenceSplitter


def split(*tokens: str) -> list[str]:
    splitter = SentenceSplitter()
    return [piece for token in tokens for piece in splitter.feed(token)] + splitter.flush()


def test_a_sentence_is_given_as_soon_as_the_next_begins() -> None:
    splitter = SentenceSplitter()

    assert splitter.feed("We are open.") == []
    assert splitter.feed(" Come") == ["We are open."]
    assert splitter.flush() == ["Come"]


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Smith is in today.",
        "It costs $3.50 a day.",
        "We close at 5 p.m. on Friday.",
        "See e.g. the website.",
    ],
)
def test_a_dot_inside_a_sentence_does_not_end_it(text: str) -> None:
    assert split(*text) == [text]


def test_a_long_first_sentence_begins_with_a_short_piece() -> None:
    pieces = split(
        "Yes, we are open, and if you come before six in the evening somebody will look at your bicycle. Good."
    )

    assert len(pieces[0]) <= FIRST_PIECE_CHARS
    assert len(pieces) == 3


def test_markdown_is_not_spoken() -> None:
    assert speakable("**Open** `now`:\n- [Monday](https://x.example)\n- Friday") == "Open now: Monday Friday"


@given(st.lists(st.text(alphabet="abc DEF.,;!?1\n'", max_size=20), max_size=40))
def test_no_word_is_lost_or_made_up(tokens: list[str]) -> None:
    said = " ".join(split(*tokens))

    assert re.findall(r"\w+", said) == re.findall(r"\w+", speakable("".join(tokens)))


def test_a_number_of_a_list_is_no_sentence_and_no_clip_of_its_own() -> None:
    assert split("We offer:\n1. Full service\n2. Flat tyre repair") == [
        "We offer:",
        "Full service",
        "Flat tyre repair",
    ]


def test_a_number_may_end_a_sentence() -> None:
    assert split("You are number 5. Please wait.") == ["You are number 5.", "Please wait."]


@given(st.lists(st.sampled_from(["word ", "and, ", "longer-word "]), min_size=30, max_size=120))
def test_a_talk_without_a_full_stop_is_still_cut(words: list[str]) -> None:
    assert all(len(piece) <= PIECE_CHARS + 12 for piece in split(*words))
