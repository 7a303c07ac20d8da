"""Run one call through the pure core: the only place that calls `step`.

One thread owns the state and drains an inbox; the model, tools, timers and sockets only post events into it.
What a transport must do (say, listen, hang up, keep) goes to the transport, which decides nothing.
"""

import logging
import queue
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from voicebot.domain.call.actions import (
    Action,
    CancelModel,
    Escalate,
    KeepEffects,
    RunTool,
    SaveUtterance,
    SendCode,
    SetOutcome,
    Speaker,
    StartModel,
    TakeMessage,
    TextCaller,
)
from voicebot.domain.call.events import Event, ModelFailed, ToolFinished
from voicebot.domain.call.flow import step
from voicebot.domain.call.state import CallState
from voicebot.domain.person.effects import Effect
from voicebot.runtime import Runtime
from voicebot.services.calls.request import model_request
from voicebot.services.calls.run_tool import ToolResult, ToolUse, run_tool
from voicebot.services.calls.think import Thinking

log = logging.getLogger(__name__)


class Transport(Protocol):
    """What carries the call: a codec with a clock, no opinions."""

    @property
    def closed(self) -> bool:
        """Whether the transport has what it needs (a whole turn, or the end of the call): stop running."""
        ...

    def perform(self, action: Action, state: CallState) -> None:
        """Carry out one action that concerns the caller."""
        ...

    def settle(self, event: Event) -> None:
        """All actions of `event` have been performed: commit what must not be lost."""
        ...


@dataclass
class Results:
    """What a run leaves for the call's rows besides its state."""

    utterances: dict[int, SaveUtterance] = field(default_factory=dict)
    latency_ms: dict[int, int] = field(default_factory=dict)
    """Of the bot's utterances: from the event that opened the run to the decision to say it."""
    outcome: dict[str, Any] = field(default_factory=dict)
    """Columns of the call's row, `messages` that the caller left, and `escalations`: why a person has to look."""
    effects: list[Effect] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    """Channels on which a code is to be sent, once the turn is committed."""

    def rows(self) -> list[dict[str, Any]]:
        """Return the utterances as `transcripts` holds them."""
        return [
            {
                "number": saved.number,
                "speaker": saved.speaker,
                "text": saved.text,
                "confidence": saved.confidence,
                "heard": saved.heard,
                "heard_source": saved.heard_source,
                "latency_ms": self.latency_ms.get(saved.number),
            }
            for saved in self.utterances.values()
        ]


class CallRun:
    """The owner of one call's state, for one turn (Gather) or for the whole call (sockets)."""

    def __init__(
        self,
        runtime: Runtime,
        call_id: int,
        plan: Mapping[str, Any],
        state: CallState,
        transport: Transport,
    ) -> None:
        self._runtime, self._call_id, self._plan, self._transport = runtime, call_id, plan, transport
        self.state = state
        self.results = Results()
        self._began = time.monotonic()
        self._inbox: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._wanted_model: int | None = None
        self._wanted_tools: dict[str, RunTool] = {}
        self._thinking: tuple[int, Thinking] | None = None
        self._started_tools: set[tuple[int, str]] = set()

    def post(self, event: Event) -> None:
        """Report an event; any thread may."""
        self._inbox.put(event)

    @property
    def working(self) -> bool:
        """Whether a model or a tool still owes an event."""
        return self._wanted_model is not None or bool(self._wanted_tools)

    def replay(self, events: Iterable[Event]) -> None:
        """Bring the state to where these events left it, doing nothing: they were carried out before."""
        for event in events:
            self.state, actions = step(self.state, event)
            self._note(event, actions)

    def advance(self, event: Event) -> None:
        """Take one event: decide, carry out, commit."""
        self.state, actions = step(self.state, event)
        self._note(event, actions)
        for action in actions:
            self._transport.perform(action, self.state)
        self._transport.settle(event)

    def run(self, idle_s: float) -> None:
        """Start what is owed and take events until the transport is satisfied; `idle_s` without one is a model failure."""
        while not self._transport.closed:
            self._reconcile()
            try:
                event = self._inbox.get(timeout=idle_s)
            except queue.Empty:
                self.give_up()
            else:
                self.advance(event)
        self._drop_model()

    def give_up(self) -> None:
        """Fail what is still owed, now: it took too long."""
        for tool in list(self._wanted_tools.values()):
            self.advance(ToolFinished(tool.gen, tool.id, ok=False, result="That took too long."))
        if self._wanted_model is not None:
            self.advance(ModelFailed(self._wanted_model, "timeout"))

    def _note(self, event: Event, actions: list[Action]) -> None:
        """Keep the book of what is owed and what is to be stored."""
        gen = getattr(event, "gen", None)
        if type(event).__name__ in ("ModelFinished", "ModelFailed") and gen == self._wanted_model:
            self._wanted_model = None
        if isinstance(event, ToolFinished):
            # One that was given up may still report, after a later answer has asked for its id again.
            tool = self._wanted_tools.get(event.id)
            if tool is not None and tool.gen == event.gen:
                del self._wanted_tools[event.id]
        for action in actions:
            match action:
                case StartModel(gen, _):
                    self._wanted_model = gen
                case CancelModel(gen) if gen == self._wanted_model:
                    self._wanted_model = None
                case RunTool(_, id, _, _):
                    self._wanted_tools[id] = action
                case SaveUtterance(number, speaker, heard=None) if speaker is Speaker.BOT:
                    self.results.utterances[number] = action
                    self.results.latency_ms[number] = int((time.monotonic() - self._began) * 1000)
                case SaveUtterance(number):
                    self.results.utterances[number] = action
                case TakeMessage(number, text):
                    left = {"key": f"utterance-{number}", "text": text}
                    self.results.outcome["messages"] = [*self.results.outcome.get("messages", []), left]
                case TextCaller(text):
                    sent = {"key": "closed", "text": text}
                    self.results.outcome["texts"] = [*self.results.outcome.get("texts", []), sent]
                case Escalate(reason):
                    raised = self.results.outcome.get("escalations", [])
                    self.results.outcome["escalations"] = [*raised, reason]
                case KeepEffects(effects):
                    self.results.effects += effects
                case SendCode(channel):
                    self.results.codes.append(channel)
                case SetOutcome(outcome, end_reason):
                    found = {"outcome": outcome, "end_reason": end_reason}
                    self.results.outcome |= {name: value for name, value in found.items() if value}

    def _reconcile(self) -> None:
        """Make what runs match what is wanted."""
        if self._thinking and self._thinking[0] != self._wanted_model:
            self._drop_model()
        if self._wanted_model is not None and self._thinking is None:
            self._start_model(self._wanted_model)
        for id, tool in self._wanted_tools.items():
            # A server may count its ids anew in every answer.
            if (tool.gen, id) not in self._started_tools:
                self._started_tools.add((tool.gen, id))
                threading.Thread(target=self._run_tool, args=(tool,), daemon=True).start()

    def _start_model(self, gen: int) -> None:
        request = model_request(self._plan, self.state, now=self._runtime.local_now())
        thinking = Thinking(
            self._runtime,
            request,
            gen,
            first_seq=self.state.answer.next_seq if self.state.gen == gen else 0,
            report=self.post,
        )
        self._thinking = (gen, thinking)
        threading.Thread(target=thinking.run, daemon=True).start()

    def _drop_model(self) -> None:
        if self._thinking:
            self._thinking[1].cancel()
            self._thinking = None

    def _tool_use(self, tool: RunTool) -> ToolUse:
        voice_id = self.state.voice_id or self._runtime.settings.elevenlabs_voice_id
        number = str(self._plan.get("number") or "")
        return ToolUse(self._call_id, f"{tool.gen}-{tool.id}", tool.arguments, voice_id, number)

    def _run_tool(self, tool: RunTool) -> None:
        try:
            result = run_tool(self._runtime, tool.name, self._tool_use(tool))
        except Exception:
            # Whatever it was, the turn waits for an answer.
            log.exception("tool failed", extra={"tool": tool.name, "call_id": self._call_id})
            result = ToolResult(
                ok=False, text="That did not work just now, and nothing of it was kept. Say so."
            )
        self.post(
            ToolFinished(tool.gen, tool.id, result.ok, result.text, result.voice_id, result.expects_code)
        )
