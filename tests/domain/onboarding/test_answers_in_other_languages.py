"""Answers and wishes of the onboarding in Italian, Spanish, French, German and Portuguese, beside talk that is none."""

from dataclasses import replace

import pytest

from voicebot.domain.onboarding.answers import about_voice, consent_in, has_no_wish, voice_in, voice_named
from voicebot.domain.onboarding.flow import answer, begin
from voicebot.domain.onboarding.intents import Intent, intent_of, is_question
from voicebot.domain.onboarding.names import name_in
from voicebot.domain.onboarding.places import place_in
from voicebot.domain.onboarding.state import OnboardingState, Question, Voice

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


NAMES = {
    (
        "Marco",
        "",
    ): "è Marco | E' Marco | È Marco. | sono Marco | sono io, Marco | può chiamarmi Marco | mi può chiamare Marco | chiamami pure Marco | "
    "qui parla Marco | parla Marco | Marco è il mio nome | il mio nome: Marco | scusi, sono Marco | d'accordo, Marco | é Marco | É o Marco",
    (
        "Marco",
        "Bianchi",
    ): "È Marco Bianchi | buonasera, è Marco Bianchi | allora, mi chiamo Marco Bianchi | cognome Bianchi, nome Marco",
    ("", "Bianchi"): "È il signor Bianchi | è la signora Bianchi",
    ("E.", "Marco"): "E. Marco",
    None: "è marco | è urgente | è chiuso | è gratis | È vero | È tutto | è rotta la bici | sono stanco | parla italiano | parla inglese? | "
    "vorrei cambiare la ruota | cambiare la ruota della bici | scusi, quanto costa una revisione?",
}
HOMES = {
    "Milano": "Milano | a Milano | abito a Milano | abitiamo a Milano | viviamo a Milano | sto a Milano | sono a Milano | la mia città è Milano | "
    "abito vicino a Milano | sono di Milano | vengo da Milano, grazie",
}
ADA = replace(begin(OnboardingState(), VOICES).state, first_name="Lea", question=Question.LOCATION)
AT_HOME = replace(ADA, location="Roma", question=Question.VOICE)
CORRECTED = {
    # What was answered before, by what it becomes.
    (
        ADA,
        "Marco",
        "",
        Question.LOCATION,
    ): "no, è Marco | scusi, volevo dire Marco | anzi, Marco | mi scusi, il mio nome è Marco | cambia il mio nome in Marco | "
    "corregga il nome: Marco | non sono Lea, sono Marco | non mi chiamo Lea, mi chiamo Marco | no soy Lea, soy Marco | perdón, quise decir Marco | "
    "pardon, je voulais dire Marco | je ne suis pas Lea, je suis Marco | Entschuldigung, ich meinte Marco | ich heiße nicht Lea, ich heiße Marco | "
    "desculpe, quis dizer Marco | não sou Lea, sou Marco | cambia mi nombre a Marco",
    # The right one is asked for, and the wrong one is nobody's name.
    (
        ADA,
        "Lea",
        "",
        Question.NAME,
    ): "il mio nome è sbagliato | nome sbagliato | vorrei cambiare il nome | ho sbagliato il nome | non è il mio nome | è sbagliato | "
    "ho sbagliato | è un errore | mi nombre está mal | mon nom est faux | changez mon nom | mein Name ist falsch | ändern Sie meinen Namen | "
    "meu nome está errado",
    (
        AT_HOME,
        "Lea",
        "Milano",
        Question.VOICE,
    ): "no, Milano | scusi, Milano | volevo dire Milano | cambi la città in Milano | non abito a Roma, abito a Milano",
    (
        AT_HOME,
        "Lea",
        "Roma",
        Question.LOCATION,
    ): "la città è sbagliata | non vivo lì | cambiare città | sbagliato | ich wohne nicht dort | no vivo ahí",
    # No correction.
    (
        AT_HOME,
        "Lea",
        "Roma",
        Question.VOICE,
    ): "non sono sicuro | vorrei cambiare la ruota | non abito lontano | scusi?",
}
TOGETHER = {
    (
        "Marco Bianchi",
        "Milano",
        "a",
        True,
    ): "Sono Marco Bianchi, abito a Milano, la voce di Anna e accetto le offerte | "
    "Sono Marco Bianchi. Abito a Milano. La voce di Anna per favore. Accetto le offerte. | Marco Bianchi, Milano, Anna, accetto le offerte | "
    "Nome: Marco Bianchi, città: Milano, voce: Anna, offerte: sì",
    (
        "Marco",
        "Milano",
        "b",
        False,
    ): "mi chiamo Marco, sono di Milano, voce 2, niente offerte | È Marco, abito a Milano, voce 2, non voglio offerte",
    (
        "Marco",
        "Milano",
        None,
        None,
    ): "sono Marco e abito a Milano | è Marco, abitiamo a Milano | ciao, mi chiamo Marco e vivo a Milano",
    (
        "Marco",
        "",
        None,
        None,
    ): "sono Marco, quando siete aperti? | mi chiamo Marco e vorrei cambiare i freni della bici",
}


def test_a_name_and_a_home_are_read_as_italians_tell_them_and_no_talk_is_a_name():
    named = {said: name_in(said) for text in NAMES.values() for said in lines(text)}
    homes = {said: place_in(said) for text in HOMES.values() for said in lines(text)}

    assert named == {said: name for name, text in NAMES.items() for said in lines(text)}
    assert {said: str(home) for said, home in homes.items()} == {
        said: home for home, text in HOMES.items() for said in lines(text)
    }


@pytest.mark.parametrize("before", CORRECTED, ids=lambda case: f"{case[1]} {case[2]} {case[3].name}")
def test_an_answer_is_corrected_in_each_language(before):
    state, *becomes = before
    told = {said: answer(state, said).state for said in lines(CORRECTED[before])}

    assert {
        said: [now.first_name, now.location, now.question] for said, now in told.items()
    } == dict.fromkeys(told, becomes)


def test_several_answers_of_one_italian_text_are_taken():
    state = begin(OnboardingState(), VOICES).state
    told = {said: answer(state, said).state for text in TOGETHER.values() for said in lines(text)}

    kept = {
        said: (f"{now.first_name} {now.last_name}".strip(), now.location, now.voice_id, now.consent)
        for said, now in told.items()
    }
    assert kept == {said: wanted for wanted, text in TOGETHER.items() for said in lines(text)}


def test_a_voice_is_spoken_of_in_each_language_and_then_a_name_that_is_a_word_is_a_voice():
    will = Voice("w", "Will", "male")
    spoken = "vorrei la voce di Will | quali voci avete | quiero la voz de Will | la voix de Will s'il vous plaît | bitte die Stimme Will | a voz de Will | the voice of Will"
    silent = "quando aprite sabato | il mio voucher | I would like a service | vociare | invoice"

    assert [said for said in lines(spoken) if not about_voice(said)] == []
    assert [said for said in lines(silent) if about_voice(said)] == []
    named = {said: voice_named(said, (will, BEN)) for said in lines(spoken) if "Will" in said}
    assert named == dict.fromkeys(named, will)
    assert voice_named("I will come on Monday then", (will, BEN)) is None
