"""Why somebody got no answer, in one word and in words for operators."""

from collections.abc import Collection

from voicebot.domain.person.phone import country, why_not_dialable

CAPPED = "capped"
WORDS = {
    "withheld": "the number is withheld",
    "country": "{country} is not in ALLOWED_COUNTRIES",
    "line": "a kind of number that is not texted or called",
    CAPPED: "a cap: too many at once or in a day",
    "allowed_now": "was not allowed then; it is now",
}


def why_unanswered(why: str, number: str, allowed_countries: Collection[str]) -> str:
    """Return withheld, country, line, capped or allowed_now, from what the row says and what may be texted today."""
    if why in (CAPPED, "country", "line"):
        return why
    return why_not_dialable(number, allowed_countries) or "allowed_now"


def words_for(why: str, number: str) -> str:
    """Return it in words."""
    return WORDS[why].format(country=country(number) or "its country")
