"""How many examples a property is tried with: profiles say it, and a test only how much more or less it wants.

`fast` is for whoever waits, `ci` decides about a change, `nightly` looks for what they miss
(`HYPOTHESIS_PROFILE=nightly`). How long an example takes is the neighbours' affair on a busy machine.
"""

import os
from typing import Any

from hypothesis import settings

PROFILES = {"fast": 50, "ci": 100, "nightly": 500}


def load_profile() -> None:
    """Choose the profile for this run; one that decides about a change tries the same examples every time."""
    for name, count in PROFILES.items():
        settings.register_profile(name, max_examples=count, deadline=None, derandomize=name == "ci")
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "fast"))


def rounds(nightly: int) -> int:
    """Return how many cases a loop by seed tries: `nightly` in that profile, and in the others a share of them."""
    return max(1, nightly * settings().max_examples // PROFILES["nightly"])


def examples(weight: float = 1.0, **others: Any) -> settings:
    """Return settings with the profile's number of examples, `weight` times; `others` as hypothesis knows them."""
    return settings(max_examples=max(1, round(settings().max_examples * weight)), **others)
