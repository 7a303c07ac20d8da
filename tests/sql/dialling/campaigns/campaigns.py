"""Campaigns of people who asked for their calls, for tests of them."""

from datetime import timedelta
from typing import Any

from tests.sql.dialling.conftest import DENVER, MORNING, NOON, Queue

ZONES = (DENVER, "America/New_York", "Pacific/Honolulu")


def made(queue: Queue, **given: Any) -> str:
    """A draft of people who asked for their calls."""
    answer = queue.database.call(
        "make_campaign", name="spring", purpose=given.pop("purpose", "asked_for"), **given
    )
    return str(answer["campaign"]["id"])


def people(*numbers: str, zone: str = DENVER) -> list[dict[str, Any]]:
    return [
        {
            "number": each,
            "variables": {"name": "Ann"},
            "country": "US",
            "number_type": "mobile",
            "zones": [zone],
        }
        for each in numbers
    ]


def filled(queue: Queue, count: int, **given: Any) -> str:
    campaign = made(queue, **given)
    queue.database.call("add_people", id=campaign, people=people(*(queue.number() for _ in range(count))))
    # People are due from now on, and the tests claim years later.
    queue.owner.execute("update public.call_queue set next_attempt_at = %s", [MORNING - timedelta(days=9)])
    queue.owner.execute("update public.dialling_lanes set due_at = %s", [MORNING - timedelta(days=9)])
    return campaign


def change(queue: Queue, campaign: str, revision: int | None = None, **changes: Any) -> Any:
    return queue.database.call("change_campaign", id=campaign, changes=changes, revision=revision)


def preview(queue: Queue, campaign: str, at: Any = NOON, **limits: Any) -> Any:
    return queue.database.call("preview_campaign", id=campaign, limits={"concurrent": 1000, **limits}, at=at)
