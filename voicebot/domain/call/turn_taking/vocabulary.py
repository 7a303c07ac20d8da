"""Words that tell whether somebody goes on, has finished, or only listens, in six languages.

Written without accents and in small letters, as `plain_words` returns the words of a text.
"""

import re
from dataclasses import dataclass

from voicebot.domain.languages.accents import without_accents

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


def plain_words(text: str) -> list[str]:
    """Return the words of a text in small letters, without accents and punctuation."""
    return _WORD.findall(without_accents(text.casefold().replace("’", "'")))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for phrase in text.split("/"))


@dataclass(frozen=True)
class Vocabulary:
    """The words of one language that matter to turns."""

    listening: frozenset[str]
    """Words of somebody who only shows that they listen."""
    assents: frozenset[str]
    """Those of them that answer a question for yes or no."""
    answers: frozenset[str]
    """Words that alone are a whole answer to such a question."""
    leads_on: frozenset[str]
    """Words that no sentence ends with: "and", "because", "the", "with"."""
    leads_on_phrases: frozenset[tuple[str, ...]]
    """Endings of two words and more that ask for more."""
    hesitations: frozenset[str]
    """Sounds of somebody who looks for a word."""
    closings: frozenset[tuple[str, ...]]
    """Endings after which nothing comes: "please", "thank you", "that's it"."""
    number_nouns: frozenset[str]
    """Words for numbers of many digits, as "phone" or "card": one or two digits are not the whole of it."""
    other_numbers: frozenset[str]
    """Words that say that a number is none of a telephone."""
    streets: frozenset[str]
    """Words of an address: the number beside them is short."""
    number_digits: frozenset[int]
    """How many digits a whole telephone number has."""
    joins: frozenset[str]
    """Those of the words that lead on which can follow a whole answer: "yes, but"."""
    asks: frozenset[str]
    """Words that a question begins with."""
    conditions: frozenset[str]
    """Words that begin a clause which another one follows: "if it rains"."""
    wants_more: frozenset[str] = frozenset()
    """Verbs that mostly have something behind them: "I want to cancel" is seldom all."""
    begins_more: frozenset[tuple[str, ...]] = frozenset()
    """Beginnings after which more than one clause comes: "I have two questions", "first"."""
    auxiliaries: frozenset[str] = frozenset()
    """What stands behind the first word of a question; behind that of a clause stands who does something. Blank: not known."""
    verb_last: frozenset[str] = frozenset()
    """Words that begin a clause whose verb comes last."""
    verb_endings: tuple[str, ...] = ()
    """How such a verb ends."""
    of_things: frozenset[str] = frozenset()
    """Words that begin what is no clause until its verb comes: "my washing machine"."""
    number_after_street: bool = False
    """Whether a house's number follows its street."""
    verbs_at_end: frozenset[str] = frozenset()
    """Words that lead on, but end a clause that one of `joins` has begun."""


_SOUNDS = "mm-hmm mm-hm uh-huh mhm mhmm mm mmm mmhm mmhmm hm hmm hmmm uhhuh uhuh aha ah oh ooh ha"

ENGLISH = Vocabulary(
    listening=_words(
        f"{_SOUNDS} uh huh um er erm yeah yep yup yes ya ok okay okey right sure i see got it alright all great good cool "
        "nice fine exactly of course that's true indeed perfect gotcha wow really so well"
    ),
    assents=_words("mhm mmhm mmhmm uhhuh yeah yep yup yes ya ok okay right sure correct exactly alright"),
    answers=_words(
        "yeah yep yup yes ya no nope nah ok okay right sure correct exactly wrong maybe absolutely definitely certainly mhm"
    ),
    leads_on=_words(
        "and or but because cause 'cause so if when while which whose where than as although unless until "
        "since whether the a an my your his its our their every each to of for from with "
        "without at in on by about into onto under between through during after before against near is are was were "
        "am be been being has have had having do does did can could will would shall should may might must i'm it's i've "
        "i'd i'll we're we've we'd we'll they're you're he's she's there's let's i we he she they very quite plus "
        "called named via per mr mrs ms dr double triple dot underscore dash hyphen gonna wanna"
    ),
    leads_on_phrases=_phrases(
        "wanted to know/want to know/like to know/like to ask/want to ask/my number is/my name is/the number is/it is/that is/this is/i would like/i'd like/i want/i need/i have/i think/i mean/"
        "send me/give me/tell me/show me/let me see/let me think/let me check/hold on/wait a second/one second/one moment/just a moment/you know/kind of/"
        "sort of/as well as/such as/for example/at gmail/at yahoo/at hotmail/at outlook/the thing is/area code/starts with/"
        "begins with/the reason is/i was wondering/just wondering/remind me/make sure/let you know/i was told/they told me/she said/he said/i have a question/a quick question/and then/the address is/i was wondering/i wanted to ask/capital/"
        "first of all/on the one hand/on the other hand/not only/i think that/and also/what about the/i'd rather/i would rather/so basically/it's either/the problem is/the question is/calling about"
    ),
    hesitations=_words("uh um er erm uhm hm hmm mm mmm ah eh well like so"),
    closings=_phrases(
        "all i wanted to know/what i wanted to know/all i want to know/please/thank you/thanks/thanks a lot/that's it/that's all/that is all/that is it/that would be great/goodbye/bye/"
        "bye bye/that's everything/see you then/see you tomorrow/see you/talk to you later/have a nice day/have a good day/take care/appreciate it/nothing else/that's all i need/all i needed/never mind/that's right/dot com/dot org/dot net/dot co dot uk/right now/at the moment/think so/hope so/guess so/"
        "believe so/or so/not really/me too"
    ),
    number_nouns=_words("number phone telephone cell mobile code digits account reference card zip pin"),
    other_numbers=_words("order account reference card zip code pin postcode invoice customer ticket id"),
    streets=_words("street road avenue lane drive court place apartment flat floor suite"),
    number_digits=frozenset({10}),
    joins=_words("and or but because cause so if when except unless although as since uh um the my"),
    asks=_words("who what where when why how which whose"),
    conditions=_words("if when because since although unless while"),
    wants_more=_words(
        "cancel change book order reserve schedule reschedule make buy get want know ask check see pay send return move update confirm add remove "
        "wondering thinking trying need bring tell show give bought ordered received called booked told said"
    ),
    begins_more=_phrases(
        "i have two questions/i have a few questions/i have a couple of questions/two things/a couple of things/first/firstly/so what happened/what happened was/i'm calling because/the reason i'm calling/if it's going to"
    ),
    auxiliaries=_words(
        "do does did is are was were am can could will would shall should may might must has have had don't doesn't isn't aren't can't"
    ),
    of_things=_words("my our the this that these those his her their"),
)

SPANISH = Vocabulary(
    listening=_words(
        f"{_SOUNDS} si sip aja vale ok okay okey claro ya bien bueno entiendo entendido de acuerdo perfecto exacto genial eso "
        "cierto correcto por supuesto muy pues eh"
    ),
    assents=_words("si sip aja vale ok okay claro correcto exacto eso cierto mhm"),
    answers=_words("si sip aja no vale ok okay claro correcto exacto cierto quizas talvez nunca mhm"),
    leads_on=_words(
        "y e o u pero porque que si cuando mientras como donde aunque sino pues entonces el la los las un una unos unas mi mis "
        "tu tus su sus nuestro nuestra este esta ese esa a al de del con sin por para en entre hasta desde sobre segun hacia "
        "es son esta estoy estaba era fue soy tengo tiene he ha hay puedo quiero quisiera necesito me se le les nos muy "
        "cual quien cuyo numero calle llamado llamada ni doble triple arroba punto"
    ),
    leads_on_phrases=_phrases(
        "queria saber/quisiera saber/quiero saber/gustaria saber/queria preguntar/mi numero es/mi nombre es/me llamo/el numero es/lo que pasa es/es que/a ver/un momento/un segundo/dejame ver/o sea/"
        "por ejemplo/tengo una pregunta/me gustaria/digamos/la direccion es/quiero decir/arroba gmail/en primer lugar/por un lado/no solo/y tambien/el problema es/la pregunta es/llamo por/llamo porque/estaba pensando/me dijeron/tengo dos preguntas"
    ),
    hesitations=_words("eh em este pues mm mmm hm hmm ah bueno um"),
    closings=_phrases(
        "por favor/gracias/muchas gracias/nos vemos/hasta manana/eso seria todo/nada mas/eso es todo/es todo/adios/hasta luego/punto com/punto es/ahora mismo"
    ),
    number_nouns=_words("numero telefono movil celular codigo cuenta tarjeta postal digitos referencia"),
    other_numbers=_words("pedido cuenta referencia tarjeta postal codigo factura cliente dni"),
    streets=_words("calle avenida plaza paseo piso puerta camino carretera"),
    number_after_street=True,
    number_digits=frozenset({9, 10}),
    joins=_words("y e o u pero porque que si cuando aunque sino pues entonces salvo"),
    asks=_words("quien que donde cuando por como cual cuanto"),
    conditions=_words("si cuando como porque aunque mientras"),
    wants_more=_words(
        "reservar cambiar cancelar pedir comprar hablar saber preguntar pensando agendar hacer pagar enviar devolver confirmar recibir compre pedi recibi llame ver"
    ),
)

FRENCH = Vocabulary(
    listening=_words(
        f"{_SOUNDS} oui ouais ok okay d'accord bien bon voila exactement parfait tres je vois entendu compris c'est ca super "
        "tout a fait bien sur euh ben"
    ),
    assents=_words("oui ouais ok okay d'accord exactement voila mhm"),
    answers=_words("oui ouais non ok okay d'accord exactement si jamais absolument peut-etre mhm"),
    leads_on=_words(
        "et ou mais parce car que qu'il qu'elle si quand lorsque comme puisque donc or ni dont qui le la les l un une des du de "
        "mon ma mes ton ta tes son sa ses notre nos votre vos leur ce cet cette ces a au aux avec sans pour par dans en sur sous "
        "entre chez vers depuis pendant jusqu'a est sont suis etait ai as avons avez ont peux veux voudrais dois c'est j'ai je tu "
        "il elle on nous vous ils elles y tres puis ensuite alors rue numero double triple arobase point s'appelle "
        "m'appelle"
    ),
    leads_on_phrases=_phrases(
        "voudrais savoir/aimerais savoir/voulais savoir/voulais demander/voudrais demander/mon numero c'est/mon numero est/mon nom est/je m'appelle/le numero est/c'est que/je voudrais/j'aimerais/attendez/"
        "un instant/j'ai une question/une seconde/voyons/par exemple/c'est a dire/l'adresse est/parce que/je pense/arobase gmail/d'abord/d'une part/non seulement/et aussi/le probleme c'est/la question c'est/j'appelle pour/j'appelle parce/on m'a dit/j'ai deux questions"
    ),
    hesitations=_words("euh heu hum hm hmm mm ben bah ah alors"),
    closings=_phrases(
        "s'il vous plait/s'il te plait/bonne journee/bonne soiree/a bientot/a demain/ce sera tout/rien d'autre/merci/merci beaucoup/c'est tout/c'est bon/au revoir/point com/point fr/"
        "c'est ca/voila/en ce moment"
    ),
    number_nouns=_words("numero telephone portable code compte carte postal chiffres reference"),
    other_numbers=_words("commande compte reference carte postal code facture client dossier"),
    streets=_words("rue avenue boulevard place chemin allee etage route"),
    number_digits=frozenset({10}),
    joins=_words("et ou mais parce car que si quand sauf donc puisque"),
    asks=_words("qui que quoi ou quand pourquoi comment quel quelle combien est-ce"),
    conditions=_words("si quand comme parce puisque lorsque"),
    wants_more=_words(
        "reserver changer annuler prendre commander savoir demander acheter parler payer envoyer rendre confirmer deplacer recevoir commande recu achete pourriez pouvez"
    ),
)

GERMAN = Vocabulary(
    listening=_words(
        f"{_SOUNDS} ja jaja jo jawohl ok okay gut genau stimmt klar alles sehr verstehe verstanden richtig schon prima super "
        "naturlich aha achso ach so na doch ahm"
    ),
    assents=_words("ja jo jawohl ok okay genau stimmt klar richtig gut doch mhm"),
    answers=_words(
        "ja jo jawohl nein nee ne ok okay genau stimmt klar richtig falsch doch vielleicht nie mhm"
    ),
    leads_on=_words(
        "und oder aber weil denn dass ob wenn als wahrend obwohl damit sondern sowie der die das den dem des ein eine einen einem "
        "einer eines mein meine meinen meinem meiner dein ihr ihre ihren unser unsere dieser diese dieses zu zum zur von vom mit "
        "ohne fur bei beim in im ins auf aus an am nach vor uber unter zwischen durch gegen um seit bis ist sind war waren bin "
        "habe hat haben hatte mochte will wollte kann konnte muss wurde ich wir er sie es man sehr kein keine "
        "namlich also strasse nummer heisst heisse doppel wie wo was warum welche"
    ),
    leads_on_phrases=_phrases(
        "wollte mal fragen/wollte wissen/gerne wissen/gern wissen/wollte nachfragen/meine nummer ist/mein name ist/die nummer ist/ich heisse/ich mochte/ich hatte gern/und zwar/das heisst/zum beispiel/"
        "moment/ich habe eine frage/einen moment/eine sekunde/mal sehen/die adresse ist/ich wollte fragen/die sache ist/at gmail/ich wurde gerne/ich wurde gern/zum einen/nicht nur/und ausserdem/das problem ist/die frage ist/es geht um/ich rufe an/mir wurde gesagt/ich habe zwei fragen"
    ),
    hesitations=_words("ah ahm aeh aehm hm hmm mm naja tja also"),
    closings=_phrases(
        "bitte/danke/danke schon/vielen dank/das war's/das wars/das ware alles/das war alles/bis dann/bis morgen/schonen tag/schonen tag noch/das ist alles/tschuss/auf wiederhoren/punkt de/punkt com/"
        "im moment/aus"
    ),
    number_nouns=_words(
        "nummer telefonnummer handynummer rufnummer code konto karte postleitzahl ziffern kundennummer pin"
    ),
    other_numbers=_words(
        "bestellung bestellnummer konto kontonummer kundennummer postleitzahl code pin rechnung rechnungsnummer karte vorgang"
    ),
    streets=_words("strasse weg platz allee gasse ring hausnummer stock"),
    number_after_street=True,
    number_digits=frozenset({11, 12}),
    joins=_words("und oder aber weil denn dass wenn ob sondern falls nur"),
    asks=_words("wer was wo wann warum wie wieso welche welcher welches woher wohin"),
    conditions=_words("wenn falls weil da obwohl sobald"),
    wants_more=_words("brauche brauchte suche letzte nachste"),
    verb_last=_words("ob dass weil wenn falls obwohl"),
    verb_endings=("en", "t", "rn", "ln"),
    verbs_at_end=_words(
        "ist sind war waren bin habe hat haben hatte mochte will wollte kann konnte muss wurde"
    ),
)

PORTUGUESE = Vocabulary(
    listening=_words(
        f"{_SOUNDS} sim ta certo ok okay claro entendi entendo bom bem perfeito exato isso legal pois ja beleza com certeza de "
        "acordo ne eh"
    ),
    assents=_words("sim ta certo ok okay claro exato isso correto mhm"),
    answers=_words("sim nao ta certo ok okay claro exato isso correto errado talvez nunca mhm"),
    leads_on=_words(
        "e ou mas porque que se quando enquanto como onde embora pois entao o a os as um uma uns umas meu minha meus minhas seu sua "
        "seus suas nosso nossa este esta esse essa ao aos de do da dos das com sem por pelo pela para pra em no na nos nas entre "
        "ate desde sobre sao esta estou estava era foi sou tenho tem ha posso quero queria preciso gostaria eu ele ela nos me se "
        "lhe muito alem qual quem numero rua chamado chamada nem duplo arroba ponto chamo"
    ),
    leads_on_phrases=_phrases(
        "queria saber/gostaria de saber/quero saber/queria perguntar/meu numero e/o meu numero e/meu nome e/o meu nome e/o numero e/eu gostaria/um momento/um segundo/deixa eu ver/"
        "quer dizer/tenho uma pergunta/por exemplo/o endereco e/e que/arroba gmail/em primeiro lugar/por um lado/nao so/e tambem/o problema e/a questao e/estou ligando porque/me disseram/tenho duas perguntas/estava pensando"
    ),
    hesitations=_words("eh hum hm hmm mm ah uh bem tipo"),
    closings=_phrases(
        "por favor/obrigado/obrigada/muito obrigado/muito obrigada/e so isso/so isso/e isso/tchau/ate logo/ate mais/ate amanha/mais nada/ponto com/agora mesmo"
    ),
    number_nouns=_words("numero telefone celular telemovel codigo conta cartao cep digitos referencia"),
    other_numbers=_words("pedido conta referencia cartao cep codigo fatura cliente cpf"),
    streets=_words("rua avenida praca travessa andar apartamento estrada"),
    number_after_street=True,
    number_digits=frozenset({9, 11}),
    joins=_words("e ou mas porque que se quando embora pois entao so"),
    asks=_words("quem que onde quando por como qual quanto"),
    conditions=_words("se quando como porque embora enquanto"),
    wants_more=_words(
        "marcar cambiar cancelar pedir comprar saber trocar agendar mudar falar perguntar reservar fazer pagar enviar devolver confirmar recebi comprei pensando"
    ),
)

ITALIAN = Vocabulary(
    listening=_words(
        f"{_SOUNDS} si gia ok okay certo va bene d'accordo capito capisco ho esatto giusto perfetto ottimo bene benissimo bello "
        "chiaro ecco infatti davvero ovvio certamente sisi ehm beh be eh vero"
    ),
    assents=_words("si sisi certo ok okay d'accordo esatto giusto va certamente infatti mhm"),
    answers=_words(
        "si sisi no ok okay certo certamente d'accordo esatto giusto corretto sbagliato forse mai nessuno nessuna perfetto mhm"
    ),
    leads_on=_words(
        "e ed o oppure ma pero perche che se quando mentre come dove anche benche poiche siccome quindi cioe ne dunque allora "
        "il lo la i gli le l un uno una mio mia miei mie tuo tua suo sua suoi sue nostro nostra vostro vostra questo questa quello "
        "quella quel quest a ad ai al alla allo agli alle all di d del della dello dei degli delle dell da dal dalla dallo dai dagli "
        "dalle dall con col senza per in nel nella nello nei negli nelle nell su sul sulla sullo sui sugli sulle sull tra fra verso "
        "fino sotto sopra durante contro sono sto stavo era ero sei siamo ho hai abbiamo hanno avevo ha posso vorrei voglio devo "
        "dovrei potrei preferirei io lei noi mi ti ci vi molto troppo cui quale chi numero via viale piazza corso "
        "chiamo chiamato chiamata doppio doppia tripla chiocciola punto trattino signor signora dottor dottoressa"
    ),
    leads_on_phrases=_phrases(
        "volevo sapere/vorrei sapere/vorrei chiedere/il mio numero e/mio numero e/il numero e/il mio nome e/mi chiamo/il mio cellulare e/il fatto e/la questione e/c'e/un momento/"
        "un attimo/un secondo/mi faccia vedere/mi faccia pensare/fammi pensare/vediamo/per esempio/ad esempio/ho una domanda/"
        "mi piacerebbe/avrei bisogno/ho bisogno/volevo chiedere/l'indirizzo e/il codice e/voglio dire/vuol dire/diciamo/nel senso/"
        "aspetti/chiocciola gmail/qualcosa come/inizia con/comincia con/prima di tutto/da un lato/non solo/e anche/il problema e/la domanda e/chiamo per/chiamo perche/mi hanno detto/ho due domande/stavo pensando"
    ),
    hesitations=_words("eh ehm em mm mmm hm hmm uhm um ah beh be boh allora dunque cioe insomma"),
    closings=_phrases(
        "per favore/per piacere/per cortesia/grazie/grazie mille/molte grazie/tante grazie/la ringrazio/e tutto/basta cosi/nient'altro/"
        "tutto qui/a posto cosi/arrivederci/arrivederla/buona giornata/buona serata/a presto/punto it/punto com/in questo momento/"
        "credo di si/credo di no/spero di si/penso di si/anch'io/anche a me/anche per me"
    ),
    number_nouns=_words("numero telefono cellulare telefonino codice conto carta cap cifre riferimento pin"),
    other_numbers=_words(
        "ordine l'ordine d'ordine dell'ordine conto riferimento carta cap codice pin fattura cliente pratica biglietto prenotazione"
    ),
    streets=_words("via viale piazza corso largo vicolo strada piano scala interno civico"),
    number_after_street=True,
    number_digits=frozenset({10}),
    joins=_words("e ed o oppure ma pero perche che se quando anche quindi allora solo tranne"),
    asks=_words(
        "chi che cosa dove quando perche come quale quali quanto quanti quanta quante cos'e dov'e com'e"
    ),
    conditions=_words("se quando siccome perche benche mentre poiche appena"),
    wants_more=_words(
        "prenotare cambiare annullare ordinare sapere chiedere spostare parlare comprare pagare fare ricevere confermare restituire pensando comprato ordinato ricevuto"
    ),
)

VOCABULARIES = {"en": ENGLISH, "es": SPANISH, "fr": FRENCH, "de": GERMAN, "pt": PORTUGUESE, "it": ITALIAN}


def vocabulary_of(language: str) -> Vocabulary:
    """Return the words of a language tag's language; of one that is not known, English ones."""
    return VOCABULARIES.get(language[:2].lower(), ENGLISH)
