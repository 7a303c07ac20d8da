"""Read the answers about voice and consent. The caller of each reader decides what follows an unreadable answer."""

import re
from collections.abc import Sequence
from functools import cache

from voicebot.domain.languages.loose_words import in_full
from voicebot.domain.onboarding.doubts import EVERYDAY
from voicebot.domain.onboarding.state import Voice
from voicebot.domain.onboarding.tokens import MAX_ANSWER, plain
from voicebot.domain.onboarding.tongues import consent, consent_english
from voicebot.domain.onboarding.tongues import voices as choices

MAX_CONSENT_WORDS = 10

_ORDINALS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9} | {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "1st": 1, "2nd": 2, "3rd": 3,
    } | choices.PLACES  # fmt: skip
_GENDERS = {
    "female": {"female", "woman", "womans", "woman's", "lady", "girl", "feminine"} | choices.WOMAN,
    "male": {"male", "man", "mans", "man's", "guy", "gentleman"} | choices.MAN,
}
_LAST = choices.LAST | {"last"}
_NO_WISH = re.compile(
    r"\b(?:any|whichever|whatever|you (?:choose|decide|pick)|don't (?:care|mind)|do not (?:care|mind)|no preference|"
    r"doesn't matter|does not matter|all the same|surprise me|default|none|cualquiera|as it is|keep|"
    rf"{choices.NO_WISH})\b"
)


_JOINED = re.compile(r"\b[dl]'(?=\w\w)")
"""What French puts before a name without a space: "la voix d'Alice"."""


def voice_in(text: str, voices: Sequence[Voice]) -> Voice | None:
    """Return the voice that is meant by its name, its number in the list, or a gender."""
    if len(text) > MAX_ANSWER:
        return None
    words = re.findall(r"[\w']+", _JOINED.sub("", plain(text)))
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
    spoken = [word for at, word in enumerate(words) if _is_place(words, at)]
    # "the second one" is number two; its "one" stands for the noun.
    last = not _LAST.isdisjoint(words)
    return _numbered({len(voices)} if last else {_ORDINALS[each] for each in spoken[:1]}, voices)


def _is_place(words: Sequence[str], at: int) -> bool:
    doubtful = words[at] in choices.ALSO_NO_PLACE and len(words) > 1
    return words[at] in _ORDINALS and (not doubtful or (at > 0 and words[at - 1] in choices.ARTICLES))


_SPEAKS_OF_VOICE = re.compile(choices.SPEAKS_OF_VOICE)
_ALSO_WORDS = EVERYDAY | {"will", "hope", "grace", "mark", "may", "bill"}


def about_voice(text: str) -> bool:
    """Whether the text speaks of a voice, in any of six languages."""
    return len(text) <= MAX_ANSWER and _SPEAKS_OF_VOICE.search(plain(text)) is not None


def voice_named(text: str, voices: Sequence[Voice]) -> Voice | None:
    """Return the voice whose name the text says; of several of one name the first, of several names none."""
    if len(text) > MAX_ANSWER:
        return None
    words = [word.removesuffix("'s") for word in re.findall(r"[\w']+", _JOINED.sub("", plain(text)))]
    # "Will" and "Hope" are voices too: such a name counts where it stands alone, or beside the word.
    clear = len(words) < 3 or any(map(_SPEAKS_OF_VOICE.fullmatch, words))
    named = [
        voice
        for voice in voices
        if _mentions(words, voice.name) and (clear or voice.name.split()[0].casefold() not in _ALSO_WORDS)
    ]
    return named[0] if len({voice.name.casefold() for voice in named}) == 1 else None


def _numbered(numbers: set[int], voices: Sequence[Voice]) -> Voice | None:
    number = min(numbers, default=0)
    return voices[number - 1] if len(numbers) == 1 and 1 <= number <= len(voices) else None


def _mentions(words: Sequence[str], name: str) -> bool:
    wanted = re.findall(r"[\w']+", plain(name))
    spans = (list(words[at : at + len(wanted)]) for at in range(len(words)))
    # "Charlotte - warm" is asked for as Charlotte.
    return any(span == wanted for span in spans) or (
        bool(wanted) and len(wanted[0]) > 2 and wanted[0] in words
    )


def has_no_wish(text: str) -> bool:
    """Whether the person leaves the choice to us."""
    if len(text) > MAX_ANSWER:
        return False
    said = plain(text).strip(" .!")
    if _NO_WISH.search(said) or said in {"no", "nope", "no thanks", "no thank you", "nah", "next"}:
        return True
    return " ".join(re.findall(r"[\w']+", said)) in choices.NONE_WANTED


_FILLER = rf"(?:{consent_english.FILLERS}|{consent.FILLERS})"
_YES = rf"(?:{consent_english.YES}|{consent.YES})"
_NO = rf"(?:{consent_english.NO}|{consent.NO})"


@cache
def _says(answer: str) -> re.Pattern[str]:
    # Compiled for the first answer: a process that reads none starts without.
    return re.compile(rf"(?:{_FILLER} )*{answer}(?: (?:{_FILLER}|{answer}))*")


_WINKS = re.compile(r"[🙄😒🤨🤔😏🤷😬]")
"""Beside them a yes may mean the opposite."""
_WHY_NOT = re.compile(
    r"\b(?:why|perche|por ?que|porque|pourquoi|warum) (?:the \w+ )?(?:not|no|pas|nicht|nao)\b|\bcomo no\b"
)
"""The one question that is an answer."""
_DRAWN = re.compile(r"([a-jl-z])\1{2,}")
"""A letter that is drawn out; "kkkk" is a laugh in Portuguese."""
_NOT_NO = re.compile(
    r"\b(?:not|don't|never|can't|cannot|couldn't|wouldn't|won't) (?:disagree|refuse|decline|object|reject|mind saying no|(?:want to )?say no)\b"
)


def consent_in(text: str) -> bool | None:
    """Return whether the whole text is a yes or a no; a consent with conditions is none."""
    if len(text) > MAX_ANSWER:
        return None
    if _WINKS.search(text):
        return None
    words = re.findall(r"[\w']+|[👍👎👌✅❌🆗🚫✔☑🙅]", plain(text))
    said = in_full(" ".join(_DRAWN.sub(r"\1", word) for word in words))
    # The two patterns can read a filler in several ways: their time grows with the words.
    if len(said.split()) > MAX_CONSENT_WORDS or said in consent.UNDECIDED:
        return None
    if _NOT_NO.search(said) or ("?" in text and not _WHY_NOT.search(said)):
        return None
    if _says(_NO).fullmatch(said):
        return False
    return True if _says(_YES).fullmatch(said) else None
