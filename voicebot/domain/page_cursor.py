"""The opaque `next` of a list: where its next page begins, in letters that survive a URL and a shell."""

import binascii
import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

GREATEST_ID, GREATEST_SMALL = 2**63 - 1, 2**15 - 1
EXPECTED = "what `next` of the last page said"
Place = Mapping[str, Any]
"""A place in a list, by the columns that order it; SQL gives it as `next` and takes it as `after`."""


@dataclass(frozen=True)
class Order:
    """How the rows of a list follow each other: the columns that a place names, and how each is read."""

    columns: Mapping[str, Callable[[str], Any]]

    def write(self, place: Place) -> str:
        """Return a place as people get it."""
        text = " ".join(str(place[column]) for column in self.columns)
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def read(self, text: str) -> Place:
        """Return the place that `write` has written. Raises ValueError with what was expected."""
        try:
            parts = (
                urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split(" ", len(self.columns) - 1)
            )
            read = self.columns.items()
            return {column: of(part) for (column, of), part in zip(read, parts, strict=True)}
        except (binascii.Error, ValueError, OverflowError):
            raise ValueError(EXPECTED) from None


def _number(digits: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 19 and int(digits) <= GREATEST_ID):
        raise ValueError
    return int(digits)


def _moment(text: str) -> str:
    # A time out of the calendar once it is UTC overflows.
    at = datetime.fromisoformat(text)
    return (at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)).isoformat()


def _uuid(text: str) -> str:
    return str(UUID(text))


def _small(digits: str) -> int:
    number = _number(digits)
    if number > GREATEST_SMALL:
        raise ValueError
    return number


def _real(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError
    return number


def _name(text: str) -> str:
    if not text or "\0" in text:
        raise ValueError
    return text


BY_NUMBER = Order({"id": _number})
BY_TIME_AND_NUMBER = Order({"at": _moment, "id": _number})
BY_TIME = Order({"at": _moment, "id": _uuid})
BY_NAME = Order({"id": _uuid, "name": _name})
BY_TIME_AND_NAME = Order({"at": _moment, "name": _name})
BY_PERSON = Order({"person": _name})
BY_URGENCY = Order({"rank": _small, "place": _real, "id": _uuid})
