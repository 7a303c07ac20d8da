"""How a person corrects an earlier answer in Italian, Spanish, French, German and Portuguese.

Parts of patterns over cleaned text in any case, with accents as written; a name or a place follows them.
"""

NAME = (
    r"(?:nome|cognome|nombre|apellidos?|prénom|nom|vor?name?|nachnamen?|namen?|vornamen?|sobrenome|apelido)"
)
PLACE = r"(?:citt(?:à|a'?)|luogo|localit(?:à|a'?)|regione|ciudad|lugar|región|ville|région|stadt|(?:wohn)?ort|cidade|região)"
VOICE = r"(?:voce|voz|voix|stimme)"
CONSENT = r"(?:consenso|consentimiento|consentement|einwilligung|zustimmung|consentimento)"
"""What was answered, in words that are of one question alone."""

_ITS = (
    r"(?:(?:il|la|lo|mio|mia|suo|sua|el|mi|tu|su|le|mon|ma|votre|vos|l[ae]|den|die|der|meinen?|meine[rs]?|o|a|os?|meu|minha|do|da|de|del|di|du|"
    r"des?|nel|nella) ){0,3}"
)
_CHANGE = (
    r"(?:cambi(?:a|o|are|amo)?|corregg(?:a|o|ere)|correggi|modific(?:a|o|are|hi)|cambi(?:ar|e)|corr(?:e|i)gir|corrij[ae]|corrige|modificar|"
    r"chang(?:er|ez|e)|corrig(?:er|ez|e)|modifi(?:er|ez|e)|(?:ä|ae)ndern?(?: sie)?|korrigieren?(?: sie)?|mud(?:ar|e)|troc(?:ar|que)|alter(?:ar|e))"
)
_WRONG = (
    r"(?:sbagliat[oa]|errat[oa]|scritt[oa] male|non corrett[oa]|equivocad[oa]|incorrect[oae]s?|mal escrit[oa]|mal|fausse|faux|incorrecte?|"
    r"erronée?|mal écrit|falsch(?: geschrieben)?|nicht richtig|verkehrt|errad[oa]|incorret[oa]|escrit[oa] errado)"
)
_IS = r"(?:(?:è|é|e'|era|es|está|est|était|ist|war) )?"
_ERRED = r"(?:ho sbagliato|me equivoqué|j'ai mal écrit|je me suis trompée? de|errei|ich habe mich (?:im|beim)|me enganei)"
_BEHIND = r"(?:\s*(?:in|con|a|por|en|par|auf|zu|para|:)(?=\s))?"
_NOT_MINE = r"(?:non (?:è|e'|era) (?:il mio|la mia)|no es mi|ce n'est pas (?:mon|ma)|das ist nicht (?:mein|meine)|não é (?:o meu|a minha|meu|minha))"


def about(field: str) -> str:
    """Return the pattern of saying that this answer is to be another; a new one may follow it."""
    return (
        rf"\b(?:{_CHANGE} {_ITS}{field}|{_ITS}{field} {_IS}{_WRONG}|{_ERRED} {_ITS}{field}|{_NOT_MINE} {field}"
        rf"|meinen? {field} (?:ä|ae)ndern)\b{_BEHIND}"
    )


NOT_THAT_NAME = (
    r"\b(?:[Nn]on sono|[Nn]on mi chiamo|[Nn]o soy|[Nn]o me llamo|[Jj]e ne suis pas|[Jj]e ne m'appelle pas|[Ii]ch hei(?:ß|ss)e nicht|"
    r"[Nn]ão sou|[Nn]ão me chamo) (?=[^\W\d_a-zß-ÿ])"
)
"""Then the wrong one, with a capital: "non sono stanco" is none."""
NOT_THERE = (
    r"\b(?:non (?:abito|vivo|sto) (?:più )?(?:a|in|l[iì]|l[aà]|qui)|no vivo (?:en|allí|ahí|aquí)|je n'habite pas (?:à|en|au|là|ici)|"
    r"ich wohne nicht (?:in|dort|da|hier)|não (?:moro|vivo) (?:em|no|na|lá|aí|aqui))\b"
)
SORRY = (
    r"no|scus(?:i|a|ate|atemi|ami)|mi scusi|anzi|ci correggiamo|mi correggo|volevo dire|intendevo|cioè|correzione|"
    r"perd[oó]n|perdone|disculpe|quise decir|quería decir|quiero decir|mejor dicho|"
    r"non|pardon|désolée?|excusez-moi|je voulais dire|je veux dire|"
    r"nein|entschuldigung|entschuldigen sie|verzeihung|ich meinte|ich meine|"
    r"não|desculpe|desculpa|quis dizer|quero dizer|queria dizer|aliás"
)
"""Before the right one, which may be all that follows."""
IT_IS = r"è|é|e'|es|c'est|es ist|das ist|era|sarebbe|sería|ce serait"
ALL_WRONG = (
    r"(?:(?:no|non|nein|não|scusi|scusa|mi scusi|perdón|disculpe|pardon|entschuldigung|desculpe) )*"
    r"(?:(?:è|é|e'|era|es|está|eso es|eso está|c'est|das ist|das war|ist|isso está|isto está|está) )?"
    r"(?:sbagliat[oa]|errat[oa]|un errore|ho sbagliato|mi sono sbagliat[oa]|equivocado|un error|me equivoqué|faux|une erreur|"
    r"je me suis trompée?|falsch|ein fehler|verkehrt|errado|um erro|errei|me enganei)"
    r"(?: (?:scusi|scusa|perdón|pardon|entschuldigung|desculpe))?"
)
