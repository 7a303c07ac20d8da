"""Everyday words that mean nearly the same, and what a question word asks for. General English, of no business."""

import re
from collections.abc import Collection

from simulator.providers.brain.words import stem

_SAME = (
    ("price", "cost", "fee", "charge", "rate", "euro", "dollar", "pound", "franc"),
    ("address", "location", "located", "street"),
    ("opening", "open", "hours", "closed", "close"),
    ("person", "human", "operator", "colleague", "someone", "somebody", "agent", "staff", "representative"),
    ("book", "reserve", "reservation", "booking"),
    ("appointment", "visit"),
    ("phone", "telephone", "mobile"),
    ("bicycle", "bike", "cycle"),
    ("rent", "hire", "rental", "lend", "borrow"),
    ("repair", "fix", "mend"),
    ("tyre", "tire"),
    ("goodbye", "bye", "farewell"),
    ("end", "finish", "hang", "stop"),
    ("connect", "transfer", "forward"),
    ("begin", "start"),
    ("buy", "purchase", "order"),
    ("sell", "sale"),
    ("car", "vehicle", "automobile"),
    ("park", "parking", "garage", "carpark"),
    ("pay", "payment"),
    ("card", "visa", "mastercard", "credit", "debit", "amex"),
    ("different", "another", "other"),
    ("switch", "change"),
    ("take", "leave", "record", "note"),
    ("wifi", "internet", "wireless", "wlan"),
    ("pet", "dog", "cat", "animal", "puppy"),
    ("child", "kid", "children", "baby", "toddler", "son", "daughter"),
    ("toilet", "restroom", "bathroom", "washroom"),
    ("lift", "elevator"),
    ("wheelchair", "accessible", "disabled"),
    ("bus", "tram", "train", "metro", "subway", "underground", "station", "transport"),
    ("mail", "email"),
    ("website", "site", "webpage", "homepage", "online"),
    ("discount", "reduction", "cheaper", "reduced"),
    ("refund", "return", "reimburse"),
    ("warranty", "guarantee"),
    ("cancel", "cancellation"),
    ("postpone", "reschedule", "move"),
    ("voucher", "gift", "certificate"),
    ("doctor", "dr", "dentist", "physician"),
    ("lawyer", "attorney", "solicitor"),
    ("hairdresser", "stylist", "barber"),
    ("team", "staff", "employee"),
    ("emergency", "urgent", "urgently"),
    ("insurance", "insurer", "insured"),
    ("deposit", "prepayment"),
    ("delivery", "deliver", "ship", "shipping"),
    ("allergy", "allergic"),
    ("owner", "own", "boss", "proprietor"),
    ("haircut", "trim"),
    ("advance", "ahead", "beforehand"),
    ("job", "vacancy", "apprentice", "hiring"),
    ("pool", "swimming"),
    ("screen", "display"),
    ("welcome", "allow", "permit"),
    ("free", "complimentary", "gratis"),
    ("lost", "lose"),
    ("quick", "fast", "quickly", "express"),
    ("meal", "food", "eat", "lunch", "dinner"),
    ("bread", "loaf"),
)

_PRICE = ("price", "cost", "fee", "dollar", "euro", "pound", "free", "cent")
_PLACES = (
    "address", "location", "located", "street", "lane", "road", "avenue", "square", "plaza", "boulevard", "drive", "alley",
    "arcade", "mall", "corner", "opposite", "suite", "next", "floor",
)  # fmt: skip
_ASKED_FOR = (
    (r"\bwhere\b|\bhow (?:can|do) (?:i|we) (?:find|get to) you\b", _PLACES),
    (r"\bwhen\b|\bwhat time\b", ("hours", "time", "day", "monday", "clock")),
    (r"\bhow much\b|\bhow expensive\b|\bprices?\b|\bcosts?\b|\bcharge\b", _PRICE),
    (r"\bhow long\b|\bhow (?:soon|quick|fast)", ("minutes", "hours", "days", "weeks", "while")),
    (r"\bhow far\b", ("minutes", "miles", "kilometres")),
    (r"\bwho\b", ("name", "staff", "manager", "owner")),
    (r"\bhow (?:can|do) i (?:reach|contact)\b", ("phone", "email", "number", "address")),
)
_GROUPS = {
    stem(word): frozenset(stem(other) for group in _SAME if word in group for other in group)
    for words in _SAME
    for word in words
}


def alike(token: str) -> frozenset[str]:
    """The stem and those that mean the same."""
    return _GROUPS.get(token, frozenset()) | {token}


def has_any(token: str, among: Collection[str]) -> bool:
    """Whether the word, or one that means the same, is there."""
    return any(other in among for other in alike(token))


def wished_kinds(question: str) -> set[str]:
    """Stems that an answer to this kind of question is likely to hold."""
    lowered = question.casefold()
    return {stem(word) for pattern, words in _ASKED_FOR if re.search(pattern, lowered) for word in words}
