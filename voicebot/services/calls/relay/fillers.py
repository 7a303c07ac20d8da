"""The fillers of one session: a waiting caller hears that the answer is coming, with each filler once a turn."""

from voicebot.domain.call.phrases import FILLERS, Phrase

NEXT_S = 3.5
"""Between two fillers of one answer."""


class Fillers:
    """`first_s`: how long after the last word the first one is due."""

    def __init__(self, first_s: float) -> None:
        self._first_s = first_s
        self.asked_at, self.said = 0.0, 0
        """When the answer was asked for, and how many fillers were said in this turn."""

    def due_at(self, quiet_at: float) -> float:
        """Return when the next one is due; `quiet_at`: when our last word ends."""
        return max(self.asked_at, quiet_at) + (NEXT_S if self.said else self._first_s)

    def take(self) -> Phrase:
        """Return the next one."""
        self.said += 1
        return FILLERS[self.said - 1]

    @property
    def are_left(self) -> bool:
        """Whether there is another one."""
        return self.said < len(FILLERS)
