"""The URLs of ours that Twilio asks for: written here, and read here when Twilio comes.

Each carries Twilio's connection overrides as a fragment (handbook 1.2): by default a 5xx or a read timeout is
not retried, and a killed process would be the end of the call. The fragment is neither sent nor signed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote_plus
from uuid import UUID

from voicebot.transports.twilio.forms import whole_number

RETRY = "#rc=2&rt=5000&rp=ct,rt,5xx"
MAX_NUMBER = 100_000
MAX_WORD_CHARS = 64
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}")
# How the same was called until October 2026. A call that was under way during an update still comes back with it.
_OLD_NAMES = {
    "turn": "n",
    "document": "k",
    "tried": "t",
    "status": "s",
    "attempt": "v",
    "asked": "a",
    "read": "r",
    "pressed": "p",
    "handed_over": "over",
    "message": "m",
}

Query = Mapping[str, str]


class Reachable(Protocol):
    """Settings that say where the world reaches us."""

    @property
    def public_url(self) -> str:
        """Without a slash at its end."""
        ...

    @property
    def home_language(self) -> str:
        """The language of a call whose address tells none."""
        ...


class ReachableBySocket(Protocol):
    """Settings that say where the world's sockets reach us."""

    @property
    def public_ws_url(self) -> str:
        """Without a slash at its end."""
        ...


@dataclass(frozen=True)
class Place:
    """The place of a Gather call: document `document` of turn `turn`; `tried` counts answers without the database.

    `status` is the result of <Dial>, passed on to a second attempt to store it. `language` is the call's, blank where
    the address lacks it: the last documents speak it to the caller when nothing else is known.
    """

    turn: int = 0
    document: int = 0
    tried: int = 0
    status: str = ""
    language: str = ""


@dataclass(frozen=True)
class CodeCallStep:
    """The progress of a call that brings a code: how often it asked for the key (since the code was read: 0), how often
    it read the code, whether the key was pressed, and how many answers since then had no database.

    `greeted`: the person was asked to wait, and has heard a first word.
    """

    attempt_id: str
    asked: int = 0
    read: int = 0
    pressed: bool = False
    tried: int = 0
    greeted: bool = False
    language: str = ""
    """In which the code is read out; blank: nothing tells."""


# --- written --------------------------------------------------------------------------------------


def turn_url(settings: Reachable, turn: int, document: int, tried: int = 0, language: str = "") -> str:
    """Return where Twilio gets document `document` of turn `turn`."""
    place = {"turn": turn, "document": document}
    return _url(settings, "/twilio/voice/turn", place, tried=tried, language=_told(settings, language))


def partial_url(settings: Reachable, turn: int, pause_s: int) -> str:
    """Return the address for Twilio's partial results of the words that open turn `turn`; a lost one is not repeated.

    A silence of `pause_s` seconds will end the words.
    """
    return f"{settings.public_url}/twilio/voice/partial?turn={turn}&pause={pause_s}"


def start_url(settings: Reachable, tried: int = 0) -> str:
    """Return where an inbound call begins."""
    return _url(settings, "/twilio/voice", {}, tried=tried)


def transfer_url(settings: Reachable, turn: int, tried: int = 0, status: str = "", language: str = "") -> str:
    """Return where <Dial> tells how it went, which opens turn `turn`."""
    told = _told(settings, language)
    return _url(settings, "/twilio/voice/transfer", {"turn": turn}, tried=tried, status=status, language=told)


def leg_status_url(settings: Reachable) -> str:
    """Return where it is told how one number ended that a transfer rang."""
    return _url(settings, "/twilio/voice/status", {})


def handed_over_url(settings: Reachable, language: str = "") -> str:
    """Return where <Dial> tells how a hand-over went that no turn asked for."""
    return _url(settings, "/twilio/voice/fallback", {"handed_over": 1}, language=_told(settings, language))


def code_url(settings: Reachable, step: CodeCallStep) -> str:
    """Return where a call that brings a code gets its next document."""
    return _url(
        settings,
        "/twilio/voice/outbound",
        {"attempt": step.attempt_id},
        asked=step.asked,
        read=step.read,
        pressed=int(step.pressed),
        tried=step.tried,
        greeted=int(step.greeted),
        language=_told(settings, step.language),
    )


def dial_url(settings: Reachable, attempt_id: UUID) -> str:
    """Return what a call of ours fetches when it is answered."""
    return code_url(settings, CodeCallStep(str(attempt_id)))


def dial_status_url(settings: Reachable, attempt_id: UUID) -> str:
    """Return the address for a dial's status: our own id identifies a dial whose SID we never got."""
    return _url(settings, "/twilio/voice/status", {"attempt": attempt_id})


def answerer_url(settings: Reachable, attempt_id: UUID) -> str:
    """Return the address for the verdict of answering machine detection on a dial of ours."""
    return _url(settings, "/twilio/voice/amd", {"attempt": attempt_id})


def voicemail_url(settings: Reachable, attempt_id: UUID) -> str:
    """Return what a call of ours is sent to once a mailbox listens."""
    return _url(settings, "/twilio/voice/voicemail", {"attempt": attempt_id})


def machine_url(settings: Reachable, attempt_id: UUID, turn: int) -> str:
    """Return the address that a call of ours is sent to when the carrier takes the person for a machine; it opens turn
    `turn`.
    """
    return _url(settings, "/twilio/voice/machine", {"attempt": attempt_id, "turn": turn})


def reopened_url(settings: Reachable, turn: int, language: str = "") -> str:
    """Return where the carrier is sent when an operator steps into a call: it gets turn `turn`."""
    return _url(settings, "/twilio/voice/reopened", {"turn": turn}, language=_told(settings, language))


def recording_url(settings: Reachable) -> str:
    """Return where a recording's state is told; absolute, as <Start> demands."""
    return _url(settings, "/twilio/voice/recording", {})


def relay_socket_url(settings: ReachableBySocket) -> str:
    """Return where a session of ConversationRelay opens its socket: signed as it is written here."""
    return f"{settings.public_ws_url}/twilio/relay"


def relay_action_url(settings: Reachable, tried: int = 0) -> str:
    """Return what is asked when a session is over."""
    return _url(settings, "/twilio/relay/action", {}, tried=tried)


def media_socket_url(settings: ReachableBySocket) -> str:
    """Return where a stream of Media Streams opens its socket: signed as it is written here."""
    return f"{settings.public_ws_url}/twilio/media"


def stream_over_url(settings: Reachable, *, by_gather: bool = False) -> str:
    """Return the address requested at a stream's end; `by_gather` says that no other stream may carry the call."""
    return _url(settings, "/twilio/relay/action", {}, by_gather=int(by_gather))


def text_url(settings: Reachable) -> str:
    """Return where an inbound text is told."""
    return _url(settings, "/twilio/sms", {})


def text_status_url(settings: Reachable, message_id: int) -> str:
    """Return where one text's delivery reports come: our id in it finds the row before its SID is known."""
    return _url(settings, "/twilio/sms/status", {"message": message_id})


def number_urls(settings: Reachable) -> dict[str, str]:
    """Return what is registered on a phone number, by ProviderNumber's names."""
    return {
        "voice_url": start_url(settings),
        "voice_fallback_url": _url(settings, "/twilio/voice/fallback", {}),
        "status_callback": _url(settings, "/twilio/voice/status", {}),
        "sms_url": text_url(settings),
        # The same again: a text is kept once, and one more try may find us.
        "sms_fallback_url": text_url(settings),
    }


def speech_url(settings: Reachable, token: str) -> str:
    """Return where a clip is fetched; signed by its token, not by Twilio, and asked for again by Twilio itself."""
    return f"{settings.public_url}/speech/{token}"


def is_ours(settings: Reachable, url: str) -> bool:
    """Whether Twilio would come to us under a URL that is registered with it."""
    return url.startswith(f"{settings.public_url}/twilio/")


def _told(settings: Reachable, language: str) -> str:
    """Return the language as an address tells it: not at all where it is what is spoken without."""
    return "" if language == settings.home_language else language


def _url(settings: Reachable, path: str, always: Mapping[str, object], **unless_zero: object) -> str:
    told = {**always, **{name: value for name, value in unless_zero.items() if value}}
    query = "&".join(
        [
            f"{name}={value if isinstance(value, int) else quote_plus(str(value))}"
            for name, value in told.items()
        ]
    )
    return f"{settings.public_url}{path}{'?' if query else ''}{query}{RETRY}"


# --- read -----------------------------------------------------------------------------------------


def place_in(query: Query) -> Place:
    """Read what `turn_url`, `start_url` and `transfer_url` wrote; whatever else was signed counts as 0."""
    turn, document, tried = (_number(query, name) for name in ("turn", "document", "tried"))
    language = _word(query, "language")
    known = language if _LANGUAGE.fullmatch(language) else ""
    return Place(turn, document, tried, _word(query, "status"), known)


def pause_in(query: Query) -> int:
    """Read which silence will end the words that `partial_url` is told of; 0 where it does not say."""
    return _number(query, "pause")


def code_call_step(query: Query, *, key_pressed: bool) -> CodeCallStep:
    """Read what `code_url` wrote; `key_pressed`: now, with this very request."""
    asked, read, pressed, tried = (_number(query, name) for name in ("asked", "read", "pressed", "tried"))
    greeted = bool(_number(query, "greeted"))
    language = place_in(query).language
    return CodeCallStep(
        attempt_in(query), asked, read, bool(pressed) or key_pressed, tried, greeted, language
    )


def attempt_in(query: Query) -> str:
    """Return the dial that an address names; blank where it names none."""
    return _word(query, "attempt")


def dial_in(query: Query) -> UUID | None:
    """Return the dial that `answerer_url` and `voicemail_url` wrote; None for what is no id."""
    try:
        return UUID(attempt_in(query))
    except ValueError:
        return None


def wants_gather(query: Query) -> bool:
    """Read what `stream_over_url` wrote."""
    return bool(_word(query, "by_gather"))


def was_handed_over(query: Query) -> bool:
    """Read what `handed_over_url` wrote."""
    return bool(_word(query, "handed_over"))


def message_in(query: Query) -> int | None:
    """Read what `text_status_url` wrote."""
    return whole_number(_word(query, "message"))


def _word(query: Query, name: str) -> str:
    return (query.get(name) or query.get(_OLD_NAMES.get(name, "")) or "")[:MAX_WORD_CHARS]


def _number(query: Query, name: str) -> int:
    return min(whole_number(_word(query, name)) or 0, MAX_NUMBER)
