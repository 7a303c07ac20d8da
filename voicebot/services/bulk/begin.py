"""Look at a bulk action before it happens, and begin it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.runtime import Runtime
from voicebot.services.bulk.choose import MOST, Choice
from voicebot.storage.bulk import actions as bulk
from voicebot.storage.bulk.actions import BulkWish

Row = Mapping[str, Any]
LOOKED_AT = 1000
WORDS = {
    "unknown_action": "This cannot be done to such rows.",
    "wrong_tag": "A tag is one to fifty characters, without a comma.",
    "unknown_member": "Choose a member of the organization first.",
    "no_time": "Say when the calls are to be made, or with which priority.",
    "nothing": "No row is chosen: tick some, or choose all that the filter finds.",
    "too_many": f"One action takes {MOST:,} rows at most: narrow the filter.",
    "busy": "Three actions of your team are on their way already: wait for one of them, or cancel one.",
    "key_used": "This form was used for something else: look first again.",
    "unknown_bulk": "There is no such action, or none that you may see.",
    "not_allowed": "You may not do this.",
}
SKIPPED = {
    "unknown_entry": "not there any more, or not yours to see",
    "unknown_call": "not there any more, or not yours to see",
    "canceled": "canceled already",
    "over": "over already",
    "not_queued": "dialled already, or over",
    "waiting": "waits already, or is being dialled",
    "reached": "somebody was reached",
    "campaign_over": "the campaign was not started, or is canceled",
    "window_over": "the time in which it may be dialled is over",
    "own_number": "the number is one of ours",
    "suppressed": "the person asked not to be called",
    "no_consent": "nobody noted that the person agreed to such calls",
    "not_allowed": "it is none that you may decide about",
    "known": "it is so already",
    "no_entry": "the person called us: there is nothing to dial again",
    "unknown_member": "the call belongs to another organization than the member",
    "withheld": "the number is withheld",
    "failed": "it could not be changed",
    "invalid": "the time does not fit it",
}
"""Why a row is left out, for people."""


@dataclass(frozen=True)
class Look:
    """The preview of an action: rows in all, rows that it changes, and rows that it leaves out, by reason."""

    total: int
    doable: int
    skipped: Mapping[str, int]
    is_too_many: bool


def look(runtime: Runtime, choice: Choice, wish: BulkWish, *, reader: Actor, actor: Actor) -> Look:
    """Say what would happen; nothing is stored. `reader` chooses the rows, `actor` would change them. Raises BulkRefused."""
    ids = choice.ids(runtime.database, MOST + 1, actor=reader)
    if len(ids) > MOST:
        return Look(len(ids), 0, {}, is_too_many=True)
    doable, skipped = 0, Counter[str]()
    # In parts, so that no single query takes long.
    for begins in range(0, len(ids), LOOKED_AT):
        part = ids[begins : begins + LOOKED_AT]
        told = bulk.preview_bulk(runtime.database, wish, part, actor=actor)
        doable += told["doable"]
        skipped.update(told["skipped"])
    return Look(len(ids), doable, skipped, is_too_many=False)


def begin(
    runtime: Runtime,
    choice: Choice,
    wish: BulkWish,
    request_key: str,
    *,
    reader: Actor = THE_OPERATOR,
    actor: Actor = THE_OPERATOR,
) -> tuple[Row, bool]:
    """Begin an action on the rows as they are chosen now; the same key again returns the same action.

    Raises BulkRefused, DatabaseAway.
    """
    ids = choice.ids(runtime.database, MOST + 1, actor=reader)
    made, is_new = bulk.begin_bulk(
        runtime.database, wish, ids, request_key=request_key, wanted=choice.words, actor=actor
    )
    runtime.hint.made_work()
    return made, is_new


def words_of_skipped(skipped: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return why rows are left out, as sentences with their number, the most first."""
    told = [
        {"reason": code, "words": SKIPPED.get(code, code), "rows": rows} for code, rows in skipped.items()
    ]
    return sorted(told, key=lambda one: (-int(one["rows"]), one["words"]))
