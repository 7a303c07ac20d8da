"""Calls that people ask for themselves: rows <-> records (`sql/functions/dialling/callbacks.sql`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voicebot.domain.dialling.place import NumberPlace
from voicebot.domain.dialling.wanted_time import WantedTime
from voicebot.storage.database import Database
from voicebot.storage.dials import DialLimits
from voicebot.storage.queue import accepted

Row = Mapping[str, Any]


@dataclass(frozen=True)
class AskedIn:
    """The call or the text in which somebody asked."""

    call_id: int | None = None
    message_id: int | None = None

    def to_json(self) -> dict[str, int]:
        """Return it for SQL."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class WantedCall:
    """A call that a person wants, in their words."""

    number: str
    words: str
    asked_in: AskedIn
    time: WantedTime
    timezone: str | None


def ask_callback(database: Database, wanted: WantedCall, place: NumberPlace, limits: DialLimits) -> Row:
    """Let the one call that waits for a person be at this time; return its entry. Raises QueueRefused."""
    at = wanted.time.at.isoformat()
    window = {"not_before": at, "not_after": wanted.time.until.isoformat()} if wanted.time.until else None
    answer = database.call(
        "ask_callback",
        number=wanted.number,
        words=wanted.words,
        source=wanted.asked_in.to_json(),
        wanted=window or {"scheduled_time": at},
        timezone=wanted.timezone,
        checked={"country": place.country, "number_type": place.number_type, "zones": list(place.zones)},
        limits=limits.to_json(),
    )
    entry: Row = accepted(answer)["entry"]
    return entry


def cancel_callback(database: Database, number: str) -> bool:
    """Let the call that a person asked for be dialled no more; False when none waits."""
    return bool(database.call("cancel_callback", number=number)["result"] == "canceled")
