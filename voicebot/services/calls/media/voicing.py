"""One utterance on its way from the voice to the caller: a thread of its own reads it, and the line sends it."""

import logging
import threading
from collections import deque
from collections.abc import Callable

from voicebot.providers.ports import ProviderError
from voicebot.providers.ports.speaker import SpokenChunk, SpokenStream
from voicebot.services.calls.media.playout import Saying

Spawn = Callable[[Callable[[], None]], None]
"""Run something beside what runs now."""

log = logging.getLogger(__name__)


def in_thread(work: Callable[[], None]) -> None:
    """Run it in a thread of its own (a greenlet under gevent)."""
    threading.Thread(target=work, daemon=True).start()


class Voicing:
    """An utterance that is being made, or is made. Its sound waits in `chunks`."""

    def __init__(self, saying: Saying) -> None:
        self.saying = saying
        self.chunks: deque[SpokenChunk] = deque()
        self.started = self.done = self.failed = False
        self.asked_at_ms = self.first_at_ms = self._last_at_ms = 0.0
        """By the line's clock: when the voice was asked, and when its first sound came."""
        self._dropped = False
        self._stream: SpokenStream | None = None
        self._change = threading.Lock()

    @classmethod
    def of_clip(cls, saying: Saying, audio: bytes) -> "Voicing":
        """Return an utterance that was made before."""
        made = cls(saying)
        made.chunks.append(SpokenChunk(audio))
        made.started = made.done = True
        return made

    def start(
        self,
        say: Callable[[], SpokenStream],
        clock_ms: Callable[[], float],
        arrived: Callable[[], None],
        spawn: Spawn,
    ) -> None:
        """Have it made; `arrived` is called for each piece, and at the end."""
        self.started, self.asked_at_ms = True, clock_ms()
        spawn(lambda: self._read(say, clock_ms, arrived))

    @property
    def is_dropped(self) -> bool:
        """Whether nobody wants it any more."""
        return self._dropped

    def waited_ms(self, now_ms: float) -> float:
        """Return for how long nothing has come of it."""
        return now_ms - max(self.asked_at_ms, self._last_at_ms) if self.started and not self.done else 0.0

    def give_up(self) -> None:
        """Take it for failed: nothing comes of it any more."""
        self.drop()
        self.done = self.failed = True

    def drop(self) -> None:
        """Nobody wants it any more; any thread may say so."""
        with self._change:
            self._dropped, stream = True, self._stream
        self.chunks.clear()
        if stream is not None:
            stream.close()

    def _read(
        self, say: Callable[[], SpokenStream], clock_ms: Callable[[], float], arrived: Callable[[], None]
    ) -> None:
        try:
            if self.is_dropped:
                return
            stream = say()
            with self._change:
                self._stream = stream
            try:
                for chunk in stream:
                    if self._dropped:
                        return
                    self._last_at_ms = clock_ms()
                    self.first_at_ms = self.first_at_ms or self._last_at_ms
                    self.chunks.append(chunk)
                    arrived()
            finally:
                stream.close()
        except ProviderError as error:
            self.failed = True
            log.warning("no voice spoke", extra={"code": error.code, "outcome": error.outcome})
        except Exception:
            # A fault of ours; the caller is owed the words all the same.
            self.failed = True
            log.exception("an utterance could not be voiced")
        finally:
            self.done = True
            if not self._dropped:
                arrived()
