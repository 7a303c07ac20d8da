"""Find a wish in words, by phone or by text: a person instead of the bot.

In English, Spanish, French, German, Portuguese and Italian. All patterns read `normalised` words: small letters, no accents.
"""

import re
from dataclasses import dataclass

from voicebot.domain.languages.plain_words import normalised

LONGEST = 600


@dataclass(frozen=True)
class _Tongue:
    """How one language asks for a person: each field is a pattern, and the first three end where the person is named."""

    speak: str
    """To talk with."""
    pass_on: str
    """Pass me on to."""
    want: str
    """I want."""
    before: str
    """What stands before the person: articles, and that it be a real one."""
    person: str
    alone: str
    """Persons who are asked for by the word alone."""
    outright: str
    """What asks for somebody and names nobody."""


_ENGLISH = _Tongue(
    speak=r"(?:(?:talk|speak|speek|chat|deal|connected|transferred) (?:to|with|2)|help from)",
    pass_on=r"(?:(?:get|give|gimme|find|pass|hand|put|connect|transfer|reach|text)(?: (?:me|us|this))?|escalate(?: (?:this|it))?)(?: (?:through|over|on))?(?: (?:to|with))?",
    want=r"(?:want|need|prefer|(?:can|could|may) (?:i|we) have)",
    before=r"(?:(?:an?|the|some|your|my|real|live|actual|living|other|different) )*",
    person=r"(?:person|human(?: being)?|some ?(?:body|one)|sum1|any(?:body|one)|agent|representative|rep|operator|employee|people|(?:shop |store )?"
    r"(?:manager|owner)|boss|supervisor|staff(?: member)?|team member|advis[oe]r|whoever is in charge|customer (?:service|support|care)|support|(?:tech(?:nical)?|it) support|"
    r"billing|sales(?: team)?|accounts|accounting|reception(?:ist)?|front desk|management|dispatch)",
    alone=r"human(?: being)?|person|agent|operator|representative|manager|supervisor|customer (?:service|support|care)",
    outright=r"(?:put|patch) (?:me|us) (?:through|thru|over)\b|(?:transfer|connect) (?:me|us|my call)(?! to the)\b|\bhave (?:some(?:body|one)|an? (?:rep|agent|manager|person|human))(?: \w+){0,3} (?:call|text|ring|phone|contact|get back)\b|"
    r"(?:is|isn't|are) (?:there|you) (?:an? |any )?(?:real |actual |live )*(?:person|human|some ?(?:body|one)|any(?:body|one)|manager)\b"
    r"[^.?]*\b(?:i can|who can|to) (?:\w+ )?(?:talk|speak)|(?:is there|are you) an? (?:real |actual )(?:person|human) (?:there|here)|"
    r"(?:can|could|would|will) (?:some(?:body|one)|sum1|an? (?:real )?(?:person|human|agent|manager)|the manager|one of you)"
    r"(?: (?:from|at|in) (?:\w+ ){1,2}\w+)? (?:please )?(?:call|text|ring|phone|help|contact|answer|get back)\b(?! (?:my|him|her|them)\b)",
)
_SPANISH = _Tongue(
    speak=r"(?:hablar|comunicar(?:me|se|nos)?|conversar|chatear|charlar) con",
    pass_on=r"(?:(?:me|nos) )?(?:pas[ae]|pon(?:ga)?|comuni[cq]u?[ae]|transf[ei]+r[ae]|conect[ae])(?:s|n|r)?(?:me|nos)?(?: (?:con|a))",
    want=r"(?:quiero|quisiera|necesito|prefiero|deme|dame)(?: (?:a|que me (?:atienda|llame|hable)))?",
    before=r"(?:(?:una?|el|la|los|algun|alguna|verdader[oa]|real|otr[oa]) )*",
    person=r"(?:persona|alguien|agente|human[oa]|ser humano|operadora?|asesora?|encargad[oa]|gerente|supervisora?|representante|responsable|emplead[oa]|duen[oa]|jefe)",
    alone=r"persona|agente|human[oa]|operadora?|asesora?",
    outright=r"hay (?:\w+ )?(?:persona|alguien) (?:real |ahi )?con (?:quien|la que|el que)|hay (?:\w+ )?(?:alguien|persona) (?:human[oa]|real|de verdad)\b",
)
_FRENCH = _Tongue(
    speak=r"(?<!ai )(?<!avez )(?:parler|parle|discuter|echanger) (?:directement )?(?:a|avec)",
    pass_on=r"(?:(?:pass|transfer)(?:ez|e|er) (?:moi|nous)|me (?:passer|transferer)|mett(?:ez|re|s) (?:moi |nous |me )?en (?:relation|contact|communication))(?: (?:a|avec|vers))?",
    want=r"(?:veu[xt]|voudrais|aimerais|souhaite|prefere|besoin d')(?: avoir)?",
    before=r"(?:(?:d'|une?|des|le|la|l'|votre|vrai|vraie|veritable|autre) ?)*",
    person=r"(?:quelqu'un|personne|humain|etre humain|conseill(?:er|ere)|agente?|operat(?:eur|rice)|responsable|service client|patronn?e?)",
    alone=r"humain|conseill(?:er|ere)|agent|operat(?:eur|rice)|responsable",
    outright=r"mettez moi en (?:relation|contact|communication)",
)
_GERMAN = _Tongue(
    speak=r"(?:sprechen|reden|telefonieren|verbinden|verbinde)(?: (?:sie|du|mich|bitte|uns))* mit",
    pass_on=r"(?:gib|geben sie|hol|holen sie) mir(?: (?:mal|bitte|doch|endlich|jetzt))*",
    want=r"(?:will|mochte|brauche|wollen|brauchen)(?: (?:bitte|endlich|lieber|jetzt))*",
    before=r"(?:(?:einen?|einem|einer|der|dem|den|die|ihrem|eurem|echten?|echter|richtigen|anderen) )*",
    person=r"(?:jemand(?:em|en)?|mensch(?:en)?|person|mitarbeiter(?:in)?|berater(?:in)?|chef(?:in)?|kundendienst|kundenservice|ansprechpartner|vorgesetzten)",
    alone=r"mensch(?:en)?|mitarbeiter(?:in)?|berater(?:in)?|kundenservice|kundendienst",
    # The verb comes last.
    outright=r"mit (?:(?:einen?|einem|einer|der|dem|ihrem|eurem|echten|echter|richtigen|anderen) )*"
    r"(?:jemand(?:em|en)?|irgendwem|mensch(?:en)?|person|mitarbeiter(?:in)?|berater(?:in)?|chef(?:in)?|kundendienst|kundenservice)(?: \w+){0,4} "
    r"(?:sprechen|reden|telefonieren|verbinden|verbunden)\b|"
    r"verbind(?:e|en|et) (?:sie )?(?:mich|uns)|mich (?:bitte )?(?:mit (?:\w+ ){1,3}verbinden|durchstellen)|stell(?:e|en|t)? (?:sie )?(?:mich|uns) (?:\w+ ){0,2}durch",
)
_PORTUGUESE = _Tongue(
    speak=r"(?:falar|conversar) com",
    pass_on=r"(?:me (?:pass|transf|conect|lig)\w+|(?:pass|transf)\w+ me)(?: (?:para|pra|pro|com|a))?",
    want=r"(?:quero|queria|preciso(?: de)?|prefiro)",
    before=r"(?:(?:uma?|o|a|algum|alguma|outr[oa]|verdadeir[oa]) )*",
    person=r"(?:alguem|pessoa|atendente|human[oa]|ser humano|operadora?|gerente|funcionari[oa]|responsavel|supervisora?|don[oa])",
    alone=r"atendente|pessoa|humano|operadora?",
    outright=r"(?:tem|ha) alguem (?:ai )?com quem (?:eu )?(?:possa )?falar",
)
_ITALIAN = _Tongue(
    speak=r"parlare (?:con|a)",
    pass_on=r"(?:mi (?:puo |puoi |potete )?(?:pass|trasfer|colleg|mett)\w+|pass(?:ate|ar)?mi)(?: (?:a|al|con|in contatto con))?",
    want=r"(?:voglio|vorrei|preferisco|mi serve|ho bisogno di)",
    before=r"(?:(?:una?|un'|il|la|l'|vero|vera|altr[oa]) ?)*",
    person=r"(?:qualcuno|persona|umano|essere umano|operat(?:ore|rice)|responsabile|addett[oa]|impiegat[oa]|consulente|titolare|direttore)",
    alone=r"operat(?:ore|rice)|umano|persona",
    outright=r"c'e qualcuno con cui (?:posso |possa )?parlare",
)
_GREETED = r"(?:(?:please|no|ok|okay|hello|hi|hey|just|hola|bonjour|hallo|ola|ciao|i said)[ ,.]+)*"
_ADDED = r"(?: real| vera)?(?:[ ,.]+(?:please|now|thanks|por favor|gracias|merci|stp|svp|bitte|danke|per favore|grazie))*"
# "A person who …" is somebody, and not anybody; a German or Italian noun may go on.
_SOMEBODY = (
    r"\b(?! (?:who|to|that|for|else|called|named|special|manuals?|numbers?|que|qui|der|die|che|para|pour)\b)"
)


def _asked_in(tongue: _Tongue) -> str:
    somebody = rf"{tongue.before}{tongue.person}{_SOMEBODY}"
    return (
        rf"\b(?:{tongue.speak}|{tongue.pass_on}|{tongue.want}) {somebody}|\b(?:{tongue.outright})|"
        rf"^{_GREETED}{tongue.before}(?:{tongue.alone}){_ADDED}[ .?]*$"
    )


_TONGUES = (_ENGLISH, _SPANISH, _FRENCH, _GERMAN, _PORTUGUESE, _ITALIAN)
_WANTS_PERSON = re.compile("|".join(map(_asked_in, _TONGUES)))
_NO_MACHINE = re.compile(
    r"\b(?:don't|do not|hate|tired of|sick of|rather not|no more|won't)\b[^.?]{0,30}\b(?:to|with|more) (?:\w+ )?"
    r"(?:machines?|(?:chat ?)?bots?|robots?|computers?|ai|recordings?)\b|\bno more (?:machines|bots|robots)\b|"
    r"(?:^|[.,?] ?)(?:please |i want |i said )?(?:no|not an?|stop (?:with )?(?:the|this)|enough (?:of|with) (?:the|this|these)) (?:\w+ )?(?:bots?|robots?|machines?)\b|"
    r"\b(?:kein\w*|sin|no quiero(?: hablar con)?|pas de|pas (?:a|avec)|sem|nao quero(?: falar com)?|non voglio(?: parlare con)?|niente)(?: (?:un|una|une|um|uma|einem))? "
    r"(?:roboter|robots?|bots?|maquinas?|machines?|robo|macchin\w+)\b"
)
_NOT = r"(?:don't|do not|no need (?:to|for)|without|instead of|rather than|nobody|no (?:quiero|necesito)|pas besoin|kein\w*|nicht|nao (?:quero|preciso)|non (?:voglio|serve|ho bisogno))"
_DENIED = re.compile(
    rf"\b{_NOT} (?:\w+ ){{0,3}}(?:talk|speak|transfer|connect|{'|'.join(tongue.person for tongue in _TONGUES)})\b|"
    # Somebody else does, did or likes to, or with somebody of theirs.
    r"\b(?:talk|speak|check)(?:ing)? (?:to|with|2) my (?!own\b)\w+|"
    r"\b(?:he|she|they|(?:my|the) \w+) (?:will|would|can|wants?|wanted|likes?|needs?|had|has)(?: to)? (?:talk|speak)\b"
)


def wants_person(text: str) -> bool:
    """Whether the text asks for a person instead of the bot."""
    words = normalised(text[:LONGEST])
    if _NO_MACHINE.search(words):
        return True
    return _WANTS_PERSON.search(words) is not None and _DENIED.search(words) is None
