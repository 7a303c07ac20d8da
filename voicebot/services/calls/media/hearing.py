"""The port of a line of Media Streams to its ear: our own, or an engine that hears by itself."""

from collections.abc import Callable, Sequence
from typing import Protocol

from voicebot.domain.call.actions import Listen
from voicebot.providers.ports.speaker import CallSpeaker
from voicebot.providers.ports.transcriber import Listening
from voicebot.services.calls.media.ear import Ear
from voicebot.services.calls.media.ear_ports import EarPorts
from voicebot.services.calls.media.playout import Cut
from voicebot.services.calls.ports import Brain, Cutter, LogEntry


class HearsCaller(Protocol):
    """The caller's side of a stream; guarded by its line's lock. `Ear` says what each of them is."""

    @property
    def busy(self) -> bool:
        """Whether the caller speaks, or words of theirs are on their way."""
        ...

    @property
    def speaking(self) -> bool:
        """Whether the caller speaks."""
        ...

    @property
    def awaits_words(self) -> bool:
        """Whether a turn is over, and its words are on their way."""
        ...

    @property
    def spoke_at_ms(self) -> float:
        """Return when, by our clock, the turn ended whose words are on their way."""
        ...

    def expect(self, listen: Listen) -> None:
        """The caller has the word."""
        ...

    def hear_in(self, listening: Listening) -> None:
        """Hear another language from now on, between two turns."""
        ...

    def bot(self, speaking: bool, *, interruptible: bool = True, words: str = "") -> None:
        """Our sound begins or ends at the caller's ear."""
        ...

    def clock_of(self, at_ms: int) -> float:
        """Return when, by our clock, the frame came that ends there."""
        ...

    def sound(self, audio: bytes) -> None:
        """Take what the caller's telephone sends."""
        ...

    def wait_ms(self, now_ms: float) -> float | None:
        """Return in how long time changes something by itself."""
        ...

    def settle(self) -> None:
        """Take note of time."""
        ...

    def close(self) -> None:
        """The call is over or moved."""
        ...


class CallEngine(HearsCaller, Brain, Protocol):
    """An engine of one call that hears, thinks and speaks by itself, on a line that stays ours."""

    def brain(self, chat: Brain, cutter: Callable[[], Cutter]) -> Brain:
        """Be the call's brain; `chat` thinks once the engine has failed."""
        ...

    def voice(self, voice: CallSpeaker) -> CallSpeaker:
        """Say the engine's own sentences with its sound, and all other words with `voice`."""
        ...

    def speaks(self, gen: int) -> bool:
        """Whether the sound of this answer is the engine's own."""
        ...

    def decided(self, entry: LogEntry) -> None:
        """Learn what the core made of an event."""
        ...

    def cut(self, cuts: Sequence[Cut]) -> None:
        """Our sound stopped at once. `cuts`: the utterances that were not heard to their end, and how far they were."""
        ...


MakeEngine = Callable[[EarPorts, Callable[[], Ear]], CallEngine]
"""Makes the engine of a line; the second makes the ear that hears once the engine has failed."""
