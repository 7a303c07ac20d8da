"""Wordings that may be a request to stop, for a second opinion to decide.

The patterns are wide on purpose: a text that is no suspicion is never judged again, and a needless second opinion costs
one short request.
"""

from voicebot.domain.opt_out.vocabulary import (
    BEGINS,
    CONTACT,
    DOING,
    ENDS,
    LIST,
    NOT,
    REST,
    THINGS,
    Wording,
    wording,
)

SUSPICIONS: tuple[Wording, ...] = (
    wording(
        "off something",
        0.45,
        rf"\b(?:{THINGS}|{LIST}|number|contact) (?:\w+ ){{0,3}}off\b|\boff\b{REST}\b{LIST}\b",
    ),
    wording(
        "in peace", 0.45, r"\b(?:leave|left|let) (?:me|us|him|her|them|my \w+)? ?(?:be|alone|in peace)\b"
    ),
    wording(
        "bothered", 0.45, r"\b(?:bother|annoy|harass|pester|bug|disturb|spam|nag|hound)(?:s|ed|ing|ment)?\b"
    ),
    wording(
        "not any more",
        0.45,
        rf"\b(?:not|don't|never|no longer|nobody|doesn't|can't)\b{REST}\b(?:any more|any longer|ever again)\b",
    ),
    wording(
        "ending contact",
        0.45,
        rf"\b(?:end|cancel|turn|switch|drop|cut|opt|kill|refuse|block|accept|allow)\w* (?:\w+ ){{0,4}}(?:{THINGS}|calls?|texts?)\b|"
        r"\b(?:cancel|dej|par|ces|quit|elimin|borr)\w* (?:\w+ ){0,3}(?:mensajes|llamadas|textos|numero|lista)\b",
    ),
    wording("permission", 0.45, r"\b(?:consent|permission)\b"),
    wording(
        "not interested",
        0.5,
        r"\bnot interested\b(?! in (?:the|an?|my) )|\bkein interesse\b|\bpas interesse\w*|\bno me interesa\w*|\b(?:sem|nao tenho) interesse\b|\bnon (?:mi|ci) interess\w+|"
        r"\bnon (?:sono )?interessat\w",
    ),
    wording(
        "wrong number",
        0.5,
        rf"\b(?:isn't|is not|not|no longer) \w+'s (?:phone|number|cell|mobile)\b|\b(?:nobody|no one) here \w+ (?:this|these|it|them)\b|\bthe wrong (?:guy|man|woman|lady|house)\b|\bwrong (?:number|person){ENDS}|\byou have the wrong (?:number|person)\b",
    ),
    wording("spam", 0.5, r"\b(?:spam|spamming|spammer|scam|harassment|harassing)\b"),
    wording(
        "blocking",
        0.5,
        r"\b(?:chill|ease up|cool it|back off|lay off|give it a rest)\b|\b(?:block|blocking|blocked|report|reporting) (?:you|this number)\b",
    ),
    wording("never signed up", 0.5, r"\b(?:never|did not|didn't) (?:sign|signed|ask|asked) (?:up|for)\b"),
    wording(
        "a bare word",
        0.5,
        rf"{BEGINS}(?:please )?(?:cancel|end|quit|revoke|enough|basta|alto|parar|pare)(?: (?:it|this|please|now|all))*{ENDS}",
    ),
    wording("stop somewhere", 0.45, r"\b(?:stop(?:ped|ping)?|quit|cease|desist|discontinue)\b"),
    wording(
        "contact and stop",
        0.5,
        rf"\b{THINGS} (?:\w+ ){{0,3}}(?:stop|end|cease)\b|\bstop\w* (?:\w+ ){{1,5}}{THINGS}\b",
    ),
    wording(
        "no contact",
        0.45,
        rf"\b(?:{NOT}|no|nunca) (?:\w+ ){{0,4}}(?:{THINGS}|contact(?:ed)?|call me|text me|bother|mensajes|llamadas|textos|llam[ae]s?n?|escrib[ae]s?n?|mand[ae]s?n?)\b",
    ),
    wording(
        "do not contact somebody", 0.45, rf"(?<!\bi )(?<!\bwe )\b{NOT} (?:you |please |ever )*{CONTACT}\b"
    ),
    wording(
        "delete it",
        0.45,
        r"\b(?:remove|delete|erase|forget|drop|lose) (?:it|this|that|them|(?:my|this) (?!appointment|booking|order|reservation|slot|table|message|last|photo|picture|item|cart)\w+|the (?:phone|numbers?|names?|contacts?|info\w*|details|data|records?|lines?|entry))\b|\boff (?:of )?(?:this|here|it)\b",
    ),
    wording(
        "how did you get this",
        0.45,
        r"\b(?:how|where) (?:did )?you (?:get|got|find|found) (?:this|my)\b|\bwho gave you\b",
    ),
    wording(
        "want out",
        0.5,
        r"\b(?:want|let me|get me) out\b(?! of (?:my|the|our|an?)\b)|\b(?:had|have had|that is|that's) enough\b|\bno more *[.,?]*(?: (?:please|thanks))? *[.,?]* *$|\bi'm out[ .]*$|^(?:ya )?no mas(?: (?:por favor|please|no mas|ya))*[ .]*$",
    ),
    wording(
        "part of it",
        0.45,
        r"\b(?:don't|do not|not|never|no longer|rather not) (?:\w+ ){0,3}(?:be (?:on|in|part of)|hear from)\b|"
        r"\b(?:turn|switch|shut) (?:these|this|them|it)(?: all)? off\b|"
        r"\bno quiero (?:saber )?(?:mas nada|nada mas)\b|\bplus rien (?:de|recevoir)\b|\bmais nada d[eo]\w*|\bpiu (?:niente|nulla) da\b|\b(?:fatela|falla) finita\b|\b(?:piantatela|finitela)\b|"
        r"\b(?:drop|strike|cut|exclude|scratch|cross) (?:me|us|my \w+) (?:from|off|out of)\b|\bpull my number\b|"
        rf"\b{THINGS} (?:are|is) (?:not |no longer |un)(?:welcome|wanted)\b",
    ),
    wording(
        "goes on and on",
        0.5,
        rf"\b(?:you|they|people|somebody|someone)(?: (?:guys|all|people|just|still))* keeps? (?:on )?{DOING}\b|\b(?:cancel|end|stop|terminate) (?:my|the|this) subscription\b|\bhad it with (?:you|this|these)\b",
    ),
    wording("law", 0.5, r"\b(?:lawyer|attorney|sue|fcc|tcpa|illegal|complaint|police|one more time)\b"),
    wording(
        "not wanted any more",
        0.5,
        r"\b(?:don't|do not|no longer) (?:want|need) (?:this|it|these|them|to do this)\b",
    ),
    wording("the other way", 0.45, rf"\binstead of (?:{DOING}|{THINGS})\b"),
    wording("no advertising", 0.5, r"\bno (?:\w+ )?(?:offers|news|marketing|promotions|ads|advertising)\b"),
)
