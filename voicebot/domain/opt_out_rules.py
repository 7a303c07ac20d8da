"""The wordings by which people ask us to stop, and those that only look like it.

All patterns read `opt_out_words.normalised` text. A trap takes its words out of the text before the patterns look, so
"don't stop texting me" is no request, while "my bus stop is closed. Stop texting me" stays one.
"""

import re

Trap = tuple[str, re.Pattern[str]]
Wording = tuple[str, re.Pattern[str], float]

_DOING = (
    "(?:texting|messaging|calling|phoning|ringing|dialing|contacting|emailing|spamming|bothering|bugging|harassing|"
    "pestering|annoying|disturbing|reminding|writing|sending|pinging|notifying|communicating|reaching out)"
)
_THINGS = "(?:texts|messages|calls|notifications|alerts|emails|reminders|communications?|spam)"
_THING = f"(?:{_THINGS}|text|message|call|contact)"
_BETWEEN = (
    "(?:(?:all|the|these|those|your|this|any|with|from|me|us|more|sending|getting|of|to|further|such|future|please|"
    "it|and|now|ever|junk|damn|stupid|crap|auto|automated|robo|these|no|fucking|unwanted|annoying|constant|so|many|you) )"
)
_CONTACT = (
    "(?:text|call|message|contact|phone|ring|send|write|email|bother|harass|disturb|pester|reach out|use)"
)
_US = (
    "(?:me|us|here|it(?! by)|this|these|any|again|ever|back|please|anything|more|to|with|"
    "my (?:phone|number|cell|mobile|house|home|family|mother|mom|father|dad|wife|husband|kids?|son|daughter))"
)
_NOT = "(?:do not|don't|never|not to|please no)"
_REST = "[^.?]*"
_BEGINS, _ENDS = r"(?:^|[.,?_] ?)", r" ?(?:$|[.,?_])"
_ME = "(?:me|us|(?:my|our|this|the) (?:phone |cell |mobile )?(?:number|phone|name|info|details|data|contact)|number)"
_LIST = "(?:lists?|database|system|records?|contacts|directory|book)"

_BEFORE_STOP = (
    "(?:(?:please|just|hey|ok|okay|yes|yo|no|omg|ugh|now|so|and|but|hi|hello|sorry|dude|guys|man|i said|i say|"
    "i need (?:these|this|it|them) to|i'd (?:like|love|want) you to|every \\w+|"
    "you need to|you must|you have to|can you|could you|would you|will you|i asked you to|i told you to|i want you to|"
    "i need you to|i want this to|thanks but|wrong (?:number|person|guy)) )*"
)
_AFTER_STOP = (
    "(?: (?:it|this|that|now|please|already|thanks|thank you|everything|all|all of (?:it|this)|immediately|asap|1st|2nd|3rd|second|third|last|final|request|warning|"
    "right now|at once|stop|means|today|forever|for good|sir|man|bro|dude|with this|doing (?:this|that)|ok|okay|i'm|"
    "serious))*"
)


def _trap(name: str, pattern: str) -> Trap:
    return name, re.compile(pattern)


def _wording(name: str, weight: float, pattern: str) -> Wording:
    return name, re.compile(pattern), weight


_SPANISH_CONTACT = (
    "(?:escrib(?:a|as|an)|llam(?:e|es|en)|mand(?:e|es|en)|envi(?:e|es|en)|contact(?:e|es|en)|molest(?:e|es|en)|"
    "text(?:ee|ees|een))"
)

TRAPS: tuple[Trap, ...] = (
    _trap(
        "asks not to stop",
        r"\b(?:do not|don't|never|not|didn't|did not) (?:ever |please |want to |mean to |want you to |want to ever )?"
        rf"(?:stop|quit|unsubscribe|opt(?:ed)? out|remove me|take me off|delete me)\b{_REST}",
    ),
    _trap(
        "asks why we stopped",
        rf"\b(?:did|have|has|why have|why did) (?:you|they|your \w+) stop(?:ped)?\b{_REST}",
    ),
    _trap("asks what we did", rf"\bdid (?:you|they) (?:lose|delete|remove|forget)\b{_REST}"),
    _trap("tells what stop does", r"\b(?:if|when) (?:i|you|we|people) (?:text|say|send|write|reply) stop\b"),
    _trap(
        "a time, a place or a way",
        rf"\b{_NOT} {_CONTACT}\b[^.?]*\b(?:before|until|till|while|when|between|during|instead|better|unless|today|"
        rf"tomorrow|tonight|yet|at work|at night|this week|after \w+|on (?:sun|mon|tues|wednes|thurs|fri|satur)days?|"
        rf"the old|use this|landline)\b{_REST}",
    ),
    _trap(
        "tells a name",
        r"\b(?:don't|do not|never) call me (?!again|any|ever|back|at|on|here|please|or|and|about|for|if|thank|now|"
        r"i\b|you|from|with|this|we|because|no\b|never|over|so|pls|late|early)[a-z]+",
    ),
    _trap(
        "no texts by nature", rf"\bi (?:don't|do not|never|didn't) (?:get|receive) {_THINGS}? ?(?:on|at|in)\b"
    ),
    _trap(
        "a place to stop",
        r"\b(?:bus|tram|train|metro|next|last|first|second|third|final|full|pit|rest|truck|non|every|which|short|quick) stops?\b",
    ),
    _trap("welcomes contact", r"\b(?:don't|do not|never) (?:forget|hesitate|be afraid|be shy) to\b"),
    _trap("suggests contact", rf"\bwhy (?:don't|do not) (?:you|we|i) (?:just )?{_CONTACT}\b{_REST}"),
    _trap(
        "another subscription",
        r"\b(?:unsubscribe|opt(?:ed)? out|opt me out)(?: me)?(?: (?:of|from))? (?:the|my|our|his|her|their) "
        rf"(?!{_THING}|list|number|phone|service|mailing|texting){_REST}",
    ),
    _trap("off the phone", r"\b(?:take|get) (?:me|us) off (?:hold|speaker|the (?:phone|line|hook)|mute)\b"),
    _trap(
        "off a booking",
        r"\b(?:remove|take|delete|get|drop) (?:me|us|my name) (?:from|off|out of) (?:the|my|that|this|your) "
        rf"(?:\w+ )?(?:[0-9]\w*|wait\w*|appointment|reservation|booking|order|slot|schedule|group|meeting|class)\b{_REST}",
    ),
    _trap("a text sent by mistake", rf"\bwrong number [.,]? ?i (?:meant|wanted|was)\b{_REST}"),
    _trap(
        "a time (es)",
        rf"\bno (?:me|nos) {_SPANISH_CONTACT}\b[^.?]*\b(?:antes|hasta|mientras|hoy|manana|cuando)\b{_REST}",
    ),
)

PATTERNS: tuple[Wording, ...] = (
    _wording(
        "stop + contact",
        0.95,
        rf"\b(?:stop|quit|cease|desist from|discontinue|halt|no more|no further|no other|enough|done with|tired of|sick of|refrain from) "
        rf"{_BETWEEN}{{0,5}}(?:{_DOING}|{_THING})\b",
    ),
    _wording(
        "end these texts",
        0.9,
        rf"\b(?:end|cancel|turn off|switch off|disable|mute) (?:my subscription to |{_BETWEEN}){{1,4}}{_THINGS}\b",
    ),
    _wording(
        "bare stop",
        0.9,
        rf"{_BEGINS}{_BEFORE_STOP}(?:stop|stopall|discontinue|cease(?: and desist)?|desist|quit (?:it|this|that)){_AFTER_STOP} ?(?:$|[.?_]|, (?:please|i|i'm|you|this|thanks?|ok|no|wrong|or|we|don't|do|"
        r"never|enough|remove|it's)\b)",
    ),
    _wording("cut it out", 0.8, r"\b(?:cut (?:it|this|that) out|knock it off)\b"),
    _wording(
        "if you stopped",
        0.85,
        rf"\b(?:if|that) you (?:would )?(?:stop|stopped|quit) {_BETWEEN}{{0,3}}{_DOING}\b",
    ),
    _wording("remove, whole", 0.8, r"^(?:please )?(?:remove|delete|unlist)(?: (?:please|now|thanks))*[ .]*$"),
    _wording(
        "make it stop", 0.85, rf"\bmake (?:it|this|them|you|(?:these|the|your|all) {_THINGS}) (?:all )?stop\b"
    ),
    _wording(
        "do not contact",
        0.9,
        rf"(?<!\bi )(?<!\bwe )(?<!\bthey )\b{_NOT} (?:ever |you |please |dare |even )*{_CONTACT}(?: {_US}\b|{_ENDS})",
    ),
    _wording("do not call list", 0.95, r"\bdo not call (?:list|registry)\b|\bdnc\b"),
    _wording(
        "contact not wanted",
        0.9,
        r"\b(?:don't|do not|no longer|rather not|prefer not to|not) "
        r"(?:(?:want|wish|need|like|care for|care|asked for)(?: to)? (?:(?:receive|get|have|see) )?|(?:to )?(?:receive|get|be) )"
        rf"{_BETWEEN}{{0,4}}(?:be )?"
        rf"(?:{_THINGS}\b|contacted|called|texted|messaged|hear from you|these(?: any more)?{_ENDS})",
    ),
    _wording(
        "nobody wants it",
        0.85,
        rf"\b(?:nobody|no one) (?:here )?(?:wants|needs|asked for) {_BETWEEN}{{1,3}}{_THING}\b",
    ),
    _wording(
        "unsubscribe",
        0.9,
        r"\b(?:unsubscribed?|unsub|opt(?:ing|ed)? (?:me |us |this number |my number )?out)\b",
    ),
    _wording("off the list", 0.9, rf"\b(?:take|get|pull|strike|leave) {_ME} (?:off|out of)\b"),
    _wording(
        "off this list", 0.9, rf"\b(?:get|want|be|come) off (?:of )?(?:this|your|the) (?:\w+ )?{_LIST}\b"
    ),
    _wording("remove me", 0.9, rf"\b(?:remove|delete|erase|scrub|wipe|purge|unlist) {_ME}\b"),
    _wording("block me", 0.85, rf"\bblock {_ME} (?:from|on)\b"),
    _wording(
        "lose my number", 0.9, r"\b(?:lose|forget) (?:my|this|our) (?:phone )?number\b|\bnumber ,? ?lose it\b"
    ),
    _wording(
        "leave me alone", 0.9, r"\bleave (?:me|us|him|her|them|my (?!\w+ at\b)\w+) (?:the \w+ )?alone\b"
    ),
    _wording("go away", 0.8, r"\bgo away\b|\bget lost\b|\b(?:f|fuck|piss|screw|bugger) off\b"),
    _wording(
        "consent taken back",
        0.9,
        r"\b(?:revok|withdraw|rescind)(?:e|ing)? (?:my|all|any) (?:\w+ )?(?:consent|permission|agreement)\b|"
        r"\b(?:do not|don't) (?:give )?consent to (?:these|your|any|receiving|being)\b",
    ),
    _wording(
        "enough",
        0.8,
        rf"\benough (?:already|of (?:this|these))\b|{_BEGINS}no more (?:of )?(?:this|these|please|thanks)\b",
    ),
    _wording(
        "threat", 0.85, rf"\b{_CONTACT} (?:me|us|here|this number) (?:\w+ )?(?:again|any more) (?:and|or)\b"
    ),
    # What is only a hint: the second opinion decides.
    _wording("not interested", 0.5, r"\bnot interested\b"),
    _wording(
        "wrong number", 0.5, rf"\bwrong (?:number|person){_ENDS}|\byou have the wrong (?:number|person)\b"
    ),
    _wording("spam", 0.5, r"\b(?:spam|spamming|spammer|scam|harassment|harassing)\b"),
    _wording("blocking", 0.5, r"\b(?:block|blocking|blocked|report|reporting) (?:you|this number)\b"),
    _wording("never signed up", 0.5, r"\b(?:never|did not|didn't) (?:sign|signed|ask|asked) (?:up|for)\b"),
    _wording(
        "a bare word",
        0.5,
        rf"{_BEGINS}(?:please )?(?:cancel|end|quit|revoke|enough|basta|alto|parar|pare)(?: (?:it|this|please|now|all))*{_ENDS}",
    ),
    _wording("stop somewhere", 0.45, r"\b(?:stop(?:ped|ping)?|quit|cease|desist|discontinue)\b"),
    _wording(
        "contact and stop",
        0.5,
        rf"\b{_THINGS} (?:\w+ ){{0,3}}(?:stop|end|cease)\b|\bstop\w* (?:\w+ ){{1,5}}{_THINGS}\b",
    ),
    _wording(
        "no contact",
        0.45,
        rf"\b(?:{_NOT}|no|nunca) (?:\w+ ){{0,4}}(?:{_THINGS}|contact(?:ed)?|call me|text me|bother|mensajes|llamadas|textos|llam[ae]s?n?|escrib[ae]s?n?|mand[ae]s?n?)\b",
    ),
    _wording(
        "do not contact somebody", 0.45, rf"(?<!\bi )(?<!\bwe )\b{_NOT} (?:you |please |ever )*{_CONTACT}\b"
    ),
    _wording(
        "delete it",
        0.45,
        r"\b(?:remove|delete|erase|forget|drop|lose) (?:it|this|that|them|(?:my|this|the) \w+)\b|\boff (?:of )?(?:this|here|it)\b",
    ),
    _wording(
        "how did you get this",
        0.45,
        r"\b(?:how|where) (?:did )?you (?:get|got|find|found) (?:this|my)\b|\bwho gave you\b",
    ),
    _wording(
        "want out",
        0.5,
        r"\b(?:want|let me|get me) out\b|\b(?:had|have had|that is|that's) enough\b|\bno more *[.,?]* *$",
    ),
    _wording("law", 0.5, r"\b(?:lawyer|attorney|sue|fcc|tcpa|illegal|complaint|police|one more time)\b"),
    _wording(
        "not wanted any more",
        0.5,
        r"\b(?:don't|do not|no longer) (?:want|need) (?:this|it|these|them|to do this)\b",
    ),
    _wording("no advertising", 0.5, r"\bno (?:\w+ )?(?:offers|news|marketing|promotions|ads|advertising)\b"),
    # Spanish.
    _wording("no contacto", 0.9, rf"\b(?:no|nunca) (?:me|nos) (?:vuelva[ns]? a \w+|{_SPANISH_CONTACT})\b"),
    _wording(
        "dejen de escribir",
        0.95,
        r"\b(?:deja|dejen|deje|dejar|para|paren|pare|parar|cesen) (?:ya )?de "
        r"(?:escribir|llamar|enviar|mandar|molestar|contactar|textear)\w*",
    ),
    _wording(
        "no quiero mensajes",
        0.9,
        r"\bno (?:quiero|deseo|necesito) (?:recibir )?(?:\w+ ){0,3}?(?:mensajes|llamadas|textos|texts|correos)\b",
    ),
    _wording(
        "dar de baja",
        0.9,
        r"\b(?:dar|darme|dame|deme|denme|dese) de baja\b|\bcancelar (?:la |mi )?suscripcion\b",
    ),
    _wording(
        "fuera de la lista",
        0.9,
        r"\b(?:quit|sac|saqu|borr|elimin)(?:a|e|en)(?:me|nos) de (?:la|su|tu|esta) lista\b",
    ),
    _wording(
        "basta de mensajes",
        0.85,
        r"\bbasta (?:ya )?de (?:mensajes|llamadas|texts|textos)\b|\bno quiero recibir\b",
    ),
    _wording(
        "borren mi número",
        0.9,
        r"\b(?:quit|borr|elimin)(?:a|e|en|ar) (?:mi|este) (?:numero|telefono|contacto)\b",
    ),
    _wording("en paz", 0.9, r"\bdeje?n?(?:a?me|a?nos) en paz\b|\bdejame en paz\b"),
)
