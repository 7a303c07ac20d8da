"""The digest: when it is due, and what it says."""

import re
from datetime import UTC, date, datetime

import pytest

from voicebot.domain.operators import digest

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 11, 28, 7, 30, tzinfo=UTC)
FIGURES = {
    "day": "2026-11-27",
    "zone": BERLIN,
    "calls": {
        "inbound": 12, "outbound": 3, "answered": 13, "transferred": 2, "abandoned": 1, "failed": 1, "minutes": 41.5,
        "average_s": 95, "wait_average_s": 4, "wait_longest_s": 61, "messages": 2,
    },
    "escalations": {"opened": 3, "call_backs": 1, "open": 2, "oldest_open_at": "2026-11-26T05:00:00+00:00"},
    "texts": {"inbound": 30, "outbound": 28, "failed": 1},
    "new_people": 5,
    "opt_outs": 1,
    "unanswered": 3,
    "codes": {"sent": 4, "approved": 3},
    "costs": [{"currency": "USD", "calls": 1.2, "texts": 0.345, "amount": 1.545}],
}  # fmt: skip


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "at", "due"),
    [
        ("2026-11-28T06:29:59", "07:30", False),
        ("2026-11-28T06:30:00", "07:30", True),
        ("2026-11-28T22:59:59", "07:30", True),
        ("2026-11-28T23:00:00", "07:30", False),
        # In summer the same time on the wall is an hour earlier.
        ("2026-07-01T05:30:00", "07:30", True),
        # 02:30 is left out: three o'clock comes right after two.
        ("2026-03-29T00:59:59", "02:30", False),
        ("2026-03-29T01:00:00", "02:30", True),
        # 02:30 comes twice; after the first one the clock is put back.
        ("2026-10-25T00:30:00", "02:30", True),
        ("2026-10-25T01:00:00", "02:30", False),
        ("2026-10-25T01:30:00", "02:30", True),
    ],
)
def test_a_digest_is_due_when_the_clock_on_the_wall_says_so(now, at, due):
    assert digest.is_due(utc(now), at, BERLIN) is due


def test_the_day_is_that_of_the_zone():
    assert digest.local_day(utc("2026-11-27T23:00:00"), BERLIN) == date(2026, 11, 28)
    assert digest.local_day(utc("2026-11-27T23:00:00"), "America/New_York") == date(2026, 11, 27)


def test_every_figure_is_in_the_text():
    text = digest.as_text(FIGURES, NOW, "Harbour Bicycles")

    assert text.startswith("Harbour Bicycles: Friday 27 November 2026 (Europe/Berlin)\n")
    for line in (
        r"Escalations open +2, the oldest for 2 d 2 h", r"Escalations of the day +3", r"Messages left by callers +2",
        r"In +12", r"Out +3", r"Answered +13", r"Put through to a person +2", r"Hung up without a word +1",
        r"Minutes +41\.5", r"Average length +1:35", r"Average wait +0:04", r"Longest wait +1:01", r"In +30", r"New +5",
        r"Said stop +1", r"Not answered +3, see `texts unanswered`", r"Codes +4, 3 approved", r"Costs in USD +1\.54 \(calls 1\.20, texts 0\.34\)",
    ):  # fmt: skip
        assert re.search(rf"^  {line}$", text, re.MULTILINE), line


def test_what_is_not_known_is_left_out():
    calls = FIGURES["calls"] | {"average_s": None, "wait_average_s": 0, "wait_longest_s": 0}

    text = digest.as_text(FIGURES | {"calls": calls, "costs": []}, NOW, "Voicebot")

    assert "Average" not in text
    assert "wait" not in text
    assert "Money" not in text


def test_html_is_escaped_loads_nothing_and_is_readable_in_the_dark():
    figures = FIGURES | {"costs": [FIGURES["costs"][0] | {"currency": "<b>"}]}

    html = digest.as_html(figures, NOW, "Fish & <script>Chips")

    assert "<script>" not in html
    assert "Fish &amp; &lt;script&gt;Chips" in html
    assert "Costs in &lt;b&gt;" in html
    assert not re.search(r"src=|href=|url\(|http|background|[^-]color:#|[^-]color: ?black", html)
    assert 'content="light dark"' in html


def test_a_subject_names_the_day_on_one_line():
    assert (
        digest.subject(date(2026, 11, 7), "Harbour\tBicycles") == "Harbour Bicycles: Saturday 7 November 2026"
    )
