"""Words as the demo brain compares them: lower case, without endings, without those that say nothing."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence


def word_set(words: str) -> frozenset[str]:
    """The words of a line that lists them."""
    return frozenset(words.split())


_STOP = word_set(
    "a an and are as at be been being but by can could did do does for from had has have he her here him his "
    "how i if in into is it its just know let like may me might mine must my need no nor not now of off ok "
    "okay on or our ours please shall she should so some tell than that the their them then there these they "
    "this those to too up us was we were what when where which who whom whose why will with would yes you "
    "your yours um uh er hm well also about want wants wanted give get got any anything something there's i'm "
    "i'd i'll it's what's that's don't can't won't you're ask asked asks say says said speak caller user "
    "customer really very much many one thing things actually maybe today again still ever am go going bit "
    "more find reach come long far often soon "
)

# Words that nearly every question has: they choose between facts about something, and are no subject of their own.
_SAYS_LITTLE = word_set(
    "sell offer provide serve make cost price fee charge rate possible allow available accept take bring use need "
    "open close work run keep show help pay euro dollar pound place start begin service exact exactly kind sort type "
    "building area town city shop company business"
)


def tokens(text: str) -> list[str]:
    """The meaningful words of a text as stems, in order; `gluten-free` is two words, `AB-12` is one."""
    return [
        stem(part)
        for word in raw_words(text)
        for part in ([word] if any(char.isdigit() for char in word) else word.split("-"))
        if part not in _STOP and (len(part) > 1 or part.isdigit())
    ]


def says_little(token: str) -> bool:
    """Whether the stem is of a word that nearly every question has."""
    return token in _LITTLE


def raw_words(text: str) -> list[str]:
    """All words in lower case; figures such as 9.30 and codes such as AB-12 stay whole."""
    lowered = text.casefold().replace("’", "'")
    return re.findall(r"[^\W_]+(?:['.\-:][^\W_]+)*", lowered.replace("_", " "))


_IRREGULAR = {
    "sold": "sell", "bought": "buy", "children": "child", "kids": "kid", "men": "man", "women": "woman", "paid": "pay",
    "brought": "bring", "took": "take", "taken": "take", "spoken": "speak", "shoes": "shoe", "closes": "close",
    "closed": "close", "broke": "break", "broken": "break", "cheques": "cheque", "owns": "own", "gave": "give",
    "kept": "keep", "drove": "drive", "lost": "lose", "paying": "pay", "begun": "begin", "began": "begin",
}  # fmt: skip


def stem(word: str) -> str:
    """Cut common English endings, so that `parked`, `parking` and `parks` meet."""
    word = word.removesuffix("'s")
    word = _IRREGULAR.get(word, word)
    if len(word) <= 3 or not word.isalpha():
        return word
    for ending, instead in (
        ("iness", "y"),
        ("ies", "y"),
        ("ing", ""),
        ("edly", ""),
        ("ed", ""),
        ("es", ""),
        ("s", ""),
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: len(word) - len(ending)] + instead
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word[-1] == "e" else word


_LITTLE = frozenset(stem(word) for word in _SAYS_LITTLE)


class Rarity:
    """How much a word tells, learnt from the texts at hand: rare words tell more."""

    def __init__(self, documents: Sequence[Iterable[str]]) -> None:
        self._count = len(documents)
        self._seen = Counter(token for document in documents for token in set(document))

    def of(self, token: str) -> float:
        """The weight of a stem; one that no text holds weighs as much as the rarest."""
        return math.log((self._count + 1) / (self._seen.get(token, 0) + 0.5)) + 0.2


def split_sentences(text: str) -> list[str]:
    """Cut running text into sentences; single letters with a stop and figures do not end one."""
    parts = re.split(
        r"(?<=[.!?…])(?<!\b[A-Za-z]\.)(?<!\b(?:Mr|Ms|Dr|St)\.)(?<!\b(?:Mrs)\.)\s+(?=[\"'“(]?[A-Z0-9])", text
    )
    return [part.strip() for part in parts if part.strip()]


_NEXT_QUESTION = re.compile(
    r"(?<=\?)\s+|,? and (?=(?:what|when|where|who|how|do|does|is|are|can)\b)|, (?=(?:what|when|where|who|how)\b)",
    re.I,
)
_ASKS = re.compile(r"\b(?:what|when|where|who|how|which|do|does|is|are|can|could|will|may)\b|\?", re.I)
_POINTS = re.compile(r"\b(?:it|that|this|they|them|there|those|these)\b", re.I)


def questions_in(text: str) -> list[str]:
    """The questions that one breath joins: `are you open, and where is it?` holds two.

    What only leads up to a question that points back to it stays with it: `my pipe burst, what does that cost?`
    """
    parts = _NEXT_QUESTION.split(text)
    if len(parts) == 2 and not _ASKS.search(parts[0]) and _POINTS.search(parts[1]):
        return [text]
    return parts
