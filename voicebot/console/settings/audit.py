"""Settings, audit: who did what, on what, before and after, and from where."""

from voicebot.console.routes import LEADERS, Page, Route, Table, Visit
from voicebot.domain.page_cursor import BY_TIME_AND_NUMBER
from voicebot.storage.access.members import audit_page

COLUMNS = (
    "at",
    "name",
    "key_name",
    "role",
    "action",
    "object_type",
    "object_id",
    "before",
    "after",
    "address",
)


def show(visit: Visit) -> Page:
    """One page, the newest first."""
    page = audit_page(visit.runtime.database, visit.part(BY_TIME_AND_NUMBER), actor=visit.actor)
    return Page("settings/audit.html", {"entries": list(page.rows), "next": page.next})


ROUTES = (
    Route(
        "GET",
        "/settings/audit",
        "audit",
        show,
        roles=LEADERS,
        title="Audit",
        section="Settings",
        table=Table("entries", COLUMNS),
    ),
)
