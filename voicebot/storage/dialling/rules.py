"""Calling hours, rules of dialling and people on hold: rows <-> records (`sql/functions/dialling/rules.sql`, `holds.sql`)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.dialling.place import NumberPlace
from voicebot.domain.page_cursor import BY_TIME_AND_NAME, Order
from voicebot.storage.database import Database
from voicebot.storage.pages import FIRST, Page, Part, page_of
from voicebot.storage.queue import accepted

Row = Mapping[str, Any]
BY_HELD: Order = BY_TIME_AND_NAME


def hold_person(
    database: Database, number: str, until: datetime, reason: str, *, actor: Actor = THE_OPERATOR
) -> Row:
    """Let nobody call a person before a date; return the hold. Raises QueueRefused."""
    answer = database.call("hold_person", number=number, until=until, reason=reason, actor=actor.to_json())
    return accepted(answer)["hold"]  # type: ignore[no-any-return]


def release_person(database: Database, number: str, *, actor: Actor = THE_OPERATOR) -> bool:
    """Let a person be called again; return False when the person was not on hold. Raises QueueRefused."""
    answer = database.call("hold_person", number=number, until=None, reason=None, actor=actor.to_json())
    return bool(accepted(answer)["was_held"])


def list_held(database: Database, part: Part = FIRST, *, actor: Actor = THE_OPERATOR) -> Page[Row]:
    """Return one page of the people on hold, the newest first."""
    return page_of(database.call("list_held", **part.params(), actor=actor.to_json()), BY_HELD, dict)


def list_hours(database: Database, *, actor: Actor = THE_OPERATOR) -> Sequence[Row]:
    """Return the calling hours of every country that has its own, and of `*`. Raises QueueRefused."""
    rows: Sequence[Row] = accepted(database.call("list_calling_hours", actor=actor.to_json()))["hours"]
    return rows


def set_hours(database: Database, country: str, week: Row, *, actor: Actor = THE_OPERATOR) -> Row:
    """Say when people of a country may be called; it holds from the next claim. Raises QueueRefused."""
    row: Row = accepted(
        database.call("set_calling_hours", country=country, week=week, actor=actor.to_json())
    )["hours"]
    return row


def drop_hours(database: Database, country: str, *, actor: Actor = THE_OPERATOR) -> None:
    """Let the hours of `*` hold for a country. Raises QueueRefused."""
    accepted(database.call("drop_calling_hours", country=country, actor=actor.to_json()))


def hours_of_number(
    database: Database,
    number: str,
    place: NumberPlace,
    campaign_id: UUID | None = None,
    *,
    actor: Actor = THE_OPERATOR,
) -> Row:
    """Return the hours that hold for a number, and when they open next. Raises QueueRefused."""
    return accepted(
        database.call(
            "hours_of_number",
            number=number,
            place={"country": place.country, "zones": list(place.zones)},
            campaign_id=campaign_id,
            actor=actor.to_json(),
        )
    )


def show_rules(database: Database, *, actor: Actor = THE_OPERATOR) -> Row:
    """Return what holds for every call. Raises QueueRefused."""
    row: Row = accepted(database.call("show_dialling_rules", actor=actor.to_json()))["rules"]
    return row


def change_rules(database: Database, changes: Row, *, actor: Actor = THE_OPERATOR) -> Row:
    """Change what is named; it holds from the next claim. Raises QueueRefused."""
    row: Row = accepted(database.call("change_dialling_rules", changes=changes, actor=actor.to_json()))[
        "rules"
    ]
    return row


def wake_parked(database: Database) -> int:
    """Look again at those who wait for hours or caps that were changed; return how many."""
    return int(database.call("wake_parked_entries")["woken"])
