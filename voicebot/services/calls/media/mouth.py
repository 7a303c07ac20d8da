"""Our side of a stream: the words are voiced, sent ahead of the clock, marked, and reported as they are heard.

Guarded by its line's lock, except for `Voicing`, which is read in threads of its own.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from voicebot.domain.call.events import Heard, HeardSource
from voicebot.domain.call.utterances import NO_GEN
from voicebot.providers.ports.speaker import CallSpeaker, SpokenChunk
from voicebot.services.calls.media.bot_lane import BotLane
from voicebot.services.calls.media.playout import NO_HEARER, Cut, PlayoutBook, Saying
from voicebot.services.calls.media.voicing import Spawn, Voicing
from voicebot.transports.twilio.media import Writer

AHEAD_MS = 10_000.0
"""The most sound that may wait at the carrier, whose own buffer a barge-in throws away."""
MESSAGE_BYTES = 8000
"""A second: the longest sound in one message."""
STALLED_MS = 3000.0
"""A voice that stays silent for this long, while the caller hears nothing, is given up, even if its adapter reports no
failure.
"""
MARK_BYTES = 8000
"""A mark after each second says where the caller is."""
FIRST_MARK_BYTES = 1600
"""The first one comes soon: it tells how far behind the carrier plays."""


@dataclass(frozen=True)
class MouthPorts:
    """What a mouth reaches."""

    writer: Writer
    send: Callable[[str], None]
    clock_ms: Callable[[], float]
    arrived: Callable[[], None]
    """Sound has come from a voice: to be called from any thread, and pumped under the lock."""
    heard: Callable[[Heard], None]
    first_sent: Callable[[Voicing, float], None]
    """The first sound of an utterance leaves, at this time."""
    spawn: Spawn


class Mouth:
    """Says what it is told to, in order."""

    def __init__(self, ports: MouthPorts, speaker: CallSpeaker, lane: BotLane | None = None) -> None:
        """`lane` learns when what was heard."""
        self._ports, self._speaker, self._lane = ports, speaker, lane
        self.book = PlayoutBook(lane)
        self._queue: deque[Voicing] = deque()
        self._prepared: Voicing | None = None
        self._said: tuple[int, str] = (NO_GEN, "")
        self._unmarked = 0
        self.failed = False
        """No voice at all speaks: some words were not said."""
        self._cuts_behind: Saying | None = None
        """What was sent behind this utterance is thrown away once it was played."""

    # --- what is to be said ---

    def prepare(self, gen: int, seq: int, text: str) -> None:
        """Have a sentence voiced that may never be said; it takes the place of the one before."""
        self._drop_prepared()
        self._prepared = Voicing(Saying(gen, seq, text))
        self._start(self._prepared, "", speculative=True)

    def say(self, gen: int, seq: int, text: str, *, interruptible: bool, audio: bytes | None = None) -> bool:
        """Say a sentence after what waits, its sound if there is some; tell whether the voice is asked for it only now."""
        prepared, self._prepared = self._prepared, None
        if prepared is not None and _is(prepared, gen, seq, text):
            prepared.saying.interruptible = interruptible
            self._add(prepared)
            return False
        if prepared is not None:
            prepared.drop()
        saying = Saying(gen, seq, text, interruptible)
        self._add(Voicing.of_clip(saying, audio) if audio else Voicing(saying))
        return audio is None

    def play(self, seq: int, text: str, audio: bytes | None, *, interruptible: bool) -> None:
        """Say a fixed phrase after what waits; `audio` None: it has no clip yet."""
        self._drop_prepared()
        saying = Saying(NO_GEN, seq, text, interruptible)
        self._add(Voicing.of_clip(saying, audio) if audio else Voicing(saying))

    def fill(self, text: str, audio: bytes | None) -> bool:
        """Play a filler before what waits; False where an utterance has begun, which is not parted.

        Without a clip it is spoken, unless something waits that it would hold up.
        """
        if self._queue and (audio is None or self._queue[0].saying.sent):
            return False
        saying = Saying(NO_HEARER, 0, text)
        self._queue.appendleft(Voicing.of_clip(saying, audio) if audio else Voicing(saying))
        self.pump()
        return True

    def stop(self) -> list[Cut]:
        """Be quiet at once; what was heard is reported. Return which utterances were not heard to their end."""
        now_ms, self._cuts_behind = self._ports.clock_ms(), None
        cuts = self.book.unheard(now_ms)
        cuts += [Cut(each.saying.gen, each.saying.seq, 0) for each in self._queue if not each.saying.sent]
        self._drop_prepared()
        unsent = [each.saying for each in self._queue if each.saying.begins is None]
        if self._queue:
            for voicing in self._queue:
                voicing.drop()
            self._queue.clear()
            self._speaker.drop()
        if not self.book.proven:
            self._ports.send(self._ports.writer.clear())
            self._report(self.book.cleared(now_ms))
        nothing = [Heard(said.gen, said.seq, 0, HeardSource.MARK) for said in unsent if said.gen != NO_HEARER]
        self._report(nothing)
        self._unmarked = 0
        return cuts

    def finish_sentence(self) -> list[Cut]:
        """Say the utterance that is playing to its end and nothing behind it; return which utterances that drops."""
        now_ms = self._ports.clock_ms()
        playing = self.book.playing(now_ms) if not self.book.proven else None
        if playing is None:
            return self.stop()
        self._drop_prepared()
        dropped = [each for each in self._queue if each.saying is not playing]
        self._queue = deque(each for each in self._queue if each.saying is playing)
        for voicing in dropped:
            voicing.drop()
        if dropped and not self._queue:
            self._speaker.drop()
        self._cuts_behind = playing if self.book.is_followed(playing) else None
        unsent = [each.saying for each in dropped if each.saying.begins is None]
        self._report(
            [Heard(said.gen, said.seq, 0, HeardSource.MARK) for said in unsent if said.gen != NO_HEARER]
        )
        return [Cut(said.gen, said.seq, 0) for said in unsent]

    def _holds(self, now_ms: float) -> bool:
        """Whether what was sent has to be played to the end of a sentence, and the rest of it thrown away, before more is sent."""
        last = self._cuts_behind
        if last is None:
            return False
        if self.book.left_of_ms(last, now_ms) > 0:
            return True
        self._cuts_behind = None
        self._ports.send(self._ports.writer.clear())
        self._report(self.book.cleared(now_ms))
        self._unmarked = 0
        return False

    def speak_with(self, speaker: CallSpeaker) -> None:
        """Speak with another voice from now on; the sentence in the making keeps the voice before."""
        self._speaker = speaker

    # --- what becomes of it ---

    @property
    def sounds(self) -> bool:
        """Whether the caller hears something now, by the clock."""
        return self.book.left_ms(self._ports.clock_ms()) > 0

    @property
    def empty(self) -> bool:
        """Whether nothing waits to be sent."""
        return not self._queue

    @property
    def quiet(self) -> bool:
        """Whether everything was said and heard."""
        return not self._queue and self.book.proven

    def playing(self) -> Saying | None:
        """Return what the caller hears now."""
        return self.book.playing(self._ports.clock_ms())

    def echoed(self, mark: str) -> None:
        """Take a mark that came back."""
        self._report(self.book.echoed(mark, self._ports.clock_ms()))
        self.pump()

    def settle(self) -> None:
        """Take note of time."""
        now_ms = self._ports.clock_ms()
        self._report(self.book.settle(now_ms))
        if self._queue and self.book.left_ms(now_ms) <= 0 and self._queue[0].waited_ms(now_ms) >= STALLED_MS:
            self._queue[0].give_up()
        self.pump()

    def waits_ms(self, now_ms: float) -> float | None:
        """Return in how long time changes something by itself: more may be sent, a mark is overdue, a voice is stuck."""
        waits = [self.book.overdue_ms(now_ms)]
        if self._cuts_behind is not None:
            waits.append(self.book.left_of_ms(self._cuts_behind, now_ms))
            return min((max(0.0, wait) for wait in waits if wait is not None), default=None)
        if self._queue and self._queue[0].chunks:
            waits.append(self.book.left_ms(now_ms) - AHEAD_MS)
        elif self._queue and self._queue[0].started:
            waits.append(self.book.left_ms(now_ms) + STALLED_MS - self._queue[0].waited_ms(now_ms))
        return min((max(0.0, wait) for wait in waits if wait is not None), default=None)

    def pump(self) -> None:
        """Send the sound that is ready, as far ahead as allowed, and have the next sentence voiced meanwhile."""
        now_ms = self._ports.clock_ms()
        if self._holds(now_ms):
            self._start_next()
            return
        while self._queue:
            voicing = self._queue[0]
            while voicing.chunks:
                if self.book.left_ms(now_ms) > AHEAD_MS:
                    return
                self._send(voicing, voicing.chunks.popleft(), now_ms)
            if not voicing.done or voicing.chunks:
                break
            self._queue.popleft()
            self._end(voicing)
        self._start_next()

    def close(self) -> None:
        """The call is over or moved."""
        self._drop_prepared()
        for voicing in self._queue:
            voicing.drop()
        self._queue.clear()
        self._speaker.close()

    def lost(self) -> None:
        """The socket is gone: report what was heard until now."""
        self._report(self.book.cleared(self._ports.clock_ms()))

    # --- inside ---

    def _add(self, voicing: Voicing) -> None:
        self._queue.append(voicing)
        self.pump()

    def _start_next(self) -> None:
        for voicing in self._queue:
            if not voicing.started:
                saying = voicing.saying
                gen, said = self._said
                before = said if gen == saying.gen and gen != NO_GEN else ""
                self._start(voicing, before)
                return
            if not voicing.done:
                return

    def _start(self, voicing: Voicing, before: str, *, speculative: bool = False) -> None:
        saying, speaker = voicing.saying, self._speaker
        self._said = (saying.gen, f"{before} {saying.text}".strip())
        ports = self._ports
        voicing.start(
            lambda: speaker.say(saying.text, before=before, speculative=speculative),
            ports.clock_ms,
            ports.arrived,
            ports.spawn,
        )

    def _send(self, voicing: Voicing, chunk: SpokenChunk, now_ms: float) -> None:
        saying, ports = voicing.saying, self._ports
        if not saying.sent and chunk.audio:
            ports.first_sent(voicing, now_ms)
        chars = chunk.chars
        for start in range(0, len(chunk.audio), MESSAGE_BYTES):
            piece = chunk.audio[start : start + MESSAGE_BYTES]
            ports.send(ports.writer.media(piece))
            self.book.send(saying, len(piece), now_ms, chars)
            if self._lane:
                self._lane.sent(piece)
            chars = ()
            self._unmarked += len(piece)
            first = saying.sent == self._unmarked
            if self._unmarked >= (FIRST_MARK_BYTES if first else MARK_BYTES):
                self._mark()

    def _mark(self) -> None:
        self._unmarked = 0
        self._ports.send(self._ports.writer.mark(self.book.mark()))

    def _end(self, voicing: Voicing) -> None:
        saying = voicing.saying
        if voicing.failed:
            self.failed = True
            saying.breaks_off()
        saying.whole = True
        if saying.sent:
            self._mark()
        elif not voicing.failed and saying.gen != NO_HEARER:
            # Signs that nobody pronounces.
            self._report([Heard(saying.gen, saying.seq, len(saying.text), HeardSource.ESTIMATE)])

    def _drop_prepared(self) -> None:
        if self._prepared is not None:
            self._prepared.drop()
            self._prepared = None

    def _report(self, heard: list[Heard]) -> None:
        for event in heard:
            self._ports.heard(event)


def _is(voicing: Voicing, gen: int, seq: int, text: str) -> bool:
    saying = voicing.saying
    return (saying.gen, saying.seq, saying.text) == (gen, seq, text) and not voicing.failed
