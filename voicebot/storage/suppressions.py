"""Numbers that may not be called or texted: rows <-> records (`sql/functions/people/suppressions.sql`)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.storage.database import Database
from voicebot.storage.database.refused import allowed

Row = Mapping[str, Any]


def is_suppressed(database: Database, number: str, *, scope: str = "texts") -> bool:
    """Whether the number may not be texted (`texts`) or dialled (`calls`) now. Sends ask again as they are claimed."""
    return bool(database.call("is_suppressed", number=number, scope=scope)["suppressed"])


def list_suppressions(database: Database, number: str, *, actor: Actor) -> Sequence[Row]:
    """Return what stands against a number as {"scope", "reason", "since"}, the oldest first. Raises NotAllowed."""
    answer = allowed(database.call("list_suppressions", number=number, actor=actor.to_json()))
    rows: Sequence[Row] = answer["standing"]
    return rows


def suppress(
    database: Database,
    number: str,
    *,
    reason: str,
    scope: str = "all",
    source_sid: str | None = None,
    observed_at: datetime | None = None,
    actor: Actor = THE_OPERATOR,
) -> bool:
    """Keep that somebody wants no more; False when a newer START has lifted it already. Raises NotAllowed."""
    answer = database.call(
        "suppress",
        number=number,
        scope=scope,
        reason=reason,
        source_sid=source_sid,
        observed_at=observed_at,
        actor=actor.to_json(),
    )
    return bool(allowed(answer).get("standing"))


def lift_suppression(database: Database, number: str, *, actor: Actor) -> bool:
    """Lift an operator's stop; only the person can lift their own. Returns False when there was none. Raises NotAllowed."""
    answer = allowed(
        database.call("lift_suppression", number=number, by_operator=True, actor=actor.to_json())
    )
    return bool(answer["result"] == "lifted")
