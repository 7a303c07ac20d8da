"""Bring a text into the plain form in which the rules for what people ask for are written: to stop, to erase, a person."""

import re
import unicodedata

from voicebot.domain.languages.accents import without_accents
from voicebot.domain.languages.loose_words import in_full, without_curses
from voicebot.domain.languages.misspelt import KeyWords

_SPELLINGS = {"ctop": "stop", "stpo": "stop", "sotp": "stop", "stp": "stop", "stopp": "stop", "stope": "stop"}
_KEY_WORDS = KeyWords(
    [
        "texting",
        "calling",
        "messaging",
        "sending",
        "contacting",
        "bothering",
        "harassing",
        "contact",
        "contacts",
        "message",
        "messages",
        "texts",
        "please",
        "number",
        "remove",
        "removed",
        "unsubscribe",
        "receive",
        "receiving",
        "anymore",
    ]
)
_UNSUBSCRIBE = re.compile(r"\bun[\s-]?su[bsp]{1,2}[scirbe]{3,7}(d?)\b")
_SPACED_OUT = re.compile(r"\bs[\s._*-]+t[\s._*-]+[o0][\s._*-]+p\b|\bst0p\b|(?<!\w)[$5]top\b")
_STOP_DRAWN = re.compile(r"\b(?:sta[hw]?p+|sto[hw]p+|stoppp*e?)\b")
_LONG_DRAWN = re.compile(r"([a-z])\1{2,}")

_LOOK_ALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u0442\u043c\u043d\u043a\u0432"
    "\u03bf\u03c1\u03c4\u03b1\u03b5\u03b9\u03ba\u03bd\u03c5\u03c7\u03c3\u03c2\ua731\u1d1b\u1d0f\u1d18\u0131\u0251",
    "aeopcyxsijtmhkboptaeikvuxssstopia",
)
"""Cyrillic, Greek and small capital letters that look like Latin ones."""
_APOSTROPHES = dict.fromkeys(map(ord, "\u2019\u2018\u02bc\u00b4`\u2032"), "'")
_STOP_SIGNS = dict.fromkeys(map(ord, "\U0001f6d1"), " stop ")
_FRENCH = re.compile(
    r"\b(?:vous|moi|le|la|les|est|je|des|une?|du|demain|bonjour|merci|pour|avec|tu|te|mon|ma|oui|non|prix)\b"
)
_LATIN = re.compile(r"[a-z]")


def plain_letters(text: str) -> str:
    """Return the text in lower case without accents and invisible marks, look-alikes of Latin letters as those."""
    flat = without_accents(text.lower().translate(_APOSTROPHES).translate(_STOP_SIGNS))
    flat = "".join(char for char in flat if unicodedata.category(char) != "Cf").replace("\u00df", "ss")
    return " ".join(_latin(word) for word in flat.split(" "))


def _latin(word: str) -> str:
    """A word that mixes alphabets, or that spells STOP in another one, is meant to be read as Latin."""
    if word.isascii():
        return word
    read = word.translate(_LOOK_ALIKES)
    return read if _LATIN.search(word) or read.strip(".,!?") == "stop" else word


def normalised(text: str) -> str:
    """Return the text in lower case, without accents, common misspellings repaired and punctuation as single
    marks: sentence ends as ` . `, questions as ` ? `, commas as ` , `, everything else as spaces."""
    flat = plain_letters(text)
    if _FRENCH.search(flat):
        # "S'il te plait".
        flat = re.sub(r"\bstp\b", "please", flat)
    flat = without_curses(_LONG_DRAWN.sub(r"\1", flat))
    flat = _SPACED_OUT.sub("stop", flat)
    flat = _STOP_DRAWN.sub("stop", flat)
    flat = _UNSUBSCRIBE.sub(r"unsubscribe\1", flat)
    flat = re.sub(r"\bopt(ing|ed)?[\s-]+out\b", r"opt\1 out", flat).replace("optout", "opt out")
    # What follows a dash is a sentence or a signature; apostrophes around a word are quotation marks.
    flat = re.sub(r"\s[-\u2013\u2014]+\s", " . ", flat)
    flat = re.sub(r"(?<!\w)'|'(?!\w)", " ", flat)
    flat = re.sub(r"[.!;:\n]+", " . ", flat)
    flat = re.sub(r"[?¿]+", " ? ", flat)
    flat = flat.replace(",", " , ")
    flat = re.sub(r"[^a-z0-9'.,?]+", " ", flat)
    return in_full(" ".join(_spelt(word) for word in flat.split()))


def _spelt(word: str) -> str:
    """Return the word that was meant by one that is misspelt."""
    return _SPELLINGS.get(word) or _KEY_WORDS.meant_by(word)
