"""Settings, doctor: the result of the worker's last examination of everything that a call needs."""

from typing import Any

from voicebot.console.routes import LEADERS, Move, Page, Refused, Route, Table, Visit
from voicebot.services.doctor import asked
from voicebot.storage.access.examinations import show_examination
from voicebot.storage.pages import ListRefused

PLACE = "/settings/doctor"
NOTHING: dict[str, Any] = {"asked_at": None, "examined_at": None, "findings": [], "waiting": False}


def show(visit: Visit) -> Page:
    """The last result; it is the whole service's."""
    of_service = visit.session is not None and visit.session.administrator
    found = show_examination(visit.runtime.database, actor=visit.actor) if of_service else NOTHING
    data = {name: found[name] for name in NOTHING} | {"of_service": of_service}
    return Page("settings/doctor.html", data)


def examine(visit: Visit) -> Move:
    """Have the worker examine."""
    try:
        asked.ask(visit.runtime, actor=visit.actor)
    except ListRefused:
        raise Refused(403, "The doctor looks at the whole service: ask whoever runs it.") from None
    return Move(f"/console{PLACE}")


ROUTES = (
    Route(
        "GET", PLACE, "doctor", show, roles=LEADERS, title="Doctor", section="Settings",
        table=Table("findings", ("level", "subject", "what", "do")),
    ),
    Route("POST", PLACE, "examine", examine, roles=LEADERS),
)  # fmt: skip
