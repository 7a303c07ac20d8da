"""Durations as Go writes them, which OpenAI's headers carry: `12ms`, `1s`, `6m0s`."""

import re

_PARTS = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)(h|ms|us|µs|ns|m|s)")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def seconds_of(duration: str) -> float | None:
    """Return the seconds; None for what is no such duration."""
    parts = _PARTS.findall(duration[:64])
    if not parts or "".join(number + unit for number, unit in parts) != duration:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
