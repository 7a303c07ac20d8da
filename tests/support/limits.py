"""Other limits than the product's, so that a test waits for tenths of seconds."""

from dataclasses import replace
from typing import Any

from voicebot.limits import Limits


def limits_with(**changes: dict[str, Any]) -> Limits:
    """Return the product's limits with others in some groups: `limits_with(turn={"first_sound_s": 0.1})`."""
    product = Limits()
    groups = {name: replace(getattr(product, name), **values) for name, values in changes.items()}
    return replace(product, **groups)
