"""What an ear reaches."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from voicebot.domain.call.events import Event
from voicebot.services.calls.media.caller_utterance import CallerUtterance
from voicebot.services.calls.streams.speech_events import SpeechEvents


@dataclass(frozen=True)
class EarPorts:
    """What an ear reaches."""

    tell: Callable[[Event], None]
    clock_ms: Callable[[], float]
    told: Callable[[CallerUtterance, float, float], None]
    """A turn is over: its utterance, and when by our clock its last speech was heard, and its end decided."""
    deaf: Callable[[], None]
    """Nobody is understood any more."""
    entered: Callable[[Callable[[], None]], None]
    """Do something under the line's lock, and look at what follows: reports come from other threads."""
    lock: AbstractContextManager[Any]
    """The line's."""
    speech: SpeechEvents
    sounds: Callable[[], bool] = lambda: True
    """Whether the caller hears us now, by our clock: marks tell that later."""
