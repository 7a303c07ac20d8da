"""What the terminal says of a campaign."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from voicebot.commands.dialling.campaign_pages import say_preview, spoken_time

CAMPAIGN = {
    "state": "draft", "revision": 1, "template": None, "concurrent": None, "calls_per_second": None, "max_attempts": 3,
}  # fmt: skip
TOLD: dict[str, Any] = {
    "campaign": CAMPAIGN, "now": 850, "waiting": 1000, "takes_s": 2400, "talk_s": 61, "talk_from": "template", "cost": 12.4,
    "currency": "USD", "cost_from": "template", "calls_looked_at": {"talk_s": 200, "cost": 180},
    "later": [{"reason": "outside_hours", "at": "2035-12-04T14:00:00+00:00", "people": 90},
              {"reason": "person_day", "at": None, "people": 5}],
    "held_by": [],
    "never": [{"reason": "suppressed", "people": 40}, {"reason": "no_consent", "people": 15}],
}  # fmt: skip


def said(capsys: Any, **changes: Any) -> str:
    say_preview({**TOLD, **changes}, ZoneInfo("UTC"))
    return " ".join(capsys.readouterr().out.split())


def test_a_preview_is_one_sentence_with_times_length_and_cost(capsys: Any) -> None:
    words = said(capsys)

    assert "1000 people wait; 850 now, 90 from Dec 04 14:00:00" in words
    assert "5 later; dialling takes about 40 minutes (by 200 calls of its template), were it alone" in words
    assert "one call to each costs about 12.40 USD (by the prices of 180 calls of its template)." in words


def test_an_estimate_without_calls_says_so(capsys: Any) -> None:
    words = said(capsys, talk_from="assumed", cost_from="list_price", talk_s=120)

    assert "with calls of 2 minutes" in words
    assert "by the carrier's list, while no call has a price" in words


def test_where_nobody_knows_how_long_it_takes_nothing_is_said_of_it(capsys: Any) -> None:
    assert "nobody knows how long dialling takes" in said(capsys, takes_s=None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"), (59, "59 seconds"), (119, "119 seconds"), (120, "2 minutes"), (2400, "40 minutes"),
        (7199, "120 minutes"), (7200, "2 hours"), (86_400, "24 hours"), (172_800, "2 days"),
    ],
)  # fmt: skip
def test_a_length_of_time_is_said_in_one_unit(seconds: float, words: str) -> None:
    assert spoken_time(seconds) == words
