"""When a process looks for what nobody uses any more and what holds itself: seldom, and not by counts alone.

By its own counts Python looks through all that has lived for a while each time that so much was made anew. At a thousand calls on
sockets that was a third of a second, every ten seconds, in which every caller waits, and it found nothing: most of what
a call leaves is gone without it. Looking through the young ones is spread too thin to be heard: through 10,000 at a time it took up to 40 ms
of a process with a thousand sessions, through 700 at most 6.
"""

import gc
import threading

EVERY_S = 120.0
"""What holds itself waits so long at most."""
YOUNG, OLDER, OLD = 700, 20_000, 1_000
"""What was made anew before the youngest are looked through, how often before the older ones are, and those before all: hardly ever."""


def collect_seldom(every_s: float = EVERY_S) -> threading.Event:
    """Look through all each `every_s` seconds, and by counts only through what is young. Set what is returned to end it."""
    gc.set_threshold(YOUNG, OLDER, OLD)
    gc.enable()
    over = threading.Event()

    def rounds() -> None:
        while not over.wait(every_s):
            gc.collect()

    threading.Thread(target=rounds, name="garbage", daemon=True).start()
    return over
