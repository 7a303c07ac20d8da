"""Decide by loudness whether a frame is the caller's speech, or noise, music or our own echo.

Pure and small: a frame costs a few microseconds. While we speak, and for a moment after, the sound that comes in may be
our own voice from the caller's loudspeaker. An echo is quieter than what we play, and its loudness follows ours a
moment later.
"""

from collections import deque
from collections.abc import Sequence
from itertools import islice
from math import sqrt

from voicebot.domain.call.turn_taking.signals import Frame

SPEECH_BEGINS, SPEECH_LASTS = 0.5, 0.35
"""Probabilities above which silence becomes speech, and speech stays it (silero's own, providers' handbook 7.1)."""
TAIL_MS = 500
"""How long our echo may come after our own sound: the network's way there and back."""
USUAL_PLAYING_DB = -18.0
"""How loud our voice is where nobody tells."""
QUIET_DB = -90.0

_HOLDS_FRAMES = 2
"""Frames for which a probability holds: a chunk ends in every second frame or in each."""
_FADES_DB, _GONE_DB, _GONE_SHARE = 12.0, 24.0, 0.65
"""A frame quieter than the voice by this much is not speech: the first value holds without a probability, the second
with one. In noise it is a share of the distance down to the noise.
"""
_RISES_DB = 10.0
_LOUD_DB, _PERHAPS = 14.0, 0.08
_LEAST_NOISE_DB, _FIRST_NOISE_DB, _CALM_DB, _NOISY_DB = -66.0, -43.0, -48.0, -41.0
_NOISY_FRAMES = 150

_USUAL_LOSS_DB, _LEAST_LOSS_DB, _OVER_ECHO_DB = 26.0, 6.0, 4.0
_UNKNOWN_LAG = 20
"""Frames within which an echo comes where nobody knows how late it does."""
_HEARD_DB = -60.0
"""Quieter frames count as silence when two courses of loudness are compared."""
_OVER_NOISE_DB, _DEEPEST_DB, _FLAT_DB = 2.0, 24.0, 3.0
"""Loudness is compared from a little over the noise on, and as far under the loudest as speech goes in a word."""
_COMPARED = 45
_MOST_LAG = 30
_LIKE_OURS = 0.75
"""Echoes are mostly over 0.9 alike, and a caller who interrupts is under 0.7 (measured on the labelled set)."""

_SURE, _LIVELY_DB = 0.8, 2.0
"""Speech differs from music by these two means: its probability is higher, and its loudness is less even."""
_FORGETS = 0.08


class Hearing:
    """One caller's line, as far as its loudness tells."""

    def __init__(self) -> None:
        self.noise_db = QUIET_DB
        self.is_noisy = False
        self._noisy_frames = 0
        self._probability, self._age = 0.0, _HOLDS_FRAMES
        self._voice_db = self._last_db = QUIET_DB
        self._sureness, self._steps_db = 1.0, 2 * _LIVELY_DB
        self._loss_db = _USUAL_LOSS_DB
        self._lag: int | None = None
        kept = _COMPARED + _MOST_LAG
        self._heard: deque[float] = deque([_HEARD_DB] * _COMPARED, _COMPARED)
        self._played: deque[float] = deque([_HEARD_DB] * kept, kept)
        self._echo_until_ms = 0

    def hear(self, frame: Frame, playing_db: float, *, speaking: bool, lenient: bool = False) -> bool:
        """Take in a frame; return whether it is the caller's speech. `playing_db`: how loud we are at their ear.

        `lenient`: nothing is lost if it is none, so a loud sound will do. A short "yes" is often all there is to hear,
        and the model is not sure about it before it is over.
        """
        loudness = frame.loudness_db
        self._heard.append(loudness if loudness > _HEARD_DB else _HEARD_DB)
        self._played.append(playing_db if playing_db > _HEARD_DB else _HEARD_DB)
        if self.noise_db == QUIET_DB:
            # The first frame tells how noisy it is here, unless somebody speaks in it.
            self.noise_db = min(max(loudness, _LEAST_NOISE_DB), _FIRST_NOISE_DB)
        elif loudness < self.noise_db:
            self.noise_db = max(self.noise_db + (loudness - self.noise_db) * 0.3, _LEAST_NOISE_DB)
        else:
            self.noise_db += 0.05
        if playing_db > QUIET_DB:
            self._echo_until_ms = frame.at_ms + TAIL_MS
        if frame.speech is not None:
            self._probability, self._age = frame.speech, 0
        else:
            self._age += 1
        needed = SPEECH_LASTS if speaking else SPEECH_BEGINS
        if lenient and loudness > self.noise_db + _LOUD_DB:
            needed = _PERHAPS
        if self._age > _HOLDS_FRAMES or self._probability < needed:
            return False
        if not self._age:
            self._voice_db = max(loudness, self._voice_db - 0.5)
        gone = min(_GONE_DB, _GONE_SHARE * (self._voice_db - self.noise_db))
        if loudness < self._voice_db - (min(gone, _FADES_DB) if self._age else gone):
            return False
        if frame.at_ms <= self._echo_until_ms and loudness < self.echo_db:
            return False
        self._learn_manner(loudness)
        return True

    def _learn_manner(self, loudness: float) -> None:
        self._sureness += (self._probability - self._sureness) * _FORGETS
        self._steps_db += (abs(loudness - self._last_db) - self._steps_db) * _FORGETS
        self._last_db = loudness

    @property
    def rises(self) -> bool:
        """Whether it is loud enough for speech that the model has not recognised yet: it needs a few frames for that."""
        return self._heard[-1] > max(self.noise_db + _RISES_DB, self._voice_db - _FADES_DB)

    def begin(self) -> None:
        """Somebody begins to make sound: nothing is known about it yet."""
        self._sureness, self._steps_db, self._last_db = 1.0, 2 * _LIVELY_DB, self._voice_db

    @property
    def is_like_talk(self) -> bool:
        """Whether the sound goes up and down as talk does, and is surely a voice; music mostly is not."""
        return self._sureness >= _SURE and self._steps_db >= _LIVELY_DB

    @property
    def echo_db(self) -> float:
        """How loud our echo may be now; what is quieter is taken for it."""
        if self._lag is None:
            loudest = max(islice(self._played, len(self._played) - _UNKNOWN_LAG, None))
        else:
            end = len(self._played) - self._lag
            loudest = max(self._played[place] for place in range(end - 3, min(end + 2, len(self._played))))
        return loudest - self._loss_db + _OVER_ECHO_DB

    def noise_began(self) -> bool:
        """Whether the line has just become noisy; once for each time."""
        if self.noise_db < (_CALM_DB if self.is_noisy else _NOISY_DB):
            self._noisy_frames = 0
            self.is_noisy = False
            return False
        self._noisy_frames += 1
        if self.is_noisy or self._noisy_frames < _NOISY_FRAMES:
            return False
        self.is_noisy = True
        return True

    def is_echo(self) -> bool:
        """Whether the last second was as loud and as quiet as what we played. A match teaches how loud and late it is."""
        # Samples that noise covers on one side are left out on the other, or the two would look less alike than they
        # are.
        loudest, our_loudest = max(self._heard), max(self._played)
        floor = max(self.noise_db + _OVER_NOISE_DB, loudest - _DEEPEST_DB)
        heard = [max(loudness, floor) for loudness in self._heard]
        played = [max(loudness, floor + our_loudest - loudest) for loudness in self._played]
        ours = [loudness for loudness in self._played if loudness > our_loudest - _DEEPEST_DB]
        if our_loudest - min(ours) < _FLAT_DB:
            return False  # Nobody told how loud each frame of ours is.
        likeness, lag = max(
            (_likeness(heard, played[_MOST_LAG - lag : _MOST_LAG - lag + _COMPARED]), lag)
            for lag in range(_MOST_LAG + 1)
        )
        if likeness < _LIKE_OURS:
            return False
        pairs = zip(heard, played[_MOST_LAG - lag :], strict=False)
        losses = sorted(ours - theirs for theirs, ours in pairs if ours > USUAL_PLAYING_DB - 15)
        if losses:
            self._loss_db = max(_LEAST_LOSS_DB, min(self._loss_db, losses[len(losses) // 4]))
            self._lag = lag
        return True


def _likeness(heard: Sequence[float], ours: Sequence[float]) -> float:
    """Return the correlation of two courses of loudness; 0 where one of them is flat."""
    count = len(heard)
    mean_heard, mean_ours = sum(heard) / count, sum(ours) / count
    both = squares_heard = squares_ours = 0.0
    for left, right in zip(heard, ours, strict=True):
        from_heard, from_ours = left - mean_heard, right - mean_ours
        both += from_heard * from_ours
        squares_heard += from_heard * from_heard
        squares_ours += from_ours * from_ours
    flat = 4.0 * count
    if squares_heard < flat or squares_ours < flat:
        return 0.0
    return both / sqrt(squares_heard * squares_ours)
