"""Webhooks to other systems over the API: endpoints and their events, deliveries, and repeating a delivery."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from voicebot.api.bodies import Body, Moment, Nothing, Was, seen
from voicebot.api.errors import ApiError, changed_meanwhile, wrong_field
from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterTime, PageSize, Query
from voicebot.api.routes import CHANGED_MEANWHILE, OPERATOR, Example, Reply, Request, Route
from voicebot.domain.operators.webhook import EVENT_TYPES
from voicebot.services.operators import webhooks as service
from voicebot.services.operators.webhooks import BadEndpoint
from voicebot.storage import webhooks
from voicebot.storage.pages import ListRefused
from voicebot.storage.webhooks import DeliveryFilter, Replay, WebhookRefused

Row = Mapping[str, Any]
State = Literal["generated", "sending", "sent", "failed", "dead"]
Over = Literal["sent", "failed", "dead"]
PATH = "/webhooks/<endpoint>"
UNKNOWN = Example("There is no such endpoint.")
NOT_ALLOWED = Example("This key is a person's; webhooks are an organization's or the whole service's.")
NOT_ACTIVE = Example("The endpoint is switched off.")
TYPES_WORDS = f"Of {', '.join(EVENT_TYPES)}."
LONGEST_TYPE, MOST_TYPES = 60, 50


class NewEndpoint(Body):
    """A system that wants to be told."""

    url: str = Field(min_length=1, max_length=2000, description="Where events are posted; https.")
    event_types: list[str] | None = Field(
        None, max_length=MOST_TYPES, description=f"{TYPES_WORDS} All of them without."
    )
    organization: str | None = Field(
        None,
        max_length=100,
        description="Told of what concerns this one alone, an id or slug; the key's own without it.",
    )


class ChangedEndpoint(Body):
    """What is to be changed; what is absent stays."""

    active: bool | None = Field(None, description="false: nothing is posted there, and what waits is kept.")
    event_types: list[str] | None = Field(None, min_length=1, max_length=MOST_TYPES, description=TYPES_WORDS)
    was: Was = None


class WantedReplay(Body):
    """Which deliveries are made again; all that are over without a filter."""

    state: Over | None = Field(None, description="Only these.")
    type: str | None = Field(None, max_length=LONGEST_TYPE, description="Only events of this type.")
    since: Moment | None = Field(None, description="Only events from then on.")
    until: Moment | None = Field(None, description="Only events before then.")


class Endpoint(BaseModel):
    """A system that is told."""

    id: str
    url: str
    event_types: list[str]
    user_id: str | None = Field(description="Told of what concerns this user alone; null: of everybody.")
    organization_id: str | None = Field(
        description="Told of what concerns this organization alone; null: of the whole service."
    )
    active: bool
    disabled_reason: str | None = Field(description="`gone`: it answered 410.")
    failures: int = Field(description="Tries in a row that failed.")
    rests_until: str | None = Field(description="Nothing is posted before.")
    waiting: int = Field(description="Deliveries that wait, up to 10,000.")
    created_at: str
    updated_at: str


class EndpointWithSecret(Endpoint):
    """A new endpoint, with what signatures are checked with; it is shown this once."""

    secret: str


class EndpointPage(BaseModel):
    """A page, the newest first."""

    webhooks: list[Endpoint]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class Delivered(BaseModel):
    """One event for one endpoint."""

    id: str
    endpoint_id: str
    type: str
    subject: str = Field(description="What the event is about.")
    state: State = Field(
        description="generated: it waits. failed: the endpoint wants no more. dead: all tries were in vain."
    )
    attempts: int
    error: str | None
    created_at: str
    sent_at: str | None
    next_try_at: str | None


class DeliveryPage(BaseModel):
    """A page, the newest first."""

    deliveries: list[Delivered]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class Replayed(BaseModel):
    """How many deliveries are made again."""

    count: int = Field(description="At most 10,000 at once: ask again until it is 0.")


class Removed(BaseModel):
    """What became of an endpoint."""

    id: str
    removed: Literal[True]


class EndpointQuery(Query):
    """Which part is wanted."""

    page_size: PageSize = ROWS
    before: AfterTime = None


class DeliveryQuery(Query):
    """Which deliveries are wanted."""

    state: State | None = Field(None, description="Only these.")
    page_size: PageSize = ROWS
    before: AfterTime = None


def list_endpoints(request: Request) -> Reply:
    """One page of endpoints."""
    with _worded():
        return reply_with_page(request, "webhooks", webhooks.endpoints_page, shown=dict)


def add(request: Request) -> Reply:
    """Add one, and show its secret."""
    wanted: NewEndpoint = request.body
    with _worded():
        row, secret = service.add_endpoint(
            request.runtime,
            wanted.url,
            wanted.event_types or (),
            organization=wanted.organization,
            actor=request.holder.actor,
        )
    return Reply(201, {**row, "secret": secret})


def show(request: Request) -> Reply:
    """One endpoint."""
    with _worded():
        row = webhooks.show_endpoint(request.runtime.database, _id(request), actor=request.holder.actor)
    return Reply(200, row)


def change(request: Request) -> Reply:
    """Switch it on or off, or change what it is told of."""
    wanted: ChangedEndpoint = request.body
    with _worded():
        row = webhooks.set_endpoint(
            request.runtime.database,
            _id(request),
            active=wanted.active,
            event_types=None if wanted.event_types is None else service.checked_types(wanted.event_types),
            was=seen(wanted),
            actor=request.holder.actor,
        )
    return Reply(200, row)


def remove(request: Request) -> Reply:
    """Forget it."""
    endpoint = _id(request)
    with _worded():
        webhooks.remove_endpoint(request.runtime.database, endpoint, actor=request.holder.actor)
    return Reply(200, {"id": str(endpoint), "removed": True})


def try_out(request: Request) -> Reply:
    """Queue a test; the worker posts it."""
    with _worded():
        row, _ = webhooks.make_test(request.runtime.database, _id(request), actor=request.holder.actor)
    return Reply(202, row)


def list_deliveries(request: Request) -> Reply:
    """One page of an endpoint's deliveries."""
    wanted, endpoint = DeliveryFilter(**request.query.filters()), _id(request)
    with _worded():
        webhooks.show_endpoint(request.runtime.database, endpoint, actor=request.holder.actor)
        return reply_with_page(request, "deliveries", webhooks.deliveries_page, endpoint, wanted, shown=dict)


def replay(request: Request) -> Reply:
    """Make deliveries again."""
    wanted = Replay(**request.body.model_dump())
    with _worded():
        count = webhooks.replay(request.runtime.database, _id(request), wanted, actor=request.holder.actor)
    return Reply(202, {"count": count})


@contextmanager
def _worded() -> Iterator[None]:
    """Turn refusals into the API's own."""
    try:
        yield
    except BadEndpoint as error:
        raise wrong_field(error.field, str(error)) from None
    except (WebhookRefused, ListRefused) as error:
        raise _refusals()[error.code] from None


def _refusals() -> Mapping[str, ApiError]:
    return {
        "unknown_endpoint": _unknown(),
        "not_allowed": ApiError(
            403, "not_allowed", "Webhooks are an organization's, or the whole service's."
        ),
        "unknown_organization": wrong_field("organization", "There is no such organization"),
        "changed_meanwhile": changed_meanwhile(),
        "not_active": ApiError(409, "not_active", "The endpoint is switched off."),
        "too_many_endpoints": ApiError(409, "too_many_endpoints", "There are a hundred endpoints already."),
    }


def _unknown() -> ApiError:
    return ApiError(404, "unknown_endpoint", "There is no such endpoint.")


def _id(request: Request) -> UUID:
    return request.id_in_path("endpoint", _unknown())


ROUTES = (
    Route(
        "GET",
        "/webhooks",
        "listWebhooks",
        "List the systems that are told of events, the newest first.",
        list_endpoints,
        {200: Example("A page.", EndpointPage), 403: NOT_ALLOWED},
        roles=OPERATOR,
        query=EndpointQuery,
    ),
    Route(
        "POST",
        "/webhooks",
        "addWebhook",
        "Tell a system of events, signed as Standard Webhooks says.",
        add,
        {
            201: Example("The endpoint and its secret.", EndpointWithSecret),
            403: NOT_ALLOWED,
            409: Example("There are too many."),
        },
        body=NewEndpoint,
        roles=OPERATOR,
    ),
    Route(
        "GET",
        PATH,
        "showWebhook",
        "Show one endpoint.",
        show,
        {200: Example("The endpoint.", Endpoint), 404: UNKNOWN, 403: NOT_ALLOWED},
        roles=OPERATOR,
    ),
    Route(
        "PATCH",
        PATH,
        "changeWebhook",
        "Switch an endpoint on or off, or change what it is told of.",
        change,
        {
            200: Example("The endpoint as it is now.", Endpoint),
            404: UNKNOWN,
            403: NOT_ALLOWED,
            409: CHANGED_MEANWHILE,
        },
        body=ChangedEndpoint,
        roles=OPERATOR,
    ),
    Route(
        "DELETE",
        PATH,
        "removeWebhook",
        "Forget an endpoint and its deliveries.",
        remove,
        {200: Example("It is gone.", Removed), 404: UNKNOWN, 403: NOT_ALLOWED},
        roles=OPERATOR,
    ),
    Route(
        "POST",
        f"{PATH}/test",
        "testWebhook",
        "Post a test to an endpoint, once.",
        try_out,
        {
            202: Example("The delivery; it is made at once.", Delivered),
            403: NOT_ALLOWED,
            404: UNKNOWN,
            409: NOT_ACTIVE,
        },
        body=Nothing,
        roles=OPERATOR,
        done=("webhook.tested", "webhook"),
    ),
    Route(
        "GET",
        f"{PATH}/deliveries",
        "listWebhookDeliveries",
        "List what was delivered to an endpoint, the newest first.",
        list_deliveries,
        {200: Example("A page.", DeliveryPage), 404: UNKNOWN, 403: NOT_ALLOWED},
        roles=OPERATOR,
        query=DeliveryQuery,
    ),
    Route(
        "POST",
        f"{PATH}/replay",
        "replayWebhook",
        "Deliver again what is over, each under its old webhook-id.",
        replay,
        {202: Example("How many.", Replayed), 403: NOT_ALLOWED, 404: UNKNOWN, 409: NOT_ACTIVE},
        body=WantedReplay,
        roles=OPERATOR,
        done=("webhook.replayed", "webhook"),
    ),
)
