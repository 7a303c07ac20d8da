"""JSON that somebody else wrote, read within bounds: it is malformed, too long or nested too deep, and never a fault of ours."""

import json
from typing import Any

LONGEST, DEEPEST = 256 * 1024, 64


def read_json(text: str | bytes, *, longest: int = LONGEST) -> Any:
    """Return the value of a JSON text. Raises ValueError, also for a text longer than `longest` characters or nested
    deeper than DEEPEST.
    """
    if len(text) > longest:
        raise ValueError("longer than it may be")
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if is_too_deep(value):
        raise ValueError("nested too deep")
    return value


def is_too_deep(value: Any) -> bool:
    """Whether lists and objects stand in each other more than DEEPEST times: what walks through them would run out of stack."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEEPEST):
        if not level:
            return False
        inner = (one.values() if isinstance(one, dict) else one for one in level)
        level = [one for some in inner for one in some if isinstance(one, dict | list)]
    return bool(level)
