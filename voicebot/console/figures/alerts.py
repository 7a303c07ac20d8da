"""Settings, alerts: rules of the organization or of the whole service, what fired, and what a rule would have done last week."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from voicebot.console.routes import Move, Notice, Page, Refused, Route, Table, Visit
from voicebot.domain.access.roles import EDITORS, READERS
from voicebot.domain.operators.alerts import KINDS, WHAT, AlertRule, BadAlert, sentence
from voicebot.domain.page_cursor import BY_TIME
from voicebot.services.operators import alerts as service
from voicebot.storage.figures import alerts
from voicebot.storage.figures.alerts import AlertRefused
from voicebot.storage.pages import Part

Row = Mapping[str, Any]
PLACE = "/settings/alerts"
ONE = f"{PLACE}/<uuid:alert>"
COLUMNS = (
    "id",
    "name",
    "kind",
    "what",
    "threshold",
    "window_min",
    "sample",
    "active",
    "firing_since",
    "fired_at",
)
FIRED = ("id", "alert_id", "name", "kind", "fired_at", "resolved_at", "value", "sample")
NEW = AlertRule("", "rate", 20)
REFUSED = {
    "unknown_alert": (404, "There is no such alert."),
    "not_allowed": (403, "Alerts are a whole organization's; your role has none."),
    "too_many_alerts": (409, "There are a hundred alerts already: remove one first."),
    "bad_alert": (400, "This rule makes no sense: look at its numbers."),
}


def show(visit: Visit) -> Page:
    """The rules, those that fire first, and what fired lately."""
    with _worded():
        rows = alerts.list_alerts(visit.runtime.database, actor=visit.reader)
        fired = alerts.alert_firings(visit.runtime.database, None, Part(20), actor=visit.reader)
    shown = [dict(one, says=sentence(one)) for one in rows]
    return Page(
        "figures/alerts.html",
        {"alerts": shown, "firings": list(fired.rows), "rule": NEW.to_json(), **_choices(visit)},
    )


def show_one(visit: Visit) -> Page:
    """One rule, and when it fired."""
    part = visit.part(BY_TIME)
    alert = visit.path["alert"]
    with _worded():
        row = alerts.show_alert(visit.runtime.database, alert, actor=visit.reader)
        fired = alerts.alert_firings(visit.runtime.database, alert, part, actor=visit.reader)
    return Page(
        "figures/alert.html",
        {"alert": dict(row, says=sentence(row)), "firings": list(fired.rows), "next": fired.next, "rule": dict(row), **_choices(visit)},
    )  # fmt: skip


def look_back(visit: Visit) -> Notice:
    """What a rule would have done last week, before it is kept."""
    rule = _rule_of(visit)
    held = visit.form.get("alert", "")
    with _worded():
        if held:
            alerts.show_alert(visit.runtime.database, _id(held), actor=visit.reader)
        found = service.preview_alert(visit.runtime, rule, actor=visit.keeper)
    shown = rule.to_json()
    data = {"rule": shown, "says": sentence(shown), "found": found, "held": held, **_choices(visit)}
    return Notice("figures/look_back.html", data)


def add(visit: Visit) -> Move:
    """Keep a new rule."""
    with _worded():
        row = service.make_alert(visit.runtime, _rule_of(visit), actor=visit.keeper)
    return Move(f"/console{PLACE}/{row['id']}")


def change(visit: Visit) -> Move:
    """Keep what the form says of a rule."""
    with _worded():
        service.change_alert(
            visit.runtime, visit.path["alert"], _rule_of(visit).to_json(), actor=visit.keeper
        )
    return Move(f"/console{PLACE}/{visit.path['alert']}")


def remove(visit: Visit) -> Move:
    """Forget a rule and what it fired of."""
    with _worded():
        alerts.remove_alert(visit.runtime.database, visit.path["alert"], actor=visit.keeper)
    return Move(f"/console{PLACE}")


def _choices(visit: Visit) -> dict[str, Any]:
    of_service = visit.session is not None and visit.session.administrator
    return {
        "kinds": KINDS,
        "whats": WHAT,
        "may_change": visit.session is not None and visit.session.role in EDITORS,
        "of_service": of_service,
    }


def _rule_of(visit: Visit) -> AlertRule:
    form = visit.form

    def number(name: str, words: str) -> float:
        try:
            return float(form.get(name, "").strip().replace(",", "."))
        except ValueError:
            raise Refused(400, f"{words}: write a number.", name) from None

    return AlertRule(
        name=form.get("name", ""),
        kind=form.get("kind", ""),
        threshold=number("threshold", "Limit"),
        what=form.get("what", "failed"),
        window_min=_whole(number("window_min", "Window")),
        sample=_whole(number("sample", "At least")),
        quiet_min=_whole(number("quiet_min", "Quiet")),
        by_text=form.get("by_text") == "yes",
        by_webhook=form.get("by_webhook") == "yes",
        active=form.get("active") == "yes",
    )


def _whole(value: float) -> int:
    # Neither a number without end nor none at all; the bounds are the rule's own.
    return int(value) if -1e9 < value < 1e9 else -1


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise AlertRefused("unknown_alert") from None


@contextmanager
def _worded() -> Iterator[None]:
    try:
        yield
    except BadAlert as error:
        raise Refused(400, f"Write {error}.", error.field) from None
    except AlertRefused as error:
        raise Refused(*REFUSED.get(error.code, (409, "This cannot be done now."))) from None


ROUTES = (
    Route(
        "GET", PLACE, "alerts", show, roles=READERS, title="Alerts", section="Settings",
        table=Table("alerts", COLUMNS),
    ),
    Route("POST", PLACE, "addAlert", add, is_once=True, roles=EDITORS, form_on=("alerts",)),
    Route("POST", f"{PLACE}/look-back", "lookBack", look_back, roles=EDITORS, form_on=("alert", "alerts")),
    Route("GET", ONE, "alert", show_one, roles=READERS, section="Settings", table=Table("firings", FIRED)),
    Route("POST", ONE, "changeAlert", change, roles=EDITORS, form_on=("alert",)),
    Route("POST", f"{ONE}/remove", "removeAlert", remove, roles=EDITORS),
)  # fmt: skip
