"""How long a call waits for its engine: nothing is learned from the engine alone. Times are the line's clock."""

from dataclasses import dataclass

from voicebot.domain.call.turn_taking.signals import FRAME_MS, Frame


@dataclass(frozen=True)
class EngineLimits:
    """Milliseconds."""

    ready: float = 3000.0
    """From the connection to the session's agreement."""
    taken: float = 2000.0
    """From the end of speech to the turn."""
    words: float = 1500.0
    """From the end of a turn to its words. Without words the turn is answered too, and the history calls it not understood."""
    begins: float = 700.0
    """From the turn's words to the answer that the engine begins by itself; then it is asked."""
    first: float = 5000.0
    """From the question to the first of an answer."""
    stalls: float = 4000.0
    """Between two pieces of an answer."""
    deaf: float = 4000.0
    """So much speech, by a detector of ours, of which the engine says nothing."""
    silent: float = 8000.0
    """So much silence, by that detector, while the engine says that the caller speaks."""
    lasts: float = 55 * 60 * 1000.0
    """A session is renewed after so long, or `before` it expires; between two turns."""
    before: float = 5 * 60 * 1000.0


LIKELY_SPEECH = 0.9


class Deadlines:
    """Everything that is waited for."""

    def __init__(self, limits: EngineLimits) -> None:
        self._limits = limits
        self.ready = False
        self._ready_due: float | None = limits.ready
        self._taken_due: float | None = None
        self._words_due: float | None = None
        self._ask_due: float | None = None
        self._answer_due: float | None = None
        self._renew_due: float | None = None
        self._stop_due: float | None = None
        self._hears, self._unheard_ms, self._silent_ms = False, 0, 0

    # --- the session ---

    def begins_anew(self, now_ms: float) -> None:
        """Another session is opened."""
        self.ready, self._ready_due = False, now_ms + self._limits.ready
        self._taken_due = self._words_due = self._ask_due = self._renew_due = self._stop_due = None
        self._hears, self._unheard_ms = False, 0

    def begun(self, now_ms: float, lasts_ms: float | None) -> None:
        """The session takes sound; it may last so long."""
        limits = self._limits
        self.ready, self._ready_due = True, None
        known = limits.lasts if lasts_ms is None else min(limits.lasts, lasts_ms - limits.before)
        self._renew_due = now_ms + max(known, limits.ready)

    def alive(self, now_ms: float) -> None:
        """The engine said something."""
        if self._answer_due is not None:
            self._answer_due = max(self._answer_due, now_ms + self._limits.stalls)

    # --- the caller ---

    def noticed(self, frame: Frame) -> None:
        """Take what a detector of ours makes of 20 ms of the caller."""
        speaks = frame.speech is not None and frame.speech >= LIKELY_SPEECH
        if self._hears:
            self._silent_ms = 0 if speaks else self._silent_ms + FRAME_MS
        elif speaks:
            self._unheard_ms += FRAME_MS

    def heard(self, now_ms: float) -> None:
        """The engine says that the caller speaks."""
        self._hears, self._unheard_ms, self._silent_ms = True, 0, 0
        self._stop_due = now_ms + self._limits.silent
        self._taken_due = self._words_due = None

    def paused(self, now_ms: float) -> None:
        """The engine says that the caller does not speak any more."""
        self._hears, self._unheard_ms, self._stop_due = False, 0, None
        self._taken_due = now_ms + self._limits.taken

    def turn_taken(self, now_ms: float) -> None:
        """A turn is over."""
        self._taken_due, self._words_due = None, now_ms + self._limits.words

    def words_told(self) -> None:
        """The words of all turns are there."""
        self._words_due = None

    # --- the answer ---

    def answer_wanted(self, now_ms: float) -> None:
        """The core waits for an answer."""
        self._answer_due = now_ms + self._limits.first

    def answer_comes(self, now_ms: float) -> None:
        """The engine is to begin it by itself."""
        self._ask_due = now_ms + self._limits.begins

    def answer_runs(self, now_ms: float) -> None:
        """It has begun."""
        self._ask_due, self._answer_due = None, now_ms + self._limits.stalls

    def answer_over(self) -> None:
        """It is there, or not wanted any more."""
        self._ask_due = self._answer_due = None

    # --- time ---

    def late(self, now_ms: float) -> str | None:
        """Return what the engine has failed in, as an error code."""
        if self._unheard_ms >= self._limits.deaf:
            return "deaf"
        if self._stop_due is not None and now_ms >= self._stop_due:
            if self._silent_ms >= self._limits.silent:
                return "stuck"
            self._stop_due = now_ms + self._limits.silent - self._silent_ms
        dues = (self._ready_due, self._taken_due, self._answer_due)
        return "timeout" if any(due is not None and now_ms >= due for due in dues) else None

    def words_are_late(self, now_ms: float) -> bool:
        """Whether a turn has waited long enough for its words."""
        return self._words_due is not None and now_ms >= self._words_due

    def asks_now(self, now_ms: float) -> bool:
        """Whether the engine is to be asked for an answer that it was to begin by itself."""
        if self._ask_due is None or now_ms < self._ask_due:
            return False
        self._ask_due = None
        return True

    def renews_now(self, now_ms: float) -> bool:
        """Whether the session is old."""
        return self._renew_due is not None and now_ms >= self._renew_due

    def next_ms(self, now_ms: float, *, busy: bool) -> float | None:
        """Return in how long something is due; a session is renewed only when nobody is `busy`."""
        dues = [
            self._ready_due,
            self._taken_due,
            self._words_due,
            self._ask_due,
            self._answer_due,
            self._stop_due,
        ]
        dues += [] if busy else [self._renew_due]
        if self._unheard_ms >= self._limits.deaf:
            return 0.0
        return min((max(0.0, due - now_ms) for due in dues if due is not None), default=None)
