"""What plans, subscriptions and usage look like over the API, and how they are asked for."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from voicebot.api.bodies import Body, Moment, PhoneNumber
from voicebot.api.queries import ROWS, AfterTime, Number, PageSize, Query, YesOrNo

Interval = Literal["monthly", "yearly"]
Status = Literal["active", "trialing", "past_due", "canceled"]
Increment = Literal[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60]
MOST = 10_000_000
_NAME = Field(min_length=1, max_length=100, description="What it is called; its id or this name finds it.")
_PRICE = Field(0, ge=0, le=9_999_999, description="What a period costs.")
_CALLS = Field(None, ge=0, le=MOST, description="Answered calls in a period; null: no limit.")
_MINUTES = Field(None, ge=0, le=MOST, description="Minutes in a period; null: no limit.")
_FEATURES = Field(None, max_length=50, description="What it offers, in words.")
_WORDS = Field(None, max_length=2000)
_ZONE = Field(None, max_length=64, description="By whose clock periods begin, as `America/Denver`.")


def _uuid(text: Any) -> UUID:
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        raise ValueError("the id of a user") from None


def _uuid_sent(text: Any) -> UUID:
    try:
        return _uuid(text)
    except ValueError as error:
        raise ValueError(f"expected {error}") from None


_UUID_SCHEMA = WithJsonSchema({"type": "string", "format": "uuid"})
AskedUser = Annotated[UUID, BeforeValidator(_uuid), _UUID_SCHEMA]
SentUser = Annotated[UUID, BeforeValidator(_uuid_sent), _UUID_SCHEMA]
_USER = Field(None, description="The user, by id.")


class NewPlanBody(Body):
    """A plan that is wanted."""

    name: str = _NAME
    interval: Interval = Field("monthly", description="Its period.")
    price: float = _PRICE
    description: str | None = _WORDS
    features: list[Annotated[str, Field(max_length=200)]] | None = _FEATURES
    call_limit: int | None = _CALLS
    minutes_limit: int | None = _MINUTES
    billing_increment_s: Increment = Field(
        60, description="The seconds of a call are rounded up to a multiple of it."
    )


class ChangedPlan(Body):
    """The changes: an absent field stays. New limits hold at once for every subscriber of the plan."""

    name: str | None = Field(None, min_length=1, max_length=100)
    price: float | None = Field(None, ge=0, le=9_999_999)
    description: str | None = _WORDS
    features: list[Annotated[str, Field(max_length=200)]] | None = _FEATURES
    call_limit: int | None = _CALLS
    minutes_limit: int | None = _MINUTES
    billing_increment_s: Increment | None = None
    ended: bool | None = Field(None, description="true: nobody new can get it; who has it keeps it.")


class NewSubscription(Body):
    """Who gets which plan."""

    plan: str = Field(min_length=1, max_length=100, description="Its id or name.")
    user_id: SentUser | None = _USER
    number: PhoneNumber | None = Field(None, description="The user, by number; in place of `user_id`.")
    timezone: str | None = _ZONE
    starts_at: Moment | None = Field(None, description="Since when; now without.")
    trial: bool = Field(False, description="It ends with its first period.")


class ChangedSubscription(Body):
    """What is to be changed; what is absent stays. Calls under way go on."""

    plan: str | None = Field(
        None,
        min_length=1,
        max_length=100,
        description="Another plan; of the same interval it keeps the period.",
    )
    status: Literal["active", "past_due", "canceled"] | None = None
    cancel_at_period_end: bool | None = Field(None, description="true: it is not renewed.")
    renew: bool = Field(False, description="true: a period begins now.")


class Plan(BaseModel):
    """A plan."""

    id: str
    name: str
    interval: Interval
    price: str
    description: str | None
    features: list[str]
    call_limit: int | None
    minutes_limit: int | None
    billing_increment_s: int
    ended_at: str | None
    created_at: str
    updated_at: str


class Usage(BaseModel):
    """What was used in a period."""

    id: str
    user_id: str
    subscription_id: str | None
    plan: str | None = Field(description="The plan's name, as the user has it now.")
    period_start: str
    period_end: str
    calls_used: int = Field(description="Calls that were answered.")
    calls_reserved: int = Field(description="Held by dials under way.")
    calls_remaining: int | None = Field(description="Null: no limit.")
    minutes_used: int
    minutes_reserved: int
    minutes_remaining: int | None
    seconds_used: int = Field(description="Each call rounded up as its plan says.")
    updated_at: str


class PlanName(BaseModel):
    """Which plan it is."""

    id: str
    name: str


class Subscription(BaseModel):
    """Who has a plan, and how that stands."""

    id: str
    user_id: str
    number: str | None
    plan: PlanName
    status: Status
    period_start: str
    period_end: str
    timezone: str
    cancel_at_period_end: bool
    renews: bool = Field(description="Whether the next period begins by itself.")
    reason: str | None = Field(description="Why calls of the user wait; null: the plan lets them go.")
    usage: Usage | None = Field(description="Of the period that runs.")
    created_at: str
    updated_at: str


class PlanPage(BaseModel):
    """A page, the newest first."""

    plans: list[Plan]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class SubscriptionPage(BaseModel):
    """A page, the newest first."""

    subscriptions: list[Subscription]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class UsagePage(BaseModel):
    """A page of periods, the newest first."""

    usage: list[Usage]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class PlanQuery(Query):
    """Which plans are wanted."""

    ended: YesOrNo | None = Field(None, description="1: also those that nobody new can get.")
    page_size: PageSize = ROWS
    before: AfterTime = None


class UsageQuery(Query):
    """Whose usage is wanted."""

    user_id: AskedUser | None = _USER
    number: Number | None = Field(None, description="The user, by number.")
    page_size: PageSize = ROWS
    before: AfterTime = None


class SubscriptionQuery(UsageQuery):
    """Whose subscriptions are wanted."""

    status: Status | None = Field(None, description="How they stand.")
