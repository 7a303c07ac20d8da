"""Calls in the carrier's list that are not ours: rows <-> records (`sql/functions/calls/foreign.sql`)."""

from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.storage.database import Database


@dataclass(frozen=True)
class KnownCalls:
    """SIDs of a page of the carrier's list, by what the database knows of them."""

    placed: frozenset[str]
    """We dialled them."""
    kept: frozenset[str]
    """There is a row, whoever made it."""
    learnt: frozenset[str]
    """There is a row, and nothing but the carrier's list tells of the call."""


def known_calls(database: Database, sids: Sequence[str]) -> KnownCalls:
    """Return what the database knows of these calls."""
    row = database.call("known_call_sids", sids=list(sids))
    return KnownCalls(frozenset(row["placed"]), frozenset(row["kept"]), frozenset(row["learnt"]))


def record_leg(
    database: Database, call_sid: str, *, leg_sid: str, outcome: str, duration_s: int | None
) -> bool:
    """Keep with the transferred call how its transfer ended; True when that was not known yet."""
    row = database.call(
        "record_transfer_leg", call_sid=call_sid, leg_sid=leg_sid, outcome=outcome, duration_s=duration_s
    )
    return bool(row["result"] == "applied")


def forget_call(database: Database, call_sid: str) -> bool:
    """Take away the row of a call that is none of ours; False when there is none, or the call is ours."""
    return bool(database.call("forget_foreign_call", call_sid=call_sid)["result"] == "forgotten")
