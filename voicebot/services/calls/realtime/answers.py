"""The engine's answers as the core sees them: a wanted one, an early one that nobody has asked for, and one that is
heard.

Guarded by the line's lock.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from voicebot.domain.call.events import Event, ModelFailed, ModelFinished, SentenceReady, ToolAsked
from voicebot.providers.ports.engine import AnswerEnded, AnswerTool, AnswerWords, EngineSession
from voicebot.services.calls.media.playout import Cut
from voicebot.services.calls.ports import Cutter, Report
from voicebot.services.calls.realtime.deadlines import Deadlines
from voicebot.services.calls.realtime.spoken import SentenceSound, SpokenAnswer
from voicebot.transports.audio import PHONE_BYTES_A_MS

_ENDS = (".", "!", "?", "\u2026", "\u3002")
Progress = AnswerWords | AnswerTool | AnswerEnded


@dataclass(eq=False)
class Wanted:
    """An answer that the core waits for."""

    gen: int
    seq: int
    cutter: Cutter
    report: Report
    anew: bool = False
    """One that was begun before knows too little."""
    answer: SpokenAnswer | None = None
    said: bool = False
    is_whole: bool = False
    """Its text so far may be all of it."""

    def tell(self, event: Event) -> None:
        """Report to the owner."""
        self.report(event)

    @property
    def waits(self) -> bool:
        """Whether nothing is made that will be it."""
        return self.answer is None or self.answer.cancelled


class Answers:
    """Of one call, over one session after the other."""

    def __init__(self, session: EngineSession, waits: Deadlines, clock_ms: Callable[[], float]) -> None:
        self.session, self._waits, self._clock_ms = session, waits, clock_ms
        self.wanted: Wanted | None = None
        self.last: SpokenAnswer | None = None
        """What is said to the caller, or was last."""
        self._open: SpokenAnswer | None = None
        self._events: list[Progress] = []
        self.comes = False
        """A turn was taken, to which the engine begins an answer by itself."""

    # --- what the core wants ---

    def want(self, wanted: Wanted) -> None:
        """Get an answer for a turn: the one that the engine speaks already, the one that it is about to speak, or a
        requested one.
        """
        now_ms = self._clock_ms()
        self.wanted = wanted
        self._waits.answer_wanted(now_ms)
        if self._open is not None and not wanted.anew and not self._open.cancelled:
            self._adopt(wanted)
            return
        self.drop_open()
        if self.comes and not wanted.anew:
            # Asked again, it would answer twice.
            self._waits.answer_comes(now_ms)
        else:
            self.session.answer()

    def give_up(self, wanted: Wanted) -> None:
        """The core does not want it any more."""
        if self.wanted is not wanted:
            return
        self.wanted = None
        self._waits.answer_over()
        if wanted.answer is not None and not wanted.answer.ended:
            self.session.stop(wanted.answer.id)

    def drop_open(self) -> None:
        """Nobody asks for what the engine says: nobody hears it."""
        answer, self._open = self._open, None
        self._events.clear()
        if answer is None:
            return
        if not answer.ended:
            self.session.stop(answer.id)
        for item, _ in answer.parts:
            self.session.forget(item)

    def noise(self) -> bool:
        """The caller's sound meant nothing; return whether it stopped an answer that is still owed."""
        wanted = self.wanted
        if wanted is None or not wanted.waits:
            self.drop_open()
            return False
        if self._open is not None:
            self._adopt(wanted)
        elif not self.comes:
            self.session.answer()
        return True

    def cut(self, cuts: Sequence[Cut]) -> None:
        """Our sound stopped; the engine is told what was heard of it."""
        answer, self.last = self.last, None
        if answer is None:
            return
        ended = answer.ended
        answer.end()
        heard = answer.heard_of(cuts)
        for item, begins, ends in answer.places():
            if heard >= ends and answer.complete:
                continue
            if heard <= begins and ended:
                self.session.forget(item)
            else:
                self.session.cut(item, max(0, heard - begins) // PHONE_BYTES_A_MS)

    # --- what the engine reports ---

    def began(self, id: str) -> None:
        """It begins an answer."""
        by_itself, self.comes = self.comes, False
        wanted = self.wanted
        if wanted is None and not by_itself:
            # Asked for, and not wanted any more.
            self.session.stop(id)
            return
        if wanted is not None and wanted.anew and by_itself:
            self.session.stop(id)
            self.session.answer()
            return
        self.drop_open()
        self._open = SpokenAnswer(id)
        if wanted is not None and wanted.waits:
            self._adopt(wanted)

    def sounds(self, id: str, item: str, audio: bytes) -> None:
        """A piece of sound."""
        for answer in (self._open, self.last):
            if answer is not None and answer.id == id:
                answer.sounds(item, audio)
        self._say_whole()

    def _say_whole(self) -> None:
        """Say a sentence as soon as it sounds: its text is ahead of it, and nothing else may ever follow."""
        wanted = self.wanted
        if wanted is not None and wanted.answer is not None and wanted.is_whole and wanted.answer.length:
            wanted.is_whole = False
            self._say(wanted, wanted.cutter.flush())

    def goes_on(self, event: Progress) -> None:
        """A piece of text, a tool, or the end."""
        wanted = self.wanted
        if self._open is not None and self._open.id == event.answer:
            self._events.append(event)
            if isinstance(event, AnswerEnded):
                self._open.ended, self._open.cancelled = True, event.cancelled
        elif wanted is not None and wanted.answer is not None and wanted.answer.id == event.answer:
            self._goes_on(wanted, event)
        elif isinstance(event, AnswerEnded) and self.last is not None and self.last.id == event.answer:
            self.last.end()

    def break_off(self) -> int:
        """The engine has failed: the call's voice says the rest. Return how many bytes of sound were not accounted for."""
        lost = 0
        for answer in (self.last, self._open):
            if answer is not None and not answer.ended:
                lost += answer.length
                answer.end(broken=True)
        self._open = None
        return lost

    def close(self) -> None:
        """The call is over here."""
        for answer in (self.last, self._open):
            if answer is not None:
                answer.end()

    def _adopt(self, wanted: Wanted) -> None:
        answer, self._open = self._open, None
        events, self._events = self._events, []
        self.last = wanted.answer = answer
        wanted.anew = False
        self._waits.answer_runs(self._clock_ms())
        for event in events:
            self._goes_on(wanted, event)
        self._say_whole()

    def _goes_on(self, wanted: Wanted, event: Progress) -> None:
        match event:
            case AnswerWords(_, text):
                self._say(wanted, wanted.cutter.feed(text))
                wanted.is_whole = text.rstrip().endswith(_ENDS)
            case AnswerTool(_, call_id, name, arguments, readable):
                self._say(wanted, wanted.cutter.flush())
                wanted.said = True
                wanted.tell(ToolAsked(wanted.gen, call_id, name, dict(arguments), readable=readable))
            case AnswerEnded():
                self._ended(wanted, event)

    def _ended(self, wanted: Wanted, ended: AnswerEnded) -> None:
        answer = wanted.answer
        assert answer is not None
        answer.cancelled, answer.complete = ended.cancelled, ended.complete
        if ended.cancelled and not wanted.said:
            # The caller spoke: the core stops it, or it is made anew when they have said nothing.
            answer.end()
            return
        self._say(wanted, wanted.cutter.flush(cut_short=not ended.complete))
        answer.end()
        self.wanted = None
        self._waits.answer_over()
        wanted.tell(ModelFinished(wanted.gen) if wanted.said else ModelFailed(wanted.gen, "empty"))

    def _say(self, wanted: Wanted, sentences: list[str]) -> None:
        for sentence in sentences:
            assert wanted.answer is not None
            wanted.said = True
            wanted.answer.says(SentenceSound(wanted.gen, wanted.seq, sentence.strip()))
            wanted.tell(SentenceReady(wanted.gen, wanted.seq, sentence))
            wanted.seq += 1
