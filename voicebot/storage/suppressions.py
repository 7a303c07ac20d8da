"""Who may not be called or texted: rows <-> records (`sql/functions/suppressions.sql`)."""

from datetime import datetime

from voicebot.storage.database import Database


def is_suppressed(database: Database, number: str, *, scope: str = "texts") -> bool:
    """Whether the number may not be texted (`texts`) or dialled (`calls`) now. Sends ask again as they are claimed."""
    return bool(database.call("is_suppressed", number=number, scope=scope)["suppressed"])


def suppress(
    database: Database,
    number: str,
    *,
    reason: str,
    scope: str = "all",
    source_sid: str | None = None,
    observed_at: datetime | None = None,
) -> bool:
    """Keep that somebody wants no more; False when a newer START has lifted it already."""
    answer = database.call(
        "suppress",
        number=number,
        scope=scope,
        reason=reason,
        source_sid=source_sid,
        observed_at=observed_at,
    )
    return bool(answer.get("standing"))


def lift_suppression(database: Database, number: str) -> bool:
    """Lift what operators decided; what a person said only they themselves can lift. False when there was nothing."""
    answer = database.call("lift_suppression", number=number, by_operator=True)
    return bool(answer["result"] == "lifted")
