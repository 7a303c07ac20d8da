"""Read the one code that somebody says, or say that it was not understood.

Pure. A code that is read wrong costs its sender a try, and one that is not understood costs a question: what can be
read in two ways is not understood. "no wait, four not five" corrects what was said before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from voicebot.domain.verification.codes import CODE_DIGITS
from voicebot.domain.verification.number_terms import Kind, Term
from voicebot.domain.verification.number_words import CODE_NOUNS, NEWER, OLDER, SAID_AROUND

EITHER = frozenset({"or", "o", "u", "ou", "oder", "oppure"})
MOST_BESIDE = 2
"""This many digits beside a code are something else, as "two texts"."""
MOST_NUMBERS = 100
"""A text with more numbers than this means none of them as a code."""
FEW_DIGITS = 2
"""From so many digits on, words that are mostly digits are meant as a code."""


def code_in(readings: Sequence[Sequence[Term]]) -> str | None:
    """Return the six digits that all readings of a text agree on; None where there are none, or nobody can tell."""
    codes = {_code_in(terms) for terms in readings}
    return codes.pop() if len(codes) == 1 else None


def is_meant_as_code(terms: Sequence[Term], phone_numbers: int = 0) -> bool:
    """Whether what was not understood was meant as a code, and no remark with a number in it.

    `phone_numbers` is how many digits belong to those.
    """
    numbers = [term for term in terms if term.is_number]
    digits = sum(len(term.digits) or 1 for term in numbers) - phone_numbers
    others = [term.word for term in terms if term.kind is Kind.OTHER and term.word not in SAID_AROUND]
    if digits <= 0 or all(term.kind is Kind.ORDINAL for term in numbers):
        return False
    names_it = any(term.word in CODE_NOUNS for term in terms)
    # One number of two digits, as in "it expires in ten minutes", is the number of something.
    several = digits > FEW_DIGITS or (digits == FEW_DIGITS and len(numbers) > 1)
    return not others or (several and len(others) <= digits) or (names_it and digits > 1)


# --- one reading ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Span:
    """Digits with nothing between them that means anything else."""

    terms: tuple[Term, ...]

    @property
    def digits(self) -> str:
        return "".join(term.digits for term in self.terms)


def _code_in(terms: Sequence[Term]) -> str | None:
    numbers = [place for place, term in enumerate(terms) if term.is_number]
    if not 0 < len(numbers) <= MOST_NUMBERS:
        return None
    takes_back = {Kind.CORRECTION, Kind.DENIAL, Kind.DOUBT}
    inside, after = terms[numbers[0] : numbers[-1] + 1], terms[numbers[-1] + 1 :]
    if any(term.kind in takes_back for term in after):
        return None
    if _is_denied(terms[: numbers[0]]):
        return _other_than_denied(inside)
    corrected = any(term.kind in takes_back for term in inside)
    if any(term.kind is Kind.ORDINAL for term in inside):
        meaning = [term for term in inside if not (term.kind is Kind.FILLER or term.word in SAID_AROUND)]
        return _by_places(meaning)
    spans = [
        _Span(tuple(span))
        for other, span in groupby(inside, lambda term: term.kind is Kind.OTHER)
        if not other
    ]
    figures = _six_digit_figures(spans)
    if _is_choice(inside, figures):
        return None
    if newer := _newer(terms[numbers[0] :], figures):
        return newer
    if figures and not corrected:
        # "I have two: 483920 and 771204": the number beside the first one makes it no less of a code.
        written = {term.digits for term in inside if term.written and len(term.digits) == CODE_DIGITS}
        return figures[0] if len(written) == 1 else None
    *before, last = [span for span in spans if any(term.is_number for term in span.terms)]
    if before and _begins_with_denial(last):
        # "483920 is the new one, not 483921"
        return _said_once("".join(span.digits for span in before)) if all(map(_is_plain, before)) else None
    if before and corrected and not _takes_back_inside(last):
        # "… that's wrong, it's" stands between the wrong digits and the right ones.
        return _said_once(last.digits) if _is_plain(last) else None
    if sum(len(span.digits) for span in before) > MOST_BESIDE:
        return _alone(spans) if any(term.kind is Kind.OTHER for term in after) else None
    return _corrected(last.terms)


def _is_denied(before: Sequence[Term]) -> bool:
    """Whether the words before a number say that it is not the one, as "it's not"."""
    said = [term for term in before if term.kind is not Kind.FILLER and term.word not in SAID_AROUND]
    return bool(said) and (
        said[-1].kind is Kind.DENIAL or (said[-1].kind is Kind.DOUBT and bool(said[-1].word))
    )


def _other_than_denied(inside: Sequence[Term]) -> str | None:
    """Return the code of "not 111222, it's 482913"."""
    figures = [term.digits for term in inside if term.written and len(term.digits) == CODE_DIGITS]
    choice = any(term.word in EITHER for term in inside if term.kind is Kind.OTHER)
    numbers = sum(term.is_number for term in inside)
    return figures[1] if len(figures) == numbers == 2 and figures[0] != figures[1] and not choice else None


def _alone(spans: Sequence[_Span]) -> str | None:
    """Return the code where small numbers follow it, as "5 minutes ago"; None where digits stand in several places."""
    big = [span for span in spans if len(span.digits) > MOST_BESIDE]
    small = sum(len(span.digits) for span in spans) - sum(len(span.digits) for span in big)
    return _corrected(big[0].terms) if len(big) == 1 and small <= MOST_BESIDE else None


def _six_digit_figures(spans: Sequence[_Span]) -> list[str]:
    """Return the codes that were written as one figure. Digits that stand right beside it make it doubtful."""
    return [
        term.digits
        for span in spans
        for place, term in enumerate(span.terms)
        if term.written and len(term.digits) == CODE_DIGITS and not _has_digits_beside(span.terms, place)
    ]


def _newer(said: Sequence[Term], figures: Sequence[str]) -> str | None:
    """Return the code of "the first was 483920, the new one is 771204"."""
    if len(figures) != 2 or figures[0] == figures[1]:
        return None
    behind = [term.word for term in said[1:]]
    return figures[1] if NEWER.intersection(behind) and not OLDER.intersection(behind) else None


def _is_choice(terms: Sequence[Term], figures: Sequence[str]) -> bool:
    """Whether several codes are possible and one of them may be right: "123456 or 123457"."""
    places = [place for place, term in enumerate(terms) if term.kind is Kind.OTHER and term.word in EITHER]
    beside = (terms[place - 1 : place + 2] for place in places)
    # Or the end of one: "… two zero four or five".
    ends = any(
        len(near) == 3 and near[0].is_number and near[2].is_number and near[0].digits != near[2].digits
        for near in beside
    )
    return ends or (bool(places) and len(set(figures)) > 1)


def _has_digits_beside(terms: Sequence[Term], place: int) -> bool:
    code = terms[place]
    near = [term for term in terms[max(0, place - 1) : place + 2] if term is not code and term.is_number]
    return any(
        term.digits != code.digits and max(code.start - term.end, term.start - code.end) < 2 for term in near
    )


def _takes_back_inside(span: _Span) -> bool:
    numbers = [place for place, term in enumerate(span.terms) if term.is_number]
    inside = span.terms[numbers[0] : numbers[-1] + 1]
    return any(term.kind in (Kind.CORRECTION, Kind.DENIAL, Kind.DOUBT) for term in inside)


def _begins_with_denial(span: _Span) -> bool:
    said = [term for term in span.terms if term.kind is not Kind.FILLER]
    return len(said) > 1 and said[0].kind is Kind.DENIAL and said[1].is_number


def _is_plain(span: _Span) -> bool:
    return not any(_is_unread(term) for term in span.terms)


def _is_unread(term: Term) -> bool:
    return term.kind is Kind.DOUBT and not term.word


def _said_once(digits: str) -> str | None:
    """Return the code that the digits are, also where it was said again."""
    code = digits[:CODE_DIGITS]
    whole = len(code) == CODE_DIGITS and digits == code * (len(digits) // CODE_DIGITS)
    return code if whole else None


def _corrected(terms: Sequence[Term]) -> str | None:
    """Return the code that a span says, with its corrections carried out."""
    numbers = [place for place, term in enumerate(terms) if term.is_number]
    terms = [term for term in terms[numbers[0] : numbers[-1] + 1] if term.kind is not Kind.FILLER]
    if any(_is_unread(term) for term in terms):
        return None
    said: str | None = ""
    for takes_back, part in groupby(terms, lambda term: term.kind in (Kind.CORRECTION, Kind.DOUBT)):
        stretch = list(part)
        if takes_back:
            if all(term.kind is Kind.DOUBT for term in stretch):
                return None
        elif any(term.kind is Kind.DENIAL for term in stretch):
            said = _with_denial(said, stretch)
        else:
            said = _with_correction(said, "".join(term.digits for term in stretch))
        if said is None:
            return None
    return _said_once(said or "")


def _by_places(terms: Sequence[Term]) -> str | None:
    """Return the code of "first four, second eight, …" where each place is named once and in order."""
    places, digits = terms[::2], terms[1::2]
    named = [term.value for term in places if term.kind is Kind.ORDINAL]
    told = [term.digits for term in digits if term.kind is Kind.DIGITS and len(term.digits) == 1]
    whole = named == list(range(1, CODE_DIGITS + 1)) and len(told) == CODE_DIGITS == len(digits)
    return "".join(told) if whole else None


def _with_denial(said: str | None, stretch: Sequence[Term]) -> str | None:
    """Carry out "four not five": the one that was said wrong before is known by its digit."""
    places = [place for place, term in enumerate(stretch) if term.kind is Kind.DENIAL]
    at = places[0]
    if said is None or len(places) > 1 or not 0 < at < len(stretch) - 1:
        return None
    right, wrong = stretch[at - 1].digits, stretch[at + 1].digits
    before = said + "".join(term.digits for term in stretch[: at - 1])
    rest = "".join(term.digits for term in stretch[at + 2 :])
    if len(right) != len(wrong):
        return None
    if before.endswith(wrong):
        # A correction takes back the digits that were said last, even if they occurred before.
        return before[: -len(wrong)] + right + rest
    if before.count(wrong) == 1 and not rest:
        return before.replace(wrong, right)
    if before.endswith(right) and wrong not in before:
        return before + rest
    return None if before else right + rest


def _with_correction(before: str | None, after: str) -> str | None:
    """Return what holds after "…, no wait, …": the whole again, or the last digit another; None where it may be either."""
    if not before:
        return after
    if _said_once(after):
        return after
    same_beginning = before[0] == after[0] or before[1:2] == after[1:2]
    if len(before) == CODE_DIGITS and (len(after) == 1 or (len(after) == 2 and before[-2] == after[0])):
        return before[: -len(after)] + after
    if len(before) < CODE_DIGITS and len(before) + len(after) == CODE_DIGITS + 1 and not same_beginning:
        return before[:-1] + after
    return None
