"""Settings, data: how long calls and texts are stored, and the proofs of erasures."""

from uuid import UUID

from voicebot.console.routes import LEADERS, MEANWHILE, Move, Page, Refused, Route, Table, Visit
from voicebot.domain.page_cursor import BY_TIME
from voicebot.domain.whole_number import whole_number
from voicebot.storage.access import members
from voicebot.storage.people import erasures
from voicebot.storage.people.erasures import NotKept

COLUMNS = ("asked_at", "kind", "person", "state", "removed", "recordings_left", "problem", "done_at")
WORDS = {
    "not_allowed": (403, "Only owners and admins may do this."),
    "wrong_days": (400, "Calls and texts are kept for 1 to 3650 days, or for ever: leave the field empty."),
    "unknown_organization": (404, "There is no such organization."),
    "changed_meanwhile": (409, MEANWHILE),
}


def show(visit: Visit) -> Page:
    """The days of each organization that the asker leads, and the newest proofs."""
    database = visit.runtime.database
    kept = [
        {
            "id": one["id"],
            "name": one["name"],
            "days": erasures.retention_days(database, UUID(one["id"]), actor=visit.actor),
        }
        for one in members.list_organizations(database, actor=visit.actor)
    ]
    page = erasures.erasures_page(database, visit.part(BY_TIME), actor=visit.actor)
    return Page(
        "people/keeping.html", {"organizations": kept, "erasures": list(page.rows), "next": page.next}
    )


def change(visit: Visit) -> Move:
    """Keep calls and texts for another time."""
    days = visit.form.get("days", "").strip()
    kept_days = whole_number(days, 99_999, least=0)
    if days and kept_days is None:
        raise Refused(*WORDS["wrong_days"])
    try:
        erasures.set_retention(
            visit.runtime.database,
            visit.path["organization"],
            kept_days,
            was=visit.was,
            actor=visit.actor,
        )
    except NotKept as refusal:
        raise Refused(*WORDS[refusal.code]) from None
    return Move("/console/settings/data")


ROUTES = (
    Route(
        "GET", "/settings/data", "data", show, roles=LEADERS, title="Data", section="Settings", table=Table("erasures", COLUMNS),
    ),
    Route("POST", "/settings/data/<uuid:organization>", "setRetention", change, roles=LEADERS, form_on=("data",)),
)  # fmt: skip
