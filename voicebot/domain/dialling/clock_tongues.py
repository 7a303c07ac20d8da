"""Translate words about a day and an hour from Spanish, French, German, Portuguese and Italian into English.

The model is asked for English words and does not always comply. Unknown words stay, and the bot asks again.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from voicebot.domain.dialling.clock_words import LONGEST, MONTHS, WEEKDAYS
from voicebot.domain.languages.accents import without_accents

_Written = str | Callable[[re.Match[str]], str]


_TENS = (25, 30, 40, 45, 50)
_PART_OF_DAY = r"(?:vor|nach)?mittags?\b|abends?\b|morgens?\b|fruh\b"
_NEXT: Mapping[str, _Written] = {
    rf"(?P<day>{'|'.join(WEEKDAYS)}) (?:prochain|prossim[oa]|proxim[oa])": r"next \g<day>",
    rf"(?P<day>{'|'.join(WEEKDAYS)}) (?:que viene|que vem)": r"coming \g<day>",
}
"""How languages say "next Monday" with the day in front."""


def _half_before(found: re.Match[str]) -> str:
    """German "halb vier" is half past three."""
    return f"half past {(int(found['hour']) - 2) % 12 + 1}"


@dataclass(frozen=True)
class _Tongue:
    """One language: its numbers, weekdays from Monday, its months, and what its words are in English."""

    numbers: str
    """From one to twenty; words for one number stand behind a slash."""
    tens: str
    """25, 30, 40, 45 and 50."""
    days: str
    words: Mapping[str, _Written]
    months: str
    """From January on."""
    known: str
    """A word that only this language has, among those that tell a time."""

    @cached_property
    def rules(self) -> list[tuple[re.Pattern[str], _Written]]:
        """Return the words as patterns; made when the language is first read."""
        return [
            (re.compile(rf"{name}(?![\w'])"), written) for name, written in {**_NEXT, **self.words}.items()
        ]


_GERMAN = _Tongue(
    "eins/ein/einer zwei/zwo drei vier funf/fuenf sechs sieben acht neun zehn elf zwolf/zwoelf dreizehn vierzehn funfzehn/fuenfzehn sechzehn siebzehn achtzehn neunzehn zwanzig",
    "funfundzwanzig dreissig vierzig funfundvierzig funfzig/fuenfzig",
    "montag dienstag mittwoch donnerstag freitag samstag/sonnabend sonntag",
    {
        r"(?:ubermorgen|uebermorgen)": "day after tomorrow",
        r"morgen (?:fruh|frueh|vormittag)": "tomorrow morning",
        r"(?:heute )?(?:am )?(?:morgens|fruh|frueh|vormittags?)": "morning",
        r"am morgen": "morning", r"(?<=day )morgens?": "morning", r"(?P<h>\d{1,2}) ?h": r"\g<h>:00",
        r"am (?P<short>mo|di|mi|do|fr|sa|so)": lambda found: WEEKDAYS[["mo", "di", "mi", "do", "fr", "sa", "so"].index(found["short"])],
        r"in (?:anderthalb|1einhalb|eineinhalb) stunden": "in an hour and a half",
        r"morgen": "tomorrow", r"heute": "today", r"(?:am )?nachmittags?": "afternoon", r"(?:am )?abends?": "evening",
        r"(?:am )?mittags?": "noon", r"nachts?": "night",
        r"in 1 halben stunde": "in half an hour", r"in 1 viertelstunde": "in 15 minutes",
        r"in 1 dreiviertelstunde": "in 45 minutes", r"in 1 stunde": "in an hour", r"stunden?": "hours", r"minuten?": "minutes", r"(?<=\d )tagen": "days", r"(?<=\d )wochen?": "weeks",
        r"(?P<h>\d{1,2}) uhr (?P<m>\d\d)": r"\g<h>:\g<m>", r"uhr": "o'clock",
        r"halb (?P<hour>\d{1,2})": _half_before, r"viertel nach": "quarter past", r"viertel vor": "quarter to", r"dreiviertel": "quarter to",
        r"nicht vor": "not before", r"vor": "before", r"nach": "after", r"ab": "after", r"zwischen": "between", r"und": "and", r"oder": "or", r"(?:um|gegen)": "at",
        r"(?:am|den|der|die|das|so|bitte|ungefahr|etwa|rufen sie mich|ruf mich|an)": "", r"(?:nachsten?|kommenden?)": "next",
        r"(?:jetzt|sofort)": "now", r"nicht": "not",
    },
    "januar/janner februar marz/maerz april mai juni juli august september oktober november dezember",
    r"anderthalb|dreiviertelstunde|um \d+|am (?:mo|di|mi|do|fr|sa|so)|viertelstunde|halben|nachmittag|vormittag|ubermorgen|morgen|heute|uhr|halb|viertel|abends?|stunden?|minuten|nachmittags?|(?:mon|diens|donners|frei|sams|sonn)tag\w*|mittwoch\w*",
)  # fmt: skip
_SPANISH = _Tongue(
    "una/un dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve veinte",
    r"veinticinco treinta cuarenta cuarenta\sy\scinco cincuenta",
    "lunes martes miercoles jueves viernes sabado domingo",
    {
        r"no": "not", r"pasado manana": "day after tomorrow", r"(?:por|de|en) la manana": "in the morning", r"manana": "tomorrow", r"hoy": "today",
        r"esta noche": "tonight", r"esta tarde": "this afternoon", r"(?:por|de|en) la tarde": "in the afternoon",
        r"(?:por|de|en) la noche": "in the evening", r"(?:al )?mediodia": "noon",
        r"(?:en|dentro de) media hora": "in half an hour", r"(?:en|dentro de) 1 hora": "in an hour", r"(?:en|dentro de) 1 cuarto de hora": "in 15 minutes", r"dentro de": "in", r"en": "in",
        r"horas?": "hours", r"minutos?": "minutes", r"(?<=\d )dias?": "days", r"(?<=\d )semanas?": "weeks",
        r"(?P<h>\d{1,2}) y media": r"\g<h>:30", r"(?P<h>\d{1,2}) y cuarto": r"\g<h>:15", r"(?P<h>\d{1,2}) menos cuarto": r"quarter to \g<h>",
        r"(?<!entre las )(?<!entre )(?P<h>\d{1,2}) y (?P<m>[0-5][05])": r"\g<h>:\g<m>", r"(?P<h>\d{1,2}) ?h(?:oras)?": r"\g<h>:00", r"(?<=\d )de": "of", r"en (?P<n>\d+) horas?": r"in \g<n> hours", r"dentro de (?P<n>\d+) horas?": r"in \g<n> hours",
        r"(?:despues de|a partir de)(?: las?)?": "after", r"antes de(?: las?)?": "before", r"entre las?": "between", r"y las?": "and", r"y": "and", r"o": "or",
        r"(?:a|sobre|hacia)(?: eso de)? las?": "at", r"(?:el|la|las|por favor)": "", r"proximo": "next", r"(?:ahora(?: mismo)?|ya)": "now",
    },
    "enero febrero marzo abril mayo junio julio agosto septiembre/setiembre octubre noviembre diciembre",
    r"manana|hoy|noche|tarde|hora|horas|minutos|mediodia|a las?|lunes|martes|miercoles|jueves|viernes|sabado",
)  # fmt: skip
_FRENCH = _Tongue(
    r"une/un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix[\s-]sept dix[\s-]huit dix[\s-]neuf vingt",
    r"vingt[\s-]cinq trente quarante quarante[\s-]cinq cinquante",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
    {
        r"pas": "not", r"apres[ -]demain": "day after tomorrow", r"demain": "tomorrow", r"aujourd'hui": "today", r"ce soir": "tonight",
        r"cet? apres[ -]midi": "this afternoon", r"(?:l'|de l'|dans l')?apres[ -]midi": "in the afternoon",
        r"(?:le |du |dans la )?(?:matin|matinee)": "in the morning", r"(?:le |du |en |dans la )?(?:soir|soiree)": "in the evening", r"midi": "noon",
        r"dans 1 demi[ -]heure": "in half an hour", r"dans 1 quart d'heure": "in 15 minutes", r"dans 1 heure": "in an hour",
        r"dans (?P<n>\d+) heures?": r"in \g<n> hours", r"dans": "in", r"minutes?": "minutes", r"jours?": "days", r"semaines?": "weeks",
        r"(?P<h>\d{1,2}) ?(?:heures?|h) ?et demie": r"\g<h>:30", r"(?P<h>\d{1,2}) ?(?:heures?|h) ?et quart": r"\g<h>:15",
        r"(?P<h>\d{1,2}) ?(?:heures?|h) ?moins le quart": r"quarter to \g<h>", r"(?P<h>\d{1,2}) ?(?:heures?|h) ?(?P<m>\d\d)": r"\g<h>:\g<m>",
        r"(?P<h>\d{1,2}) ?(?:heures?|h)": r"\g<h> o'clock",
        r"(?:apres|a partir de)": "after", r"avant": "before", r"entre": "between", r"et": "and", r"ou": "or", r"(?:a|vers)": "at",
        r"(?:le|la|les|de|svp|s'il vous plait)": "", r"prochain": "", r"(?:maintenant|tout de suite)": "now",
    },
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    r"dans|demain|aujourd'hui|soir|matin|midi|heures?|\d+h|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
)  # fmt: skip
_PORTUGUESE = _Tongue(
    "uma/um duas/dois tres quatro cinco seis sete oito nove dez onze doze treze catorze/quatorze quinze dezesseis/dezasseis dezessete/dezassete dezoito dezenove/dezanove vinte",
    r"vinte\se\scinco trinta quarenta quarenta\se\scinco cinquenta",
    r"segunda(?:[-\s]feira)? terca(?:[-\s]feira)? quarta(?:[-\s]feira)? quinta(?:[-\s]feira)? sexta(?:[-\s]feira)? sabado domingo",
    {
        r"nao": "not", r"depois de amanha": "day after tomorrow", r"amanha": "tomorrow", r"hoje a noite": "tonight", r"hoje": "today",
        r"(?:de|da|pela) manha": "in the morning", r"(?:a|da|de|pela) tarde": "in the afternoon", r"(?:a|da|de) noite": "in the evening", r"meio[ -]dia": "noon",
        r"(?:daqui a|em|dentro de) meia hora": "in half an hour", r"(?:daqui a|em|dentro de) 1 hora": "in an hour", r"(?:daqui a|dentro de|em)": "in",
        r"(?<!entre as )(?P<h>\d{1,2}) e (?P<m>[0-5][05])": r"\g<h>:\g<m>", r"(?<=\d )de": "of", r"dia": "", r"(?:daqui a|em|dentro de) (?P<n>\d+) horas?": r"in \g<n> hours",
        r"(?P<h>\d{1,2}) ?(?:horas )?e meia": r"\g<h>:30", r"(?P<h>\d{1,2}) ?h(?:oras?)?(?P<m>\d\d)?(?! \d)": lambda found: f"{found['h']}:{found['m'] or '00'}",
        r"minutos?": "minutes", r"(?<=\d )dias?": "days", r"(?<=\d )semanas?": "weeks",
        r"(?:depois|a partir) d?as": "after", r"antes d?as": "before", r"entre as": "between", r"e as": "and", r"e": "and", r"ou": "or", r"(?:as|pelas)": "at",
        r"(?:na|no|o|a|por favor)": "", r"proxim[ao]": "next", r"agora": "now",
    },
    "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
    r"em|uma|duas|(?:da|pela) (?:tarde|manha|noite)|amanha|hoje|daqui|noite|as \d+|\d+ ?h|horas|minutos|meia|segunda|terca|quarta|quinta|sexta|domingo",
)  # fmt: skip
_ITALIAN = _Tongue(
    "una/un due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove venti",
    "venticinque trenta quaranta quarantacinque cinquanta",
    "lunedi martedi mercoledi giovedi venerdi sabato domenica",
    {
        r"non": "not", r"dopodomani": "day after tomorrow", r"domani": "tomorrow", r"stasera": "tonight", r"stamattina": "this morning",
        r"(?:oggi|questo) pomeriggio": "this afternoon", r"oggi": "today", r"(?:di |della |la )?mattin[ao]": "in the morning",
        r"(?:di |del |nel |il )?pomeriggio": "in the afternoon", r"(?:di |della |la )?sera": "in the evening", r"(?:a )?mezzogiorno": "noon",
        r"(?:tra|fra|in) mezz'ora": "in half an hour", r"(?:tra|fra|in) un'ora e mezza": "in an hour and a half", r"(?:tra|fra|in) un'ora": "in an hour", r"(?P<n>\d+) ore": r"\g<n> hours",
        r"(?<!tra le )(?<!fra le )(?P<h>\d{1,2}) e (?P<m>[0-5][05])": r"\g<h>:\g<m>",
        r"(?P<h>\d{1,2}) e mezz[ao]": r"\g<h>:30", r"(?P<h>\d{1,2}) e 1 quarto": r"\g<h>:15", r"(?P<h>\d{1,2}) meno 1 quarto": r"quarter to \g<h>",
        r"(?:tra|fra) le": "between", r"e le": "and", r"(?:tra|fra|in)": "in", r"ore (?P<h>\d{1,2})": r"at \g<h>", r"(?:tra|fra|in) 1 quarto d'ora": "in 15 minutes", r"minuti": "minutes", r"giorni": "days", r"settimane?": "weeks",
        r"dopo (?:le|l')": "after", r"prima (?:delle|dell')": "before", r"o": "or", r"(?:verso )?(?:alle|all'|le)": "at", r"(?:verso|circa)": "at",
        r"(?:il|la|per favore)": "", r"prossim[oa]": "next", r"(?:adesso|subito|ora)": "now",
    },
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    r"fra|tra|verso|domani|dopodomani|oggi|stasera|alle|all'|mezz'ora|un'ora|ore|minuti|pomeriggio|sera|lunedi|martedi|mercoledi|giovedi|venerdi|domenica",
)  # fmt: skip
_TONGUES = (_GERMAN, _SPANISH, _FRENCH, _PORTUGUESE, _ITALIAN)
_ENGLISH = re.compile(
    r"\b(?:tomorrow|today|tonight|morning|afternoon|evening|at|past|quarter|o'clock|hours?|noon|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b"
)


def in_english(words: str) -> str:
    """Return the words in English where they are in another known language, else as they are."""
    plain = without_accents(words[:LONGEST].lower().replace("’", "'"))
    if _ENGLISH.search(plain):
        return words
    found = {
        tongue.known: len(
            re.findall(rf"\b(?:{tongue.known}|{tongue.months.replace(' ', '|').replace('/', '|')})\b", plain)
        )
        for tongue in _TONGUES
    }
    tongue = max(_TONGUES, key=lambda one: found[one.known])
    return _translated(plain, tongue) if found[tongue.known] else words


def _translated(plain: str, tongue: _Tongue) -> str:
    plain = re.sub(rf"(?<=\w\w)s?te[nr]? (?={tongue.months.replace(' ', '|').replace('/', '|')})", " ", plain)
    numbers = [*enumerate(tongue.numbers.split(), start=1), *zip(_TENS, tongue.tens.split(), strict=True)]
    for number, same in reversed(numbers):
        plain = re.sub(rf"(?<![\w'])(?:{same.replace('/', '|')})(?![\w'])", str(number), plain)
    for day, same in zip(WEEKDAYS, tongue.days.split(), strict=True):
        plain = re.sub(rf"\b(?:{same.replace('/', '|')})(?:\b|(?={_PART_OF_DAY}))", f"{day} ", plain)
    for month, same in zip(MONTHS, tongue.months.split(), strict=True):
        plain = re.sub(rf"\b(?:{same.replace('/', '|')})\b", month, plain)
    plain = re.sub(r"\s+", " ", plain)
    # One walk, so that a word that was brought into English is not read again.
    return re.sub(r"\s+", " ", _walk(plain, tongue.rules)).strip()


def _walk(text: str, rules: list[tuple[re.Pattern[str], _Written]]) -> str:
    out, place = [], 0
    while place < len(text):
        begins = place == 0 or not text[place - 1].isalnum()
        matches = [
            (found, written) for pattern, written in rules if begins and (found := pattern.match(text, place))
        ]
        if not matches:
            out.append(text[place])
            place += 1
            continue
        # "Apres demain" is more than "apres".
        longest, written = max(matches, key=lambda match: match[0].end())
        out.append(longest.expand(written) if isinstance(written, str) else written(longest))
        place = longest.end()
    return "".join(out)
