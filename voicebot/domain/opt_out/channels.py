"""Recognise a request to end only texts, or only calls, while the other channel goes on.

The clause that lets one channel go on is removed, and the rest is judged as any request. It counts only when the rest
ends the other channel for good: "don't call now, text" is about this once. All rules read `normalised` words.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Ends(StrEnum):
    """The extent of a request to stop, as the ledger of suppressions names it."""

    ALL = "all"
    CALLS = "calls"
    TEXTS = "texts"


_NAMES = {
    Ends.CALLS: re.compile(
        r"\b(?:call|calls|voicemails?|calling|called|(?<!my )(?<!the )phone(?! (?:plan|number|bill))|phoning|ring|ringing|dial\w*|llam\w+|appel\w*|rappel\w*|telephon\w*|telefon\w*|anruf\w*|"
        r"anzurufen|ruf\w*|lig(?:ar|ue|uem|a|acao|acoes)|chiam\w+)\b"
    ),
    Ends.TEXTS: re.compile(
        r"\b(?:text|texts|texting|messages?|messaging|write|writing|escrib\w+|mensajes?|textos?|ecri\w+|"
        r"nachrichten?|schreib\w*|escrev\w+|mensage\w+|scriv\w+|messaggi\w*)\b"
    ),
}
_MAY_GO_ON = re.compile(
    r"\b(?:can|may|could|always|like|love|(?<!you )(?<!they )(?<!people )keep|ok|okay|fine|good|great|welcome|only|just|instead|rather|prefer|better|"
    r"pued[eo]\w*|si|mejor|solo|prefiero|bien|pouvez|peux|plutot|seulement|preferez?|va|nur|lieber|gerne?|konnen|konnt|stattdessen|"
    r"pode[m]?|so|apenas|melhor|prefiro|bem|potete|puo|meglio|preferisco|solamente|bene)\b"
)
_ME = re.compile(
    r"^(?:please |por favor )?(?:call|phone|ring|text|message|write)(?: to)?(?: (?:me|us))?(?: (?:please|back))?$|"
    r"^(?:please |por favor |merci d'|veuillez )?(?:send|envoy\w+|mand\w+|envi\w+|escrib\w+|escrev\w+|scriv\w+|invi\w+|schick\w*|schreib\w*)"
    r"(?: (?:me|us|moi|sie|mir|a|des|un|une|eine|um|uma|en|em|in))* ?(?:texts?|messages?|nachrichten?|mensajes?|mensage\w+|messaggi\w*)?$"
)
_ENDS_IT = re.compile(
    r"\b(?:no|not|\w+n't|never|stop\w*|quit|cease|end|opt\w*|unsub\w*|remove|cancel|any ?more|nunca|jamas|ya no|deje\w*|pare\w*|ne|n'|plus|jamais|arret\w*|nicht|"
    r"kein\w*|nie|hor\w* auf|nao|non|smett\w*|basta)\b|\bn'"
)
_FOR_GOOD = re.compile(
    r"\b(?:stop|quit|cease|desist|opt\w* (?:me )?out|unsub\w*|no more|any ?more|ever|never|again|mas|nunca|jamas|ya no|dejen?|paren?|plus|jamais|arret\w*|mehr|nie|"
    r"mais|parem?|piu|mai|smett\w*|basta|chega)\b"
)
_ONLY = r"(?:only|nur|ausschliesslich|lieber|solo|solamente|seulement|juste|uniquement|so|apenas|somente|soltanto)"
_KINDS = r"(?:texts?|messages?|calls?|voicemails?|texting|calling|messaging|nachrichten?|anrufe?|anrufen|schreiben|mensajes?|llamadas?|appels?|mensage\w+|ligac\w+|messaggi\w*|chiamate|telefonate)"
_BY = " (?:by |per |via |par |por |com |con |des |de )?"
_ALWAYS = re.compile(
    rf"\b(?:rather|prefer|prefier[oe]|lieber|prefere|preferisco|prefiro) (?!not\b|no\b)(?:\w+ ){{0,4}}{_KINDS}$|\b{_ONLY}{_BY}{_KINDS}$|^{_KINDS} {_ONLY}\b|\b(?:texts|calls|messages|texting|calling|messaging) (?:(?:is|are) (?:\w+ )?)?(?:ok|okay|fine|good|great|welcome)\b"
)
"""The clause that lets one channel go on, and the rule behind it for ending the other."""
_NONE_OF = r"(?:no(?: more| further)?(?: phone| text| voice| robo)?|not any|keine?|pas d(?:e |')|sin|sem|niente|nada de|nessuna?) ?"
_NONE_OF_THEM = re.compile(rf"\b{_NONE_OF}{_KINDS}\b")
_REFUSES = re.compile(
    r"\b(?:don't|do not|never|no me|nao me|non mi|ne m'\w+ pas|nicht|kein\w*|niente|nessun\w*|nada de|sin|sem|no (?:quiero|deseo)|nao quero|non voglio|no (?:\w+ )?(?:calls|texts|messages))\b|"
    + _NONE_OF_THEM.pattern
)
_THIS_ONCE = re.compile(
    r"\b(?:when|if|once|until|till|before|after|today|tomorrow|tonight|about|cuando|si esta|hoy|manana|quand|aujourd'hui|demain|"
    r"wenn|sobald|heute|morgen|quando|hoje|amanha|oggi|domani)\b"
)
_CLAUSES = re.compile(
    r" ?[.,?] ?|\b(?:but|pero|sino|aber|sondern|though|and|y|et|und|e|ma|mais|mas(?= pode))\b (?!no\b|not\b|[,.?])|(?=\b(?:just|only|instead|you can|i only) (?:call|text|phone|ring|message|read)\b)|(?<=\w )(?=(?:"
    + _ONLY
    + _BY
    + "|"
    + _NONE_OF
    + ")"
    + _KINDS
    + r"\b)"
)
_CONDITION = re.compile(r" (?:if|when|whenever|unless|once|si|cuando|quand|wenn|falls|se|quando) .*$")
"""When the other one may come: it is no condition of what ends."""
_POLITE = re.compile(
    r"^(?:(?:please|ok|bitte|por favor|per favore|merci|s'il vous plait|svp) )+|(?: (?:please|thanks|thank you|bitte|danke|por favor|gracias|merci|s'il vous plait|svp|per favore|grazie|obrigad[oa]))+$"
)
_TAG = re.compile(
    r"(?: [,.])? (?:ok|okay|alright|all right|right|please|deal|understood|got it|vale|si|d'accord|ja|gut|ta bom|va bene) \? *$"
)
"""What is put behind a wish to have it confirmed makes no question of it."""
LONGEST_CLAUSE = 60


@dataclass(frozen=True)
class OneOfBoth:
    """Which of both is to `end`, and the words that `ask` for it; `always`: they say of the other that it goes on as a rule."""

    ends: Ends
    asks: str
    always: bool


def one_channel(words: str) -> OneOfBoth | None:
    """Return what ends of calls and texts where the other goes on; None where the words let neither go on."""
    words = _TAG.sub("", words)
    if "?" in words:
        return None
    rest: list[str] = []
    kept: set[Ends] = set()
    always = begins = False
    for clause in map(_without_politeness, _CLAUSES.split(words)):
        named = {channel for channel, names in _NAMES.items() if names.search(clause)}
        if len(named) == 1 and _goes_on(clause):
            kept |= named
            begins = begins or not rest
            always = always or _ALWAYS.search(clause) is not None
        elif clause:
            rest.append(clause)
    asked = " . ".join(rest)
    ended = {channel for channel, names in _NAMES.items() if names.search(asked)}
    if len(kept) != 1 or len(ended) != 1 or kept == ended:
        return None
    for_good = _FOR_GOOD.search(asked) is not None
    if _THIS_ONCE.search(asked if for_good else words) or (
        begins and not for_good and not _NONE_OF_THEM.search(asked)
    ):
        # "Text only, do not call" may be about this once.
        return None
    always = always and _REFUSES.search(asked) is not None
    return OneOfBoth(ended.pop(), asked, always) if always or for_good else None


def _without_politeness(clause: str) -> str:
    return _POLITE.sub("", clause.strip()).strip()


def _goes_on(clause: str) -> bool:
    return (
        len(clause) <= LONGEST_CLAUSE
        and not _ENDS_IT.search(clause)
        and (_MAY_GO_ON.search(clause) is not None or _ME.match(_CONDITION.sub("", clause)) is not None)
    )
