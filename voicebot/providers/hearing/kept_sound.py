"""The sound of a call that is not understood for certain yet: what another connection, or another transcriber, has to hear again."""


class KeptSound:
    """The latest bytes of a call's sound, by their place in the whole of it; the oldest go when there are too many."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._bytes = bytearray()
        self.start = 0
        """The place of the first byte that is kept."""

    @property
    def end(self) -> int:
        """The place after the last byte."""
        return self.start + len(self._bytes)

    def add(self, sound: bytes) -> None:
        """Keep more, at the end."""
        self._bytes += sound
        if len(self._bytes) > self._most:
            self.drop(self.end - self._most)

    def drop(self, until: int) -> None:
        """Forget what lies before `until`."""
        surplus = min(until - self.start, len(self._bytes))
        if surplus > 0:
            del self._bytes[:surplus]
            self.start += surplus

    def piece(self, first: int, until: int) -> bytes:
        """Return what is kept of the bytes from `first` to before `until`."""
        return bytes(self._bytes[max(first - self.start, 0) : max(until - self.start, 0)])
