"""What tests of the spool share: a database that is there or away, a clock that goes on, facts of people who text."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from voicebot.storage.database import DatabaseAway, DatabaseBug
from voicebot.storage.spool.facts import Facts
from voicebot.storage.spool.files import Spool
from voicebot.storage.spool.flusher import SpoolFlusher

KEY = b"k" * 32
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Database:
    """Takes calls, or is away, or refuses some as a fault of ours."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.away = False
        self.refuses: Callable[[dict[str, Any]], bool] = lambda params: False

    def call(self, function: str, /, **params: Any) -> Any:
        if self.away:
            raise DatabaseAway("away")
        if self.refuses(params):
            raise DatabaseBug(function, "22P02")
        self.calls.append((function, params))
        return {"result": "stored"}

    def close(self) -> None:
        pass


class Clock:
    """A millisecond later each time."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """An empty spool that can be written."""
    spool = Spool(tmp_path / "spool", KEY)
    spool.probe()
    return spool


@pytest.fixture
def database() -> Database:
    """A database that is there."""
    return Database()


@pytest.fixture
def facts(database: Database, spool: Spool) -> Facts:
    """What the webhooks write to."""
    return Facts(database, spool, Clock())


def flusher(spool: Spool, database: Database, flushed: Callable[[], object] = lambda: None) -> SpoolFlusher:
    """Return what replays the spool, not started."""
    return SpoolFlusher(spool, database, flushed=flushed)


def received(facts: Facts, number: str, sid: str, **more: Any) -> Any:
    """Somebody texts us."""
    return facts.about(number).call("message_received", message_sid=sid, **more)


def sids(database: Database) -> list[str]:
    """Return the texts that the database has, in the order in which it got them."""
    return [params["message_sid"] for _, params in database.calls]
