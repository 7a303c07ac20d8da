"""Read the answers to the onboarding's questions. The caller of each reader decides what follows an
unreadable answer.

Every reader returns None for what is no answer to its question: another question, a link, digits, a remark.
"""

import re
import unicodedata
from collections.abc import Sequence

from voicebot.domain.onboarding.state import Voice

MAX_NAME, MAX_NAME_WORDS = 60, 5
MAX_PLACE, MAX_PLACE_WORDS = 80, 6
MAX_CONSENT_WORDS = 10
_PICTURES = frozenset({"So", "Sk"})
"""Categories of what is drawn, skin tones among them."""

_GREETING = r"(?:hi|hello|hey|hallo|hola|good (?:morning|afternoon|evening)|yes|ok|okay|sure|well|um|uh|oh|so|no|sorry|oops|wait)"
_NAME_LEAD = re.compile(
    rf"^(?:{_GREETING}\b[\s,.!]*(?:there|again)?[\s,.!]*)*"
    r"(?:(?:my (?:full |first )?name(?: is|'s)?|the name(?: is|'s)|name(?: is|'s|:)|i am|i'm|im|this is|it is|it's|its|"
    r"you can call me|just call me|call me|they call me|everyone calls me|me llamo|mi nombre es|soy)\b[\s,:]*)?"
    r"(?:(?:actually|just|simply|now)\s+)?",
    re.IGNORECASE,
)
_NAME_TAIL = re.compile(
    r"(?<![\s,.!])(?:[\s,.!]+(?:here|please|thanks|thank you|nice to meet you|and you|speaking|by the way|sir))+[\s.!]*$",
    re.IGNORECASE,
)
_PLACE_LEAD = re.compile(
    rf"^(?:{_GREETING}\b[\s,.!]+)*"
    r"(?:(?:(?:i|we)\b(?:'m| am|'re| are)? ?(?:actually |now |currently )?(?:live|living|located|based|reside|stay|come|from|"
    r"moved)?|my (?:city|town|location|home|place|region)(?: is|'s)?|the (?:city|town) (?:is|of)|it is|it's|its|vivo en|soy de|"
    r"estoy en|city:|location:)(?!\w)\s*)?"
    r"(?:(?:actually|now|just|currently)\s+)?"
    r"(?:(?:in|from|near|at|to|around|close to|outside(?: of)?|just outside(?: of)?|the city of)\s+)?",
    re.IGNORECASE,
)
_PLACE_TAIL = re.compile(
    r"(?<![\s,.!])(?:[\s,.!]+(?:please|thanks|thank you|now|and you|by the way))+[\s.!]*$", re.IGNORECASE
)
_LINK = re.compile(r"https?:|www\.|\w\.(?:com|net|org|io|co|info|biz)\b|@", re.IGNORECASE)
_POSTCODE = re.compile(r"\b[0-9]{4,6}\b|\b[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}\b")
_PARTICLES = {
    "van",
    "der",
    "den",
    "de",
    "von",
    "zu",
    "da",
    "di",
    "del",
    "la",
    "le",
    "bin",
    "ibn",
    "al",
    "el",
    "dos",
    "y",
}
_NO_WORDS_LIST = (
    "a about again all already also am an and any anyone anything are as ask asking back be because been before but buy "
    "busy bye call called calling can cancel cannot change cheap check clue come comment could day did do does doing done "
    "don't dont dunno "
    "else enough even ever every everything excuse fine first for free friend from get give go going gone got great had "
    "happy has have hello help here hey hi home how human hungry i i'm idea idk if important in info information interested "
    "into is isn't it it's just keep know late later leave let like live lol look looking lost make maybe me mean message "
    "money more much my name need never new nice no nobody none nope not nothing now number of off ok okay on one only "
    "open or order other our out over pay person phone place please preference price private problem question quick quit rather "
    "ready really right say send she should sick since skip so some somebody someone something soon sorry start still "
    "stop stuff sure talk tell text than thank thanks that that's the their them then there these they thing think this "
    "tired to today tomorrow too tonight unknown unsubscribe up us use very wait want was way we well were what when "
    "where which who why will with won't wont work working would wrong yeah yep yes yet yo you your"
)
_NO_WORDS = frozenset(_NO_WORDS_LIST.split())
_IN_NAMES = frozenset({"will", "new", "hope", "call", "day", "price", "way", "home"})
"""Of those, what a person may well be called."""
_IN_PLACES = frozenset(
    ["the", "of", "on", "in", "up", "or", "me", "ok", "new", "hope", "way", "home", "now", "and"]
)
"""Of those, what a place of several words may contain; states among them."""


def clean(text: str) -> str:
    """Return the text with plain apostrophes, single spaces and no control characters."""
    text = text.replace("’", "'").replace("‘", "'")
    text = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(text.split())


def _without_pictures(text: str) -> str:
    """Return the text without emoji, which many put behind a name."""
    kept = "".join(" " if unicodedata.category(char) in _PICTURES else char for char in text)
    return " ".join(kept.replace("\ufe0f", "").replace("\u200d", "").split())


def name_in(text: str) -> tuple[str, str] | None:
    """Return first and last name (which may be blank)."""
    rest = _NAME_TAIL.sub("", _NAME_LEAD.sub("", _without_pictures(clean(text)), count=1)).strip(
        " ,.!-\"'()*:"
    )
    words = rest.split()
    if not words or len(words) > MAX_NAME_WORDS or len(rest) > MAX_NAME or _LINK.search(rest):
        return None
    if not all(_is_name_word(word) for word in words) or _says_something(words, _IN_NAMES):
        return None
    if len(words) == 1 and len(rest) == 1 and rest.isascii():
        return None
    named = _written(words)
    return named[0], " ".join(named[1:])


def _is_name_word(word: str) -> bool:
    letters = [char for char in word if unicodedata.category(char)[0] in "LM"]
    return bool(letters) and all(char in "'-.·" or unicodedata.category(char)[0] in "LM" for char in word)


def _says_something(words: Sequence[str], allowed: frozenset[str]) -> bool:
    plain = [word.lower().strip(".,!") for word in words]
    return any(word in _NO_WORDS and word not in allowed for word in plain)


def _written(words: Sequence[str]) -> list[str]:
    joined = "".join(words)
    if joined != joined.lower() and joined != joined.upper():
        return list(words)
    return [
        word.lower() if index and word.lower() in _PARTICLES else _capitalised(word)
        for index, word in enumerate(words)
    ]


def _capitalised(word: str) -> str:
    return re.sub(r"(^|['\-.·])(\w)", lambda match: match[1] + match[2].upper(), word.lower())


def place_in(text: str) -> str | None:
    """Return a city or region, perhaps with its state, country or postal code."""
    rest = _PLACE_TAIL.sub("", _PLACE_LEAD.sub("", _without_pictures(clean(text)), count=1)).strip(
        " .!\"'*:,"
    )
    words = _POSTCODE.sub(" ", rest).replace(",", " ").replace("/", " ").split()
    if not words or len(words) > MAX_PLACE_WORDS or len(rest) > MAX_PLACE or _LINK.search(rest):
        return None
    names = [word.strip("()&") for word in words if word.strip("()&")]
    if not names or not all(_is_name_word(word) for word in names) or _says_something(names, _IN_PLACES):
        return None
    if len("".join(names)) < 2 or all(name.lower() in _NO_WORDS for name in names):
        return None
    if rest not in (rest.lower(), rest.upper()) or not rest.isascii():
        return rest
    parts = [" ".join(_written(part.split())) for part in re.split(r",\s*", rest)]
    # Two letters after a comma are a state.
    return ", ".join(part.upper() if index and len(part) == 2 else part for index, part in enumerate(parts))


_ORDINALS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9} | {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "1st": 1, "2nd": 2, "3rd": 3,
    "uno": 1, "dos": 2, "tres": 3,
}  # fmt: skip
_GENDERS = {
    "female": {"female", "woman", "womans", "woman's", "lady", "girl", "feminine", "mujer", "femenina"},
    "male": {"male", "man", "mans", "man's", "guy", "gentleman", "masculine", "hombre", "masculina"},
}
_NO_WISH = re.compile(
    r"\b(?:any|whichever|whatever|you (?:choose|decide|pick)|don't (?:care|mind)|do not (?:care|mind)|no preference|"
    r"doesn't matter|does not matter|all the same|surprise me|default|none|cualquiera|as it is|keep)\b"
)


def voice_in(text: str, voices: Sequence[Voice]) -> Voice | None:
    """Return the voice that is meant by its name, its number in the list, or a gender."""
    words = re.findall(r"[\w']+", clean(text).casefold())
    bare = [word.removesuffix("'s") for word in words]
    named = [voice for voice in voices if _mentions(bare, voice.name)]
    if named:
        return named[0] if len(named) == 1 else None
    numbers = {int(word) for word in words if word.isdecimal() and len(word) < 3}
    if numbers:
        return _numbered(numbers, voices)
    for gender, synonyms in _GENDERS.items():
        if synonyms & set(words) and not any(
            other & set(words) for kind, other in _GENDERS.items() if kind != gender
        ):
            return next((voice for voice in voices if voice.gender == gender), None)
    if len(words) > 7:
        return None
    spoken = [word for word in words if word in _ORDINALS]
    # "the second one" is number two: its "one" only stands for the noun.
    return _numbered({len(voices)} if "last" in words else {_ORDINALS[each] for each in spoken[:1]}, voices)


def voice_named(text: str, voices: Sequence[Voice]) -> Voice | None:
    """Return the voice whose name the text says; of several of one name the first, of several names none."""
    words = [word.removesuffix("'s") for word in re.findall(r"[\w']+", clean(text).casefold())]
    # "Will" and "Hope" are voices too: such a name counts where it stands alone, or beside the word.
    clear = len(words) < 3 or "voice" in words
    named = [
        voice
        for voice in voices
        if _mentions(words, voice.name) and (clear or voice.name.split()[0].casefold() not in _NO_WORDS)
    ]
    return named[0] if len({voice.name.casefold() for voice in named}) == 1 else None


def _numbered(numbers: set[int], voices: Sequence[Voice]) -> Voice | None:
    number = min(numbers, default=0)
    return voices[number - 1] if len(numbers) == 1 and 1 <= number <= len(voices) else None


def _mentions(words: Sequence[str], name: str) -> bool:
    wanted = re.findall(r"[\w']+", name.casefold())
    spans = (list(words[at : at + len(wanted)]) for at in range(len(words)))
    # "Charlotte - warm" is asked for as Charlotte.
    return any(span == wanted for span in spans) or (
        bool(wanted) and len(wanted[0]) > 2 and wanted[0] in words
    )


def has_no_wish(text: str) -> bool:
    """Whether the person leaves the choice to us."""
    said = clean(text).lower().strip(" .!")
    return bool(_NO_WISH.search(said)) or said in {"no", "nope", "no thanks", "no thank you", "nah", "next"}


_FILLER = (
    r"(?:well|um|uh|hmm|oh|ok|okay|please|thanks|thank you|very much|that's|that is|then|i|think|guess|to|that|so|it's|it is|"
    r"with me|by me|for me|to this|to it|sir|gracias|por favor)"
)
_YES = (
    r"(?:agree|agreed|i agree|we agree|i do agree|yes|y|ya|yea|yeah|yeh|yep|yup|sure|of course|absolutely|definitely|certainly|"
    r"go ahead|please do|do|fine|all right|alright|sounds good|good|great|gladly|with pleasure|you may|you can|no problem|why not|"
    r"no worries|no objections?|i don't mind|do not mind|consent|i consent|accept|i accept|affirmative|correct|"
    r"happy to|si|claro|acepto|de acuerdo|vale|oui|ja|okey|ok|okay|k|👍)"
)
_NO = (
    r"(?:no|n|nope|nah|na|never|not|no way|no thanks|no thank you|rather not|i'd rather not|would rather not|i would rather not|"
    r"don't|do not|i don't|i do not|please don't|not agree|don't agree|do not agree|disagree|decline|i decline|refuse|i refuse|"
    r"not interested|i'm not interested|no consent|don't consent|do not consent|don't want|don't want that|do not want that|"
    r"i don't want that|i don't want to|don't want any|no news|no offers|no news and no offers|no news or offers|"
    r"negative|absolutely not|certainly not|of course not|definitely not|not really|not at all|no gracias|nein|non|👎)"
)
_SAYS_YES = re.compile(rf"(?:{_FILLER} )*{_YES}(?: (?:{_FILLER}|{_YES}))*")
_SAYS_NO = re.compile(rf"(?:{_FILLER} )*{_NO}(?: (?:{_FILLER}|{_NO}))*")


def consent_in(text: str) -> bool | None:
    """Return whether the whole text is a yes or a no; a consent with conditions is none."""
    said = clean(text).lower().replace("í", "i")
    said = " ".join(re.findall(r"[\w']+|👍|👎", said))
    # The two patterns can read a filler in several ways: their time grows with the words.
    if len(said.split()) > MAX_CONSENT_WORDS:
        return None
    if _SAYS_NO.fullmatch(said):
        return False
    return True if _SAYS_YES.fullmatch(said) else None
