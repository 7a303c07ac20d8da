"""The outcomes of a call: people's words for them, and the codes in the columns."""

from collections.abc import Mapping

from voicebot.domain.call.words import ABANDONED, ENDS, FAILURES, MACHINE, OUTCOMES, REFUSED, UNDER_WAY


def _by_words(*tables: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for code, words in (pair for table in tables for pair in table.items()):
        found.setdefault(words, set()).add(code)
        found.setdefault(code.replace("_", " ").replace("-", " "), set()).add(code)
    return {words: tuple(sorted(codes)) for words, codes in found.items()}


CODES_OF_WORDS: Mapping[str, tuple[str, ...]] = _by_words(
    OUTCOMES, FAILURES, ENDS, UNDER_WAY, REFUSED, {MACHINE: "a machine answered", ABANDONED: "abandoned"}
)
"""Words -> the codes that they stand for, in the columns `outcome`, `end_reason` or `call_status`."""


def outcome_codes(words: str) -> tuple[str, ...]:
    """Return the codes of an outcome however it is written: `not answered`, `no_answer`, `No-Answer`."""
    plain = " ".join(words.lower().replace("_", " ").replace("-", " ").split())
    return CODES_OF_WORDS.get(plain, ())
