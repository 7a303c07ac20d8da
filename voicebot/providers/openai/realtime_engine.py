"""Sessions of an engine over a websocket: one thread opens and reads it; callers only queue."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from voicebot.providers.hearing.dialect import Message, Reply
from voicebot.providers.hearing.doors import Wire
from voicebot.providers.hearing.wires import open_wire, websocket_url
from voicebot.providers.openai.realtime import MODEL, PROVIDER, Happened, RealtimeDialect
from voicebot.providers.ports.engine import (
    EngineEvent,
    EngineFailed,
    EngineItem,
    EngineReady,
    EngineSession,
    EngineSetup,
)
from voicebot.providers.ports.failure import ProviderError
from voicebot.sockets.ending import SocketClosed

KEPT_FRAMES = 500
"""Sound that waits for a session: ten seconds of frames of 20 ms."""
TICK_S = 15.0


class EngineDialect(Protocol):
    """One session's talk; `realtime.py` and `live.py` are two. Pure."""

    ready: bool

    def opening(self) -> Sequence[Message]:
        """Return what is sent before anything comes."""
        ...

    def sound(self, mulaw: bytes) -> Message:
        """Return the message for a piece of the caller's sound."""
        ...

    def instruct(self, instructions: str) -> Message:
        """Return the message that changes how the engine behaves."""
        ...

    def add(self, item: EngineItem) -> Sequence[Message]:
        """Return what takes something into the conversation."""
        ...

    def forget(self, item: str) -> Sequence[Message]:
        """Return what takes something out of the conversation."""
        ...

    def answer(self) -> Sequence[Message]:
        """Return what asks for an answer."""
        ...

    def stop(self, answer: str) -> Sequence[Message]:
        """Return what stops an answer."""
        ...

    def cut(self, item: str, heard_ms: int) -> Sequence[Message]:
        """Return what tells how much of a part of an answer was heard."""
        ...

    def heard(self, message: Message) -> Sequence[Happened]:
        """Return what a message means."""
        ...

    def closed(self, code: int, reason: str) -> Sequence[Happened]:
        """Say what the server's goodbye means."""
        ...

    def goodbye(self) -> Sequence[Message]:
        """Return what is sent before we close."""
        ...


class RealtimeEngine:
    """`Engine` over OpenAI's Realtime API. `base_url` has `/v1`."""

    name = PROVIDER

    def __init__(self, api_key: str, base_url: str, model: str = MODEL) -> None:
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._url = f"{websocket_url(base_url)}/realtime?model={model}"

    def open(self, setup: EngineSetup, report: Callable[[EngineEvent], None]) -> EngineSession:
        """Begin a session."""
        return SocketSession(
            lambda: open_wire(PROVIDER, self._url, self._headers), RealtimeDialect(setup), report
        )


class SocketSession:
    """`EngineSession` over one connection."""

    def __init__(
        self, connect: Callable[[], Wire], dialect: EngineDialect, report: Callable[[EngineEvent], None]
    ) -> None:
        """`connect` raises ProviderError."""
        self._connect, self._dialect, self._report = connect, dialect, report
        self._lock = threading.Lock()
        self._wire: Wire | None = None
        self._waiting: list[Callable[[], Sequence[Message]]] = []
        """What was said before the session was ready."""
        self._sound: deque[bytes] = deque(maxlen=KEPT_FRAMES)
        self._closed = False
        threading.Thread(target=self._carry, name="engine", daemon=True).start()

    def hear(self, mulaw: bytes) -> None:
        """Take the caller's sound."""
        with self._lock:
            if self._wire is not None and self._dialect.ready:
                self._wire.send(self._dialect.sound(mulaw))
            elif not self._closed:
                self._sound.append(mulaw)

    def instruct(self, instructions: str) -> None:
        """Behave in another way."""
        self._say(lambda: (self._dialect.instruct(instructions),))

    def add(self, item: EngineItem) -> None:
        """Take something into the conversation."""
        self._say(lambda: self._dialect.add(item))

    def forget(self, item: str) -> None:
        """Take something out of the conversation."""
        self._say(lambda: self._dialect.forget(item))

    def answer(self) -> None:
        """Answer now."""
        self._say(self._dialect.answer)

    def stop(self, answer: str) -> None:
        """Stop an answer."""
        self._say(lambda: self._dialect.stop(answer))

    def cut(self, item: str, heard_ms: int) -> None:
        """Say how much of a part of an answer was heard."""
        self._say(lambda: self._dialect.cut(item, heard_ms))

    def close(self) -> None:
        """End it."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            wire = self._wire
            if wire is not None:
                self._send(self._dialect.goodbye())
        if wire is not None:
            wire.close()

    def _say(self, messages: Callable[[], Sequence[Message]]) -> None:
        with self._lock:
            if self._dialect.ready:
                self._send(messages())
            elif not self._closed:
                self._waiting.append(messages)

    def _send(self, messages: Sequence[Message]) -> None:
        for message in messages:
            if self._wire is not None:
                self._wire.send(message)

    # --- the session's thread ---

    def _carry(self) -> None:
        try:
            wire = self._connect()
        except ProviderError as error:
            self._tell(EngineFailed(error))
            return
        with self._lock:
            self._wire, closed = wire, self._closed
            if not closed:
                self._send(self._dialect.opening())
        if closed:
            wire.close()
        else:
            self._read(wire)

    def _read(self, wire: Wire) -> None:
        while not self._closed:
            try:
                message = wire.receive(TICK_S)
            except SocketClosed as closed:
                with self._lock:
                    happened = self._dialect.closed(closed.code, closed.reason)
            else:
                if message is None:
                    continue
                with self._lock:
                    happened = self._dialect.heard(message)
            for each in happened:
                if isinstance(each, Reply):
                    with self._lock:
                        self._send((each.message,))
                    continue
                if isinstance(each, EngineReady):
                    self._begin()
                self._tell(each)
                if isinstance(each, EngineFailed):
                    self.close()
                    return

    def _begin(self) -> None:
        """Say what waited; the sound last, so that it is answered with everything known."""
        with self._lock:
            for messages in self._waiting:
                self._send(messages())
            self._waiting.clear()
            for frame in self._sound:
                self._send((self._dialect.sound(frame),))
            self._sound.clear()

    def _tell(self, event: EngineEvent) -> None:
        if not self._closed:
            self._report(event)
