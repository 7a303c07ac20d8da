"""The agent's voice of a relay: tokens become speech that takes time, piece by piece, until something cuts it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.carrier.streams.timetable import Due, Timetable

HELD_BACK_S = 2.0
"""Without `last` text waits for the end of its sentence; after this long it is spoken as it is [INF]."""
UNDERRUN_S = 0.3
"""A voice without further text for this long within an utterance has stopped speaking."""

_SENTENCE_ENDS = (".", "!", "?", ":", ";", "…")


@dataclass
class Utterance:
    """Text, or a sound of `sound_s` seconds, that is spoken as a whole; `spoken` is what has been heard of it."""

    interruptible: frozenset[str]
    preemptible: bool
    text: str = ""
    closed: bool = False
    spoken: str = ""
    sound_s: float | None = None
    kind: str = "say"
    ends: list[int] = field(default_factory=list)
    """Where tokens ended that ended a sentence: live, `tokensPlayed` came in such pieces."""

    def add(self, token: str, *, last: bool) -> None:
        """A token comes."""
        self.text, self.closed = self.text + token, last
        if self.text.rstrip().endswith(_SENTENCE_ENDS):
            self.ends.append(len(self.text))

    def piece(self, *, all_of_it: bool) -> str:
        """The next words that can be spoken: up to the end of a sentence, or all that is there."""
        begin = len(self.spoken)
        end = next((at for at in self.ends if at > begin), None)
        if end is not None:
            return self.text[begin:end]
        return self.text[begin:] if self.closed or all_of_it else ""


@dataclass
class _Piece:
    utterance: Utterance
    text: str
    began_s: float
    lasts_s: float
    due: Due

    def heard_by(self, now_s: float) -> str:
        """The words of it that were heard by now."""
        share = 1.0 if self.lasts_s <= 0 else min(1.0, (now_s - self.began_s) / self.lasts_s)
        cut = int(share * len(self.text))
        if cut >= len(self.text) or self.text[cut : cut + 1].isspace():
            return self.text[:cut]
        # A word that was cut in the middle was not heard.
        whole = self.text[:cut].rstrip()
        return whole[: max(whole.rfind(" "), 0)] if " " in whole else ""


@dataclass
class VoiceEvents:
    """The listener of the voice: it begins (with the first piece), speaks a piece, has spoken it, and stops."""

    on: Callable[[], None]
    piece: Callable[[Utterance, str], float]
    """What is spoken, or sounds, now; returns how many seconds it takes."""
    played: Callable[[Utterance, str], None]
    off: Callable[[str | None], None]
    """Told what was heard of the piece that was cut; None when nothing was."""


@dataclass
class RelayVoice:
    """What the agent still has to say."""

    timetable: Timetable
    events: VoiceEvents
    first_after_s: Callable[[], float]
    """From the first token to the first sound."""
    queue: deque[Utterance] = field(default_factory=deque)
    on: bool = False
    on_since_s: float = 0.0
    finished: int = 0
    """Utterances that were spoken to their end, or cut."""
    _piece: _Piece | None = None
    _starting: Due | None = None
    _holding: Due | None = None
    _stopping: Due | None = None

    @property
    def hungry(self) -> bool:
        """Whether it waits for the rest of an utterance."""
        return self._holding is not None and self._piece is None and self._starting is None

    @property
    def quiet(self) -> bool:
        """Whether nothing is heard, or about to be, of what has come so far."""
        unsaid = any(each.sound_s is not None or len(each.spoken) < len(each.text) for each in self.queue)
        return not self.on and self._starting is None and not unsaid

    @property
    def idle(self) -> bool:
        """Whether nothing is being said and nothing is left to say."""
        return not self.on and self._starting is None and not self.queue

    def text(self, token: str, *, last: bool, interruptible: frozenset[str], preemptible: bool) -> None:
        """A token comes; `last` ends the utterance."""
        if not self.queue or self.queue[-1].closed or self.queue[-1].sound_s is not None:
            self.add(Utterance(interruptible, preemptible))
        self.queue[-1].add(token, last=last)
        self._go()

    def add(self, utterance: Utterance) -> None:
        """Queue an utterance; what may be cut off by later messages is cut off now."""
        while self.queue and self.queue[0].preemptible:
            self._drop()
        self.queue.append(utterance)
        self._go()

    def heard(self) -> tuple[str, int]:
        """What has been heard of the utterance that is being said, in whole words, and for how many ms the voice is on."""
        lasted_ms = round((self.timetable.now_s - self.on_since_s) * 1000) if self.on else 0
        return self._heard(), lasted_ms

    def cut(self) -> None:
        """Stop now and forget all that is queued."""
        if self.idle:
            return
        partly = self._partly()
        self.queue.clear()
        self._end_piece()
        self.finished += 1
        self._stop(partly)

    def interruptible_by(self, way: str) -> bool:
        """Whether input of this way cuts what is being said."""
        return bool(self.queue) and way in self.queue[0].interruptible

    def _heard(self) -> str:
        utterance = self._piece.utterance if self._piece else self.queue[0] if self.queue else None
        if utterance is None:
            return ""
        return (utterance.spoken + self._partly()).strip()

    def _partly(self) -> str:
        return self._piece.heard_by(self.timetable.now_s) if self._piece else ""

    def _go(self) -> None:
        """Speak on, if there is something to speak."""
        if self._piece is not None or self._starting is not None:
            return
        while self.queue and self._is_done(self.queue[0]):
            self.queue.popleft()
            self.finished += 1
        if not self.queue:
            self._stop()
        elif not self._ready(self.queue[0]):
            self._hold()
        elif self.on:
            self._speak(all_of_it=False)
        else:
            self._starting = self.timetable.after(self.first_after_s(), self._start)

    def _is_done(self, utterance: Utterance) -> bool:
        return utterance.closed and len(utterance.spoken) >= len(utterance.text) and utterance.sound_s is None

    def _ready(self, utterance: Utterance) -> bool:
        return utterance.sound_s is not None or bool(utterance.piece(all_of_it=False))

    def _hold(self) -> None:
        if self._holding is None:
            self._holding = self.timetable.after(HELD_BACK_S, self._release)
        if self.on and self._stopping is None:
            self._stopping = self.timetable.after(UNDERRUN_S, self._underrun)

    def _release(self) -> None:
        self._holding = None
        if self._piece is not None or self._starting is not None or not self.queue:
            return
        if self.queue[0].piece(all_of_it=True):
            self._begin()
            self._speak(all_of_it=True)

    def _underrun(self) -> None:
        self._stopping = None
        if self._piece is None and self.on:
            self.on = False
            self.events.off(None)

    def _start(self) -> None:
        self._starting = None
        if self.queue:
            self._begin()
            self._speak(all_of_it=False)

    def _begin(self) -> None:
        if not self.on:
            self.on, self.on_since_s = True, self.timetable.now_s
            self.events.on()

    def _speak(self, *, all_of_it: bool) -> None:
        self._call_off_waits()
        utterance = self.queue[0]
        text = utterance.piece(all_of_it=all_of_it) if utterance.sound_s is None else utterance.text
        seconds = self.events.piece(utterance, text)
        due = self.timetable.after(seconds, self._spoken)
        self._piece = _Piece(utterance, text, self.timetable.now_s, seconds, due)

    def _spoken(self) -> None:
        piece, self._piece = self._piece, None
        if piece is None:
            return
        utterance = piece.utterance
        if utterance.sound_s is not None:
            utterance.sound_s, utterance.spoken, utterance.closed = None, utterance.text, True
        else:
            utterance.spoken += piece.text
            self.events.played(utterance, piece.text)
        self._go()

    def _drop(self) -> None:
        self.queue.popleft()
        self.finished += 1
        self._end_piece()

    def _end_piece(self) -> None:
        if self._piece is not None:
            self._piece.due.off = True
            self._piece = None
        if self._starting is not None:
            self._starting.off = True
            self._starting = None

    def _stop(self, cut: str | None = None) -> None:
        self._call_off_waits()
        if self.on:
            self.on = False
            self.events.off(cut)

    def _call_off_waits(self) -> None:
        for row in (self._holding, self._stopping):
            if row is not None:
                row.off = True
        self._holding = self._stopping = None
