"""Match texts whose send was never confirmed with the messages that the carrier lists.

A wrong match would mark an unsent text as sent, so an uncertain pair matches nothing.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

EARLY, LATE = timedelta(seconds=30), timedelta(minutes=5)
"""How far before and after the moment of sending a message of the carrier may be dated: clocks differ."""

_PLACEHOLDERS = {"[code]": r"\d{4,10}", "[words]": r"\w+[ -]\w+"}
_PLACEHOLDER = re.compile(r"\[code\]|\[words\]")
_TRIAL = "Sent from your Twilio trial account - "


@dataclass(frozen=True)
class Unconfirmed:
    """A text of ours that the carrier may have taken; `content` still has its placeholders."""

    id: int
    to_number: str
    content: str
    sending_since: datetime


@dataclass(frozen=True)
class Listed:
    """A message that left the account, as the carrier lists it."""

    sid: str
    to_number: str
    body: str
    created_at: datetime | None


def matches(
    texts: Sequence[Unconfirmed], listed: Sequence[Listed], taken: Collection[str] = ()
) -> dict[int, str]:
    """Return text id -> SID for every pair that can be no other; SIDs in `taken` belong to other texts."""
    free = [message for message in listed if message.sid not in taken]
    candidates = {text.id: [each.sid for each in free if _fits(text, each)] for text in texts}
    wanted_by = {
        sid: [text for text, sids in candidates.items() if sid in sids] for sid in {each.sid for each in free}
    }
    return {
        text: sids[0] for text, sids in candidates.items() if len(sids) == 1 and wanted_by[sids[0]] == [text]
    }


def _fits(text: Unconfirmed, message: Listed) -> bool:
    if message.to_number != text.to_number or message.created_at is None:
        return False
    if not text.sending_since - EARLY <= message.created_at <= text.sending_since + LATE:
        return False
    return re.fullmatch(_pattern(text.content), message.body.removeprefix(_TRIAL).strip()) is not None


def _pattern(content: str) -> str:
    parts, place = [], 0
    content = content.strip()
    for found in _PLACEHOLDER.finditer(content):
        parts += [re.escape(content[place : found.start()]), _PLACEHOLDERS[found.group()]]
        place = found.end()
    return "".join([*parts, re.escape(content[place:])])
