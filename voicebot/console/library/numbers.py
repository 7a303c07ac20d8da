"""Numbers: where each points, and how it is answered."""

from voicebot.console.routes import Move, Page, Refused, Route, Table, Visit
from voicebot.domain.access.roles import LEADERS, READERS
from voicebot.domain.person.phone import parse_e164
from voicebot.services.numbers import health
from voicebot.storage.catalogue.number_health import NumberRefused
from voicebot.storage.catalogue.numbers import numbers_with_health

PLACE = "/library/numbers"
COLUMNS = (
    "number", "is_active", "connected_at", "template", "version", "red_at", "dials", "answers", "red_rate", "usual_rate",
)  # fmt: skip
STATUS = {"not_allowed": 403, "not_red": 409, "reason_needed": 400}


def show(visit: Visit) -> Page:
    """The numbers that the reader may see; ours are shown whole."""
    rows = numbers_with_health(visit.runtime.database, actor=visit.reader)
    of_service = visit.session is not None and visit.session.administrator
    return Page("library/numbers.html", {"numbers": rows, "of_service": of_service})


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


ROUTES = (
    Route(
        "GET", PLACE, "numbers", show, roles=READERS, title="Numbers", section="Library", table=Table("numbers", COLUMNS),
    ),
    Route("POST", f"{PLACE}/clear", "clearNumber", clear, roles=LEADERS),
)  # fmt: skip
