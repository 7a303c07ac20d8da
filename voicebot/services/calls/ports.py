"""The three ports beside the owner of a call: a line carries it, a log stores it, a brain thinks for it.

A new transport is a new `Line` with its `CallLog`; a new engine is a new `Brain`. None of them calls `step` or decides
anything: they carry out actions and report events. An engine that hears and speaks by itself is Brain and Line in one
object; "heard" is then what the line played, never what the engine claims.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from voicebot.domain.call.actions import LineAction, ReadAnswer, RunTool
from voicebot.domain.call.events import Event
from voicebot.domain.call.state import CallState
from voicebot.domain.call.turn import CallSnapshot, TurnResults

Report = Callable[[Event], None]
"""Tell the owner what happened; any thread may."""

Cancel = Callable[[], None]
"""Stop an answer and close its connection; any thread may, more than once."""


class Fenced(Exception):
    """Another process has taken over: this one may say and store nothing more."""


class Cutter(Protocol):
    """Cuts one answer into the pieces in which a line speaks it."""

    def feed(self, token: str) -> list[str]:
        """Return the pieces that `token` completed."""
        ...

    def flush(self, *, cut_short: bool = False) -> list[str]:
        """Return the rest of an answer that ends, or that pauses for a tool; only whole sentences of one that was cut short."""
        ...

    def drop(self) -> None:
        """Forget what is not a piece yet."""
        ...


class Line(Protocol):
    """Carries the call."""

    def perform(self, action: LineAction) -> None:
        """Carry out one action, in the order in which they come; returns at once. Ends in `assert_never`."""
        ...

    def cutter(self) -> Cutter:
        """Return how the next answer is to be cut."""
        ...


@dataclass(frozen=True)
class LogEntry:
    """The results of one event, to be stored together."""

    event: Event | None
    """None: what opened the turn. A line for which that matters has stored it before."""
    snapshot: CallSnapshot
    results: TurnResults
    """The results of the turn so far. It grows until the entry that ends the turn, and only that one writes its rows."""
    ends_turn: bool
    """Nothing more is owed: no model and no tool works for this turn."""
    follow: Callable[[], None]
    """Does what may happen only after the commit; to be called once, by whoever has made it durable."""


class CallLog(Protocol):
    """Keeps the call, under a lease: its rows are what other processes see and go on from."""

    def commit(self, entry: LogEntry) -> None:
        """Store an entry. Raises Fenced when another process has the call, and DatabaseAway if the log waits for the
        database.

        The caller hears an action before its entry is committed, unless the line waits for the commit. A line on a
        socket must not wait in the owner's thread: its log queues entries to one writer.
        """
        ...


class Brain(Protocol):
    """Thinks: reports SentenceReady and ToolAsked, and at last ModelFinished or ModelFailed, of the generation."""

    def start(self, gen: int, state: CallState, report: Report) -> Cancel:
        """Begin to answer what `state` holds, and return at once. After `cancel` nothing more needs to be reported."""
        ...


class Tools(Protocol):
    """Does for a call what the core may ask for beside talking."""

    def use(self, tool: RunTool, state: CallState, report: Report) -> None:
        """Run a tool and report ToolFinished, whatever happens; returns at once."""
        ...

    def read_answer(self, answer: ReadAnswer, report: Report) -> None:
        """Have an answer read and report AnswerRead, whatever happens; returns at once."""
        ...

    def send_code(self, channel: str, language: str) -> None:
        """Have a code sent to the caller; returns at once."""
        ...


class Inbox(Protocol):
    """Where events wait for the owner, and the clock by which the owner waits for them."""

    def now(self) -> datetime:
        """Return the time."""
        ...

    def post(self, event: Event) -> None:
        """Add an event; any thread may."""
        ...

    def take(self, until: datetime | None) -> Event | None:
        """Wait for the next event; None when there is none by `until` (None: for ever)."""
        ...


@dataclass(frozen=True)
class Ports:
    """Everything that the owner of a call reaches."""

    line: Line
    log: CallLog
    brain: Brain
    tools: Tools
    inbox: Inbox
