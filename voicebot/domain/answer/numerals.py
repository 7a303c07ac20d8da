"""Whole numbers as people say them, in English, Spanish, French, German, Portuguese and Italian. Pure."""

from collections.abc import Callable, Mapping, Sequence

HIGHEST = 999_999


def in_words(number: int, tongue: str) -> str:
    """Return a number from 0 to `HIGHEST` in words of the language (`es`), counted as things without a gender are."""
    return _SAID[tongue](number)


def digits_in_words(digits: str, tongue: str) -> str:
    """Return digits one by one: `4 0` as "four zero"."""
    return " ".join(in_words(int(digit), tongue) for digit in digits)


def year_in_words(year: int, tongue: str) -> str:
    """Return a year from 1100 to 2099 as it is said: "nineteen ninety", "neunzehnhundertneunzig"."""
    century, rest = divmod(year, 100)
    if tongue == "de" and century < 20:
        return f"{in_words(century, 'de')}hundert{in_words(rest, 'de') if rest else ''}"
    if tongue != "en" or 2000 <= year < 2010:
        return in_words(year, tongue)
    if not rest:
        return f"{in_words(century, 'en')} hundred"
    return f"{in_words(century, 'en')} {'oh ' if rest < 10 else ''}{in_words(rest, 'en')}"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_EN = _words(
    "zero one two three four five six seven eight nine "
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
_EN_TENS = _words("twenty thirty forty fifty sixty seventy eighty ninety")
_DE = _words(
    "null eins zwei drei vier fünf sechs sieben acht neun "
    "zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn"
)
_DE_TENS = _words("zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")
_FR = _words(
    "zéro un deux trois quatre cinq six sept huit neuf "
    "dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf"
)
_FR_TENS = _words("vingt trente quarante cinquante soixante soixante quatre-vingt quatre-vingt")
_ES = _words(
    "cero uno dos tres cuatro cinco seis siete ocho nueve "
    "diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve "
    "veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve"
)
_ES_TENS = _words("veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa")
_ES_HUNDREDS = _words(
    "ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
)
_PT = _words(
    "zero um dois três quatro cinco seis sete oito nove "
    "dez onze doze treze catorze quinze dezesseis dezessete dezoito dezenove"
)
_PT_TENS = _words("vinte trinta quarenta cinquenta sessenta setenta oitenta noventa")
_PT_HUNDREDS = _words(
    "cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos"
)
_IT = _words(
    "zero uno due tre quattro cinque sei sette otto nove "
    "dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove"
)
_IT_TENS = _words("venti trenta quaranta cinquanta sessanta settanta ottanta novanta")


def _english(number: int) -> str:
    if number < 100:
        return _tens(number, _EN, _EN_TENS, "-")
    size, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    many, rest = divmod(number, size)
    return f"{_english(many)} {name}{f' {_english(rest)}' if rest else ''}"


def _german(number: int) -> str:
    if number < 20:
        return _DE[number]
    if number < 100:
        ten, unit = divmod(number, 10)
        return f"{_joined_to(unit)}und{_DE_TENS[ten - 2]}" if unit else _DE_TENS[ten - 2]
    size, name = (1000, "tausend") if number >= 1000 else (100, "hundert")
    many, rest = divmod(number, size)
    before = "ein" if many == 1 else _german(many)
    before = before.removesuffix("s") if before.endswith("eins") else before
    return f"{before}{name}{_german(rest) if rest else ''}"


def _joined_to(unit: int) -> str:
    return "ein" if unit == 1 else _DE[unit]


def _french(number: int) -> str:
    if number < 20:
        return _FR[number]
    if number < 100:
        ten, unit = divmod(number, 10)
        if ten in (7, 9):
            unit += 10
        if number == 80:
            return "quatre-vingts"
        joint = " et " if unit in (1, 11) and ten < 8 else "-"
        return f"{_FR_TENS[ten - 2]}{joint}{_FR[unit]}" if unit else _FR_TENS[ten - 2]
    size, name = (1000, "mille") if number >= 1000 else (100, "cent")
    many, rest = divmod(number, size)
    before = _french(many).replace("vingts", "vingt") if many > 1 else ""
    if size == 1000 and before.endswith("cents"):
        before = before[:-1]
    plural = "s" if size == 100 and many > 1 and not rest else ""
    return " ".join(filter(None, (before, f"{name}{plural}", _french(rest) if rest else "")))


def _spanish(number: int) -> str:
    if number < 30:
        return _ES[number]
    if number < 100:
        return _tens(number, _ES, _ES_TENS, " y ")
    if number < 1000:
        many, rest = divmod(number, 100)
        return "cien" if number == 100 else f"{_ES_HUNDREDS[many - 1]}{f' {_spanish(rest)}' if rest else ''}"
    many, rest = divmod(number, 1000)
    before = _spanish(many) if many > 1 else ""
    if before.endswith("veintiuno"):
        before = f"{before.removesuffix('uno')}ún"
    before = before.removesuffix("o") if before.endswith(" uno") else before
    return " ".join(filter(None, (before, "mil", _spanish(rest) if rest else "")))


def _portuguese(number: int) -> str:
    if number < 100:
        return _tens(number, _PT, _PT_TENS, " e ")
    if number < 1000:
        many, rest = divmod(number, 100)
        return (
            "cem" if number == 100 else f"{_PT_HUNDREDS[many - 1]}{f' e {_portuguese(rest)}' if rest else ''}"
        )
    many, rest = divmod(number, 1000)
    joint = "e" if rest and (rest <= 100 or rest % 100 == 0) else ""
    return " ".join(
        filter(None, (_portuguese(many) if many > 1 else "", "mil", joint, _portuguese(rest) if rest else ""))
    )


def _italian(number: int) -> str:
    if number < 20:
        return _IT[number]
    if number < 100:
        ten, unit = divmod(number, 10)
        before = _IT_TENS[ten - 2][:-1] if unit in (1, 8) else _IT_TENS[ten - 2]
        return f"{before}{'tré' if unit == 3 else _IT[unit] if unit else ''}"
    if number < 1000:
        many, rest = divmod(number, 100)
        before = f"{_IT[many] if many > 1 else ''}cento"
        said = _italian(rest) if rest else ""
        said = "tré" if said == "tre" else said
        return f"{before[:-1] if said.startswith('ott') else before}{said}"
    many, rest = divmod(number, 1000)
    before = "mille" if many == 1 else f"{_italian(many).replace('tré', 'tre')}mila"
    return f"{before}{f' {_italian(rest)}' if rest else ''}"


def _tens(number: int, small: Sequence[str], tens: Sequence[str], joint: str) -> str:
    if number < len(small):
        return small[number]
    ten, unit = divmod(number, 10)
    return f"{tens[ten - 2]}{joint}{small[unit]}" if unit else tens[ten - 2]


_SAID: Mapping[str, Callable[[int], str]] = {
    "en": _english,
    "es": _spanish,
    "fr": _french,
    "de": _german,
    "pt": _portuguese,
    "it": _italian,
}
