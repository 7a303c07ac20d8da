"""Lists as people page through them: one shape for every list of the database (`sql/functions/access/pages.sql`)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from voicebot.domain.page_cursor import Order, Place
from voicebot.storage.database.refused import Refused

Row = TypeVar("Row", covariant=True)
MOST_ROWS = 200


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list; `next` is where its next page begins, None on the last page."""

    rows: Sequence[Row]
    next: str | None


@dataclass(frozen=True)
class Part:
    """Which part of a list is wanted: how many rows, and after which place."""

    size: int = 50
    after: Place | None = None

    def params(self) -> dict[str, Any]:
        """Return what SQL functions take to know which page is wanted."""
        return {"page_size": self.size, "after": dict(self.after) if self.after else None}


FIRST = Part()


class ListRefused(Refused):
    """The actor sees no such list; `code` says why."""


def page_of(answer: Mapping[str, Any], order: Order, read: Callable[[Mapping[str, Any]], Row]) -> Page[Row]:
    """Return what a SQL function answered as a page. Raises ListRefused."""
    if answer.get("result") == "refused":
        raise ListRefused(answer["code"])
    following = answer["next"]
    rows = [read(row) for row in answer["rows"]]
    return Page(rows, None if following is None else order.write(following))
