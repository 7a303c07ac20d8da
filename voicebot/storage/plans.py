"""Plans, their subscribers, and the used amounts: rows <-> records (`sql/functions/billing/`)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.page_cursor import BY_TIME, Order
from voicebot.storage.database import Database
from voicebot.storage.pages import FIRST, Page, Part, page_of

Row = Mapping[str, Any]
BY_MADE: Order = BY_TIME


class PlanRefused(Exception):
    """The request is refused: `code` says why, `field` which field, `words` are SQL's explanation, `answer` its whole
    answer.
    """

    def __init__(self, answer: Row) -> None:
        super().__init__(answer["code"])
        self.code: str = answer["code"]
        self.answer = answer
        field_name, _, self.words = str(answer.get("message") or "").partition(": ")
        self.field: str | None = answer.get("field") or field_name or None


@dataclass(frozen=True)
class NewPlan:
    """A plan that somebody makes; None limits nothing."""

    name: str
    billing_interval: str = "monthly"
    price: str = "0"
    description: str | None = None
    features: Sequence[str] | None = None
    call_limit: int | None = None
    minutes_limit: int | None = None
    billing_increment_s: int = 60


@dataclass(frozen=True)
class Whose:
    """A user, by id or by number; both None: everybody."""

    user_id: UUID | None = None
    number: str | None = None


EVERYBODY = Whose()


def make_plan(database: Database, wanted: NewPlan, *, actor: Actor = THE_OPERATOR) -> Row:
    """Make a plan. Raises PlanRefused."""
    return _one("plan", database.call("make_plan", **asdict(wanted), actor=actor.to_json()))


def change_plan(database: Database, plan: str, changes: Row, *, actor: Actor = THE_OPERATOR) -> Row:
    """Change the given fields, `ended` among them; new limits hold at once for every subscriber. Raises PlanRefused."""
    return _one("plan", database.call("change_plan", plan=plan, changes=changes, actor=actor.to_json()))


def show_plan(database: Database, plan: str, *, actor: Actor = THE_OPERATOR) -> Row:
    """Return a plan, by its id or name. Raises PlanRefused."""
    return _one("plan", database.call("show_plan", plan=plan, actor=actor.to_json()))


def list_plans(
    database: Database, ended: bool = False, part: Part = FIRST, *, actor: Actor = THE_OPERATOR
) -> Page[Row]:
    """Return one page, the newest first: plans that can be subscribed to, or all. Raises ListRefused."""
    answer = database.call("list_plans", ended=ended, **part.params(), actor=actor.to_json())
    return page_of(answer, BY_MADE, dict)


def subscribe(
    database: Database,
    plan: str,
    whose: Whose,
    *,
    timezone: str | None = None,
    starts_at: datetime | None = None,
    trial: bool = False,
    actor: Actor = THE_OPERATOR,
) -> tuple[Row, bool]:
    """Give a user a plan; return the subscription, and whether it is new. Raises PlanRefused."""
    answer = database.call(
        "subscribe",
        plan=plan,
        user_id=whose.user_id,
        number=whose.number,
        timezone=timezone,
        starts_at=starts_at,
        trial=trial,
        actor=actor.to_json(),
    )
    return _one("subscription", answer), answer["result"] == "subscribed"


def change_subscription(
    database: Database,
    subscription_id: UUID,
    *,
    plan: str | None = None,
    status: str | None = None,
    cancel_at_period_end: bool | None = None,
    renew: bool = False,
    actor: Actor = THE_OPERATOR,
) -> Row:
    """Change a subscription; what is None stays. Calls under way go on. Raises PlanRefused."""
    answer = database.call(
        "change_subscription",
        id=subscription_id,
        plan=plan,
        status=status,
        cancel_at_period_end=cancel_at_period_end,
        renew=renew,
        actor=actor.to_json(),
    )
    return _one("subscription", answer)


def show_subscription(database: Database, subscription_id: UUID, *, actor: Actor = THE_OPERATOR) -> Row:
    """Return one, with what was used in its period. Raises PlanRefused."""
    answer = database.call("show_subscription", id=subscription_id, actor=actor.to_json())
    return _one("subscription", answer)


def list_subscriptions(
    database: Database,
    whose: Whose = EVERYBODY,
    status: str | None = None,
    part: Part = FIRST,
    *,
    actor: Actor = THE_OPERATOR,
) -> Page[Row]:
    """Return one page, the newest first."""
    answer = database.call(
        "list_subscriptions", **asdict(whose), status=status, **part.params(), actor=actor.to_json()
    )
    return page_of(answer, BY_MADE, dict)


def list_usage(
    database: Database, whose: Whose = EVERYBODY, part: Part = FIRST, *, actor: Actor = THE_OPERATOR
) -> Page[Row]:
    """Return one page of periods with what was used in each, the newest first."""
    answer = database.call("list_usage", **asdict(whose), **part.params(), actor=actor.to_json())
    return page_of(answer, BY_MADE, dict)


def keep_plans(database: Database) -> int:
    """Begin periods that are due, end what is not renewed; return how much there was to do."""
    return int(database.call("keep_plans")["kept"])


def _one(noun: str, answer: Row) -> Row:
    if answer["result"] == "refused":
        raise PlanRefused(answer)
    row: Row = answer[noun]
    return row
