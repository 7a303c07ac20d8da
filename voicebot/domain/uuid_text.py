"""Ids that come from outside as text."""

from uuid import UUID


def uuid_of(text: str) -> UUID | None:
    """Return the id that a text is; None for what is none, and so names nothing that there is."""
    try:
        return UUID(text)
    except ValueError:
        return None
