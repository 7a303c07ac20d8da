"""Settings, webhooks: the systems that get events, their deliveries, and repeating a delivery.

Leaders see and edit the endpoints of their organization, which get its events only; the operator of the service sees
all.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from voicebot.console.routes import LEADERS, MEANWHILE, Move, Notice, Page, Refused, Route, Table, Visit
from voicebot.domain.operators.webhook import EVENT_TYPES
from voicebot.domain.page_cursor import BY_TIME
from voicebot.services.operators import webhooks as service
from voicebot.services.operators.webhooks import BadEndpoint
from voicebot.storage import webhooks
from voicebot.storage.access.members import list_organizations
from voicebot.storage.pages import ListRefused
from voicebot.storage.webhooks import DeliveryFilter, Replay, WebhookRefused

PLACE = "/settings/webhooks"
ONE = f"{PLACE}/<uuid:endpoint>"
STATES = ("generated", "sending", "sent", "failed", "dead")
OVER = ("sent", "failed", "dead")
REFUSED = {
    "unknown_endpoint": (404, "There is no such endpoint."),
    "not_allowed": (403, "Only owners and admins keep webhooks."),
    "unknown_organization": (400, "There is no such organization: choose one of the list."),
    "not_active": (409, "The endpoint is switched off: switch it on first."),
    "changed_meanwhile": (409, MEANWHILE),
    "too_many_endpoints": (409, "There are a hundred endpoints already: remove one first."),
}
COLUMNS = ("id", "url", "event_types", "active", "failures", "waiting", "created_at")
DELIVERIES = ("id", "type", "subject", "state", "attempts", "error", "created_at", "sent_at", "next_try_at")


def show(visit: Visit) -> Page:
    """The endpoints, the newest first."""
    of_service, teams = _is_of_service(visit), _teams(visit)
    page = webhooks.endpoints_page(visit.runtime.database, visit.part(BY_TIME), actor=visit.actor)
    rows = [_with_team(row, teams) for row in page.rows]
    return Page(
        "settings/webhooks.html",
        {"webhooks": rows, "next": page.next, "of_service": of_service, "teams": teams, "types": EVENT_TYPES},
    )


def _is_of_service(visit: Visit) -> bool:
    return visit.session is not None and visit.session.administrator


def _teams(visit: Visit) -> Sequence[Mapping[str, Any]]:
    """Return whose an endpoint can be; to a team all of its own are."""
    return list_organizations(visit.runtime.database, actor=visit.actor) if _is_of_service(visit) else ()


def _with_team(endpoint: Mapping[str, Any], teams: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    names = {str(team["id"]): team["name"] for team in teams}
    return {**endpoint, "organization": names.get(str(endpoint["organization_id"]))}


def add(visit: Visit) -> Notice:
    """Add an endpoint, and show its secret this once."""
    with _worded():
        row, secret = service.add_endpoint(
            visit.runtime,
            visit.form.get("url", "").strip(),
            visit.ticked.get("event_types", ()),
            organization=visit.form.get("organization") or None,
            actor=visit.actor,
        )
    return Notice("settings/webhook_added.html", {"endpoint": row, "secret": secret})


def show_one(visit: Visit) -> Page:
    """One endpoint with what was delivered to it, the newest first."""
    state = visit.query.get("state", "")
    if state not in ("", *STATES):
        raise Refused(400, "There is no such state: choose one of the list.")
    with _worded():
        endpoint = webhooks.show_endpoint(visit.runtime.database, visit.path["endpoint"], actor=visit.actor)
        page = webhooks.deliveries_page(
            visit.runtime.database,
            visit.path["endpoint"],
            DeliveryFilter(state=state or None),
            visit.part(BY_TIME),
            actor=visit.actor,
        )
    teams = _teams(visit)
    return Page(
        "settings/webhook.html",
        {
            "endpoint": _with_team(endpoint, teams),
            "has_teams": bool(teams),
            "deliveries": list(page.rows),
            "next": page.next,
            "filter": {"state": state},
            "states": STATES,
            "types": EVENT_TYPES,
        },
    )


def change(visit: Visit) -> Move:
    """Switch an endpoint on or off, and choose what it is told of."""
    with _worded():
        webhooks.set_endpoint(
            visit.runtime.database,
            visit.path["endpoint"],
            active=visit.form.get("active") == "yes",
            event_types=service.checked_types(visit.ticked.get("event_types", ())),
            was=visit.was,
            actor=visit.actor,
        )
    return _back(visit)


def remove(visit: Visit) -> Move:
    """Forget an endpoint and its deliveries."""
    with _worded():
        webhooks.remove_endpoint(visit.runtime.database, visit.path["endpoint"], actor=visit.actor)
    return Move(f"/console{PLACE}")


def try_out(visit: Visit) -> Move:
    """Queue a test; the worker posts it."""
    with _worded():
        webhooks.make_test(visit.runtime.database, visit.path["endpoint"], actor=visit.actor)
    visit.runtime.hint.made_work()
    return _back(visit)


def replay(visit: Visit) -> Move:
    """Deliver again what is over, each under its old id."""
    state = visit.form.get("state", "")
    if state not in ("", *OVER):
        raise Refused(400, "Only what was sent, failed or is dead is delivered again.")
    with _worded():
        webhooks.replay(
            visit.runtime.database,
            visit.path["endpoint"],
            Replay(state=state or None),
            actor=visit.actor,
        )
    visit.runtime.hint.made_work()
    return _back(visit)


def _back(visit: Visit) -> Move:
    return Move(f"/console{PLACE}/{visit.path['endpoint']}")


@contextmanager
def _worded() -> Iterator[None]:
    try:
        yield
    except BadEndpoint as error:
        raise Refused(400, f"{error}.".capitalize(), "url") from None
    except (WebhookRefused, ListRefused) as error:
        raise Refused(*REFUSED.get(error.code, (409, "This cannot be done now."))) from None


ROUTES = (
    Route(
        "GET", PLACE, "webhooks", show, roles=LEADERS, title="Webhooks", section="Settings",
        table=Table("webhooks", COLUMNS),
    ),
    Route("POST", PLACE, "addWebhook", add, is_once=True, roles=LEADERS, form_on=("webhooks",)),
    Route("GET", ONE, "webhook", show_one, roles=LEADERS, section="Settings", table=Table("deliveries", DELIVERIES)),
    Route("POST", ONE, "changeWebhook", change, roles=LEADERS, form_on=("webhook",)),
    Route("POST", f"{ONE}/remove", "removeWebhook", remove, roles=LEADERS),
    Route("POST", f"{ONE}/test", "testWebhook", try_out, is_once=True, roles=LEADERS),
    Route("POST", f"{ONE}/replay", "replayWebhook", replay, is_once=True, roles=LEADERS, form_on=("webhook",)),
)  # fmt: skip
