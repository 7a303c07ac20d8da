"""Words without their accents, as the readers of six languages compare them."""

import unicodedata


def without_accents(text: str) -> str:
    """Return the text with its letters as they stand without marks, and look-alikes of width and form as the plain ones."""
    if text.isascii():
        return text
    flat = unicodedata.normalize("NFKD", text)
    return "".join(char for char in flat if not unicodedata.combining(char))
