"""What the service needs from the outside, and how a provider says that it failed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from voicebot.domain.voices import ProviderVoice

Wanted = TypeVar("Wanted", bound=BaseModel)


class Outcome(StrEnum):
    """What may have happened at the provider when a call to it failed."""

    NOT_SENT = "not_sent"
    """DNS, refused connection, connect timeout, 429: it did nothing, so trying again is safe."""
    REFUSED = "refused"
    """Another 4xx: it read the request and will never do it."""
    UNKNOWN = "unknown"
    """Read timeout, reset, 5xx, unreadable answer: it may have done it."""


class ProviderError(Exception):
    """A provider did not do what we asked. Callers branch on `outcome` alone."""

    def __init__(
        self, provider: str, code: str, outcome: Outcome, retry_after_s: float | None = None
    ) -> None:
        super().__init__(f"{provider} failed: {code}")
        self.provider, self.code = provider, code
        self.outcome, self.retry_after_s = outcome, retry_after_s


# --- the language model ---------------------------------------------------------------------------


@dataclass(frozen=True)
class ToolSpec:
    """A tool as the model sees it; `parameters` is a JSON schema of type object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class ModelRequest:
    """One completion. `messages` are OpenAI chat messages: {"role", "content", "tool_calls"?, "tool_call_id"?}."""

    messages: Sequence[Mapping[str, Any]]
    tools: Sequence[ToolSpec] = ()
    max_tokens: int = 400
    temperature: float = 0.3
    first_token_timeout_s: float = 4.0
    total_timeout_s: float = 20.0


@dataclass(frozen=True)
class TextDelta:
    """A piece of the answer's text, as it came."""

    text: str


@dataclass(frozen=True)
class ToolCall:
    """One whole tool call; `arguments` is the parsed JSON object.

    When the model sent something else they are {} and `bad_arguments` is set: the tool must not run on them.
    """

    id: str
    name: str
    arguments: Mapping[str, Any]
    bad_arguments: bool = False


@dataclass(frozen=True)
class ModelDone:
    """The stream ended well. Token counts are 0 where the provider did not say."""

    finish_reason: str
    model: str
    prompt_tokens: int = 0
    completion_tokens: int = 0


ModelPiece = TextDelta | ToolCall | ModelDone


class LanguageModel(Protocol):
    """Thinks. Closing the iterator (`.close()`) closes the connection: that is how a turn is cancelled."""

    def stream(self, request: ModelRequest) -> Iterator[ModelPiece]:
        """Yield pieces as they come, ending with ModelDone. Raises ProviderError, also in the middle."""
        ...

    def complete_json(self, request: ModelRequest, *, name: str, wanted: type[Wanted]) -> Wanted:
        """Return one object, validated (OpenAI structured output). Raises ProviderError."""
        ...


# --- the voice ------------------------------------------------------------------------------------


class Voice(Protocol):
    """Speaks. `audio_format` is ElevenLabs' word: `mp3_22050_32`, `ulaw_8000`, `pcm_16000`."""

    def stream(
        self, text: str, *, voice_id: str, audio_format: str, model_id: str | None = None
    ) -> Iterator[bytes]:
        """Yield audio as it comes. Raises ProviderError, also in the middle."""
        ...

    def list_voices(self) -> list[ProviderVoice]:
        """Return every voice of the account. Raises ProviderError."""
        ...


# --- telephony ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProviderCall:
    """A call as the carrier's REST resource tells it."""

    sid: str
    status: str
    direction: str
    from_number: str
    to_number: str
    duration_s: int | None = None
    price: Decimal | None = None
    price_unit: str | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    parent_sid: str | None = None
    """The call that dialled this one, as a transfer does: this one is a leg of it, and no call of its own."""

    @property
    def is_leg(self) -> bool:
        """Whether it is a leg of another call."""
        return bool(self.parent_sid) or self.direction == "outbound-dial"


@dataclass(frozen=True)
class ProviderNumber:
    """A phone number that the account owns, with everything that says where its calls and texts go.

    A trunk takes its calls before an application does, and an application before the URLs.
    """

    sid: str
    number: str
    capabilities: Mapping[str, bool] = field(default_factory=dict)
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"
    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    voice_application_sid: str = ""
    sms_application_sid: str = ""
    trunk_sid: str = ""


NUMBER_URLS = ("voice_url", "voice_fallback_url", "status_callback", "sms_url", "sms_fallback_url")
NUMBER_METHODS = {name: f"{name.removesuffix('_url')}_method" for name in NUMBER_URLS}
"""URL field -> the field of its HTTP method."""
NUMBER_SIDS = ("voice_application_sid", "sms_application_sid", "trunk_sid")
NUMBER_FIELDS = (*NUMBER_URLS, *NUMBER_METHODS.values(), *NUMBER_SIDS)
"""What decides where a number's calls and texts go."""


@dataclass(frozen=True)
class NewCall:
    """What `create_call` dials. URLs are absolute; all four call events go to `status_url`."""

    to: str
    from_number: str
    url: str
    fallback_url: str
    status_url: str
    ring_s: int = 25
    time_limit_s: int = 1800


class Telephony(Protocol):
    """Carries calls. Every method raises ProviderError."""

    def create_call(self, call: NewCall) -> str:
        """Start ringing; return the CallSid. An `unknown` outcome may have dialled: never repeat it blindly."""
        ...

    def redirect_call(self, sid: str, *, url: str) -> None:
        """Make the running call fetch `url` now."""
        ...

    def end_call(self, sid: str) -> None:
        """Complete the call, whatever it does."""
        ...

    def fetch_call(self, sid: str) -> ProviderCall:
        """Return the call as the carrier has it."""
        ...

    def list_calls(
        self, *, to: str | None = None, started_after: datetime | None = None, limit: int = 1000
    ) -> Iterator[ProviderCall]:
        """Yield calls, newest first. Without `started_after` queued calls are included."""
        ...

    def start_recording(self, sid: str, *, callback_url: str) -> str:
        """Record the running call in two channels; return the RecordingSid."""
        ...

    def list_numbers(self) -> list[ProviderNumber]:
        """Return every number of the account."""
        ...

    def change_number(self, sid: str, fields: Mapping[str, str]) -> None:
        """Set some of NUMBER_FIELDS, by ProviderNumber's names; an empty value clears one."""
        ...


# --- texts ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewMessage:
    """A text to send. Addresses are Twilio's: E.164, or `whatsapp:` and E.164.

    One of `from_number` and `messaging_service_sid` names the sender. With a `content_sid` (a template's) the
    template is sent, its placeholders filled from `content_variables`, and `body` is not.
    """

    to: str
    body: str
    status_url: str
    from_number: str = ""
    messaging_service_sid: str = ""
    media_urls: Sequence[str] = ()
    content_sid: str = ""
    content_variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SentMessage:
    """What the carrier answered to a text that it took. `segments` is None where it does not know yet."""

    sid: str
    status: str
    segments: int | None = None


@dataclass(frozen=True)
class ProviderMedia:
    """A picture or other file of a message; the address may want the account's key."""

    url: str
    content_type: str


@dataclass(frozen=True)
class ProviderMessage:
    """A text as the carrier's REST resource tells it. `direction`: inbound, outbound-api, outbound-reply."""

    sid: str
    status: str
    direction: str
    from_number: str
    to_number: str
    body: str
    account_sid: str = ""
    segments: int | None = None
    media_count: int = 0
    error_code: str | None = None
    price: Decimal | None = None
    price_unit: str | None = None
    created_at: datetime | None = None
    sent_at: datetime | None = None
    """None while it is queued: a list by time leaves it out."""


class Messaging(Protocol):
    """Carries texts. Every method raises ProviderError."""

    def send_message(self, message: NewMessage) -> SentMessage:
        """Hand over one text. An `unknown` outcome may have sent it: never repeat it blindly."""
        ...

    def fetch_message(self, sid: str) -> ProviderMessage:
        """Return the text as the carrier has it."""
        ...

    def list_messages(
        self, *, sent_after: datetime | None = None, to: str | None = None, limit: int = 1000
    ) -> Iterator[ProviderMessage]:
        """Yield texts of both directions, newest first. Without `sent_after` queued ones are included."""
        ...

    def list_media(self, sid: str) -> list[ProviderMedia]:
        """Return the files of one message, in their order."""
        ...


# --- codes by the carrier's own service -----------------------------------------------------------


class PhoneVerifier(Protocol):
    """Makes, sends and checks codes in our place. Every method raises ProviderError."""

    def send_code(self, to: str, channel: str) -> str:
        """Send a code by `sms` or `call`; return the service's id. Within its lifetime the same code again."""
        ...

    def is_right(self, to: str, code: str) -> bool:
        """Tell whether this is the code that was sent; a right one is right once."""
        ...
