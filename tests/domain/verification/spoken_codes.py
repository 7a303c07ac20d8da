"""Spoken codes with their right value: lines as recognisers write them down, and codes drawn by seed and said in many ways.

`python -m tests.domain.verification.spoken_codes` prints the figures of docs/figures.md.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from voicebot.domain.verification.find import CodeScan

LINES = Path(__file__).with_name("spoken_codes.tsv")
UNSEEN = Path(__file__).with_name("spoken_codes_unseen.tsv")
"""Lines that were looked at only after the rules stood."""
SEED, DRAWN = 20261128, 1500


@dataclass(frozen=True)
class Said:
    """What somebody said: the code that they meant, or None where nobody can tell."""

    language: str
    code: str | None
    text: str


def labelled(lines: Path = LINES) -> list[Said]:
    """The lines of a file: language, code (`?` where nobody can tell) and words."""
    rows = (line.split("\t") for line in lines.read_text().splitlines() if line and not line.startswith("#"))
    return [Said(language, None if code == "?" else code, text) for language, code, text in rows]


def verdict(said: Said) -> str:
    """What becomes of it: read right, asked again, or read wrong."""
    read = CodeScan(said.text).code
    if read is None:
        return "asked again"
    return "read right" if read == said.code else "read wrong"


# --- codes drawn by seed -------------------------------------------------------------------------------------------

DIGITS = {
    "en": "zero one two three four five six seven eight nine",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun",
    "pt": "zero um dois três quatro cinco seis sete oito nove",
    "it": "zero uno due tre quattro cinque sei sette otto nove",
}
TEENS = {
    "en": "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    "es": "diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve",
    "fr": "dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf",
    "de": "zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn",
    "pt": "dez onze doze treze catorze quinze dezesseis dezessete dezoito dezenove",
    "it": "dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove",
}
TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "fr": "vingt trente quarante cinquante soixante soixante-dix quatre-vingts quatre-vingt-dix",
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "pt": "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    "it": "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
}
SPANISH_HUNDREDS = (
    "ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
)
PORTUGUESE_HUNDREDS = (
    "cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos"
)
FILLERS = {
    "en": ("um", "uh", "and then", "then", "and", "dash", ","),
    "es": ("eh", "y luego", "después", "guion", ","),
    "fr": ("euh", "et puis", "ensuite", "tiret", ","),
    "de": ("äh", "und dann", "dann", "strich", ","),
    "pt": ("hum", "e depois", "depois", "traço", ","),
    "it": ("ehm", "e poi", "poi", "trattino", ","),
}
BEFORE = {
    "en": ("", "it's ", "my code is ", "okay so the code is ", "yes um "),
    "es": ("", "es ", "mi código es ", "sí el código es "),
    "fr": ("", "c'est ", "mon code est ", "oui le code est "),
    "de": ("", "es ist ", "mein Code lautet ", "ja der Code ist "),
    "pt": ("", "é ", "meu código é ", "sim o código é "),
    "it": ("", "è ", "il mio codice è ", "sì il codice è "),
}
TAKEN_BACK = {
    "en": ("no wait", "sorry", "I mean", "no", "correction"),
    "es": ("perdón", "espera", "digo", "no perdón"),
    "fr": ("non pardon", "attendez", "je veux dire"),
    "de": ("nein", "Entschuldigung", "halt", "ich meine"),
    "pt": ("desculpe", "espera", "não desculpe", "digo"),
    "it": ("no scusi", "anzi", "aspetti"),
}
LANGUAGES = tuple(DIGITS)


def below_hundred(language: str, value: int) -> str:
    """The number in words, without zeros in front."""
    ones, teens, tens = DIGITS[language].split(), TEENS[language].split(), TENS[language].split()
    ten, one = divmod(value, 10)
    if value < 10:
        return ones[value]
    if value < 20:
        return teens[value - 10]
    if language == "fr" and ten in (7, 9):
        if value == 71:
            return "soixante et onze"
        return f"{'soixante' if ten == 7 else 'quatre-vingt'}-{teens[one]}"
    if not one:
        return tens[ten - 2]
    word, unit = tens[ten - 2], ones[one]
    match language:
        case "de":
            return f"{'ein' if one == 1 else unit}und{word}"
        case "it":
            return (word[:-1] if one in (1, 8) else word) + unit
        case "es":
            return f"veinti{unit}" if ten == 2 else f"{word} y {unit}"
        case "pt":
            return f"{word} e {unit}"
        case "fr":
            return (
                f"{word} et un"
                if one == 1 and ten < 7
                else f"{word.rstrip('s') if ten == 8 else word}-{unit}"
            )
    return f"{word} {unit}"


def below_thousand(language: str, value: int) -> str:
    """The number in words as it is said in full."""
    hundred, rest = divmod(value, 100)
    if not hundred:
        return below_hundred(language, rest)
    ones, more = DIGITS[language].split(), below_hundred(language, rest) if rest else ""
    match language:
        case "es":
            return f"{'cien' if value == 100 else SPANISH_HUNDREDS.split()[hundred - 1]} {more}".strip()
        case "pt":
            word = "cem" if value == 100 else PORTUGUESE_HUNDREDS.split()[hundred - 1]
            return f"{word} e {more}" if more else word
        case "de":
            return f"{'ein' if hundred == 1 else ones[hundred]}hundert{more}"
        case "it":
            return f"{'' if hundred == 1 else ones[hundred]}cento{more}"
        case "fr":
            return f"{'' if hundred == 1 else ones[hundred]} cent {more}".strip()
    return f"{ones[hundred]} hundred {more}".strip()


def in_full(language: str, code: str) -> str:
    """The code as one large number; for codes without zeros in front."""
    thousands, rest = int(code[:3]), int(code[3:])
    said, more = below_thousand(language, thousands), below_thousand(language, rest) if rest else ""
    match language:
        case "de":
            return f"{said}tausend{more}"
        case "it":
            return f"{said}mila{more}"
        case "en":
            return f"{said} thousand {more}".strip()
    mille = "mille" if language == "fr" else "mil"
    said = said.removesuffix("uno") + "un" if language == "es" and said.endswith("uno") else said
    joined = " e " if language == "pt" and more and rest < 100 else " "
    return f"{said} {mille}{joined}{more}".strip()


def groups(language: str, code: str, size: int) -> list[str]:
    """The code in groups, each said as a number; zeros in front one by one."""
    ones, said = DIGITS[language].split(), []
    for start in range(0, 6, size):
        group = code[start : start + size]
        rest = group.lstrip("0")
        said += [ones[0]] * (len(group) - len(rest))
        if rest:
            said.append(below_thousand(language, int(rest)))
    return said


def one_by_one(language: str, code: str) -> list[str]:
    """The digits of the code."""
    return [DIGITS[language].split()[int(digit)] for digit in code]


def drawn(count: int = DRAWN, seed: int = SEED) -> Iterator[Said]:
    """Codes said in the ways of `_ways`, each language as often as the others."""
    dice = random.Random(seed)
    for place in range(count):
        language = LANGUAGES[place % len(LANGUAGES)]
        code = f"{dice.randrange(10**6):06d}"
        meant, words = _way(dice, language, code)
        yield Said(language, meant, dice.choice(BEFORE[language]) + words)


def _way(dice: random.Random, language: str, code: str) -> tuple[str | None, str]:
    digits, fillers = one_by_one(language, code), FILLERS[language]
    match dice.randrange(11):
        case 0:
            return code, " ".join(digits)
        case 1:
            return code, " ".join(
                f"{digit} {dice.choice(fillers)}" if dice.random() < 0.3 else digit for digit in digits[:-1]
            ) + f" {digits[-1]}"
        case 2:
            return code, ", ".join(groups(language, code, 2))
        case 3:
            return code, f", {dice.choice(fillers)} ".join(groups(language, code, 3))
        case 4 if code[0] != "0":
            return code, in_full(language, code)
        case 5:
            mixed = [
                figure if dice.random() < 0.5 else word for figure, word in zip(code, digits, strict=True)
            ]
            return code, " ".join(mixed)
        case 6:
            return code, f"{' '.join(digits)}, {' '.join(digits)}"
        case 7:
            wrong = [*digits[:5], DIGITS[language].split()[(int(code[5]) + dice.randrange(1, 10)) % 10]]
            return code, f"{' '.join(wrong)}, {dice.choice(TAKEN_BACK[language])}, {digits[5]}"
        case 8:
            wrong = [*digits[: dice.randrange(1, 6)], dice.choice(DIGITS[language].split())]
            return code, f"{' '.join(wrong)}, {dice.choice(TAKEN_BACK[language])}, {' '.join(digits)}"
        case 9:
            return None, " ".join(digits[: dice.randrange(1, 6)])
        case 10:
            return None, " ".join([*digits, dice.choice(digits)])
    return code, " ".join(digits)


def figures(lines: list[Said]) -> dict[str, Counter[str]]:
    """How often each became what, per language and in all; lines that nobody can read are right to be asked again."""
    counted: dict[str, Counter[str]] = {}
    for said in lines:
        for name in (said.language, "all"):
            outcome = verdict(said)
            key = outcome if said.code else f"unreadable: {outcome}"
            counted.setdefault(name, Counter())[key] += 1
    return counted


if __name__ == "__main__":
    for title, lines in (
        ("labelled lines", labelled()),
        ("unseen lines", labelled(UNSEEN)),
        (f"drawn by seed {SEED}", list(drawn())),
    ):
        print(f"{title}: {len(lines)}")
        for name, counts in figures(lines).items():
            print(f"  {name:3}", ", ".join(f"{outcome} {count}" for outcome, count in sorted(counts.items())))
