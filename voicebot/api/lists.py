"""Answer with a page of a list: the same for every list of the API."""

from collections.abc import Callable
from typing import Any, TypeVar

from voicebot.api.routes import Reply, Request
from voicebot.storage.pages import Page, Part

Row = TypeVar("Row")


def reply_with_page(
    request: Request,
    noun: str,
    list_rows: Callable[..., Page[Row]],
    *wanted: Any,
    shown: Callable[[Row], Any],
) -> Reply:
    """Return the rows that the key may see under their noun, and where the next page begins. Raises ListRefused."""
    part = Part(request.query.page_size, request.query.before)
    page = list_rows(request.runtime.database, *wanted, part, actor=request.holder.actor)
    return Reply(200, {noun: [shown(row) for row in page.rows], "next": page.next})
