"""The keys of one session: the digits of a code are collected, and a key interrupts Twilio as a sound does."""

from datetime import datetime, timedelta

from voicebot.transports.twilio.twiml import CODE_KEYS

INTERRUPTS_S = 0.5
"""A key interrupts too (handbook 4.1): an interruption this soon after a key is no sound of the caller."""
NEXT_S = 4.0
"""How long the next key of a code may take."""


class RelayKeys:
    """What the caller has pressed; guarded by its line's lock."""

    def __init__(self) -> None:
        self._code = ""
        self._last_at: datetime | None = None
        self.is_answered = True
        """We have stopped since the last key: what plays now answers it."""

    def press(self, now: datetime) -> None:
        """A key was pressed."""
        self._last_at, self.is_answered = now, False

    def has_just_come(self, now: datetime) -> bool:
        """Whether an interruption that is told now is the last key's."""
        return self._last_at is not None and now - self._last_at < timedelta(seconds=INTERRUPTS_S)

    def add(self, digit: str) -> bool:
        """Take a digit of a code; tell whether the code is whole."""
        self._code += digit
        return len(self._code) >= CODE_KEYS

    @property
    def code_waits(self) -> bool:
        """Whether more digits may come."""
        return bool(self._code)

    def take(self) -> str:
        """Return the digits so far, and forget them."""
        code, self._code = self._code, ""
        return code
