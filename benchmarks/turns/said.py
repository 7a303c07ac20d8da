"""What callers of the labelled set say, by language: what they were asked, and `|` where they may pause.

`half_of` deals the lines into two halves by chance: one to tune the rules by, one to report.
"""

from dataclasses import dataclass

import numpy as np

from voicebot.domain.call.turn_taking.pauses import Asked


@dataclass(frozen=True)
class Script:
    """What one caller says."""

    language: str
    asked: Asked
    pieces: tuple[str, ...]
    """Spoken with a pause between them, or without."""


_OPEN, _YES, _DICTATED = Asked.OPEN, Asked.YES_OR_NO, Asked.DICTATED
_SAID: dict[str, dict[Asked, str]] = {
    "en": {
        _OPEN: """
            I'd like to book a table | for four people | tomorrow evening
            Hi, I'm calling because | my heating stopped working last night | and it is really cold in here
            Can you tell me what time you open on Sunday?
            Um | I wanted to ask about | the invoice that I got last week
            I need to speak to somebody about my order, please
            Well | the thing is | we moved house in March | and the letters still go to the old place
            What does it cost?
            I'm looking for a present | for my mother | she likes gardening
            Do you have any rooms left | for the second week of August?
            My car makes a strange noise | when I brake
            I want to cancel my appointment | the one on Thursday | because I have to travel
            Is there parking nearby?
            I ordered a lamp | about two weeks ago | and it has not arrived
            Could you send me | the price list | and the opening hours?
            It's about the blue bicycle
            I think | I left my umbrella at your place | on Monday, thank you
            We would like to come with | six or maybe seven people
            Somebody told me that | you also repair watches
            I'm not sure | let me think | maybe the early one
            The washing machine leaks | and there is water all over the floor
            Just a haircut, please
            If the weather is good | we would rather sit outside
            I'd prefer the afternoon | if that is possible
            Hello, I have a question | about my contract | it ends in June
        """,
        _YES: """
            Yes
            No, thank you
            Yes, please
            Yes, but | only in the morning
            Yeah, that's fine
            No | not this week
            Uh | yes | I think so
            That's right
            Absolutely
            Yes, I do
        """,
        _DICTATED: """
            My number is four one five | five five five | two six seven one
            Four one five | five five five | two six | seven one
            It's seven three two | one one eight | four four nine zero
            Two zero two | five five five | zero one four three
            Maria | Fernandez
            My name is | John Peterson
            Twenty two | Baker Street
            It's P E T | E R S | O N
            The order number is | eight eight one | four zero two
            One one eight | two six zero
        """,
    },
    "es": {
        _OPEN: """
            Quisiera reservar una mesa | para cuatro personas | mañana por la noche
            Llamo porque | la calefacción no funciona | desde ayer
            ¿A qué hora abren el domingo?
            Bueno | quería preguntar por | la factura de la semana pasada
            Necesito hablar con alguien, por favor
            Mi coche hace un ruido raro | cuando freno
            Quiero cambiar mi cita | del jueves | porque tengo que viajar
            ¿Tienen sitio para aparcar?
        """,
        _YES: """
            Sí
            No, gracias
            Sí, claro
            Sí, pero | solo por la mañana
        """,
        _DICTATED: """
            Mi número es seis uno dos | tres cuatro cinco | seis siete ocho
            Me llamo | Carmen Ortega
            Nueve uno cinco | cuatro cuatro dos | cero uno siete
            Calle Mayor | número doce
        """,
    },
    "fr": {
        _OPEN: """
            Je voudrais réserver une table | pour quatre personnes | demain soir
            J'appelle parce que | le chauffage ne marche plus | depuis hier
            À quelle heure ouvrez-vous le dimanche?
            Alors | je voulais savoir si | vous réparez aussi les montres
            Je voudrais parler à quelqu'un, s'il vous plaît
            Ma voiture fait un bruit bizarre | quand je freine
            Je dois annuler mon rendez-vous | de jeudi | parce que je suis malade
            C'est pour un renseignement
        """,
        _YES: """
            Oui
            Non merci
            Oui, bien sûr
            Oui, mais | seulement le matin
        """,
        _DICTATED: """
            Mon numéro c'est zéro six | douze | trente quatre | cinquante six | soixante dix huit
            Je m'appelle | Claire Dubois
            Zéro un | quarante deux | dix huit | trente | douze
            Douze | rue de la Paix
        """,
    },
    "de": {
        _OPEN: """
            Ich möchte einen Tisch reservieren | für vier Personen | morgen Abend
            Ich rufe an, weil | die Heizung nicht geht | seit gestern
            Wann haben Sie am Sonntag offen?
            Also | ich wollte fragen, ob | Sie auch Uhren reparieren
            Ich muss mit jemandem sprechen, bitte
            Mein Auto macht ein komisches Geräusch | wenn ich bremse
            Ich muss meinen Termin absagen | den am Donnerstag | weil ich krank bin
            Haben Sie Parkplätze?
        """,
        _YES: """
            Ja
            Nein danke
            Ja, genau
            Ja, aber | nur am Vormittag
        """,
        _DICTATED: """
            Meine Nummer ist null eins sieben eins | zwei drei vier | fünf sechs sieben acht
            Mein Name ist | Anna Schmidt
            Null drei null | vier vier eins | acht neun zwei null eins
            Hauptstraße | siebzehn
        """,
    },
    "pt": {
        _OPEN: """
            Queria reservar uma mesa | para quatro pessoas | amanhã à noite
            Estou ligando porque | o aquecimento parou | ontem à noite
            A que horas vocês abrem no domingo?
            Bem | eu queria saber se | vocês consertam relógios
            Preciso falar com alguém, por favor
            Meu carro faz um barulho estranho | quando eu freio
            Quero cancelar a consulta | de quinta-feira | porque vou viajar
            Tem estacionamento perto?
        """,
        _YES: """
            Sim
            Não, obrigado
            Sim, claro
            Sim, mas | só de manhã
        """,
        _DICTATED: """
            Meu número é nove um dois | três quatro cinco | seis sete oito
            O meu nome é | João Pereira
            Nove dois um | cinco cinco quatro | zero um sete
            Rua das Flores | número doze
        """,
    },
    "it": {
        _OPEN: """
            Vorrei prenotare un tavolo | per quattro persone | domani sera
            Chiamo perché | il riscaldamento non funziona | da ieri
            A che ora aprite la domenica?
            Allora | volevo chiedere | della fattura della settimana scorsa
            Ho bisogno di parlare con qualcuno, per favore
            La mia macchina fa uno strano rumore | quando freno
            Devo spostare il mio appuntamento | di giovedì | perché sono malata
            C'è un parcheggio vicino?
        """,
        _YES: """
            Sì
            No, grazie
            Sì, certo
            Sì, ma | solo di mattina
        """,
        _DICTATED: """
            Il mio numero è tre quattro sette | uno due cinque | sei otto nove
            Mi chiamo | Chiara Bianchi
            Zero due otto | quattro quattro uno | cinque sette
            Via Garibaldi | numero dodici
        """,
    },
}

LATER = ("it",)
"""Languages that came when the halves had been dealt: they are behind all others, whose scenes stay as they were."""
SCRIPTS = tuple(
    Script(language, asked, tuple(piece.strip() for piece in line.split("|")))
    for language, by_asked in _SAID.items()
    for asked, lines in by_asked.items()
    for line in lines.strip().splitlines()
)

INTERRUPTIONS = {
    "en": ("Wait, that's not what I meant", "Stop", "No no, I said Thursday", "Can I ask something?", "Sorry, could you repeat that?", "Hold on a second", "I want to talk to a person"),
    "es": ("Espera, no es eso", "No, no, el jueves", "¿Puedo preguntar algo?", "Perdone, no le entiendo"),
    "fr": ("Attendez, ce n'est pas ça", "Non non, jeudi", "Je peux poser une question?", "Pardon, je n'ai pas compris"),
    "de": ("Moment, das stimmt nicht", "Nein nein, am Donnerstag", "Darf ich etwas fragen?", "Entschuldigung, wie bitte?"),
    "pt": ("Espere, não é isso", "Não, não, quinta-feira", "Posso perguntar uma coisa?", "Desculpe, não entendi"),
    "it": ("Aspetti, non è quello", "No, no, giovedì", "Posso chiedere una cosa?", "Scusi, non ho capito"),
}  # fmt: skip
LISTENING = {
    "en": ("yeah", "okay", "right", "uh huh", "I see", "yes", "sure"),
    "es": ("sí", "vale", "ajá", "claro"),
    "fr": ("oui", "d'accord", "ok", "ouais"),
    "de": ("ja", "genau", "okay", "ach so"),
    "pt": ("sim", "tá", "certo", "entendi"),
    "it": ("sì", "va bene", "certo", "ho capito"),
}
BOT = {
    "en": "We are open from nine in the morning until six in the evening on weekdays, and on Saturdays we close at two. You can come by at any time, or I can make an appointment for you now.",
    "es": "Abrimos de nueve de la mañana a seis de la tarde entre semana, y los sábados cerramos a las dos. Puede venir cuando quiera, o le doy una cita ahora mismo.",
    "fr": "Nous sommes ouverts de neuf heures à dix-huit heures en semaine, et le samedi nous fermons à quatorze heures. Vous pouvez passer quand vous voulez, ou je vous donne un rendez-vous.",
    "de": "Wir haben unter der Woche von neun Uhr bis achtzehn Uhr offen, und am Samstag schließen wir um vierzehn Uhr. Sie können jederzeit kommen, oder ich mache jetzt einen Termin für Sie.",
    "pt": "Abrimos das nove da manhã às seis da tarde durante a semana, e aos sábados fechamos às duas. Pode vir quando quiser, ou eu marco uma hora para você agora.",
    "it": "Siamo aperti dalle nove di mattina alle sei di sera nei giorni feriali, e il sabato chiudiamo alle due. Può passare quando vuole, oppure le fisso subito un appuntamento.",
}  # fmt: skip


def half_of(half: int) -> list[Script]:
    """Return the lines of one half; every language and kind of question is in both."""
    first = [script for script in SCRIPTS if script.language not in LATER]
    dealt = np.random.default_rng(11).permutation(len(first))
    return [first[number] for place, number in enumerate(dealt) if place % 2 == half]


def later_half_of(half: int) -> list[Script]:
    """Return the lines of one half of the languages that came later."""
    return [script for script in SCRIPTS if script.language in LATER][half::2]
