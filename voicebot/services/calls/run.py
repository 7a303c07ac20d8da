"""Run a call through the pure core: the one owner of its state, and the only place that calls `step`.

The owner drains an inbox; model, tools and line only post into it. The owner keeps the timers, the results of the turn,
and the book of what is owed; line, log and brain carry out its actions (`ports`).
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import assert_never

from voicebot.domain.call.actions import (
    BrainAction,
    CancelModel,
    LineAction,
    ReadAnswer,
    RecordAction,
    RunTool,
    StartModel,
    SwitchLanguage,
    SwitchVoice,
    TimerAction,
)
from voicebot.domain.call.answers import owed_by
from voicebot.domain.call.events import (
    AnswerRead,
    Event,
    ModelFailed,
    ModelFinished,
    TimerFired,
    ToolFinished,
)
from voicebot.domain.call.flow import step
from voicebot.domain.call.state import CallState, Phase
from voicebot.domain.call.turn import CallSnapshot, TurnResults
from voicebot.services.calls.ports import Cancel, LogEntry, Ports
from voicebot.services.calls.timers import Timers


class CallOwner:
    """Owns one call: for one turn when the call lives in rows, else from its first event to its last."""

    def __init__(self, state: CallState, timers: Timers, ports: Ports) -> None:
        self.state = state
        self._timers, self._ports = timers, ports
        self._results = TurnResults()
        self._opened_at: datetime | None = None
        """When the event came that opened the turn."""
        self._idle_since = ports.inbox.now()
        self._wanted_model: int | None = None
        self._wanted_tools: dict[str, RunTool] = {}
        self._wanted_reading: ReadAnswer | None = None
        self._started_reading: int | None = None
        self._thinking: tuple[int, Cancel] | None = None
        self._started_tools: set[tuple[int, str]] = set()
        for action in owed_by(state):
            self._owe(action)

    @property
    def working(self) -> bool:
        """Whether a model or a tool still owes an event: the turn is not over."""
        reading = self._wanted_reading is not None
        return self._wanted_model is not None or reading or bool(self._wanted_tools)

    def open(self, events: Iterable[Event]) -> None:
        """Take the events that open a turn together, as one entry of the log."""
        for event in events:
            self._take(event)
        self._commit(None)

    def advance(self, event: Event) -> None:
        """Take one event: decide, carry out, commit."""
        self._take(event)
        self._commit(event)

    def replay(self, events: Iterable[Event]) -> None:
        """Bring the state to where these events left it. Their actions were done before, so only the books follow.

        The line learns which voice it speaks with from now on.
        """
        for event in events:
            for action in self._step(event):
                if isinstance(action, SwitchVoice | SwitchLanguage):
                    self._ports.line.perform(action)

    def run_turn(self, idle_s: float) -> None:
        """Go on until the turn is over; `idle_s` without an event while something is owed is a failure.

        Timers wait: where a call lives in rows, its next turn looks at them.
        """
        try:
            while self.working:
                self._wait(idle_s, None)
        finally:
            self._drop_model()

    def run(self, idle_s: float, left: Callable[[], bool] = lambda: False) -> None:
        """Go on until the call is over, or has `left` this process; `idle_s` as in `run_turn`, and timers fire."""
        try:
            while self.state.phase is not Phase.ENDED and not left():
                self._wait(idle_s, self._timers.next_at())
        finally:
            self._drop_model()

    def give_up(self) -> None:
        """Fail what is still owed, now: it took too long."""
        for tool in list(self._wanted_tools.values()):
            self.advance(ToolFinished(tool.gen, tool.id, ok=False, result="That took too long."))
        if self._wanted_reading is not None:
            self.advance(AnswerRead(self._wanted_reading.gen))
        if self._wanted_model is not None:
            self.advance(ModelFailed(self._wanted_model, "timeout"))

    def _wait(self, idle_s: float, timer_at: datetime | None) -> None:
        """Take the next event: one that is posted, or a timer's, or the end of our patience."""
        self._reconcile()
        if timer_at is not None and timer_at <= self._ports.inbox.now():
            # However much is posted, time passes.
            self._fire(timer_at)
            return
        patient_until = self._idle_since + timedelta(seconds=idle_s) if self.working else None
        until = min((at for at in (timer_at, patient_until) if at), default=None)
        event = self._ports.inbox.take(until)
        if event is not None:
            self.advance(event)
        elif timer_at is not None and until == timer_at:
            self._fire(timer_at)
        else:
            self.give_up()

    def _fire(self, now: datetime) -> None:
        for name in self._timers.due(now):
            self.advance(TimerFired(name))

    def _take(self, event: Event) -> None:
        for action in self._step(event):
            self._ports.line.perform(action)

    def _step(self, event: Event) -> list[LineAction]:
        """Decide, and keep the books; return what is the line's to do."""
        self._idle_since = now = self._ports.inbox.now()
        opened_at = self._opened_at = self._opened_at or now
        self.state, actions = step(self.state, event)
        self._strike_off(event)
        after_ms = max(0, int((now - opened_at).total_seconds() * 1000))
        carried: list[LineAction] = []
        for action in actions:
            if isinstance(action, BrainAction):
                self._owe(action)
            elif isinstance(action, TimerAction):
                self._timers.change(action, now)
            elif isinstance(action, RecordAction):
                self._results.note(action, after_ms)
            else:
                carried.append(action)
        return carried

    def _strike_off(self, event: Event) -> None:
        """Take out of the book what the event brings."""
        match event:
            case ModelFinished(gen) | ModelFailed(gen) if gen == self._wanted_model:
                self._wanted_model = None
            case AnswerRead(gen) if self._wanted_reading and gen == self._wanted_reading.gen:
                self._wanted_reading = None
            case ToolFinished(gen, id) if (tool := self._wanted_tools.get(id)) and tool.gen == gen:
                # A model that was given up may still report, after a later answer has used its id again.
                del self._wanted_tools[id]

    def _owe(self, action: BrainAction) -> None:
        match action:
            case StartModel(gen):
                self._wanted_model, self._wanted_reading = gen, None
            case CancelModel(gen):
                if gen == self._wanted_model:
                    self._wanted_model = None
                if self._wanted_reading and gen == self._wanted_reading.gen:
                    self._wanted_reading = None
            case ReadAnswer():
                self._wanted_reading = action
            case RunTool(_, id):
                self._wanted_tools[id] = action
            case _:
                assert_never(action)

    def _commit(self, event: Event | None) -> None:
        results, ends_turn = self._results, not self.working
        if ends_turn:
            self._results, self._opened_at = TurnResults(), None
        snapshot = CallSnapshot(self.state, self._timers.at)
        codes = tuple(results.codes) if ends_turn else ()
        entry = LogEntry(event, snapshot, results, ends_turn, follow=lambda: self._send_codes(codes))
        self._ports.log.commit(entry)

    def _send_codes(self, channels: Iterable[str]) -> None:
        for channel in channels:
            self._ports.tools.send_code(channel, self.state.setup.language)

    def _reconcile(self) -> None:
        """Make what runs match what is owed."""
        if self._thinking and self._thinking[0] != self._wanted_model:
            self._drop_model()
        ports = self._ports
        if self._wanted_model is not None and self._thinking is None:
            gen = self._wanted_model
            self._thinking = (gen, ports.brain.start(gen, self.state, ports.inbox.post))
        reading = self._wanted_reading
        if reading is not None and self._started_reading != reading.gen:
            self._started_reading = reading.gen
            ports.tools.read_answer(reading, ports.inbox.post)
        for id, tool in self._wanted_tools.items():
            # A server may count its ids anew in every answer.
            if (tool.gen, id) not in self._started_tools:
                self._started_tools.add((tool.gen, id))
                ports.tools.use(tool, self.state, ports.inbox.post)

    def _drop_model(self) -> None:
        if self._thinking:
            self._thinking[1]()
            self._thinking = None
