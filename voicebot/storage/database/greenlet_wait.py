"""Wait for Postgres in gevent's own way, with one watcher on the socket.

psycopg's waiting cooperates too, but through gevent's emulation of poll(), which costs more than the rest of a call.
"""

from typing import Any

import psycopg.errors
import psycopg.waiting

READ, WRITE = 1, 2


def wait_as_greenlets() -> None:
    """Let every connection of this process wait as greenlets do; only after gevent has patched."""
    from gevent import get_hub
    from gevent.timeout import Timeout

    def wait(gen: Any, fileno: int, interval: float = 0.0, timeout: float | None = None) -> Any:
        """Drive a psycopg generator to its result; as `psycopg.waiting.wait`. `interval` is not needed here."""
        del interval
        hub = get_hub()
        try:
            wanted = next(gen)
            while True:
                events = (READ if wanted & psycopg.waiting.WAIT_R else 0) | (
                    WRITE if wanted & psycopg.waiting.WAIT_W else 0
                )
                watcher = hub.loop.io(fileno, events)
                try:
                    if timeout is None:
                        hub.wait(watcher)
                    else:
                        with Timeout(timeout, psycopg.errors._WaitTimeout("wait timeout expired")):
                            hub.wait(watcher)
                finally:
                    watcher.close()
                # Which of the two it was does not matter: libpq tries what it can and asks again.
                wanted = gen.send(wanted)
        except StopIteration as done:
            return done.value

    psycopg.waiting.wait = wait
