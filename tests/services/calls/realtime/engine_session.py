"""A stream whose far end an engine hears, for tests."""

import base64
import queue
import time

import orjson

from simulator.carrier.far_end.said import SaidBook
from tests.providers.hearing.stand_in_ears import FRAME, sound_of
from tests.services.calls.media.media_session import SILENCE, MediaSession


class EngineSession(MediaSession):
    """A stream whose caller makes sound that the engine's stand-in understands; what is played is sound, too."""

    played = b""

    def speaks(self, said: SaidBook, text: str, silence_ms: int = 700) -> None:
        """Say words as fast as people do, and be quiet."""
        sound = sound_of(text)
        said.says(self.call_sid, text, sound)
        for at in range(0, len(sound), FRAME):
            self._frame(sound[at : at + FRAME])
            time.sleep(0.02)
        for _ in range(silence_ms // 20):
            self._frame(bytes([SILENCE]) * FRAME)

    def _frame(self, frame: bytes) -> None:
        payload = base64.b64encode(frame).decode()
        self.tell("media", media={"track": "inbound", "chunk": "1", "timestamp": "5", "payload": payload})

    def _take(self, within_s: float) -> bool:
        try:
            message = orjson.loads(self.line.sent.get(timeout=within_s))
        except queue.Empty:
            return False
        if message["event"] == "media":
            self.played += base64.b64decode(message["media"]["payload"])
        elif message["event"] == "mark":
            self.tell("mark", mark=message["mark"])
        return True
