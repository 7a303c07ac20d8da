"""What a text repeats of ours is cut; what its sender wrote stays, with quotation marks or without."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.growth import assert_grows_gently
from voicebot.domain.texts.quotes import read_own_words

WELCOME = "Welcome! This is the automated assistant of Harbour: ask me anything. Reply STOP for no more texts. Message rates may apply."


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (f"> {WELCOME}\nok", "ok"),
        (f">{WELCOME}\n>> more\n\nyes please", "yes please"),
        (f"\uff1e {WELCOME}\nok", "ok"),
        (f"yes\n\nOn Mon, Nov 3 at 9:00 Harbour wrote:\n> {WELCOME}", "yes"),
        (f"oui\nLe 3 nov. 2026, Harbour a \u00e9crit :\n> {WELCOME}", "oui"),
        (f"danke\nAm 03.11.2026 um 09:12 schrieb Harbour:\n> {WELCOME}", "danke"),
        (f"ok\n-----Original Message-----\n{WELCOME}", "ok"),
        (f"Liked \u201c{WELCOME}\u201d\nthanks", "thanks"),
        ("Edited to \u201cstop texting me\u201d", "stop texting me"),
        ("Maria Lopez\nSent from my iPhone", "Maria Lopez"),
        ("stop\n-- \nJane Miller\nMiller & Sons", "stop"),
        ("S\u200bTO\u2060P", "STOP"),
    ],
)
def test_quoted_parts_are_cut(text, own):
    assert read_own_words(text).own == own


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (f"{WELCOME} thanks", "Welcome! thanks"),
        (f"\u201c{WELCOME}\u201d what is that?", "what is that?"),
        ("reply stop for no more texts. message rates may apply", ""),
        ("Why \u201cReply STOP for no more texts. Message\u2026\u201d?", "Why  ?"),
        ("This is the automated assistant of Harb\u2026 who are you?", "who are you?"),
    ],
)
def test_sentences_of_ours_are_cut_wherever_they_stand(text, own):
    assert read_own_words(text, [WELCOME]).own.strip() == own


@pytest.mark.parametrize("text", ["no more texts", "STOP", "stop", "Reply STOP", "for no more texts please"])
def test_a_few_words_that_we_use_too_are_the_senders(text):
    assert read_own_words(text, [WELCOME]).own == text


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ('"STOP"', "STOP"),
        ("\u201cstop texting me please\u201d", "stop texting me please"),
        ("> STOP", "STOP"),
        (">stop", "stop"),
        ("\U0001f6d1", "\U0001f6d1"),
        ("I want to \u201cSTOP\u201d", "I want to  STOP"),
    ],
)
def test_a_request_in_quotation_marks_is_a_request(text, own):
    assert read_own_words(text).own == own


def test_a_longer_quote_of_somebody_is_in_doubt():
    written = read_own_words("I said \u201cstop texting me please\u201d to my boss")

    assert "stop" not in written.own
    assert written.doubtful == "stop texting me please"


def test_a_text_of_marked_lines_alone_is_in_doubt_where_they_are_not_ours():
    assert read_own_words("> when do you open today?", [WELCOME]).words == "when do you open today?"
    assert read_own_words(f"> {WELCOME}", [WELCOME]).words == "Welcome!"


def test_nothing_is_left_of_a_text_that_only_repeats():
    assert read_own_words(f"> {WELCOME}").own == ""


@given(st.text(max_size=300), st.lists(st.text(max_size=80), max_size=3))
def test_any_text_is_read(text, ours):
    assert len(read_own_words(text, ours).own) <= 2 * len(text)


@pytest.mark.parametrize("piece", ["> a\n", "\u201ca\u201d ", '"', "a. ", "on monday ", "---- ", "\u00ab"])
def test_a_long_text_costs_in_proportion_to_its_length(piece):
    assert_grows_gently(lambda length: read_own_words(piece * length, [WELCOME]), 300)
