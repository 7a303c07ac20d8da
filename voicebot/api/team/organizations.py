"""Organizations over the API: the visible ones, a new one, its data and its limits."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from voicebot.api.bodies import Body, Was, seen
from voicebot.api.errors import ApiError, changed_meanwhile, not_allowed
from voicebot.api.routes import CHANGED_MEANWHILE, OPERATOR, Example, Reply, Request, Route
from voicebot.api.team.worded import unknown_organization, worded
from voicebot.domain.access.organization import wrong_in
from voicebot.storage.access import members, organizations
from voicebot.storage.access.organizations import OrganizationRefused

Row = Mapping[str, Any]
PATH = "/organizations/<organization>"


class NewOrganization(Body):
    """An organization, which has no member yet."""

    name: str = Field(min_length=1, max_length=255)
    slug: str = Field(min_length=1, max_length=100, description="Small letters, digits and dashes.")


class OrganizationChange(Body):
    """The changes: an absent field stays, null clears it. Limits need a key of the whole service."""

    display_name: str | None = Field(None, max_length=255)
    description: str | None = Field(None, max_length=2000)
    website_url: str | None = Field(None, max_length=512)
    contact_email: str | None = Field(None, max_length=255)
    phone: str | None = Field(None, max_length=50)
    billing_email: str | None = Field(None, max_length=255)
    default_timezone: str | None = Field(None, max_length=50)
    default_language: str | None = Field(None, max_length=10)
    max_members: int | None = Field(None, ge=1, le=1_000_000)
    monthly_audio_hours_limit: int | None = Field(None, ge=0, le=1_000_000)
    max_sessions_per_month: int | None = Field(None, ge=0, le=1_000_000)
    was: Was = None


class SeenOrganization(BaseModel):
    """An organization as every member sees it."""

    id: str
    name: str
    slug: str
    is_active: bool | None


class SeenOrganizations(BaseModel):
    """All that the key may see, by name; at most 200."""

    organizations: list[SeenOrganization]


class Organization(BaseModel):
    """An organization, and what it may have."""

    id: str
    name: str
    slug: str
    display_name: str | None
    description: str | None
    website_url: str | None
    contact_email: str | None
    phone: str | None
    billing_email: str | None
    default_timezone: str | None
    default_language: str | None
    max_members: int | None
    monthly_audio_hours_limit: int | None
    max_sessions_per_month: int | None
    members: int


def list_all(request: Request) -> Reply:
    """Those that the key may see."""
    rows = members.list_organizations(request.runtime.database, actor=request.holder.actor)
    shown = [{name: row[name] for name in SeenOrganization.model_fields} for row in rows]
    return Reply(200, {"organizations": shown})


def make(request: Request) -> Reply:
    """A new one."""
    wanted: NewOrganization = request.body
    database, actor = request.runtime.database, request.holder.actor
    with worded():
        made = members.make_organization(database, wanted.name.strip(), wanted.slug, actor=actor)
    return Reply(201, _asked(lambda: organizations.show_organization(database, made, actor=actor)))


def show(request: Request) -> Reply:
    """One organization."""
    database, wanted, actor = request.runtime.database, organization_of(request), request.holder.actor
    return Reply(200, _asked(lambda: organizations.show_organization(database, wanted, actor=actor)))


def change(request: Request) -> Reply:
    """A changed organization."""
    database, wanted, actor = request.runtime.database, organization_of(request), request.holder.actor
    changes, was = request.body.model_dump(exclude_unset=True, exclude={"was"}), seen(request.body)
    if wrong := wrong_in(changes):
        field, words = wrong
        raise ApiError(400, "invalid_request", words, field=field)
    return Reply(
        200,
        _asked(lambda: organizations.change_organization(database, wanted, changes, was=was, actor=actor)),
    )


def organization_of(request: Request) -> UUID:
    """Return the organization of the path. Raises ApiError."""
    return request.id_in_path("organization", unknown_organization())


def _asked(ask: Callable[[], Row]) -> Row:
    try:
        row = ask()
    except OrganizationRefused as error:
        if error.code == "changed_meanwhile":
            raise changed_meanwhile() from None
        raise unknown_organization() if error.code == "unknown_organization" else not_allowed() from None
    return {name: row[name] for name in Organization.model_fields}


UNKNOWN = Example("There is no such organization, or not for this key.")
NOT_LED = Example(
    "`not_allowed`: it takes a key of the whole service, or of somebody who leads the organization."
)
ROUTES = (
    Route(
        "GET", "/organizations", "listOrganizations", "List the organizations that the key may see.", list_all,
        {200: Example("All of them.", SeenOrganizations)}, roles=OPERATOR,
    ),
    Route(
        "POST", "/organizations", "makeOrganization", "Make an organization, for a key of the whole service.", make,
        {201: Example("It has no member yet: invite one.", Organization), 409: Example("`name_taken`.")},
        body=NewOrganization, roles=OPERATOR,
    ),
    Route(
        "GET", PATH, "showOrganization", "Show an organization and what it may have.", show,
        {200: Example("The organization.", Organization), 403: NOT_LED, 404: UNKNOWN}, roles=OPERATOR,
    ),
    Route(
        "PATCH", PATH, "changeOrganization", "Change what an organization says, or may have.", change,
        {200: Example("The organization.", Organization), 403: NOT_LED, 404: UNKNOWN, 409: CHANGED_MEANWHILE}, body=OrganizationChange, roles=OPERATOR,
    ),
)  # fmt: skip
