"""Alerts over the API: rules, what they would have done last week, and what fired."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from voicebot.api.bodies import Body, Was, seen
from voicebot.api.errors import ApiError, changed_meanwhile, wrong_field
from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterTime, PageSize, Query
from voicebot.api.routes import CHANGED_MEANWHILE, OPERATOR, Example, Reply, Request, Route
from voicebot.domain.operators.alerts import BOUNDS, KINDS, LONGEST_NAME, MOST_THRESHOLD, AlertRule, BadAlert
from voicebot.services.operators import alerts as service
from voicebot.storage.figures import alerts
from voicebot.storage.figures.alerts import AlertRefused
from voicebot.storage.pages import ListRefused

PATH = "/alerts/<alert>"
Kind = Literal[
    "count", "rate", "consecutive", "p95", "spike", "cost", "silence", "queue_stalled", "number_red", "dead_letters"
]  # fmt: skip
What = Literal["calls", "failed", "unanswered", "with_person", "opt_outs", "latency"]
KIND_WORDS = " ".join(f"`{name}`: {words}" for name, words in KINDS.items())
UNKNOWN = Example("There is no such alert.")
NOT_ALLOWED = Example("This key is narrowed to a person; alerts are of an organization.")
Window = Annotated[int, Field(ge=BOUNDS["window_min"][0], le=BOUNDS["window_min"][1])]
Sample = Annotated[int, Field(ge=BOUNDS["sample"][0], le=BOUNDS["sample"][1])]
Quiet = Annotated[int, Field(ge=BOUNDS["quiet_min"][0], le=BOUNDS["quiet_min"][1])]


class NewAlert(Body):
    """A rule."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    kind: Kind = Field(description=KIND_WORDS)
    threshold: float = Field(gt=0, le=MOST_THRESHOLD, description="The limit, as the kind counts it.")
    what: What = Field(
        "failed", description="Which calls; opt_outs with count alone, latency with spike alone."
    )
    window_min: Window = 60
    sample: Sample = Field(5, description="It fires of no less.")
    quiet_min: Quiet = Field(60, description="After it fired it does not fire again for so long.")
    by_text: bool = False
    by_webhook: bool = Field(True, description="As `alert.fired` and `alert.resolved`.")
    active: bool = True


class ChangedAlert(Body):
    """Changes of an alert; an absent field stays. A change ends what the alert fired about."""

    name: str | None = Field(None, min_length=1, max_length=LONGEST_NAME)
    kind: Kind | None = Field(None, description=KIND_WORDS)
    threshold: float | None = Field(None, gt=0, le=MOST_THRESHOLD)
    what: What | None = None
    window_min: Window | None = None
    sample: Sample | None = None
    quiet_min: Quiet | None = None
    by_text: bool | None = None
    by_webhook: bool | None = None
    active: bool | None = None
    was: Was = None


class Alert(BaseModel):
    """A rule that is kept."""

    id: str
    name: str
    kind: Kind
    what: What
    threshold: float
    window_min: int
    sample: int
    quiet_min: int
    by_text: bool
    by_webhook: bool
    active: bool
    organization_id: str | None = Field(description="null: of the whole service.")
    created_at: str
    fired_at: str | None = Field(description="When it fired last.")
    firing_since: str | None = Field(description="null: it is not so now.")


class Alerts(BaseModel):
    """All rules, those that fire first."""

    alerts: list[Alert]


class Past(BaseModel):
    """A time at which the rule would have fired."""

    fired_at: str
    resolved_at: str | None
    value: float | None
    sample: int | None


class LookedBack(BaseModel):
    """What a rule would have done in the last seven days."""

    count: int
    firings: list[Past] = Field(description="The newest 50.")


class Firing(Past):
    """A time at which a rule fired."""

    id: str
    alert_id: str
    name: str
    kind: Kind


class FiringPage(BaseModel):
    """A page, the newest first."""

    firings: list[Firing]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class RemovedAlert(BaseModel):
    """What became of an alert."""

    id: str
    removed: Literal[True]


class FiringQuery(Query):
    """Which part is wanted."""

    page_size: PageSize = ROWS
    before: AfterTime = None


def list_alerts(request: Request) -> Reply:
    """All of them: there are a hundred at most."""
    with _worded():
        rows = alerts.list_alerts(request.runtime.database, actor=request.holder.actor)
    return Reply(200, {"alerts": list(rows)})


def show(request: Request) -> Reply:
    """One rule."""
    with _worded():
        return Reply(
            200, alerts.show_alert(request.runtime.database, _id(request), actor=request.holder.actor)
        )


def make(request: Request) -> Reply:
    """Keep a rule."""
    with _worded():
        rule = AlertRule(**request.body.model_dump())
        return Reply(201, service.make_alert(request.runtime, rule, actor=request.holder.actor))


def look_back(request: Request) -> Reply:
    """Say what a rule would have done; nothing is kept."""
    with _worded():
        rule = AlertRule(**request.body.model_dump())
        found = service.preview_alert(request.runtime, rule, actor=request.holder.actor)
    return Reply(200, {name: found[name] for name in LookedBack.model_fields})


def change(request: Request) -> Reply:
    """Change a rule."""
    changes: dict[str, Any] = request.body.model_dump(exclude_none=True, exclude={"was"})
    with _worded():
        row = service.change_alert(
            request.runtime, _id(request), changes, was=seen(request.body), actor=request.holder.actor
        )
    return Reply(200, row)


def remove(request: Request) -> Reply:
    """Forget a rule and what it fired of."""
    alert = _id(request)
    with _worded():
        alerts.remove_alert(request.runtime.database, alert, actor=request.holder.actor)
    return Reply(200, {"id": str(alert), "removed": True})


def list_firings(request: Request) -> Reply:
    """One page of what fired, of one rule."""
    alert = _id(request)
    with _worded():
        alerts.show_alert(request.runtime.database, alert, actor=request.holder.actor)
        return reply_with_page(request, "firings", alerts.alert_firings, alert, shown=dict)


@contextmanager
def _worded() -> Iterator[None]:
    try:
        yield
    except BadAlert as error:
        raise wrong_field(error.field, str(error)) from None
    except (AlertRefused, ListRefused) as error:
        match error.code:
            case "unknown_alert":
                raise _unknown() from None
            case "changed_meanwhile":
                raise changed_meanwhile() from None
            case "too_many_alerts":
                raise ApiError(409, error.code, "There are a hundred alerts already.") from None
            case "bad_alert":
                raise ApiError(400, "invalid_request", "This rule makes no sense.") from None
            case _:
                words = "Alerts are a whole organization's or the whole service's."
                raise ApiError(403, "not_allowed", words) from None


def _unknown() -> ApiError:
    return ApiError(404, "unknown_alert", "There is no such alert.")


def _id(request: Request) -> UUID:
    return request.id_in_path("alert", _unknown())


ROUTES = (
    Route(
        "GET", "/alerts", "listAlerts", "List the rules that say when somebody is told.", list_alerts,
        {200: Example("All of them.", Alerts), 403: NOT_ALLOWED}, roles=OPERATOR,
    ),
    Route(
        "POST", "/alerts", "makeAlert", "Make a rule; it looks at what comes from now on.", make,
        {201: Example("The rule.", Alert), 403: NOT_ALLOWED, 409: Example("There are too many.")},
        body=NewAlert, roles=OPERATOR,
    ),
    Route(
        "POST", "/alert-previews", "previewAlert", "Say when a rule would have fired in the last seven days.", look_back,
        {200: Example("When.", LookedBack), 403: NOT_ALLOWED}, body=NewAlert, roles=OPERATOR,
    ),
    Route(
        "GET", PATH, "showAlert", "Show one rule.", show,
        {200: Example("The rule.", Alert), 404: UNKNOWN}, roles=OPERATOR,
    ),
    Route(
        "PATCH", PATH, "changeAlert", "Change a rule.", change,
        {200: Example("The rule as it is now.", Alert), 404: UNKNOWN, 409: CHANGED_MEANWHILE}, body=ChangedAlert, roles=OPERATOR,
    ),
    Route(
        "DELETE", PATH, "removeAlert", "Forget a rule and what it fired of.", remove,
        {200: Example("It is gone.", RemovedAlert), 404: UNKNOWN}, roles=OPERATOR,
    ),
    Route(
        "GET", f"{PATH}/firings", "listAlertFirings", "List when a rule fired, the newest first.", list_firings,
        {200: Example("A page.", FiringPage), 403: NOT_ALLOWED, 404: UNKNOWN}, roles=OPERATOR, query=FiringQuery,
    ),
)  # fmt: skip
