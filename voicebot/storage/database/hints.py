"""Hear the hints of processes that made work, on a connection of its own."""

import threading
from collections.abc import Callable

import psycopg
from psycopg import sql

# Where `hint_workers` tells it; the job engine listens there too.
CHANNEL = "procrastinate_any_queue_v1"
CONNECTION = {
    "connect_timeout": 2,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
    "application_name": "voicebot-hints",
}
LOOK_S = 0.5


def hear_hints(
    dsn: str, on_hint: Callable[[], None], stopping: threading.Event, *, reconnect_s: float = 1.0
) -> None:
    """Call `on_hint` for every hint until `stopping` is set. Hints that are missed while the database is away do no harm."""
    while not stopping.is_set():
        try:
            with psycopg.connect(dsn, autocommit=True, **CONNECTION) as connection:  # type: ignore[arg-type]
                connection.execute(sql.SQL("listen {}").format(sql.Identifier(CHANNEL)))
                # Work may have been made while nobody listened.
                on_hint()
                while not stopping.is_set():
                    for _ in connection.notifies(timeout=LOOK_S, stop_after=1):
                        on_hint()
        except psycopg.Error:
            # Every loop also looks by itself; hints only make it sooner.
            stopping.wait(reconnect_s)
