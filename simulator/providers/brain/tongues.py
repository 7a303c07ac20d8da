"""Talks in other languages: what everybody says is read as English, and set phrases are said in the language of the prompt."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from simulator.providers.brain import small_talk, wishes
from simulator.providers.brain.conversation import Message

_NAMED = re.compile(r"\blanguage (?:is )?([a-z]{2})(?:-[A-Z]{2})?\b")
_PHRASES = (
    small_talk.HELLO,
    small_talk.GOODBYE,
    small_talk.WELCOME,
    small_talk.NOT_KNOWN,
    small_talk.UNHEARD,
    small_talk.ANYTHING_ELSE,
    wishes.OFFER_MESSAGE,
    wishes.CANNOT_CONNECT,
    wishes.CANNOT_WRITE,
    wishes.SORRY_TO_HEAR,
    "All right.",
)
_SAID: Mapping[str, Sequence[str]] = {
    "de": (
        "Guten Tag! Wie kann ich Ihnen helfen?", "Auf Wiederhören!", "Gern geschehen. Kann ich sonst noch etwas für Sie tun?",
        "Das weiß ich leider nicht.", "Das habe ich leider nicht verstanden. Können Sie es noch einmal sagen?",
        "Kann ich sonst noch etwas für Sie tun?", "Soll ich eine Nachricht aufnehmen?",
        "Ich kann Sie leider mit niemandem verbinden.", "Ich kann hier leider keine Nachricht aufnehmen.", "Das tut mir leid.",
        "In Ordnung.",
    ),
    "es": (
        "¡Hola! ¿En qué puedo ayudarle?", "¡Adiós!", "De nada. ¿Puedo ayudarle en algo más?", "Lo siento, eso no lo sé.",
        "Lo siento, no le he entendido. ¿Puede repetirlo?", "¿Puedo ayudarle en algo más?", "¿Quiere dejar un mensaje?",
        "Lo siento, no puedo pasarle con una persona.", "Lo siento, aquí no puedo tomar un mensaje.", "Lo lamento mucho.",
        "De acuerdo.",
    ),
    "fr": (
        "Bonjour ! Comment puis-je vous aider ?", "Au revoir !", "Je vous en prie. Puis-je vous aider pour autre chose ?",
        "Je suis désolé, je ne le sais pas.", "Je suis désolé, je n'ai pas compris. Pouvez-vous répéter ?",
        "Puis-je vous aider pour autre chose ?", "Voulez-vous laisser un message ?",
        "Je suis désolé, je ne peux pas vous passer une personne.", "Je suis désolé, je ne peux pas prendre de message ici.",
        "J'en suis désolé.", "Très bien.",
    ),
    "pt": (
        "Olá! Como posso ajudar?", "Até logo!", "De nada. Posso ajudar em mais alguma coisa?", "Lamento, isso eu não sei.",
        "Lamento, não entendi. Pode repetir?", "Posso ajudar em mais alguma coisa?", "Quer deixar uma mensagem?",
        "Lamento, não posso passar a chamada a uma pessoa.", "Lamento, aqui não posso anotar uma mensagem.", "Lamento muito.",
        "Está bem.",
    ),
    "it": (
        "Buongiorno! Come posso aiutarla?", "Arrivederci!", "Prego. Posso aiutarla in qualcos'altro?", "Mi dispiace, questo non lo so.",
        "Mi dispiace, non ho capito. Può ripetere?", "Posso aiutarla in qualcos'altro?", "Vuole lasciare un messaggio?",
        "Mi dispiace, non posso passarle una persona.", "Mi dispiace, qui non posso prendere un messaggio.", "Mi dispiace molto.",
        "Va bene.",
    ),
}  # fmt: skip
"""In the order of `_PHRASES`."""
_FAREWELL, _PERSON, _MESSAGE, _AGAIN = (
    "Thank you, goodbye!",
    "I want to speak to a person.",
    "I want to leave a message.",
    "Say that again please.",
)
_HEARD: Mapping[str, Mapping[str, str]] = {
    "de": {
        r".*\b(?:tschüss?|auf wiederhören|auf wiedersehen|ciao|das war(?:'s| alles))\b.*": _FAREWELL,
        r".*\b(?:mit (?:einem|einer) (?:menschen|person|mitarbeiter(?:in)?|kolleg\w+)|verbinden sie mich|einen? menschen)\b.*": _PERSON,
        r".*\bnachricht (?:hinterlassen|aufnehmen)\b.*": _MESSAGE,
        r"(?:wie bitte|noch ?mal|können sie das wiederholen).*": _AGAIN,
        r"(?:hallo|guten (?:tag|morgen|abend))": "Hello", r"(?:vielen |besten )?dank(?:e)?(?: schön)?": "Thank you",
        r"nein(?:,? danke)?": "No, thank you", r"(?:ja|gerne?)(?:,? bitte)?": "Yes, please",
    },
    "es": {
        r".*\b(?:adiós|adios|hasta (?:luego|pronto)|eso es todo)\b.*": _FAREWELL,
        r".*\b(?:con una persona|con alguien|páseme)\b.*": _PERSON, r".*\bdejar un (?:mensaje|recado)\b.*": _MESSAGE,
        r"(?:¿?cómo|puede repetir|otra vez).*": _AGAIN, r"(?:hola|buen[oa]s (?:días|tardes|noches))": "Hello",
        r"(?:muchas )?gracias": "Thank you", r"no(?:,? gracias)?": "No, thank you", r"sí(?:,? por favor)?": "Yes, please",
    },
    "fr": {
        r".*\b(?:au revoir|bonne journée|c'est tout)\b.*": _FAREWELL,
        r".*\b(?:avec une personne|à quelqu'un|un conseiller|passez-moi)\b.*": _PERSON, r".*\blaisser un message\b.*": _MESSAGE,
        r"(?:pardon|pouvez-vous répéter|comment).*": _AGAIN, r"(?:bonjour|bonsoir|allô)": "Hello",
        r"merci(?: beaucoup)?": "Thank you", r"non(?:,? merci)?": "No, thank you", r"oui(?:,? s'il vous plaît)?": "Yes, please",
    },
    "pt": {
        r".*\b(?:adeus|até logo|tchau|é tudo)\b.*": _FAREWELL, r".*\b(?:com uma pessoa|com alguém|um atendente)\b.*": _PERSON,
        r".*\bdeixar uma mensagem\b.*": _MESSAGE, r"(?:como|pode repetir|outra vez).*": _AGAIN,
        r"(?:olá|bom dia|boa (?:tarde|noite))": "Hello", r"(?:muito )?obrigad[oa]": "Thank you",
        r"não(?:,? obrigad[oa])?": "No, thank you", r"sim(?:,? por favor)?": "Yes, please",
    },
    "it": {
        r".*\b(?:arrivederci|ciao|è tutto)\b.*": _FAREWELL, r".*\b(?:con una persona|con qualcuno|un operatore)\b.*": _PERSON,
        r".*\blasciare un messaggio\b.*": _MESSAGE, r"(?:come|può ripetere|di nuovo).*": _AGAIN,
        r"(?:buongiorno|buonasera|pronto)": "Hello", r"(?:molte )?grazie": "Thank you",
        r"no(?:,? grazie)?": "No, thank you", r"sì(?:,? (?:grazie|per favore))?": "Yes, please",
    },
}  # fmt: skip


def tongue_in(prompt: str) -> str:
    """Return the language that a prompt names last, as `de`; blank where it names none, or one that is not spoken here."""
    named = _NAMED.findall(prompt)
    return named[-1] if named and named[-1] in _SAID else ""


def in_english(messages: Sequence[Message], tongue: str) -> tuple[Message, ...]:
    """Return a talk in which what everybody says, and the set phrases of ours, are English."""
    if not tongue:
        return tuple(messages)
    return tuple(
        replace(one, text=_heard(one.text, tongue))
        if one.role == "user"
        else replace(one, text=_swapped(one.text, _SAID[tongue], _PHRASES))
        if one.role == "assistant"
        else one
        for one in messages
    )


def said_in(text: str, tongue: str) -> str:
    """Return an answer with its set phrases in the language."""
    return _swapped(text, _PHRASES, _SAID[tongue]) if tongue else text


def _heard(text: str, tongue: str) -> str:
    for pattern, english in _HEARD[tongue].items():
        if re.fullmatch(rf"\W*(?:{pattern})\W*", text.strip(), re.IGNORECASE):
            return english
    return text


def _swapped(text: str, found: Sequence[str], put: Sequence[str]) -> str:
    # The longest first: some hold others.
    for one, other in sorted(zip(found, put, strict=True), key=lambda pair: -len(pair[0])):
        text = text.replace(one, other)
    return text
