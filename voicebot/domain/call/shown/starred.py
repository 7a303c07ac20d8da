"""A tool's arguments as people may read them: secrets are starred, numbers are masked. Pure."""

import json
import re
from typing import Any

from voicebot.domain.json_text import read_json

STARS = "***"
SECRET = re.compile(
    r"code|pin|otp|pass|secret|token|key|card|cvc|cvv|iban|ssn|auth|credential|account", re.IGNORECASE
)
"""What an argument's name has in it when its value is nobody's to read."""
DIGITS = re.compile(r"\+?\d(?:[ .()-]{0,2}\d){3,}")
"""A number that is called, a code, a card: four digits or more, however they are written."""
LONGEST = 2000


def starred(text: str) -> str:
    """Return arguments (a JSON object as text) or a result without secrets; what cannot be read goes by its digits alone."""
    try:
        value = read_json(text)
    except ValueError:
        return _masked(text)[:LONGEST]
    if not isinstance(value, dict | list):
        return _masked(text)[:LONGEST]
    return json.dumps(_clean(value), ensure_ascii=False)[:LONGEST]


def _clean(value: Any) -> Any:
    match value:
        case dict():
            return {
                str(name)[:100]: STARS if SECRET.search(str(name)) else _clean(inner)
                for name, inner in value.items()
            }
        case list():
            return [_clean(inner) for inner in value]
        case str():
            return _masked(value)
        case int() | float() if not isinstance(value, bool) and len(str(value)) > 3:
            return _masked(str(value))
    return value


def _masked(text: str) -> str:
    return DIGITS.sub(lambda found: STARS + found[0][-2:], text)
