"""How long the stand-in providers take: drawn from distributions with tails, the same for the same seed."""

import math
import time
from dataclasses import dataclass
from random import Random
from threading import Lock


@dataclass(frozen=True)
class Spread:
    """A log-normal around `median_s`; one draw in 1/`tail_share` is made several times longer (Pareto)."""

    median_s: float
    sigma: float
    tail_share: float = 0.02
    tail_alpha: float = 1.6
    longest_s: float = 8.0

    def draw(self, rng: Random) -> float:
        """One duration in seconds."""
        drawn = self.median_s * math.exp(rng.gauss(0.0, self.sigma))
        if rng.random() < self.tail_share:
            drawn *= 2 * rng.paretovariate(self.tail_alpha)
        return min(drawn, self.longest_s)


FIRST_TOKEN = Spread(0.35, 0.3)
NEXT_TOKEN = Spread(0.012, 0.5, longest_s=2.0)
FIRST_AUDIO = Spread(0.075, 0.25)
TRANSCRIPT = Spread(0.25, 0.12, longest_s=4.0)
"""From a commit to its words: 192 to 313 ms in nine measurements (providers' handbook 2.3)."""
NEXT_AUDIO = Spread(0.02, 0.4, longest_s=2.0)


class Pace:
    """Hands every request its own row of random numbers and passes time at the simulator's speed.

    `speed` is as the simulator's: 1 is real time, 20 is twenty times faster, 0 takes no time at all.
    """

    def __init__(self, seed: int, speed: float, purpose: str) -> None:
        self._seed, self._speed, self._purpose = seed, speed, purpose
        self._lock = Lock()
        self._requests = 0

    def next_request(self) -> Random:
        """Randomness for one request: the n-th request of a seed always gets the same."""
        with self._lock:
            self._requests += 1
            return Random(f"{self._seed}:{self._purpose}:{self._requests}")

    def spend(self, spread: Spread, rng: Random, *, since: float | None = None) -> None:
        """Wait until one drawn duration has passed, from now or from `since` on the monotonic clock.

        The draw is made at any speed, so that later draws do not depend on it.
        """
        drawn = spread.draw(rng)
        if self._speed > 0:
            gone = time.monotonic() - since if since is not None else 0.0
            time.sleep(max(0.0, drawn / self._speed - gone))
