"""Whoever is in danger is understood in six languages, and whoever speaks of danger otherwise is not taken for one."""

from dataclasses import replace

import pytest
from phonenumbers.shortnumberinfo import is_emergency_number

from tests.domain.call.call_driver import (
    SETUP,
    drive,
    listening,
    of_kind,
    speaking,
    spoken,
    thinking,
    turn_ends,
)
from voicebot.domain.call.actions import Escalate, Listen, Speak, StartModel
from voicebot.domain.call.events import CallerSaid
from voicebot.domain.call.state import Phase
from voicebot.domain.person.countries import home_of
from voicebot.domain.person.emergency import (
    _NUMBERS,
    IN_A_TEXT,
    ON_THE_PHONE,
    cannot_help,
    emergency_in,
    emergency_number,
)

IN_DANGER = {
    "en": """call an ambulance|please call an ambulance my husband collapsed|I need an ambulance right now|can you send the police, somebody is breaking in
        call 911|Call 9 1 1!|I'm having a heart attack|I think my mother is having a stroke|he's not breathing|I can't breathe|she is unconscious
        there's a fire|there is a fire in the kitchen|my house is on fire|the kitchen is on fire, please help|fire! fire!|I smell gas|there's a gas leak
        I want to kill myself|I'm going to end my life|I am suicidal|I don't want to live anymore|I just want to die|I'm thinking about killing myself
        I've been stabbed|someone is trying to kill me|he has a gun|I took too many pills|she overdosed|this is a medical emergency|It's an emergency
        my baby is choking|I have severe chest pain|get me an ambulance|he is bleeding to death|send the fire brigade|he is not breathing send an ambulance
        I don't know what to do call an ambulance|someone's in my house|i want 2 die|I cant breathe|Please hurry. My son is unconscious.""",
    "es": """llame a una ambulancia|necesito una ambulancia|manden una ambulancia por favor|llamen a la policía|me está dando un infarto|no puedo respirar
        mi padre no respira|hay un incendio|hay fuego en la cocina|mi casa se está quemando|huele a gas|quiero matarme|me voy a suicidar, quiero morir
        no quiero vivir más|le dispararon|es una emergencia|está inconsciente|se está ahogando|tengo un dolor fuerte en el pecho""",
    "fr": """appelez une ambulance|appelez les pompiers|j'ai besoin d'une ambulance|envoyez une ambulance|je fais une crise cardiaque|je n'arrive plus à respirer
        il ne respire plus|il y a le feu|il y a un incendie|ma maison est en feu|ça sent le gaz|je veux me suicider|je veux mourir|je ne veux plus vivre
        on m'a tiré dessus|elle est inconsciente|c'est une urgence vitale|appelez le 15|J’ai mal à la poitrine""",
    "de": """rufen Sie einen Krankenwagen|ich brauche einen Krankenwagen|schicken Sie sofort die Feuerwehr|ich habe einen Herzinfarkt|er atmet nicht mehr
        ich bekomme keine Luft|es brennt|bei uns im Haus: es brennt in der Küche|mein Haus brennt|es riecht nach Gas|ich will mich umbringen
        ich will nicht mehr leben|ich möchte nicht mehr leben|sie ist bewusstlos|das ist ein Notfall|einen Notarzt bitte|rufen Sie die Polizei""",
    "pt": """chame uma ambulância|preciso de uma ambulância|chamem os bombeiros|estou tendo um infarto|não consigo respirar|ele não está respirando
        há um incêndio|a casa está pegando fogo|cheiro de gás|quero me matar|vou me suicidar|não quero mais viver|levei um tiro|é uma emergência
        ela está inconsciente|estou com dor no peito""",
    "it": """chiamate un'ambulanza|mi serve un'ambulanza|chiami la polizia|sto avendo un infarto|non riesco a respirare|non respira|c'è un incendio
        la casa va a fuoco|c'è una fuga di gas|voglio uccidermi|voglio morire|non voglio più vivere|mi hanno accoltellato|è un'emergenza
        è svenuta|ho un forte dolore al petto|mandate un'ambulanza subito""",
}
IN_NONE = [
    "When do you open?",
    "I'd like to book a table for two",
    "I had a heart attack last year",
    "my father had a stroke two years ago\n    I almost had a heart attack when I saw the bill",
    "there's a fire sale on Friday",
    "is there a fire extinguisher in the room",
    "the fire alarm was tested\n    do you sell fire pits",
    "your new menu is fire",
    "you are on fire today",
    "my phone is on fire with messages",
    "I need to pay the ambulance bill\n    do you cover ambulance rides",
    "If this is a medical emergency please hang up and dial 911",
    "what should I do in case of fire",
    "no emergency, just a question\n    it's not an emergency",
    "this is not an emergency",
    "I'm not having a heart attack",
    "don't call the police",
    "I'll call the police if you don't stop texting me\n    the neighbours call the police every time",
    "I could have killed myself for forgetting it",
    "this wait is killing me",
    "I'd kill for a pizza",
    "I'm dying to know\n    I want to die laughing",
    "I don't want to live in that area",
    "I don't want to live with roommates",
    "we shot the video yesterday",
    "I got shot down by the boss\n    he was shot in a movie",
    "I need a fire permit",
    "call the gas company for me",
    "my emergency contact is Anna",
    "the emergency exit is blocked",
    "an emergency plumber please\n    can I speak to the police chief's office",
    "I'd like to cancel my appointment",
    "my heart is broken",
    "I can't breathe a word about it to him? no\n    the song Stayin' Alive",
    "I work for the fire department",
    "the police station is next door",
    "she took a stroke of luck",
    "call me back at nine one five\n    does your policy cover a heart attack",
    "I saw a house on fire in a film",
    "my bill went through the roof",
    "stop",
    "the battery is dead",
    "Is it an emergency room or a clinic?\n    my cat is called Fire",
    "the stove is broken",
    "there is a fireplace in the room",
    "I've been shot on film by a great photographer",
    "Sorry for shouting, no need to call anybody\n    hay un seguro contra incendios",
    "me muero de risa",
    "quiero morir de vergüenza",
    "mi padre tuvo un infarto el año pasado",
    "no es una emergencia",
    "¿tiene salida de emergencia?\n    me mata la curiosidad",
    "no llame a la policía",
    "il n'y a pas le feu",
    "y a pas le feu",
    "j'ai eu un infarctus il y a deux ans",
    "je suis mort de rire",
    "ce n'est pas une urgence\n    c'est urgent",
    "une assurance incendie",
    "où brûle-t-on des CD",
    "wo brennt's denn",
    "die Sonne brennt",
    "das brennt beim Essen",
    "mein Vater hatte letztes Jahr einen Herzinfarkt\n    es ist kein Notfall",
    "kein Notfall, nur eine Frage",
    "ich sterbe vor Hunger",
    "die Feuerwehr hat ein Fest",
    "tem fogo?",
    "morri de rir",
    "não é uma emergência",
    "meu pai teve um infarto ano passado\n    non è un'emergenza",
    "sono morto dal ridere",
    "mio padre ha avuto un infarto due anni fa",
    "che fuoco di paglia",
    "il forno non va",
    "uscita di emergenza",
    "nove uno uno",
]


def said(text: str) -> list[str]:
    return [line.strip() for each in text.splitlines() for line in each.split("|")]


@pytest.mark.parametrize("tongue", IN_DANGER)
def test_whoever_is_in_danger_is_understood(tongue):
    assert {
        words: emergency_in(words) for words in said(IN_DANGER[tongue]) if emergency_in(words) is None
    } == {}


def test_whoever_speaks_of_danger_otherwise_is_in_none():
    words = [line.strip() for each in IN_NONE for line in each.splitlines()]

    assert len(words) > 90
    assert [each for each in words if emergency_in(each)] == []


def test_the_number_is_that_of_where_they_are_else_of_where_we_are_else_it_is_not_named():
    numbers = ["+12025550101", "+442079460123", "+4930123456", "+61291234567", "anonymous"]

    assert [emergency_number(each, "+33123456789") for each in numbers] == ["911", "999", "112", "000", "112"]
    assert emergency_number("anonymous") == ""
    assert {
        country: number for country, number in _NUMBERS.items() if not is_emergency_number(number, country)
    } == {}
    assert {country for country in _NUMBERS if home_of(country) != country} == set()


@pytest.mark.parametrize("language", ["en-US", "es", "fr", "de", "pt", "it"])
def test_the_sentence_names_the_number_in_each_language(language):
    assert "call 911 now" in cannot_help(IN_A_TEXT, "911", "nl")
    assert "9 9 9" in cannot_help(ON_THE_PHONE, "999", language, spoken=True)
    assert "{" not in cannot_help(IN_A_TEXT, "", language)


@pytest.mark.parametrize("confidence", [0.9, 0.2])
@pytest.mark.parametrize("state", [listening, speaking, thinking])
def test_whoever_is_in_danger_hears_at_once_who_sends_help_a_person_is_told_and_the_call_goes_on(
    state, confidence
):
    setup = replace(SETUP, emergency_number="911")

    state, actions = drive(
        state(setup), CallerSaid("Please call an ambulance, he isn't breathing!", confidence)
    )

    said = "I am an automated assistant and cannot send help. If anybody is in danger, please hang up and call 9 1 1 now."
    assert spoken(actions) == [said]
    assert Escalate("emergency") in actions and not of_kind(actions, StartModel)
    assert not of_kind(actions, Speak)[0].interruptible
    assert (state.phase, turn_ends(actions)) == (Phase.LISTENING, [Listen])
    assert of_kind(drive(state, CallerSaid("Thank you. When do you open?", 0.9))[1], StartModel)
