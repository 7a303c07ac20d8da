"""How the providers have answered this machine since it started: how often, how soon, and how many places are taken."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from voicebot.telemetry import metrics

CALLS, SLOTS = "voicebot_provider_seconds", "voicebot_provider_slots"
WELL = ("ok", "cancelled")
Sample = tuple[str, Mapping[str, str], float]


@dataclass(frozen=True)
class Use:
    """One operation of a provider. Times are upper bounds in seconds; None means more than the longest measured one."""

    provider: str
    operation: str
    count: int
    failed: int
    p50_s: float | None
    p95_s: float | None


@dataclass(frozen=True)
class Places:
    """How many may ask a provider now. `free` is this machine's; None: the provider told no limit."""

    provider: str
    taken: int
    waiting: int
    free: int | None


def uses(samples: Iterable[Sample] | None = None) -> list[Use]:
    """Return how each provider was used, by provider and operation."""
    buckets: dict[tuple[str, str], dict[float, float]] = {}
    counts: dict[tuple[str, str], list[float]] = {}
    for name, labels, value in metrics.samples(CALLS) if samples is None else samples:
        key = (labels.get("provider", ""), labels.get("operation", ""))
        if name == f"{CALLS}_bucket" and labels["outcome"] == "ok":
            upper = float(labels["le"])
            found = buckets.setdefault(key, {})
            found[upper] = found.get(upper, 0.0) + value
        elif name == f"{CALLS}_count":
            count = counts.setdefault(key, [0.0, 0.0])
            count[0] += value
            count[1] += value if labels["outcome"] not in WELL else 0.0
    return [
        Use(*key, int(count), int(failed), *(_quantile(buckets.get(key, {}), part) for part in (0.5, 0.95)))
        for key, (count, failed) in sorted(counts.items())
        if count
    ]


def places(samples: Iterable[Sample] | None = None) -> list[Places]:
    """Return the places of each provider that has a limit."""
    found: dict[str, dict[str, int | None]] = {}
    for _, labels, value in metrics.samples(SLOTS) if samples is None else samples:
        # A rate has no end where the provider told none.
        amount = int(value) if abs(value) < float("inf") else None
        found.setdefault(labels["provider"], {})[labels["state"]] = amount
    return [
        Places(provider, states.get("taken") or 0, states.get("waiting") or 0, states.get("free", 0))
        for provider, states in sorted(found.items())
    ]


def _quantile(buckets: Mapping[float, float], part: float) -> float | None:
    """Return the upper bound below which that part of the answers came."""
    whole = max(buckets.values(), default=0.0)
    upper = next((bound for bound, below in sorted(buckets.items()) if below >= whole * part), None)
    return upper if whole and upper is not None and upper < float("inf") else None
