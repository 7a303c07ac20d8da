"""Whole numbers that come from outside as text: fields of forms, parts of paths and queries."""


def whole_number(text: str, most: int, *, least: int = 1) -> int | None:
    """Return the number that a text is in plain digits; None where it is none, or not from `least` to `most`."""
    # isdigit alone also takes digits that int refuses, and int takes longer the more digits there are.
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) + 1):
        return None
    number = int(text)
    return number if least <= number <= most else None
