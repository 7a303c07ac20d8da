"""Settings, usage: what this month came to so far against the limits, what each product cost, and which plans run."""

from typing import Any

from voicebot.console.routes import LEADERS, Page, Route, Table, Visit
from voicebot.services.operators.usage import month_so_far

COLUMNS = ("product", "count", "minutes", "cost", "currency", "unpriced")


def show(visit: Visit) -> Page:
    """The month so far."""
    usage = month_so_far(visit.runtime, actor=visit.actor)
    data: dict[str, Any] = {
        "since": usage.since.isoformat(),
        "products": list(usage.products),
        "limits": [vars(one) for one in usage.limits],
        "caps": [vars(one) for one in usage.caps],
        "subscriptions": list(usage.subscriptions),
        "of_service": visit.session is not None and visit.session.administrator,
    }
    return Page("settings/usage.html", data)


ROUTES = (
    Route(
        "GET", "/settings/usage", "usage", show, roles=LEADERS, title="Usage", section="Settings",
        table=Table("products", COLUMNS),
    ),
)  # fmt: skip
