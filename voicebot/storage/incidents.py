"""What is wrong with the dialling: rows <-> records (`sql/functions/dialling/incidents.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.page_cursor import BY_TIME
from voicebot.storage.database import Database
from voicebot.storage.dials import DialLimits
from voicebot.storage.pages import FIRST, Page, Part, page_of

Row = Mapping[str, Any]


@dataclass(frozen=True)
class IncidentFilter:
    """Which incidents are wanted; None: whichever."""

    state: str | None = None
    kind: str | None = None


EVERY_INCIDENT = IncidentFilter()


@dataclass(frozen=True)
class IncidentHealth:
    """The `open` rows, and the present faults (`causes`), including those without an incident."""

    open: Sequence[Row]
    causes: Sequence[Row]

    @property
    def standing(self) -> list[Row]:
        """Return what is wrong, each thing once, the oldest first."""
        known = {(row["kind"], row["subject"]) for row in self.open}
        return [*self.open, *(row for row in self.causes if (row["kind"], row["subject"]) not in known)]


def check_incidents(
    database: Database,
    account: str,
    limits: DialLimits,
    *,
    notice: Row | None = None,
    at: datetime | None = None,
) -> int:
    """Open new incidents and close those that are over; return how many changed."""
    answer = database.call(
        "check_incidents",
        limits=limits.to_json(),
        account=account,
        notice=dict(notice) if notice else None,
        at=at,
    )
    return int(answer["opened"] + answer["closed"])


def incident_health(
    database: Database, account: str, limits: DialLimits, *, at: datetime | None = None
) -> IncidentHealth:
    """Return what is wrong, read from the rows alone."""
    row = database.call("incident_health", limits=limits.to_json(), account=account, at=at)
    return IncidentHealth(row["open"], row["causes"])


def incidents_page(
    database: Database,
    wanted: IncidentFilter = EVERY_INCIDENT,
    part: Part = FIRST,
    *,
    actor: Actor = THE_OPERATOR,
) -> Page[Row]:
    """Return one page, the newest first. Raises ListRefused."""
    answer = database.call("incidents_page", **asdict(wanted), **part.params(), actor=actor.to_json())
    return page_of(answer, BY_TIME, dict)
