"""What machines say when they pick up, and people do not: mailboxes, and services that screen calls.

Strict, because a call is ended by it: what a person may say too is a person's.
"""

import re
from enum import StrEnum


class MachineSays(StrEnum):
    """The wish of a machine."""

    LEAVE_A_MESSAGE = "leave_a_message"
    """A mailbox: it records, or says that it does not."""
    WHO_AND_WHY = "who_and_why"
    """A screener asks who calls, and what for."""
    WAIT = "wait"
    """A screener looks for the person."""
    NOT_THERE = "not_there"
    """A screener says that the person does not come."""


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_WHY = r"(?:why|reason|purpose|nature|regarding|concerning|what\b.{0,20}\babout|what it is about)"
_TELL = r"(?:state|say|record|give|tell (?:me|us)|announce|provide|speak|leave|share|with|add)"
_SCREENING = _any_of(
    r"(?:sta usando|utilizza|usa) (?:un servizio|un assistente|un'app) (?:che filtra|di filtro|per filtrare)|filtro (?:delle )?chiamate|chiamata (?:viene|è) filtrata",
    r"screening (?:service|assistant|app|system)|call[- ]screen(?:ing|er)?\b|call assist",
    r"\bperson is being notified|\bstay on the line\b.{0,40}\b(?:while|as) (?:i|we) (?:try to )?(?:connect|reach|find)",
    r"(?:is|are|being|gets|get) screen(?:ing|ed)\b|screens? (?:all |their |his |her |my |your |incoming |unknown )*calls",
    r"(?:person|subscriber|party|customer|number) (?:that )?(?:you(?:'re| are|'ve| have)?|being) (?:calling|called|trying to reach|dialed|dialled)"
    r".{0,60}\b(?:your name|who (?:you are|is calling)|identify yourself)",
)
"""A service that says what it is."""
_CONNECTS = _any_of(
    r"see if (?:this person|the person|they|he|she|your party|someone|anyone)(?:'s| is|'re| are)? (?:available|there|free|around)",
    r"(?:try|attempt) to (?:connect|reach) (?:you|your|them|the)|and (?:we|i)(?:'ll| will) (?:connect|put) you",
)
"""The next act of a screener; a person at reception may say the same."""
_ASKS_WHO = _any_of(
    rf"\b{_TELL}\b.{{0,15}}\byour (?:first |full )?name\b.{{0,50}}\b{_WHY}\b",
    rf"\b{_TELL}\b.{{0,30}}\b(?:who you are|who(?:'s| is) calling)\b.{{0,40}}\b{_WHY}\b",
    r"\bidentify yourself\b",
    rf"\b{_TELL}\b.{{0,15}}\b{_WHY}\b.{{0,30}}\byour (?:first |full )?name\b",
    r"(?:nennen|sagen) sie (?:bitte )?ihren namen.{0,40}(?:grund|anliegen|warum|worum)",
    r"(?:diga|indique|grabe|mencione) su nombre.{0,40}(?:motivo|raz[oó]n|por qu[eé])",
    r"(?:indiquer|dire|donner|enregistrer|dites|indiquez|donnez) votre nom.{0,40}(?:raison|motif|objet|pourquoi)",
    r"(?:dica|dite|dici|indichi|indicate|registri|lasci|fornisca|pronunci) (?:per favore )?(?:il )?(?:suo|tuo|vostro|proprio) nome.{0,40}(?:motivo|ragione|perch[eé])",
    r"(?:dica|dite|dici|indichi|indicate|spieghi) (?:per favore )?(?:chi (?:è|e'|siete|sei|parla|chiama)).{0,40}(?:motivo|ragione|perch[eé]|cosa)",
    r"(?:diga|informe|grave) (?:o )?seu nome.{0,40}(?:motivo|raz[aã]o|porqu[eê])",
    r"(?:noem|zeg|spreek) (?:alstublieft )?uw naam.{0,40}(?:reden|waarom)",
)
_NAMED = _any_of(r"\b(?:your|the) (?:full |first )?name\b|\breason\b")
_AFTER_THE_TONE = (
    r"(?:after|at|following) the (?:tone|beep|signal)|despu[eé]s (?:del|de la) (?:tono|se[nñ]al)"
    r"|nach dem (?:signal|piep|ton)|apr[eè]s le (?:bip|signal)|na de (?:piep|toon)|dopo (?:il|lo) (?:segnale|bip|beep|tono)|ap[oó]s o sinal"
)
_TONE = _any_of(_AFTER_THE_TONE)
_MAILBOX = _any_of(
    r"\bleave (?:me |us |him |her |them |just )?(?:a|your|an?other|the)?\s?(?:brief |short |detailed |quick |voice )*message",
    r"\bleave (?:me |us )?your (?:name|number|details|contact|info)",
    r"\brecord (?:your|a) (?:voice )?message",
    r"\b(?:reached|calling|called) (?:the )?(?:\w+ ){0,3}(?:voice ?mail|mailbox|answering machine)",
    r"\b(?:sorry|missed)\b.{0,30}\b(?:missed|miss)? ?(?:your call|you)\b.{0,60}\b(?:(?:i'?ll|we'?ll|i will|we will) (?:get back|call you|ring you|return)|text me|shoot me a text)",
    r"\bmailbox (?:is|has|of|belonging|cannot)\b|\bvoice ?mail ?box\b|\bvoice ?mail (?:is|has) (?:full|not|been)",
    r"\b(?:has )?not been set up yet|\bhas(?:n't| not) set up (?:their|his|her|a) (?:voice ?mail|mailbox)",
    r"forwarded to (?:an automat|a voice ?mail|voice ?mail|an? (?:\w+ )?voice message|the voice ?mail)",
    r"automat(?:ed|ic) voice (?:message|mail)|voice message system|message (?:center|centre)\b",
    r"finished recording|when you(?:'re| are) (?:done|finished).{0,30}(?:hang up|press)",
    r"\bd[eé]j[ae]n?(?:me|nos)? (?:(?:aqu[ií]|por favor) )?(?:su|un|tu|el) (?:mensaje|recado)|buz[oó]n de voz|contestador autom[aá]tico|"
    r"hinterl(?:assen sie|asst|asse) |nachricht (?:nach dem|hinterlassen|auf band)|sprechen sie (?:nach|auf)|mailbox von|auf (?:die|den) (?:mailbox|anrufbeantworter)",
    r"laiss(?:ez|er|e)(?:-moi|-nous| moi| nous)? (?:un|votre) (?:petit )?message|messagerie vocale|\bsur (?:la|ma|sa) messagerie\b|\bsur (?:le|mon) r[eé]pondeur\b|bo[iî]te vocale|spreek (?:een|uw) bericht in|voicemail van",
    r"\blasci(?:a|ate|are|atemi|atelo|armi|i)? (?:pure |qui )?(?:un|il (?:suo|tuo|vostro)) (?:breve )?messaggio|segreteria telefonica|casella vocale",
    r"(?:registr(?:i|ate|are)) (?:il (?:suo|vostro|tuo)|un) messaggio|trasferit[ao] alla segreteria|messaggeria vocale",
    r"(?:cliente|utente|persona|numero) (?:da lei |che ha |che sta )?(?:chiamat[oa]|chiamando|desiderat[oa]).{0,20}(?:non è|non e') (?:al momento )?(?:raggiungibile|disponibile)",
    r"\bdeix(?:e|a|em|ar) (?:(?:o|a) )?(?:(?:seu|sua|um|uma) )?(?:recado|mensagem)|caixa postal|secret[aá]ria eletr[oô]nica",
    r"\b(?:i'?m|i am|we'?re|we are) (?:not|away|out)\b.{0,60}\byou know what to do|\b(?:i|we) (?:can'?t|cannot|are unable to|am unable to) (?:come to|get to|take|answer) (?:the|your) (?:phone|call).{0,80}"
    r"\b(?:leave|beep|tone|get back to you|call you back|as soon as)\b",
    _AFTER_THE_TONE,
)
_NOT_REACHED = _any_of(
    r"\b(?:customer|person|party|subscriber|number|user|mailbox) you(?:'ve| have|'re| are)?\b.{0,40}\b(?:unavailable|not available|not reachable|out of reach|switched off|full)\b",
    r"\bnumber (?:that )?you(?:'ve| have)? (?:dial|call|reach)\w*.{0,30}\b(?:not in service|disconnected|not (?:been )?(?:assigned|recogni[sz]ed)|out of service|incorrect)",
    r"\bcall (?:can ?not|can't|could not) be (?:completed|connected)|\bno one is (?:available|able) to (?:take|answer) your call",
    r"(?:gespr[aä]chspartner|teilnehmer|rufnummer|anschluss)\b.{0,40}\b(?:nicht (?:erreichbar|vergeben|verf[uü]gbar)|vor[uü]bergehend)|"
    r"\b(?:n[uú]mero|abonado|usuario|cliente)\b.{0,40}\b(?:no est[aá] disponible|apagado|fuera de (?:servicio|cobertura)|no existe)|"
    r"\b(?:num[eé]ro|correspondant)\b.{0,40}\b(?:n'est pas (?:disponible|joignable|attribu[eé])|injoignable)|"
    r"\b(?:n[uú]mero|cliente)\b.{0,40}\b(?:n[aã]o est[aá] dispon[ií]vel|desligado|n[aã]o existe|fora da [aá]rea)",
)
"""What a network says, and a person does not."""
_A_PERSON_TALKS_OF_MESSAGES = _any_of(
    r"\b(?:would|do|did|should|could|can|may|shall) (?:you|i|we|they|he|she) (?:just |please |like to |want to |care to |wish to )*leave\b",
    r"\b(?:i|we)(?:'ll| will|'d| would| can| could| did)? (?:just |already )*(?:leave|left)\b|\b(?:want|like|going) to leave\b",
    r"\bdon'?t (?:ever )?leave|\bstop leaving|\btake a message|\bleave (?:a|the|your) message with me|\bwhy (?:did|do|are) you\b",
    r"\b(?:vuole|vuoi|volete|posso|potrei|desidera|può) (?:lasciar\w*|prendere)|\bho lasciato|\b(?:è|sei|parlo con) (?:una|la) segreteria\b|\bnon (?:lasci|lasciate|lasciare)",
    r"\b(?:quer|queres|posso|gostaria de|quieres?|puedo|desea|le dejo|soll ich|m[oö]chten? (?:sie|du)|wollen sie|willst du|kann ich|voulez[- ]vous|vous voulez|tu veux|je peux|puis[- ]je)\b[^.]{0,40}\b(?:d[eé]j|deix|hinterl|nachricht|laiss)",
    r"\bis this (?:a |an |the |your )*(?:voice ?mail|answering machine|machine|recording)",
)
_WAITS = _any_of(
    r"\b(?:hold|stay) (?:on|the line|please)|\bplease (?:hold|wait|stay)|\bstand by|\b(?:one|just a) (?:moment|second|minute)",
    r"\b(?:i'll|i will|let me|i'm|we'll|we are|we're) (?:now |just )*(?:see|check|find out|try|connect|look)",
    r"\bconnecting you|\bbeing connected|\bask(?:ing)? (?:them|him|her|if)|\blet (?:them|him|her) know",
    r"bleiben sie|einen moment|no cuelgue|un momento|ne quittez pas|un instant|resti in linea|rest(?:a|ate) in linea|attend(?:a|ete)|un attimo|la metto in contatto|la sto (?:collegando|mettendo)|vedo se|aguarde|blijf aan de lijn",
)
_NOT_THERE = _any_of(
    r"\b(?:they|he|she|the person|this person|that person|your party|the subscriber|the customer|the user|the caller)"
    r"(?:'s| is|'re| are)?(?: you(?:'re| are) calling)?(?: is| are)? ?(?:\w+ )?"
    r"(?:not (?:available|there|free|able)|unavailable|busy|can'?t|cannot|can not|isn'?t|aren'?t|unable|won'?t|will (?:call|get|text)|doesn'?t|don'?t)",
    r"\bcall (?:them |him |her )?(?:again|back) later|\btry again later|\bremove (?:this|the|my|their|our) number|mailing and contact list",
    r"\bnon (?:è|e') (?:al momento |ora |adesso )?(?:disponibile|raggiungibile|libero|libera)|non può rispondere|la richiam(?:a|erà)|richiam(?:i|ate) più tardi",
    r"\bhas (?:declined|ended|been declined)|\b(?:thanks|thank you)\b.{0,20}\bgoodbye",
)
_MORE = _any_of(
    r"\b(?:say|tell me|give me) more\b|\bmore (?:about|detail|information)|\bis (?:it|this) urgent|\bhow (?:urgent|do you know)",
    r"\b(?:mi dica|dica|può dirmi) (?:qualcosa )?di più|\b(?:è|e') urgente|non ho (?:capito|sentito).{0,40}(?:nome|ripet)|di (?:che )?cosa si tratta|motivo della (?:sua )?chiamata",
    r"\b(?:can'?t|cannot|couldn'?t|didn'?t|did not) (?:hear|understand|quite|catch|get)\b.{0,60}\b(?:name|repeat|again|why)",
    rf"\b(?:your name|{_WHY} (?:you(?:'re| are) calling|of your call|for your call|for calling))\b|\bwhat (?:is|'s) (?:this|it) about",
)

_LOOKED_AT = 1000
"""In a longer announcement a machine says at the beginning what it is, and at the end what it wants."""


def machine_says(words: str, *, is_screener: bool = False) -> MachineSays | None:
    """Return what a machine wants, by its words; None when nothing shows that a machine speaks.

    `is_screener` says that the last speaker was a screener: fewer words identify it then, and a person follows it.
    """
    said = words if len(words) <= 2 * _LOOKED_AT else f"{words[:_LOOKED_AT]} {words[-_LOOKED_AT:]}"
    said = said.replace("’", "'")
    if _A_PERSON_TALKS_OF_MESSAGES.search(said) and not _TONE.search(said):
        return None
    screening, connects = bool(_SCREENING.search(said)), bool(_CONNECTS.search(said))
    asks = bool(_ASKS_WHO.search(said))
    mailbox = bool(_MAILBOX.search(said))
    if is_screener:
        if mailbox and not screening and not connects:
            return MachineSays.LEAVE_A_MESSAGE
        if _NOT_THERE.search(said):
            return MachineSays.NOT_THERE
        if asks or _MORE.search(said):
            return MachineSays.WHO_AND_WHY
        return MachineSays.WAIT if screening or connects or _WAITS.search(said) else None
    if screening or (connects and _NAMED.search(said)):
        return MachineSays.WHO_AND_WHY
    if mailbox or _NOT_REACHED.search(said):
        return MachineSays.LEAVE_A_MESSAGE
    return MachineSays.WHO_AND_WHY if asks else None
