"""Who spoke when in a session of ConversationRelay: Twilio reports when either side begins and stops (handbook 4.2)."""

from collections.abc import Callable
from datetime import UTC, datetime

from voicebot.domain.call.actions import Speaker
from voicebot.services.calls.streams.speech_events import SpeechEvents
from voicebot.transports.twilio.relay import Info

_SIDES = {"agentSpeaking": Speaker.BOT, "clientSpeaking": Speaker.CALLER}


class RelaySpeech:
    """Both sides of one session. `seconds`: the line's clock, since 1970."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._speech = SpeechEvents(lambda at_ms: datetime.fromtimestamp(at_ms / 1000, UTC))
        self.take = self._speech.take

    def told(self, info: Info) -> None:
        """Take what Twilio tells; anything but a side that begins or stops changes nothing."""
        side, now_ms = _SIDES.get(info.name), self._seconds() * 1000
        if side is not None and info.value == "on":
            self._speech.opens(side, now_ms)
        elif side is not None and info.value == "off":
            self._speech.closes(side, now_ms)

    def ends(self) -> None:
        """The session is gone."""
        for side in _SIDES.values():
            self._speech.closes(side, self._seconds() * 1000)
