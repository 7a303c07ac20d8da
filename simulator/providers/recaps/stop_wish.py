"""Judge, as a model would, whether a text asks for no more texts or calls: by what is to stop, not by the word alone."""

import re

_MESSAGE = re.compile(r"(?im)^(?:the|their) (?:text|message)[^:\n]*:[ \t]*$")
_SHORT = (
    (r"\b(?:pls|plz|plese)\b", "please"),
    (r"\b(?:txt|txting|texing)(ing|s|ed)?\b", "text"),
    (r"\b(?:msg|msgs)\b", "messages"),
    (r"\bu\b", "you"),
    (r"\b(?:unsubcribe|unsubscirbe|unsuscribe|un-subscribe)\b", "unsubscribe"),
    (r"\b(?:stpo|sotp|s t o p)\b", "stop"),
    (r"\bdont\b", "don't"),
    (r"\bcant\b", "can't"),
    (r"\bwont\b", "won't"),
    (r"\b(?:any more|anymor)\b", "anymore"),
)
_DOING = (
    r"(?:text|texting|texts|message|messages|messaging|sms|call|calls|calling|contact|contacting|phone|phoning|ring|ringing|writ(?:e|ing)|"
    r"send|sending|spam|spamming|bother|bothering|harass|harassing|bug|bugging|notify|notifying|reach out|reaching out|annoy|annoying|email|"
    r"emailing|communicat(?:e|ing|ion)|sol[ií]cit(?:ing|ations?)?|pester|pestering)"
)
_THINGS = (
    r"(?:texts?|messages?|sms|calls?|notifications?|alerts?|reminders?|updates?|spam|newsletters?|e-?mails?|contact|communications?|"
    r"subscription)"
)
_SMALL = (
    r"(?:these|those|this|the|your|you|all|all of|any|any of|of|with|from|to|me|us|such|more|stupid|annoying|damn|marketing|promotional|"
    r"sms|text|phone|automated|unwanted|constant|getting|receiving|sending|further|other|at|all|my|future|please|ever|being|having)"
)
_ME = (
    r"(?:me|us|my (?:\w+ )?(?:number|name|phone|contact|details|info(?:rmation)?|data)|this (?:\w+ )?number|our (?:\w+ )?number|the number|"
    r"my mom|my mother|my father|my dad|my wife|my husband)"
)
_WISHES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:stop|quit|cease|discontinue|halt|end|cancel|no more|no further|enough|done with|tired of|sick of|fed up with|refrain from|turn off|"
        rf"disable|mute|desist from)(?: {_SMALL}){{0,5}} (?:{_DOING}|{_THINGS}|these|those|this)\b(?! (?:repair|order|appointment|car|bike|service|work)\b)",
        rf"\b(?:don't|do not|never) (?:{_DOING}|use it)(?: (?:or|and) {_DOING})?$",
        rf"\b(?:want|need|like|make|would) (?:\w+ )?{_THINGS}(?: need)? to (?:stop|end)\b|\b(?:make|have) (?:these|the|your|all) {_THINGS} (?:stop|end)\b"
        rf"|\b{_THINGS} (?:need|have|must|should) (?:to )?(?:stop|end)\b|\bif you stopped {_DOING}\b",
        r"\b(?:no me|nunca me|no nos|dejen? de|dejar de|paren? de|ya no me) (?:\w+ )?(?:escrib|llam|mand|env|molest|contact|text)|"
        r"\bno (?:quiero|deseo) (?:recibir )?(?:\w+ ){0,2}(?:mensajes|llamadas|textos|sms|que me)|\bno m[aá]s (?:mensajes|llamadas|textos)\b|\bde baja\b|"
        r"\b(?:qu[ií]t|s[aá]qu|b[oó]rr|elimin)\w* (?:me |mi )?(?:de (?:la|su|esta) lista|n[uú]mero)\b",
        rf"\b(?:don't|do not|never|not to|to not|not|shouldn't|quit)(?: (?:ever|you|please|dare|even|want you to|want to be|to))*"
        rf" {_DOING}(?:ed)?(?: (?:or|and|nor) {_DOING})?(?: (?:to )?(?:me|us|here|(?:at )?(?:this|my) (?:number|phone|cell|line)|it|again|anymore|any longer|ever|else|anything))+",
        rf"\b(?:don't|do not|no longer|never|didn't|not)(?: \w+)? ?(?:want|wish|need|like|care|asked?|agree|consent|sign(?:ed)? up)(?: \w+){{0,6}}? "
        rf"(?:{_THINGS}|hear from|contacted|texted|called|messaged|bothered|these|on (?:this|your) list)\b",
        rf"\b(?:take|remove|delete|get|strike|drop|pull|scratch|erase|scrub|wipe|unlist|block) {_ME}\b(?! (?:to|a|an|some|in|on|into|off (?:hold|speaker)|from the \d)\b)",
        r"\b(?:off|from|out of) (?:of )?(?:this|your|the|all|any) (?:\w+ )?(?:lists?|database|system|records)\b",
        r"\b(?:unsub(?:scribed?)?|unsubcribe|opt(?:ing|ed)?[ -]?(?:me |us |this number )?out)\b",
        r"\bleave (?:me|us|him|her|them) (?:the \w+ )?(?:alone|be|in peace)\b|\bleft alone\b",
        r"\b(?:lose|forget|burn|drop) (?:my|this|our) (?:\w+ )?number\b",
        r"\b(?:go away|get lost|piss off|fuck off|f off|screw you|bugger off|knock it off|cut (?:it|this) out)\b",
        r"\b(?:revoke|withdraw|rescind)\w* (?:\w+ )?(?:consent|permission)\b",
        r"\bdo[- ]not[- ](?:call|contact|text|disturb)(?: |-)(?:list|registry)\b",
    )
)
_BARE = re.compile(
    r"(?:(?:please|just|i said|hey|hi|hello|ok|okay|now|oh|no|and|so|for (?:god's|heaven's) sake|will you|would you|can you|could you|you need to|"
    r"you must|i want you to|i'd like you to|i would like you to|id like you to|yo|yes|why do you keep texting me|i told you to|asked you to|yes|sir|then) )*"
    r"(?:stop+|stopall|quit|cease|desist|end|discontinue|remove|quit it)(?: (?:it|this|that|all|stop+|please|now|already|thanks|thx|thank you|and thank you|with it|everything|or i report you|i'm serious|right now|immediately|at once|"
    r"today|ok|and desist|all of it|all this|asap))*"
)
_WRONG_NUMBER = re.compile(
    r"(?:(?:sorry|hi|hello|hey|no|i think|i'm afraid|this is|you have|you've got|you got|it's|think you have|it is|u have|the|a|buddy|mate|but) )*"
    r"wrong (?:number|person)(?: (?:sorry|here|buddy|mate|dude|bro|man|pal|thanks|i think|i'm afraid))*"
)
_WANTS_ON = re.compile(
    r"\b(?:don't|do not|never|please don't|won't|can't|cannot|no need to|didn't|did not|did you|did my|why did you|not|we|have you|will you ever) (?:\w+ )?(?:stop|unsubscribe|opt out|want to stop|cancel)\b|"
    r"\b(?:keep|continue) (?:\w+ )?(?:texting|sending|calling|messaging|them coming)\b|"
    r"\b(?:don't|do not) (?:remove|delete|take me off|unsubscribe)\b|"
    rf"\b(?:{_THINGS}|texting|calling)\b[^.!?]{{0,30}}\b(?:is|are|would be) (?:fine|ok|okay|good|great|welcome)\b|"
    r"\b(?:still|but) (?:want|like|need)\b"
)
_OTHER_WAY = re.compile(
    r"\b(?:instead|rather than|only (?:text|call|write|email)|(?:text|call|email|write|message)(?: me)? (?:only|instead)|"
    r"(?:just|please|better|rather) (?:text|email|write to|message|whatsapp) (?:me|us)|(?:use|on|at|to) my (?:other|new|work|office|home) (?:number|phone|line))\b"
)
_ONLY_THEN = re.compile(
    r"\b(?:before|after|until|till|unless|while|when|during|today|tomorrow|tonight|(?:at|in|on|for) (?!all\b|this\b|my (?:number|phone|cell)\b|once\b)\w+|so (?:early|late|often)|this (?:early|late)|on my)\b"
)


_OFFERS = re.compile(
    r"\b(?:no|not|without|don't want|stop|nor|keine|pas d'|sin|sem|niente|ni)\b(?: \w+){0,3}?(?: |(?<='))"
    r"(?:offers?|news|marketing|promotions?|ads|advertising|angebote|werbung|offres|ofertas|publicidad|offerte)\b"
)
_ERASE = re.compile(
    r"\b(?:delete|erase|remove|wipe|l[oö]sch\w*|borr\w*|supprim\w*|effac\w*|apag\w*|cancell\w*|verwijder\w*|slet)\b(?: \w+){0,5}? "
    r"(?:data|records|account|daten|datos|donn[eé]es|dados|dati|gegevens)\b"
)


def asks_to_stop(request: str) -> bool:
    """Whether the message inside a request, or the request itself where it marks none, asks for no more contact."""
    said = _message(request)
    return _judged(said) or (_in_other_languages(said) and not refuses_offers(request))


def refuses_offers(request: str) -> bool:
    """Whether the message refuses news and offers, and does not ask for an end of everything."""
    said = _message(request)
    return _OFFERS.search(said.casefold()) is not None and not _judged(said)


def asks_to_erase(request: str) -> bool:
    """Whether the message asks for the deletion of its sender's data."""
    return _ERASE.search(_message(request).casefold()) is not None


def _message(request: str) -> str:
    marked = _MESSAGE.search(request)
    return request[marked.end() :] if marked else request


_OTHER_LANGUAGES = re.compile(
    r"\b(?:keine?|geen|ingen|inga|ne|n'\w+|nie|не)\b[^.?!]{0,40}?\b(?:nachrichten|sms|anrufe|berichten|beskeder|meddelanden|meldinger|plus|wiadomo\w+|пиш\w+)\b"
    r"|^(?:sair|arr[eê]t|stopp|lopeta\w*|sluta|afmelden|стоп|dur)\b[!.]*$|停止|やめて|退订"
)


def _in_other_languages(text: str) -> bool:
    return _OTHER_LANGUAGES.search(text.strip().casefold()) is not None


def _judged(text: str) -> bool:
    said = text.casefold().replace("’", "'")
    for short, whole in _SHORT:
        said = re.sub(short, whole, said)
    if _WANTS_ON.search(said):
        return False
    clauses = [
        " ".join(re.findall(r"[\w'-]+", part))
        for part in re.split(r"[.!?;,:\n_*]+|\bbut\b|\band please\b|\bthen\b", said)
    ]
    clauses = [clause for clause in clauses if clause]
    if any(_BARE.fullmatch(clause) for clause in clauses):
        return True
    rest = [clause for clause in clauses if not re.fullmatch(r"(?:sorry|hi|hello|hey|no|thanks)", clause)]
    if rest and all(_WRONG_NUMBER.fullmatch(clause) for clause in rest):
        return True
    return any(_wishes(clause, said) for clause in clauses)


def _wishes(clause: str, said: str) -> bool:
    for wish in _WISHES:
        found = wish.search(clause)
        if found is None:
            continue
        # Another way or another time is no end.
        negated = re.match(r"(?:don't|do not|never|not)", found[0])
        if negated and (_OTHER_WAY.search(said) or _ONLY_THEN.search(clause[found.start() :])):
            continue
        if re.match(r"(?:stop|quit|no more)", found[0]) and re.search(r"\binstead\b", said):
            continue
        return True
    return False
