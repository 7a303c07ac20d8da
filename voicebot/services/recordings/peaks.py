"""The loudness of each side of a recording over time, for the waveform. Computed once and cached in memory for a while."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from voicebot.providers.ports import ProviderError, Recordings
from voicebot.runtime import Runtime
from voicebot.services.recordings.read import shelf_of
from voicebot.storage.calls.recordings import name_in
from voicebot.storage.off_hub import off_hub
from voicebot.transports.wav import WavUnreadable, header_of, loudest

STEPS = 250
"""A lane's steps: mirrored in two lanes they are 1,000 points."""
MOST_BYTES = 64 * 1024 * 1024
"""A longer recording is drawn by who spoke when, because reading it would make the reader wait."""
MOST_KEPT = 200
HEAD = 4096


@dataclass(frozen=True)
class Peaks:
    """`lanes`: caller and bot, each 0 to 1, evenly spread over `length_s` from the beginning of the recording."""

    lanes: Mapping[str, Sequence[float]]
    length_s: float


@dataclass
class PeakBook:
    """What was drawn already, the latest last. Safe between threads."""

    kept: "OrderedDict[str, Peaks | None]" = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, key: str, make: Callable[[], Peaks | None]) -> Peaks | None:
        """Return what is kept, or make it."""
        with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
                return self.kept[key]
        made = make()
        with self.lock:
            self.kept[key] = made
            while len(self.kept) > MOST_KEPT:
                self.kept.popitem(last=False)
        return made


def peaks_of(runtime: Runtime, book: PeakBook, row: Mapping[str, Any]) -> Peaks | None:
    """Return how loud each side was; None where nothing can be drawn.

    The first channel is the caller's side, the second ours, as the carrier and our tapes have them (handbook 1.4).
    """
    shelf, name = shelf_of(runtime, row), name_in(row)
    if shelf is None:
        return None
    try:
        size = shelf.size(name) or 0
        if not 0 < size <= MOST_BYTES:
            return None
        return book.of(f"{name} {size}", lambda: off_hub(lambda: _drawn(shelf, name, size)))
    except ProviderError:
        return None


def _drawn(shelf: Recordings, name: str, size: int) -> Peaks | None:
    whole = b"".join(shelf.read(name, 0, size - 1))
    try:
        head = header_of(whole[:HEAD])
    except WavUnreadable:
        return None
    lanes = loudest(head, whole[head.data_at :], STEPS)
    length_s = max(0, size - head.data_at) / head.bytes_a_second
    # A single channel does not show who speaks: it is drawn as the caller's.
    return Peaks(dict(zip(("caller", "bot"), lanes, strict=False)), length_s)
