"""The rows of a bulk action: the ticked ones, or all that a filter finds.

An action gets a `Choice`, which names the rows by their ids, and knows no filter. Each further list needs a class of
its own here.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from voicebot.domain.access.actor import Actor
from voicebot.domain.page_cursor import BY_TIME_AND_NUMBER
from voicebot.domain.person.phone import mask
from voicebot.domain.search.query import SearchQuery
from voicebot.storage import queue
from voicebot.storage.database import Database
from voicebot.storage.pages import MOST_ROWS, Part
from voicebot.storage.queue import QueueFilter
from voicebot.storage.search.search import search_calls

MOST = 10_000
"""Rows of one action."""


class Choice(Protocol):
    """Rows of one kind that an actor chose."""

    @property
    def object_type(self) -> str:
        """Return `entry` or `call`."""
        ...

    @property
    def words(self) -> Mapping[str, Any]:
        """Return how they were chosen, for people to read later."""
        ...

    def ids(self, database: Database, most: int, *, actor: Actor) -> Sequence[UUID]:
        """Return up to `most` ids, of rows that the actor sees."""
        ...


@dataclass(frozen=True)
class Ticked:
    """Rows that were ticked on a page, or named over the API. The action itself leaves out what the actor does not see."""

    object_type: str
    chosen: Sequence[UUID]

    @property
    def words(self) -> Mapping[str, Any]:
        """Return how many."""
        return {"ticked": len(self.chosen), "digest": _digest(self.chosen)}

    def ids(self, database: Database, most: int, *, actor: Actor) -> Sequence[UUID]:
        """Return them, each once."""
        del database, actor
        return list(dict.fromkeys(self.chosen))[:most]


@dataclass(frozen=True)
class EntriesLike:
    """Entries of the queue, or the people of a campaign."""

    wanted: QueueFilter
    object_type: str = "entry"

    @property
    def words(self) -> Mapping[str, Any]:
        """Return the filter."""
        return _written(asdict(self.wanted))

    def ids(self, database: Database, most: int, *, actor: Actor) -> Sequence[UUID]:
        """Return them, the newest first."""
        return queue.queue_ids(database, self.wanted, most, actor=actor)


@dataclass(frozen=True)
class CallsLike:
    """Calls that a search finds, as on their list."""

    wanted: SearchQuery
    object_type: str = "call"

    @property
    def words(self) -> Mapping[str, Any]:
        """Return the filter."""
        return _written(self.wanted.to_json())

    def ids(self, database: Database, most: int, *, actor: Actor) -> Sequence[UUID]:
        """Return them, the one that began last first, page after page of their list."""
        found: list[UUID] = []
        after = None
        while len(found) < most:
            page = search_calls(database, self.wanted, Part(MOST_ROWS, after), actor=actor)
            found += [UUID(row["public_id"]) for row in page.rows]
            if page.next is None:
                break
            after = BY_TIME_AND_NUMBER.read(page.next)
        return found[:most]


def _written(wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a filter says, a number masked. `digest` tells two filters apart that read alike then."""
    kept = {name: _plain(value) for name, value in wanted.items() if value is not None}
    shown = {
        name: mask(str(value)) if name in ("number", "prefix") else value for name, value in kept.items()
    }
    return shown | {"digest": _digest(sorted(kept.items()))}


def _digest(chosen: object) -> str:
    return hashlib.sha256(repr(chosen).encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        spelt = {str(one).replace("_", " ").replace("-", " ") for one in value}
        return ", ".join(sorted(spelt))
    return value if isinstance(value, str | int | float | bool) else str(value)
