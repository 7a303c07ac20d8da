"""Endpoints that are told of events, and what was delivered to them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.servers import remove_rows
from tests.support.webhook_receiver import Receiver, receiving
from voicebot.runtime import Runtime
from voicebot.services.operators.webhooks import World
from voicebot.storage import webhooks
from voicebot.storage.webhooks import DeliveryFilter


class Clock:
    """The database's time as these tests want it; chance adds nothing."""

    def __init__(self) -> None:
        # What a transaction writes has the database's own time.
        self.now = datetime.now(UTC) + timedelta(seconds=1)

    @property
    def world(self) -> World:
        return World(at=lambda: self.now, scatter=lambda: 0.0)

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def no_webhooks(owner: Any) -> Iterator[None]:
    remove_rows(owner, "webhook_endpoints", "webhook_deliveries", "events")
    yield
    remove_rows(owner, "webhook_endpoints", "webhook_deliveries", "events")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def clock() -> Clock:
    return Clock()


def happens(owner: Any, kind: str = "conversation.escalated", **facts: Any) -> None:
    owner.execute("select private.add_event(%s, 'something', %s::jsonb)", [kind, json.dumps(facts)])


def deliveries(runtime: Runtime, endpoint: Any, **wanted: str) -> list[Any]:
    rows = webhooks.deliveries_page(runtime.database, endpoint["id"], DeliveryFilter(**wanted)).rows
    return [dict(row) for row in reversed(rows)]


def states(runtime: Runtime, endpoint: Any) -> list[tuple[str, int, str | None]]:
    return [(row["state"], row["attempts"], row["error"]) for row in deliveries(runtime, endpoint)]
