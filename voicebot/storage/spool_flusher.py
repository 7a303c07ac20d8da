"""Replay what the spool holds, once the database is back.

One flusher a machine, by a file lock: the facts of a key reach the database in the order in which they were seen. A
request to stop goes first, whoever it came from. What the database refuses as a fault of ours, and what cannot be read,
is set aside for a person: it must not hold up the rest.
"""

import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from voicebot import metrics
from voicebot.storage.database import Database, DatabaseAway, DatabaseBug
from voicebot.storage.spool import Corrupt, Spool

POLL_S = 0.5
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
    ) -> None:
        self._spool, self._database, self._flushed, self._poll_s = spool, database, flushed, poll_s
        self._stopped = threading.Event()

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
            except OSError:
                logger.exception("the spool cannot be read")

    def flush(self) -> int:
        """Replay what waits, unless another process does; return how many facts reached the database."""
        waiting = self._spool.waiting()
        _measure(waiting)
        if not waiting:
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
        # One after the other, read when its turn comes: while the database is away a round costs one file.
        for path in self._spool.in_order():
            if self._stopped.is_set():
                break
            try:
                fact = self._spool.read(path)
                self._database.call(fact.function, **fact.params)
            except DatabaseAway:
                break
            except FileNotFoundError:
                continue
            except (Corrupt, DatabaseBug):
                self._set_aside(path)
                continue
            self._spool.remove(path)
            replayed += 1
        if replayed:
            logger.info("facts of the spool are in the database", extra={"count": replayed})
            self._flushed()
        _measure(self._spool.waiting())
        return replayed

    def _set_aside(self, path: Path) -> None:
        metrics.CORRUPT_FACTS.inc()
        try:
            self._spool.set_aside(path)
        except OSError:
            # It stays where it is, and the others are replayed all the same.
            logger.exception("a spooled fact cannot be set aside", extra={"key": path.name})
            return
        logger.error("a spooled fact was set aside", extra={"key": path.name})


def _measure(waiting: list[Path]) -> None:
    metrics.SPOOL_WAITING.set(len(waiting))
    oldest = time.time() - int(waiting[0].name.split("-")[0]) / 1e6 if waiting else 0.0
    metrics.SPOOL_OLDEST.set(max(0.0, oldest))
