"""The first words of a new template, in the language of the service."""

from voicebot.domain.languages.tables import OwnWords

STARTER = "Hello, this is {{line}}. How can I help you?"
WORDS = OwnWords({"starter": STARTER})


def starter(language: str) -> str:
    """Return the greeting that a new template begins with."""
    return WORDS.said(STARTER, language)
