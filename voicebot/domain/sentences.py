"""Where sentences end, for what is spoken and for what is texted.

Pure. A stop ends no sentence behind an abbreviation, an initial or the number of a list, and before a small letter.
"""

import re
from collections.abc import Iterator


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_END = re.compile(r"([.!?…]+)[\"')\]»”’*_]*(?=\s)|([。！？]+)[\"')\]»”’]*|\n+")
# A stop after these does not end a sentence.
_ABBREVIATIONS = _words(
    """
    mr mrs ms mx dr prof rev hon gen col capt sgt lt st ste ave blvd rd hwy apt mt ft vs etc approx ca circa dept inc ltd co
    corp bros jr sr al est min max hr hrs mins sec secs misc incl excl esp ph.d m.d b.a u.s u.k d.c e.g i.e a.m p.m
    mon tue tues wed thu thur thurs fri jan feb apr jun jul aug sept oct nov dec
    sra sres srta dna ud uds vd vds ee uu av avda avd pza dpto izq dcha aprox ej exc ilmo
    mme mmes mlle mlles bd env cf m.m p.ex c.-a-d
    hr fr bzw usw z.b d.h u.a o.a i.d.r evtl ggf inkl exkl zzgl str dipl ing mio mrd sog vgl
    dra exmo exma r.a prof.a eng ltda
    sig sig.ra sigg dott dott.ssa avv arch geom p.es ecc v.le p.za s.p.a s.r.l
    """
)
# These are abbreviations only before a number.
_NUMBERED = _words(
    "no nr num numb nos fig p pp pag pág page ext tel tél tfno telf art vol ch n núm nº n.º rm ste lot pos abs"
)
_BEFORE_LISTS = _words(
    """
    are is offer offers have has include includes including following these steps options services choices either namely
    sind haben bieten son ofrecemos tenemos sont offrons avons sono offriamo abbiamo são oferecemos temos
    """
)
_STEPS = _words("step option choice schritt paso opción étape passo opção passaggio opzione")
_BEFORE_DATES = _words("am der den dem vom zum bis ab seit und im")
_MONTHS = ("jan", "feb", "mär", "mar", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez")
_LONGEST_ABBREVIATION = 40
_SHORT, _SEEN_AHEAD = 3, 3
"""Characters of the next word that decide whether a stop ended a sentence."""
_LIST_NUMBER = re.compile(r"\d{1,3}")


def sentence_ends(text: str, *, final: bool = True) -> Iterator[tuple[int, bool]]:
    """Yield the places where sentences end, behind the stop and its closing quotes and before the space, each with
    whether it is certain.

    A stop at the very end of the text ends nothing, because the next chunk may continue it. While more text may come
    (`final` is false), the last place may be uncertain.
    """
    for end in _END.finditer(text):
        if end[2] and end.end() == len(text) and not final:
            yield end.end(), False
            return
        if not end[1] or end[1].strip(".…"):
            yield end.end(), True
            continue
        following = text[end.end() :].lstrip()[:_SEEN_AHEAD]
        if len(following) < _SEEN_AHEAD and not final and _may_go_on(text, end):
            yield end.end(), False
            return
        if _ends(text, end, following):
            yield end.end(), True


def sentences(text: str) -> list[str]:
    """Return the sentences of a whole text, each with the space that follows it."""
    found, start = [], 0
    for end, _ in sentence_ends(text):
        if end > start:
            following = end + len(text[end:]) - len(text[end:].lstrip())
            found.append(text[start:following])
            start = following
    return [*found, text[start:]] if text[start:] else found


def whole_sentences(text: str) -> str:
    """Return the text up to the end of its last whole sentence, without the part that was cut off."""
    text = text.rstrip()
    if re.search(r"[.!?…。！？][\"')\]»”’*_]*$", text):
        return text
    ends = [end for end, _ in sentence_ends(text)]
    return text[: ends[-1]].rstrip() if ends else ""


def _ends(text: str, end: re.Match[str], following: str) -> bool:
    """Whether dots end a sentence, and no abbreviation, initial or number of a list."""
    at, stops = end.start(), end[1]
    line, word = _line_and_word(text, at)
    if text[end.end() :].startswith("\n"):
        return not line.strip().isdigit()
    if following[:1].islower() and _may_go_on(text, end):
        return False
    if stops != ".":
        return True
    if _LIST_NUMBER.fullmatch(word):
        return not _is_list_number(line[: len(line) - len(word)], int(word), following)
    if word in _NUMBERED:
        return not (following[:1].isdigit() or following[:1] in "+(#")
    is_initials = re.fullmatch(r"(?:[^\W\d_]\.)*[^\W\d_]", word) is not None
    return not (word in _ABBREVIATIONS or is_initials)


def _may_go_on(text: str, end: re.Match[str]) -> bool:
    """Whether the next word tells if dots end a sentence: behind three of them, a number, or what may be short for something."""
    word = _line_and_word(text, end.start())[1]
    return end[1] != "." or len(word) <= _SHORT or word.isdigit() or word in _NUMBERED


def _line_and_word(text: str, at: int) -> tuple[str, str]:
    """Return the line before a place, and its last word; a few dozen characters hold any abbreviation."""
    line = text[:at].rpartition("\n")[2]
    return line, re.split(r"[\s(*_\"'“„«]", line[-_LONGEST_ABBREVIATION:])[-1].lower()


def _is_list_number(before: str, number: int, following: str) -> bool:
    """Whether a number with a stop counts the things of a list, or the days of a month."""
    before = before.rstrip(" \t(*_\"'“„«")
    word = re.split(r"\s", before[-_LONGEST_ABBREVIATION:])[-1].lower() if before else ""
    if not before or (before[-1] in ":;,.!?—–-" and word.rstrip(".") not in _NUMBERED):
        return True
    if word in _STEPS and (before[: -len(word)].rstrip()[-1:] or ".") in ".:;!?":
        return True
    if following[:1].isdigit() or (word in _BEFORE_DATES and following.lower().startswith(_MONTHS)):
        return True
    if number == 1:
        return word in _BEFORE_LISTS
    one_less = list(re.finditer(rf"(?<!\w){number - 1}[.)]\s", before))[-1:]
    return any(_is_list_number(before[: each.start()], number - 1, before[each.end() :]) for each in one_less)
