"""Calls and texts that a search finds: rows <-> records (`sql/functions/search/{calls,texts}.sql`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.page_cursor import BY_NUMBER, BY_TIME_AND_NUMBER
from voicebot.domain.search.query import NOTHING, SearchQuery
from voicebot.storage.database import Database
from voicebot.storage.pages import FIRST, Page, Part, page_of

Row = Mapping[str, Any]
MOST_COUNTED = 10_000
COUNTING_MS = 20.0
"""For so long it is counted, about: a count says when there may be more."""
_BEGIN, _END = "\ue000", "\ue001"


def search_calls(
    database: Database, wanted: SearchQuery = NOTHING, part: Part = FIRST, *, actor: Actor = THE_OPERATOR
) -> Page[Row]:
    """Return one page of calls, the latest begin first; `hits` are the utterances that contain the searched words."""
    answer = database.call("search_calls", wanted=wanted.to_json(), **part.params(), actor=actor.to_json())
    return page_of(answer, BY_TIME_AND_NUMBER, _with_pieces)


def search_texts(
    database: Database, wanted: SearchQuery = NOTHING, part: Part = FIRST, *, actor: Actor = THE_OPERATOR
) -> Page[Row]:
    """Return one page of texts, the newest first."""
    answer = database.call("search_texts", wanted=wanted.to_json(), **part.params(), actor=actor.to_json())
    return page_of(answer, BY_NUMBER, lambda row: {**row, "text": pieces(row["text"])})


@dataclass(frozen=True)
class Count:
    """How many were found: up to a most and one more. Not `whole`: time was up, and there may be more."""

    found: int
    whole: bool

    def words(self, most: int = MOST_COUNTED) -> str:
        """Return it as people read it."""
        return f"{min(self.found, most):,}" + ("" if self.whole and self.found <= most else "+")


def counted(page: Page[Row], part: Part, count: Callable[[], Count]) -> Count:
    """Return how many there are, by the page itself where all are on the first one or looking for them ended early; else by `count`."""
    if part.after is None and (page.next is None or len(page.rows) < part.size):
        return Count(len(page.rows), page.next is None)
    return count()


def count_calls(
    database: Database,
    wanted: SearchQuery,
    *,
    most: int = MOST_COUNTED,
    budget_ms: float = COUNTING_MS,
    actor: Actor = THE_OPERATOR,
) -> Count:
    """Return how many calls there are."""
    row = database.call(
        "count_calls", wanted=wanted.to_json(), most=most, budget_ms=float(budget_ms), actor=actor.to_json()
    )
    return Count(row["count"], row["whole"])


def count_texts(
    database: Database,
    wanted: SearchQuery,
    *,
    most: int = MOST_COUNTED,
    budget_ms: float = COUNTING_MS,
    actor: Actor = THE_OPERATOR,
) -> Count:
    """Return how many texts there are."""
    row = database.call(
        "count_texts", wanted=wanted.to_json(), most=most, budget_ms=float(budget_ms), actor=actor.to_json()
    )
    return Count(row["count"], row["whole"])


def pieces(text: str) -> list[dict[str, Any]]:
    """Return a text as {"text", "is_hit"}: the searched words stand between two marks."""
    found: list[dict[str, Any]] = []
    for index, part in enumerate(text.split(_BEGIN)):
        hit, _, rest = part.partition(_END) if index else ("", "", part)
        found += [
            {"text": words, "is_hit": is_hit} for words, is_hit in ((hit, True), (rest, False)) if words
        ]
    return found


def _with_pieces(row: Row) -> Row:
    return {**row, "hits": [{**hit, "text": pieces(hit["text"])} for hit in row["hits"]]}
