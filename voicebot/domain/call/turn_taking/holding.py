"""Find out whether a caller asks us to wait: "hold on", "one second, let me get my card". Pure, in six languages.

Such a caller is silent for a long time and still there.
"""

import re

from voicebot.domain.call.turn_taking.vocabulary import plain_words
from voicebot.domain.languages.loose_words import in_full

HOLD_S = 30
"""How long such a caller may be silent before they are asked whether they are still there."""
MOST_WORDS = 14
"""More words say something else, too."""
_LOOKED_AT = 200
_ENDS_WITHIN = 14
"""Characters that may follow: "let me check" goes on "with my wife"."""

# Without accents, as `plain_words` returns them.
_SHORT_WHILE = (
    r"(?:(?:one|just a|an?|1|2|two|half a|a couple(?: of)?|a few) )(?:quick |short |little |more )?(?:moments?|mo|seconds?|secs?|minutes?|mins?|tick)|"
    r"(?:un|unos|dos|medio) (?:momentos?|momentito|ratito|segundos?|segundito|minutos?|minutito|instante)|"
    r"(?:un|une|deux|quelques|2) (?:petite? )?(?:instants?|moments?|secondes?|minutes?)|"
    r"(?:(?:einen|ein|eine|ne|zwei) )(?:kleinen |kurzen |klein |kleine )?(?:moment|momentchen|augenblick|sekunden?|minuten?)|"
    r"(?:um|dois|uns) (?:momento|momentinho|segundos?|segundinho|minutos?|minutinhos?|instante|instantinho)|"
    r"(?:un|due|2) (?:attimo|attimino|moment[oi]|momentino|secondi?|secondo|secondino|minuti?|minuto|minutino)"
)
_GIVE = "(?:give me|dame|deme|denme|me da|me de|donnez moi|donne moi|laisse moi|laissez moi|gib mir|geben sie mir|mi dia|dammi)"
_WHOLE = (
    r"(?:(?:please|can you|could you|just) )*(?:wait|hold|hold up|stand by|secs?|just a mo|be right (?:back|there)|almost (?:there|got it)|attends|attendez|bougez pas|bouge pas|"
    r"(?:kleinen |kurzen )?(?:moment|momentchen|augenblick)|sekunde|warte|warten|(?:ya |ahorita |ahora )?vuelvo|permitame|espera|espere|espereme|pera|perai|calma|aguarda|aguarde)"
    r"(?: (?:wait|please|now|bitte|mal|kurz|ai|um pouco|un poco|por favor|tantito|svp|s'il vous plait))*"
)
_BEFORE = "uh|um|er|eh|ah|oh|ok|okay|yes|yeah|sure|well|sorry|so|and|but|just|only|si|solo|vale|espera|oui|juste|ja|nur|noch|ahm|sim|so|wait|hold on|hang on|espera|pera|perai|warte|aspetta|attends"
_THINGS = "(?:card|glasses|wallet|purse|bag|papers?|letter|bill|invoice|notes?|notebook|pen|pencil|phone|laptop|computer|keys?|documents?|(?:\\w+ )?number|email|calendar|diary)"
_FETCHES = (
    rf"^(?:(?:{_BEFORE}) )*i (?:just )?(?:need to|have to|must|got to|should) (?:go )?(?:and )?(?:get|find|grab|fetch|check|look for|look up) (?:it|them|that|(?:my|the|a) {_THINGS})\b|"
    rf"^(?:(?:{_BEFORE}) )*i (?:just )?(?:need to|have to|must|got to) (?:go (?:and )?(?:look|check)|look it up|look|check)$|"
    rf"^(?:(?:{_BEFORE}) )*i(?:'m| am) (?:just |still |only )?(?:looking|searching|checking|getting it|grabbing)(?: for (?:it|them|that|(?:my|the|a) {_THINGS}))?$|"
    rf"\bbe (?:right )?back (?:in|soon)\b"
)
"""Who fetches something, without a word of waiting."""
_ASKS = re.compile(
    r"\b(?:hold on|hang on|hold the line|bear with me|be right back|wait (?:a|one|just|up)|give me (?:a|one|just)|"
    r"i need (?:a|one|just)|let me (?:just |quickly |please )?(?:get|grab|find|look|check|fetch|think|pull|ask|see)|stay on the line|"
    r"espere|esperame|espereme|no cuelgue|deje(?:me)? (?:ver|buscar|mirar|pensar)|dejame (?:ver|buscar|mirar|pensar)|ahora vuelvo|"
    r"attendez|ne quittez pas|patientez|laissez moi (?:voir|regarder|chercher)|je (?:vais )?(?:cherche|chercher|verifie|verifier)|je reviens|"
    r"warten sie|warte (?:kurz|mal)|bleiben sie dran|ich (?:hole|suche|schaue|schau|gucke) (?:mal|kurz|schnell|eben|nur)|bin gleich (?:wieder )?da|"
    r"aguarde|deixa eu (?:ver|pegar|procurar)|deixe me (?:ver|procurar)|ja volto|"
    r"aspett(?:i|a|ate)|attenda|mi (?:faccia|lasci) (?:vedere|controllare|pensare)|fammi (?:vedere|controllare|pensare)|torno subito)\b"
    rf"|^(?:moment|augenblick)\b|^(?:(?:{_BEFORE}) ){{0,3}}(?:{_SHORT_WHILE})\b(?! (?:ago|later))"
    rf"|{_FETCHES}|^{_WHOLE}$|^(?:(?:{_BEFORE}) ){{0,3}}{_GIVE} (?:{_SHORT_WHILE})\b"
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
    return 0 < len(said) <= MOST_WORDS and _ASKS.search(in_full(" ".join(said))) is not None
