"""Now: live calls, the queue, what is wrong, alerts that fire, and today beside the same hours of last week."""

from collections.abc import Sequence

from voicebot.console.names import named
from voicebot.console.routes import Page, Route, Table, Visit
from voicebot.console.words import shown_call
from voicebot.storage.access.sessions import console_now
from voicebot.storage.figures.alerts import AlertRefused, Row, list_alerts

FIGURES = {"calls": "Calls", "answered": "Answered", "failed": "Failed", "minutes": "Minutes"}


def show(visit: Visit) -> Page:
    """Everything that an operator looks at first."""
    found = console_now(visit.runtime.database, visit.zone, actor=visit.reader)
    figures = [
        {"name": words, "today": found["today"][name], "week_ago": found["week_ago"][name]}
        for name, words in FIGURES.items()
    ]
    return Page(
        "now.html",
        {
            "live": [shown_call(row) for row in named(visit, found["rows"])],
            "queue": found["queue"],
            "figures": figures,
            "incidents": found["incidents"],
            "firing": _firing(visit),
        },
    )


def _firing(visit: Visit) -> Sequence[Row]:
    try:
        rows = list_alerts(visit.runtime.database, actor=visit.reader)
    except AlertRefused:
        # Alerts are a whole organization's: an agent has none.
        return []
    return [
        {name: one[name] for name in ("id", "name", "firing_since")} for one in rows if one["firing_since"]
    ]


ROUTES = (
    Route(
        "GET",
        "",
        "now",
        show,
        title="Now",
        table=Table("live", ("id", "name", "person", "direction", "status", "began_at")),
        live=("live_calls", "queue", "incidents", "figures", "people", "waits"),
        topics=("calls", "queue", "incidents", "alerts", "threads"),
        is_shared=True,
    ),
)
