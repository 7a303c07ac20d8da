"""Find the figures of an answer and say them as people do: prices, times, dates, telephone numbers, codes, counts.

A fast voice reads figures as it likes, and often in another language (handbook of the providers, 1.3: Flash does not
normalise numbers). Pure, by one pattern; what is not known stays as it is written, for the voice to read.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from voicebot.domain.answer.numerals import HIGHEST, digits_in_words, in_words, year_in_words
from voicebot.domain.languages.tongues import tongue_of

LONGEST_DIGITS = 20
LONGEST_COUNT = 4
"""A figure of more digits is a code or a number of something, unless marks part its thousands."""


class SaidSo(NamedTuple):
    """A stretch of the text, and what is said for it."""

    start: int
    end: int
    words: str


class _Tongue(NamedTuple):
    """How one language writes and says what stands around numbers."""

    point: str
    """What stands before the decimals: the sign in the text."""
    says_point: str
    percent: str
    until: str
    plus: str
    and_: str
    coins: Mapping[str, tuple[str, str, str, str]]
    """Of each currency: one, several; of its hundredths: one, several."""
    hour: str
    """How a full hour is said."""
    clock: str
    """How hour and minute are said."""
    months: tuple[str, ...]
    date: str


def _months(names: str) -> tuple[str, ...]:
    return tuple(names.split())


_TONGUES = {
    "en": _Tongue(
        ".", "point", "percent", "to", "plus", "and",
        {"$": ("dollar", "dollars", "cent", "cents"), "€": ("euro", "euros", "cent", "cents"), "£": ("pound", "pounds", "penny", "pence")},
        "{h} o'clock", "{h} {m}", _months("January February March April May June July August September October November December"), "{month} {day}, {year}",
    ),
    "es": _Tongue(
        ",", "coma", "por ciento", "a", "más", "con",
        {"$": ("dólar", "dólares", "centavo", "centavos"), "€": ("euro", "euros", "céntimo", "céntimos"), "£": ("libra", "libras", "penique", "peniques")},
        "{h}", "{h} y {m}", _months("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"), "{day} de {month} de {year}",
    ),
    "fr": _Tongue(
        ",", "virgule", "pour cent", "à", "plus", "et",
        {"$": ("dollar", "dollars", "cent", "cents"), "€": ("euro", "euros", "centime", "centimes"), "£": ("livre", "livres", "penny", "pence")},
        "{h} heures", "{h} heures {m}", _months("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"), "{day} {month} {year}",
    ),
    "de": _Tongue(
        ",", "Komma", "Prozent", "bis", "plus", "und",
        {"$": ("Dollar", "Dollar", "Cent", "Cent"), "€": ("Euro", "Euro", "Cent", "Cent"), "£": ("Pfund", "Pfund", "Penny", "Pence")},
        "{h} Uhr", "{h} Uhr {m}", _months("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"), "{day} {month} {year}",
    ),
    "pt": _Tongue(
        ",", "vírgula", "por cento", "a", "mais", "e",
        {"$": ("dólar", "dólares", "centavo", "centavos"), "€": ("euro", "euros", "cêntimo", "cêntimos"), "£": ("libra", "libras", "penny", "pence"),
         "R$": ("real", "reais", "centavo", "centavos")},
        "{h} horas", "{h} e {m}", _months("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"), "{day} de {month} de {year}",
    ),
    "it": _Tongue(
        ",", "virgola", "per cento", "a", "più", "e",
        {"$": ("dollaro", "dollari", "centesimo", "centesimi"), "€": ("euro", "euro", "centesimo", "centesimi"), "£": ("sterlina", "sterline", "penny", "pence")},
        "{h}", "{h} e {m}", _months("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"), "{day} {month} {year}",
    ),
}  # fmt: skip
_ONE = {"es": "un", "fr": "un", "de": "ein", "pt": "um", "it": "un"}
_FEMININE = {"libra", "libras", "livre", "livres", "sterlina", "sterline"}
_CODE = r"(?:codes?|pin|passcode|extension|ending in|código|clave|codice|zip|plz|postleitzahl|durchwahl|code postal)"
_NUMBERED = (
    r"(?:number|order|account|reference|ref|nummer|bestellung|numéro|commande|número|pedido|numero|ordine)"
)
_MARKED = r"\d{1,3}(?:[.,'\u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?"
_AMOUNT = rf"{_MARKED}|\d{{1,6}}(?:[.,]\d{{1,2}})?"
_PRICE = rf"\d{{1,3}}(?: \d{{3}})+(?:,\d{{1,2}})?|{_AMOUNT}"
_PHONE = (
    r"\+\d{1,3}(?:[ .-]?\(?\d{1,8}\)?){1,6}|\(\d{2,5}\)[ .-]?\d{2,8}(?:[ .-]\d{2,8}){0,3}|0\d{1,4}(?:[ -]\d{2,8}){1,5}|"
    r"\d{2,4}(?:[ .-]\d{2,8}){2,5}|\d{3}[ -]\d{3,4}|\d{1,4}-\d{1,4}"
)
_FOUND = re.compile(
    rf"(?<![\w@#/.,:+=?&-])(?:"
    r"(?P<year>20\d\d)-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])|"
    r"(?P<left>(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|[12]\d|3[01])\5(?:\d{4}|\d\d))|"
    rf"(?P<before>R?[$€£]) ?(?P<price>{_AMOUNT})|"
    rf"(?P<amount>{_PRICE}) ?(?P<after>[€$£]|(?:EUR|USD|GBP)\b)|"
    rf"(?P<percent>{_AMOUNT}) ?%|"
    r"(?P<spaced>[1-9]\d?(?: \d{3})+(?![ -]?\d))|"
    rf"(?P<phone>{_PHONE})|"
    r"(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?P<half> ?[AaPp]\.?[Mm]\b\.?)?(?: ?(?:Uhr|h)\b)?|"
    rf"(?P<number>{_MARKED}|\d+(?:[.,]\d{{1,2}})?))"
    r"(?P<ordinal>st|nd|rd|th)?(?![\w@:/°=]|[.,-]\d)"
)
_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}
_SPELT_BEHIND = re.compile(
    rf"\b(?:(?P<code>{_CODE})|{_NUMBERED})(?: is| es| est| ist| é| è)?[\s:]*$", re.IGNORECASE
)
_OF_CODES = re.compile(rf"\b{_CODE}\b", re.IGNORECASE)
_DE_ORDINAL = re.compile(r"\. ?\w")
_EN_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth", "twelve": "twelfth"}  # fmt: skip
_EN_MONTH = re.compile(rf"\b(?:{'|'.join(_TONGUES['en'].months)}) $")
_YEAR_BEHIND = re.compile(
    rf"\b(?:in|since|of|de|en|im|seit|depuis|dal|nel|desde|em|(?:{'|'.join(month for each in _TONGUES.values() for month in each.months)})(?: \d\d?,)?) $",
    re.IGNORECASE,
)
_LOOKED_BACK, _LOOKED_AT = 30, 400
_DIGIT = re.compile(r"\d")


def numbers_said(text: str, language: str) -> Iterator[SaidSo]:
    """Yield the figures of the text that are said in words, in their order; none in a language that is not known."""
    if not _DIGIT.search(text) or (known := tongue_of(language)) not in _TONGUES:
        return
    for found in _FOUND.finditer(text):
        if words := _said(found, known):
            yield SaidSo(found.start(), found.end(), words)


def _said(found: re.Match[str], known: str) -> str:
    tongue = _TONGUES[known]
    if found["left"]:
        # Which is the day, and which the month?
        return ""
    if found["year"]:
        return _date(found, known, tongue)
    if found["price"] or found["amount"]:
        sign = found["before"] or _SIGNS.get(found["after"], found["after"])
        return _money(found["price"] or found["amount"], sign, known, tongue)
    if found["spaced"]:
        # Thousands, as French writes them; elsewhere two numbers may stand side by side.
        return _amount(found["spaced"], known, tongue) if known == "fr" else ""
    if found["phone"]:
        return _groups(found["phone"], known, tongue)
    if found["hour"]:
        return _clock(found, known, tongue)
    if found["percent"]:
        value = _amount(found["percent"], known, tongue)
        return f"{value} {tongue.percent}" if value else ""
    return _number(found, known, tongue)


def _date(found: re.Match[str], known: str, tongue: _Tongue) -> str:
    day = int(found["day"])
    return tongue.date.format(
        day=_ordinal(day) if known == "en" else in_words(day, known),
        month=tongue.months[int(found["month"]) - 1],
        year=year_in_words(int(found["year"]), known),
    )


def _money(amount: str, sign: str, known: str, tongue: _Tongue) -> str:
    coins = tongue.coins.get(sign)
    whole, decimals = _parted(amount)
    if coins is None or whole > HIGHEST or len(decimals) == 1:
        return ""
    one, several, cent, cents = coins
    said = _counted(whole, one, several, known) if whole or not decimals else ""
    hundredths = _counted(int(decimals), cent, cents, known) if decimals.strip("0") else ""
    return f" {tongue.and_} ".join(filter(None, (said, hundredths)))


def _counted(number: int, one: str, several: str, known: str) -> str:
    if number == 1:
        article = "one" if known == "en" else _ONE[known]
        return f"{article}{'a' if one in _FEMININE and known in ('es', 'it') else 'e' if one == 'livre' else ''} {one}"
    words = in_words(number, known)
    if known == "es" and words.endswith("uno"):
        words = f"{words.removesuffix('uno')}{'ún' if words.endswith('veintiuno') else 'un'}"
    return f"{words} {several}"


def _groups(written: str, known: str, tongue: _Tongue) -> str:
    """Return a telephone number or a code in groups, digit by digit; a span of counts or years with "to"."""
    groups = re.findall(r"\d+", written)
    bare = len(groups) == 2 and written == f"{groups[0]}-{groups[1]}"
    if bare and all(len(group) <= 2 or (len(group) == 4 and 1100 <= int(group) < 2100) for group in groups):
        return f" {tongue.until} ".join(
            year_in_words(int(group), known) if len(group) == 4 else in_words(int(group), known)
            for group in groups
        )
    digits = "".join(groups)
    if not 5 <= len(digits) <= LONGEST_DIGITS or (tongue.point == "," and re.fullmatch(r"[\d.]+", written)):
        return ""
    if written.startswith("+") and len(groups) == 1:
        groups = (
            [digits[:1], digits[1:4], digits[4:7], digits[7:]]
            if len(digits) == 11 and digits[0] == "1"
            else _in_threes(digits)
        )
    said = ", ".join(digits_in_words(group, known) for group in groups)
    return f"{tongue.plus} {said}" if written.startswith("+") else said


def _clock(found: re.Match[str], known: str, tongue: _Tongue) -> str:
    hour, minute, half = int(found["hour"]), int(found["minute"]), found["half"] or ""
    half = f" {half.strip()}" if half else ""
    if known == "en":
        if not half and (hour > 12 or hour == 0):
            half = " PM" if hour >= 12 else " AM"
        said = in_words(hour % 12 or 12, "en") if half else in_words(hour, "en")
        if not minute:
            return f"{said}{half}" if half else tongue.hour.format(h=said)
        return f"{tongue.clock.format(h=said, m=f'oh {in_words(minute, known)}' if minute < 10 else in_words(minute, known))}{half}"
    feminine = {"es": "una", "pt": "uma", "fr": "une", "it": "una"}
    said = "ein" if known == "de" and hour == 1 else in_words(hour, known)
    if known in feminine and hour % 10 == 1 and hour != 11:
        said = said.removesuffix("uno").removesuffix("um").removesuffix("un") + feminine[known]
    if known == "pt" and hour % 10 == 2 and hour != 12:
        said = f"{said.removesuffix('dois')}duas"
    words = (tongue.clock if minute else tongue.hour).format(h=said, m=in_words(minute, known))
    if hour == 1:
        words = words.replace("heures", "heure").replace("horas", "hora")
    return f"{words}{half}"


def _number(found: re.Match[str], known: str, tongue: _Tongue) -> str:
    written = found["number"]
    before = found.string[max(0, found.start() - _LOOKED_BACK) : found.start()]
    if found["ordinal"]:
        return (
            _ordinal(int(written)) if known == "en" and written.isdigit() and int(written) <= HIGHEST else ""
        )
    if not written.isdigit():
        return _amount(written, known, tongue)
    if len(written) > LONGEST_DIGITS:
        return ""
    if _is_spelt(written, before, found.string):
        return ", ".join(digits_in_words(group, known) for group in _in_threes(written))
    if known == "de" and _DE_ORDINAL.match(found.string, found.end()):
        # "2." may be the second, or end a sentence.
        return ""
    number = int(written)
    if len(written) == 4 and 1100 <= number < 2100 and _YEAR_BEHIND.search(before):
        return year_in_words(number, known)
    if known == "en" and number <= 31 and _EN_MONTH.search(before):
        return _ordinal(number)
    # "1" and "21" take the gender of what is counted, and in Portuguese "2" does.
    if (
        known != "en"
        and number % 100 != 11
        and (number % 10 == 1 or (known == "pt" and number % 10 == 2 and number != 12))
    ):
        return ""
    return in_words(number, known)


def _is_spelt(written: str, before: str, text: str) -> bool:
    """Whether a figure is said digit by digit: a code, a number of something, and what is too long to be counted."""
    if len(written) > 1 and written[0] == "0":
        return True
    behind = _SPELT_BEHIND.search(before)
    if behind and len(written) > (2 if behind["code"] else 3):
        return True
    if len(written) <= LONGEST_COUNT:
        return False
    return (
        not written.endswith("000")
        or int(written) > HIGHEST
        or _OF_CODES.search(text[:_LOOKED_AT]) is not None
    )


def _in_threes(digits: str) -> list[str]:
    """Return groups of three, at the end of two or four, so that no digit stands alone."""
    if len(digits) <= 5:
        return [digits]
    groups = [digits[place : place + 3] for place in range(0, len(digits), 3)]
    if len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return groups


def _parted(amount: str) -> tuple[int, str]:
    """Return the whole and the decimals of an amount, however its language writes both."""
    mark = re.search(r"[.,](\d{1,2})$", amount)
    decimals = mark[1] if mark else ""
    whole = amount[: mark.start()] if mark else amount
    return int(re.sub(r"\D", "", whole)), decimals


def _amount(amount: str, known: str, tongue: _Tongue) -> str:
    whole, decimals = _parted(amount)
    if whole > HIGHEST:
        return ""
    said = in_words(whole, known)
    return f"{said} {tongue.says_point} {digits_in_words(decimals, known)}" if decimals else said


def _ordinal(number: int) -> str:
    words = in_words(number, "en")
    head, mark, last = words.rpartition("-") if "-" in words.split()[-1] else words.rpartition(" ")
    told = _EN_ORDINALS.get(last) or (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")
    return f"{head}{mark}{told}"
