"""Who turned to us and got no answer: rows <-> records (`sql/functions/operators/unanswered.sql`)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.page_cursor import BY_TIME_AND_NAME
from voicebot.storage.database import Database
from voicebot.storage.pages import FIRST, ListRefused, Page, Part, page_of

Row = Mapping[str, Any]


@dataclass(frozen=True)
class UnansweredFilter:
    """Which ones are wanted: refused since then, and of one number or (None) of any."""

    since: datetime
    number: str | None = None


@dataclass(frozen=True)
class Turned:
    """How many telephones were turned away, and how often."""

    people: int
    times: int
    reasons: tuple[Row, ...]
    """{"why", "people", "times"} each."""


def list_unanswered(
    database: Database, wanted: UnansweredFilter, part: Part = FIRST, *, actor: Actor = THE_OPERATOR
) -> Page[Row]:
    """Return one page, the latest refusal first. Raises ListRefused.

    A row is {"number", "channel", "why", "times", "first_at", "last_at", "conversation_id"}.
    """
    answer = database.call("list_unanswered", **asdict(wanted), **part.params(), actor=actor.to_json())
    return page_of(answer, BY_TIME_AND_NAME, dict)


def count_unanswered(database: Database, since: datetime, *, actor: Actor = THE_OPERATOR) -> Turned:
    """Return how many were turned away since then. Raises ListRefused."""
    answer = database.call("count_unanswered", since=since, actor=actor.to_json())
    if answer.get("result") == "refused":
        raise ListRefused(answer["code"])
    return Turned(answer["people"], answer["times"], tuple(answer["reasons"]))
