"""The line as the call's owner sees it: what the log, the brain and the line must learn of each other passes here."""

from collections.abc import Callable

from voicebot.domain.call.actions import Bridge, HangUp, LineAction, Listen, Transfer
from voicebot.domain.call.events import TransportLost
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.state import CallState
from voicebot.domain.call.turn import Closing
from voicebot.services.calls.ports import Brain, Cancel, Cutter, LogEntry, Report
from voicebot.services.calls.streams.line import StreamLine
from voicebot.services.calls.streams.log import StreamLog


class CarriedLine:
    """Performs on the line, and tells the log how a turn closes."""

    def __init__(
        self,
        line: StreamLine,
        log: StreamLog,
        setup: CallSetup,
        bridge: Callable[[str], None] = lambda by: None,  # noqa: ARG005
    ) -> None:
        """`bridge` lets the sound of an operator's browser to the caller."""
        self._line, self._log, self._setup, self._bridge = line, log, setup, bridge

    def perform(self, action: LineAction) -> None:
        """Carry out one action."""
        if isinstance(action, Listen | Transfer | HangUp):
            # A talk with a person may last as long as a whole call.
            self._log.closing = Closing(action, self._setup.language, self._setup.max_duration_s)
        if isinstance(action, Bridge):
            self._bridge(action.by)
        self._line.perform(action)

    def cutter(self) -> Cutter:
        """Return how the next answer is to be cut."""
        return self._line.cutter()


class CarriedLog:
    """Commits to the log, and tells the line what was decided."""

    def __init__(self, line: StreamLine, log: StreamLog) -> None:
        self._line, self._log = line, log
        self.left = False
        """The owner knows that the socket is gone: from here on nothing that this process does belongs to the call."""

    def commit(self, entry: LogEntry) -> None:
        """Queue an entry. Raises Fenced."""
        # First: what the line has measured goes with the entry.
        self._line.decided(entry)
        self._log.commit(entry)
        self.left = self.left or isinstance(entry.event, TransportLost)


class CarriedBrain:
    """Thinks, and tells the line which answer comes next."""

    def __init__(self, line: StreamLine, brain: Brain) -> None:
        self._line, self._brain = line, brain

    def start(self, gen: int, state: CallState, report: Report) -> Cancel:
        """Begin an answer."""
        self._line.thinking(gen, state)
        return self._brain.start(gen, state, report)
