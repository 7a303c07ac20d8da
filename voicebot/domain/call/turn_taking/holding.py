"""Whether a caller asks us to wait: "hold on", "one second, let me get my card". Pure, in six languages.

Whoever does is silent for long, and is still there.
"""

import re

from voicebot.domain.call.turn_taking.vocabulary import plain_words

HOLD_S = 30
"""How long such a caller may be silent before they are asked whether they are still there."""
MOST_WORDS = 14
"""More words say something else, too."""
_LOOKED_AT = 200
_ENDS_WITHIN = 14
"""Characters that may follow: "let me check" goes on "with my wife"."""

# Without accents, as `plain_words` returns them.
_SHORT_WHILE = (
    r"(?:one|a|1) (?:quick |short |little )?(?:moment|second|sec|minute|min)|un (?:momento|momentito|segundo|minuto|instante)|"
    r"un (?:instant|moment)|une (?:seconde|minute|petite minute)|(?:einen|nen|ein) (?:kleinen )?(?:moment|augenblick)|"
    r"eine (?:sekunde|minute)|um (?:momento|momentinho|segundo|minuto|minutinho|instante)|un (?:attimo|attimino|momento|secondo|minuto)"
)
_BEFORE = "uh|um|er|eh|ah|oh|ok|okay|yes|yeah|sure|well|sorry|so|and|but|just|only|si|solo|vale|espera|oui|juste|ja|nur|noch|ahm|sim|so"
_ASKS = re.compile(
    r"\b(?:hold on|hang on|hold the line|bear with me|be right back|wait (?:a|one|just|up)|give me (?:a|one|just)|"
    r"i need (?:a|one|just)|let me (?:just |quickly |please )?(?:get|grab|find|look|check|fetch|think|pull|ask|see)|stay on the line|"
    r"espere|esperame|espereme|no cuelgue|deje(?:me)? (?:ver|buscar|mirar|pensar)|dejame (?:ver|buscar|mirar|pensar)|ahora vuelvo|"
    r"attendez|ne quittez pas|patientez|laissez moi (?:voir|regarder|chercher)|je (?:vais )?(?:cherche|chercher|verifie|verifier)|je reviens|"
    r"warten sie|warte (?:kurz|mal)|bleiben sie dran|ich (?:hole|suche|schaue|schau|gucke) (?:mal|kurz|schnell|eben|nur)|bin gleich (?:wieder )?da|"
    r"aguarde|deixa eu (?:ver|pegar|procurar)|deixe me (?:ver|procurar)|ja volto|"
    r"aspett(?:i|a|ate)|attenda|mi (?:faccia|lasci) (?:vedere|controllare|pensare)|fammi (?:vedere|controllare|pensare)|torno subito)\b"
    rf"|^(?:moment|augenblick)\b|^(?:(?:{_BEFORE}) ){{0,3}}(?:{_SHORT_WHILE})\b(?! (?:ago|later))"
    rf"|(?:{_SHORT_WHILE}) (?:please|bitte|por favor|s'il vous plait|per (?:favore|piacere|cortesia))$"
)


def is_looking(words: list[str]) -> bool:
    """Return whether plain words end with such a wish: what was looked for follows."""
    said = " ".join(words[-MOST_WORDS:])
    *_, last = [None, *_ASKS.finditer(said)]
    return last is not None and len(said) - last.end() <= _ENDS_WITHIN


def asks_to_wait(words: str) -> bool:
    """Return whether some words of a caller are a wish that we wait, and little else."""
    said = plain_words(words[:_LOOKED_AT])
    return 0 < len(said) <= MOST_WORDS and _ASKS.search(" ".join(said)) is not None
