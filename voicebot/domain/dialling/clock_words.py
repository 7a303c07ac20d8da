"""Normalise words about a day and an hour: digits for numbers, one name for each weekday and month."""

import re

from voicebot.domain.languages.misspelt import KeyWords

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip
LONGEST = 200

_UNITS = tuple(
    re.findall(
        r"\w+",
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen",
    )
)
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50}
_ORDINALS = tuple(
    re.findall(
        r"\w+",
        "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth",
    )
)
_SHORT_DAYS = {
    "mon": 0,
    "tue": 1,
    "tues": 1,
    "wed": 2,
    "weds": 2,
    "thu": 3,
    "thur": 3,
    "thurs": 3,
    "fri": 4,
    "sat": 5,
    "sun": 6,
}
_SPELT = {
    "tommorow": "tomorrow", "morow": "tomorrow", "tmrw": "tomorrow", "tmr": "tomorrow",
    "2morrow": "tomorrow", "2moro": "tomorrow", "2mrw": "tomorrow", "tomoz": "tomorrow", "tonite": "tonight", "wensday": "wednesday", "wendsday": "wednesday", "midday": "noon",
    "oclock": "o'clock", "o’clock": "o'clock", "til": "until", "till": "until", "arvo": "afternoon", "hrs": "hours",
    "hr": "hour", "mins": "minutes", "min": "minute", "noonish": "noon", "lunchtime": "lunch",
}  # fmt: skip
_KEY_WORDS = KeyWords(
    (
        *WEEKDAYS,
        *(month for month in MONTHS if len(month) > 5),
        "tomorrow",
        "tonight",
        "today",
        "morning",
        "afternoon",
        "evening",
        "minute",
        "minutes",
    )
)


def _whole_hour(found: re.Match[str]) -> str:
    """Fifteen hundred is three in the afternoon."""
    return f"{_UNITS.index(found[1]) if found[1] in _UNITS else _TENS[found[1]]}:00"


def _date_with_dots(found: re.Match[str]) -> str:
    """15.12. is the fifteenth of December; half past nine is written 9.30, too."""
    month = int(found["month"])
    return f" {found['day']} {MONTHS[month - 1]} at " if 1 <= month <= 12 else found[0]


_REWRITTEN = tuple(
    (re.compile(pattern), written)
    for pattern, written in (
        (r"\b([ap])\s?\.\s?m\b\.?", r"\1m"),
        # 430pm, 10a and 12-04-2026.
        (r"(?<![\d:./-])(\d{1,2})([0-5]\d)\s?([ap])m?\b", r"\1:\2 \3m"),
        (r"(?<=\d)([ap])\b", r" \1m"),
        (r"(?<![\d-])(\d{1,2})-(\d{1,2})-(20\d\d)\b", r"\1/\2/\3"),
        (r"(?<![\d.:])(?:am |den )?(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?!\d)", _date_with_dots),
        (r"\b(?:am|den) (?P<day>\d{1,2})\.(?P<month>\d{1,2})\b(?![.:]\d)", _date_with_dots),
        (r"\bchristmas eve\b", "december 24"),
        (r"\b(?:christmas|xmas)(?: day)?\b", "december 25"),
        (r"\bnew year'?s eve\b", "december 31"),
        (r"\bnew year'?s(?: day)?\b", "january 1"),
        (r"(\d)\s*([ap])\.?m\b\.?", r"\1 \2m"),
        (r"\b([ap])\s+m\b", r"\1m"),
        (r"(?<=\d)\s?uhr\b", ":00"),
        (r"\b(?:good|god) (?:morning|afternoon|evening|day)\b", " "),
        (r"\b(?:o'? ?clock|oclock)\b", "o'clock"),
        (r"\bfirst thing\b(?: in the morning)?", "early morning"),
        (r"(?<=[\da-z])[- ]?ish\b", ""),
        (r"\b(?:let's|lets) do(?= \w)", "at"),
        (r"\b(?:like|u+mm*|u+hm*|er+m*|say|maybe|perhaps|probably|i (?:guess|think|suppose)|or something|you know)\b", " "),
        (r"\b([01]?\d|2[0-3])([0-5]\d) ?(?:hrs?|hours|h)\b", r"\1:\2"),
        (rf"\b({'|'.join((*_UNITS[10:], 'twenty'))}) hundred(?: hours?| hrs)?\b", _whole_hour),
        (r"\bhalf past (?:noon|midday|twelve)\b", "half past 12"),
        (r"\bnot (?:until|till?)\b", "not before"),
        (r"\bgive it(?= (?:\d|an?\b|half))", "give me"),
        # 0900, and 1300 behind a word.
        (r"\b(at|after|before|around|until) (\d{1,2})([0-5]\d)\b(?![:/])", r"\1 \2:\3"),
        (r"\b(0\d)([0-5]\d)\b(?![:/])", r"\1:\2"),
        (r"\b(?:within|in|over|during) the (?:next )?(?=hour|(?:\w+ ){1,2}(?:hour|minute)s?\b)", "within "),
        (r"\bwithin hour\b", "within an hour"),
        # In 10-15 minutes: whoever waits fifteen is late for nobody.
        (r"\bin \d+(?: ?- ?| to | or )(\d+)(?= (?:min|minute|hour|hr)s?\b)", r"in \1"),
        (r"\bminutes? before (?=\w+)", "minutes to "),
        (r"\bminutes? after (?=\w+)", "minutes past "),
        (r"\b(minutes|quarter) (?:to|before|of) (?:noon|midday)\b", r"\1 to 12"),
        (r"\bin the night\b", "at night"),
        (r"[^\w:./+'-]+|(?<!\d)[.:](?=\s|$)|[.](?=\s|$)", " "),
        # A date keeps its dashes, a number in words loses its own.
        (r"(?<=[a-z])-(?=[a-z])", " "),
    )
)  # fmt: skip


def in_one_form(words: str) -> str:
    """Return the words in small letters, with digits for numbers: `Twenty past nine` is `20 past 9`."""
    text = words[:LONGEST].lower().replace("’", "'")
    for pattern, written in _REWRITTEN:
        text = pattern.sub(written, text)
    return _with_digits([_SPELT.get(word) or _KEY_WORDS.meant_by(word) for word in text.split()])


def _with_digits(words: list[str]) -> str:
    out: list[str] = []
    place = 0
    while place < len(words):
        taken, written = _number_at(words, place)
        out.append(written)
        place += taken
    return " ".join(out)


def _number_at(words: list[str], place: int) -> tuple[int, str]:
    word, following = words[place], words[place + 1] if place + 1 < len(words) else ""
    if word in _TENS:
        if following in _UNITS[1:10]:
            return 2, str(_TENS[word] + _UNITS.index(following))
        if following in _ORDINALS[1:10]:
            return 2, f"{_TENS[word] + _ORDINALS.index(following)}th"
        return 1, str(_TENS[word])
    if word in ("oh", "o") and following in _UNITS[1:10]:
        return 2, f"0{_UNITS.index(following)}"
    if word in _UNITS:
        return 1, str(_UNITS.index(word))
    if word == "thirtieth":
        return 1, "30th"
    if word in _ORDINALS:
        return 1, f"{_ORDINALS.index(word)}th"
    if word in _SHORT_DAYS:
        return 1, WEEKDAYS[_SHORT_DAYS[word]]
    if word.rstrip("s") in WEEKDAYS:
        return 1, word.rstrip("s")
    if len(word) >= 3 and word.rstrip(".") not in ("mar", "may") and (month := _month(word)):
        return 1, month
    return 1, "march" if word == "mar" else word


def _month(word: str) -> str | None:
    short = word.rstrip(".")
    known = {name[:3] for name in MONTHS} | {"sept"}
    return next(
        (name for name in MONTHS if name == short or (short in known and name.startswith(short[:3]))), None
    )
