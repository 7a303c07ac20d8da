"""How a session of ours ends, as the carrier brings it to the action URL."""

from enum import StrEnum


class Handoff(StrEnum):
    """What follows a session that we ended."""

    HANG_UP = "hang_up"
    TRANSFER = "transfer"
    MOVED = "moved"
    """The call goes on over a new socket: with another voice, or in another process."""
