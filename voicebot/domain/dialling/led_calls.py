"""Calls that a provider leads by itself: it dials, listens, speaks and reports afterwards.

Its report becomes the three facts that every attempt has: the state of the transport, who answered, and whether the
goal was reached (judged by our own summary of the words).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from voicebot.domain.call.state import EndReason
from voicebot.domain.call.statuses import CallStatus
from voicebot.domain.dialling.answerer import MAILBOX_WORDS, Answerer

LOOKED_AT = 3
"""The first things that are said on the other side tell a mailbox from a person."""
_MAILBOX = re.compile(MAILBOX_WORDS, re.IGNORECASE)


class Fate(StrEnum):
    """The provider's word for the call's end."""

    TALKED = "talked"
    """Somebody or something answered, and the call went on to an ordinary end."""
    VOICEMAIL = "voicemail"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    BAD_NUMBER = "bad_number"
    """The number is none: it is not dialled again."""
    CANCELED = "canceled"
    NOT_PLACED = "not_placed"
    """The provider never dialled: nobody was called."""
    FAILED = "failed"


_STATUSES = {
    Fate.TALKED: CallStatus.COMPLETED,
    Fate.VOICEMAIL: CallStatus.COMPLETED,
    Fate.BUSY: CallStatus.BUSY,
    Fate.NO_ANSWER: CallStatus.NO_ANSWER,
    Fate.CANCELED: CallStatus.CANCELED,
}


@dataclass(frozen=True)
class Utterance:
    """The words of one side. `at_s`: seconds since the call began, where the provider reports it."""

    by_caller: bool
    text: str
    at_s: float | None = None


@dataclass(frozen=True)
class LedCall:
    """A call as its provider tells it, in a message or at its REST resource.

    `fate` is None while the call goes on. `whole`: it tells words and cost too, as far as there are any.
    """

    call_id: str
    status: CallStatus
    attempt_id: UUID | None = None
    """Ours, which the call was named with; None for a call of somebody else's."""
    fate: Fate | None = None
    reason: str = ""
    """Why it ended, in the provider's own word."""
    end_reason: EndReason | None = None
    to_number: str = ""
    from_number: str = ""
    created_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    cost_usd: Decimal | None = None
    carrier_sid: str = ""
    """The call's name at the carrier that the provider dials through."""
    utterances: tuple[Utterance, ...] = ()
    summary: str = ""
    judged: str = ""
    """Whether the provider's own model counts it as a success: a claim, kept beside our own judgement."""
    whole: bool = False

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self.fate is not None

    @property
    def duration_s(self) -> int | None:
        """Return how long it lasted, where both ends are known."""
        if self.started_at is None or self.ended_at is None or self.status is not CallStatus.COMPLETED:
            return None
        return max(0, round((self.ended_at - self.started_at).total_seconds()))


def spoken_by_them(utterances: tuple[Utterance, ...]) -> list[str]:
    """Return what was said on the other side."""
    return [each.text for each in utterances if each.by_caller]


def fate_by_words(fate: Fate, utterances: tuple[Utterance, ...]) -> Fate:
    """Return what became of a call in whose words somebody speaks: it was answered, however it broke off."""
    if fate is Fate.VOICEMAIL or not spoken_by_them(utterances):
        return fate
    return Fate.TALKED


def status_of(fate: Fate) -> CallStatus:
    """Return the carrier's word for it."""
    return _STATUSES.get(fate, CallStatus.FAILED)


def answerer_of_call(fate: Fate, utterances: tuple[Utterance, ...]) -> Answerer | None:
    """Return who answered; None when nobody did. A mailbox that the provider missed is found by its words."""
    match fate:
        case Fate.VOICEMAIL:
            return Answerer.VOICEMAIL
        case Fate.TALKED:
            said = spoken_by_them(utterances)
            if any(_MAILBOX.search(words) for words in said[:LOOKED_AT]):
                return Answerer.VOICEMAIL
            return Answerer.HUMAN if said else Answerer.UNKNOWN
        case _:
            return None
