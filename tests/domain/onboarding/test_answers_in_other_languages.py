"""Answers and wishes of the onboarding in Italian, Spanish, French, German and Portuguese, beside talk that is none."""

import pytest

from voicebot.domain.onboarding.answers import consent_in, has_no_wish, voice_in
from voicebot.domain.onboarding.intents import Intent, intent_of, is_question
from voicebot.domain.onboarding.state import Question, Voice

ANNA, BEN, CLARA = VOICES = (
    Voice("a", "Anna", "female"),
    Voice("b", "Ben", "male"),
    Voice("c", "Clara", "female"),
)

CONSENTS = {
    True: "sì | sì grazie | certo | va bene | d'accordo | accetto | sono d'accordo | volentieri | nessun problema | sim | sim, aceito | claro que sim | "
    "tudo bem | está bem | bien sûr | oui merci | avec plaisir | J'ACCEPTE | je suis d'accord | ja gerne | klar | natürlich | ja bitte | EINVERSTANDEN | "
    "sí, acepto | por supuesto | está bien",
    False: "no grazie | non accetto | non sono d'accordo | non voglio pubblicità | preferisco di no | certo che no | não | não aceito | não, obrigada | "
    "de jeito nenhum | claro que não | non merci | je refuse | je n'accepte pas | pas du tout | pas de pub | bien sûr que non | nein danke | lieber nicht | "
    "nicht einverstanden | keine Werbung | natürlich nicht | no acepto | no quiero ofertas | mejor no | claro que no",
    None: "sì, ma solo offerte | sì se è gratis | magari più tardi | non so | non capisco | quali offerte | vielleicht | ja, wenn es kostenlos ist | "
    "was für Angebote | oui mais pas d'appels | je ne sais pas | talvez | sim, mas só ofertas | quizás | no sé | no entiendo | sí, pero no me llamen",
}
CHOICES = {
    ANNA: "la prima | numero uno | una voce di donna | quella femminile | eine Frauenstimme | die erste | une voix de femme | a primeira | la primera",
    BEN: "la seconda | il secondo | la due | quella maschile | un uomo | die zweite | männlich | nummer zwei | deux | la deuxième | une voix d'homme | "
    "a segunda | homem | la segunda | hombre",
    CLARA: "l'ultima | tre | la terza | die letzte | nummer drei | la dernière | numéro trois | a última | la última | número tres",
    None: "quattro | una voce calda | prima vorrei sapere quanto costa | eine angenehme | une jolie voix | très douce | non so",
}
LEFT_TO_US = (
    "qualsiasi | è uguale | non importa | scelga lei | egal | ist mir egal | das ist mir gleich | peu importe | comme vous voulez | tanto faz | "
    "qualquer uma | me da igual | como quiera | nein danke | no grazie"
)
WISHES = {
    (
        Question.LOCATION,
        Intent.LATER,
    ): "PIÙ TARDI | non adesso | adesso non posso | domani | sto guidando | sono occupata | SPÄTER | keine Zeit | "
    "gerade nicht | PLUS TARD | je n'ai pas le temps | demain | MÁS TARDE | no tengo tiempo | mañana | MAIS TARDE | não tenho tempo | amanhã",
    (
        Question.LOCATION,
        Intent.SKIP,
    ): "SALTARE | passo | preferisco non dirlo | ÜBERSPRINGEN | PASSER | SALTAR | prefiero no decirlo | PULAR",
    (
        Question.NAME,
        Intent.GO_ON,
    ): "CONTINUARE | continui | avanti | WEITER | weiter geht's | CONTINUER | continuez | CONTINUAR | sigamos",
    (
        Question.LOCATION,
        Intent.REPEAT,
    ): "può ripetere per favore | come ha detto | non ho capito | können Sie das wiederholen | "
    "pouvez-vous répéter | puede repetir | pode repetir | mi scusi",
    (
        Question.LOCATION,
        Intent.REFUSE,
    ): "non mi interessa | kein Interesse | ça ne m'intéresse pas | no me interesa | não tenho interesse",
    (
        Question.VERIFICATION,
        Intent.NEW_CODE,
    ): "NUOVO CODICE | non ho ricevuto il codice | non è arrivato | ich habe keinen Code bekommen | "
    "je n'ai pas reçu le code | no me ha llegado | não recebi o código",
    (
        Question.VERIFICATION,
        Intent.CALL_ME,
    ): "CHIAMAMI | può chiamarmi | ANRUFEN | APPELEZ-MOI | LLÁMEME | LIGUE PARA MIM | ligue-me",
    (
        Question.LOCATION,
        Intent.ASK,
    ): "quanto costa | a che ora aprite | wann haben Sie geöffnet | combien ça coûte | dónde están | onde ficam | perché",
    # Places and names that are words of a wish as well.
    (
        Question.LOCATION,
        Intent.OTHER,
    ): "Salta | Pula | El Paso | Comerio | Roma | abito a Perugia | Quanzhou | Wolfsburg",
    (
        Question.NAME,
        Intent.OTHER,
    ): "Morgen | Chi Nguyen | Domenico | Piera Dopo | Como Rossi | Ana Manana | Continenza",
}


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("|")]


def test_a_yes_or_a_no_is_read_in_each_language_and_nothing_with_a_condition():
    read = {said: consent_in(said) for text in CONSENTS.values() for said in lines(text)}

    assert read == {said: consent for consent, text in CONSENTS.items() for said in lines(text)}


def test_a_voice_is_chosen_by_kind_and_by_place_in_each_language():
    read = {said: voice_in(said, VOICES) for text in CHOICES.values() for said in lines(text)}

    assert read == {said: voice for voice, text in CHOICES.items() for said in lines(text)}
    assert [said for said in lines(LEFT_TO_US) if not has_no_wish(said)] == []
    assert [
        said for said in ("ich antworte gleich", "la seconda", "quale mi consiglia") if has_no_wish(said)
    ] == []


@pytest.mark.parametrize(("question", "wish"), WISHES)
def test_a_wish_is_told_from_an_answer_in_each_language(question, wish):
    read = {said: intent_of(said, question) for said in lines(WISHES[question, wish])}

    assert read == dict.fromkeys(read, wish)


def test_a_question_of_the_person_is_no_answer_in_any_language():
    asked = "come funziona | chi è lei | e quanto custa | wer sind Sie | pourquoi | por qué | quem é | scusi dove siete"
    told = (
        "mi chiamo Chiara | Dove Rossi | Wolfgang | ich wohne in Wien | je m'appelle Quentin | vivo en Cuanza"
    )

    assert [said for said in lines(asked) if not is_question(said)] == []
    assert [said for said in lines(told) if is_question(said)] == []
