"""The threads of the worker process: they answer texts, and hand over texts, dials, mail, events and requests for codes.

Each claims, works, finishes, and looks again; with nothing to do it waits for the bell. Rows are the truth: the bell
(a hint from another process, or a neighbour's work) only wakes; without it they look by themselves, in turn.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from voicebot.limits import LoopLimits
from voicebot.runtime import Runtime
from voicebot.services.dialling.check import check_entries
from voicebot.services.dialling.dial import place_dials
from voicebot.services.dialling.settle import settle_silent_dials
from voicebot.services.operators.alerts import watch_alerts
from voicebot.services.operators.figures import count_figures
from voicebot.services.operators.incidents import watch_dialling
from voicebot.services.operators.send_mail import send_due_mail
from voicebot.services.operators.webhooks import deliver_webhooks
from voicebot.services.texts.answer import answer_next_thread
from voicebot.services.texts.resolve import resolve_unknown_texts
from voicebot.services.texts.send import send_due_texts
from voicebot.services.verification.send_by_carrier import send_verifications
from voicebot.storage.database import DatabaseAway, session_dsn
from voicebot.storage.database.hints import hear_hints

Work = Callable[[Runtime], int]
"""Does what there is to do now, and says how much it was; 0 lets its thread wait."""

logger = logging.getLogger(__name__)


class Bell:
    """Wakes the threads that wait for one kind of work; a ring after a thread's last look is not missed."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._rings = 0

    @property
    def rings(self) -> int:
        """How often it was rung: look at it before looking for work."""
        return self._rings

    def ring(self, *, everybody: bool = True) -> None:
        """There may be work; for one more thread, or for everybody."""
        with self._changed:
            self._rings += 1
            if everybody:
                self._changed.notify_all()
            else:
                self._changed.notify()

    def wait(self, heard: int, timeout_s: float) -> None:
        """Wait until it is rung again after `heard` rings, or for so long."""
        with self._changed:
            self._changed.wait_for(lambda: self._rings != heard, timeout_s)


@dataclass(frozen=True)
class LoopKind:
    """One kind of work. Together its threads look every `poll_s` seconds, unless they wait for hints only.

    `feeds` names the kinds that get work from this one.
    """

    name: str
    work: Work
    at_once: int = 1
    poll_s: float = LoopLimits().poll_s
    hinted: bool = True
    feeds: tuple[str, ...] = ()


class WorkerLoops:
    """All loops of one process."""

    def __init__(self, runtime: Runtime, kinds: Sequence[LoopKind], limits: LoopLimits | None = None) -> None:
        self._runtime, self._kinds = runtime, kinds
        self._limits = limits or LoopLimits()
        self._bells = {kind.name: Bell() for kind in kinds}
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._away: set[str] = set()

    def start(self, hints_dsn: str | None = None) -> None:
        """Start every thread; with an address, one more hears the hints of other processes."""
        for kind in self._kinds:
            for place in range(kind.at_once):
                self._run(f"{kind.name}-{place}", partial(self._loop, kind))
        if hints_dsn is not None:
            self._run("hints", partial(hear_hints, hints_dsn, self.hint, self._stopping))

    def hint(self) -> None:
        """Somebody made work: look now."""
        for kind in self._kinds:
            if kind.hinted:
                self._bells[kind.name].ring()

    def ask_to_stop(self) -> None:
        """Let every thread finish its present work and take nothing new; returns at once."""
        self._stopping.set()
        for bell in self._bells.values():
            bell.ring()

    def stop(self, within_s: float | None = None) -> bool:
        """Stop and wait; False when a thread was still busy. Another worker takes over what the thread holds after its lease."""
        self.ask_to_stop()
        ends = time.monotonic() + (self._limits.stop_within_s if within_s is None else within_s)
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _loop(self, kind: LoopKind) -> None:
        bell = self._bells[kind.name]
        while not self._stopping.is_set():
            heard = bell.rings
            if self._work(kind):
                self._tell(kind)
            elif not self._stopping.is_set():
                bell.wait(heard, kind.poll_s * kind.at_once)

    def _work(self, kind: LoopKind) -> int:
        try:
            done = kind.work(self._runtime)
            if kind.name in self._away:
                self._away.discard(kind.name)
                logger.info("a loop has the database again", extra={"task": kind.name})
            return done
        except DatabaseAway as error:
            # Once, not at each look: a database that is away for an hour would fill the log.
            if kind.name not in self._away:
                self._away.add(kind.name)
                logger.warning(
                    "a loop lost the database", extra={"task": kind.name, "reason": type(error).__name__}
                )
            self._stopping.wait(self._limits.away_s)
        except Exception:
            # One bad row must not end the work on all the others.
            logger.exception("a loop failed and goes on", extra={"task": kind.name})
            self._stopping.wait(self._limits.fault_s)
        return 0

    def _tell(self, kind: LoopKind) -> None:
        # Where there was one piece of work there may be another; a neighbour that finds none waits again.
        self._bells[kind.name].ring(everybody=False)
        for fed in kind.feeds:
            self._bells[fed].ring(everybody=False)


@contextmanager
def running_loops(runtime: Runtime) -> Iterator[WorkerLoops]:
    """Run the product's loops while the block runs, then stop them gracefully."""
    limits = runtime.limits.loops
    loops = WorkerLoops(runtime, product_loops(limits), limits)
    loops.start(session_dsn(runtime.settings))
    try:
        yield loops
    finally:
        if not loops.stop():
            logger.warning("a loop did not end in time")


def product_loops(limits: LoopLimits | None = None) -> list[LoopKind]:
    """Return what the worker process does beside its jobs."""
    limits = limits or LoopLimits()
    return [
        LoopKind(
            "answer-threads",
            answer_next_thread,
            at_once=8,
            poll_s=limits.poll_s,
            feeds=("send-texts", "dial", "pass-codes-on"),
        ),
        LoopKind("send-texts", send_due_texts, at_once=4, poll_s=limits.poll_s),
        LoopKind("dial", place_dials, poll_s=limits.codes_poll_s),
        LoopKind("check-queue", check_entries, poll_s=limits.queue_poll_s, feeds=("dial",)),
        LoopKind("pass-codes-on", send_verifications, poll_s=limits.codes_poll_s),
        LoopKind("send-mail", send_due_mail, poll_s=limits.mail_poll_s),
        # Every call and text is an event, so hints would ask the database more often than there is anything to post.
        LoopKind("post-events", deliver_webhooks, at_once=4, poll_s=limits.events_poll_s, hinted=False),
        LoopKind("resolve-texts", resolve_unknown_texts, poll_s=limits.rounds_s, hinted=False),
        LoopKind("watch-dialling", watch_dialling, poll_s=limits.rounds_s, hinted=False),
        LoopKind("count-figures", count_figures, poll_s=limits.rounds_s, hinted=False),
        LoopKind("watch-alerts", watch_alerts, poll_s=limits.rounds_s, hinted=False),
        LoopKind("settle-dials", settle_silent_dials, poll_s=limits.rounds_s, hinted=False),
    ]
