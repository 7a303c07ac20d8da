"""Find a caller's wish to speak another language, said in any of six languages.

Only a wish counts. Words about knowing or teaching a language, or about a country, change nothing.
"""

import re
from functools import cache

LOOKED_AT = 300
"""A wish is short, and stands at the beginning of what is said."""

_NAMES = {
    "en": "english|ingl[eé]s|anglais|englisch|ingl[eê]s",
    "es": "spanish|castilian|espa(?:ñ|n)ol|castellano|espagnol|spanisch|espanhol",
    "fr": "french|franc[eé]s|fran[cç]ais|franz(?:ö|oe)sisch|franc[eê]s",
    "de": "german|alem[aá]n|allemand|deutsch|alem[aã]o",
    "pt": "portuguese|portugu[eé]s|portugais|portugiesisch|portugu[eê]s|brazilian|brasileiro",
    "it": "italian|italiano|italien|italienisch",
}
_ANY_NAME = re.compile("|".join(_NAMES.values()))
_L = (
    "(?:(?:some|el|le|das|o) )?(?:"
    + "|".join(f"(?P<{tongue}{{n}}>{names})" for tongue, names in _NAMES.items())
    + ")"
)

_HELLO = (
    "(?:(?:hello|hi|hey|yes|yeah|no|well|so|ok|okay|sorry|excuse me|pardon|please|um|uh|uhm|oh|and|but|thanks|thank you|"
    "hola|buenos d[ií]as|buenas(?: tardes| noches)?|perd[oó]n|perdone|disculpe|s[ií]|bueno|por favor|eh|"
    "bonjour|bonsoir|oui|non|pardon|excusez moi|s il vous pla[iî]t|euh|d[eé]sol[eé]e?|"
    "hallo|guten (?:tag|morgen|abend)|ja|nein|entschuldigung|entschuldigen sie|bitte|[aä]h|also|"
    "ciao|buongiorno|buonasera|salve|mi scusi|scusi|per favore|ol[aá]|oi|bom dia|boa (?:tarde|noite)|sim|n[aã]o|desculpe|com licen[cç]a|ent[aã]o) )*"
)
_PLEASE = (
    "(?:(?: (?:please|instead|now|then|with me|with you|to me|if possible|if you can|if that is (?:ok|okay|possible)|today|here|there|"
    "for me|at all|a little|a bit|perhaps|maybe|by any chance|from now on|right|or not|"
    "por favor|mejor|conmigo|ahora|usted|ustedes|aqu[ií]|ah[ií]|si es posible|si puede ser|"
    "s il vous pla[iî]t|s il te pla[iî]t|svp|si possible|si c est possible|avec moi|plut[oô]t|maintenant|ici|"
    "bitte|mit mir|jetzt|lieber|wenn m[oö]glich|wenn es geht|hier|da|sprechen|reden|weitermachen|weiterreden|machen|"
    "fortfahren|weiter|unterhalten|wechseln|antworten|haben|gern|gerne|"
    "per favore|se possibile|con me|adesso|ora|qui|agora|comigo|se poss[ií]vel|se der|aqui|a[ií]|voc[eê]s?))*)$"
)

_ONLY_KNOWS = rf"(?:i|we) (?:do not|don t|dont|can t|cant|cannot) (?:speak|understand|know) (?:(?:any|much|good|very|well) )*(?:{'|'.join(_NAMES.values())})(?: (?:well|but|and|only|so))* "
"""The caller does not know the language of the call; the language that they do know is named next."""
_VERB = "(?:speak|talk|help (?:me|us)|switch|change|continue|carry on|go on|go back|come back|converse|chat|communicate|answer|reply|respond|do|have|use|try|understand)"
_THIS = "(?: (?:this|it|that|over|back|to me|to you|with me|with you|the (?:call|language|conversation|rest)|our (?:call|conversation|talk)|my language))*"
_INTO = "(?: (?:in|to|into))?"
_WISHES = (
    # English.
    rf"(?:(?:do|does|can|could|would|will|may|might|shall|should|is it possible (?:to|that)|is it ok(?:ay)? (?:to|if)|is there|are you able to|"
    rf"would it be possible (?:to|that)|would you mind|do you mind(?: if)?|do you have|have you got|what about|how about|is|any chance)"
    rf"(?: (?:we|you|i|anyone|anybody|somebody|someone|people|there|here|maybe|perhaps|please|also|just|rather|possibly|prefer|like|want|to|"
    rf"who|that|can|could|if|a person|able|of you|a way|be|ever))* (?:{_VERB}|speaks?|speaking|switching|talks|talking|knows?){_THIS}{_INTO} {_L})",
    rf"(?:(?:i|we)(?: (?:would|d|will|ll|really|only|just|rather|much|also))* (?:like|want|wanna|prefer|need|love|feel more comfortable|am more comfortable|"
    rf"speak better)(?: (?:to|you to|if we could|that we|it if (?:we|you)|rather|more))*(?: {_VERB}|(?: to be)? (?:speaking|talking))?{_THIS} (?:in |to |into )?{_L})",
    rf"(?:(?:i|we) d rather (?:{_VERB}|talk){_THIS}{_INTO} {_L})",
    rf"(?:(?:let s|let us|please|just|can you|then|now|so)? ?(?:speak|talk|switch|change|continue|go on|go back|answer|reply|respond|carry on){_THIS}{_INTO} {_L})",
    rf"(?:(?:i|we)(?: (?:can|could))? (?:only|just|mostly) (?:speak|talk|understand|know) (?:in )?{_L}|(?:i|we) (?:speak|understand) (?:only|just|nothing but) {_L}|"
    rf"(?:i|we) (?:speak|understand) {_L} only)",
    rf"(?:{_ONLY_KNOWS}(?:i|we) (?:only )?(?:speak|talk) {_L})",
    rf"(?:(?:in|into) {_L}|{_L} (?:please|would be (?:better|easier|great|good|nice)|is (?:better|easier) for me|if (?:possible|you can)))",
    rf"(?:(?:is|are) there (?:any ?one|any ?body|some ?one|some ?body|a person)(?: (?:there|here))? (?:who|that)(?: can)? speaks? {_L})",
    # Spanish.
    rf"(?:(?:se |alguien |alguno |me )?(?:habla|hablas|hablan|hablamos|h[aá]bleme|hable|hablemos|habl[aá]me)(?: (?:usted|ustedes|alguien|conmigo|ah[ií]|aqu[ií]|en))* {_L})",
    rf"(?:(?:yo )?(?:podemos|podr[ií]amos|puedo|podr[ií]a|puede|pueden|podr[ií]an|quiero|quisiera|querr[ií]a|queremos|prefiero|preferir[ií]a|me gustar[ií]a|necesito|"
    rf"vamos a|es posible|ser[ií]a posible|se puede)(?: (?:usted|nosotros|mejor))*(?: (?:hablar(?:me|le|nos)?|cambiar|pasar|seguir|continuar|responder(?:me)?|contestar(?:me)?|atender(?:me)?))?(?: (?:con usted|conmigo|a|al|en))* {_L})",
    rf"(?:(?:hay|tienen|tiene) (?:alguien|alguna persona|una persona)(?: (?:ah[ií]|aqu[ií]))? que (?:hable|habla) {_L})",
    rf"(?:(?:yo )?(?:s[oó]lo|solamente|nada m[aá]s|[uú]nicamente) (?:hablo|entiendo|s[eé]) {_L}|(?:yo )?hablo (?:s[oó]lo|solamente) {_L})",
    rf"(?:(?:en|cambie a|cambiar a|cambia a|pase a|cambie al|pase al) {_L}|{_L} (?:por favor|mejor))",
    # French.
    rf"(?:(?:est ce que )?(?:parlez vous|vous parlez|tu parles|parles tu|quelqu un parle|on parle|parlons|parlez|parle t on|(?:il y a|y a t il) quelqu un qui parle)(?: (?:en|moi en|bien))* {_L})",
    rf"(?:(?:est ce que |est ce qu )?(?:on peut|peut on|on pourrait|pourrait on|pouvons nous|nous pouvons|pourrions nous|je peux|puis je|vous pouvez|pouvez vous|pourriez vous|"
    rf"je voudrais|je veux|j aimerais|je souhaite|je souhaiterais|je pr[eé]f[eè]re|je pr[eé]f[eé]rerais|serait il possible de|c est possible de)(?: (?:me|nous))*"
    rf"(?: (?:parler|passer|continuer|discuter|r[eé]pondre|changer))?(?: (?:avec vous|en|au|l))* {_L})",
    rf"(?:je (?:ne )?parle (?:que |seulement |uniquement ){_L}|je (?:ne )?comprends que {_L}|(?:en|passez au|passez en|passons au) {_L}|{_L} (?:s il vous pla[iî]t|svp))",
    # German.
    rf"(?:(?:sprechen|spricht|sprichst|reden|redet|k[oö]nnen|k[oö]nnten|kann|k[oö]nnte|d[uü]rfen|wollen|sollen|w[uü]rden|geht|ginge|gibt|verstehen|ist)"
    rf"(?: (?:sie|du|ihr|wir|ich|das|es|man|jemand(?:en)?|da|dort|hier|bei ihnen|auch|vielleicht|bitte|uns|mit mir|mit ihnen|der|die|auf|in|im|lieber|weiter))* {_L}(?: spricht| kann| sprechen| reden| m[oö]glich)?)",
    rf"(?:(?:ich|wir) (?:m[oö]chte|m[oö]chten|will|wollen|w[uü]rde|w[uü]rden|h[aä]tte|bevorzuge|brauche|spreche|rede|verstehe|kann)(?: (?:gern|gerne|lieber|nur|bitte|es|das|mit ihnen|auf|in|mich|uns))* (?<!spreche )(?<!kann )(?<!verstehe )(?<!rede ){_L})",
    rf"(?:(?:lassen sie uns|bitte|wechseln sie|sprechen sie|reden wir|sprechen wir|antworten sie|machen wir)(?: (?:bitte|mit mir|auf|in|zu|zum|ins|lieber))* {_L}|(?:auf|in) {_L}|{_L} (?:bitte|w[aä]re (?:besser|mir lieber)))",
    # Portuguese.
    rf"(?:(?:voc[eê]s? |algu[eé]m (?:a[ií] )?|o senhor |a senhora |a gente )?(?:fala|falam|falas|falamos|fale|vamos falar)(?: (?:comigo|em|aqui|a[ií]))* {_L})",
    rf"(?:(?:eu )?(?:podemos|poder[ií]amos|posso|poderia|pode|podem|podia|quero|queria|gostaria de|prefiro|preferia|precis[oa] de|d[aá] para|d[aá] pra|tem como|[eé] poss[ií]vel|a gente pode)"
    rf"(?: (?:voc[eê]|a gente))*(?: (?:falar|conversar|mudar|trocar|passar|continuar|responder|me atender|atender))?(?: (?:com voc[eê]|comigo|em|para o|para|pra))* {_L})",
    rf"(?:tem algu[eé]m (?:a[ií] )?que (?:fale|fala) {_L}|(?:eu )?s[oó] (?:falo|entendo|sei) {_L}|(?:eu )?falo (?:s[oó]|apenas|somente) {_L}|em {_L}|{_L} por favor)",
    # Italian.
    rf"(?:(?:lei |qualcuno |qualcuno l[iì] )?(?:parla|parlate|parli|parlano|parliamo|parlare)(?: (?:con me|anche|l[iì]|in))* {_L})",
    rf"(?:(?:possiamo|potremmo|posso|potrei|pu[oò]|potrebbe|potete|vorrei|voglio|preferisco|preferirei|si pu[oò]|[eè] possibile|sarebbe possibile)"
    rf"(?: (?:parlare|continuare|passare|cambiare|rispondere|rispondermi))?(?: (?:con lei|con me|anche|in|a|all))* {_L})",
    rf"(?:c [eè] qualcuno che (?:parla|parli) {_L}|(?:io )?parlo (?:solo|soltanto) {_L}|{_L} per favore)",
)
_DENIED = re.compile(
    rf"^no (?:{'|'.join(_NAMES.values())})\b|"
    r"\b(?:(?:do|does|did|can|could|would|will|should|is|are|need|must)(?:n t| not)|don t|not|never|no need|without|"
    r"no (?:quiero|hace falta|necesito|puedo|me gustar[ií]a)|nunca|pas|kein\w*|nicht|nunca|n[aã]o (?:quero|preciso|posso|falo)|non (?:voglio|serve|posso))\b"
)
_NOT_THIS_ONE = re.compile(_ONLY_KNOWS)
_ASKS_DENIED = re.compile(
    r"^(?:why |so )?(?:do|does|can|could|would|will|should|is|are)(?:n t| not)? (?:you|we|i|anyone|anybody|there)\b|^(?:can|could|don|do) t? ?(?:we|you)\b"
)
_LOST = {
    "es": re.compile(
        r"\b(?:no (?:hablo|entiendo|s[eé]) (?:(?:bien|mucho|nada de) )?(?:el )?(?:ingl[eé]s|alem[aá]n|franc[eé]s|portugu[eé]s|italiano))\b"
    ),
    "fr": re.compile(
        r"\bje (?:ne )?(?:parle|comprends) pas (?:bien )?(?:l )?(?:anglais|allemand|espagnol|portugais)\b"
    ),
    "de": re.compile(
        r"\bich (?:spreche|verstehe|kann) (?:leider )?(?:kein|nicht gut|nicht so gut|nicht viel) (?:englisch|spanisch|franz(?:ö|oe)sisch|portugiesisch)\b"
    ),
    "pt": re.compile(
        r"\bn[aã]o (?:falo|entendo|sei) (?:(?:bem|muito|nada de) )?(?:o )?(?:ingl[eê]s|espanhol|franc[eê]s|alem[aã]o)\b"
    ),
    "it": re.compile(
        r"\bnon (?:parlo|capisco|so) (?:(?:bene|molto) )?(?:l )?(?:inglese|spagnolo|francese|tedesco|portoghese)\b"
    ),
}
"""The caller says in another language that they do not know this one, so the answer comes in theirs."""


def _pattern(wish: str, place: int) -> re.Pattern[str]:
    # A group has one name in a pattern, and a wish may name the language in several places.
    parts = wish.split("{n}")
    names = len(_NAMES)
    numbered = "".join(
        part if index == 0 else f"_{place}_{(index - 1) // names}{part}" for index, part in enumerate(parts)
    )
    return re.compile(f"{_HELLO}{numbered}{_PLEASE}")


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    # Most processes never hear such a wish, and to compile them takes a tenth of a second.
    return tuple(_pattern(wish, place) for place, wish in enumerate(_WISHES))


def language_wished(words: str) -> str | None:
    """Return the language (`es`) that the caller asks to go on in; None where they ask for none."""
    plain = re.sub(r"[’'`\-]", " ", words[:LOOKED_AT].casefold())
    if not _ANY_NAME.search(plain):
        return None
    for part in [*re.split(r"[.,;:!?¿¡…]+", plain), re.sub(r"[.,;:!?¿¡…]+", " ", plain)]:
        clause = " ".join(part.split())
        if not clause:
            continue
        lost = next((tongue for tongue, said in _LOST.items() if said.search(clause)), None)
        if lost:
            return lost
        if _DENIED.search(_NOT_THIS_ONE.sub("", clause)) and not _ASKS_DENIED.match(clause):
            continue
        for pattern in _patterns():
            if found := pattern.fullmatch(clause):
                return next(name.split("_")[0] for name, said in found.groupdict().items() if said)
    return None
