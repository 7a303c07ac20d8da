"""Read the answers to several questions in one text: "I'm Ada, I live in London, the voice of Alice and I agree to
offers".

A part answers a question if its words name the question, or if its place between such parts does. A part with two
meanings is left for the question itself.
"""

import re
from collections.abc import Mapping, Sequence

from voicebot.domain.onboarding.answers import consent_in, has_no_wish, voice_in
from voicebot.domain.onboarding.cut import parts_of
from voicebot.domain.onboarding.intents import is_question
from voicebot.domain.onboarding.names import name_in, tells_name
from voicebot.domain.onboarding.origins import name_and_place, town_in
from voicebot.domain.onboarding.places import lives_in, place_in, tells_place
from voicebot.domain.onboarding.regions import ends_in_region
from voicebot.domain.onboarding.state import OnboardingState, Question, Voice
from voicebot.domain.onboarding.tokens import MAX_ANSWER, clean

AGREE, DECLINE = "I agree", "no"
"""How a consent out of a part is handed on."""

_NAME = r"(?:my (?:full |first )?name(?:'s| is)|name:|i am|i'm|im|this is|you can call me|just call me|call me|me llamo)"
_PLACE = (
    r"(?:(?:i am|i'm|im|we are|we're) (?:from|in|based|living|located)|(?:i|we) (?:currently |now |actually )?(?:live|reside)|i come from|"
    r"(?:living|based|located) in|my (?:city|town|place|region|location)(?:'s| is)|(?:city|town|region|location):|from)"
)
_VOICE = r"(?:(?:with |use |i (?:want|like|choose|take|prefer|would like) |i'd like |give me |please )*(?:the |a |an |any |your )?(?:[\w'-]+ )?voice\b|(?:con |avec |mit |com )?(?:la |a |der |die |quiero |una )*(?:voz|voix|stimme|voce)\b)"
_NEWS = (
    r"(?:news|newsletters?|offers?|marketing|promotions?|advertising|ads|adverts|deals|ofertas|novedades|noticias|promociones|publicidad|"
    r"offres|nouvelles|angebote|neuigkeiten|werbung|novidades|offerte|novità)"
)
_VOICE_WORD = r"(?:voice|voz|voix|stimme|voce)"
_CONSENT = rf"(?:(?:i |we )?(?:do not |don't )?(?:agree|consent)\b|(?:no|yes|ok|okay|sure|fine|not|without|send me|acepto|sin|sí|si|accepte|ohne|keine|sans|aceito|sem|accetto|senza|niente|nessuna|non (?:voglio|accetto))(?: \w+){{0,3}} {_NEWS}\b|{_NEWS} (?:is|are|by)\b)"
_CUT = re.compile(
    rf"\s*[,;]\s*(?:and |but |y |e |et |und )?|\s+(?:and|but|&|y|e|et|und) (?={_NAME}\b|{_PLACE}\b|{_VOICE}|{_CONSENT})"
    # "I'm from London" is one part, "Ada from London" are two.
    rf"|(?<!\bi'm)(?<!\bam)(?<!\bcome)(?<!\bare)\s+(?=(?:and )?(?:{_PLACE} |my name is |i'm |i am |the voice of |with the voice ))",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^name:\s*", re.IGNORECASE)
_ABOUT_ELSE = re.compile(rf"\b(?:{_VOICE_WORD}|{_NEWS})\b", re.IGNORECASE)
_ABOUT_NEWS = re.compile(
    rf"\b(?:(?:to|with|for|about|of|in|getting|receiving|get|receive|the|your|any|more|all|both|me|las|los|de|recibir|les|des|die|o|y|as|le) )*{_NEWS}(?: (?:and|or|&|nor) (?:\w+ )?{_NEWS})*\b",
    re.IGNORECASE,
)
_WELCOME = re.compile(
    r"(?:is|are|would be)? ?(?:fine|ok|okay|good|great|welcome|alright)(?: (?:with|by) me)?", re.IGNORECASE
)
_UNWELCOME = re.compile(
    r"(?:i (?:do not|don't) (?:want|need|like)|not interested|i'm not interested|without|none|never|no|not|please no|no please|sin|no quiero|no acepto|sans|pas|keine|ohne|sem|não quero|senza|niente|nessuna|non (?:voglio|accetto|desidero))",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:if|unless|but|only|except|provided|as long as|when|until|depends|maybe|perhaps|later|just)\b",
    re.IGNORECASE,
)
_CORRECTS = re.compile(
    r"\b(?:change|correct|fix|update|wrong|incorrect|not my|isn't my|misspell?ed|misspelt|i mean|i meant|"
    r"sbagliat[oa]|errat[oa]|volevo dire|intendevo|correg\w+|cambi(?:are|a|i)|non (?:è|e') (?:il mio|la mia)|quise decir|"
    r"je voulais dire|ich meinte|falsch|quis dizer)\b",
    re.IGNORECASE,
)
_NOTHING_ELSE = re.compile(
    r"(?:hi|hello|hey|hallo|hola|good (?:morning|afternoon|evening)|yes|ok|okay|sure|well|no|sorry|oops|wait|thanks|"
    r"thank you|please|there|and|so|um|uh|oh|ciao|buongiorno|buonasera|salve|grazie|scusi|mi scusi|[\s,.!])*",
    re.IGNORECASE,
)


def told_together(
    text: str, state: OnboardingState, catalogue: Sequence[Voice]
) -> tuple[Mapping[Question, str], tuple[str, ...]] | None:
    """Return the answers in a text by their questions, and the parts that answer none; None unless it answers several.

    A consent is `AGREE` or `DECLINE`, and only when no part of the text sets a condition.
    """
    cut = parts_of(text)
    if any(_CORRECTS.search(part) for part in cut):
        return None
    parts = [
        part.strip(" .!")
        for place, each in enumerate(cut)
        for part in ([each] if _is_last_first(each, cut[place + 1 :]) else _CUT.split(each))
    ]
    parts = [_LABEL.sub("my name is ", part) for part in parts if part and not says_nothing(part)]
    parts = [each for place, part in enumerate(parts) for each in _with_town(part, parts[:place])]
    named = [_named(part, catalogue) for part in parts]
    if len(parts) < 2 or not (any(named) or any(_is_voice(part, catalogue) for part in parts[2:])):
        return None
    told: dict[Question, str] = {}
    rest: list[str] = []
    last: Question | None = None
    for number, part in enumerate(parts):
        confirmed = any(named[number + 1 :]) or any(
            _is_voice(later, catalogue) for later in parts[number + 1 :]
        )
        question = named[number] or _in_order(part, last, told, state, catalogue, confirmed=confirmed)
        if question is Question.CONSENT and not about_news(part):
            # "I agree" alone may be said of anything; behind all other answers it is said of the last question.
            ends = number == len(parts) - 1 and last is Question.VOICE
            question = question if ends or state.question is question else None
        if question is Question.LOCATION and question in told and named[number]:
            # "from Peru, but I live in Lima"
            told[question] = part if lives_in(part) else told[question]
        elif question is Question.LOCATION and last is question and question in told:
            told[question] = f"{told[question]}, {part}"
        elif question is None or (question in told and told[question] != _value(part, question)):
            rest.append(part)
        else:
            told[question] = _value(part, question)
        last = question
    if Question.CONSENT in told and any(_CONDITION.search(part) for part in parts if not is_question(part)):
        del told[Question.CONSENT]
    return (told, tuple(rest)) if len(told) > 1 else None


def _is_last_first(part: str, behind: Sequence[str]) -> bool:
    """Whether a sentence is "Smith, John" and no name with a place, because a later one is the place."""
    return (
        part.count(",") == 1
        and any(ends_in_region(each) or tells_place(each) for each in behind)
        and name_in(part) is not None
    )


def _with_town(part: str, before: Sequence[str]) -> tuple[str, ...]:
    """Return "sono Marco da Milano" as two parts that name their questions, and "da Milano" behind a name as English."""
    if before and tells_name(before[-1]) and (town := town_in(part)):
        return (f"from {town}",)
    if (both := name_and_place(part)) is None:
        return (part,)
    name, place = both
    return name, f"from {place}"


def about_news(part: str) -> bool:
    """Whether the part speaks of news or offers."""
    return len(part) <= MAX_ANSWER and _ABOUT_NEWS.search(part) is not None


def _named(part: str, catalogue: Sequence[Voice]) -> Question | None:
    """Return the question that the part names in its own words and answers."""
    if is_question(part):
        return None
    if _told_consent(part) is not None:
        return Question.CONSENT
    speaks_of_voice = re.search(rf"\b{_VOICE_WORD}\b", part, re.IGNORECASE) is not None
    if speaks_of_voice and (voice_in(part, catalogue) or has_no_wish(part)):
        return Question.VOICE
    if speaks_of_voice:
        return None
    if tells_place(part) and place_in(part):
        return Question.LOCATION
    if tells_name(part) and name_in(part):
        return Question.NAME
    return None


def _in_order(
    part: str,
    last: Question | None,
    told: Mapping[Question, str],
    state: OnboardingState,
    catalogue: Sequence[Voice],
    *,
    confirmed: bool,
) -> Question | None:
    """Return the question that a bare part answers by where it stands; `confirmed`: a part behind it names its own."""
    if is_question(part) or _ABOUT_ELSE.search(part):
        return None
    is_voice = voice_in(part, catalogue) is not None
    if last is Question.LOCATION and place_in(f"{told[last]}, {part}") and not is_voice:
        # "Portland, OR" and "Vienna, Austria"
        return last if confirmed or len(part.split()) == 1 else None
    if last is None and not told and state.question is Question.NAME and confirmed and name_in(part):
        return Question.NAME
    if last is Question.NAME and Question.LOCATION not in told and confirmed and place_in(part):
        return Question.LOCATION
    if last in (Question.LOCATION, Question.NAME) and is_voice:
        return Question.VOICE
    return None


def _is_voice(part: str, catalogue: Sequence[Voice]) -> bool:
    """Whether the part is the name of a voice and nothing more."""
    bare = re.sub(r"\s+please$", "", part.casefold())
    return any(bare in (voice.name.casefold(), voice.name.casefold().split()[0]) for voice in catalogue)


def _value(part: str, question: Question) -> str:
    if question is not Question.CONSENT:
        return part
    return AGREE if _told_consent(part) else DECLINE


def _told_consent(part: str) -> bool | None:
    """Return the consent that a part names as such; a bare yes or no could be said of anything."""
    said = clean(part).lower().strip(" .!")
    if re.search(r"\b(?:agree|consent)\b", said) and not _ABOUT_NEWS.search(said):
        return consent_in(said)
    if not _ABOUT_NEWS.search(said):
        return None
    bare = " ".join(_ABOUT_NEWS.sub(" ", said).split())
    bare = re.sub(
        r"^(?:and|please|also) | ?\b(?:please|thanks|thank you|too|to|at all|por favor|gracias|bitte|danke|per favore|grazie|obrigad[oa]|merci|d')$",
        "",
        bare,
    ).strip(" ,.")
    if _UNWELCOME.fullmatch(bare):
        return False
    if _WELCOME.fullmatch(bare):
        return True
    return consent_in(bare) if bare else None


def says_nothing(part: str) -> bool:
    """Whether the part is a greeting, a thanks or a filler."""
    return len(part) <= MAX_ANSWER and _NOTHING_ELSE.fullmatch(part) is not None
