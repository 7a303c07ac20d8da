"""Tell the workers that there is work, without any webhook waiting for it.

NOTIFY inside a webhook's transaction would line up all webhooks; so it is sent on its own, afterwards.
"""

import logging
import threading
import time
from collections.abc import Callable

from voicebot.storage.database import Database, DatabaseAway, DatabaseBug

PAUSE_S = 0.1
logger = logging.getLogger(__name__)


class JobHint:
    """Sends a hint after commit: the first at once, then at most one in 100 ms, and never none for the last work."""

    def __init__(self, database: Database, *, sleep: Callable[[float], object] = time.sleep) -> None:
        self._database = database
        self._sleep = sleep
        self._wanted = threading.Event()
        self._closed = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def made_work(self) -> None:
        """Say that a job was committed; returns at once. A hint that cannot be sent is no loss: workers also poll."""
        self._wanted.set()
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._send, name="job-hint", daemon=True)
                    self._thread.start()

    def close(self) -> None:
        """Stop sending."""
        self._closed.set()
        self._wanted.set()

    def _send(self) -> None:
        while self._wanted.wait() and not self._closed.is_set():
            # Cleared before it is sent: work that is made meanwhile gets a hint of its own.
            self._wanted.clear()
            try:
                self._database.call("hint_workers")
            except DatabaseAway:
                # The workers poll; what an outage costs here is half a second.
                pass
            except DatabaseBug:
                # Its functions may be being replaced this very moment: the next hint is not to be lost as well.
                logger.exception("a hint could not be sent")
            self._sleep(PAUSE_S)
