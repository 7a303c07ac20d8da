"""Searches that are kept: rows <-> records (`sql/functions/search/views.sql`)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.storage.database import Database
from voicebot.storage.database.refused import Refused

Row = Mapping[str, Any]
PAGES = ("calls", "search", "people")
LONGEST_NAME = 60
LONGEST_QUERY = 1000


class ViewRefused(Refused):
    """The view is not kept, or not dropped; `code` says why: not_allowed, wrong_view, too_many, unknown_view."""


def list_views(database: Database, page: str | None = None, *, actor: Actor = THE_OPERATOR) -> Sequence[Row]:
    """Return {"id", "page", "name", "query", "shared", "own"} of the actor's own views and the shared ones. Raises ViewRefused."""
    rows: Sequence[Row] = _done(database.call("list_views", page=page, actor=actor.to_json()))["rows"]
    return rows


def save_view(
    database: Database, page: str, name: str, query: str, *, shared: bool, actor: Actor = THE_OPERATOR
) -> UUID:
    """Keep a search under a name; the same name again is the same view. Raises ViewRefused."""
    answer = database.call(
        "save_view", page=page, name=name, query=query, shared=shared, actor=actor.to_json()
    )
    return UUID(_done(answer)["id"])


def drop_view(database: Database, view_id: UUID, *, actor: Actor = THE_OPERATOR) -> None:
    """Forget a view. Raises ViewRefused."""
    _done(database.call("drop_view", view_id=view_id, actor=actor.to_json()))


def _done(answer: Row) -> Row:
    if answer.get("result") == "refused":
        raise ViewRefused(answer["code"])
    return answer
