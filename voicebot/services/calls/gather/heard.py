"""Estimate what the caller heard of the last turn's documents, by the clock: Gather does not report it.

Twilio fetches a document only when the one before it has been played, so all documents but the last were heard whole.
For the last document the clock counts from its serving to the caller's answer, less the shortest time that the answer
can have taken. Words count as heard unless the clock says that they were not played.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from voicebot.domain.call.events import CallerSaid, Event, Heard, HeardSource, SilencePassed, TransferEnded
from voicebot.domain.call.turn import ServedItem
from voicebot.providers.clips import CHARS_PER_S
from voicebot.storage.calls.turns import ServedDocument

FETCH_S = 0.2
"""The least time in which Twilio fetches a document and the first clip."""
FASTEST_CHARS_PER_S = 20.0
"""How fast a caller may speak: the least time that the answer took."""
LAST_S = 0.8
"""Who speaks so shortly before the end has heard it: the pause between two clips, a clock that is off, a quick answer."""
ClipSeconds = Callable[[str], float | None]
"""How long the clip of this name lasts; None when that is not known."""


def heard_events(
    previous: Sequence[ServedDocument],
    answer: Sequence[Event],
    *,
    now: datetime,
    pause_s: float,
    clip_s: ClipSeconds = lambda _: None,
) -> list[Event]:
    """Return Heard events for what the last turn said.

    `answer`: the events that open this turn; a silence of `pause_s` ended what the caller said.
    """
    if not previous:
        return []
    *whole, last = previous
    events: list[Event] = [_heard(item, len(item.text)) for document in whole for item in document.speech]
    lasts_s = [_lasts_s(item, clip_s) for item in last.speech]
    left_s = _played_s(last, answer, now, pause_s)
    if left_s >= sum(lasts_s) - LAST_S:
        left_s = float("inf")
    for item, item_s in zip(last.speech, lasts_s, strict=True):
        events.append(_heard(item, chars_heard(item.text, left_s, item_s)))
        left_s = max(0.0, left_s - item_s)
    return events


def chars_heard(text: str, played_s: float, lasts_s: float) -> int:
    """Return how much of the text was heard in that time, to the end of a word: one that was begun was heard."""
    if played_s <= 0:
        return 0
    if played_s >= lasts_s:
        return len(text)
    begun = int(len(text) * played_s / lasts_s)
    if not any(letter.isspace() for letter in text):
        # A language without spaces.
        return begun
    return next((place for place in range(begun, len(text)) if text[place].isspace()), len(text))


def _lasts_s(item: ServedItem, clip_s: ClipSeconds) -> float:
    measured = clip_s(item.clip) if item.clip else None
    return len(item.text) / CHARS_PER_S if measured is None else measured


def _heard(item: ServedItem, chars: int) -> Heard:
    return Heard(item.gen, item.seq, chars, HeardSource.ESTIMATE)


def _played_s(last: ServedDocument, answer: Sequence[Event], now: datetime, pause_s: float) -> float:
    if any(isinstance(event, SilencePassed | TransferEnded) for event in answer):
        # Gather counts its timeout, and <Dial> rings, only once everything nested has been played.
        return float("inf")
    said = next((event.text for event in answer if isinstance(event, CallerSaid)), "")
    answering_s = pause_s + len(said) / FASTEST_CHARS_PER_S if said else 0.0
    return (now - last.served_at).total_seconds() - FETCH_S - answering_s
