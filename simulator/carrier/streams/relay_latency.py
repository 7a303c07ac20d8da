"""How long the carrier's own parts of a relay take: drawn by the seed, around what was seen live (handbook 4.3), with tails."""

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Latency:
    """A lognormal delay: its median, how wide it is, and what it never exceeds."""

    median_s: float
    spread: float
    most_s: float

    def draw(self, chance: random.Random) -> float:
        """One delay in seconds."""
        return min(self.most_s, self.median_s * chance.lognormvariate(0.0, self.spread))


GREETING = Latency(0.82, 0.1, 2.0)
FIRST_SOUND = Latency(0.39, 0.12, 1.5)
"""From the first token to agentSpeaking."""
SPEECH_NOTICED = Latency(0.25, 0.2, 0.8)
"""From the first sound of the caller to clientSpeaking, and to an interrupt."""
PARTIAL = Latency(0.3, 0.25, 1.2)
"""From a word to the partial prompt that holds it."""
END_OF_SPEECH = Latency(0.7, 0.2, 2.5)
"""From the end of speech to the last prompt, with speechTimeout auto."""
CLOSE_AFTER_END = Latency(0.09, 0.15, 0.4)
ACTION_AFTER_END = Latency(0.6, 0.15, 2.0)
ACTION_AFTER_LOSS = Latency(1.2, 0.15, 3.0)
