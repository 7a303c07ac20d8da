"""The URL under which Twilio reports the fate of a text of ours, with connection overrides."""

from voicebot.services.calls.gather.urls import RETRY
from voicebot.settings import Settings


def status_url(settings: Settings, message_id: int) -> str:
    """Return where one text's delivery reports come: our id in it finds the row before its SID is known."""
    return f"{settings.public_url}/twilio/sms/status?m={message_id}{RETRY}"
