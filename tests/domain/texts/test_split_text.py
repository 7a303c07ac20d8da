"""An answer becomes at most three messages, cut where a reader would cut it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.answer.read import readable
from voicebot.domain.texts.segments import segments, utf16_units
from voicebot.domain.texts.split import LONGEST, split_text

SENTENCE = "This is a sentence that tells something about opening hours and prices in the shop, take {}."


def story(count: int) -> str:
    return " ".join(SENTENCE.format(number) for number in range(count))


def test_a_short_answer_is_one_message():
    assert split_text("We open at eight. Come in!") == ("We open at eight. Come in!",)


def test_a_blank_answer_is_none():
    assert split_text(" \n ") == ()


@pytest.mark.parametrize("count, messages", [(4, 1), (6, 2), (9, 2), (11, 3), (14, 3), (30, 3)])
def test_a_longer_answer_is_cut_at_sentence_ends(count, messages):
    parts = split_text(story(count))

    assert len(parts) == messages
    assert all(part.endswith(".") and part.startswith("This") for part in parts)
    assert " ".join(parts) == story(count)


def test_no_message_is_larger_than_comfortable_where_three_can_hold_all():
    assert max(segments(part).count for part in split_text(story(12))) <= 3


def test_what_three_messages_cannot_hold_is_left_out_with_a_sign():
    parts = split_text(story(80))

    assert len(parts) == 3
    assert parts[-1].endswith(". ...")
    assert all(utf16_units(part) <= LONGEST for part in parts)


@pytest.mark.parametrize(
    "text", ["Ask Dr. Lee at 8 a.m. or J. Smith.", "It costs 3.50 e.g. on Sunday. See a.b.com now."]
)
def test_an_abbreviation_ends_no_sentence(text):
    long = f"{text} {story(5)}"

    assert split_text(long)[0].startswith(text)
    for part in split_text(long):
        assert not part.endswith(("Dr.", "a.m.", "J.", "e.g."))


def test_a_sentence_without_end_is_cut_between_words_never_in_a_link_or_a_number():
    link, number = "https://example.org/" + "a" * 60, "+1 202 555 0123"
    text = " ".join([f"call {number} or see {link} and"] * 40)

    parts = split_text(text, most=9)

    assert len(parts) > 2
    assert all(utf16_units(part) <= LONGEST for part in parts)
    assert " ".join(parts) == text
    assert sum(part.count(link) for part in parts) == sum(part.count(number) for part in parts) == 40


def test_a_word_longer_than_a_message_is_the_only_one_that_is_cut():
    parts = split_text("x" * 2000)

    assert "".join(parts) == "x" * 2000
    assert len(parts) == 2


@pytest.mark.parametrize(
    "written, read",
    [
        ("**Open** at `8`", "Open at 8"),
        ("# Hours\n* eight\n* nine", "Hours\n- eight\n- nine"),
        ("See [the map](https://x.org/a_b).", "See the map: https://x.org/a_b."),
        ("2 * 3 * 4 and *really*", "2 * 3 * 4 and really"),
        ("a\n\n\n\nb", "a\n\nb"),
    ],
)
def test_markdown_does_not_reach_a_phone(written, read):
    assert readable(written) == read


words = st.text(alphabet="abcdefg áé😜.,!?0123456789\n*", max_size=1200)


@given(text=words, most=st.integers(1, 3), longest=st.sampled_from([40, 160, 1600]))
def test_any_text_keeps_the_limits_and_its_words(text, most, longest):
    parts = split_text(text, most, longest)

    assert len(parts) <= most
    assert all(part.strip() == part != "" and utf16_units(part) <= longest for part in parts)
    joined = "".join("".join(parts).split())
    expected = "".join(readable(text).split())
    assert expected == joined or (joined.endswith("...") and expected.startswith(joined[:-3]))


@given(text=st.lists(st.from_regex(r"[a-z]{1,30}", fullmatch=True), max_size=300).map(" ".join))
def test_words_are_never_torn(text):
    known = set(text.split())

    for part in split_text(text):
        assert set(re.sub(r" \.\.\.$", "", part).split()) <= known
