"""Recognise a request to delete a person's data: an operator carries it out, and it is no STOP."""

import re

from voicebot.domain.languages.plain_words import normalised

LONGEST = 600
_DELETE = (
    r"(?:delet(?:e|ed|ing|ion of)|eras(?:e|ed|ing|ure of)|remov(?:e|ed|ing|al of)|wip(?:e|ed)|destroy(?:ed)?|purg(?:e|ed)|scrub|get rid of|clear|take down|"
    r"borr(?:a|ad|e|en|ar|ado|ados|es)(?:me|nos)?|elimin(?:a|ad|e|en|ar|acion de|es|ados?)(?:me|nos)?|suprim(?:a|an|ir)|supresion de|"
    r"supprim\w*|suppression d(?:e|es)|effac\w*|detrui\w*|"
    r"apag\w*|exclu\w*|delet\w*|remov\w*|remocao d(?:e|os|as)|exclusao d(?:e|os|as)|"
    r"cancell\w*|cancellazione d(?:i|ei|el)|rimuov\w*|rimozione di|elimin\w*)"
)
_ALL = (
    r"(?:(?:all|any|every|the|of|my|our|personal|private|customer|stored|and|data|account|about|me|please|that|you|it|number|phone|name|email|"
    r"todos?|todas?|los|las|mis?|de|la|el|sus|cuenta|y|datos|"
    r"tout|toutes?|tous|mes|mon|les|le|l'ensemble|compte|et|donnees|"
    r"meus?|minhas?|os|as|a|o|conta|e|dados|"
    r"tutti|tutte|tutto|tudo|i|miei|mio|il|dei|account|dati) )*"
)
_DATA = (
    r"(?:data(?! (?:roaming|plan|pack|usage|cable|bundle))|traces? of (?:me|us)|information|personal (?:info|details)|records|account|profile|everything (?:you (?:have|hold|know|store\w*|keep|saved)|about me)|(?:info|stuff) (?:(?:that )?you|about|on|from your)\b|all you (?:have|know) (?:on|about) me|(?:call |voice |phone )?recordings?\b(?! of)|(?:chat|call|message|text) history\b|chats\b|conversations?\b|transcripts?\b|everything(?= ?(?:$|[.?,]))|"
    r"lo que (?:tienen|tengan|saben|guardan)|datos|cuenta|perfil|informacion|"
    r"ce que vous (?:avez|savez|detenez|possedez)|donnees|informations|compte|"
    r"(?:o )?que (?:voces? )?(?:tem|sabem|tenham)|dados|conta|informacoes|"
    r"(?:quello|cio) che (?:avete|sapete|ha|hai)|dati|profilo|informazioni)"
)
_GERMAN = (
    r"\b(?:loe?sch\w*|entfern\w*|vernicht\w*)(?: \w+){0,5} (?:daten|konto|profil|account)\b|"
    r"\b(?:daten|konto|profil|account)(?: \w+){0,5} (?:(?:ge)?loe?sch\w*|entfern\w*|vernicht\w*)\b|"
    r"\b(?:loe?sch\w*|entfern\w*)(?: \w+){0,2} alles(?: ,)? (?:uber mich|was (?:sie|ihr|du)\b)|\balles(?: ,)? (?:uber mich|was (?:sie|ihr|du)(?: \w+){1,5}) (?:loe?sch\w*|entfern\w*)\b|"
    r"\b(?:verlang\w*|forder\w*|beantrag\w*|wunsch\w*|bitte um)(?: \w+){0,3} loe?schung\b|"
    r"\bvergess(?:en sie|t) mich\b|\bvergiss mich\b"
)
_ASKS = re.compile(
    rf"\b{_DELETE} {_ALL}{_DATA}\b|{_GERMAN}|"
    r"\b(?:my |our )?(?:(?:personal )?data|account|information|profile|records)(?: and (?:data|account|records|all my data))? (?:to be |be |is )?(?:deleted|erased|removed|wiped)\b|"
    r"\b(?:want|wish|like|ask|request) to be forgotten\b|\bright to (?:be forgotten|erasure)\b|\bderecho al olvido\b|\bdroit a l'(?:oubli|effacement)\b|\brecht auf (?:vergessen\w*|loe?schung)\b|"
    r"\bdireito ao esquecimento\b|\bdiritto all'oblio\b|\bforget (?:(?:all|everything) (?:you (?:know|have) )?about )?me\b(?! not)|"
    r"\b(?:olvid(?:e|en)(?:me|se de mi)\b|oubliez moi\b|dimenticate?mi\b|esquecam (?:de )?mim\b)|\b(?:data|account|information) (?:deletion|erasure|removal)\b|"
    r"\b(?:datos|donnees|dados|dati)(?: \w+){0,4} (?:borrad|eliminad|suprimid|supprimee|effacee|detruite|apagad|excluid|deletad|removid|cancellat|eliminat|rimoss)\w+\b|"
    r"\b(?:etre oublie\w*|ser olvidad[oa]|ser esquecid[oa]|essere dimenticat[oa]|vergessen werden)\b|"
    r"\b(?:want|need|like) everything (?:\w+ )?(?:deleted|erased|wiped|removed|gone)\b|"
    r"\b(?:want|need|like) (?:\w+ ){0,2}(?:data|info|information|details|records|account) (?:\w+ )?gone\b|"
    r"\b(?:gdpr|dsgvo|rgpd|lgpd|ccpa|art(?:icle|ikel|iculo|igo|icolo)? ?[.]? 17)\b[^?]*\b(?:request|deleted?|erased?|erasure|deletion|loesch\w*|losch\w*|borr\w*|supprim\w*|cancell\w*|solicit\w*)\b"
)
_CARD = re.compile(
    r"\b(?:delete|remove|erase|purge|wipe|scrub|destroy|get rid of) (?:all )?(?:my|our) (?:info|details)\b|\b(?:erase|wipe|purge) (?:me|us)\b"
)
"""A person who wants this wants to be off the list too."""
_NOT = re.compile(
    r"\b(?:do not|don't|never|did you|have you|not to|did i) (?:\w+ )?(?:delete|deleted|erase|erased|remove|removed|lose|wipe|forget)\b|"
    r"\bdo (?:you|they) (?:\w+ )?(?:delete|erase|remove|wipe)\b|\bwill (?:you|they) (?:\w+ )?(?:delete|erase|remove|wipe)\b[^.]*\b(?:when|after|if|once)\b|"
    r"\b(?:i|we|i've|we've|they|he|she)(?: have| had| already| just| accidentally)* (?:deleted|erased|removed|wiped|cleared)\b|"
    r"\b(?:no (?:borr|elimin)|n'effac|ne supprim|nicht (?:\w+ ){0,3}losch|losch(?:en sie|t|e) (?:\w+ ){0,4}nicht\b|nao (?:apag|exclu)|non cancell)\w*|"
    r"\b(?:on|from|in) my (?:phone|computer|laptop|tablet|device|pc|watch|old \w+)\b|\b(?:hold|charge|fee|block|order|item|card)\w* (?:on|from) my account\b"
)


def asks_to_erase(text: str) -> bool:
    """Whether the text asks to have its sender's data deleted."""
    words = normalised(text[:LONGEST])
    return (_ASKS.search(words) or _CARD.search(words)) is not None and _NOT.search(words) is None


def without_erasure(words: str) -> str:
    """Return `normalised` words without the request for erasure, so that what else they ask for is seen."""
    return _ASKS.sub(" _ ", words)
