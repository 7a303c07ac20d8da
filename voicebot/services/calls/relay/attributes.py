"""How a template has ConversationRelay hear and speak: the attributes of its element (handbook 2.8)."""

from collections.abc import Mapping
from typing import Any

from voicebot.domain.call.setup import CallSetup
from voicebot.settings import Settings
from voicebot.transports.twilio import relay, urls
from voicebot.transports.twilio.twiml import RelayElement

USUAL: Mapping[str, str] = {
    "interruptible": "any",
    "reportInputDuringAgentSpeech": "any",
    "dtmfDetection": "true",
    "partialPrompts": "true",
    "profanityFilter": "false",
    # What was played and who speaks: the books of what was heard, and silence, go by them.
    "events": "speaker-events tokens-played",
}


def relay_element(
    settings: Settings, template: Mapping[str, Any], setup: CallSetup, voice_id: str, token: str
) -> RelayElement:
    """Return the element for a call; `token` proves the socket that it asks for."""
    hints = ", ".join(hint.replace(",", " ").strip() for hint in setup.hints)
    attributes = {
        **USUAL,
        "language": setup.language,
        "ttsProvider": "ElevenLabs",
        "voice": voice_id,
        **({"hints": hints} if hints else {}),
    }
    return RelayElement(urls.relay_socket_url(settings), attributes, {relay.TOKEN: token})
