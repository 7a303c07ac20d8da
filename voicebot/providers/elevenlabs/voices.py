"""The voice that replaces a deleted one: the account's default voice (handbook 1.4)."""

import logging
import time
from collections.abc import Callable

from voicebot.providers.elevenlabs.account import PROVIDER
from voicebot.providers.ports import ProviderError

TRIED_AGAIN_S = 600.0
_OF_ONE_VOICE = frozenset({"voice_not_found", "voice_access_denied"})
"""Refusals of a voice that was deleted, or is not this account's any more."""

log = logging.getLogger(__name__)


class Voices:
    """The voices of one adapter; safe to share between threads."""

    def __init__(self, default_voice_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._default, self._clock = default_voice_id, clock
        self._gone_until: dict[str, float] = {}

    def chosen(self, voice_id: str) -> str:
        """Return the default voice for one that is blank or deleted; else the voice itself."""
        return (
            voice_id if voice_id and self._gone_until.get(voice_id, 0.0) <= self._clock() else self._default
        )

    def is_gone(self, voice_id: str, failure: ProviderError) -> bool:
        """Note a voice that was refused by itself; return whether the default voice may speak instead."""
        if failure.code not in _OF_ONE_VOICE or voice_id in ("", self._default):
            return False
        log.warning("a voice is gone", extra={"provider": PROVIDER, "code": failure.code})
        self._gone_until[voice_id] = self._clock() + TRIED_AGAIN_S
        return True
