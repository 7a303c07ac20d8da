"""Wordings that ask to stop. All rules read `words.normalised` text."""

from voicebot.domain.opt_out.vocabulary import (
    AFTER_STOP,
    ASKED,
    BEFORE_STOP,
    BEGINS,
    BETWEEN,
    CONTACT,
    DOING,
    ENDS,
    LIST,
    ME,
    NOT,
    REST,
    SPANISH_CONTACT,
    THING,
    THINGS,
    US,
    Wording,
    wording,
)

REQUESTS: tuple[Wording, ...] = (
    wording(
        "stop + contact",
        0.95,
        rf"\b(?:stop|quit|cease|(?:cease and )?desist(?: from)?|discontinue|halt|no more|no further|no other|enough|done with|tired of|sick of|refrain from) "
        rf"{BETWEEN}{{0,5}}(?:{DOING}|{THING})\b",
    ),
    wording(
        "end these texts",
        0.9,
        rf"(?<!to )(?<!i )(?<!we )(?<!you )\b(?:stop|discontinue|cease|no more) (?!the |my |an? )\w+ {THINGS}\b|"
        rf"\b(?:end|cancel|turn off|switch off|disable|mute) (?:my subscription to |{BETWEEN}){{0,4}}{THINGS}\b|"
        rf"\b(?:turn|switch) {BETWEEN}{{1,3}}{THINGS} off\b",
    ),
    wording(
        "they are to end",
        0.85,
        rf"\b(?:want|need|like) {BETWEEN}{{1,3}}{THINGS} to (?:stop|end|cease)\b|\b{THINGS} (?:\w+ ){{0,2}}(?:want|need) (?:\w+ )?(?:gone|stopped|ended|off)\b|"
        rf"\b(?:these|your|the|all) {THINGS} (?:to (?:me|us|this number|my \w+) )?(?:(?:need|have|has) to|must|should) (?:stop|end|cease)\b|"
        rf"\b{THINGS}\b{REST}\bstop them\b",
    ),
    wording(
        "stop getting",
        0.85,
        rf"\bstop (?:getting|receiving) (?:(?:these|this|those|any|such)\b|{BETWEEN}{{0,3}}{THINGS}\b)",
    ),
    wording(
        "told to stop",
        0.85,
        rf"\b(?:tell|telling|told|ask|asking|asked|beg|begging) (?:you|you guys|you people|you all) (?:\w+ ){{0,3}}"
        rf"to (?:stop|quit|cease)\b{ENDS}",
    ),
    wording(
        "stop and a question",
        0.8,
        r"^stop (?:what time|when|where|who|how|why|do you|are you|is this|did i)\b",
    ),
    wording(
        "stop, and who says it",
        0.8,
        rf"^{BEFORE_STOP}stop (?:i don't|i do not|i'm not|i am not|i never|i have no|you are|you're|this is|it's|who|nobody|no one|wrong)\b",
    ),
    wording(
        "stop, misspelt",
        0.8,
        rf"^(?:please )?(?:[a-z]top|s[a-z]op|st[a-z]p|sto[a-z]?|stop[a-z]|top|sop) {BETWEEN}{{0,2}}{DOING} (?:me|us|my|this)\b|"
        rf"\b(?:stop|quit|cease) to {CONTACT} (?:me|us|my)\b",
    ),
    wording(
        "… stop",
        0.8,
        r"\b(?:spam\w*|sign(?:ed)? up|calling|texting|messaging|harass\w*|not interested|told you|asked you|enough)\b[^?]* (?:just |please |now )?(?:stop|remove|unsubscribe)(?: now| please)?[ .]*$|"
        r"\b(?:please|warning|thanks|thank you|time) stop(?: now| please)?[ .]*$|"
        r"\bnot interested ?[.,]* (?:please )?(?:remove|delete|stop|unsub\w*)\b",
    ),
    wording("or contact", 0.85, rf"\b{NOT} [^.?]{{1,30}}\bor {CONTACT} (?:me|us|this number)\b"),
    wording("stop, you", 0.8, r"^(?:please )?stop (?:it |this )?you(?: \w+){1,2}[ .]*$"),
    wording(
        "not again",
        0.85,
        rf"\b{NOT} (?:bother|keep|start|go on|try)(?: to)? {DOING}\b[^.?]*\b(?:again|any more|ever)\b",
    ),
    wording("stop, please", 0.8, r"^(?:please )?stop (?:please|now)\b(?! (?:at|by|in|on|for)\b)"),
    wording(
        "you are not to",
        0.85,
        r"\b(?:don't|do not|never) (?:want|need|like|wish) (?:you|anyone|anybody|people)(?: \w+)? to (?:ever |keep )?"
        rf"(?:{CONTACT} {US}|be {DOING})\b(?![^.?]*\b(?:before|until|till|while|when|today|tomorrow|tonight|at)\b)",
    ),
    wording(
        "asked not to",
        0.85,
        rf"\b{ASKED} (?:you|you guys|you all|somebody|someone) (?:please |just |like |maybe )*not (?:ever )?{CONTACT} {US}\b|"
        rf"\bmind not {DOING}\b",
    ),
    wording(
        "bare stop",
        0.9,
        rf"{BEGINS}{BEFORE_STOP}(?:stop|stopall|discontinue|cease(?: and desist)?|desist|quit (?:it|this|that)){AFTER_STOP} ?(?:$|[.?_]| or (?:i|we|i'll|else)\b|, (?:please|i|i'm|you|this|thanks?|ok|no|wrong|or|we|don't|do|"
        r"never|enough|remove|it's)\b)",
    ),
    wording(
        "wants out",
        0.8,
        r"^(?:please )?(?:i (?:just )?want|let me|get me|i'd like) out(?: of (?:this|here|it))?[ .]*$",
    ),
    wording("cut it out", 0.8, r"\b(?:cut (?:it|this|that) out|knock it off)\b"),
    wording(
        "if you stopped",
        0.85,
        rf"\b(?:if|that) you (?:would )?(?:stop|stopped|quit) {BETWEEN}{{0,3}}{DOING}\b|\bif you (?:didn't|did not|don't|do not|wouldn't|would not|no longer) {CONTACT}(?: {US})?[^.?]*\b(?:again|any more|ever)\b",
    ),
    wording(
        "remove, whole",
        0.8,
        rf"{BEGINS}(?:please )?(?:remove|delete|unlist)(?: (?:please|now|thanks))*[ .]*$",
    ),
    wording(
        "make it stop",
        0.85,
        rf"^(?:\w+ ){{0,4}}make (?:it|this) (?:all )?stop\b|\b(?:get|make) (?:these|this|you|them) (?:all )?to stop\b|\bmake (?:them|you|(?:these|the|your|all) {THINGS}) (?:all )?stop\b",
    ),
    wording(
        "do not contact",
        0.9,
        rf"(?<!\bi )(?<!\bwe )(?<!\bthey )\b{NOT} (?:ever |you |please |dare |even )*"
        rf"{CONTACT}(?: (?:or|and|nor) {CONTACT})*(?: {US}\b|{ENDS})|"
        rf"\b{NOT} (?:ever )?(?:reply|respond|answer)(?: to (?:me|us|this))? (?:again|any more|ever)\b",
    ),
    wording(
        "do not call list",
        0.95,
        r"\b(?:do not|don't|no) (?:call|contact|text|disturb) (?:list|registry)\b|\bas do not (?:call|contact|text)\b|\bdnc\b",
    ),
    wording(
        "contact not wanted",
        0.9,
        r"\b(?:don't|do not|no longer|rather not|prefer not to|not) "
        r"(?:(?:want|wish|need|like|care for|care|asked for|wanting|wishing|needing)(?: to)? (?:(?:receive|get|have|see) )?|(?:to )?(?:receive|get|be) )"
        rf"{BETWEEN}{{0,4}}(?:be )?"
        rf"(?:{THINGS}\b|contacted|called|texted|messaged|hear from (?:you|your|this|any of you)\b|"
        rf"contact (?:from|with) (?:you|your)\b|(?:these|this|it)(?: any more){ENDS}|these{ENDS})|"
        rf"\b(?:not|no longer) interested in {BETWEEN}{{0,3}}(?:receiving |getting ){BETWEEN}{{0,3}}{THINGS}\b",
    ),
    wording(
        "neither of both",
        0.85,
        rf"(?:^|[.,?] ?|\bplease )no (?:more |phone )*(?:calls?|{THINGS}) ?(?:,|and|or)? (?:no |or )?(?:more |phone )*{THINGS}\b",
    ),
    wording(
        "nobody wants it",
        0.85,
        rf"\b(?:nobody|no one) (?:here )?(?:wants|needs|asked for) {BETWEEN}{{1,3}}{THING}\b",
    ),
    wording(
        "unsubscribe",
        0.9,
        r"\b(?:unsubscribed?|unsub|opt(?:ing|ed)? (?:me |us |this number |my number )?out)\b",
    ),
    wording(
        "off the list",
        0.9,
        rf"\b(?:take|get|pull|strike|leave) {ME} (?:off?(?= (?:the|your|this)\b)|off|out of (?:this|it|your|all)\b)",
    ),
    wording(
        "off this list",
        0.9,
        rf"(?:\b(?:get|want|like|be|come)|^(?:please )?) ?off (?:of )?(?:this|your|the) (?:\w+ )?{LIST}\b|"
        rf"\b(?:these|your|the|all) {THINGS} (?:to be )?(?:turned|switched) off\b|"
        rf"\b(?:remove|delete|take|erase) (?:it|this|him|her|them) (?:off|from|out of) (?:your|the|this) (?:\w+ )?{LIST}\b|"
        r"\bhave (?:my|this|our) (?:\w+ )?(?:number|name|phone|contact) (?:taken off|removed|deleted)\b",
    ),
    wording(
        "be taken off",
        0.9,
        r"\b(?:removed|taken|deleted|dropped|struck|erased) (?:off|from|out of) "
        rf"(?:of )?(?:(?:this|these|your|the|all|any|whatever) (?:\w+ ){{0,2}}(?:{LIST}|{THINGS})\b|(?:this|these|everything){ENDS})|"
        rf"\b(?:want|need|like|wish|ask\w*) to be (?:removed|taken off|deleted|unsubscribed|opted out){ENDS}",
    ),
    wording("remove me", 0.9, rf"\b(?:remove|delete|erase|scrub|wipe|purge|unlist|get rid of) {ME}\b"),
    wording(
        "wrong number, remove",
        0.85,
        rf"{BEGINS}(?:sorry |hi |hello |you have the )*wrong (?:number|person)\b[^?]*\b(?:remove|delete|unsubscribe)"
        rf"(?: (?:it|this|me|please|now|thanks))*{ENDS}",
    ),
    wording("block me", 0.85, rf"\bblock {ME} (?:from|on)\b"),
    wording(
        "lose my number", 0.9, r"\b(?:lose|forget) (?:my|this|our) (?:phone )?number\b|\bnumber ,? ?lose it\b"
    ),
    wording(
        "leave me alone",
        0.9,
        r"\bleave (?:me|us|him|her|them|my (?!\w+ at\b)\w+) (?:the \w+ )?alone\b|"
        r"\bleave (?:me|us) (?:be|in peace)\b|\bto be left (?:alone|in peace)\b",
    ),
    wording(
        "go away",
        0.8,
        r"\bgo (?:bother|annoy|harass|bug|spam) (?:someone|somebody|anyone) else\b|\bgo away\b(?! (?:for|to|on|with|at|in|over)\b)|\bget lost\b|\b(?:f|fuck|piss|screw|bugger|buzz) off\b|^(?:please |just |oh )*(?:take a hike|kick rocks|get bent|drop dead|let me be|let us be)[ .]*$",
    ),
    wording(
        "consent taken back",
        0.9,
        r"\b(?:revok|withdraw|rescind)(?:e|ing)? (?:(?:my|our|all|any) (?:\w+ )?)?(?:consent|permission|agreement)\b|"
        rf"\b(?:never|did not|didn't|have not|haven't) (?:gave|give|given) (?:you |anyone |anybody )?(?:my |any )?"
        rf"(?:consent|permission) (?:to|for) (?:be )?(?:{CONTACT}|{DOING}|{THINGS}|contacted|called|texted)\b|"
        r"\b(?:do not|don't) (?:give )?consent to (?:these|your|any|receiv\w+|get\w*|being|be)\b|\b(?:did not|didn't|never) (?:consent(?:ed)?|agreed?) to (?:this|these|(?:be|being) (?:texted|called|contacted|messaged)|receiv\w+|get\w*)\b",
    ),
    wording(
        "enough",
        0.8,
        rf"\benough already\b|\benough of (?:this|these)(?: (?:{THINGS}|nonsense|crap|shit|bullshit|harassment))?{ENDS}|{BEGINS}{BEFORE_STOP}no more (?:of )?(?:this|these|please|thanks)\b",
    ),
    wording(
        "threat",
        0.85,
        rf"\b{CONTACT} (?:me|us|here|this number) (?:\w+ )?(?:again|any more) (?:and|or)\b|"
        rf"\b(?:block|report|sue)\w* you if you (?:ever )?{CONTACT}\b|\bif you (?:ever )?{CONTACT} [^.?]*\bagain\b[^.?]*\b(?:sue|report|block|police|lawyer|attorney)\b",
    ),
)
SPANISH_REQUESTS: tuple[Wording, ...] = (
    wording("no más mensajes", 0.9, r"\bno mas (?:\w+ )?(?:mensajes|llamadas|textos|texts)\b"),
    wording(
        "cancelar los mensajes",
        0.9,
        r"\bcancel(?:ar|a|e|en) (?:(?:los|las|estos|sus) )?(?:mensajes|llamadas|textos)\b",
    ),
    wording(
        "no quiero que me llamen",
        0.9,
        rf"\bno (?:quiero|deseo|queremos) que (?:me|nos) (?:{SPANISH_CONTACT}|vuelva[ns]? a \w+)\b",
    ),
    wording("no contacto", 0.9, rf"\b(?:no|nunca) (?:me|nos) (?:vuelva[ns]? a \w+|{SPANISH_CONTACT})\b"),
    wording(
        "dejen de escribir",
        0.95,
        r"\b(?:deja|dejad|dejen|deje|dejar|para|parad|paren|pare|parar|cesad|cesen) (?:ya )?de "
        r"(?:estar )?(?:escrib|llam|envi|mand|molest|contact|texte)(?:ir|ar|ando|iendo)\w*|\b(?:par|dej|baj)en?le (?:ya )?(?:con|a) (?:\w+ )?(?:mensajes|llamadas?|textos)\b",
    ),
    wording(
        "no quiero mensajes",
        0.9,
        r"\bno (?:quiero|deseo|necesito) (?:recibir )?(?:\w+ ){0,3}?(?:mensajes|llamadas|textos|texts|correos)\b",
    ),
    wording(
        "dar de baja",
        0.9,
        r"\b(?:dar|darme|darnos|dame|deme|denme|dese|(?:como )me doy) de baja\b(?! del? (?!est[ae]|la lista|sus?|los)\w)|\bcancelar (?:la |mi )?suscripcion\b",
    ),
    wording(
        "fuera de la lista",
        0.9,
        r"\b(?:quit|sac|saqu|borr|elimin)(?:a|e|en)(?:me|nos) de (?:la|su|tu|esta) lista\b",
    ),
    wording(
        "basta de mensajes",
        0.85,
        r"\bbasta (?:ya )?de (?:mensajes|llamadas|texts|textos)\b|\bno quiero recibir\b",
    ),
    wording(
        "borren mi número",
        0.9,
        r"\b(?:quit|borr|elimin)(?:a|e|en|ar) (?:mi|este) (?:numero|telefono|contacto)\b|(?:^|[.,?] ?)(?:borr|elimin|quit)e?n?me(?: ya| por favor)*[ .]*$",
    ),
    wording("en paz", 0.9, r"\bdeje?n?(?:a?me|a?nos) en paz\b|\bdejame en paz\b"),
)
