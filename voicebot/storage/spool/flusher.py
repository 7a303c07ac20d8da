"""Replay what the spool holds, once the database is back.

One flusher a machine, by a file lock: the facts of a key reach the database in the order in which they were seen. A
request to stop goes first, whoever it came from. What the database refuses because of what it says, and what cannot be
read, is set aside for a person: it must not hold up the rest. What a database refuses that is being migrated, or is
behind us, waits a while with all facts of that function: nothing is wrong with them.
"""

import fcntl
import logging
import os
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

from voicebot.storage.database import Database, DatabaseAway, DatabaseBug
from voicebot.storage.spool.files import Corrupt, Spool, moment_of
from voicebot.telemetry import metrics

POLL_S = 0.5
# Classes of SQLSTATEs that speak of values; without one the client itself refused them. All else speaks of names that
# the database lacks, of transactions that it rolled back, of keys that it does not take, or of faults within it.
FACTS_FAULT = re.compile(r"((21|22|23|44|P0)...)?")
PATIENCE_S = 900.0
"""How long a function may be refused like that before its facts are set aside: later ones wait behind them."""
logger = logging.getLogger(__name__)


class SpoolFlusher:
    """A thread that looks twice a second; `flush` does one round."""

    def __init__(
        self,
        spool: Spool,
        database: Database,
        *,
        flushed: Callable[[], object] = lambda: None,
        poll_s: float = POLL_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spool, self._database, self._flushed, self._poll_s = spool, database, flushed, poll_s
        self._clock = clock
        self._stopped = threading.Event()
        self._refused_since: dict[str, float] = {}

    def start(self) -> None:
        """Keep the spool empty in the background."""
        threading.Thread(target=self._run, name="spool-flusher", daemon=True).start()

    def stop(self) -> None:
        """Stop after the fact that is under way."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(self._poll_s):
            try:
                self.flush()
            except Exception:
                # Without this thread acknowledged facts would wait for ever, so no error ends it.
                logger.exception("the spool cannot be replayed now")
            metrics.SPOOL_LOOKED_AT.set(time.time())

    def flush(self) -> int:
        """Replay what waits, unless another process does; return how many facts reached the database."""
        names = self._spool.names()
        _measure(names)
        if not names:
            return 0
        lock = os.open(self._spool.folder / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return self._replay()
        except BlockingIOError:
            return 0
        finally:
            os.close(lock)

    def _replay(self) -> int:
        replayed = 0
        waits: set[str] = set()
        # One file after the other, each read in its turn: while the database is away a round costs one file.
        for path in self._spool.in_order():
            if self._stopped.is_set():
                break
            try:
                fact = self._spool.read(path)
                if fact.function in waits:
                    continue
                self._database.call(fact.function, **fact.params)
            except DatabaseAway:
                break
            except FileNotFoundError:
                continue
            except Corrupt:
                self._set_aside(path)
                continue
            except DatabaseBug as error:
                if self._may_work_later(error):
                    waits.add(fact.function)
                else:
                    self._set_aside(path)
                continue
            self._refused_since.pop(fact.function, None)
            self._spool.remove(path)
            replayed += 1
        if replayed:
            logger.info("facts of the spool are in the database", extra={"count": replayed})
            self._flushed()
        _measure(self._spool.names())
        return replayed

    def _may_work_later(self, error: DatabaseBug) -> bool:
        if FACTS_FAULT.fullmatch(error.sqlstate):
            return False
        now = self._clock()
        if error.function not in self._refused_since:
            logger.error(
                "spooled facts wait for the database",
                extra={"function": error.function, "code": error.sqlstate},
            )
        return now - self._refused_since.setdefault(error.function, now) < PATIENCE_S

    def _set_aside(self, path: Path) -> None:
        metrics.CORRUPT_FACTS.inc()
        try:
            self._spool.set_aside(path)
        except OSError:
            # It stays where it is, and the others are replayed all the same.
            logger.exception("a spooled fact cannot be set aside", extra={"key": path.name})
            return
        logger.error("a spooled fact was set aside", extra={"key": path.name})


def _measure(names: list[str]) -> None:
    metrics.SPOOL_WAITING.set(len(names))
    metrics.SPOOL_OLDEST.set(max(0.0, time.time() - moment_of(names[0])) if names else 0.0)


def tell_what_stays(spool: Spool) -> None:
    """Log, as the last act of a process, the facts that wait until another process starts on this machine."""
    if names := spool.names():
        age_s = round(time.time() - moment_of(names[0]))
        logger.error("facts stay in the spool of this machine", extra={"count": len(names), "seconds": age_s})
