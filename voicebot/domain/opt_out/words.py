"""Bring a text into the plain form in which the rules for requests to stop are written."""

import re
import unicodedata

_SPELLINGS = {
    "stpo": "stop",
    "sotp": "stop",
    "stp": "stop",
    "stopp": "stop",
    "stope": "stop",
    "txt": "text",
    "txts": "texts",
    "txting": "texting",
    "texing": "texting",
    "texted": "texted",
    "msg": "message",
    "msgs": "messages",
    "msging": "messaging",
    "mesage": "message",
    "mesages": "messages",
    "massages": "messages",
    "sms": "texts",
    "smses": "texts",
    "plz": "please",
    "pls": "please",
    "pleas": "please",
    "kindly": "please",
    "thx": "thanks",
    "thks": "thanks",
    "ty": "thanks",
    "w": "with",
    "textin": "texting",
    "txtin": "texting",
    "callin": "calling",
    "messagin": "messaging",
    "sendin": "sending",
    "botherin": "bothering",
    "u": "you",
    "ur": "your",
    "r": "are",
    "im": "i'm",
    "dont": "don't",
    "donot": "do not",
    "didnt": "didn't",
    "wont": "won't",
    "cant": "can't",
    "ive": "i've",
    "id": "i'd",
    "wanna": "want to",
    "gonna": "going to",
    "anymore": "any more",
    "ph": "phone",
    "num": "number",
}
_UNSUBSCRIBE = re.compile(r"\bun[\s-]?su[bsp]{1,2}[scirbe]{3,7}(d?)\b")
_SPACED_OUT = re.compile(r"\bs[\s._*-]+t[\s._*-]+[o0][\s._*-]+p\b|\bst0p\b")
_LONG_DRAWN = re.compile(r"([a-z])\1{2,}")


def normalised(text: str) -> str:
    """Return the text in lower case, without accents, common misspellings repaired and punctuation as single
    marks: sentence ends as ` . `, questions as ` ? `, commas as ` , `, everything else as spaces."""
    flat = unicodedata.normalize("NFKD", text.lower().replace("’", "'").replace("‘", "'"))
    flat = "".join(char for char in flat if not unicodedata.combining(char))
    flat = _LONG_DRAWN.sub(r"\1", flat)
    flat = _SPACED_OUT.sub("stop", flat)
    flat = _UNSUBSCRIBE.sub(r"unsubscribe\1", flat)
    flat = re.sub(r"\bopt(ing|ed)?[\s-]+out\b", r"opt\1 out", flat).replace("optout", "opt out")
    flat = re.sub(r"[.!;:\n]+", " . ", flat)
    flat = re.sub(r"[?¿]+", " ? ", flat)
    flat = flat.replace(",", " , ")
    flat = re.sub(r"[^a-z0-9'.,?]+", " ", flat)
    words = (_SPELLINGS.get(word, word) for word in flat.split())
    return " ".join(words)
