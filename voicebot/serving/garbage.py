"""When a process looks for what nobody uses any more and what holds itself: seldom, and not by counts alone.

By its own counts Python looks through all that has lived for a while each time that so much was made anew. At a thousand calls on
sockets that was a third of a second, every ten seconds, in which every caller waits, and it found nothing: a call on
ConversationRelay leaves nothing that holds itself, one on Media Streams some 450 things. So all is looked through once much has
piled up since the last time, or after half an hour.
Looking through the young ones is spread too thin to be heard where many calls are on sockets: of a process with a thousand
sessions it took up to 40 ms through 10,000 at a time, at most 6 through 700, and half of that through 250, for 1 % more of a
turn's CPU. A process with few sockets looks seldom: through 250 at a time a webhook cost its web process some 7 % more than
through 5,000.
"""

import gc
import threading
from collections.abc import Callable

ASKED_EVERY_S = 5.0
"""How often it is asked how many sessions there are."""
EVERY_S = 120.0
"""How often it is asked whether much has piled up: a count, which takes a fifth of a look."""
AT_LATEST_S = 1800.0
"""What holds itself waits so long at most."""
MUCH_MORE, MANY = 1.5, 50_000
"""Things that have lived for a while, as a multiple of those that the last look left, and beyond it: so many are looked through."""
MANY_SESSIONS = 50
YOUNG, YOUNG_OF_MANY = 5_000, 250
"""What was made anew before the youngest are looked through, in a process with few sessions on sockets and in one with many."""
OLDER, OLD = 1_000_000, 1_000
"""How often the youngest are looked through before the older ones are, and those before all: hardly ever."""


def collect_seldom(
    sessions: Callable[[], int],
    asked_every_s: float = ASKED_EVERY_S,
    every_s: float = EVERY_S,
    at_latest_s: float = AT_LATEST_S,
) -> threading.Event:
    """Look through all once much has piled up, asked each `every_s` seconds, or after `at_latest_s`; by counts only through
    what is young, in small pieces while there are many sessions. Set what is returned to end it.
    """
    _look_at_the_young(sessions())
    gc.enable()
    over = threading.Event()

    def rounds(left: int) -> None:
        since_s = asked_s = 0.0
        while not over.wait(asked_every_s):
            _look_at_the_young(sessions())
            since_s, asked_s = since_s + asked_every_s, asked_s + asked_every_s
            if asked_s < every_s:
                continue
            asked_s = 0.0
            if since_s >= at_latest_s or _lived() > MUCH_MORE * left + MANY:
                gc.collect()
                left, since_s = _lived(), 0.0

    threading.Thread(target=rounds, args=(_lived(),), name="garbage", daemon=True).start()
    return over


def _look_at_the_young(sessions: int) -> None:
    gc.set_threshold(YOUNG_OF_MANY if sessions >= MANY_SESSIONS else YOUNG, OLDER, OLD)


def _lived() -> int:
    """Return how many things have lived for a while."""
    return len(gc.get_objects(1)) + len(gc.get_objects(2))
