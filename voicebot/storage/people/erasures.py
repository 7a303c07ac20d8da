"""Erased people, and the rest of their data that is still to be removed: rows <-> records
(`sql/functions/people/{erasures,keeping}.sql`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.page_cursor import BY_TIME
from voicebot.storage.database import Database
from voicebot.storage.database.refused import Refused
from voicebot.storage.pages import FIRST, Page, Part, page_of

Row = Mapping[str, Any]


class NotErased(Refused):
    """The person stays; `code` says why: unknown_person, works_here, elsewhere_too, in_call."""


class NotKept(Refused):
    """The organization's retention stays unchanged; `code` says why: not_allowed, wrong_days, unknown_organization,
    changed_meanwhile.
    """


@dataclass(frozen=True)
class KeptRecording:
    """A recording that a carrier still keeps, and the account that made it."""

    sid: str
    account: str


@dataclass(frozen=True)
class Leftover:
    """What is still kept of somebody: files of ours, and what carriers have."""

    recordings: Sequence[KeptRecording] = ()
    copies: Sequence[UUID] = ()
    """The calls, by their public ids, of which a recording may be kept here."""
    exports: Sequence[UUID] = ()
    """The exports in which the person stands."""


def erase_person(database: Database, person: UUID, *, actor: Actor = THE_OPERATOR) -> Row:
    """Remove all rows of a person, or the first of very many; return {"id", "removed", "rows_left"} of the proof. Raises NotErased."""
    answer: Row = database.call("erase_person", person=person, actor=actor.to_json())
    if answer["result"] == "refused":
        raise NotErased(answer["code"])
    return answer


def erase_more_rows(database: Database, erasure_id: UUID) -> bool:
    """Remove the next rows of a person with very many; return whether some are left."""
    return bool(database.call("erase_more_rows", erasure_id=erasure_id)["rows_left"])


def leftover(database: Database, erasure_id: UUID) -> Leftover:
    """Return what is still kept; nothing when the erasure is done."""
    left = database.call("erasure_leftover", erasure_id=erasure_id)["leftover"] or {}
    return Leftover(
        [KeptRecording(one["sid"], one["account"]) for one in left.get("recordings", ())],
        [UUID(one) for one in left.get("copies", ())],
        [UUID(one) for one in left.get("exports", ())],
    )


def note_erased(database: Database, erasure_id: UUID, gone: Leftover) -> None:
    """Keep that these are gone."""
    database.call(
        "note_pieces_erased",
        erasure_id=erasure_id,
        recordings=[one.sid for one in gone.recordings],
        copies=[str(one) for one in gone.copies],
        exports=[str(one) for one in gone.exports],
    )


def note_problem(database: Database, erasure: UUID, code: str) -> None:
    """Keep why an erasure is not done yet, for people to see."""
    database.call("note_erasure_problem", erasure_id=erasure, problem=code)


def sweep_events(database: Database, erasure_id: UUID) -> bool:
    """Remove events that tell of the person out of some thousands; return whether there are more to look at."""
    return bool(database.call("sweep_erased_events", erasure_id=erasure_id)["more"])


def finish_erasure(database: Database, erasure_id: UUID) -> None:
    """Leave nothing but the proof."""
    database.call("finish_erasure", erasure_id=erasure_id)


def running_erasures(database: Database, *, older_s: float = 1800.0) -> list[UUID]:
    """Return the erasures that should be done by now."""
    return [UUID(one) for one in database.call("running_erasures", older_s=older_s)["erasures"]]


def sweep_kept(database: Database) -> int:
    """Remove calls and texts that are older than their organization keeps them; return how many of this round."""
    return int(database.call("sweep_kept")["count"])


def erasures_page(database: Database, part: Part = FIRST, *, actor: Actor = THE_OPERATOR) -> Page[Row]:
    """Return one page of the proofs, the newest first. Raises ListRefused."""
    return page_of(database.call("erasures_page", **part.params(), actor=actor.to_json()), BY_TIME, dict)


def retention_days(database: Database, organization_id: UUID, *, actor: Actor) -> int | None:
    """Return for how many days an organization keeps calls and texts; None: for ever. Raises NotKept."""
    answer = _done(database.call("show_retention", organization_id=organization_id, actor=actor.to_json()))
    return None if answer["days"] is None else int(answer["days"])


def set_retention(
    database: Database,
    organization_id: UUID,
    days: int | None,
    *,
    was: Row | None = None,
    actor: Actor = THE_OPERATOR,
) -> None:
    """Keep calls and texts for so many days from now on; None: for ever. `was`: {"days"} as the actor saw it. Raises NotKept."""
    _done(
        database.call(
            "set_retention",
            organization_id=organization_id,
            days=days,
            was=dict(was or {}),
            actor=actor.to_json(),
        )
    )


def _done(answer: Row) -> Row:
    if answer["result"] == "refused":
        raise NotKept(answer["code"])
    return answer
