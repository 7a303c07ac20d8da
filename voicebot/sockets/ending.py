"""Why a websocket is over."""

from enum import StrEnum


class Ending(StrEnum):
    """Who or what ended it."""

    OURS = "ours"
    """We closed it."""
    PEER = "peer"
    """The peer closed it."""
    LOST = "lost"
    """The connection broke off."""
    GARBAGE = "garbage"
    """What came is no websocket, or no text."""
    TOO_LARGE = "too_large"
    TOO_FAST = "too_fast"
    BINARY = "binary"
    NO_START = "no_start"
    """The peer never said anything."""
    SILENT = "silent"
    """The peer said nothing any more and answered no ping."""
    NOT_READ = "not_read"
    """The peer did not take what we sent."""


class SocketClosed(Exception):
    """The websocket is over: `code` and `reason` are those of the close frame, 1006 where there was none."""

    def __init__(self, code: int, reason: str, ending: Ending = Ending.LOST) -> None:
        super().__init__(f"websocket closed: {code} {ending.value}")
        self.code, self.reason, self.ending = code, reason, ending


def cut_off(ending: Ending) -> SocketClosed:
    """Return the end of a websocket that nobody said goodbye to."""
    return SocketClosed(1006, "", ending)
