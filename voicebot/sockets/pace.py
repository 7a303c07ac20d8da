"""How fast frames may come from one peer."""

from voicebot.sockets.limits import SocketLimits


class Pace:
    """Limits frames of any kind: a number a second, plus a burst that a network held back."""

    def __init__(self, limits: SocketLimits, now: float) -> None:
        self._per_s, self._most = limits.most_per_s, limits.most_per_s * limits.burst_s
        self._credit, self._counted = self._most, now

    def allows(self, frames: int, now: float) -> bool:
        """Count frames that have come by now; False once they were too many."""
        credit = min(self._credit + (now - self._counted) * self._per_s, self._most)
        self._credit, self._counted = credit - frames, now
        return self._credit >= 0
