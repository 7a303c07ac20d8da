"""Whether words are all that somebody wants to say, in six languages."""

import pytest

from voicebot.domain.call.turn_taking.finished import Finished, how_finished, only_listens
from voicebot.domain.call.turn_taking.holding import asks_to_wait
from voicebot.domain.call.turn_taking.pauses import Asked
from voicebot.domain.call.turn_taking.vocabulary import VOCABULARIES, vocabulary_of

GOES_ON = {
    "en": [
        "I'd like to come because",
        "My number is four one five",
        "Well",
        "If it rains",
        "I live at",
        "let me see",
        "I wanted to know",
        "one second let me get my card",
        "We need apples, pears,",
        "first of all",
        "so the problem is",
    ],
    "es": [
        "Quiero venir porque",
        "Mi número es seis uno dos",
        "Pues",
        "Si llueve",
        "Vivo en la",
        "a ver",
        "quería saber",
        "el problema es",
    ],
    "fr": [
        "Je voudrais venir parce que",
        "Mon numéro c'est zéro six",
        "Euh",
        "Si vous voulez",
        "attendez",
        "bonjour je voudrais savoir",
        "j'appelle pour",
    ],
    "de": [
        "Ich komme, weil",
        "Meine Nummer ist null eins sieben",
        "Ähm",
        "Wenn es regnet",
        "und zwar",
        "ich wollte mal fragen",
        "ich würde gerne",
    ],
    "pt": [
        "Quero ir porque",
        "Meu número é nove um dois",
        "Hum",
        "Se chover",
        "um momento",
        "gostaria de saber",
        "o problema é",
    ],
    "it": [
        "Vorrei venire perché",
        "Il mio numero è tre quattro sette",
        "Ehm",
        "Se piove",
        "Abito in via",
        "un attimo",
        "Vorrei parlare con la",
        "mi chiamo",
        "il codice è",
        "sono del",
        "Ho comprato la bici nell'",
        "volevo sapere se",
    ],
}
OVER = {
    "en": [
        "A table for two, please",
        "What time is it?",
        "My number is 415 555 2671",
        "no that's all, thanks",
    ],
    "es": ["Una mesa, por favor", "¿Qué hora es?", "Mi número es 612 345 678", "nada más, gracias"],
    "fr": [
        "Une table, s'il vous plaît",
        "Quelle heure est-il?",
        "Mon numéro c'est 06 12 34 56 78",
        "merci beaucoup",
    ],
    "de": ["Einen Tisch, bitte", "Wie spät ist es?", "Meine Nummer ist 0171 2345678", "das war's"],
    "pt": ["Uma mesa, por favor", "Que horas são?", "Meu número é 912 345 678", "é só isso"],
    "it": [
        "Un tavolo per due, per favore",
        "Che ore sono?",
        "Il mio numero è 347 123 4567",
        "Il mio numero è tre quattro sette uno due tre quattro cinque sei sette",
        "no grazie, è tutto",
        "a posto così",
        "credo di sì",
    ],
}
ENDS = {
    "en": ["hold on I have it here now", "I paid double"],
    "es": ["Yo también", "Ya no quiero más", "La factura viene doble", "no, espere, mejor el viernes"],
    "fr": ["Moi aussi", "Ça ne marche plus"],
    "de": ["Das geht leider nicht", "Die Heizung läuft nicht mehr", "Ich auch"],
    "pt": ["Eu também", "Não funciona mais"],
    "it": ["Non funziona più"],
}
"""Words of which nobody can tell, although a clause could go on with the last one."""
LISTENS = {
    "en": ["mhm", "Uh-huh.", "yeah, okay", "right"],
    "es": ["ajá", "sí, claro", "vale"],
    "fr": ["d'accord", "oui oui", "mm"],
    "de": ["ja genau", "ach so", "mhm"],
    "pt": ["tá certo", "sim", "entendi"],
    "it": ["sì", "va bene", "ho capito", "certo, certo", "ah ok", "d'accordo"],
}
TALKS = {
    "en": ["stop", "no", "wait a second", "what", "yes but not on Monday"],
    "es": ["no", "espera", "sí pero el lunes no"],
    "fr": ["non", "attendez", "oui mais pas lundi"],
    "de": ["nein", "moment", "ja aber nicht am Montag"],
    "pt": ["não", "espere", "sim mas não na segunda"],
    "it": ["no", "aspetti", "un momento", "sì ma non lunedì", "come scusi", "basta", "non ho capito"],
}


@pytest.mark.parametrize("language", sorted(VOCABULARIES))
def test_endings_tell_who_goes_on_and_who_is_done(language):
    known = vocabulary_of(language)

    assert [
        words for words in GOES_ON[language] if how_finished(words, Asked.OPEN, known) is not Finished.GOES_ON
    ] == []
    assert [
        words for words in OVER[language] if how_finished(words, Asked.OPEN, known) is not Finished.OVER
    ] == []
    assert [
        words for words in ENDS[language] if how_finished(words, Asked.OPEN, known) is not Finished.UNSURE
    ] == []
    assert [words for words in LISTENS[language] if not only_listens(words, known)] == []
    assert [words for words in TALKS[language] if only_listens(words, known)] == []


@pytest.mark.parametrize(
    ("text", "asked", "digits", "finished"),
    [
        ("four one five five five five", Asked.DICTATED, None, Finished.GOES_ON),
        ("four one five five five five", Asked.DICTATED, 6, Finished.OVER),
        ("four one five", Asked.OPEN, 6, Finished.GOES_ON),
        ("at five", Asked.OPEN, None, Finished.UNSURE),
        ("the order number is eight eight one four", Asked.DICTATED, None, Finished.UNSURE),
        ("p e t", Asked.DICTATED, None, Finished.GOES_ON),
        ("jenkins j e n", Asked.DICTATED, None, Finished.GOES_ON),
        ("jenkins j e n k i n s", Asked.DICTATED, None, Finished.OVER),
        ("it's the letter b", Asked.DICTATED, None, Finished.GOES_ON),
        ("my name is katherine", Asked.DICTATED, None, Finished.MAY_GO_ON),
        ("my name is katherine miller", Asked.DICTATED, None, Finished.UNSURE),
        ("i want to cancel", Asked.OPEN, None, Finished.MAY_GO_ON),
        ("i don't know", Asked.OPEN, None, Finished.UNSURE),
        ("i have two questions first is delivery free", Asked.OPEN, None, Finished.MAY_GO_ON),
        ("my washing machine", Asked.OPEN, None, Finished.MAY_GO_ON),
        ("my washing machine isn't working", Asked.OPEN, None, Finished.UNSURE),
        ("when i plug it in", Asked.OPEN, None, Finished.GOES_ON),
        ("when do you open", Asked.OPEN, None, Finished.UNSURE),
        ("if it's going to cost more than a hundred", Asked.OPEN, None, Finished.MAY_GO_ON),
        ("can you remind me when my appointment is", Asked.OPEN, None, Finished.UNSURE),
        ("yes", Asked.YES_OR_NO, None, Finished.LIKELY),
        ("um yes I think so", Asked.YES_OR_NO, None, Finished.OVER),
        ("yes but", Asked.YES_OR_NO, None, Finished.GOES_ON),
        ("who is it for", Asked.OPEN, None, Finished.UNSURE),
        ("I would like…", Asked.OPEN, None, Finished.GOES_ON),
        ("", Asked.OPEN, None, Finished.UNSURE),
        ("word " * 5000 + "and", Asked.OPEN, None, Finished.GOES_ON),
    ],
)
def test_what_was_asked_and_how_many_digits_there_are_decide(text, asked, digits, finished):
    assert how_finished(text, asked, vocabulary_of("en-US"), digits) is finished


@pytest.mark.parametrize(
    ("text", "asked", "finished"),
    [
        ("sì", Asked.YES_OR_NO, Finished.LIKELY),
        ("ehm sì va bene", Asked.YES_OR_NO, Finished.OVER),
        ("no grazie", Asked.YES_OR_NO, Finished.OVER),
        ("sì però", Asked.YES_OR_NO, Finished.GOES_ON),
        ("con chi parlo", Asked.OPEN, Finished.UNSURE),
        ("dove sono i", Asked.OPEN, Finished.UNSURE),
        ("vorrei cambiare una gomma", Asked.OPEN, Finished.UNSURE),
        ("alle cinque", Asked.OPEN, Finished.UNSURE),
        ("se può venire domani mattina alle nove va bene", Asked.OPEN, Finished.UNSURE),
        ("abito in via Roma 12", Asked.OPEN, Finished.UNSURE),
        ("l'ordine numero otto otto uno quattro", Asked.DICTATED, Finished.UNSURE),
        ("tre quattro sette uno due", Asked.DICTATED, Finished.GOES_ON),
        ("p e t", Asked.DICTATED, Finished.GOES_ON),
    ],
)
def test_italian_talk_ends_where_an_italian_would_hear_its_end(text, asked, finished):
    assert how_finished(text, asked, vocabulary_of("it-IT")) is finished


def test_a_verb_at_the_end_of_a_german_clause_ends_it():
    known = vocabulary_of("de-DE")

    assert how_finished("Ich komme nicht, weil ich krank bin", Asked.OPEN, known) is Finished.UNSURE
    assert how_finished("Ich bin", Asked.OPEN, known) is Finished.GOES_ON
    assert how_finished("ich wollte fragen ob sie am samstag", Asked.OPEN, known) is Finished.GOES_ON
    assert (
        how_finished("ich wollte fragen ob sie am samstag offen haben", Asked.OPEN, known) is Finished.UNSURE
    )


@pytest.mark.parametrize(
    "words",
    [
        "Hold on.",
        "Uh, hang on a sec.",
        "One moment, please.",
        "One second, let me get my card.",
        "Just a minute.",
        "Let me check with my wife.",
        "Un momento, por favor.",
        "Espere, voy a buscarlo.",
        "Une seconde, je cherche mon numéro.",
        "Ne quittez pas.",
        "Einen Augenblick, bitte.",
        "Moment mal.",
        "Só um minutinho.",
        "Já volto.",
        "Un attimo che prendo la tessera.",
        "Aspetti un secondo.",
        "gimme two secs",
        "wait wait",
        "Deme un segundo.",
        "deux secondes",
        "Kleinen Moment!",
        "pera aí",
        "wait wait wait I need to find a pen",
        "I have to look it up",
        "I'm looking for it",
        "peraí um minutinho",
    ],
)
def test_whoever_asks_for_a_moment_asks_us_to_wait(words: str) -> None:
    assert asks_to_wait(words)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "When do you open?",
        "I called a minute ago.",
        "Two minutes ago.",
        "I waited two minutes.",
        "I don't have it at the moment.",
        "I have a second question about my order.",
        "It takes one minute from the station.",
        "I was on hold for an hour and then somebody said wait a minute and hung up on me again, which is awful.",
        "Dauert das nur eine Minute länger?",
        "I need to get my money back.",
        "I need to find a plumber.",
        "I'm looking for a plumber.",
    ],
)
def test_whoever_speaks_of_time_does_not(words: str) -> None:
    assert not asks_to_wait(words)


@pytest.mark.parametrize(
    ("language", "words", "finished"),
    [
        ("de", "Bahnhofstraße", Finished.GOES_ON),
        ("de", "Bahnhofstraße zwölf", Finished.UNSURE),
        ("es", "calle mayor", Finished.GOES_ON),
        ("it", "via Garibaldi", Finished.GOES_ON),
        # A town may follow.
        ("en", "Maple Street", Finished.MAY_GO_ON),
        ("fr", "rue Lepic", Finished.MAY_GO_ON),
    ],
)
def test_the_number_of_a_house_is_waited_for_where_it_follows_the_street(
    language: str, words: str, finished: Finished
) -> None:
    assert how_finished(words, Asked.DICTATED, vocabulary_of(language)) is finished
