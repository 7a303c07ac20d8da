"""Record what a key read or was refused, once in ten minutes, because a program asks again and again."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from voicebot.api.authentication import KeyHolder
from voicebot.storage.access.members import note_audit
from voicebot.storage.database import Database

ONCE_IN_S = 600.0
REMEMBERED = 10_000


class Noted:
    """Remembers the latest audit notes, one a process, so that a series of requests asks the database once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._at: OrderedDict[tuple[str, ...], float] = OrderedDict()

    def note(self, database: Database, holder: KeyHolder, deed: str, kind: str, thing: str) -> None:
        """Put a deed on record, unless it stands there since ten minutes or less. Raises DatabaseAway."""
        which, now = (str(holder.key_id), deed, kind, thing), self._clock()
        with self._lock:
            if now - self._at.get(which, float("-inf")) < ONCE_IN_S:
                return
        note_audit(database, deed, kind, thing, actor=holder.actor, once_in_s=ONCE_IN_S)
        with self._lock:
            self._at[which] = now
            self._at.move_to_end(which)
            while len(self._at) > REMEMBERED:
                self._at.popitem(last=False)
