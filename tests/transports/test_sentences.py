"""Sentences come out as soon as they are whole, and nothing is lost on the way."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.answer.heard import Speech
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
    assert (
        Speech().heard("**Open** `now`:\n- [Monday](https://x.example)\n- Friday")
        == "Open now: Monday Friday"
    )


@given(st.lists(st.text(alphabet="abc DEF.,;!?1\n'", max_size=20), max_size=40))
def test_no_word_is_lost_or_made_up(tokens: list[str]) -> None:
    said = " ".join(split(*tokens))

    assert re.findall(r"\w+", said) == re.findall(r"\w+", Speech().heard("".join(tokens)))


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


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("We offer: 1. Full service", ["We offer: 1. Full service"]),
        ("We offer: 1. Full service. 2. Flat tyre.", ["We offer: 1. Full service.", "2. Flat tyre."]),
        ("We offer 1. Full service 2. Flat tyre", ["We offer 1. Full service 2. Flat tyre"]),
        ("First: 1) Wash 2) Dry", ["First: 1) Wash 2) Dry"]),
        ("Steps:\n1.\nWash\n2.\nDry", ["Steps:", "Wash", "Dry"]),
        ("Take line 2. Get off at the church.", ["Take line 2.", "Get off at the church."]),
        ("Ask Dr. J. R. Lee. He is in.", ["Ask Dr. J. R. Lee.", "He is in."]),
        ("Ask for no. 5. It is free.", ["Ask for no. 5.", "It is free."]),
        ("No. We are closed.", ["No.", "We are closed."]),
        ("Step 1. Open it. Step 2. Close it.", ["Step 1. Open it.", "Step 2. Close it."]),
        ("Choose option 2. It is cheaper.", ["Choose option 2.", "It is cheaper."]),
        ("Open on Mon. and Tue. from 8.30 a.m. on.", ["Open on Mon. and Tue. from 8.30 a.m. on."]),
        ("It weighs approx. 3.5 kg. Good?", ["It weighs approx. 3.5 kg.", "Good?"]),
        ("Made in the U.S. by us.", ["Made in the U.S. by us."]),
        ("Well... let me see. Yes.", ["Well... let me see.", "Yes."]),
        ("Am 3. Mai ist zu. Am 4. offen.", ["Am 3. Mai ist zu.", "Am 4. offen."]),
        ("Das sind z. B. Räder. Ja.", ["Das sind z. B. Räder.", "Ja."]),
        ("La Sra. Díaz vive en Av. Juárez núm. 5. Sí.", ["La Sra. Díaz vive en Av. Juárez núm. 5.", "Sí."]),
        ("M. et Mme. Roux, p. ex. Oui.", ["M. et Mme. Roux, p. ex.", "Oui."]),
        ("Il Sig. Rossi e la Dott.ssa Neri. Bene.", ["Il Sig. Rossi e la Dott.ssa Neri.", "Bene."]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ("你好。我们八点开门！好", ["你好。", "我们八点开门！", "好"]),
        ("See [our site. Really](https://x.org) now. Ok?", ["See our site. Really now.", "Ok?"]),
        ("One.\n\n---\n\nTwo.", ["One.", "Two."]),
    ],
)
def test_a_clip_is_a_sentence_and_never_a_number_or_half_a_name(text: str, pieces: list[str]) -> None:
    assert split(text) == pieces
    assert split(*text) == pieces


WRITTEN = st.sampled_from(
    [
        "We offer: 1. Full service 2. Flat tyre. ", "Hello there. ", "You are number 5. ", "no. ", "**Note**: ", "Dr. ",
        "| a | b |\n", "```sh\nmake\n```\n", "[a, b. c](https://x.org) ", "and, if you come by, ", "word " * 30, "...", "\n",
        " ", "「是。」", "！", "e.g. ", "3. Mai ", "<b>", "https://x.org/a.b ", "Yes! ", "👍 ", '"', "1.", "iPhone",
    ]
)  # fmt: skip


@given(st.lists(WRITTEN, max_size=14).map("".join), st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_sentences_are_the_same_however_the_text_is_cut_into_tokens(text: str, sizes: list[int]) -> None:
    tokens, start = [], 0
    while start < len(text):
        size = sizes[len(tokens) % len(sizes)]
        tokens.append(text[start : start + size])
        start += size

    assert split(*tokens) == split(text) == split(*text)


def test_half_a_sentence_of_an_answer_that_was_cut_short_is_left_out() -> None:
    splitter = SentenceSplitter()

    assert splitter.feed("We open at 8. On Sundays we are") == ["We open at 8."]
    assert splitter.flush(cut_short=True) == []


@pytest.mark.parametrize("text", ["We open at 8.", "Do we? Yes!", "Line\nline"])
def test_whole_sentences_of_an_answer_that_was_cut_short_are_said(text: str) -> None:
    splitter = SentenceSplitter()

    said = splitter.feed(text) + splitter.flush(cut_short=True)

    assert " ".join(said) == ("Line" if text.startswith("Line") else text)


def test_what_was_no_answer_is_dropped() -> None:
    splitter = SentenceSplitter()

    splitter.feed("Let me think")
    splitter.drop()

    assert splitter.feed("Hello.") + splitter.flush() == ["Hello."]


@pytest.mark.parametrize("text", ["👍", "---", "...", "```py\nx\n```"])
def test_a_piece_without_a_word_is_not_said(text: str) -> None:
    assert split(text) == []
