"""`doctor` says which systems outside do not hear of events."""

import pytest

from voicebot.services.doctor.findings import Level
from voicebot.services.doctor.webhooks import judge_webhooks

WELL = {"endpoints": 2, "gone": 0, "failing": 0, "dead": 0}


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"gone": 1}, "1 endpoints answered 410"),
        ({"failing": 2}, "2 endpoints fail again and again"),
        ({"dead": 7}, "7 deliveries of seven days were given up"),
    ],
)
def test_what_is_not_taken_is_told_of(changes: dict[str, int], what: str) -> None:
    [found] = judge_webhooks(WELL | changes)

    assert (found.level, found.subject) == (Level.WARN, "webhooks")
    assert what in found.what
    assert "webhooks" in found.do


def test_endpoints_that_are_well_are_told_of_and_none_is_nothing() -> None:
    assert [found.level for found in judge_webhooks(WELL)] == [Level.OK]
    assert judge_webhooks(WELL | {"endpoints": 0}) == []
