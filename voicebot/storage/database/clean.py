"""Make parameters fit for jsonb: without NUL characters, lone surrogates and numbers that JSON lacks."""

import math
import re
from typing import Any

UNSENDABLE = re.compile("[\x00\ud800-\udfff]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def clean(value: Any) -> Any:
    """Return the value as the database can store it; what cannot be stored becomes U+FFFD or null.

    Surrogates that belong together are joined first. Dicts and lists are cleaned inside, keys too.
    """
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(str(key)): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def clean_text(text: str) -> str:
    """Return a text as the database can store it."""
    if UNSENDABLE.search(text) is None:
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return UNSENDABLE.sub(REPLACEMENT, joined)
