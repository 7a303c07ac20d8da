"""The words of a session on their way out, and the books of what was heard. The line that owns it holds the lock."""

from collections.abc import Callable, Sequence

from voicebot.domain.answer.respelling import Pronunciations, respelt
from voicebot.domain.call.background import Transport
from voicebot.domain.call.events import Event, SentenceReady
from voicebot.services.calls.relay.playout import Dropped, Playout
from voicebot.services.calls.relay.stream import AnswerStream, rest_of
from voicebot.services.calls.streams.socket import StreamSocket
from voicebot.telemetry import metrics
from voicebot.transports.twilio import relay


class Mouth:
    """Speaks to one session. Times are seconds of the call's clock."""

    def __init__(
        self,
        socket: StreamSocket,
        language: str,
        clock: Callable[[], float],
        pronunciations: Pronunciations = (),
    ) -> None:
        self._socket, self._language, self._clock = socket, language, clock
        self._pronunciations = pronunciations
        self.playout = Playout(pronunciations)
        self.shut = False
        """Say nothing more: the session has ended, the socket is gone, or another process has the call."""
        self.report: Callable[[Event], None] = lambda _: None
        self.asked_at: float | None = None
        """When the caller was done, until something is said to it."""
        self.committed = 0
        """The latest answer that may be said."""
        self._stream: AnswerStream | None = None
        self._awaited = 0
        """The sentence of it that is performed next."""
        self._told_early: tuple[int, int] | None = None
        """A sentence that was reported as far as its words had left."""
        self._undecided = False
        """Twilio has stopped at a sound of the caller, and the owner has not decided about it yet."""
        self._dropped: list[Dropped] = []
        """The words to say again if the owner does not stop."""
        self._spaced = True
        """Nothing is between the next words and what was said before."""
        self._saying: tuple[int | None, int] | None = None

    # --- an answer ---

    def begin(self, gen: int, first_seq: int) -> AnswerStream:
        """Return the stream of an answer that begins."""
        self._stream = AnswerStream(gen, first_seq, self._language, self._say_early, self._pronunciations)
        self._awaited = first_seq
        return self._stream

    def forward(self) -> None:
        """Let words leave that have just become free to."""
        if self._stream:
            self._stream.forward()

    def speak(self, gen: int, seq: int, text: str, *, interruptible: bool) -> bool:
        """Say a sentence, or the part of it that has not left; return whether it is being said."""
        if (gen, seq) == self._told_early:
            return False
        if self._undecided:
            # Decided before the sound was known: it waits for what the owner makes of that.
            self._dropped.append(Dropped(gen, seq, text, text, interruptible))
            return False
        stream = self._stream if self._stream and self._stream.gen == gen else None
        left = stream.left_of(seq) if stream else ""
        if rest := rest_of(text, left) if left else text:
            self.say(gen, seq, rest, interruptible=interruptible)
        self._tell(self.playout.complete(gen, seq, text))
        if stream:
            self._awaited = max(self._awaited, seq + 1)
            stream.forward()
        return True

    def say(self, gen: int | None, seq: int, text: str, *, interruptible: bool = True) -> None:
        """Send words of an utterance; `gen` None: of a filler."""
        if self.shut:
            return
        if (gen, seq) != self._saying and not text[:1].isspace():
            text = f" {text}"
        self._saying = (gen, seq)
        if self._spaced and text[:1].isspace():
            text = text.lstrip()
        if text:
            if self.asked_at is not None and gen is not None:
                metrics.TURN_SECONDS.labels(Transport.RELAY).observe(self._clock() - self.asked_at)
                self.asked_at = None
            self._spaced = text[-1].isspace()
            self.playout.send(gen, seq, text, self._clock(), interruptible=interruptible)
            spoken = respelt(text, self._pronunciations).text
            self._socket.send(relay.text(spoken, interruptible=interruptible))

    def end_of_words(self) -> None:
        """No words follow for now, so Twilio should say those that it holds back."""
        if not self.playout.closed and not self.shut:
            self._socket.send(relay.text("", last=True))
        self.playout.closed, self._spaced = True, True

    def _say_early(self, gen: int, seq: int, text: str) -> bool:
        """Send words of an unfinished sentence when nothing waits before them."""
        stream = self._stream
        if not stream or stream.gen != gen or gen > self.committed or seq != self._awaited:
            return False
        if self.shut or self._undecided:
            return False
        self.say(gen, seq, text)
        return True

    # --- stopping ---

    def close(self) -> None:
        """Say nothing more. The stream of an answer holds this mouth, so it goes."""
        self.shut, self._stream = True, None

    def stop(self) -> None:
        """Stop all that has begun. Twilio stops by itself at the caller's voice or key."""
        self._stream, self._dropped, self._undecided = None, [], False
        self._tell(self.playout.cut(self._clock()))
        self._spaced, self._saying = True, None

    def finish(self) -> None:
        """Send no more of what has begun; words that have left are heard to their end."""
        stream, self._stream = self._stream, None
        self._dropped, self._undecided = [], False
        if stream and (fragment := stream.fragment()):
            self._tell(self.playout.complete(stream.gen, *fragment))
        self.end_of_words()
        self._saying = None

    def interrupted(self, until: str, *, decides: bool) -> None:
        """Twilio has dropped its words. When the owner `decides`, the mouth says nothing before the decision."""
        self.tell_fragment()
        told, dropped = self.playout.interrupted(until, self._clock())
        self._tell(told)
        self._spaced, self._saying = True, None
        if decides:
            self._dropped, self._undecided = dropped, True

    def goes_on(self) -> bool:
        """The owner has decided; where it does not stop, say what Twilio dropped. Tells whether there was any of it."""
        dropped, self._dropped, self._undecided = self._dropped, [], False
        for said in dropped:
            if said.rest.strip():
                self.say(said.gen, said.seq, said.rest, interruptible=said.interruptible)
                self.playout.complete(said.gen, said.seq, said.text)
                self._awaited = max(self._awaited, said.seq + 1)
        return bool(dropped)

    def tell_fragment(self) -> None:
        """Report words that have left of a sentence that is not whole: they were said."""
        stream = self._stream
        fragment = stream.fragment() if stream else None
        if stream and fragment:
            seq, words = fragment
            self._stream, self._told_early = None, (stream.gen, seq)
            self.report(SentenceReady(stream.gen, seq, words))
            self._tell(self.playout.complete(stream.gen, seq, words))

    def _tell(self, events: Sequence[Event]) -> None:
        for event in events:
            self.report(event)
