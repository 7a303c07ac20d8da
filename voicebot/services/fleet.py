"""The processes of one database find each other, so that each takes its share of a provider's limit.

While the database is away the last share stays in force.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

from voicebot.providers.slots.share import Fleet
from voicebot.runtime import Runtime
from voicebot.storage import machines
from voicebot.storage.database import DatabaseAway, DatabaseBug

WORKER = "worker"
LEAVE_WITHIN_S = 1.0
FIRST_AFTER_S = 0.5
"""What is read while a process starts goes first."""

log = logging.getLogger(__name__)


def see_fleet(runtime: Runtime, machine: str, role: str) -> None:
    """Say that this process lives, and learn its share. Raises DatabaseAway."""
    seen = machines.machine_seen(
        runtime.database,
        machine,
        role=role,
        calls=len(runtime.live_calls),
        forget_after_s=runtime.limits.fleet.forget_after_s,
    )
    runtime.share.fleet = Fleet(*seen)
    for admission in runtime.admissions:
        admission.look()


def keep_share(runtime: Runtime, role: str) -> Callable[[], None]:
    """Do so again and again in the background; returns what ends it and gives the share back."""
    machine, stopped = uuid4().hex, threading.Event()
    thread = threading.Thread(
        target=_keep_seeing, args=(runtime, machine, role, stopped), name="fleet", daemon=True
    )
    thread.start()

    def leave() -> None:
        stopped.set()
        thread.join(LEAVE_WITHIN_S)
        with suppress(DatabaseAway, DatabaseBug):
            machines.machine_left(runtime.database, machine)

    return leave


def _keep_seeing(runtime: Runtime, machine: str, role: str, stopped: threading.Event) -> None:
    every_s, told = runtime.limits.fleet.every_s, False
    pause_s = min(FIRST_AFTER_S, every_s)
    while not stopped.wait(pause_s):
        try:
            see_fleet(runtime, machine, role)
        except DatabaseAway:
            # Others tell that.
            pass
        except DatabaseBug:
            # A database that is not migrated yet.
            if not told:
                log.exception("the processes of this service cannot be counted")
            told = True
        pause_s = every_s
