"""The audit log over the API: who did what, on what, before and after, and from where."""

from typing import Any

from pydantic import BaseModel, Field

from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterCall, PageSize, Query
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.api.team.organizations import NOT_LED
from voicebot.api.team.worded import worded
from voicebot.storage.access.members import Row, audit_page


class Deed(BaseModel):
    """One thing that somebody did, or looked at."""

    id: int
    at: str
    user_id: str | None
    name: str | None = Field(description="Of the person who did it.")
    key_name: str | None = Field(description="Of the key of the API by which it was done.")
    role: str
    action: str
    object_type: str
    object_id: str
    organization_id: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    address: str | None = Field(description="From where it was done.")


class AuditPage(BaseModel):
    """A page, the newest first."""

    deeds: list[Deed]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class AuditQuery(Query):
    """Which part is wanted."""

    page_size: PageSize = ROWS
    before: AfterCall = None


def list_deeds(request: Request) -> Reply:
    """One page."""
    with worded():
        return reply_with_page(request, "deeds", audit_page, shown=_shown)


def _shown(row: Row) -> Row:
    return {name: row[name] for name in Deed.model_fields}


ROUTES = (
    Route(
        "GET", "/audit", "listAudit", "List who did what in the organization that the key leads, the newest first.", list_deeds,
        {200: Example("A page.", AuditPage), 403: NOT_LED}, roles=OPERATOR, query=AuditQuery,
    ),
)  # fmt: skip
