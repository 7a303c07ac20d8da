"""A call's voice over ElevenLabs' websocket of several contexts: a socket a call, a context an answer."""

import math
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from queue import Empty

from voicebot.providers.clips import CHARS_PER_S
from voicebot.providers.elevenlabs import multi_stream
from voicebot.providers.elevenlabs.account import PROVIDER, ElevenLabsAccount
from voicebot.providers.elevenlabs.formats import SpokenFormat, names_the_format
from voicebot.providers.elevenlabs.messages import MODEL, language_code
from voicebot.providers.elevenlabs.multi_stream import is_plain_goodbye
from voicebot.providers.elevenlabs.voice import require_voice_id
from voicebot.providers.elevenlabs.voice_socket import Answer, Sentence, VoiceSocket
from voicebot.providers.elevenlabs.voices import Voices
from voicebot.providers.http.closable import ClosableStream, Exchange
from voicebot.providers.http.errors import CONNECT_TIMEOUT, DROPPED, TIMEOUT, UNREACHABLE, unreadable
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.providers.ports.speaker import SpokenChunk
from voicebot.providers.speaking import Speaking
from voicebot.sockets.client import RefusedUpgrade, connect
from voicebot.sockets.limits import SocketLimits
from voicebot.sockets.websocket import WebSocket
from voicebot.transports.audio import PHONE_HZ

WORTH_TRYING_S = 0.3
"""A new socket is tried for a sentence while so much of its time is left."""
PROBABLY_WHOLE = 0.6
"""Without times: the share of a sentence's usual length from which it may be over."""


@dataclass(frozen=True)
class SocketTimes:
    """How long a call's socket waits, in seconds."""

    first_audio_s: float = 1.5
    """For the first sound of a sentence, and for each next piece."""
    connect_s: float = 2.0
    tail_s: float = 0.15
    """After a sentence's last sign: breath that comes late."""
    quiet_s: float = 0.5
    """After the last sound of a sentence whose times did not come."""
    keep_every_s: float = 15.0
    """The server forgets a context that is idle for 20."""
    answer_idle_s: float = 60.0
    """An answer that goes on after so long begins a new context."""
    connect_again_s: float = 5.0
    """A socket that was lost is replaced before it is needed, once in so long."""
    renew_after_s: float = 150.0
    """The server closes a socket that is idle for 180."""


class SocketSpeaker:
    """`Speaker` over the websocket. One instance a process; safe to share between threads and greenlets."""

    def __init__(
        self,
        account: ElevenLabsAccount,
        default_voice_id: str,
        spoken: SpokenFormat,
        times: SocketTimes | None = None,
    ) -> None:
        self.times = times or SocketTimes()
        self._account, self._voices, self._format = account, Voices(default_voice_id), spoken
        self._limits = SocketLimits(
            most_message_bytes=4 << 20,
            most_per_s=1000.0,
            # Nothing comes before something is to be said.
            start_within_s=multi_stream.INACTIVITY_S,
            ping_after_s=20.0,
            idle_s=30.0,
            most_read_while_closing=1 << 20,
            connect_within_s=self.times.connect_s,
        )

    def open(self, voice_id: str, language: str) -> "_Call":
        """Return the voice of one call, which connects in the background. A blank `voice_id` is the default voice."""
        return _Call(self, voice_id, language_code(language))

    def dial(self, voice_id: str, language: str | None) -> tuple[WebSocket, str]:
        """Open a websocket, and name the format of its sound. Raises ProviderError."""
        while True:
            voice_id, audio_format = self._voices.chosen(voice_id), self._format.name
            require_voice_id(voice_id)
            path = multi_stream.path(voice_id, model=MODEL, audio_format=audio_format, language=language)
            # http becomes ws, and https becomes wss.
            url = f"ws{self._account.url.removeprefix('http')}{path}"
            try:
                return connect(url, headers=self._account.headers, limits=self._limits), audio_format
            except RefusedUpgrade as refused:
                failure, said = multi_stream.refused_upgrade(refused.status, refused.body)
                another = names_the_format(said) and self._format.refused(audio_format)
                if not (another or self._voices.is_gone(voice_id, failure)):
                    raise failure from refused
            except TimeoutError as error:
                raise ProviderError(PROVIDER, CONNECT_TIMEOUT, Outcome.NOT_SENT) from error
            except (ConnectionError, ValueError) as error:
                raise ProviderError(PROVIDER, UNREACHABLE, Outcome.NOT_SENT) from error

    def refused_format(self, audio_format: str) -> bool:
        """Note that the plan lacks a format. Whether there is another one to ask for."""
        return self._format.refused(audio_format)

    def refused_voice(self, voice_id: str, failure: ProviderError) -> bool:
        """Note a voice that was refused by itself. Whether the default voice may speak instead."""
        return self._voices.is_gone(voice_id, failure)


class _Call:
    """The voice of one call."""

    def __init__(self, speaker: SocketSpeaker, voice_id: str, language: str | None) -> None:
        self._speaker, self._voice_id, self._language = speaker, voice_id, language
        self._times = speaker.times
        self._speaking, self._lock = Speaking(), threading.RLock()
        self._answer: Answer | None = None
        self._is_closed = False
        self._retired: list[VoiceSocket] = []
        self._replaced_at = -math.inf
        with self._lock:
            self._socket = self._new_socket()

    def say(self, text: str, *, before: str = "", speculative: bool = False) -> ClosableStream[SpokenChunk]:
        """Have one sentence spoken, from when it is first read."""
        del speculative
        return self._speaking.begin(lambda exchange: self._spoken(text, before, exchange))

    def drop(self) -> None:
        """Close the context; where too many are closing, the next answer gets a socket of its own, opened now."""
        self._speaking.drop()
        with self._lock:
            if self._answer is not None:
                self._leave(self._answer, self._socket)

    def close(self) -> None:
        """Close the socket."""
        self._speaking.close()
        with self._lock:
            self._is_closed = True
            for socket in (self._socket, *self._retired):
                socket.close()

    def _spoken(self, text: str, before: str, exchange: Exchange) -> Generator[SpokenChunk]:
        if not text.strip():
            return
        until = time.monotonic() + self._times.first_audio_s
        for attempt in (1, 2):
            sentence, socket = self._asked(text, before)
            begun = done = False
            try:
                for chunk in self._read(sentence, socket, until, exchange):
                    begun = True
                    yield chunk
                done = not exchange.ended
                return
            except ProviderError as failure:
                left_s = until - time.monotonic()
                if begun or exchange.ended or attempt == 2 or left_s < WORTH_TRYING_S:
                    raise
                if not self._another_may_do(failure, socket):
                    raise
            finally:
                if not done:
                    self._leave(sentence.answer, socket)

    def _read(
        self, sentence: Sentence, socket: VoiceSocket, until: float, exchange: Exchange
    ) -> Generator[SpokenChunk]:
        """Wait for one sentence. Raises ProviderError."""
        while True:
            try:
                with exchange.waiting(sentence.stop):
                    piece = sentence.take(self._patience_s(sentence, until))
            except Empty:
                if sentence.is_whole or self._is_probably_whole(sentence):
                    socket.ended(sentence)
                    return
                if self._patience_s(sentence, until) > 0:
                    # The sentence before is still being made.
                    continue
                socket.close()
                raise ProviderError(PROVIDER, TIMEOUT, Outcome.UNKNOWN) from None
            if isinstance(piece, ProviderError):
                raise piece
            if piece is None:
                if not sentence.sent and not exchange.ended:
                    raise unreadable(PROVIDER, "empty")
                return
            yield piece

    def _patience_s(self, sentence: Sentence, until: float) -> float:
        """How long the next piece may take."""
        times, now = self._times, time.monotonic()
        used_at = max(sentence.asked_at, sentence.answer.used_at)
        if sentence.is_whole:
            return times.tail_s
        if sentence.sent:
            if self._is_probably_whole(sentence):
                return used_at + times.quiet_s - now
            return used_at + times.first_audio_s - now
        return max(until, used_at + times.first_audio_s if sentence.number else until) - now

    def _is_probably_whole(self, sentence: Sentence) -> bool:
        usual_s = len(sentence.text) / CHARS_PER_S
        return sentence.sent / PHONE_HZ >= PROBABLY_WHOLE * usual_s

    def _asked(self, text: str, before: str) -> tuple[Sentence, VoiceSocket]:
        with self._lock:
            answer = self._answer
            if not before or answer is None or not answer.takes_more or self._socket.is_over:
                if answer is not None:
                    self._socket.end(answer, void=False)
                if self._socket.is_over or not self._socket.has_room:
                    self._replace_socket()
                answer = self._answer = self._socket.begin()
            return self._socket.say(answer, text), self._socket

    def _leave(self, answer: Answer, socket: VoiceSocket) -> None:
        """Nobody waits for an answer any more, or it cannot go on."""
        with self._lock:
            socket.end(answer, void=True)
            if self._answer is answer:
                self._answer = None
            if socket is self._socket and not (self._is_closed or socket.has_room):
                self._replace_socket()

    def _another_may_do(self, failure: ProviderError, socket: VoiceSocket) -> bool:
        """Whether a failure was of one socket alone, or of its format."""
        if "format" in failure.code and socket.audio_format:
            return self._speaker.refused_format(socket.audio_format)
        return _is_of_one_socket(failure) or self._speaker.refused_voice(self._voice_id, failure)

    def _new_socket(self) -> VoiceSocket:
        return VoiceSocket(
            lambda: self._speaker.dial(self._voice_id, self._language),
            tick=self._look_after,
            tick_s=self._times.keep_every_s / 3,
            at_end=self._connect_again,
        )

    def _replace_socket(self) -> None:
        old, self._answer = self._socket, None
        self._retired = [socket for socket in (*self._retired, old) if not socket.is_over]
        self._socket, self._replaced_at = self._new_socket(), time.monotonic()
        old.retire()

    def _connect_again(self, socket: VoiceSocket) -> None:
        """Have a socket ready before the next sentence, where the last one was lost; not in a circle."""
        with self._lock:
            again = time.monotonic() - self._replaced_at > self._times.connect_again_s
            lost = socket.failure is not None and _is_of_one_socket(socket.failure)
            if socket is self._socket and not self._is_closed and lost and again:
                self._replace_socket()

    def _look_after(self, socket: VoiceSocket) -> None:
        """Keep what is idle, for as long as it may be wanted."""
        now, times = time.monotonic(), self._times
        with self._lock:
            if socket is not self._socket or self._is_closed:
                return
            answer = self._answer
            if answer is not None and now - answer.used_at > times.answer_idle_s:
                socket.end(answer, void=False)
                self._answer = None
            elif answer is not None and now - socket.used_at >= times.keep_every_s * 0.6:
                socket.keep(answer)
            if self._answer is None and now - socket.used_at > times.renew_after_s:
                self._replace_socket()


def _is_of_one_socket(failure: ProviderError) -> bool:
    if failure.code == DROPPED or is_plain_goodbye(failure):
        return True
    return not failure.unwell and failure.outcome is Outcome.UNKNOWN
