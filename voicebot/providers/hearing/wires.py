"""Open a provider's websocket; what goes wrong is a ProviderError."""

from collections.abc import Mapping

from voicebot.providers.hearing.dialect import fields_of
from voicebot.providers.http.errors import CONNECT_TIMEOUT, UNREACHABLE, status_error
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.sockets.client import RefusedUpgrade, connect
from voicebot.sockets.limits import SocketLimits
from voicebot.sockets.websocket import WebSocket

LIMITS = SocketLimits(
    most_message_bytes=1 << 20,
    most_per_s=500.0,
    # A provider may have nothing to say until somebody speaks.
    start_within_s=86_400.0,
    idle_s=45.0,
    connect_within_s=2.0,
)


def websocket_url(base_url: str) -> str:
    """Return the address of a provider's sockets: its own, with ws for http."""
    return "ws" + base_url.removeprefix("http") if base_url.startswith("http") else base_url


def open_wire(provider: str, url: str, headers: Mapping[str, str]) -> WebSocket:
    """Connect. Raises ProviderError: `not_sent` without an answer, else by the status of the refusal."""
    try:
        return connect(url, headers=headers, limits=LIMITS)
    except RefusedUpgrade as refusal:
        raise refused(provider, refusal) from refusal
    except TimeoutError as error:
        raise ProviderError(provider, CONNECT_TIMEOUT, Outcome.NOT_SENT) from error
    except ConnectionError as error:
        raise ProviderError(provider, UNREACHABLE, Outcome.NOT_SENT) from error


def refused(provider: str, refusal: RefusedUpgrade) -> ProviderError:
    """Return the error of an upgrade that a provider answered with another status."""
    return status_error(provider, refusal.status, code=_code_in(refusal.body))


def _code_in(body: bytes) -> object:
    """The provider's own word for a refusal: Deepgram's `err_code`, ElevenLabs' `detail.status`, OpenAI's `error.code`."""
    fields = fields_of(body) or {}
    for outer, inner in (("detail", "status"), ("error", "code")):
        nested = fields.get(outer)
        if isinstance(nested, dict) and nested.get(inner):
            return nested[inner]
    return fields.get("err_code")
