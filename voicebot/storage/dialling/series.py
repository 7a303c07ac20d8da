"""Calls that repeat: rows <-> records (`sql/functions/dialling/series.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.dialling.recurrence import Recurrence
from voicebot.domain.page_cursor import BY_TIME, Order
from voicebot.storage.database import Database
from voicebot.storage.pages import FIRST, Page, Part, page_of
from voicebot.storage.queue import accepted

Row = Mapping[str, Any]
BY_BEGUN: Order = BY_TIME


@dataclass(frozen=True)
class SeriesPlan:
    """A rule, how long each of its calls may be dialled, and the first occurrences. `look_at`: when to make more; None: never."""

    recurrence: Recurrence
    lasts: timedelta
    occurrences: Sequence[datetime]
    look_at: datetime | None

    def to_json(self) -> dict[str, Any]:
        """Return it for SQL."""
        return {
            "rule": self.recurrence.rule,
            "starts_at": self.recurrence.begins.isoformat(),
            "zone": self.recurrence.zone,
            "lasts_s": self.lasts.total_seconds(),
            "occurrences": [at.isoformat() for at in self.occurrences],
            "look_at": self.look_at.isoformat() if self.look_at else None,
        }


@dataclass(frozen=True)
class DueSeries:
    """A series of which more entries have to be made."""

    id: UUID
    revision: int
    recurrence: Recurrence
    lasts: timedelta
    made_until: datetime | None


@dataclass(frozen=True)
class SeriesFilter:
    """Which series are wanted; None: whichever."""

    state: str | None = None
    number: str | None = None


EVERY_SERIES = SeriesFilter()


def due_series(database: Database, at: datetime) -> list[DueSeries]:
    """Return the series of which more entries have to be made at a moment."""
    return [
        DueSeries(
            UUID(row["id"]),
            row["revision"],
            recurrence_from_json(row),
            timedelta(seconds=float(row["lasts_s"])),
            datetime.fromisoformat(row["made_until"]) if row["made_until"] else None,
        )
        for row in database.call("due_series", at=at)["series"]
    ]


def add_occurrences(
    database: Database, series: DueSeries, occurrences: Sequence[datetime], look_at: datetime | None
) -> int:
    """Make the entries of some occurrences, each once, and return how many are new; none where somebody edited the series."""
    answer = database.call(
        "add_occurrences",
        id=series.id,
        revision=series.revision,
        occurrences=[at.isoformat() for at in occurrences],
        look_at=look_at,
    )
    return int(answer["made"])


def show_series(database: Database, series_id: UUID, *, actor: Actor = THE_OPERATOR) -> Row:
    """Return one. Raises QueueRefused."""
    return _series(database.call("show_series", id=series_id, actor=actor.to_json()))


def list_series(
    database: Database,
    wanted: SeriesFilter = EVERY_SERIES,
    part: Part = FIRST,
    *,
    actor: Actor = THE_OPERATOR,
) -> Page[Row]:
    """Return one page, the newest first."""
    answer = database.call("list_series", **asdict(wanted), **part.params(), actor=actor.to_json())
    return page_of(answer, BY_BEGUN, dict)


def change_series(
    database: Database,
    series_id: UUID,
    *,
    state: str | None = None,
    plan: SeriesPlan | None = None,
    priority: int | None = None,
    revision: int | None = None,
    actor: Actor,
) -> Row:
    """Change what is not dialled yet. Raises QueueRefused."""
    return _series(
        database.call(
            "change_series",
            id=series_id,
            state=state,
            plan=plan.to_json() if plan else None,
            priority=priority,
            revision=revision,
            actor=actor.to_json(),
        )
    )


def recurrence_from_json(row: Row) -> Recurrence:
    """Return the rule of a row, in which it is called `rule` or, for people, `repeat`."""
    local = datetime.fromisoformat(row["starts_at"]).astimezone(ZoneInfo(row["zone"]))
    return Recurrence(row.get("rule") or row["repeat"], local.replace(tzinfo=None), row["zone"])


def _series(answer: Row) -> Row:
    series: Row = accepted(answer)["series"]
    return series
