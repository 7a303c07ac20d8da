"""The opaque `next` of a list: where its next page begins, in letters that survive a URL and a shell."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

GREATEST_ID = 2**63 - 1
EXPECTED = "what `next` of the last page said"


def id_cursor(row_id: int | None) -> str | None:
    """Return what `read_id` reads; None for None."""
    return None if row_id is None else _packed(str(row_id))


def moment_cursor(at: str | None, row_id: int | UUID | None) -> str | None:
    """Return what `read_moment_and_number` or `read_moment_and_uuid` reads; None when there is no next page."""
    return None if at is None or row_id is None else _packed(f"{at} {row_id}")


def name_cursor(name: str | None, row_id: UUID | None) -> str | None:
    """Return what `read_name_and_uuid` reads; None when there is no next page."""
    return None if name is None or row_id is None else _packed(f"{row_id} {name}")


def read_id(text: str) -> int:
    """Read a place in a list by number. Raises ValueError with what was expected."""
    return _number(_unpacked(text))


def read_moment_and_number(text: str) -> tuple[datetime, int]:
    """Read a place in a list by time whose rows have numbers. Raises ValueError with what was expected."""
    at, _, row_id = _unpacked(text).partition(" ")
    return _moment(at), _number(row_id)


def read_moment_and_uuid(text: str) -> tuple[datetime, UUID]:
    """Read a place in a list by time whose rows have UUIDs. Raises ValueError with what was expected."""
    at, _, row_id = _unpacked(text).partition(" ")
    try:
        return _moment(at), UUID(row_id)
    except ValueError:
        raise ValueError(EXPECTED) from None


def read_name_and_uuid(text: str) -> tuple[str, UUID]:
    """Read a place in a list by name whose rows have UUIDs. Raises ValueError with what was expected."""
    row_id, _, name = _unpacked(text).partition(" ")
    try:
        if not name or "\0" in name:
            raise ValueError(EXPECTED)
        return name, UUID(row_id)
    except ValueError:
        raise ValueError(EXPECTED) from None


def _packed(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _unpacked(text: str) -> str:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        raise ValueError(EXPECTED) from None


def _number(digits: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 19 and int(digits) <= GREATEST_ID):
        raise ValueError(EXPECTED)
    return int(digits)


def _moment(text: str) -> datetime:
    try:
        # Out of the calendar once it is UTC, for one.
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(EXPECTED) from None
