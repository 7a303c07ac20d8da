"""Whether a frame is the caller's speech: their noise and our own echo told apart from it by loudness.

Pure and small: a frame costs a few microseconds. While we speak, and a moment after, what comes in may be our own voice
from the caller's loudspeaker. It is quieter than what we play, and its loudness goes up and down as ours did a moment ago.
"""

from collections import deque
from collections.abc import Sequence
from itertools import islice
from math import sqrt

from voicebot.domain.call.turn_taking.signals import FRAME_MS, Frame

SPEECH_BEGINS, SPEECH_LASTS = 0.5, 0.35
"""Probabilities above which silence becomes speech, and speech stays it (silero's own, providers' handbook 7.1)."""
TAIL_MS = 500
"""How long our echo may come after our own sound: the network's way there and back."""
USUAL_PLAYING_DB = -18.0
"""How loud our voice is where nobody tells."""
QUIET_DB = -90.0

_HOLDS_FRAMES = 2
"""Frames for which a probability holds: a chunk ends in every second frame or in each."""
_FADES_DB, _GONE_DB = 12.0, 24.0
"""So much quieter than the voice was, a frame is not speech: where no probability came with it, and where one did."""
_USUAL_LOSS_DB, _LEAST_LOSS_DB, _OVER_ECHO_DB = 26.0, 6.0, 5.0
_HEARD_DB = -60.0
"""What is quieter is silence where two courses of loudness are compared."""
_KEPT_FRAMES = 100
_LAGS = range(31)
_LEAST_FRAMES, _MOST_FRAMES = 15, 50
_LIKE_OURS = 0.72
_LEAST_NOISE_DB, _CALM_DB, _NOISY_DB = -66.0, -48.0, -42.0


class Hearing:
    """One caller's line, as far as its loudness tells."""

    def __init__(self) -> None:
        self.noise_db = -60.0
        self.is_noisy = False
        self._probability, self._age = 0.0, _HOLDS_FRAMES
        self._voice_db = QUIET_DB
        self._loss_db = _USUAL_LOSS_DB
        self._heard: deque[float] = deque([QUIET_DB] * _KEPT_FRAMES, _KEPT_FRAMES)
        self._played: deque[float] = deque([QUIET_DB] * _KEPT_FRAMES, _KEPT_FRAMES)
        self._echo_until_ms = 0
        self._loudest_db = QUIET_DB

    def hear(self, frame: Frame, playing_db: float, *, speaking: bool) -> bool:
        """Take in a frame; return whether it is the caller's speech. `playing_db`: how loud we are at their ear."""
        loudness = frame.loudness_db
        self._heard.append(max(loudness, _HEARD_DB))
        self._played.append(max(playing_db, _HEARD_DB))
        if loudness < self.noise_db:
            self.noise_db = max(self.noise_db + (loudness - self.noise_db) * 0.3, _LEAST_NOISE_DB)
        else:
            self.noise_db += 0.05
        if frame.speech is not None:
            self._probability, self._age = frame.speech, 0
        else:
            self._age += 1
        if playing_db > QUIET_DB:
            self._echo_until_ms = frame.at_ms + TAIL_MS
            # Falls by 40 dB a second, about as a room's echo does.
            self._loudest_db = max(playing_db, self._loudest_db - 0.8)
        if self._age > _HOLDS_FRAMES or self._probability < (SPEECH_LASTS if speaking else SPEECH_BEGINS):
            return False
        if not self._age:
            self._voice_db = max(loudness, self._voice_db - 0.5)
        if loudness < self._voice_db - (_FADES_DB if self._age else _GONE_DB):
            return False
        return frame.at_ms > self._echo_until_ms or loudness >= self.echo_db

    @property
    def echo_db(self) -> float:
        """How loud our echo may be now; what is quieter is taken for it."""
        return self._loudest_db - self._loss_db + _OVER_ECHO_DB

    def noise_began(self) -> bool:
        """Whether the line has just become noisy; once for each time."""
        if self.is_noisy:
            self.is_noisy = self.noise_db > _CALM_DB
            return False
        self.is_noisy = self.noise_db > _NOISY_DB
        return self.is_noisy

    def is_echo(self, frames: int) -> bool:
        """Whether the last frames went up and down as what we played did. What is found is learned from."""
        count = min(max(frames, _LEAST_FRAMES), _MOST_FRAMES)
        heard = list(islice(self._heard, _KEPT_FRAMES - count, None))
        played = list(self._played)
        likeness, lag = max(
            (_likeness(heard, played[_KEPT_FRAMES - count - lag : _KEPT_FRAMES - lag]), lag) for lag in _LAGS
        )
        if likeness < _LIKE_OURS:
            return False
        pairs = zip(heard, played[_KEPT_FRAMES - count - lag : _KEPT_FRAMES - lag], strict=True)
        losses = sorted(ours - theirs for theirs, ours in pairs if ours > USUAL_PLAYING_DB - 20)
        if losses:
            self.learn_loss(losses[len(losses) // 4])
        return True

    def learn_loss(self, loss_db: float) -> None:
        """Take an echo to be at most so much quieter than what we play."""
        self._loss_db = max(_LEAST_LOSS_DB, min(self._loss_db, loss_db))

    def learn_echo(self, frames: int) -> None:
        """Take the last frames for our echo: what is not louder than them will not be speech."""
        last = sorted(islice(self._heard, _KEPT_FRAMES - min(frames, _MOST_FRAMES), None))
        if last and self._loudest_db > QUIET_DB:
            self.learn_loss(self._loudest_db - last[(len(last) - 1) * 3 // 4])


def _likeness(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the correlation of two courses of loudness; 0 where one of them is flat."""
    count = len(one)
    mean_one, mean_other = sum(one) / count, sum(other) / count
    both = squares_one = squares_other = 0.0
    for left, right in zip(one, other, strict=True):
        from_one, from_other = left - mean_one, right - mean_other
        both += from_one * from_other
        squares_one += from_one * from_one
        squares_other += from_other * from_other
    flat = 4.0 * count
    return both / sqrt(squares_one * squares_other) if squares_one > flat and squares_other > flat else 0.0


def frames_of(duration_ms: int) -> int:
    """Return how many frames a duration takes."""
    return duration_ms // FRAME_MS
