"""The URLs under which texts and their delivery reports come to us, with Twilio's connection overrides."""

from voicebot.services.gather_urls import RETRY
from voicebot.settings import Settings


def text_url(settings: Settings) -> str:
    """Return where an inbound text is told."""
    return f"{settings.public_url}/twilio/sms{RETRY}"


def status_url(settings: Settings, message_id: int) -> str:
    """Return where the fate of one text of ours is told: our id in it finds the row before its SID is known."""
    return f"{settings.public_url}/twilio/sms/status?m={message_id}{RETRY}"
