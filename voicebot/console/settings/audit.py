"""Settings, audit: who did what, on what, before and after, and from where."""

from voicebot.console.routes import LEADERS, Page, Refused, Route, Table, Visit
from voicebot.domain.page_cursor import BY_TIME_AND_NUMBER
from voicebot.storage.access.members import audit_page
from voicebot.storage.pages import Part

COLUMNS = ("at", "name", "role", "action", "object_type", "object_id", "before", "after", "address")


def show(visit: Visit) -> Page:
    """One page, the newest first."""
    try:
        after = visit.query.get("before")
        part = Part(50, BY_TIME_AND_NUMBER.read(after) if after else None)
    except ValueError:
        raise Refused(400, "This page of the list is not there any more: begin with the first.") from None
    page = audit_page(visit.runtime.database, part, actor=visit.actor)
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
