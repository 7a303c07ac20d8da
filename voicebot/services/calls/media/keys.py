"""The keys that a caller presses: each is an event of its own, unless a code is expected, whose digits are collected."""

from collections.abc import Callable

from voicebot.domain.call.actions import Listen, ListenMode
from voicebot.domain.call.events import CallerSaid, Event, KeyPressed

KEYS_MS = 3000.0
"""After so long without a key a code is taken to be whole."""
CODE_KEYS = 6


class Keys:
    """The keys of one call; guarded by its line's lock."""

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._pressed, self._at_ms = "", 0.0

    @property
    def waits(self) -> bool:
        """Whether more digits may come."""
        return bool(self._pressed)

    def press(self, digit: str, listen: Listen | None, now_ms: float) -> None:
        """Take a key; `listen` says what the caller may answer with, None: it is not their turn."""
        collects = listen is not None and listen.mode is not ListenMode.SPEECH_AND_KEYS
        if not collects or not digit.isdecimal():
            self._end()
            self._tell(KeyPressed(digit))
            return
        self._pressed += digit
        self._at_ms = now_ms
        if len(self._pressed) >= CODE_KEYS:
            self._end()

    def wait_ms(self, now_ms: float) -> float | None:
        """Return in how many seconds the digits count as complete; report them now if they are due."""
        if not self._pressed:
            return None
        left_ms = self._at_ms + KEYS_MS - now_ms
        if left_ms > 0:
            return left_ms
        self._end()
        return None

    def _end(self) -> None:
        pressed, self._pressed = self._pressed, ""
        if pressed:
            self._tell(KeyPressed(pressed) if len(pressed) == 1 else CallerSaid(pressed))
