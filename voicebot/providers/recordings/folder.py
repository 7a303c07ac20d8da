"""Recordings in the data folder of this machine."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from voicebot.providers.ports import Outcome, ProviderError

PROVIDER = "folder"
PIECE = 64 * 1024


class FolderRecordings:
    """`Recordings` as files, which nobody else on the machine may read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, name: str, file: Path) -> None:
        """Store a file's content; a concurrent reader gets the old one or the new one."""
        place = self._place(name)
        part = place.with_suffix(".part")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with file.open("rb") as source, part.open("wb") as target:
                part.chmod(0o600)
                shutil.copyfileobj(source, target, PIECE)
                target.flush()
                os.fsync(target.fileno())
            part.replace(place)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise ProviderError(PROVIDER, "unwritable", Outcome.NOT_SENT) from error

    def size(self, name: str) -> int | None:
        """Return how many bytes it has; None: there is none of that name."""
        try:
            return self._place(name).stat().st_size
        except FileNotFoundError:
            return None

    def read(self, name: str, first: int, last: int) -> Iterator[bytes]:
        """Yield the bytes from `first` to `last`, both with them, in pieces."""
        try:
            with self._place(name).open("rb") as file:
                file.seek(first)
                left = last - first + 1
                while left > 0 and (piece := file.read(min(PIECE, left))):
                    left -= len(piece)
                    yield piece
        except OSError as error:
            raise ProviderError(PROVIDER, "unreadable", Outcome.REFUSED) from error

    def remove(self, name: str) -> None:
        """Take it away; one that is not there is what was asked for."""
        self._place(name).unlink(missing_ok=True)

    def _place(self, name: str) -> Path:
        if "/" in name or name.startswith("."):
            raise ProviderError(PROVIDER, "name", Outcome.REFUSED)
        return self.folder / name
