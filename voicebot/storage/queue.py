"""The queue of calls that talk: rows <-> records (`sql/functions/dialling/queue.sql`, `talks.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.dialling.place import NumberPlace
from voicebot.domain.page_cursor import BY_TIME, Order
from voicebot.storage.database import Database
from voicebot.storage.dials import DialLimits
from voicebot.storage.pages import FIRST, ListRefused, Page, Part, page_of

Row = Mapping[str, Any]
BY_QUEUED: Order = BY_TIME


class QueueRefused(Exception):
    """The request is refused: `code` says why, `fields` which fields, `words` are SQL's explanation."""

    def __init__(self, answer: Row) -> None:
        super().__init__(answer["code"])
        self.code: str = answer["code"]
        field_name, _, words = str(answer.get("message") or "").partition(": ")
        self.fields: list[str] = answer.get("fields") or [
            f for f in (answer.get("field") or field_name,) if f
        ]
        self.words = words


def accepted(answer: Row) -> Row:
    """Return the answer. Raises QueueRefused when the database refuses."""
    if answer["result"] == "refused":
        raise QueueRefused(answer)
    return answer


@dataclass(frozen=True)
class Consent:
    """What the person agreed to, in which wording, and where that can be looked up."""

    wording: str
    source: str | None = None
    given_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it for SQL."""
        given = self.given_at.isoformat() if self.given_at else None
        return {"wording": self.wording, "source": self.source, "given_at": given}


@dataclass(frozen=True)
class NewEntry:
    """A call that somebody asks for."""

    to_number: str
    request: Row = field(default_factory=dict)
    """The request, word for word: the same `request_key` with another request is refused."""
    request_key: str | None = None
    template: str | None = None
    variables: Row | None = None
    caller_number: str | None = None
    scheduled_time: datetime | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    timezone: str | None = None
    priority: int = 0
    purpose: str = "service"
    consent: Consent | None = None
    hours_lifted: str | None = None


@dataclass(frozen=True)
class QueueFilter:
    """Which entries are wanted; None: whichever."""

    status: str | None = None
    number: str | None = None
    campaign_id: UUID | None = None
    tag: str | None = None
    """Only those whose person has it."""


@dataclass(frozen=True)
class UncheckedEntry:
    """An entry that nobody has looked at."""

    id: UUID
    to_number: str
    timezone: str | None
    variables: Row
    template: Row | None
    updated_at: str
    in_campaign: bool = False


EVERYTHING = QueueFilter()


def queue_call(
    database: Database,
    entry: NewEntry,
    place: NumberPlace,
    limits: DialLimits,
    *,
    series: Row | None = None,
    actor: Actor,
) -> tuple[Row, bool]:
    """Put a call into the queue; return the entry, and whether it is new. Raises QueueRefused."""
    answer = database.call(
        "queue_call",
        **{name: value for name, value in vars(entry).items() if name != "consent"},
        consent=entry.consent.to_json() if entry.consent else None,
        checked={"country": place.country, "number_type": place.number_type, "zones": list(place.zones)},
        limits=limits.to_json(),
        series=series,
        actor=actor.to_json(),
    )
    return _entry(answer), answer["result"] == "queued"


def show_entry(database: Database, entry_id: UUID, limits: DialLimits, *, actor: Actor = THE_OPERATOR) -> Row:
    """Return an entry with its attempts and what it waits for. Raises QueueRefused."""
    return _entry(
        database.call("show_queued_call", id=entry_id, limits=limits.to_json(), actor=actor.to_json())
    )


def list_entries(
    database: Database,
    limits: DialLimits,
    wanted: QueueFilter = EVERYTHING,
    part: Part = FIRST,
    *,
    actor: Actor = THE_OPERATOR,
) -> Page[Row]:
    """Return one page of the queue, the newest first."""
    answer = database.call(
        "list_queued_calls", **asdict(wanted), **part.params(), limits=limits.to_json(), actor=actor.to_json()
    )
    return page_of(answer, BY_QUEUED, dict)


def change_entry(
    database: Database,
    entry_id: UUID,
    changes: Row,
    limits: DialLimits,
    *,
    was: Row | None = None,
    actor: Actor,
) -> Row:
    """Change what waits: its times, zone, priority, attempts. `was`: fields as the actor saw them. Raises QueueRefused."""
    return _entry(
        database.call(
            "change_queued_call",
            id=entry_id,
            changes=changes,
            limits=limits.to_json(),
            was=dict(was or {}),
            actor=actor.to_json(),
        )
    )


def cancel_entry(database: Database, entry_id: UUID, *, actor: Actor = THE_OPERATOR) -> Row:
    """Let an entry be dialled no more; a call that is under way goes on. Raises QueueRefused."""
    return _entry(database.call("cancel_queued_call", id=entry_id, actor=actor.to_json()))


def redial_entry(
    database: Database, entry_id: UUID, limits: DialLimits, *, reached: bool, actor: Actor
) -> Row:
    """Let an entry that is over wait again; `reached`: also when somebody was reached. Raises QueueRefused."""
    return _entry(
        database.call(
            "redial_queued_call", id=entry_id, reached=reached, limits=limits.to_json(), actor=actor.to_json()
        )
    )


def queue_standing(database: Database, limits: DialLimits, *, actor: Actor) -> Row:
    """Return {"states", "looked_at", "held_by", "red_numbers", "rows"}: how the queue stands. Raises ListRefused."""
    answer: Row = database.call("queue_standing", limits=limits.to_json(), actor=actor.to_json())
    if answer.get("result") == "refused":
        raise ListRefused(answer["code"])
    return answer


def queue_ids(database: Database, wanted: QueueFilter, most: int, *, actor: Actor) -> Sequence[UUID]:
    """Return the ids of up to `most` entries that `list_entries` would show, in its order."""
    rows = database.call("queue_ids", **asdict(wanted), most=most, actor=actor.to_json())["rows"]
    return [UUID(one) for one in rows]


def unchecked_entries(database: Database, page_size: int = 200) -> Sequence[UncheckedEntry]:
    """Return entries that nobody has looked at, the oldest first."""
    rows = database.call("unchecked_entries", page_size=page_size)["entries"]
    return [
        UncheckedEntry(
            UUID(row["id"]),
            row["to"],
            row["timezone"],
            row["variables"],
            row["template"],
            row["updated_at"],
            row["in_campaign"],
        )
        for row in rows
    ]


def check_entry(
    database: Database, entry: UncheckedEntry, place: NumberPlace | None, refusal: str | None = None
) -> bool:
    """Keep what was found of an entry; False when it was changed meanwhile."""
    answer = database.call(
        "check_entry",
        id=entry.id,
        updated_at=entry.updated_at,
        country=place.country if place else None,
        number_type=place.number_type if place else None,
        zones=list(place.zones) if place else None,
        refusal=refusal,
    )
    return bool(answer["result"] == "checked")


def expire_entries(database: Database) -> int:
    """End what nobody may dial any more; return how many."""
    return int(database.call("expire_entries")["ended"])


def _entry(answer: Row) -> Row:
    entry: Row = accepted(answer)["entry"]
    return entry
