"""One answer that is begun before the caller is known to be done: the call's owner, from the committed state, in memory.

Nothing of it is performed: the core holds what the model says until the words are final. What the model says becomes a row,
event by event, so that any process that gets the final words can open the turn with it. No tool runs here.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

from voicebot.domain.answer.respelling import said_otherwise
from voicebot.domain.call.actions import LineAction, ReadAnswer, RunTool
from voicebot.domain.call.background import CallBackground, Transport
from voicebot.domain.call.caller import may_speculate
from voicebot.domain.call.events import (
    CallerMaybeDone,
    CallerResumed,
    CallerSaid,
    ModelFinished,
    SentenceReady,
    ToolAsked,
)
from voicebot.domain.call.state import CallState
from voicebot.domain.call.turn import SpokenItem
from voicebot.domain.prices import voice_usd
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.heard import heard_events
from voicebot.services.calls.inbox import QueueInbox
from voicebot.services.calls.ports import Fenced, LogEntry, Ports, Report
from voicebot.services.calls.run import CallOwner
from voicebot.services.calls.setup import pronunciations_of, told_again
from voicebot.services.calls.speech import start_clip
from voicebot.services.calls.think import ChatBrain
from voicebot.services.calls.timers import Timers
from voicebot.services.meter import Meter
from voicebot.storage.calls import speculations
from voicebot.storage.calls.speculations import ClaimedSpeculation
from voicebot.storage.database import DatabaseAway
from voicebot.telemetry import metrics
from voicebot.transports.sentences import SentenceSplitter

log = logging.getLogger(__name__)


def speculates(runtime: Runtime, background: CallBackground) -> bool:
    """Whether answers to this call are begun before its caller is known to be done."""
    limits = background.template.get("limits") or {}
    return runtime.settings.speculation and limits.get("speculation") is not False


class Speculation:
    """An answer to words that may not be the last; `run` belongs in a thread of its own, `stop` may come from any other."""

    def __init__(
        self, runtime: Runtime, call_sid: str, turn: int, text: str, words: str, sequence: int
    ) -> None:
        """`words` is the digest of `text`; `sequence` its place among what the caller has said in this turn."""
        self._runtime, self._call_sid, self._turn = runtime, call_sid, turn
        self._text, self._words, self._sequence = text, words, sequence
        self._token = uuid4()
        self._inbox = QueueInbox(runtime.call_clock())
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Make it no further: the caller has gone on."""
        self._stopped.set()
        self._inbox.post(CallerResumed())

    def run(self) -> None:
        """Claim the words, answer them and keep the answer. Whatever fails costs the head start alone."""
        runtime = self._runtime
        running = runtime.speculating
        if len(running) >= runtime.limits.speculation.most_at_once:
            return
        running.add(self)
        try:
            with suppress(Fenced):
                self._answer()
        except DatabaseAway:
            log.warning("an early answer was lost", extra={"reason": "DatabaseAway"})
        finally:
            running.discard(self)

    def _answer(self) -> None:
        if self._stopped.is_set():
            return
        claim = speculations.claim_speculation(
            self._runtime.database,
            self._call_sid,
            self._turn,
            words=self._words,
            sequence=self._sequence,
            token=self._token,
            most_starts=self._runtime.limits.speculation.most_starts,
            opening=CallerMaybeDone(self._text),
        )
        if claim is None:
            return
        try:
            if self._is_wanted(claim):
                metrics.SPECULATIONS.labels(Transport.GATHER, "started").inc()
                self._think(claim)
        finally:
            if self._stopped.is_set():
                speculations.drop_speculation(self._runtime.database, claim.call_id, token=self._token)

    def _is_wanted(self, claim: ClaimedSpeculation) -> bool:
        wanted = (
            speculates(self._runtime, claim.background)
            and may_speculate(claim.snapshot.core)
            and claim.spent_usd < self._runtime.settings.max_call_usd
        )
        if not wanted:
            self._stopped.set()
        return wanted

    def _think(self, claim: ClaimedSpeculation) -> None:
        runtime, state = self._runtime, told_again(self._runtime, claim.snapshot.core, claim.background)
        tab = _Tab(lambda usd: self._pay(claim, usd))
        line = _SilentLine(state.setup.language)
        keeping = _SpeculationLog(runtime, claim, self._turn, self, tab)
        ports = Ports(
            line=line,
            log=keeping,
            brain=ChatBrain(runtime, claim.background, line.cutter, tab),
            tools=_NoTools(),
            inbox=self._inbox,
        )
        owner = CallOwner(state, Timers(), ports)
        heard = heard_events(
            claim.previous,
            (CallerSaid(self._text),),
            now=runtime.now(),
            pause_s=runtime.limits.speculation.stood_s,
            clip_s=runtime.clips.lasts_s,
        )
        try:
            owner.open([*heard, CallerMaybeDone(self._text)])
            owner.run_turn(runtime.limits.turn.idle_s)
        finally:
            if not keeping.is_whole:
                self._stopped.set()
            tab.close()

    def keep(
        self,
        claim: ClaimedSpeculation,
        event: SentenceReady | ToolAsked | ModelFinished,
        *,
        clips_usd: float,
        used_usd: float,
    ) -> None:
        """Make an event of the answer a row. Raises Fenced when nobody waits for it any more."""
        kept = speculations.add_speculation(
            self._runtime.database,
            claim.call_id,
            self._turn,
            [event],
            token=self._token,
            finished=isinstance(event, ModelFinished),
            clips_usd=clips_usd,
            used_usd=used_usd,
        )
        if not kept:
            raise Fenced

    def _pay(self, claim: ClaimedSpeculation, usd: float) -> None:
        with suppress(DatabaseAway):
            speculations.add_speculation(
                self._runtime.database, claim.call_id, self._turn, [], token=uuid4(), used_usd=usd
            )


class _Tab(Meter):
    """What an answer costs; what comes after its end, because the model tells late, is paid at once."""

    def __init__(self, pay: Callable[[float], None]) -> None:
        super().__init__()
        self._pay, self._closed, self._paid_usd = pay, False, 0.0
        self._paying = threading.Lock()

    def add(self, usd: float) -> None:
        super().add(usd)
        if self._closed:
            self._settle()

    def take(self) -> float:
        """Return what is not paid yet: whoever takes it pays it."""
        with self._paying:
            usd, self._paid_usd = self.usd - self._paid_usd, self.usd
            return usd

    def close(self) -> None:
        """Pay what is not paid yet, and from now on at once."""
        self._closed = True
        self._settle()

    def _settle(self) -> None:
        if usd := self.take():
            self._pay(usd)


class _SpeculationLog:
    """Keeps what the model says as rows, and has the first clip made; the others once the answer is whole."""

    def __init__(
        self, runtime: Runtime, claim: ClaimedSpeculation, turn: int, speculation: Speculation, tab: _Tab
    ) -> None:
        self._runtime, self._claim, self._turn = runtime, claim, turn
        self._speculation, self._tab = speculation, tab
        self._sentences: list[SentenceReady] = []
        self._voiced = 0
        self.is_whole = False
        """The model has finished."""

    def commit(self, entry: LogEntry) -> None:
        match entry.event:
            case SentenceReady() as sentence:
                self._sentences.append(sentence)
                self._keep(sentence, self._voice(1))
            case ToolAsked() as asked:
                self._keep(asked, 0.0)
            case ModelFinished() as finished:
                self._keep(finished, self._voice(len(self._sentences)))
                self.is_whole = True

    def _keep(self, event: SentenceReady | ToolAsked | ModelFinished, clips_usd: float) -> None:
        self._speculation.keep(self._claim, event, clips_usd=clips_usd, used_usd=self._tab.take())

    def _voice(self, count: int) -> float:
        """Have the clips of the first sentences made, under the names by which the turn will look for them."""
        core = self._claim.snapshot.core
        voice_id = core.voice_id or self._runtime.settings.elevenlabs_voice_id
        usd = 0.0
        for index in range(self._voiced, min(count, len(self._sentences))):
            said = self._sentences[index]
            text = said.text.strip()
            said_as = said_otherwise(text, pronunciations_of(self._claim.background), core.setup.language)
            item = SpokenItem(said.gen, said.seq, text, voice_id, core.setup.language, said_as=said_as)
            start_clip(self._runtime, (self._claim.call_id, self._turn, 0, index), item, speculative=True)
            usd += voice_usd(item.spoken)
            self._voiced = index + 1
        return usd


class _SilentLine:
    """Nobody hears an answer that may be dropped."""

    def __init__(self, language: str) -> None:
        self._language = language

    def perform(self, action: LineAction) -> None:
        """Do nothing."""
        del action

    def cutter(self) -> SentenceSplitter:
        """Cut as the turn will."""
        return SentenceSplitter(self._language)


class _NoTools:
    """The core runs no tool of an answer that may be dropped."""

    def use(self, tool: RunTool, state: CallState, report: Report) -> None:
        del tool, state, report
        raise AssertionError("a tool of an answer that nobody has heard")

    def read_answer(self, answer: ReadAnswer, report: Report) -> None:
        del answer, report
        raise AssertionError("words that are not final are not read")

    def send_code(self, channel: str, language: str) -> None:
        del channel, language
        raise AssertionError("a code for words that are not final")
