"""Plans over the API: making, changing and ending them; subscriptions; used amounts."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from voicebot.api.dialling.plan_models import (
    ChangedPlan,
    ChangedSubscription,
    NewPlanBody,
    NewSubscription,
    Plan,
    PlanPage,
    PlanQuery,
    Subscription,
    SubscriptionPage,
    SubscriptionQuery,
    Usage,
    UsagePage,
    UsageQuery,
)
from voicebot.api.errors import ApiError
from voicebot.api.lists import reply_with_page
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.services.dialling import plans as service
from voicebot.services.dialling.ask import CallRefused
from voicebot.storage import plans
from voicebot.storage.plans import NewPlan, Whose

Row = Mapping[str, Any]
Result = TypeVar("Result")
MAX_BODY_BYTES = 256 * 1024
NOT_FOUND = {"unknown_plan", "unknown_subscription"}
CONFLICTS = {"name_taken", "plan_over", "has_plan", "subscription_over"}


def make(request: Request) -> Reply:
    """Make a plan."""
    given = request.body.model_dump()
    wanted = NewPlan(billing_interval=given.pop("interval"), price=_money(given.pop("price")), **given)
    made = _worded(lambda: plans.make_plan(request.runtime.database, wanted, actor=request.holder.actor))
    return Reply(201, _plan(made))


def list_plans(request: Request) -> Reply:
    """One page."""
    return reply_with_page(request, "plans", plans.list_plans, bool(request.query.ended), shown=_plan)


def show(request: Request) -> Reply:
    """One plan."""
    return Reply(
        200,
        _plan(
            _worded(
                lambda: plans.show_plan(
                    request.runtime.database, request.path["plan"], actor=request.holder.actor
                )
            )
        ),
    )


def change(request: Request) -> Reply:
    """Change it, end it."""
    changes = request.body.model_dump(include=request.body.model_fields_set)
    for needed in ("name", "price", "billing_increment_s", "ended"):
        if needed in changes and changes[needed] is None:
            raise ApiError(400, "invalid_request", "Expected a value.", field=needed)
    if "price" in changes:
        changes["price"] = _money(changes["price"])
    row = _changed(
        request,
        lambda: plans.change_plan(
            request.runtime.database, request.path["plan"], changes, actor=request.holder.actor
        ),
    )
    return Reply(200, _plan(row))


def subscribe(request: Request) -> Reply:
    """Give a user a plan."""
    wanted: NewSubscription = request.body
    if (wanted.user_id is None) == (wanted.number is None):
        raise ApiError(400, "invalid_request", "Expected either user_id or number.", field="user_id")
    starts_at: datetime | None = wanted.starts_at
    row, new = _changed(
        request,
        lambda: plans.subscribe(
            request.runtime.database,
            wanted.plan,
            Whose(wanted.user_id, wanted.number),
            timezone=wanted.timezone,
            starts_at=starts_at,
            trial=wanted.trial,
            actor=request.holder.actor,
        ),
    )
    return Reply(201 if new else 200, _subscription(row))


def list_subscriptions(request: Request) -> Reply:
    """One page."""
    return reply_with_page(
        request,
        "subscriptions",
        plans.list_subscriptions,
        Whose(request.query.user_id, request.query.number),
        request.query.status,
        shown=_subscription,
    )


def show_subscription(request: Request) -> Reply:
    """One subscription."""
    row = _worded(
        lambda: plans.show_subscription(request.runtime.database, _id(request), actor=request.holder.actor)
    )
    return Reply(200, _subscription(row))


def change_subscription(request: Request) -> Reply:
    """Another plan, an end, a new period."""
    row = _changed(
        request,
        lambda: plans.change_subscription(
            request.runtime.database, _id(request), **request.body.model_dump(), actor=request.holder.actor
        ),
    )
    return Reply(200, _subscription(row))


def end_subscription(request: Request) -> Reply:
    """End it at once."""
    row = _changed(
        request,
        lambda: plans.change_subscription(
            request.runtime.database, _id(request), status="canceled", actor=request.holder.actor
        ),
    )
    return Reply(200, _subscription(row))


def list_usage(request: Request) -> Reply:
    """One page."""
    whose = Whose(request.query.user_id, request.query.number)
    return reply_with_page(request, "usage", plans.list_usage, whose, shown=_usage)


def _changed(request: Request, work: Callable[[], Result]) -> Result:
    return _worded(lambda: service.change(request.runtime, work))


def _worded(work: Callable[[], Result]) -> Result:
    try:
        return service.read(work)
    except CallRefused as error:
        statuses = {"not_allowed": 403, "invalid_request": 400}
        found = 404 if error.code in NOT_FOUND else 409 if error.code in CONFLICTS else 422
        raise ApiError(statuses.get(error.code, found), error.code, error.words, field=error.field) from None


def _id(request: Request) -> UUID:
    return request.id_in_path(
        "subscription", ApiError(404, "unknown_subscription", service.WORDS["unknown_subscription"])
    )


def _money(price: float) -> str:
    return str(Decimal(str(price)).quantize(Decimal("0.01")))


def _plan(row: Row) -> Row:
    return {name: row[name] for name in Plan.model_fields}


def _usage(row: Row) -> Row:
    return {name: row[name] for name in Usage.model_fields}


def _subscription(row: Row) -> Row:
    shown = {name: row[name] for name in Subscription.model_fields}
    return shown | {"usage": _usage(row["usage"]) if row["usage"] else None}


HOUSE = Example("`not_allowed`: a key of somebody's own may not.")
NO_PLAN = Example("`unknown_plan`: there is none.")
UNKNOWN = Example("`unknown_subscription`: there is none that this key may see.")
ROUTES = (
    Route(
        "POST", "/plans", "makePlan", "Make a plan.", make,
        {201: Example("The plan.", Plan), 403: HOUSE, 409: Example("`name_taken`: another plan has this name.")},
        body=NewPlanBody, roles=OPERATOR, done=("plan.made", "plan"), max_body_bytes=MAX_BODY_BYTES,
    ),
    Route(
        "GET", "/plans", "listPlans", "List plans, the newest first.", list_plans,
        {200: Example("A page.", PlanPage)}, roles=OPERATOR, query=PlanQuery,
    ),
    Route(
        "GET", "/plans/<plan>", "showPlan", "One plan, by its id or name.", show,
        {200: Example("The plan.", Plan), 404: NO_PLAN}, roles=OPERATOR,
    ),
    Route(
        "PATCH", "/plans/<plan>", "changePlan", "Change a plan, or end it.", change,
        {200: Example("The plan as it stands now.", Plan), 403: HOUSE, 404: NO_PLAN,
         409: Example("`name_taken`: another plan has this name.")},
        body=ChangedPlan, roles=OPERATOR, done=("plan.changed", "plan"), max_body_bytes=MAX_BODY_BYTES,
    ),
    Route(
        "POST", "/subscriptions", "subscribe", "Give a user a plan.", subscribe,
        {201: Example("The subscription.", Subscription), 200: Example("The user has it already.", Subscription),
         403: HOUSE, 404: NO_PLAN, 409: Example("`has_plan` (another one: change it), or `plan_over`."),
         422: Example("`unknown_user`, or `house_account`.")},
        body=NewSubscription, roles=OPERATOR, done=("subscription.made", "subscription"),
    ),
    Route(
        "GET", "/subscriptions", "listSubscriptions", "Who has which plan, the newest first.", list_subscriptions,
        {200: Example("A page.", SubscriptionPage)}, roles=OPERATOR, query=SubscriptionQuery, noted=("numbers.listed", "subscription"),
    ),
    Route(
        "GET", "/subscriptions/<subscription>", "showSubscription", "One subscription, with what was used.",
        show_subscription,
        {200: Example("The subscription.", Subscription), 404: UNKNOWN}, roles=OPERATOR, noted=("number.read", "subscription"),
    ),
    Route(
        "PATCH", "/subscriptions/<subscription>", "changeSubscription",
        "Another plan, an end with its period, a period that begins now.", change_subscription,
        {200: Example("The subscription as it stands now.", Subscription), 403: HOUSE, 404: UNKNOWN,
         409: Example("`subscription_over`: make it active first; or `plan_over`.")},
        body=ChangedSubscription, roles=OPERATOR, done=("subscription.changed", "subscription"),
    ),
    Route(
        "DELETE", "/subscriptions/<subscription>", "endSubscription", "End a subscription at once; calls under way go on.",
        end_subscription,
        {200: Example("The subscription, canceled.", Subscription), 403: HOUSE, 404: UNKNOWN}, roles=OPERATOR, done=("subscription.ended", "subscription"),
    ),
    Route(
        "GET", "/usage", "listUsage", "What was used, period by period, the newest first.", list_usage,
        {200: Example("A page.", UsagePage)}, roles=OPERATOR, query=UsageQuery,
    ),
)  # fmt: skip
