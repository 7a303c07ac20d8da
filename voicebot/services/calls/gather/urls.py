"""The URLs that a Gather call requests from us.

Each carries Twilio's connection overrides as a fragment (handbook 1.2): by default a 5xx or a read timeout is
not retried, and a killed process would be the end of the call. The fragment is neither sent nor signed.
"""

from dataclasses import dataclass

from voicebot.settings import Settings

RETRY = "#rc=2&rt=5000&rp=ct,rt,5xx"


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


def code_url(settings: Settings, step: CodeCallStep) -> str:
    """Return where a call that brings a code gets its next document; `webhooks/twilio/voice.py` reads the step again."""
    counts = {"a": step.asked, "r": step.read, "p": int(step.pressed), "t": step.tried}
    query = "".join(f"&{name}={count}" for name, count in counts.items() if count)
    return f"{settings.public_url}/twilio/voice/outbound?v={step.attempt_id}{query}{RETRY}"


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
