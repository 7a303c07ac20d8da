"""How our numbers are answered: rows <-> records (`sql/functions/dialling/numbers/number_health.sql`)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.storage.database import Database
from voicebot.storage.database.refused import Refused

Row = Mapping[str, Any]


class NumberRefused(Refused):
    """What was asked for cannot be; `code` says why."""


def number_health(
    database: Database, *, at: datetime | None = None, actor: Actor = THE_OPERATOR
) -> list[Row]:
    """Return every number of ours that calls, the red ones first. Raises NumberRefused."""
    rows: list[Row] = _told(database.call("number_health", at=at, actor=actor.to_json()))["numbers"]
    return rows


def clear_number(database: Database, number: str, reason: str, *, actor: Actor = THE_OPERATOR) -> None:
    """Let a red number be chosen again; the reason is kept. Raises NumberRefused."""
    _told(database.call("clear_number", number=number, reason=reason, actor=actor.to_json()))


def _told(answer: Row) -> Row:
    if answer["result"] == "refused":
        raise NumberRefused(answer["code"])
    return answer
