"""ConversationRelay's messages (handbook 4.1 and 4.2): what Twilio tells, read; what we tell, written.

Pure. Whatever the carrier sends is read or is None: a message of a kind that nobody knows, or with a field that is not what
it should be, changes nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

import orjson

MAX_TEXT, MAX_NAME = 4000, 64
DIGITS = re.compile(r"[0-9w#*]+")


@dataclass(frozen=True)
class Setup:
    """The first message of a session."""

    session_id: str
    call_sid: str
    from_number: str = ""
    to_number: str = ""
    direction: str = ""
    call_status: str = ""
    """Upper case: RINGING, IN_PROGRESS."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What the <Parameter> elements of the document say."""


@dataclass(frozen=True)
class Prompt:
    """Words of the caller. Partial ones are cumulative, and the last ones repeat the whole text."""

    text: str
    language: str
    last: bool


@dataclass(frozen=True)
class Dtmf:
    """One key."""

    digit: str


@dataclass(frozen=True)
class Interrupt:
    """The caller cut in; everything queued so far is dropped. `heard` is Twilio's estimate of what was said before."""

    heard: str
    after_ms: int


@dataclass(frozen=True)
class Problem:
    """Twilio could not do what we asked; `code` is its five digits, where it tells them."""

    code: str


@dataclass(frozen=True)
class Info:
    """Speech events and what was played; only where `events` asks for them."""

    name: str
    value: str


Received = Setup | Prompt | Dtmf | Interrupt | Problem | Info

_CODE = re.compile(r"code: ?(\d{5})")


def read(message: Mapping[str, Any]) -> Received | None:
    """Return what a message says; None for one that nobody knows."""
    match message.get("type"):
        case "prompt":
            return Prompt(
                _text(message, "voicePrompt"), _text(message, "lang"), message.get("last") is not False
            )
        case "info":
            return Info(_text(message, "name"), _text(message, "value"))
        case "interrupt":
            return Interrupt(
                _text(message, "utteranceUntilInterrupt"), _number(message, "durationUntilInterruptMs")
            )
        case "dtmf":
            return Dtmf(_text(message, "digit")[:1])
        case "setup":
            return _setup(message)
        case "error":
            code = _CODE.search(_text(message, "description"))
            return Problem(code[1] if code else "")
    return None


def _setup(message: Mapping[str, Any]) -> Setup:
    given = message.get("customParameters")
    given = given if isinstance(given, Mapping) else {}
    return Setup(
        session_id=_text(message, "sessionId")[:MAX_NAME],
        call_sid=_text(message, "callSid")[:MAX_NAME],
        from_number=_text(message, "from")[:MAX_NAME],
        to_number=_text(message, "to")[:MAX_NAME],
        direction=_text(message, "direction")[:MAX_NAME],
        call_status=_text(message, "callStatus")[:MAX_NAME],
        parameters={str(name): value[:MAX_TEXT] for name, value in given.items() if isinstance(value, str)},
    )


def _text(message: Mapping[str, Any], name: str) -> str:
    # A value that is not known is missing, null or empty (handbook 4.1).
    value = message.get(name)
    return value[:MAX_TEXT].replace("\0", "") if isinstance(value, str) else ""


def _number(message: Mapping[str, Any], name: str) -> int:
    value = message.get(name)
    return value if isinstance(value, int) and value > 0 else 0


# --- written --------------------------------------------------------------------------------------


def text(token: str, *, last: bool = False, interruptible: bool = True, language: str = "") -> str:
    """Write words to be said; `last` ends the utterance, until then Twilio may hold text back."""
    message: dict[str, Any] = {"type": "text", "token": spoken(token), "last": last}
    if not interruptible:
        message["interruptible"] = False
    if language:
        message["lang"] = language
    return _written(message)


def play(source: str, *, loop: int = 1, interruptible: bool = True) -> str:
    """Write that a sound is to be played `loop` times, after what was sent before."""
    return _written({"type": "play", "source": source, "loop": loop, "interruptible": interruptible})


def send_digits(digits: str) -> str:
    """Write keys to be pressed, `w` being a pause of half a second. Raises ValueError for what no telephone has."""
    if not DIGITS.fullmatch(digits):
        raise ValueError("digits are of 0-9, w, # and *")
    return _written({"type": "sendDigits", "digits": digits})


def language(*, spoken: str = "", heard: str = "") -> str:
    """Write the languages that are spoken and heard from now on, of those that the document names. Raises ValueError without any."""
    wanted = {"ttsLanguage": spoken, "transcriptionLanguage": heard}
    if not any(wanted.values()):
        raise ValueError("a language is needed")
    return _written({"type": "language", **{name: code for name, code in wanted.items() if code}})


def end(handoff: Mapping[str, Any] | None = None) -> str:
    """Write the end of the session; `handoff` comes back in the request to the action URL."""
    data = {"handoffData": orjson.dumps(dict(handoff)).decode()} if handoff is not None else {}
    return _written({"type": "end", **data})


def spoken(token: str) -> str:
    """Return words as they may stand in a token, which is SSML (handbook 4.2)."""
    return escape(token) if "&" in token or "<" in token or ">" in token else token


def _written(message: Mapping[str, Any]) -> str:
    return orjson.dumps(message).decode()
