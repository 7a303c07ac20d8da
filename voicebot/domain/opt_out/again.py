"""Recognise a wish to begin again after a stop, in free words. Only START lifts a stop, and the bot may say so here."""

import re
from functools import cache

from voicebot.domain.languages.plain_words import normalised
from voicebot.domain.opt_out.vocabulary import CONTACT, DOING, THINGS

LONGEST = 300
"""Characters: such a wish is short."""


def wants_again(text: str) -> bool:
    """Whether the text asks for texts or calls again; a complaint that they came again is none."""
    if len(text) > LONGEST:
        return False
    words = normalised(text)
    sure, wish, refusal = _patterns()
    return sure.search(words) is not None or (
        wish.search(words) is not None and refusal.search(words) is None
    )


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Return three patterns: a request in any company, a request on its own, and words that cancel it."""
    some = r"(?:\w+ ){0,3}?"
    sure = (
        r"\b(?:didn't|did not) mean to (?:stop|unsub\w*|opt out)\b|\b(?:stop\w*|unsub\w*|opting out|opted out) (?:was (?:an? |by )|by )(?:mistake|accident)\b|"
        rf"\bundo (?:my |the )?(?:stop|opt out)\b|\bwhy am i not (?:getting|receiving) {some}(?:{THINGS})\b[^?]*\?? *i want\b"
    )
    wish = (
        rf"\b(?:you (?:guys |all )?(?:can|may)|changed my mind ?[.,]?|feel free to|please|i want you to|can you|could you|would you|go ahead and|ok to) {some}(?:{CONTACT}|{DOING})(?: (?:me|us|to|on|at|my|this|your|the|all|some|phone|number|text|message|please|{THINGS}))* again\b|"
        r"\b(?:re ?subscribe|subscribe me|opt(?: me)?(?: back)? in|(?:sign|put|add) me (?:back )?(?:up again|back|on again|up again)|sign me up|unblock me|unstop)\b|"
        rf"\b(?:resume|restart|(?:start|keep|continue) (?:{DOING}|sending|getting))\b(?: (?:me|us|the|my|your|all|{THINGS}))*(?: (?:again|please))*(?: ?[.,]|$)|"
        rf"\b(?:turn|switch) {some}{THINGS} back on\b|"
        rf"\b(?:want|like|let me|can i|could i|may i) {some}(?:(?:get|receive|have) {some}{THINGS} again|be contacted again|{THINGS} (?:again|back))\b|\bi want (?:the|your|my) {THINGS}\b|"
        rf"\bhow (?:do|can) i (?:start|get|begin) {some}{THINGS} (?:again|back)\b|"
        r"^(?:please )?(?:start(?= \w)|resume|subscribe)(?: (?:please|again|now))*[ .]*$|"
        # Somebody may or should, again, and write or call: in five languages.
        r"^(?=.*\b(?:pued\w+|podeis|quiero|quisiera|deseo|vuelva\w*|pouvez|peux|peut|veux|voudrais|souhaite\w*|konnen|konnt|kannst|durft|durfen|darfst|mochte|will|bitte|please|"
        r"potete|puo|puoi|vorrei|voglio|desidero|podem?|quero|queria|gostaria)\b)"
        r"(?=.*\b(?:otra vez|de nuevo|nuevamente|volver a|vuelvan? a|a nouveau|de nouveau|wieder|erneut|di nuovo|de novo|novamente|voltar a|outra vez)\b)"
        r"(?=.*\b(?:escrib|llam|mand|envi|contact|contatt|mensaj|text|rappel|appel|ecri|envoy|recev|messag|schreib|anruf|ruf|schick|nachricht|bekomm|erhalt|"
        r"scriv|chiam|richiam|ricev|lig|mensage|receb|escrev))"
    )
    refusal = (
        r"\b(?:not|don't|doesn't|won't|never|if|stop(?!ped)\w*|quit|who|why did|did you|sue|report|police|wrong|"
        r"no|nunca|jamas|nicht|nie|kein\w*|warum|pas|jamais|pourquoi|non|mai|nao|por que|perche)\b|\bn'"
    )
    return re.compile(sure), re.compile(wish), re.compile(refusal)
