"""What a provider allows: so many at the same time, or so much in a minute."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from voicebot.providers.slots.durations import seconds_of
from voicebot.providers.slots.share import Share

KEPT_OF_A_RATE = 0.1
"""Speculations leave this part of a rate to those who are waited for."""
MINUTE_S = 60.0
MOST = 1e12


class Slots:
    """The most at the same time: this process's share of the account's limit."""

    def __init__(self, limit: int, share: Share) -> None:
        self.limit, self._share = limit, share
        self._taken = 0

    def learn(self, limit: int) -> None:
        """Take the provider's word for the limit."""
        self.limit = limit

    def fits(self, cost: float, now: float, *, is_last_kept: bool) -> bool:
        """Whether a slot is free; `is_last_kept`: and another one."""
        del cost
        return self.left(now) > is_last_kept

    def take(self, cost: float, now: float) -> None:
        """Take a slot."""
        del cost, now
        self._taken += 1

    def give_back(self, cost: float) -> None:
        """Give it back."""
        del cost
        self._taken -= 1

    def fits_in_s(self, cost: float, now: float) -> float | None:
        """Time frees no slot."""
        del cost, now
        return None

    def left(self, now: float) -> float:
        """Return how many are free; below zero after the share has become smaller."""
        del now
        return self._share.of(self.limit) - self._taken


@dataclass(slots=True)
class _Bucket:
    """What is left of a rate, as the provider told last."""

    limit: float
    level: float
    per_s: float
    at: float

    def now(self, now: float) -> float:
        return min(self.limit, self.level + (now - self.at) * self.per_s)

    def take(self, amount: float, now: float) -> None:
        self.level, self.at = self.now(now) - amount, now

    def halve(self, now: float) -> None:
        self.level, self.at = self.now(now) / 2, now
        self.limit, self.per_s = self.limit / 2, self.per_s / 2


class Rates:
    """Requests and tokens in a minute for the whole account, from the headers of answers. A cost is a number of tokens.

    Before the first such header everything fits.
    """

    def __init__(self, share: Share) -> None:
        self._share = share
        self._buckets: dict[str, _Bucket] = {}
        self._eased, self._eased_until = 1.0, 0.0
        """The part of the rate that is used after the provider has complained, and until when."""

    def learn(self, headers: Mapping[str, str], now: float) -> None:
        """Read `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`; invalid values are left out."""
        part = self._share.part() * (self._eased if now < self._eased_until else 1.0)
        for kind in ("requests", "tokens"):
            limit = _number(headers.get(f"x-ratelimit-limit-{kind}"))
            remaining = _number(headers.get(f"x-ratelimit-remaining-{kind}"))
            if not limit or remaining is None or remaining > limit:
                continue
            reset_s = seconds_of(headers.get(f"x-ratelimit-reset-{kind}") or "")
            per_s = (limit - remaining) / reset_s if reset_s and remaining < limit else limit / MINUTE_S
            self._buckets[kind] = _Bucket(
                max(limit * part, 1.0), max(remaining * part, min(remaining, 1.0)), per_s * part, now
            )

    def slow_down(self, now: float) -> None:
        """Use half of the rate for a minute, whatever headers say; half of that when it is called again."""
        self._eased = (self._eased if now < self._eased_until else 1.0) / 2
        self._eased_until = now + MINUTE_S
        for bucket in self._buckets.values():
            bucket.halve(now)

    def fits(self, cost: float, now: float, *, is_last_kept: bool) -> bool:
        """Whether a request of so many tokens may be sent."""
        return all(
            bucket.now(now) >= amount + (KEPT_OF_A_RATE * bucket.limit if is_last_kept else 0.0)
            for bucket, amount in self._amounts(cost)
        )

    def take(self, cost: float, now: float) -> None:
        """Count one request."""
        for bucket, amount in self._amounts(cost):
            bucket.take(amount, now)

    def give_back(self, cost: float) -> None:
        """Nothing comes back but with time."""
        del cost

    def fits_in_s(self, cost: float, now: float) -> float | None:
        """Return in how many seconds it fits."""
        missing = (
            (amount - bucket.now(now)) / bucket.per_s if bucket.per_s else math.inf
            for bucket, amount in self._amounts(cost)
        )
        return max(0.0, max(missing, default=0.0))

    def left(self, now: float) -> float:
        """Return how many requests are left here."""
        bucket = self._buckets.get("requests")
        return math.inf if bucket is None else bucket.now(now)

    def _amounts(self, cost: float) -> list[tuple[_Bucket, float]]:
        # A request that is larger than a whole share is let through once the share is whole: the provider decides.
        return [
            (bucket, min(1.0 if kind == "requests" else cost, bucket.limit))
            for kind, bucket in self._buckets.items()
        ]


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if 0 <= number <= MOST else None
