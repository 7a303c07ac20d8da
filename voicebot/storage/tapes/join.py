"""Several recordings of one call as one file, piece by piece."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from voicebot.storage.tapes.wav import CHANNELS, HEADER_BYTES, HZ, header

PIECE = 64 * 1024
SILENCE = b"\xff"
MOST_BYTES = 1024 * 1024 * 1024
"""A WAV file can tell four times as much: what comes later is left out."""
MOST_GAP_S = 4 * 3600
"""A call is over after four hours; a longer pause is a clock that was set."""


def join_files(tapes: Sequence[tuple[datetime, Path]], target: Path) -> None:
    """Write tapes one after the other, the oldest first, with silence for the time between them.

    `tapes`: when the first sample of each was heard, and its WAV file. Raises OSError.
    """
    first_at, written = tapes[0][0], 0
    with target.open("wb") as file:
        target.chmod(0o600)
        file.write(header(0))
        for began_at, path in tapes:
            since_s = (began_at - first_at).total_seconds()
            gap = round(since_s * HZ) * CHANNELS - written
            # Two tapes that overlap, as while a call moves, follow each other.
            written += _silent(file, min(max(gap, 0), MOST_GAP_S * HZ * CHANNELS, MOST_BYTES - written))
            written += _copied(path, file, MOST_BYTES - written)
        file.seek(0)
        file.write(header(written))


def _silent(file: BinaryIO, count: int) -> int:
    for _ in range(count // PIECE):
        file.write(SILENCE * PIECE)
    return count // PIECE * PIECE + file.write(SILENCE * (count % PIECE))


def _copied(path: Path, file: BinaryIO, most: int) -> int:
    copied = 0
    with path.open("rb") as source:
        source.seek(HEADER_BYTES)
        while piece := source.read(min(PIECE, most - copied)):
            copied += file.write(piece)
    return copied
