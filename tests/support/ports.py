"""Ports for the processes that tests start."""

import random
import socket

# Connections that go out take theirs from 32768 upwards on Linux, and so does `bind` to port 0: a port from
# there may be somebody's by the time a process listens on it, or while it is being started again.
OURS = range(10_000, 32_000)
# Two test runs beside each other draw differently, whatever a test seeds.
DRAW = random.SystemRandom()


def free_port() -> int:
    """Return a port that nobody listens on now, and that the kernel gives to nobody by itself."""
    while True:
        port = DRAW.choice(OURS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
