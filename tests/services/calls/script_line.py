"""A call as a list of moments, played against a call's real owner by a clock that nobody waits for.

Beside Gather the second line: it plays, is interrupted, notices silence and reports what was heard, as one on a socket.
"""

import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import assert_never

from voicebot.domain.call import actions, events
from voicebot.domain.call.actions import LineAction
from voicebot.domain.call.events import Event, Heard, HeardSource
from voicebot.domain.call.phrases import phrase
from voicebot.domain.call.state import CallState
from voicebot.services.calls.ports import Cancel, LogEntry, Report
from voicebot.transports.sentences import SentenceSplitter

BEGAN = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
CHARS_PER_S, THINKING_S = 15, 0.5


@dataclass
class ScriptedCall:
    """Everything around the owner of one call: its inbox and clock, line, log, brain and tools. Seconds are the call's."""

    script: deque[tuple[float, Event]]
    answers: Sequence[Sequence[str]]
    second: float = 0.0
    coming: list[tuple[float, int, Event]] = field(default_factory=list)
    did: list[tuple[float, LineAction]] = field(default_factory=list)
    entries: list[LogEntry] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    posted: int = 0
    free_at: float = 0.0
    playing: list[tuple[float, float, Heard]] = field(default_factory=list)

    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self.second)

    def post(self, event: Event, at: float = 0.0) -> None:
        self.posted += 1
        heapq.heappush(self.coming, (max(at, self.second), self.posted, event))

    def take(self, until: datetime | None) -> Event | None:
        limit = float("inf") if until is None else (until - BEGAN).total_seconds()
        told_at = self.script[0][0] if self.script else float("inf")
        if self.coming and self.coming[0][0] <= min(told_at, limit):
            self.second, _, event = heapq.heappop(self.coming)
        elif told_at <= limit:
            self.second, event = self.script.popleft()
        else:
            assert until is not None, "nothing more happens, and nobody hangs up"
            self.second = limit
            return None
        return event

    def perform(self, action: LineAction) -> None:
        self.did.append((self.second, action))
        match action:
            case actions.Speak(gen, seq, text):
                self._play(Heard(gen, seq, len(text), HeardSource.MARK))
            case actions.PlayClip(name, seq):
                self._play(Heard(-1, seq, len(phrase(name)), HeardSource.MARK))
            case actions.StopSpeaking(after_sentence=True):
                pass
            case actions.StopSpeaking():
                cut = [(begins, heard) for begins, ends, heard in self.playing if ends > self.second]
                self._drop([heard for _, heard in cut])
                for begins, heard in cut:
                    chars = max(0, int((self.second - begins) * CHARS_PER_S))
                    self.post(Heard(heard.gen, heard.seq, chars, heard.source))
                self.playing, self.free_at = [], self.second
            case actions.Listen(timeout_s=timeout_s):
                silent_at = max(self.free_at, self.second) + timeout_s
                if not self.script or self.script[0][0] > silent_at:
                    self.post(events.SilencePassed(), silent_at)
            case actions.HangUp():
                self.post(events.CallEnded("bot_ended"), self.free_at)
            case actions.Transfer():
                self.post(events.TransferEnded(events.TransferOutcome.NO_ANSWER), self.free_at)
            case actions.SwitchVoice() | actions.SwitchLanguage() | actions.Record() | actions.Bridge():
                pass
            case _:
                assert_never(action)

    def _play(self, heard: Heard) -> None:
        begins = max(self.free_at, self.second)
        self.free_at = begins + heard.chars / CHARS_PER_S
        self.playing.append((begins, self.free_at, heard))
        self.post(heard, self.free_at)

    def _drop(self, unwanted: Sequence[Event]) -> None:
        self.coming = [moment for moment in self.coming if not any(moment[2] is event for event in unwanted)]
        heapq.heapify(self.coming)

    def cutter(self) -> SentenceSplitter:
        return SentenceSplitter()

    def start(self, gen: int, state: CallState, report: Report) -> Cancel:
        said = self.answers[len(self.asked) % len(self.answers)]
        answer = [
            *(events.SentenceReady(gen, seq, text) for seq, text in enumerate(said)),
            events.ModelFinished(gen),
        ]
        self.asked.append(gen)
        for number, event in enumerate(answer):
            self.post(event, self.second + THINKING_S + number / 10)
        return lambda: self._cancel(gen, answer)

    def _cancel(self, gen: int, answer: Sequence[Event]) -> None:
        self.cancelled.append(gen)
        self._drop(answer)

    def use(self, tool: actions.RunTool, state: CallState, report: Report) -> None:
        report(events.ToolFinished(tool.gen, tool.id, ok=True, result="Done."))

    def read_answer(self, answer: actions.ReadAnswer, report: Report) -> None:
        report(events.AnswerRead(answer.gen))

    def send_code(self, channel: str, language: str) -> None:
        self.codes.append(channel)

    def commit(self, entry: LogEntry) -> None:
        self.entries.append(entry)
        entry.follow()
