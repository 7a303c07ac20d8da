"""Query parameters: what each means, how it is read, and the cursors by which lists are paged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from voicebot.api.errors import ApiError
from voicebot.domain import page_cursor
from voicebot.domain.person.phone import parse_e164

MOST_ROWS, ROWS = 200, 50


@dataclass(frozen=True)
class Query:
    """One parameter. `read` turns its text into a value, or raises ValueError with what was expected."""

    description: str
    read: Callable[[str], Any]
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False


def read_queries(known: Mapping[str, Query], given: "MultiDict[str, str]") -> dict[str, Any]:
    """Return the parameters that were given, read. Raises ApiError; a name that is not known could be a filter misspelt."""
    unknown = next((name for name in given if name not in known), None)
    if known and unknown is not None:
        raise ApiError(400, "invalid_request", f"Known parameters are: {', '.join(known)}.")
    values = {}
    for name, query in known.items():
        if name in given:
            try:
                values[name] = query.read(given[name])
            except ValueError as error:
                raise ApiError(400, "invalid_request", f"Expected {error}.", field=name) from None
        elif query.required:
            raise ApiError(400, "invalid_request", "This parameter is required.", field=name)
    return values


# --- kinds ----------------------------------------------------------------------------------------


def one_of(description: str, choices: Sequence[str]) -> Query:
    """One of a few words."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return text

    return Query(description, read, {"type": "string", "enum": list(choices)})


def word(description: str, longest: int) -> Query:
    """A word of ours, as letters and underscores."""

    def read(text: str) -> str:
        if not (0 < len(text) <= longest and text.isascii() and text.replace("_", "").isalpha()):
            raise ValueError(f"a word of letters and underscores, up to {longest} characters")
        return text

    return Query(description, read, {"type": "string", "pattern": "^[A-Za-z_]+$", "maxLength": longest})


def page_size() -> Query:
    """How many rows a page has."""

    def read(text: str) -> int:
        # isdigit alone also takes digits that int refuses.
        if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MOST_ROWS):
            raise ValueError(f"a number from 1 to {MOST_ROWS}")
        return int(text)

    schema = {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": ROWS}
    return Query("How many rows a page has.", read, schema)


def number(description: str, *, required: bool = False) -> Query:
    """A phone number in E.164."""
    return Query(description, _number, {"type": "string", "examples": ["+12025550123"]}, required)


def moment(description: str) -> Query:
    """A time; without a zone it is UTC."""
    return Query(description, _moment, {"type": "string", "format": "date-time"})


def yes_or_no(description: str) -> Query:
    """1 or true, 0 or false."""

    def read(text: str) -> bool:
        if text not in ("1", "true", "0", "false"):
            raise ValueError("1 or 0")
        return text in ("1", "true")

    return Query(description, read, {"type": "string", "enum": ["1", "true", "0", "false"]})


def before_id() -> Query:
    """A page after the first, in a list that is ordered by number."""
    return Query(CURSOR_WORDS, page_cursor.read_id)


def before_moment() -> Query:
    """A page after the first, in a list that is ordered by time; read as (time, UUID)."""
    return Query(CURSOR_WORDS, page_cursor.read_moment_and_uuid)


def before_call() -> Query:
    """A page after the first, in a list of calls; read as (time, number)."""
    return Query(CURSOR_WORDS, page_cursor.read_moment_and_number)


def after_name() -> Query:
    """A page after the first, in a list that is ordered by name; read as (name, id)."""
    return Query(CURSOR_WORDS, page_cursor.read_name_and_uuid)


CURSOR_WORDS = "The next page: what `next` of the last page said."


def _number(text: str) -> str:
    # A plus sign that was not escaped arrives as a space.
    found = parse_e164(f"+{text[1:]}" if text.startswith(" ") else text)
    if found is None:
        raise ValueError("a phone number in E.164, like +12025550123")
    return found


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
        # Out of what the database can hold, or out of the calendar once it is UTC.
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("a time in ISO 8601, like 2026-01-31T12:00:00Z") from None
