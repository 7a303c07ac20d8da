"""Find our own sentence in a language. English stands where it is said, the other languages in tables beside this file."""

from collections.abc import Mapping

from voicebot.domain.languages.french import FRENCH
from voicebot.domain.languages.german import GERMAN
from voicebot.domain.languages.italian import ITALIAN
from voicebot.domain.languages.portuguese import PORTUGUESE
from voicebot.domain.languages.spanish import SPANISH
from voicebot.domain.languages.tongues import tongue_of

TABLES: Mapping[str, Mapping[str, str]] = {
    "es": SPANISH,
    "fr": FRENCH,
    "de": GERMAN,
    "pt": PORTUGUESE,
    "it": ITALIAN,
}
"""Tables by the language of a tag (BCP 47), without its region."""


class OwnWords:
    """The sentences of one part of the service: English ones by their names in the tables."""

    def __init__(self, english: Mapping[str, str]) -> None:
        self.english = english
        self._names = {words: name for name, words in english.items()}

    def said(self, words: str, language: str) -> str:
        """Return an English sentence of ours in a language; itself where the language has no table."""
        table = TABLES.get(tongue_of(language))
        return words if table is None else table[self._names[words]]

    def everywhere(self, words: str) -> list[str]:
        """Return a sentence in all languages, English first."""
        return [words, *(table[self._names[words]] for table in TABLES.values())]
