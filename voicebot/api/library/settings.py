"""Settings over the API: keys, used amounts, the doctor. They need a key of the whole service; all but the doctor also
accept a key of an organization's leader.
"""

from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, Field

from voicebot.api.bodies import Body, Nothing
from voicebot.api.errors import ApiError, not_allowed
from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterTime, PageSize, Query
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.api.team.organizations import NOT_LED
from voicebot.services.create_key import KeyRefused, make_key_for
from voicebot.services.doctor import asked
from voicebot.services.operators.usage import month_so_far
from voicebot.storage.access.examinations import show_examination
from voicebot.storage.api_keys import api_keys_page, end_api_key
from voicebot.storage.pages import ListRefused

OF_SERVICE = Example("This key is narrowed to somebody; this is the whole service's.")


class NewKey(Body):
    """Whose key it is, and what it opens."""

    name: str = Field(min_length=1, max_length=100)
    role: Literal["operator", "integrator"] = Field(
        description="integrator: verify phones, and see the calls that it asked for itself."
    )
    days: int | None = Field(None, ge=1, le=3650, description="It holds for so long; for ever without.")


class MadeKey(BaseModel):
    """A new key; it is shown this once."""

    name: str
    key: str


class Key(BaseModel):
    """A key, without itself."""

    id: str
    name: str
    role: str
    key_prefix: str
    user_id: str | None
    organization_id: str | None
    created_at: str
    last_used_at: str | None
    expires_at: str | None
    revoked_at: str | None
    holds: bool


class Keys(BaseModel):
    """A page, the newest first."""

    keys: list[Key]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class EndedKey(BaseModel):
    """A key that opens nothing any more."""

    id: str
    holds: Literal[False]


class KeyQuery(Query):
    """Which part is wanted."""

    page_size: PageSize = ROWS
    before: AfterTime = None


class NoQuery(Query):
    """No parameters."""


class UsedProduct(BaseModel):
    """What was used of one product, in one currency."""

    product: str
    count: int
    minutes: float | None
    cost: float | None
    currency: str
    unpriced: int = Field(description="How many have no price yet.")


class Against(BaseModel):
    """A figure beside its limit."""

    name: str
    used: float
    limit: float | None
    unit: str


class UsageOfMonth(BaseModel):
    """This month so far."""

    since: str
    products: list[UsedProduct]
    limits: list[Against]
    caps: list[Against] = Field(description="Money of today, for whoever runs the service.")


class ExaminationFinding(BaseModel):
    """One thing that was looked at."""

    level: Literal["ok", "warn", "fail"]
    subject: str
    what: str
    do: str


class Examination(BaseModel):
    """What the doctor found last."""

    asked_at: str | None
    examined_at: str | None
    waiting: bool
    findings: list[ExaminationFinding]


def list_keys(request: Request) -> Reply:
    """One page."""
    try:
        return reply_with_page(request, "keys", api_keys_page, shown=dict)
    except ListRefused:
        raise not_allowed() from None


def make_key(request: Request) -> Reply:
    """A new key."""
    wanted: NewKey = request.body
    expires_at = request.runtime.now() + timedelta(days=wanted.days) if wanted.days else None
    try:
        key = make_key_for(
            request.runtime.database,
            wanted.name,
            wanted.role,
            actor=request.holder.actor,
            expires_at=expires_at,
        )
    except KeyRefused as error:
        if error.code == "name_taken":
            raise ApiError(409, "name_taken", "A key of this name exists.", field="name") from None
        raise not_allowed() from None
    return Reply(201, {"name": wanted.name, "key": key})


def end_key(request: Request) -> Reply:
    """A key that ends."""
    unknown = ApiError(404, "unknown_key", "There is no such key.")
    wanted = request.id_in_path("key", unknown)
    refused = end_api_key(request.runtime.database, wanted, actor=request.holder.actor)
    if refused is not None:
        raise unknown if refused == "unknown_key" else not_allowed()
    return Reply(200, {"id": str(wanted), "holds": False})


def show_usage(request: Request) -> Reply:
    """This month."""
    try:
        usage = month_so_far(request.runtime, actor=request.holder.actor)
    except ListRefused:
        raise not_allowed() from None
    return Reply(
        200,
        {
            "since": usage.since.isoformat(),
            "products": list(usage.products),
            "limits": [vars(one) for one in usage.limits],
            "caps": [vars(one) for one in usage.caps],
        },
    )


def show_doctor(request: Request) -> Reply:
    """The last result."""
    try:
        found = show_examination(request.runtime.database, actor=request.holder.actor)
    except ListRefused:
        raise not_allowed() from None
    return Reply(200, {name: found[name] for name in Examination.model_fields})


def ask_doctor(request: Request) -> Reply:
    """Another examination."""
    try:
        asked.ask(request.runtime, actor=request.holder.actor)
    except ListRefused:
        raise not_allowed() from None
    found = show_examination(request.runtime.database, actor=request.holder.actor)
    return Reply(202, {name: found[name] for name in Examination.model_fields})


ROUTES = (
    Route(
        "GET", "/keys", "listKeys", "List the keys of the API, the newest first.", list_keys,
        {200: Example("A page.", Keys), 403: NOT_LED}, roles=OPERATOR, query=KeyQuery,
    ),
    Route(
        "POST", "/keys", "makeKey", "Make a key, which is shown once.", make_key,
        {201: Example("The key.", MadeKey), 403: NOT_LED, 409: Example("`name_taken`.")}, body=NewKey, roles=OPERATOR,
    ),
    Route(
        "DELETE", "/keys/<key>", "endKey", "End a key, from the next request on.", end_key,
        {200: Example("It opens nothing any more.", EndedKey), 403: NOT_LED, 404: Example("There is no such key.")},
        roles=OPERATOR,
    ),
    Route(
        "GET", "/usage/month", "showUsage", "Show what this month came to so far, beside the limits.", show_usage,
        {200: Example("The month so far.", UsageOfMonth), 403: NOT_LED}, roles=OPERATOR, query=NoQuery,
    ),
    Route(
        "GET", "/doctor", "showDoctor", "Show what the doctor found last.", show_doctor,
        {200: Example("The last result.", Examination), 403: OF_SERVICE}, roles=OPERATOR, query=NoQuery,
    ),
    Route(
        "POST", "/doctor", "askDoctor", "Have the worker examine everything that a call needs.", ask_doctor,
        {202: Example("It is asked for.", Examination), 403: OF_SERVICE}, body=Nothing, roles=OPERATOR,
    ),
)  # fmt: skip
