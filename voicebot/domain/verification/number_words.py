"""The number words of the languages that a call may be in, and the words that people say between numbers.

Pure data. Words stand without accents and in small letters. A *weak* word is also another word ("once" is eleven in
Spanish): it counts only where it stands alone, or beside a number of its language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


def _numbered(words: str, start: int = 0, step: int = 1) -> dict[str, int]:
    """Number the words; those that are joined by a slash have the same value."""
    return {
        word: start + step * place for place, same in enumerate(words.split()) for word in same.split("/")
    }


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True)
class NumberWords:
    """How one language says numbers. `joins` stand inside a number, as in "twenty and two"."""

    units: Mapping[str, int]
    teens: Mapping[str, int]
    tens: Mapping[str, int]
    hundred: frozenset[str]
    thousand: frozenset[str]
    hundreds: Mapping[str, int] = field(default_factory=dict)
    """Whole hundreds that are one word."""
    joins: frozenset[str] = frozenset()
    joins_tens: bool = False
    """Tens and units are joined by a word, and stand side by side only by mistake."""
    units_first: bool = False
    """Units are said before the tens, with a joining word between."""
    hundred_alone: bool = False
    """The word for hundred needs no number before it: behind another number it may be either."""
    tens_take_teens: frozenset[int] = frozenset()
    """Tens that are followed by ten to nineteen, as the French 60 and 80."""
    plurals: Mapping[str, int] = field(default_factory=dict)
    """Digits as things: "two fours"."""
    ordinals: Mapping[str, int] = field(default_factory=dict)
    times: Mapping[str, int] = field(default_factory=dict)
    weak: frozenset[str] = frozenset()
    said_in: frozenset[str] = frozenset()
    """Weak words that count in any text with one of `hints`, which only this language has."""
    hints: frozenset[str] = frozenset()
    sounds: Mapping[str, int] = field(default_factory=dict)
    """Spellings of a recogniser for a digit; they count only between two numbers."""
    fillers: frozenset[str] = frozenset()
    """What may stand between two digits and means nothing."""
    corrections: frozenset[str] = frozenset()
    """What takes back what was said before."""
    denials: frozenset[str] = frozenset()
    """What takes back what is said after, as in "four not five"."""
    doubts: frozenset[str] = frozenset()
    """What may be a correction or a denial: nobody can tell."""


_NOISE = _words("um umm uh uhm uhh er erm eh ehm ah aeh hmm hm mm mhm ok okay")
_EN_UNITS = _numbered(
    "zero/oh/o/nought/naught/null/nil one two three four/fower five six seven eight nine/niner"
)

ENGLISH = NumberWords(
    units=_EN_UNITS,
    teens=_numbered(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", start=10
    ),
    tens=_numbered("twenty thirty forty/fourty fifty sixty seventy eighty ninety", start=20, step=10),
    hundred=_words("hundred"),
    thousand=_words("thousand"),
    joins=_words("and"),
    plurals=_numbered(
        "zeros/zeroes/ohs/os/noughts ones twos threes fours fives sixes sevens eights nines"
    ),
    ordinals=_numbered(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth", start=1
    ),
    times={
        "double": 2, "dubble": 2, "twice": 2, "triple": 3, "treble": 3, "tripple": 3, "thrice": 3, "quadruple": 4,
    },
    weak=_words("oh o null nil"),
    sounds={"to": 2, "too": 2, "for": 4, "fore": 4, "won": 1, "ate": 8, "tree": 3, "free": 3, "tu": 2, "wan": 1, "ait": 8, "fife": 5, "sicks": 6},
    fillers=_NOISE
    | _words(
        "and then next followed by after that dash hyphen minus space dot point comma stop pause so well like "
        "yes yeah yep right now again i repeat plus also finally lastly please"
    ),
    corrections=_words(
        "no nope wait sorry actually correction rather scratch oops whoops mistake wrong mean meant pardon apologies"
    ),
    denials=_words("not isnt wasnt"),
)  # fmt: skip

SPANISH = NumberWords(
    units=_numbered("cero uno/un/una dos tres cuatro cinco seis siete ocho nueve"),
    teens=_numbered(
        "diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve veinte veintiuno/veintiun/veintiuna "
        "veintidos veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho veintinueve",
        start=10,
    ),
    tens=_numbered("treinta cuarenta cincuenta sesenta setenta ochenta noventa", start=30, step=10),
    hundred=_words("cien ciento"),
    thousand=_words("mil"),
    hundreds={
        f"{word}{end}": value
        for word, value in _numbered(
            "doscient trescient cuatrocient quinient seiscient setecient ochocient novecient", start=200, step=100
        ).items()
        for end in ("os", "as")
    },
    joins=_words("y"),
    joins_tens=True,
    plurals=_numbered("ceros unos doses treses cuatros cincos seises sietes ochos nueves"),
    ordinals=_numbered(
        "primero/primer/primera segundo/segunda tercero/tercer/tercera cuarto/cuarta quinto/quinta sexto/sexta "
        "septimo/septima octavo/octava noveno/novena decimo/decima",
        start=1,
    ),
    times={"doble": 2, "triple": 3},
    weak=_words("un una once"),
    said_in=_words("once"),
    hints=_words("son las los tengo hace minutos horas mensajes veces del el es mis mi llevo dentro codigos numeros"),
    fillers=_NOISE
    | _words(
        "y e este luego despues entonces guion espacio punto coma pues bueno si ahora otra vez repito seguido de "
        "finalmente"
    ),
    corrections=_words(
        "espera espere perdon perdona perdone digo mejor corrijo disculpa disculpe error mal equivoque"
    ),
    doubts=_words("no"),
)  # fmt: skip

FRENCH = NumberWords(
    units=_numbered("zero un/une deux trois quatre cinq six sept huit neuf"),
    teens=_numbered("dix onze douze treize quatorze quinze seize", start=10),
    tens=_numbered("vingt/vingts trente quarante cinquante soixante septante huitante/octante nonante", start=20, step=10),
    hundred=_words("cent cents"),
    thousand=_words("mille"),
    hundred_alone=True,
    joins=_words("et"),
    tens_take_teens=frozenset({60, 80}),
    plurals=_numbered("zeros"),
    ordinals=_numbered(
        "premier/premiere deuxieme/second/seconde troisieme quatrieme cinquieme sixieme septieme huitieme neuvieme dixieme",
        start=1,
    ),
    times={"double": 2, "triple": 3},
    weak=_words("un une six seize cent cents second double"),
    fillers=_NOISE
    | _words(
        "euh heu ben et puis ensuite apres alors tiret espace point virgule donc bon oui voila encore je repete veux enfin suivi de"
    ),
    corrections=_words(
        "non attendez attends pardon desole desolee erreur faux plutot dire excusez excuse corrige trompe"
    ),
    denials=_words("pas"),
)  # fmt: skip

GERMAN = NumberWords(
    units=_numbered(
        "null eins/ein/eine/einen/einer zwei/zwo drei vier funf/fuenf sechs sieben acht neun"
    ),
    teens=_numbered(
        "zehn elf zwolf/zwoelf dreizehn vierzehn funfzehn/fuenfzehn sechzehn siebzehn achtzehn neunzehn", start=10
    ),
    tens=_numbered(
        "zwanzig dreissig/dreizig vierzig funfzig/fuenfzig/fuffzig sechzig siebzig achtzig neunzig", start=20, step=10
    ),
    hundred=_words("hundert"),
    thousand=_words("tausend"),
    hundred_alone=True,
    joins=_words("und"),
    units_first=True,
    plurals=_numbered("nullen einsen zweien dreien vieren funfen sechsen siebenen achten neunen"),
    ordinals={
        f"{stem}{end}": value
        for stem, value in _numbered(
            "erst zweit dritt viert funft/fuenft sechst siebt/siebent acht neunt zehnt", start=1
        ).items()
        for end in ("e", "er", "es", "en", "em")
    },
    times={"doppelt": 2, "doppel": 2, "zweimal": 2, "dreimal": 3, "dreifach": 3, "viermal": 4},
    weak=_words("ein eine einen einer null achten"),
    fillers=_NOISE
    | _words(
        "ahm aehm und dann danach jetzt strich bindestrich leerzeichen punkt komma also so ja gut nochmal wiederhole "
        "noch einmal die zum schluss ich"
    ),
    corrections=_words(
        "nein nee halt stopp moment sorry entschuldigung falsch quatsch meine meinte korrektur korrigiere verzeihung "
        "vielmehr doch versprochen warte warten"
    ),
    denials=_words("nicht"),
)  # fmt: skip

PORTUGUESE = NumberWords(
    units=_numbered("zero um/uma dois/duas tres quatro cinco seis/meia sete oito nove"),
    teens=_numbered(
        "dez onze doze treze catorze/quatorze quinze dezesseis/dezasseis dezessete/dezassete dezoito dezenove/dezanove",
        start=10,
    ),
    tens=_numbered("vinte trinta quarenta cinquenta sessenta setenta oitenta noventa", start=20, step=10),
    hundred=_words("cem cento"),
    thousand=_words("mil"),
    hundreds={
        f"{word}{end}": value
        for word, value in _numbered(
            "duzent trezent quatrocent quinhent seiscent setecent oitocent novecent", start=200, step=100
        ).items()
        for end in ("os", "as")
    },
    joins=_words("e"),
    joins_tens=True,
    plurals=_numbered("zeros uns doises treses quatros cincos seises setes oitos noves"),
    ordinals=_numbered(
        "primeiro/primeira segundo/segunda terceiro/terceira quarto/quarta quinto/quinta sexto/sexta setimo/setima "
        "oitavo/oitava nono/nona decimo/decima",
        start=1,
    ),
    times={"duplo": 2, "dupla": 2, "dobro": 2, "triplo": 3},
    weak=_words("um uma meia"),
    fillers=_NOISE
    | _words("e hum depois entao agora traco hifen espaco ponto virgula bom sim pois tipo repito seguido de finalmente"),
    corrections=_words(
        "espera espere desculpa desculpe digo alias perdao errado corrigindo errei enganei melhor"
    ),
    doubts=_words("nao"),
)  # fmt: skip

ITALIAN = NumberWords(
    units=_numbered("zero uno/un/una due tre quattro cinque sei sette otto nove"),
    teens=_numbered(
        "dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove", start=10
    ),
    tens=_numbered(
        "venti/vent trenta/trent quaranta/quarant cinquanta/cinquant sessanta/sessant settanta/settant ottanta/ottant "
        "novanta/novant",
        start=20,
        step=10,
    ),
    hundred=_words("cento cent"),
    thousand=_words("mille mila"),
    hundred_alone=True,
    joins=_words("e"),
    plurals=_numbered("zeri"),
    ordinals=_numbered(
        "primo/prima secondo/seconda terzo/terza quarto/quarta quinto/quinta sesto/sesta settimo/settima ottavo/ottava "
        "nono/nona decimo/decima",
        start=1,
    ),
    times={"doppio": 2, "doppia": 2, "triplo": 3, "tripla": 3},
    weak=_words("un una sei due vent trent cent prima"),
    said_in=_words("due"),
    hints=_words("ho hai abbiamo mi il gli di che non sono da tra fra minuti ore messaggi volte giorni codici numeri"),
    fillers=_NOISE
    | _words("e poi dopo quindi allora trattino spazio punto virgola si bene ecco ancora ripeto infine seguito da"),
    corrections=_words(
        "no aspetti aspetta aspetti scusi scusa scusate anzi meglio sbagliato errore correggo perdono volevo"
    ),
    denials=_words("non"),
)  # fmt: skip

EXCLAIMED = _words("oh o um")
"""Weak words that mean no number where they stand alone."""
LANGUAGES: tuple[NumberWords, ...] = (ENGLISH, SPANISH, FRENCH, GERMAN, PORTUGUESE, ITALIAN)

_HOW_OFTEN = _words("twice thrice zweimal dreimal viermal")
REPEATS = frozenset(word for words in LANGUAGES for word in words.times) - _HOW_OFTEN
"""Words behind which a digit follows that is said several times; how often something happened ends a sentence, too."""
SOUNDS = frozenset(sound for words in LANGUAGES for sound in words.sounds)
"""Words that a recogniser writes for a digit."""

SAID_AROUND = _words(
    """
    a i im ive id it its is was the my your our this thats that here heres there code codes number numbers digit digits
    pin passcode otp verification password got have has says say said reads think believe thanks thank you hello hi hey
    yes yeah sure ok okay so well let me see one sec text message from sms for me be will first last half to in of on
    just read out it's okey alright ready with as are am do can what wait the ones go goes sir madam maam
    el la los las mi es son codigo clave numero numeros cifra cifras digito digitos que dice tengo creo gracias hola aqui
    le les mon ma c est cest code numero chiffre chiffres je j ai crois merci bonjour voici suis
    der die das mein meine ist lautet sind ziffer ziffern zahl zahlen ich habe glaube danke hallo hier bitte steht da
    o a os as meu minha eh sao codigo numero digitos tenho acho obrigado obrigada ola aqui diz
    il lo i gli mio mia ce e sono codice numero cifre cifra ho credo grazie ciao ecco dice qui
    """
)
"""What people say around a code, and what does not make a remark of it."""
NEWER = _words(
    "new newer newest latest current correct real nuevo nueva correcto nouveau nouvelle bon neue neuer neuen richtige richtiger novo nova certo nuovo nuova giusto"
)
OLDER = _words(
    "old older before earlier previous expired not viejo antes ancien avant alte alter vorher nicht antigo vecchio prima or"
)
"""Names for the second of two codes, and signs that the first one may be meant."""
CODE_NOUNS = _words(
    "code codes digit digits pin passcode otp codigo clave digitos cifras chiffres ziffern ziffer codice cifre"
)
SAID_FOR_ONE_THING = (
    ("one", "moment"), ("one", "second"), ("one", "sec"), ("one", "minute"), ("one", "more"), ("one", "of"),
    ("one", "thing"), ("one", "question"), ("one", "time"), ("one", "day"),
    ("last", "one"), ("next", "one"), ("first", "one"), ("second", "one"), ("third", "one"), ("this", "one"),
    ("that", "one"), ("which", "one"), ("each", "one"), ("another", "one"), ("other", "one"), ("new", "one"),
    ("old", "one"), ("right", "one"), ("wrong", "one"), ("the", "one"), ("only", "one"), ("one", "by"), ("by", "one"),
    ("a", "second"), ("a", "third"), ("few", "seconds"), ("ein", "moment"), ("einen", "moment"), ("un", "momento"),
    ("un", "moment"), ("um", "momento"), ("un", "attimo"), ("eine", "sekunde"), ("une", "seconde"), ("un", "segundo"),
    ("um", "segundo"), ("un", "secondo"),
    ("sorry", "for"), ("sorry", "about"), ("sorry", "it"), ("sorry", "im"), ("so", "sorry"), ("no", "problem"), ("no", "worries"),
    ("perdon", "por"), ("perdona", "por"), ("desole", "pour"), ("desolee", "pour"), ("entschuldigung", "fur"), ("sorry", "fur"),
    ("desculpa", "pela"), ("desculpe", "pela"), ("desculpa", "a"), ("desculpe", "a"), ("scusa", "per"), ("scusi", "per"),
)  # fmt: skip
"""Pairs of words in which "one" or "second" is no digit, and "sorry" is no correction."""
