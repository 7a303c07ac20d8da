"""One bidirectional media stream without socket and clock: frames and messages in, messages out (handbook 3.1, 3.2)."""

import base64
from collections.abc import Mapping
from typing import Any

from simulator.carrier.streams.media_messages import BadMessage, Clear, Mark, Media, read_message
from simulator.carrier.streams.playout import Playout

JSON = dict[str, Any]

FRAME_MS = 20
FIRST_MS = 5
"""Timestamp of the first frame, as in the recorded examples."""


class MediaLeg:
    """The carrier's side of one stream. Every method returns the messages that it sends, in their order."""

    def __init__(
        self,
        account_sid: str,
        call_sid: str,
        stream_sid: str,
        parameters: Mapping[str, str],
        *,
        most_buffered_s: float = 600.0,
    ) -> None:
        self._account_sid, self._call_sid, self.stream_sid = account_sid, call_sid, stream_sid
        self._parameters = dict(parameters)
        self._sent = self._chunks = 0
        self.playout = Playout(most_buffered_s)
        self.faults: dict[int, str] = {}
        """The error of each code that the stream has earned, once a stream (handbook 3.3)."""
        self.cleared = 0
        """How often the app emptied the buffer."""

    def opening(self) -> list[JSON]:
        """`connected` and `start`."""
        start = {
            "accountSid": self._account_sid,
            "streamSid": self.stream_sid,
            "callSid": self._call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": self._parameters,
        }
        connected = {"event": "connected", "protocol": "Call", "version": "1.0.0"}
        return [connected, self._numbered("start", start)]

    def tick(self, frame: bytes) -> tuple[list[JSON], bytes]:
        """20 ms pass: the caller's frame goes out and so much of the buffer is played, which is returned too."""
        self._chunks += 1
        media = {
            "track": "inbound",
            "chunk": str(self._chunks),
            "timestamp": str(FIRST_MS + (self._chunks - 1) * FRAME_MS),
            "payload": base64.b64encode(frame).decode(),
        }
        sent = [self._numbered("media", media)]
        played, reached = self.playout.play()
        return sent + self._marks(reached), played

    def take(self, raw: str | bytes) -> list[JSON]:
        """Take one message of the app; one that breaks the rules is noted in `faults` and otherwise ignored."""
        try:
            message = read_message(raw, self.stream_sid)
        except BadMessage as bad:
            self.faults.setdefault(bad.code, bad.text)
            return []
        match message:
            case Media(audio):
                if not self.playout.add(audio):
                    self.faults.setdefault(31930, "Stream - Protocol - Buffer Overflow Upstream")
                    self.faults.setdefault(31931, "Stream - Protocol - Media Discarded")
                return []
            case Mark(name):
                return self._marks(self.playout.mark(name))
            case Clear():
                self.cleared += 1
                return self._marks(self.playout.clear())

    def key(self, digit: str) -> JSON:
        """The caller pressed a key."""
        return self._numbered("dtmf", {"track": "inbound_track", "digit": digit})

    def stop(self) -> JSON:
        """The stream is over."""
        return self._numbered("stop", {"accountSid": self._account_sid, "callSid": self._call_sid})

    def _marks(self, names: list[str]) -> list[JSON]:
        return [self._numbered("mark", {"name": name}) for name in names]

    def _numbered(self, event: str, body: JSON) -> JSON:
        self._sent += 1
        return {
            "event": event,
            "sequenceNumber": str(self._sent),
            event: body,
            "streamSid": self.stream_sid,
        }
