"""What names of properties mean, and what days, times, names and codes look like in speech."""

import re

from simulator.providers.brain.words import tokens

FREE_TEXT = frozenset(tokens(
    "message reason note wish query description question text summary content details comment subject topic body "
    "request complaint feedback remark issue problem instructions preference purpose words",
))  # fmt: skip
UP_TO_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
NUMBERS = {word: number for number, word in enumerate(UP_TO_TWENTY.split())} | {
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100, "dozen": 12,
}  # fmt: skip
DAY = (
    r"\b(?:\d{4}-\d\d-\d\d|(?:next |this |on )?(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|today|tonight"
    r"|(?:january|february|march|april|may|june|july|august|september|october|november|december) \d{1,2}(?:st|nd|rd|th)?"
    r"|\d{1,2}(?:st|nd|rd|th)?(?: of)? (?:january|february|march|april|may|june|july|august|september|october|november"
    r"|december))\b"
)
TIME = (
    r"\b(?:\d{1,2}(?::\d\d)? ?(?:a\.?m\.?|p\.?m\.?|o'clock)|\d{1,2}:\d\d|noon|midnight"
    r"|(?:half past|quarter (?:past|to)) \w+|(?<=at )(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven"
    r"|twelve)(?: ?(?:a\.?m\.?|p\.?m\.?|o'clock))?)"
)
DATE, CLOCK, NAME = set(tokens("date day")), set(tokens("time hour")), set(tokens("name"))
MOMENT = DATE | CLOCK | set(tokens("slot start moment"))
CODE = set(tokens("number id code reference order ticket pin account"))
CAUSE = set(tokens("reason subject topic purpose issue problem"))
SOFT = set(tokens("reason wish preference purpose"))
MANNERS = set(tokens("use talk make put through try hear let see leave take please help"))
MAY_LACK = r"\boptional|\bleave (?:it )?(?:out|empty)|\bif (?:any|given|known|they)\b|\bmay be empty"
NAMED = r"(?:[Mm]y name is|[Tt]his is|I am|I'm|[Nn]ame of|[Nn]ame) ([A-Z][\w'-]+(?: [A-Z][\w'-]+)*)"
SHAPED = (
    (set(tokens("email e-mail")), r"[\w.+-]+@[\w-]+\.[\w.]*\w"),
    (set(tokens("phone telephone mobile")), r"\+?\d[\d\- ()]{5,}\d"),
    (set(tokens("url uri link website")), r"https?://\S+"),
)
POLITE = re.compile(
    r"^(?:(?:please|hello|hi|hey|yes|ok|okay|well|so|sure|and|then)[,.! ]+|(?:can|could|would|will) (?:you|i)(?: please)?\s+"
    r"|i(?:'d| would) like (?:you )?to\s+|i (?:want|need|wish) (?:you )?to\s+|let me\s+)+",
    re.I,
)
