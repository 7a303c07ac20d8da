"""Every pair of tokens that stands on each other is legible: WCAG AA, in both schemes."""

import math
import re
from pathlib import Path

import pytest

from voicebot import console

STYLE = (Path(console.__file__).parent / "style" / "1-tokens.css").read_text(encoding="utf-8")
TOKEN = re.compile(r"--([\w-]+): oklch\(([\d.]+) ([\d.]+) ([\d.]+)\);")
GROUNDS = ("ground", "card", "raised")
WORDS = ("text", "quiet", "accent", "live", "waiting", "failed", "info")
# Text needs 4.5, the edge of a control 3.
PAIRS = [
    *((word, ground, 4.5) for word in WORDS for ground in GROUNDS),
    ("on-accent", "accent", 4.5),
    *(("edge", ground, 3.0) for ground in GROUNDS[:2]),
    *(("accent", ground, 3.0) for ground in GROUNDS),
]


def tokens(scheme):
    light, dark = STYLE.split("@media (prefers-color-scheme: dark)", 1)
    found = {name: tuple(map(float, parts)) for name, *parts in TOKEN.findall(light)}
    if scheme == "dark":
        found |= {name: tuple(map(float, parts)) for name, *parts in TOKEN.findall(dark)}
    return found


def luminance(colour):
    """Relative luminance of an OKLCH colour as a screen shows it (CSS Color 4, WCAG 2)."""
    lightness, chroma, hue = colour
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    red, green, blue = (min(1.0, max(0.0, one)) for one in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_pair_can_be_read(scheme):
    found = tokens(scheme)

    def contrast(one, other):
        low, high = sorted(luminance(found[name]) for name in (one, other))
        return (high + 0.05) / (low + 0.05)

    assert luminance((1.0, 0.0, 0.0)) == pytest.approx(1.0, abs=1e-3)
    assert {
        (one, other): contrast(one, other) for one, other, least in PAIRS if contrast(one, other) < least
    } == {}


def test_every_colour_of_the_pages_is_a_token_that_is_computed_here():
    used = set(re.findall(r"(?<!-)(?:color|background): var\(--([\w-]+)\)", STYLE))

    assert used <= set(WORDS) | set(GROUNDS) | {"on-accent"}
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgb\(", STYLE) == []
