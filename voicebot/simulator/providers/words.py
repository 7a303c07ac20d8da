"""Words as the demo brain compares them: lower case, without endings, without those that say nothing."""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence


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

# General English only: what a question word asks for, and everyday words that mean the same.
_SAME = (
    ("price", "cost", "fee", "charge", "rate"),
    ("address", "location", "located", "street"),
    ("opening", "open", "hours", "closed", "close"),
    ("person", "human", "operator", "colleague", "someone", "somebody", "agent", "staff", "representative"),
    ("book", "reserve", "reservation", "booking"),
    ("appointment", "visit"),
    ("phone", "telephone"),
    ("bicycle", "bike"),
    ("rent", "hire", "rental"),
    ("repair", "fix", "mend"),
    ("tyre", "tire"),
    ("goodbye", "bye", "farewell"),
    ("end", "finish", "hang", "stop"),
    ("connect", "transfer", "forward"),
    ("begin", "start"),
    ("buy", "purchase", "order"),
    ("car", "vehicle"),
    ("pay", "payment"),
    ("different", "another", "other"),
    ("switch", "change"),
    ("take", "leave", "record", "note"),
)

_ASKED_FOR = (
    (r"\bwhere\b", ("address", "location", "located", "street")),
    (r"\bwhen\b|\bwhat time\b", ("hours", "time", "day", "monday", "clock")),
    (r"\bhow much\b|\bhow expensive\b", ("price", "cost", "fee", "dollar", "euro", "free")),
    (r"\bhow long\b", ("minutes", "hours", "days", "weeks")),
    (r"\bhow far\b", ("minutes", "miles", "kilometres")),
    (r"\bwho\b", ("name", "staff", "manager", "owner")),
    (r"\bhow (?:can|do) i (?:reach|contact)\b", ("phone", "email", "number", "address")),
)


def tokens(text: str) -> list[str]:
    """The meaningful words of a text as stems, in order."""
    return [stem(word) for word in raw_words(text) if word not in _STOP and (len(word) > 1 or word.isdigit())]


def raw_words(text: str) -> list[str]:
    """All words in lower case; figures such as 9.30 and codes such as AB-12 stay whole."""
    lowered = text.casefold().replace("’", "'")
    return re.findall(r"[^\W_]+(?:['.\-:][^\W_]+)*", lowered.replace("_", " "))


def stem(word: str) -> str:
    """Cut common English endings, so that `parked`, `parking` and `parks` meet."""
    word = word.removesuffix("'s")
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


_GROUPS = {stem(word): frozenset(stem(other) for other in group) for group in _SAME for word in group}


def alike(token: str) -> frozenset[str]:
    """The stem and those that mean the same."""
    return _GROUPS.get(token, frozenset()) | {token}


def wished_kinds(question: str) -> set[str]:
    """Stems that an answer to this kind of question is likely to hold."""
    lowered = question.casefold()
    return {stem(word) for pattern, words in _ASKED_FOR if re.search(pattern, lowered) for word in words}


class Rarity:
    """How much a word tells, learnt from the texts at hand: rare words tell more."""

    def __init__(self, documents: Sequence[Iterable[str]]) -> None:
        self._count = len(documents)
        self._seen = Counter(token for document in documents for token in set(document))

    def of(self, token: str) -> float:
        """The weight of a stem; one that no text holds weighs as much as the rarest."""
        return math.log((self._count + 1) / (self._seen.get(token, 0) + 0.5)) + 0.2


def has_any(token: str, among: Collection[str]) -> bool:
    """Whether the word, or one that means the same, is there."""
    return any(other in among for other in alike(token))


def split_sentences(text: str) -> list[str]:
    """Cut running text into sentences; abbreviations of one letter and figures do not end one."""
    parts = re.split(
        r"(?<=[.!?…])(?<!\b[A-Za-z]\.)(?<!\b(?:Mr|Ms|Dr|St)\.)(?<!\b(?:Mrs)\.)\s+(?=[\"'“(]?[A-Z0-9])", text
    )
    return [part.strip() for part in parts if part.strip()]


def questions_in(text: str) -> list[str]:
    """The questions that one breath joins: `are you open, and where is it?` holds two."""
    return re.split(
        r"(?<=\?)\s+|,? and (?=(?:what|when|where|who|how|do|does|is|are|can)\b)|, (?=(?:what|when|where|who|how)\b)",
        text,
    )
