"""Tell first and last name, titles and suffixes apart, and write a name with the capitals that it has."""

import unicodedata
from collections.abc import Sequence

from nameparser import parse

from voicebot.domain.onboarding.leads import as_keys
from voicebot.domain.onboarding.tokens import EDGES, Token, joined, key

PARTICLES = as_keys(
    "van der den de von zu zur zum vom da di du del della dello dei degli das dos do la las los le les bin ibn bint al el ul y e "
    "i af av ten ter te op wa st san santa mac mc o' d' ap ben abu und and et"
)
SUFFIXES = as_keys("jr sr ii iii iv v phd md esq dds mba rn cpa jnr snr 2nd 3rd 4th")
TITLES = as_keys(
    "mr mrs ms miss mister missus dr doctor doctora prof professor professora sir madam reverend rev señor señora señorita sr "
    "sra srta doña herr frau fraulein monsieur madame mademoiselle mme mlle senhor senhora dona doutor doutora signor signora "
    "signorina dott dottor dottoressa meneer mevrouw dhr mevr pan pani ing lic"
)
SECOND_GIVEN = as_keys(
    "ann anna anne annie beth ellen elizabeth grace jane jean jo joe john kate lee lou louise lynn mae marie mary michelle "
    "nicole rose ruth sue alexander anthony charles christopher edward francis frederick henry james joseph michael patrick "
    "paul peter philip robert thomas william alberto alejandra alejandro alfonso alicia andrea andres angel angeles antonio "
    "armando arturo beatriz belen benito camila carlos carmen carolina cecilia clara claudia consuelo cristina daniel daniela "
    "david diego dolores eduardo elena emilio enrique ernesto esperanza eugenia eva felipe fernanda fernando francisca "
    "francisco gabriel gabriela guadalupe guillermo gustavo hugo ignacio ines isabel ivan javier jesus joao joaquin jorge "
    "jose josefa juan julia julian julio laura leonor lorena lourdes lucia luis luisa magdalena manuel manuela marcela marco "
    "marcos margarita maria mariana mario marta mercedes miguel monica natalia nieves pablo paola patricia paula paulo paz "
    "pedro pilar rafael ramon raquel raul ricardo roberto rocio rodrigo rosa rosario salvador sara sebastian sergio silvia "
    "sofia soledad susana teresa tomas valentina vanessa veronica vicente victor victoria virginia ximena claire claude "
    "francois franck laurent louis luc michel philippe pierre hans heinrich josef karl klaus dieter ute maria luca luigi "
    "giovanni chiara"
)
"""What stands between first and last name and is mostly a second first name: "Mary Ann Evans", "José Luis García"."""
DOUBLES = as_keys(
    "maria jose|jose maria|juan carlos|jose luis|jose antonio|juan jose|luis miguel|maria elena|ana maria|miguel angel|juan pablo|"
    "mary ann|mary jane|maria luisa|maria fernanda|ana paula|jose manuel|juan manuel|victor manuel|maria isabel|ana isabel|"
    "marco antonio|luis fernando|luis angel|juan antonio|jean pierre|jean paul|anne marie|anna maria|hans peter"
)
"""Two first names that are mostly one."""

SHORT = 3
LONGEST_MC = 3
_ABBREVIATED = frozenset(
    [
        "ste",
        "sta",
        "sto",
        "ave",
        "apt",
        "col",
        "gen",
        "gov",
        "lic",
        "ing",
        "adm",
        "eng",
        "geo",
        "fco",
        "ant",
        "hnos",
        "abt",
    ]
)
"""Such words with a vowel; others with one are first names: "Lee, Ann. Boston"."""
_VOWELS = frozenset("aeiouy")


def is_short_name(token: Token) -> bool:
    """Whether a word of three letters with a full stop is a name that ends a sentence, and no abbreviation."""
    is_word = len(token.key) == SHORT and "." not in token.key and bool(_VOWELS & set(token.key))
    return is_word and token.key not in TITLES | SUFFIXES | _ABBREVIATED


def first_and_last(found: Sequence[Token]) -> tuple[str, str] | None:
    """Return the first and the last name in the words of a name; one of them may be blank.

    Titles, suffixes and middle initials are left out; every other word belongs to one of the two.
    """
    if len(found) > 1 and found[0].key in TITLES:
        named = parse(f"Mr. {_written(found[1:])}")
    else:
        named = parse(_written(found))
    first, middle, last = _words(named.given), _words(named.middle), _words(named.family)
    if not first and not last:
        # "King" alone is read as a title.
        first = [joined(found).strip(EDGES)]
    if not first and not named.title:
        first, last = last[:1] if len(last) == 1 else last, []
    middle = [word for word in middle if len(word.strip(".")) > 1]
    if any(token.written.endswith(",") for token in found[:-1] if found[-1].key not in SUFFIXES):
        # "Nguyen, Thi Mai": all that stands behind the comma is the first name.
        first, middle = first + middle, []
    # A middle name that is a first name stays with it, another one with the last name: "Maria García López".
    seconds = 0
    while seconds < len(middle) and key(middle[seconds]) in SECOND_GIVEN:
        seconds += 1
    if not last and named.title and len(first) > 1:
        first, last = first[:1], first[1:]
    first, last = first + middle[:seconds], middle[seconds:] + last
    if len(last) == 1 and len(first) == 1 and not named.title and _is_double(first[0], last[0]):
        first, last = first + last, []
    last = [word for word in last if not word[:1].isdigit()]
    return (" ".join(first), " ".join(last)) if first or last else None


def _is_double(first: str, second: str) -> bool:
    """Whether two words are one double first name with no last name."""
    return f"{key(first)} {key(second)}" in DOUBLES


def _words(part: str) -> list[str]:
    return [word.strip(",") for word in part.split() if word.strip(EDGES)]


def _written(found: Sequence[Token]) -> str:
    """Return the words with the capitals that a name has, where they were written without."""
    letters = "".join(char for token in found for char in token.written if char.isalpha())
    cased = letters not in (letters.lower(), letters.upper())
    return " ".join(
        token.written
        if cased and not _needs_capital(token)
        else capitalised(token.written, inside=0 < place < len(found) - 1)
        for place, token in enumerate(found)
    )


def _needs_capital(token: Token) -> bool:
    bare = token.written.strip(EDGES)
    plain = bare[:1].islower() and "'" not in bare and "-" not in bare
    return plain and token.key not in PARTICLES


def capitalised(word: str, *, inside: bool = False) -> str:
    """Return a word of a name with its capitals; `inside`: not the first one, where particles have none."""
    if inside and key(word) in PARTICLES:
        return word.lower()
    small, letters = word.lower(), []
    for place, char in enumerate(small):
        before = small[place - 1] if place else " "
        begins = not before.isalnum() and unicodedata.category(before)[0] != "M"
        # McCarthy; what begins with Mac may be either.
        begins = begins or (
            small[max(0, place - 2) : place] == "mc"
            and place == small.find("mc") + 2
            and len(small) > LONGEST_MC
        )
        letters.append(char.upper() if begins else char)
    return "".join(letters)
