"""Ids that come from outside as text."""

from uuid import UUID


def uuid_of(text: str) -> UUID | None:
    """Return the id in a text; None when the text is no id, and so names no row."""
    try:
        return UUID(text)
    except ValueError:
        return None
