"""One websocket on which answers are spoken, each in a context of its own: it connects in the background and sorts what comes."""

import itertools
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

from voicebot.providers.elevenlabs import multi_stream
from voicebot.providers.elevenlabs.alignment import TimeBase
from voicebot.providers.elevenlabs.multi_stream import ContextEnded, Failed, Flushed, FromServer, Sound
from voicebot.providers.elevenlabs.spoken_answer import SpokenAnswer
from voicebot.providers.ports import ProviderError
from voicebot.providers.ports.speaker import SpokenChunk
from voicebot.sockets.ending import SocketClosed
from voicebot.sockets.websocket import WebSocket

MOST_CONTEXTS = 3
"""Open, or closed and not over: with five the whole socket dies, and closing takes its time (handbook 1.7)."""

Dial = Callable[[], tuple[WebSocket, str]]
"""Opens a websocket and names the format of its sound. Raises ProviderError."""


class Sentence:
    """One sentence on its way. The socket's reader fills it, its own reader waits for it."""

    def __init__(self, answer: "Answer", number: int, text: str, now: float) -> None:
        self.answer, self.number, self.text = answer, number, text
        self.asked_at = now
        self.sent = 0
        """Bytes of mu-law that came."""
        self.is_whole = False
        """Whether the times of its last sign have come."""
        self.is_over = False
        self._pieces: SimpleQueue[SpokenChunk | ProviderError | None] = SimpleQueue()

    def put(self, piece: SpokenChunk | ProviderError | None) -> None:
        """Hand on a piece; None is the end."""
        self.is_over = self.is_over or not isinstance(piece, SpokenChunk)
        self._pieces.put(piece)

    def stop(self) -> None:
        """Wake its reader: nothing more comes."""
        self._pieces.put(None)

    def take(self, timeout_s: float) -> SpokenChunk | ProviderError | None:
        """Return the next piece, None at the end. Raises queue.Empty when none came in time."""
        return self._pieces.get(timeout=max(timeout_s, 0.0)) if timeout_s > 0 else self._pieces.get_nowait()


class Answer:
    """One context: sentences that follow each other."""

    def __init__(self, context: str, now: float) -> None:
        self.context = context
        self.sentences: list[Sentence] = []
        self.spoken: SpokenAnswer | None = None
        """Made when the format is known."""
        self.is_closed = self.is_void = self.is_over = False
        """Closed: no more text follows. Void: later sound is dropped. Over: no more sound arrives."""
        self.used_at = now
        """When something was last sent to it, or came from it."""

    @property
    def takes_more(self) -> bool:
        """Whether another sentence may follow."""
        return not (self.is_closed or self.is_over)

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for a sentence of it."""
        return not (self.is_void or self.is_over or all(sentence.is_over for sentence in self.sentences))


class VoiceSocket:
    """The socket, for any thread. Nothing here blocks, apart from reading a sentence."""

    def __init__(
        self,
        dial: Dial,
        *,
        tick: Callable[["VoiceSocket"], None],
        tick_s: float,
        at_end: Callable[["VoiceSocket"], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connect in a thread of its own; `tick` is called there after each `tick_s` without a message, `at_end` when the socket fails."""
        self._dial, self._tick, self._tick_s, self._at_end, self._now = dial, tick, tick_s, at_end, now
        self._lock = threading.RLock()
        self._socket: WebSocket | None = None
        self._waiting: list[str] = []
        self.audio_format = ""
        self._base = TimeBase()
        self._answers: dict[str, Answer] = {}
        self._numbers = itertools.count(1)
        self._is_closed = self._is_retired = False
        self.failure: ProviderError | None = None
        """Why it is over."""
        self.used_at = now()
        """When something was last sent."""
        threading.Thread(target=self._run, name="voice-socket", daemon=True).start()

    @property
    def is_over(self) -> bool:
        """Whether nothing can be said on it any more."""
        return self._is_closed or self.failure is not None

    @property
    def has_room(self) -> bool:
        """Whether it takes another context."""
        return len(self._answers) < MOST_CONTEXTS

    def begin(self) -> Answer:
        """Open a context."""
        with self._lock:
            answer = Answer(f"a{next(self._numbers)}", self._now())
            self._answers[answer.context] = answer
            self._send(multi_stream.opened(answer.context))
            return answer

    def say(self, answer: Answer, text: str) -> Sentence:
        """Have a sentence spoken in a context."""
        with self._lock:
            answer.used_at = self._now()
            sentence = Sentence(answer, len(answer.sentences), text, answer.used_at)
            answer.sentences.append(sentence)
            if answer.spoken is not None:
                answer.spoken.add(text)
            if self.failure is not None:
                sentence.put(self.failure)
            self._send(multi_stream.said(answer.context, text))
            return sentence

    def keep(self, answer: Answer) -> None:
        """Tell the server that a context is still wanted."""
        with self._lock:
            if answer.takes_more:
                self._send(multi_stream.kept(answer.context))

    def end(self, answer: Answer, *, void: bool) -> None:
        """Close a context. What was sent to it is still made: `void` drops it."""
        with self._lock:
            answer.is_void = answer.is_void or void
            if answer.takes_more:
                answer.is_closed = True
                self._send(multi_stream.closed(answer.context))

    def ended(self, sentence: Sentence) -> None:
        """End a sentence that the server did not end: later sound belongs to the next one."""
        with self._lock:
            sentence.is_over = True
            if sentence.answer.spoken is not None:
                sentence.answer.spoken.ended(sentence.number)

    def retire(self) -> None:
        """Close the socket once nobody waits for anything on it."""
        with self._lock:
            self._is_retired = True
            awaited = any(answer.is_awaited for answer in self._answers.values())
        if not awaited:
            self.close()

    def close(self) -> None:
        """Close the socket with everything on it."""
        with self._lock:
            self._is_closed, socket = True, self._socket
            for answer in self._answers.values():
                answer.is_void = True
            if socket is not None:
                socket.send(multi_stream.all_closed())
        if socket is not None:
            socket.close()

    def _send(self, message: str) -> None:
        self.used_at = self._now()
        if self._socket is None:
            self._waiting.append(message)
        else:
            self._socket.send(message)

    # --- the reader's thread ---

    def _run(self) -> None:
        try:
            socket, audio_format = self._dial()
        except ProviderError as failure:
            self._fails(failure)
            return
        with self._lock:
            self._socket, self.audio_format = socket, audio_format
            for message in self._waiting:
                socket.send(message)
            self._waiting.clear()
            closed = self._is_closed
        if closed:
            socket.close()
            return
        try:
            self._read(socket)
        except SocketClosed as closed_by:
            self._fails(multi_stream.close_error(closed_by.code, closed_by.reason))
        except ProviderError as failure:
            self._fails(failure)
            socket.close()

    def _read(self, socket: WebSocket) -> None:
        while True:
            message = socket.receive(self._tick_s)
            if message is None:
                self._tick(self)
            elif (said := multi_stream.read(message)) is not None:
                self._take(said)

    def _take(self, said: FromServer) -> None:
        if isinstance(said, Failed):
            raise said.error
        with self._lock:
            answer = self._answers.get(said.context)
            if answer is None:
                return
            answer.used_at = self._now()
            match said:
                case ContextEnded():
                    self._is_over(answer)
                case Sound() if not answer.is_void:
                    self._spoken(answer, said)
                case Flushed() if not answer.is_void:
                    self._flushed(answer)

    def _spoken(self, answer: Answer, said: Sound) -> None:
        if answer.spoken is None:
            answer.spoken = SpokenAnswer(self.audio_format, self._base)
            for sentence in answer.sentences:
                answer.spoken.add(sentence.text)
        before = answer.spoken.now
        for number, chunk in answer.spoken.take(said.audio, said.written, said.spoken):
            sentence = answer.sentences[number]
            sentence.sent += len(chunk.audio)
            sentence.put(chunk)
        for sentence in answer.sentences[before : answer.spoken.now]:
            sentence.put(None)
        now = answer.sentences[answer.spoken.now]
        now.is_whole = answer.spoken.is_whole(now.number)

    def _flushed(self, answer: Answer) -> None:
        """Some servers say when what was flushed is spoken: of use where no times tell it."""
        if answer.spoken is None:
            return
        sentence = answer.sentences[answer.spoken.now]
        if sentence.sent:
            sentence.put(None)
            answer.spoken.ended(sentence.number)

    def _is_over(self, answer: Answer) -> None:
        answer.is_over = True
        self._answers.pop(answer.context, None)
        for sentence in answer.sentences:
            sentence.put(None)
        if self._is_retired:
            self.retire()

    def _fails(self, failure: ProviderError) -> None:
        with self._lock:
            self.failure = failure
            answers, self._answers = list(self._answers.values()), {}
            for answer in answers:
                answer.is_over = True
                for sentence in answer.sentences:
                    sentence.put(None if answer.is_void or sentence.is_whole else failure)
        self._at_end(self)
