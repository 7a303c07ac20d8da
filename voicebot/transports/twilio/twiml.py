"""Write the TwiML of a Gather call: what is said, and what comes after it.

Pure. Only `twilio.twiml` builds the XML, so nothing that a caller or a model said can become markup.
Attributes and their rules: handbook 2.2, 2.3, 2.5.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import tostring

from twilio.twiml.voice_response import Connect, Dial, Gather, Start, VoiceResponse

from voicebot.domain.call.actions import ListenMode
from voicebot.domain.templates.template import MOST_TARGETS

# XML 1.0 has no way to carry these; a document that holds one is error 12100.
_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_MAX_SAY = 4000
_HINT_CHARS, _HINTS = 100, 500
CODE_KEYS = 6


@dataclass(frozen=True)
class Spoken:
    """Something to say: by `url` when there is a clip to play, else by Twilio's own voice."""

    text: str
    url: str | None = None
    interruptible: bool = True


@dataclass(frozen=True)
class StartRecording:
    """Begin a two-channel recording here; the callback URL is absolute (handbook 1.5)."""

    callback_url: str


@dataclass(frozen=True)
class Silence:
    """Whole seconds in which nothing is said."""

    seconds: int


Item = Spoken | StartRecording | Silence


@dataclass(frozen=True)
class Listening:
    """What the caller may answer with, and where the answer goes."""

    action: str
    mode: ListenMode = ListenMode.SPEECH_AND_KEYS
    hints: tuple[str, ...] = ()
    timeout_s: int = 6
    pause_s: int = 2
    """Silence that ends what the caller says. With a speechModel it must be a whole number, never `auto`."""
    partials: str = ""
    """Where it is told what was understood so far; blank: nowhere."""


@dataclass(frozen=True)
class RelayElement:
    """A <ConversationRelay>: its socket, its attributes and <Parameter>s, and a <Language> for each that can be switched to."""

    url: str
    attributes: Mapping[str, str]
    parameters: Mapping[str, str]
    languages: Sequence[Mapping[str, str]] = field(default=())


def plain(text: str) -> str:
    """Return `text` as Twilio can speak it: no control characters, at most 4000 characters."""
    return _NOT_XML.sub(" ", text)[:_MAX_SAY]


def _written(document: VoiceResponse) -> str:
    """Return what `str(document)` does: that writes bytes, only to decode them."""
    return _DECLARATION + tostring(document.xml(), encoding="unicode")


def _say(verb: VoiceResponse | Gather, spoken: Spoken, language: str) -> None:
    if spoken.url:
        verb.play(spoken.url)
    elif words := plain(spoken.text).strip():
        # Empty text is warning 13520.
        verb.say(words, language=language)


def _begin(items: Sequence[Item], language: str) -> VoiceResponse:
    document = VoiceResponse()
    for item in items:
        match item:
            case Spoken():
                _say(document, item, language)
            case Silence(seconds):
                document.pause(length=seconds)
            case StartRecording(callback_url):
                start = Start()
                start.recording(
                    recording_status_callback=callback_url, recording_status_callback_event="completed absent"
                )
                document.append(start)
    return document


def listen(items: Sequence[Item], listening: Listening, *, language: str) -> str:
    """Say `items` and gather one answer; words or a key interrupt from the first interruptible item on."""
    cut = next(
        (n for n, item in enumerate(items) if isinstance(item, Spoken) and item.interruptible), len(items)
    )
    nested = items[cut:]
    if any(isinstance(item, StartRecording) for item in nested):
        # <Gather> takes no <Start>: everything up to it is said before.
        cut = max(n for n, item in enumerate(items) if isinstance(item, StartRecording)) + 1
        nested = items[cut:]
    document = _begin(items[:cut], language)
    speech = listening.mode is not ListenMode.KEYS
    code = listening.mode is ListenMode.CODE
    gather = Gather(
        input="dtmf speech" if speech else "dtmf",
        action=listening.action,
        method="POST",
        timeout=listening.timeout_s,
        # One key is one answer; without an empty finishOnKey `#` would arrive as no key at all. A code has six digits.
        num_digits=CODE_KEYS if code else 1,
        finish_on_key="#" if code else "",
        action_on_empty_result=True,
        **_speech_attributes(listening, language) if speech else {},
    )
    for item in nested:
        if isinstance(item, Spoken):
            _say(gather, item, language)
    document.append(gather)
    return _written(document)


def _speech_attributes(listening: Listening, language: str) -> dict[str, str | int | bool]:
    attributes: dict[str, str | int | bool] = {
        "speech_model": "phone_call",
        "speech_timeout": listening.pause_s,
        "language": language,
        "profanity_filter": False,
    }
    if listening.partials:
        attributes["partial_result_callback"] = listening.partials
    hints = [plain(hint).replace(",", " ").strip()[:_HINT_CHARS] for hint in listening.hints[:_HINTS]]
    if hints := [hint for hint in hints if hint]:
        attributes["hints"] = ", ".join(hints)
    return attributes


def go_on(items: Sequence[Item], next_url: str, *, language: str, pause_s: int = 0) -> str:
    """Say `items`, then fetch `next_url`: more of the answer is on its way."""
    document = _begin(items, language)
    if pause_s:
        document.pause(length=pause_s)
    document.redirect(next_url, method="POST")
    return _written(document)


def hang_up(items: Sequence[Item], *, language: str) -> str:
    """Say `items` and end the call."""
    document = _begin(items, language)
    document.hangup()
    return _written(document)


def reject() -> str:
    """Leave the call unanswered; as the first verb it is not billed (handbook 2.2)."""
    document = VoiceResponse()
    document.reject()
    return _written(document)


def transfer(
    items: Sequence[Item],
    *,
    to: Sequence[str],
    action: str,
    leg_status: str,
    caller_id: str,
    ring_s: int,
    language: str,
    at_once: bool = False,
    time_limit_s: int = 1800,
) -> str:
    """Say `items` and ring `to`, for a talk of at most `time_limit_s`; `action` gets the result.

    Several numbers ring one after the other or, with `at_once`, together: the first to answer has the call (handbook
    2.5). `leg_status` gets the end of each leg, even if the caller hangs up and no `action` follows.
    """
    document = _begin(items, language)
    dial = Dial(
        action=action,
        method="POST",
        timeout=ring_s,
        time_limit=time_limit_s,
        caller_id=caller_id,
        answer_on_bridge=True,
        **({"sequential": True} if len(to) > 1 and not at_once else {}),
    )
    for number in to[:MOST_TARGETS]:
        dial.number(number, status_callback=leg_status)
    document.append(dial)
    return _written(document)


@dataclass(frozen=True)
class StreamElement:
    """A <Stream>: its socket and its <Parameter>s."""

    url: str
    parameters: Mapping[str, str]


def connect_stream(items: Sequence[Item], element: StreamElement, *, then: str, language: str) -> str:
    """Say `items`, then connect the call with a stream; once its socket is closed, Twilio goes on at `then` (handbook 2.7)."""
    document = _begin(items, language)
    connect = Connect()
    stream = connect.stream(url=element.url)
    for name, value in element.parameters.items():
        stream.parameter(name=name, value=value)
    document.append(connect)
    document.redirect(then, method="POST")
    return _written(document)


def connect_relay(items: Sequence[Item], element: RelayElement, *, action: str, language: str) -> str:
    """Say `items`, then connect the call with a socket of ours; `action` is requested when the socket is gone (handbook
    2.8).
    """
    document = _begin(items, language)
    connect = Connect(action=action, method="POST")
    relay = connect.conversation_relay(url=element.url, **dict(element.attributes))
    for one in element.languages:
        relay.language(**dict(one))
    for name, value in element.parameters.items():
        relay.parameter(name=name, value=value)
    document.append(connect)
    return _written(document)
