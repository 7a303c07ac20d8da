"""Numbers: where each points, and how it is answered."""

from voicebot.console.routes import Move, Page, Refused, Route, Table, Visit
from voicebot.domain.access.roles import LEADERS, READERS
from voicebot.domain.person.phone import parse_e164
from voicebot.services.numbers import health
from voicebot.storage.access.members import list_organizations
from voicebot.storage.catalogue.number_health import NumberRefused
from voicebot.storage.catalogue.numbers import UnknownOrganization, assign_number, numbers_with_health

PLACE = "/library/numbers"
COLUMNS = (
    "number", "is_active", "connected_at", "template", "version", "organization", "red_at", "dials", "answers", "red_rate",
    "usual_rate",
)  # fmt: skip
NOT_ASSIGNED = {
    "not_allowed": (403, "Whoever runs the service says whose a number is."),
    "unknown_number": (404, "There is no such number."),
}
STATUS = {"not_allowed": 403, "not_red": 409, "reason_needed": 400}


def show(visit: Visit) -> Page:
    """The numbers that the reader may see; ours are shown whole."""
    rows = numbers_with_health(visit.runtime.database, actor=visit.reader)
    of_service = visit.session is not None and visit.session.administrator
    teams = list_organizations(visit.runtime.database, actor=visit.actor) if of_service else ()
    return Page("library/numbers.html", {"numbers": rows, "of_service": of_service, "teams": teams})


def clear(visit: Visit) -> Move:
    """Let a red number be chosen again; the reason is kept."""
    number = parse_e164(visit.form.get("number", ""))
    if number is None:
        raise Refused(404, "There is no such number.")
    try:
        health.clear_number(visit.runtime, number, visit.form.get("reason", "").strip(), actor=visit.actor)
    except NumberRefused as error:
        raise Refused(STATUS[error.code], health.REFUSED[error.code]) from None
    return Move(f"/console{PLACE}")


def assign(visit: Visit) -> Move:
    """Say whose a number is from now on."""
    number = parse_e164(visit.form.get("number", ""))
    if number is None:
        raise Refused(404, "There is no such number.")
    try:
        assign_number(
            visit.runtime.database,
            number,
            visit.form.get("organization", "") or None,
            history=visit.form.get("history") == "yes",
            actor=visit.actor,
        )
    except UnknownOrganization:
        raise Refused(400, "There is no such organization: choose one of the list.", "organization") from None
    except NumberRefused as error:
        raise Refused(*NOT_ASSIGNED[error.code]) from None
    return Move(f"/console{PLACE}")


ROUTES = (
    Route(
        "GET", PLACE, "numbers", show, roles=READERS, title="Numbers", section="Library", table=Table("numbers", COLUMNS),
    ),
    Route("POST", f"{PLACE}/clear", "clearNumber", clear, roles=LEADERS, form_on=("numbers",)),
    Route("POST", f"{PLACE}/assign", "assignNumber", assign, roles=LEADERS, form_on=("numbers",)),
)  # fmt: skip
