"""Where copies of recordings are kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol


class Recordings(Protocol):
    """Keeps WAV files by name (`<public id of the call>.wav`). Every method but `size` raises ProviderError."""

    def save(self, name: str, file: Path) -> None:
        """Keep a file's content; a second time takes the place of the first."""
        ...

    def size(self, name: str) -> int | None:
        """Return how many bytes it has; None: there is none of that name. Raises ProviderError."""
        ...

    def read(self, name: str, first: int, last: int) -> Iterator[bytes]:
        """Yield the bytes from `first` to `last`, both with them, in pieces."""
        ...

    def remove(self, name: str) -> None:
        """Take it away; one that is not there is what was asked for."""
        ...


class NoRecordings:
    """`Recordings` that keeps nothing: where nobody listens."""

    def save(self, name: str, file: Path) -> None:
        """Keep nothing."""

    def size(self, name: str) -> int | None:
        """Return None: there is nothing."""
        del name
        return None

    def read(self, name: str, first: int, last: int) -> Iterator[bytes]:
        """Yield nothing."""
        del name, first, last
        return iter(())

    def remove(self, name: str) -> None:
        """Take nothing away."""
