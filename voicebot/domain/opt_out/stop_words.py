"""Single words that end and begin again in languages other than the carrier's (tests/vectors, `stop_words.json`).

The carrier acts on its own words alone (handbook 6.4), so these are ours to obey and to confirm.
"""

import re

from voicebot.domain.languages.plain_words import normalised, plain_letters

STOP_WORDS_BY_LANGUAGE = {
    "es": "alto parar paren detener detengan baja cancelar",
    "fr": "arret arreter arretez arrete desabonner desinscrire desabonnement desinscription resilier stopper halte",
    "de": "stopp stoppen abmelden abmeldung abbestellen aufhoren aufhoeren halt austragen abbestellung",
    "pt": "parar pare parem sair cancelar descadastrar",
    "it": "ferma fermati fermate basta annulla disiscrivimi disiscriviti disiscrizione cancellami smettetela smettila",
}
START_WORDS_BY_LANGUAGE = {
    "es": "iniciar comenzar alta",
    "fr": "debut",
    "de": "starten anmelden",
    "pt": "iniciar voltar",
    "it": "inizia",
}
_ELSEWHERE_LIST = (
    "\u0441\u0442\u043e\u043f \u043e\u0442\u043f\u0438\u0441\u0430\u0442\u044c\u0441\u044f \u0445\u0432\u0430\u0442\u0438\u0442 "
    "\u505c\u6b62 \u9000\u8ba2 \u9000\u8a02 \u914d\u4fe1\u505c\u6b62 \u3084\u3081\u3066 \uc911\uc9c0 \uc218\uc2e0\uac70\ubd80 \u062a\u0648\u0642\u0641 \u05d4\u05e1\u05e8 "
    "stoppa avsluta stoppen afmelden uitschrijven afmeld frameld slutt stans lopeta wypisz koniec zatrzymaj dur durdur iptal "
    "odhlasit dezabonare dung huy berhenti"
)
ELSEWHERE = frozenset(_ELSEWHERE_LIST.split())
"""Such words of languages that the rules do not know: a second opinion decides."""
_POLITE_LIST = (
    "please thanks now por favor gracias ya sms svp stp s'il vous te plait plais merci bitte danke jetzt sofort faz grazie obrigado "
    "obrigada per favore piacere tout todo alles tutto tudo subito agora ahora immediatement maintenant texts"
)
_POLITE = frozenset(_POLITE_LIST.split())
LONGEST = 80
"""Characters: such a word stands alone."""
_PLACES = frozenset({"baja", "alta"})


def stop_languages(text: str) -> frozenset[str]:
    """Return the languages in which the whole text is a word that ends everything; none where it is none."""
    return _languages(text, STOP_WORDS_BY_LANGUAGE)


def start_languages(text: str) -> frozenset[str]:
    """Return the languages in which the whole text is a word that begins again."""
    return _languages(text, START_WORDS_BY_LANGUAGE)


def may_be_place(text: str) -> bool:
    """Whether the word may as well be where somebody lives."""
    return normalised(text).strip(" .,?") in _PLACES


def _languages(text: str, words: dict[str, str]) -> frozenset[str]:
    plain = re.findall(r"[a-z']+", plain_letters(text[:LONGEST]))
    if len(text) > LONGEST:
        return frozenset()
    said = {word for word in plain if word not in _POLITE}
    if len(said) != 1 or len(plain) > 5 or "?" in text:
        return frozenset()
    return frozenset(language for language, known in words.items() if said <= set(known.split()))
