"""Estimate what the caller heard of the last turn's documents: Gather does not say, so the clock must.

All but the last document were played to their end, because Twilio fetches the next one only then. Of the last
one, the time between serving it and the answer counts, less the time that the answer itself took.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from voicebot.domain.events import Event, Heard, HeardSource
from voicebot.services.clips import CHARS_PER_S
from voicebot.storage.turns import ServedDocument
from voicebot.transports.twiml import SPEECH_TIMEOUT_S

FETCH_S = 0.5
"""Typical time for Twilio to fetch a document and the first clip."""


def heard_events(
    previous: Sequence[ServedDocument], answer: Sequence[Mapping[str, Any]], *, now: datetime
) -> list[Event]:
    """Return Heard events for what the last turn said. `answer`: the events that open this turn, as JSON."""
    if not previous:
        return []
    *whole, last = previous
    events: list[Event] = [
        _heard(item, len(item["text"])) for document in whole for item in _spoken(document)
    ]
    left = _chars_played(last, answer, now)
    for item in _spoken(last):
        chars = min(len(item["text"]), left)
        left -= chars
        events.append(_heard(item, chars))
    return events


def _spoken(document: ServedDocument) -> list[Mapping[str, Any]]:
    return [item for item in document.speech if "text" in item]


def _heard(item: Mapping[str, Any], chars: int) -> Heard:
    return Heard(item["gen"], item["seq"], chars, HeardSource.ESTIMATE)


def _chars_played(last: ServedDocument, answer: Sequence[Mapping[str, Any]], now: datetime) -> int:
    kinds = {event["event"] for event in answer}
    if "SilencePassed" in kinds or "TransferEnded" in kinds:
        # Gather counts its timeout, and <Dial> rings, only once everything nested has been played.
        return 1_000_000
    said = next((event["text"] for event in answer if event["event"] == "CallerSaid"), "")
    answering_s = SPEECH_TIMEOUT_S + len(said) / CHARS_PER_S if said else 0.0
    played_s = (now - last.served_at).total_seconds() - FETCH_S - answering_s
    return max(0, int(played_s * CHARS_PER_S))
