"""How a walk through pages is looked at. Every page is seen in both ways by `test_every_page.py`, so that a walk needs one of them."""

import os

NARROW, WIDE = 360, 1440
"""Pixels: a phone, and a screen on a desk."""

Look = tuple[int, str]


def looks(width: int, scheme: str) -> list[Look]:
    """Return this look, and the opposite one too where things are tried for long (`CHAOS=long`)."""
    opposite = (WIDE if width == NARROW else NARROW, "dark" if scheme == "light" else "light")
    return [(width, scheme), *([opposite] if os.environ.get("CHAOS") == "long" else [])]
