"""Frames as a carrier sends them, read by hand: text, whole, there at once. All others are the library's. And how we write ours.

A call has fifty a second: through the library's parser one costs 5 µs, by hand 1 µs. The library sees each byte of every other
frame, as early as it comes, and refuses what has to be refused.
"""

import os
from collections.abc import Callable

from websockets.frames import Frame, Opcode, apply_mask  # type: ignore[attr-defined]
from websockets.protocol import OPEN, Protocol

_WHOLE, _MASKED, _WHOLE_TEXT = 0x80, 0x80, 0x81
_LONG, _VERY_LONG = 126, 127
_MASKS_AT_ONCE = 256
_CONTROL = 0x8

_masks: list[bytes] = []


class FrameReader:
    """Finds the frames in what one client sends, from its first one on."""

    def __init__(self, protocol: Protocol, most_bytes: int, feed: Callable[[bytes], list[Frame]]) -> None:
        """`feed` gives bytes to the protocol, and returns the frames that they have completed."""
        self._protocol, self._most, self._feed = protocol, most_bytes, feed
        self._amid = False
        """A message in pieces has begun: what is allowed now is for the library to say."""
        self._left = 0
        """So much of a frame that the library has begun is still to come."""
        self._head = b""
        """The begin of a frame that the library has got, and that does not tell its length yet."""

    def take(self, data: bytes) -> list[bytes | Frame]:
        """Return the frames that are whole now: of a plain one its text (UTF-8, not checked), others as the library has them."""
        found: list[bytes | Frame] = []
        at, end = 0, len(data)
        if self._head:
            at = self._go_on(data, found)
        while at < end:
            if self._protocol.state is not OPEN:
                self._give(data[at:], found)
                break
            if self._left:
                piece = data[at : at + self._left]
                self._left -= len(piece)
                at += len(piece)
                self._give(piece, found)
                continue
            bounds = _payload_of(data, at)
            if bounds is None:
                self._head = data[at:]
                self._give(self._head, found)
                break
            begins, ends = bounds
            if (
                data[at] == _WHOLE_TEXT
                and data[at + 1] & _MASKED
                and ends <= end
                and ends - begins <= self._most
                and not self._amid
            ):
                found.append(apply_mask(data[begins:ends], data[begins - 4 : begins]))
                at = ends
            else:
                self._left = ends - at
        return found

    def _go_on(self, data: bytes, found: list[bytes | Frame]) -> int:
        """Find out how long the frame is that has begun; return how much of `data` was needed for that."""
        known = len(self._head)
        for used in range(1, len(data) + 1):
            self._head += data[used - 1 : used]
            bounds = _payload_of(self._head, 0)
            if bounds is not None:
                self._left, self._head = bounds[1] - known - used, b""
                break
        self._give(data[:used], found)
        return used

    def _give(self, data: bytes, found: list[bytes | Frame]) -> None:
        for frame in self._feed(data):
            if not frame.opcode & _CONTROL:
                self._amid = not frame.fin
            found.append(frame)


def _payload_of(data: bytes, at: int) -> tuple[int, int] | None:
    """Return where the payload of the frame begins and ends that begins there; None while its head does not tell."""
    there = len(data) - at
    if there < 2:
        return None
    second = data[at + 1]
    length, begins = second & 0x7F, at + 2
    if length == _LONG:
        if there < 4:
            return None
        length, begins = data[at + 2] << 8 | data[at + 3], at + 4
    elif length == _VERY_LONG:
        if there < 10:
            return None
        length, begins = int.from_bytes(data[at + 2 : at + 10]), at + 10
    if second & _MASKED:
        begins += 4
    return begins, begins + length


def written(opcode: Opcode, data: bytes, *, masked: bool) -> bytes:
    """Return a whole frame; a client's is masked, so that nobody on the way takes it for a request (RFC 6455, 10.3)."""
    length, mask_bit = len(data), _MASKED if masked else 0
    if length < _LONG:
        head = bytes((_WHOLE | opcode, mask_bit | length))
    elif length < 1 << 16:
        head = bytes((_WHOLE | opcode, mask_bit | _LONG, length >> 8, length & 0xFF))
    else:
        head = bytes((_WHOLE | opcode, mask_bit | _VERY_LONG)) + length.to_bytes(8)
    if not masked:
        return head + data
    mask = _mask()
    return head + mask + bytes(apply_mask(data, mask))


def _mask() -> bytes:
    """Return four random bytes, drawn in batches because each draw is a system call."""
    try:
        return _masks.pop()
    except IndexError:
        chance = os.urandom(4 * _MASKS_AT_ONCE)
        _masks.extend(chance[at : at + 4] for at in range(4, len(chance), 4))
        return chance[:4]
