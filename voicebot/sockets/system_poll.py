"""Whether something has come on a descriptor: the system's own poll(), also where gevent has put its emulation in its place.

A look that never waits needs no greenlet, and through the emulation it costs some ten times as much.
"""

import select
import sys
from collections.abc import Callable
from functools import cache
from typing import Any


def has_input(descriptor: int) -> bool:
    """Tell whether something has arrived on a socket, or its other end has closed it; never waits."""
    look = _poll()()
    look.register(descriptor, select.POLLIN)
    return bool(look.poll(0))


@cache
def _poll() -> Callable[[], Any]:
    monkey = sys.modules.get("gevent.monkey")
    return monkey.get_original("select", "poll") if monkey else select.poll
