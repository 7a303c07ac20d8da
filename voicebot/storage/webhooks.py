"""Systems that get our events, and their deliveries: rows <-> records (`sql/functions/operators/webhooks.sql`,
`webhook_deliveries.sql`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.page_cursor import BY_TIME
from voicebot.storage.database import Database
from voicebot.storage.database.refused import Refused
from voicebot.storage.pages import FIRST, Page, Part, page_of

Row = Mapping[str, Any]


class WebhookRefused(Refused):
    """What was asked for cannot be; `code` says why."""


@dataclass(frozen=True)
class Delivery:
    """A claimed delivery. `secret` is sealed; `attempts` counts the try that is to be made; `failures` are the endpoint's."""

    id: UUID
    attempts: int
    url: str
    secret: str
    failures: int
    type: str
    happened_at: datetime
    data: Row


@dataclass(frozen=True)
class DeliveryFilter:
    """Which deliveries are wanted; None: whichever."""

    state: str | None = None
    type: str | None = None


@dataclass(frozen=True)
class Replay:
    """Which deliveries are to be made again; None: whichever. Times are those of the events."""

    state: str | None = None
    type: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Finish:
    """What came of a try: sent, gone or failed; `retry_in_s` None: never again."""

    outcome: str
    error: str | None = None
    retry_in_s: float | None = None
    rest_s: float = 0.0


EVERY_DELIVERY = DeliveryFilter()


def add_endpoint(
    database: Database,
    url: str,
    *,
    secret: str,
    event_types: Sequence[str],
    user_id: UUID | None = None,
    organization: str | None = None,
    actor: Actor = THE_OPERATOR,
) -> Row:
    """Keep a new endpoint of the actor's organization, or of that of an id or slug; `secret` is sealed. Raises WebhookRefused."""
    return _endpoint(
        database.call(
            "add_webhook_endpoint",
            url=url,
            secret=secret,
            event_types=list(event_types),
            user_id=user_id,
            organization=organization,
            actor=actor.to_json(),
        )
    )


def set_endpoint(
    database: Database,
    endpoint_id: UUID,
    *,
    active: bool | None = None,
    event_types: Sequence[str] | None = None,
    was: Row | None = None,
    actor: Actor = THE_OPERATOR,
) -> Row:
    """Switch an endpoint on or off, or change its event types; None leaves a value. `was` is what the actor saw. Raises
    WebhookRefused.
    """
    return _endpoint(
        database.call(
            "set_webhook_endpoint",
            endpoint_id=endpoint_id,
            active=active,
            event_types=None if event_types is None else list(event_types),
            was=dict(was or {}),
            actor=actor.to_json(),
        )
    )


def remove_endpoint(database: Database, endpoint_id: UUID, *, actor: Actor = THE_OPERATOR) -> None:
    """Forget an endpoint and its deliveries. Raises WebhookRefused."""
    _checked(database.call("remove_webhook_endpoint", endpoint_id=endpoint_id, actor=actor.to_json()))


def show_endpoint(database: Database, endpoint_id: UUID, *, actor: Actor = THE_OPERATOR) -> Row:
    """Return one endpoint. Raises WebhookRefused."""
    return _endpoint(database.call("show_webhook_endpoint", endpoint_id=endpoint_id, actor=actor.to_json()))


def endpoints_page(database: Database, part: Part = FIRST, *, actor: Actor = THE_OPERATOR) -> Page[Row]:
    """Return one page of the endpoints, the newest first."""
    answer = database.call("webhook_endpoints_page", **part.params(), actor=actor.to_json())
    return page_of(answer, BY_TIME, dict)


def deliveries_page(
    database: Database,
    endpoint_id: UUID | None = None,
    wanted: DeliveryFilter = EVERY_DELIVERY,
    part: Part = FIRST,
    *,
    actor: Actor = THE_OPERATOR,
) -> Page[Row]:
    """Return one page of the deliveries, of one endpoint or of all, the newest first."""
    answer = database.call(
        "webhook_deliveries_page",
        endpoint_id=endpoint_id,
        **asdict(wanted),
        **part.params(),
        actor=actor.to_json(),
    )
    return page_of(answer, BY_TIME, dict)


def replay(database: Database, endpoint_id: UUID, wanted: Replay, *, actor: Actor = THE_OPERATOR) -> int:
    """Deliver again what is over, and return how many there are; more than 10,000 take another time.

    Raises WebhookRefused.
    """
    answer = database.call(
        "replay_webhooks", endpoint_id=endpoint_id, **asdict(wanted), actor=actor.to_json()
    )
    return int(_checked(answer)["count"])


def make_test(
    database: Database,
    endpoint_id: UUID,
    *,
    token: UUID | None = None,
    lease_s: float = 90.0,
    actor: Actor = THE_OPERATOR,
) -> tuple[Row, Delivery | None]:
    """Make a delivery of nothing; return it, and its claim if there is a token. Raises WebhookRefused."""
    answer = _checked(
        database.call(
            "test_webhook",
            endpoint_id=endpoint_id,
            token=token,
            lease_s=float(lease_s),
            actor=actor.to_json(),
        )
    )
    return answer["delivery"], _delivery(answer["claimed"])


def claim(database: Database, *, token: UUID, lease_s: float, at: datetime | None = None) -> Delivery | None:
    """Take the delivery that is due first; the same token again gets the same one. None when none is due."""
    answer = database.call("claim_webhook", token=token, lease_s=float(lease_s), at=at)
    return _delivery(answer["delivery"])


def finish(
    database: Database, delivery_id: UUID, *, token: UUID, came: Finish, at: datetime | None = None
) -> str | None:
    """Commit the result of a try and return the state; None when the claim was lost and nothing was written."""
    answer = database.call("finish_webhook", delivery_id=delivery_id, token=token, **asdict(came), at=at)
    return None if answer["result"] == "fenced" else str(answer["state"])


def webhook_health(database: Database) -> Row:
    """Return {"endpoints", "gone", "failing", "dead"}."""
    return dict(database.call("webhook_health"))


def _checked(answer: Row) -> Row:
    if answer["result"] == "refused":
        raise WebhookRefused(answer["code"])
    return answer


def _endpoint(answer: Row) -> Row:
    endpoint: Row = _checked(answer)["endpoint"]
    return endpoint


def _delivery(row: Row | None) -> Delivery | None:
    if row is None:
        return None
    happened_at = datetime.fromisoformat(row["happened_at"])
    return Delivery(**{**row, "id": UUID(row["id"]), "happened_at": happened_at})
