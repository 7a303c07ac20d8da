"""The content of a cell, without the invisible parts that programs add."""

import re
import unicodedata

FORMULA = re.compile(r'=\s*"(.*)"\Z', re.DOTALL)
"""How a spreadsheet is told that a number is a text."""
ROUNDED = re.compile(r"[+-]?\d(?:[.,]\d+)?E\+?\d{1,2}\Z", re.IGNORECASE)
HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"), "-")
QUOTES = " \"'`\u00b4\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"
JOINERS = "\u200c\u200d"
"""They belong to words of some scripts."""


def cleaned(cell: str) -> str:
    """Return a cell's text: without invisible marks and formulas, with one plain space for each kind of space."""
    text = _unwrapped(cell)
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = (
        " " if unicodedata.category(one) in ("Zs", "Zl", "Zp", "Cc") else one
        for one in text
        if one in JOINERS or unicodedata.category(one) not in ("Cf", "Cs", "Co", "Cn")
    )
    return " ".join("".join(kept).split()).strip(JOINERS)


def cleaned_number(cell: str) -> str:
    """Return a number as it was meant: plain digits, plain hyphens, without what a spreadsheet adds to it."""
    text = cleaned(cell)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(HYPHENS)).translate(HYPHENS)
        # Digits of any script.
        text = "".join(str(unicodedata.decimal(one, one)) for one in text)
        for joiner in JOINERS:
            text = text.replace(joiner, "")
    # What kind of number it is.
    text = re.sub(r"\A(?!sips?:|client:)[^\W\d]{0,12}\.?:\s*", "", text.strip(QUOTES), flags=re.IGNORECASE)
    text = re.sub(
        r"\A(?:tel|telefon|phone|cell|mobile|mob|handy|home|work|office)\.? +(?=[+(]?\d)",
        "",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(r" ?\([^\W\d][^\d()]{0,20}\)\Z", "", text)
    text = re.sub(r"\A\+ +(?=\d)", "+", text)
    text = re.sub(r"\A\((\+\d{1,3})\)", r"\1", text)
    # A program that took it for a quantity.
    return re.sub(r"(?<=\d)[.,]0+\Z", "", text) if re.fullmatch(r"\+?\d{7,15}[.,]0+", text) else text


def is_rounded(number: str) -> bool:
    """Tell whether a spreadsheet has turned a number into a quantity and lost its last digits, as 4.91512E+11."""
    return ROUNDED.match(number.replace(" ", "")) is not None


def column_key(name: str) -> str:
    """Return a column's name as it is compared: `Phone Number`, `phone-number` and `PHONE_NUMBER` are equal."""
    text = unicodedata.normalize("NFKD", cleaned(name).casefold())
    letters = "".join(one for one in text if not unicodedata.combining(one))
    return re.sub(r"[\W_]+", "_", letters).strip("_")


def _unwrapped(cell: str) -> str:
    text = cell.strip().lstrip("\ufeff\u200b\u200e\u200f\u202a\u202b\u202d\u2066\u2067\u2068")
    if formula := FORMULA.match(text):
        return formula[1].replace('""', '"')
    if re.match(r"=\+?[\d(]", text):
        # A number that was typed into a spreadsheet with its plus.
        return text[1:]
    # An apostrophe in front tells a spreadsheet the same; our own exports have it before all that would be executed.
    return text[1:] if re.match(r"['\u2019`][-+=@\uff0b\uff0d\uff1d\uff20\d(]", text) else text
