"""Doubts about a request to stop: its words may speak of somebody else, of the past, or of a thing at hand.

A doubt never turns a request into a no; it makes the request unsure, so that a second opinion decides.
"""

import re
from functools import cache

from voicebot.domain.opt_out.vocabulary import (
    BETWEEN,
    CONTACT,
    DOING,
    ENDS,
    LIST,
    NOT,
    OF_OURS,
    THING,
    THINGS,
)

LONGEST = 1200
"""Characters looked at: more than the words of any text that is judged."""
_WE_SENT = r"(?:texts?|messages?|calls?|emails?|news\w*|reminders?|number|phone|more|again|anything|stuff|spam|to|here|crap|shit|link|codes?)"
_MESSAGES = r"texts|message|mensaje|llamada|appel|messaggi|chiamata|mensage\w+|ligac\w+"
_DOUBTS = (
    # What the sender does or did.
    r"\b(?:i'll|i will|we'll|we will|let me|should i|i should|i can|i could) (?:\w+ ){0,2}(?:stop|quit|unsub\w*|opt out)\b",
    rf"\b(?:tired|sick) of {DOING} (?!me\b|us\b|my\b|from\b|please\b)\w+|\b(?:are|is|was|am) (?:you|he|she|they|it|i) (?:all )?done with\b",
    r"\b(?:by (?:accident|mistake)|accidentally|mistakenly|opt (?:me )?(?:back )?in|put me back|sign me up|resubscribe)\b",
    r"\b(?:am|was|were) (?:i|we) (?:\w+ )?(?:unsub\w*|opted)|\bwhy (?:would|should|did|was|am) i\b",
    r"\b(?:i|we) (?:\w+ )?(?:lose|forget|forgot) (?:my|our)\b|\b(?:don't|do not|didn't) want to lose\b|\bdid(?:n't)? (?:you|they) (?:lose|forget)\b",
    r"\b(?:i've|i have|we have) (?:\w+ )?(?:unsub\w*|opted)|\b(?:i|we) (?:don't|do not|won't|didn't|never) (?:reply|respond|answer)\b|"
    r"\bi (?:just |already )?(?:picked|found|got|bought|have) (?:it|one|them|mine)\b",
    # How it would be done some day.
    r"\b(?:how|como|comment|wie|come)\b[^.]*\b(?:later|in (?:the )?future|some ?day|one day|if i (?:ever|change|want)|mas (?:adelante|tarde)|"
    r"plus tard|spater|mais tarde|piu avanti)\b",
    r"\bunsub\w*[^.]* (?:page|link|button|form)\b",
    # Nothing came, nothing is needed.
    r"\b(?:got|get|had|have|received|there (?:are|were|is|was)|came|been) no (?:more|further|other)\b(?! please)",
    rf"\b(?:no|not) (?:more|further|need\w*)\b[^.?]*\b{THINGS} (?:needed|necessary|required|came)\b|\bno need\b|"
    r"\b(?:never ?mind|all (?:good|sorted|set)|found it|just kidding|only joking|funny|hilarious|laugh\w*|making me (?:blush|smile|cry)|"
    r"lustig|drole|divertente|graciosa?|engracad\w)\b",
    # A short request is one with a laugh, too.
    r"^(?!.*\bplease\b)(?=.*\b(?:lol|lmao|ha(?:ha)+\w*)\b)(?:\S+ ){6,}",
    r"\b(?:could|can|was|were|been)(?:n't| not| never) (?:be )?(?:contacted|called|texted|messaged)\b|"
    r"\b(?:was|were|been|got) (?:removed|taken off|dropped|unsub\w*)\b|\b(?:hate|sad|shame|pity|afraid) (?:to|if)\b|\bundo\b",
    r"\b(?:pourquoi|warum|wieso|por que|perche)\b|\bvous derang\w+|\bsie (?:nicht )?(?:mehr )?(?:storen|belastigen|nerven)\b|"
    r"\bnao quero (?:mais )?(?:incomodar|perturbar)\b|\bnon voglio (?:piu )?disturbare\b",
    # Somebody else.
    r"\b(?:tell|ask) (?!you\b|your\b)\w+ (?:not )?to (?:stop|quit)\b|\bunsub\w*ed (?:me|us|him|her)\b",
    r"\b(?:he|she|they|my \w+|boss|doctor) (?:just |already |always )?(?:told|asked|tells|asks) (?:me|him|her|them|us)\b|"
    r"\b(?:he|she|they) (?:told|asked|said)\b|\b(?:i|we) (?:\w+ )?(?:told|asked) (?:them|him|her|my)\b|"
    r"\b(?:won't|wouldn't|doesn't|didn't|never) leave (?:me|us|him|her)\b|\bnot yours?\b(?! (?:customer|client|patient|member|friend|guy))|\bnot you\b|"
    r"\bmy \w+ (?:hates?|likes?|loves?|can't|cannot|wants?|needs?|is|isn't) (?:\w+ )?to be left\b|\b(?:can't|cannot|can i|could i|i|we) leave (?:my|our|him|her|them)\b",
    rf"\b(?:remove|delete|take|get) \w+ (?:\w+ )?(?:from|off|out of) (?:their|his|her|here by|the (?!\w* ?{LIST}|{THINGS})\w+)\b|\bout of here\b",
    rf"\b(?:you|they|nobody|no one|he|she) never {CONTACT}\b|\b{CONTACT} my (?!phone|number|cell|mobile|house|home)\w+ (?:about|with|that|yet|the|before)\b",
    rf"\b(?:tell|ask) (?:your|the|my) (?!people|team|company|boss|bot|system|staff|agents?|reps?|guys|computer|colleagues?|friends?)\w+(?: \w+)? (?:not )?to (?:stop|quit)\b|"
    rf"\b(?:my|his|her|their) (?!{THINGS}|phone)\w+(?: \w+)? (?:would|could|should|will|must|to|(?:needs?|has|have) to|won't|will not|doesn't|does not|never) (?:please |just )?(?:stop|quit)\b|\b(?:he|she|they)(?:'d| would|'ll| will) (?:\w+ )?(?:stop|quit)\b",
    r"\b(?:remember|recall|thinking (?:of|about)|considering|says?|saying|whether|maybe i should)\b[^.]*\b(?:opt\w* (?:me )?out|unsub\w*)",
    rf"\b(?:stop|quit) (?:sending|writing) (?!{OF_OURS}|{THING}|me\b|us\b|this\b|things\b)\w+s\b",
    r"\bwho (?:asked|told) (?:you|them)\b",
    # Taken back at once.
    r"\b(?:wait|never ?mind|nvm|kidding|jk|actually|oops|sorry)\b.*\b(?:keep|continue|carry on|ignore|don't stop|still want)\b",
    # An hour, a number or a thing that they name is to be spared, and not they: "stop calling at 7, call after 10".
    rf"\b(?:stop|quit|no more) {BETWEEN}{{0,4}}(?:{DOING}|{THINGS})\b[^.?]*\b(?:at [0-9]\w*|at (?:this|that) hour|at night|before|until|while|during|so (?:early|late)|on (?:sun|mon|tues|wednes|thurs|fri|satur)days?)\b"
    rf".*\b(?:{CONTACT}|try|after|later|instead|only)\b",
    rf"\b(?:stop|quit|no more) {BETWEEN}{{0,4}}(?:{DOING}|{THINGS})(?: \w+){{0,2}} (?:after|before|past) (?:[0-9]|midnight|noon|dark|hours|bed|work)",
    rf"\b(?:stop|quit|{NOT}) (?:{DOING}|{CONTACT})\b.*\b(?:use|{CONTACT}|try|reach)(?: (?:me|us))?(?: (?:on|at))? my (?:cell|mobile|other|home|house|work|new|personal|office|land ?line|old)\b",
    rf"\balone with (?:the|that|my|an?|this) (?!{THINGS}|text|call|message|crap|shit|stuff|spam)\w+",
    rf"\b(?:stop|quit) (?:sending|writing|using) (?:me |us )?(?:the|an?|that|those|his|her) (?!{OF_OURS}|{THING})\w+",
    # A way, a place, a thing at hand.
    r"\b(?:i|we|you|they|to|always|not|will|can|could|might) (?:get lost|go away|(?:screw|bugger) off)\b(?<!you to go away)",
    r"\bcut it out of\b|\bmake it stop \w+ing\b",
    rf"\b(?:turn|switch|mute|disable)\b[^.?]*\b(?:in|on) (?:my|the|an?) (?!{THINGS})\w+",
    rf"\b(?:don't|do not|never) (?:send|write|use|ring) (?:it|that|this|these|any) (?!{_WE_SENT}\b)\w+|"
    rf"\b(?:don't|do not) (?:(?:send|write) it|bother|call|phone|ring){ENDS}(?: ?i\b| ?i'll| ?we| ?it| ?all)",
    rf"\b(?:call|phone|ring|email|text|write) me\b[^.?]*, (?:please |just )?(?:don't|do not|never) {CONTACT}\b",
    rf"\b(?:do|should|must) (?:i|we) (?:have to |need to )?(?:opt out|unsub\w*) of\b|\bopt(?:ed|ing)? (?:me )?out of (?!(?:this|these|those|your|you|the|all|any|it|everything|marketing|promo\w*|advertis\w*|receiv\w*|getting|further|future|more|{THINGS})\b)\w+",
    rf"\bunsub\w* (?:me )?from (?!(?:this|these|those|your|you|the|all|any|everything|{THINGS})\b)\w+",
    rf"\b(?:send|email|text|give) me (?:the|that|my|an?|his|her) (?!(?:{THINGS}|text|message|number|same)\b)\w+",
    # Another way, a moment, another thing, or the past, in other languages.
    r"\b(?:just|only) (?:text|call|email|message|write)\b|\b(?:texts?|calls?|emails?|messages?) only\b|"
    r"\b(?:nur|solo|seulement|que des|so|apenas) (?:texts?|texto|nachrichten|mails?|anrufe?|mensaj\w*|llamadas?|messages?|messaggi\w*|mensage\w*|ligac\w*)\b|"
    r"\b(?:segundo|minuto|second|minute|moment\w*|attimo|instant|sekunde)\b",
    rf"\b(?:mas|mais|piu|plus) (?:la|le|l'|el|il|ma|mon) (?!(?:{_MESSAGES})\b)\w{{3,}}|\bno (?:me|nos) (?:mand|envi)\w+ (?:al|a la|a casa|con|por)\b|"
    r"\bmon numero d(?:u|e la|es) (?!liste|fichier|base|repertoire|systeme)\w+",
    r"\b(?:mejor|prefiero|prefer|lieber|stattdessen|plutot|preferirei|meglio|melhor|prefiro)\b",
    r"\b(?:no|nunca) (?:me|nos) (?:ha|han|\w+(?:aron|ieron|aste|iste))\b|\bno me llam\w+\b.*\b(?:soy|me llamo|mi nombre)\b|"
    r"\b(?:nao|nunca) (?:me|nos) \w+(?:aram|eram|iram|ou|eu|iu)\b|\bnon (?:mi|ci) (?:ha|hai|hanno|avete|abbiamo)\b|\bnon mi chiamo\b|"
    r"\bje (?:ne |n')(?:appel|rappel|ecri|envoi|telephon|contact)\w*|\bnon (?:chiamo|scrivo|mando|invio|telefono|contatto)\b|"
    r"\bno (?:llamo|escribo|mando|envio)\b|\bnao (?:ligo|escrevo|mando|envio)\b|\bich (?:rufe|schreibe|schicke|sende)\b|"
    r"\b(?:ne |n')?(?:me |m'|nous )(?:a|ont|avez|as)\b|\b(?:il|elle|on|personne) ne (?:me|m'|nous)|"
    r"\b(?:er|es|niemand|keiner|man|mein\w* \w+) (?:ruft|schreibt|meldet|sendet|schickt|hort)\b",
    r"\bnao (?:quero|queremos|preciso|gostaria de) (?:mais )?(?:mand|envi|lig|escrev|cham|encaminh|entr)\w*[aei]r\b",
    r"\b(?:resuelto|solucionado|resolvid[oa]|resolvi|risolto|erledigt|regle|encontre|precisa|serve che)\b",
    r"\b(?:vom|beim|im|von der|von dem) (?!verteiler|newsletter|liste|dienst|service|texts|sms)\w+ (?:\w+ )?(?:abmeld|abbestell|austrag)\w*",
)


@cache
def _doubt() -> re.Pattern[str]:
    # Compiled for the first request: a process that reads none starts without.
    return re.compile("|".join(_DOUBTS))


def is_doubtful(words: str) -> bool:
    """Whether `normalised` words that look like a request may be none."""
    return _doubt().search(words[:LONGEST]) is not None
