"""The URLs that a Gather call requests from us.

Each carries Twilio's connection overrides as a fragment (handbook 1.2): by default a 5xx or a read timeout is
not retried, and a killed process would be the end of the call. The fragment is neither sent nor signed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from voicebot.settings import Settings

RETRY = "#rc=2&rt=5000&rp=ct,rt,5xx"
ATTEMPT = "attempt"
FORMER_NAMES = {ATTEMPT: "v", "asked": "a", "read": "r", "pressed": "p", "tried": "t"}
"""What calls that began under the version before this one have in their addresses."""
MOST = 100_000


@dataclass(frozen=True)
class CodeCallStep:
    """How far a call that brings a code is: how often it asked for the key (since the code was read: not at all), how
    often it read the code, whether the key was pressed, and how often it was answered without the database since then.
    """

    attempt_id: str
    asked: int = 0
    read: int = 0
    pressed: bool = False
    tried: int = 0


def turn_url(settings: Settings, turn: int, document: int, attempt: int = 0) -> str:
    """Return where Twilio gets document `document` of turn `turn`; `attempt` counts answers given without the database."""
    tried = f"&t={attempt}" if attempt else ""
    return f"{settings.public_url}/twilio/voice/turn?n={turn}&k={document}{tried}{RETRY}"


def start_url(settings: Settings, attempt: int = 0) -> str:
    """Return where an inbound call begins."""
    tried = f"?t={attempt}" if attempt else ""
    return f"{settings.public_url}/twilio/voice{tried}{RETRY}"


def transfer_url(settings: Settings, turn: int, attempt: int = 0, status: str = "") -> str:
    """Return where <Dial> tells how it went, which opens turn `turn`; `status` carries it through a second attempt."""
    tried = f"&t={attempt}&s={status}" if attempt else ""
    return f"{settings.public_url}/twilio/voice/transfer?n={turn}{tried}{RETRY}"


def dial_url(settings: Settings, attempt_id: UUID) -> str:
    """Return what a call of ours fetches when it is answered: the attempt's row says what it gets."""
    return code_url(settings, CodeCallStep(str(attempt_id)))


def dial_status_url(settings: Settings, attempt_id: UUID) -> str:
    """Return where the fate of a dial is told: our own id finds one whose SID we never got."""
    return f"{settings.public_url}/twilio/voice/status?{ATTEMPT}={attempt_id}{RETRY}"


def code_url(settings: Settings, step: CodeCallStep) -> str:
    """Return where a call that brings a code gets its next document; `code_call_step` reads the step again."""
    counts = {"asked": step.asked, "read": step.read, "pressed": int(step.pressed), "tried": step.tried}
    query = "".join(f"&{name}={count}" for name, count in counts.items() if count)
    return f"{settings.public_url}/twilio/voice/outbound?{ATTEMPT}={step.attempt_id}{query}{RETRY}"


def attempt_in(query: Mapping[str, str]) -> str:
    """Return the dial that an address names, or nothing."""
    return (query.get(ATTEMPT) or query.get(FORMER_NAMES[ATTEMPT], ""))[:64]


def code_call_step(query: Mapping[str, str], *, key_pressed: bool) -> CodeCallStep:
    """Read from an address's query how far a call of ours is; what is no number counts as 0."""

    def count(name: str) -> int:
        value = query.get(name) or query.get(FORMER_NAMES[name], "")
        return min(int(value), MOST) if value.isascii() and value.isdigit() and len(value) < 20 else 0

    return CodeCallStep(
        attempt_in(query),
        asked=count("asked"),
        read=count("read"),
        pressed=bool(count("pressed")) or key_pressed,
        tried=count("tried"),
    )


def recording_url(settings: Settings) -> str:
    """Return where a recording's state is told; absolute, as <Start> demands."""
    return f"{settings.public_url}/twilio/voice/recording{RETRY}"


def text_url(settings: Settings) -> str:
    """Return where an inbound text is told."""
    return f"{settings.public_url}/twilio/sms{RETRY}"


def number_urls(settings: Settings) -> dict[str, str]:
    """Return what is registered on a phone number, by ProviderNumber's names."""
    base = f"{settings.public_url}/twilio/voice"
    return {
        "voice_url": base + RETRY,
        "voice_fallback_url": f"{base}/fallback{RETRY}",
        "status_callback": f"{base}/status{RETRY}",
        "sms_url": text_url(settings),
        # The same again: a text is kept once, and one more try may find us.
        "sms_fallback_url": text_url(settings),
    }
