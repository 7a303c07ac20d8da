"""Now: live calls, the queue, what is wrong, and today beside the same hours of last week."""

from voicebot.console.routes import Page, Route, Table, Visit
from voicebot.console.words import shown_call
from voicebot.storage.access.sessions import console_now

FIGURES = {"calls": "Calls", "answered": "Answered", "failed": "Failed", "minutes": "Minutes"}


def show(visit: Visit) -> Page:
    """Everything that an operator looks at first."""
    found = console_now(visit.runtime.database, visit.runtime.settings.timezone, actor=visit.reader)
    figures = [
        {"name": words, "today": found["today"][name], "week_ago": found["week_ago"][name]}
        for name, words in FIGURES.items()
    ]
    return Page(
        "now.html",
        {
            "live": [shown_call(row) for row in found["rows"]],
            "queue": found["queue"],
            "figures": figures,
            "incidents": found["incidents"],
        },
    )


ROUTES = (
    Route(
        "GET",
        "",
        "now",
        show,
        title="Now",
        table=Table("live", ("id", "person", "direction", "status", "began_at")),
        live=("live_calls", "queue", "incidents", "figures", "people", "waits"),
        topics=("calls", "queue", "incidents", "threads"),
        is_shared=True,
    ),
)
