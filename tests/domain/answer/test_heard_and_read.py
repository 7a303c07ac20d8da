"""The same answer, as a caller hears it and as a phone shows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.answer.heard import Speech
from voicebot.domain.answer.read import readable

TABLE = "| Day | Hours |\n|:---|---:|\n| Monday | 8 to 5 |\n| Sunday | closed |"


@pytest.mark.parametrize(
    ("written", "heard", "read"),
    [
        ("**Open** at `8`", "Open at 8", "Open at 8"),
        ("***Now*** or __then__ or ~~never~~", "Now or then or never", "Now or then or never"),
        ("# Hours\n* eight\n* nine", "Hours eight nine", "Hours\n- eight\n- nine"),
        ("Hours\n=====\nToday\n-----\nnine", "Hours Today nine", "Hours\nToday\nnine"),
        ("> quoted\n> again", "quoted again", "quoted\nagain"),
        ("- [ ] one\n- [x] two", "one two", "- one\n- two"),
        ("1. One\n2) Two", "One Two", "1. One\n2) Two"),
        (TABLE, "Day, Hours Monday, 8 to 5 Sunday, closed", "Day: Hours\nMonday: 8 to 5\nSunday: closed"),
        ("|a|b|c|", "a, b, c", "a, b, c"),
        ("One\n\n---\n\nTwo", "One Two", "One\n\nTwo"),
        ("See [the map](https://x.org/a_b).", "See the map.", "See the map: https://x.org/a_b."),
        ("![A bike](https://x.org/b.png)", "A bike", "A bike: https://x.org/b.png"),
        ("[https://x.org](https://x.org)", "x dot org", "https://x.org"),
        ("[Write](mailto:a@x.org)", "Write", "Write: a@x.org"),
        (
            "See [the docs][1] and more[^2] of it [3].",
            "See the docs and more of it.",
            "See the docs and more of it.",
        ),
        ("It is so【4†source】.", "It is so.", "It is so."),
        ("```python\nprint(1)\n```\nDone.", "Done.", "print(1)\nDone."),
        ("```\nWe open at 8.\n```", "We open at 8.", "We open at 8."),
        ("```We open at 8.```", "We open at 8.", "We open at 8."),
        (
            "Mail info@shop.example.com!",
            "Mail info at shop dot example dot com!",
            "Mail info@shop.example.com!",
        ),
        (
            "Mail a_b-c@x-y.org.",
            "Mail a underscore b dash c at x dash y dot org.",
            "Mail a_b-c@x-y.org.",
        ),
        ("Go to https://www.x.org/book.", "Go to x dot org slash book.", "Go to https://www.x.org/book."),
        (
            "Go to https://x.org/a?b=1&c=2, please",
            "Go to x dot org, please",
            "Go to https://x.org/a?b=1&c=2, please",
        ),
        ("Go to www.x.org or x.com.", "Go to x dot org or x dot com.", "Go to www.x.org or x.com."),
        ("Great 👍🏽! ❤️", "Great!", "Great 👍🏽! ❤️"),
        ("A &amp; B &lt;3", "A & B <3", "A & B <3"),
        (r"5 \* 3 and \#1", "5 × 3 and #1", "5 * 3 and #1"),
        ("2 * 3 * 4 and *really*", "2 × 3 × 4 and really", "2 * 3 * 4 and really"),
        ("snake_case and 4°", "snake_case and 4°", "snake_case and 4°"),
        ("$3.50 to $4, 50 % off", "$3.50 to $4, 50 % off", "$3.50 to $4, 50 % off"),
        ("Settings -> Bikes", "Settings, Bikes", "Settings -> Bikes"),
        ("Dial *67# or *69.", "Dial *67# or *69.", "Dial *67# or *69."),
        ("Press # or *.", "Press # or *.", "Press # or *."),
        ("*50 dollars* and *25% off", "50 dollars and 25% off", "50 dollars and *25% off"),
        ("about ~20 minutes, ~$5", "about ~20 minutes, ~$5", "about ~20 minutes, ~$5"),
        ("1. a\n1. b\n2. c", "a b c", "1. a\n1. b\n2. c"),
        ("24. Dezember: zu", "24. Dezember: zu", "24. Dezember: zu"),
        ("Sizes S<M", "Sizes S<M", "Sizes S<M"),
        ("AT&T, C#, A/B, 24/7, 5'10\"", "AT&T, C#, A/B, 24/7, 5'10\"", "AT&T, C#, A/B, 24/7, 5'10\""),
        ("Order #A-1234_B for $1,299.99", "Order #A-1234_B for $1,299.99", "Order #A-1234_B for $1,299.99"),
    ],
)
def test_an_answer_is_heard_and_read(written, heard, read):
    assert Speech().heard(written) == heard
    assert readable(written) == read


@pytest.mark.parametrize(
    ("language", "heard"),
    [
        ("es-MX", "ana arroba x punto org"),
        ("fr-FR", "ana arobase x point org"),
        ("de", "ana ät x Punkt org"),
        ("pt-BR", "ana arroba x ponto org"),
        ("it-IT", "ana chiocciola x punto org"),
        ("nl-NL", "ana at x dot org"),
    ],
)
def test_an_address_is_spelt_in_the_language_of_the_call(language, heard):
    assert Speech(language).heard("ana@x.org") == heard


def test_code_is_left_out_over_several_pieces():
    speech = Speech()

    pieces = [speech.heard(piece) for piece in ("Run this:\n", "```sh\n", "make it\n", "```\n", "and wait.")]

    assert pieces == ["Run this:", "", "", "", "and wait."]


@given(st.text(max_size=200))
def test_any_text_can_be_heard_and_read(text):
    assert "\n" not in Speech().heard(text)
    assert readable(text) == readable(text).strip()
