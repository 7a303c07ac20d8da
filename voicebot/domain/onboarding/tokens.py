"""Cut an answer into words, once, in time that grows with its length; no answer over `MAX_ANSWER` characters is read."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.domain.languages.accents import without_accents

MAX_ANSWER = 200
"""Characters: a longer text is a story, and the model reads it."""

_PLAIN = str.maketrans({**dict.fromkeys("’‘´`ʼʻʹ′＇‛ʾʿ", "'"), **dict.fromkeys("‐‑﹣－", "-")})
_DASH_INSIDE = re.compile(r"(?<=[^\W\d_])[\u2013\u2212](?=[^\W\d_])")
EDGES = ' .,!?:;"()[]{}¿¡*…~_<>|«»“”„।。、，'
_PICTURES = frozenset({"So", "Sk"})
"""Categories of what is drawn, skin tones among them."""
_JOINERS = str.maketrans({"\ufe0f": None, "\u200d": None})


def clean(text: str) -> str:
    """Return the text with plain apostrophes and hyphens, single spaces, and neither control characters nor invisible marks."""
    text = _DASH_INSIDE.sub("-", text.translate(_PLAIN))
    return " ".join(
        "".join(
            char if char.isprintable() else "" if unicodedata.category(char) == "Cf" else " " for char in text
        ).split()
    )


def plain(text: str) -> str:
    """Return a cleaned text in small letters and without accents, as the patterns of six languages read it."""
    return without_accents(clean(text).casefold())


@dataclass(frozen=True)
class Token:
    """One word with the punctuation around it, and as it is compared."""

    written: str
    key: str

    @property
    def word(self) -> str:
        """The word without punctuation around it, but with the full stop of an abbreviation."""
        bare = self.written.strip(EDGES)
        stop = self.written.rstrip(EDGES.replace(".", "")).endswith(".")
        return f"{bare}." if bare and stop else bare

    @property
    def ends_clause(self) -> bool:
        """Whether punctuation stands behind the word."""
        return self.written[-1:] in ",;:!?…"


def key(word: str) -> str:
    """Return a word without case, accents and punctuation around it."""
    bare = word.strip(EDGES + "-'").casefold()
    return without_accents(bare) or bare


def tokens(text: str) -> Sequence[Token]:
    """Return the words of an answer; none of a longer one."""
    if len(text) > MAX_ANSWER:
        return ()
    drawn = "".join(" " if unicodedata.category(char) in _PICTURES else char for char in clean(text))
    words = [word for word in drawn.translate(_JOINERS).split() if word.strip(EDGES + "-'/&+")]
    # A face of punctuation and one letter is drawn too.
    return tuple(Token(word, key(word)) for word in words if not (word[0] in ":;=" and len(word) < 4))


def joined(found: Sequence[Token]) -> str:
    """Return the words as they were written."""
    return " ".join(token.written for token in found)
