"""The bare words of a text: what two transcriptions, or a quote and its original, are compared by."""

import re


def bare_words(text: str) -> str:
    """Return the words without case and punctuation, with one space between them."""
    return " ".join(re.findall(r"\w+", text.casefold()))
