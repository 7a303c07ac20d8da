"""The protocol of one speech provider: the messages for sound and its end, and the meaning of its answers. Pure, no
sockets, no clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import orjson

from voicebot.providers.http.errors import DROPPED, clean_code, unreadable
from voicebot.providers.ports import (
    EagerEnd,
    FinalWords,
    Outcome,
    PartialWords,
    ProviderError,
    SpeechResumed,
)
from voicebot.transports.audio import PHONE_HZ

Message = str | bytes
BYTES_PER_S = PHONE_HZ
SILENCE = 0xFF
"""A sample of silence in mu-law."""


class Remedy(StrEnum):
    """What a transcriber's trouble calls for."""

    RETRY_LATER = "retry_later"
    """The connection goes on; what was asked is asked again."""
    RECONNECT = "reconnect"
    FAIL_OVER = "fail_over"
    """It has no room, or did not understand this: another one may."""
    ALERT = "alert"
    """Key, terms or credit: an operator has to do something."""
    BUG = "bug"
    """It does not understand us."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something went wrong, and what follows."""

    error: ProviderError
    remedy: Remedy


@dataclass(frozen=True, slots=True)
class Ready:
    """Sound may be sent from now on."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Words of so many bytes of this connection's sound are final: the sound is not needed any more. None: of all that was sent."""

    sent_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The provider wants another message of ours."""

    message: Message


Heard = Ready | PartialWords | EagerEnd | SpeechResumed | FinalWords | Settled | Reply | Trouble
"""FinalWords answer the oldest finish, if one is open."""


class Dialect(Protocol):
    """One connection's talk."""

    provider: str
    ready: bool
    """Whether sound may be sent; False until the provider has agreed to something."""
    batch_bytes: int
    """Sound is sent in pieces of at least so much, unless it ends."""
    tick_s: float
    """How often `keep_alive` is asked while nothing comes."""
    patience_s: float | None
    """When after a finish `overdue` is called for the first time, in seconds; None: only at the deadline."""
    settled: str
    """Words that are final and not reported as such: they belong to the next FinalWords, also of another connection."""

    def opening(self) -> Sequence[Message]:
        """Return what is sent before anything comes."""
        ...

    def sound(self, mulaw: bytes) -> Message:
        """Return the message for a piece of sound, never an empty one."""
        ...

    def finish(self) -> Sequence[Message]:
        """Return what is sent to have the sound so far made final."""
        ...

    def expect(self, pause_s: float, hints: Sequence[str]) -> Sequence[Message]:
        """Return the messages for an answer that may contain such long pauses, or such words."""
        ...

    def keep_alive(self, idle_s: float) -> Sequence[Message]:
        """Return what is sent when nothing was for so long."""
        ...

    def heard(self, message: Message) -> Sequence[Heard]:
        """Return the meaning of a provider's message. Unknown messages and fields mean nothing."""
        ...

    def overdue(self, *, last: bool) -> FinalWords | None:
        """Return what is answered to the oldest finish without the provider's word, if that is enough. `last`: or it fails."""
        ...

    def closed(self, code: int, reason: str) -> Trouble:
        """Say what the provider's goodbye means."""
        ...

    def goodbye(self) -> Sequence[Message]:
        """Return what is sent before we close."""
        ...


class PlainDialect:
    """What most providers have in common; a dialect overrides what differs."""

    provider = ""
    ready = True
    batch_bytes = 800
    tick_s = 15.0
    patience_s: float | None = None

    def __init__(self) -> None:
        self.settled = ""

    def opening(self) -> Sequence[Message]:
        """Send nothing."""
        return ()

    def expect(self, pause_s: float, hints: Sequence[str]) -> Sequence[Message]:
        """Change nothing in mid-call."""
        del pause_s, hints
        return ()

    def keep_alive(self, idle_s: float) -> Sequence[Message]:
        """Trust the websocket's own pings."""
        del idle_s
        return ()

    def overdue(self, *, last: bool) -> FinalWords | None:
        """Wait for the provider's word."""
        del last
        return None

    def closed(self, code: int, reason: str) -> Trouble:
        """A connection that ended is opened again."""
        del code, reason
        return dropped(self.provider)

    def goodbye(self) -> Sequence[Message]:
        """Say nothing: the close frame is enough."""
        return ()

    def take_settled(self, text: str) -> str:
        """Return what was settled before and `text`, as one; nothing is settled then."""
        whole, self.settled = joined(self.settled, text), ""
        return whole


def joined(before: str, after: str) -> str:
    """Return two pieces of speech as one."""
    before, after = before.strip(), after.strip()
    return f"{before} {after}" if before and after else before or after


def fields_of(message: Message) -> dict[str, Any] | None:
    """Return a message's fields; None when it is no JSON object."""
    try:
        fields = orjson.loads(message)
    except orjson.JSONDecodeError:
        return None
    return fields if isinstance(fields, dict) else None


def text_of(fields: dict[str, Any], name: str) -> str:
    """Return a field that is text; blank when it is something else."""
    text = fields.get(name)
    return text if isinstance(text, str) else ""


def object_of(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a field that is an object; an empty one when it is something else."""
    found = fields.get(name)
    return found if isinstance(found, dict) else {}


def number_of(fields: dict[str, Any], name: str) -> float | None:
    """Return a field that is a number; None when it is something else."""
    number = fields.get(name)
    return float(number) if isinstance(number, int | float) and not isinstance(number, bool) else None


def objects_in(fields: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the objects of a field that is a list of them."""
    found = fields.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def mean_confidence(words: Sequence[dict[str, Any]]) -> float | None:
    """Return the mean of the words' confidences."""
    known = [each for word in words if (each := number_of(word, "confidence")) is not None]
    return sum(known) / len(known) if known else None


def trouble(provider: str, code: object, remedy: Remedy, *, otherwise: str = "error") -> Trouble:
    """Return the trouble of a provider's own error code."""
    named = clean_code(code) or otherwise
    match remedy:
        case Remedy.ALERT:
            error = ProviderError(provider, named, Outcome.REFUSED, unwell=True)
        case Remedy.BUG:
            error = ProviderError(provider, named, Outcome.REFUSED)
        case Remedy.FAIL_OVER | Remedy.RETRY_LATER:
            error = ProviderError(provider, named, Outcome.NOT_SENT)
        case Remedy.RECONNECT:
            error = ProviderError(provider, named, Outcome.UNKNOWN)
    return Trouble(error, remedy)


def garbage(provider: str) -> Trouble:
    """Return the trouble of a message that makes no sense."""
    return Trouble(unreadable(provider), Remedy.RECONNECT)


def dropped(provider: str) -> Trouble:
    """Return the trouble of a connection that ended."""
    return Trouble(ProviderError(provider, DROPPED, Outcome.UNKNOWN), Remedy.RECONNECT)
