"""People over the API: the list, one person, the timeline, what may be changed, erasing."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from voicebot.api.bodies import Body, Was, seen
from voicebot.api.errors import ApiError, changed_meanwhile
from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterNumber, AfterTimeAndName, Moment, PageSize, Query, YesOrNo
from voicebot.api.routes import CHANGED_MEANWHILE, OPERATOR, Example, Reply, Request, Route
from voicebot.domain.access.roles import EDITORS, LEADERS
from voicebot.services.people import erase
from voicebot.storage.pages import Page, Part
from voicebot.storage.people import persons
from voicebot.storage.people.erasures import NotErased
from voicebot.storage.people.persons import PersonChange, PersonFilter, UnknownPerson

Onboarding = Literal["pending", "sms_sent", "completed", "failed"]
Kind = Literal[
    "call", "text", "code", "consent", "suppression", "onboarding", "case", "queue", "dial", "webhook", "profile"
]  # fmt: skip
NOT_ERASED = {
    "works_here": "This person works here: take them out of the members first.",
    "elsewhere_too": "Another organization knows this person, too: a key of the whole service erases them.",
    "in_call": "This person is in a call now: try again when it is over.",
}


class Stop(BaseModel):
    """Why somebody is left alone, and in what."""

    scope: Literal["all", "calls", "texts"]
    reason: str
    since: str


class KnownPerson(BaseModel):
    """Somebody whom the service knows."""

    id: str
    first_name: str
    last_name: str
    phone_number: str | None
    phone_verified: bool
    onboarding_status: Onboarding
    location: str | None
    stopped: list[Stop] = Field(description="Why the person is not called or texted; empty: they are.")
    blocked: bool
    last_contact_at: str | None = Field(description="The last call or text.")
    created_at: str


class Consent(BaseModel):
    """What somebody said last about a purpose."""

    purpose: str
    state: Literal["granted", "denied", "withdrawn"]
    channel: str
    given_at: str


class WholePerson(KnownPerson):
    """Somebody with what else is known."""

    email: str | None
    verified_at: str | None
    onboarding_completed_at: str | None
    consents: list[Consent]


class KnownPeople(BaseModel):
    """A page, who came last first."""

    people: list[KnownPerson]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class Happened(BaseModel):
    """Something that happened with a person."""

    at: str
    kind: Kind
    what: dict[str, Any] = Field(description="The facts, by names that depend on the kind.")


class Timeline(BaseModel):
    """A page, the newest first."""

    events: list[Happened]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class ChangedPerson(Body):
    """The changes: an absent field stays. A blank e-mail or place removes it."""

    first_name: str | None = Field(None, max_length=200)
    last_name: str | None = Field(None, max_length=200)
    email: str | None = Field(None, max_length=320)
    location: str | None = Field(None, max_length=500)
    was: Was = None


class Erased(BaseModel):
    """The proof that somebody was erased."""

    erasure: str = Field(
        description="Its id: `/erasures` says when the last recording was gone at the carrier."
    )
    removed: dict[str, int] = Field(description="How many rows of each kind are gone.")
    rows_left: bool = Field(description="Of very many rows some are left: they go within minutes.")


class PeopleQuery(Query):
    """Which people are wanted."""

    beginning: str | None = Field(None, description="Of a name, or of a number with its plus sign as %2B.")
    verified: YesOrNo | None = Field(None, description="Only those whose number is verified, or is not.")
    onboarding: Onboarding | None = Field(None, description="Only these.")
    standing: Literal["stopped", "blocked"] | None = Field(None, description="Only these.")
    contact_since: Moment | None = Field(None, description="Only those with a call or text since then.")
    no_contact_since: Moment | None = Field(None, description="Only those without one.")
    page_size: PageSize = ROWS
    before: AfterNumber = None


class TimelineQuery(Query):
    """Which part of a timeline is wanted."""

    kind: Kind | None = Field(None, description="Only events of this kind.")
    page_size: PageSize = ROWS
    before: AfterTimeAndName = None


def list_people(request: Request) -> Reply:
    """One page of people."""
    filters = request.query.filters()
    beginning = (filters.pop("beginning") or "").replace("\0", "").strip()[:100] or None
    wanted = PersonFilter(beginning=beginning, **filters)
    return reply_with_page(request, "people", persons.people_page, wanted, shown=_shown)


def show(request: Request) -> Reply:
    """One person."""
    return Reply(200, _whole(request))


def timeline(request: Request) -> Reply:
    """One page of what happened."""
    person = _id(request)

    def events(database: Any, part: Part, *, actor: Any) -> Page[persons.Row]:
        return persons.timeline(database, person, request.query.kind, part, actor=actor)

    try:
        return reply_with_page(request, "events", events, shown=_event)
    except UnknownPerson:
        raise _unknown() from None


def change(request: Request) -> Reply:
    """Keep another name, e-mail or place."""
    wanted: ChangedPerson = request.body
    try:
        is_kept = persons.change_person(
            request.runtime.database,
            _id(request),
            PersonChange(**wanted.model_dump(exclude={"was"})),
            was=seen(wanted),
            actor=request.holder.actor,
        )
    except UnknownPerson:
        raise _unknown() from None
    if not is_kept:
        raise changed_meanwhile()
    return Reply(200, _whole(request))


def erase_person(request: Request) -> Reply:
    """Erase the person for good."""
    try:
        erased = erase.erase_person(request.runtime, _id(request), actor=request.holder.actor)
    except NotErased as refusal:
        if refusal.code not in NOT_ERASED:
            raise _unknown() from None
        raise ApiError(409, refusal.code, NOT_ERASED[refusal.code]) from None
    return Reply(
        200, {"erasure": erased["id"], "removed": erased["removed"], "rows_left": erased["rows_left"]}
    )


def _whole(request: Request) -> dict[str, Any]:
    try:
        row = persons.show_person(request.runtime.database, _id(request), actor=request.holder.actor)
    except UnknownPerson:
        raise _unknown() from None
    return {name: row[name] for name in WholePerson.model_fields}


def _shown(row: persons.Row) -> dict[str, Any]:
    return {name: row[name] for name in KnownPerson.model_fields}


def _event(row: persons.Row) -> dict[str, Any]:
    what = {name: value for name, value in row.items() if name not in ("at", "kind")}
    return {"at": row["at"], "kind": row["kind"], "what": what}


def _id(request: Request) -> UUID:
    return request.id_in_path("person", _unknown())


def _unknown() -> ApiError:
    return ApiError(404, "unknown_person", "There is no such person, or none that this key may see.")


UNKNOWN = Example("No such person, or none that this key may see.")
ROUTES = (
    Route(
        "GET", "/people", "listPersons", "List people, who came last first.", list_people, {200: Example("A page.", KnownPeople)},
        noted=("people.listed", "person"), roles=OPERATOR, query=PeopleQuery,
    ),
    Route(
        "GET", "/people/<person>", "showPerson", "Show one person with consents.", show,
        {200: Example("The person.", WholePerson), 404: UNKNOWN}, noted=("person.read", "person"), roles=OPERATOR,
    ),
    Route(
        "GET", "/people/<person>/timeline", "showTimeline", "List everything that happened with a person, the newest first.", timeline,
        {200: Example("A page.", Timeline), 404: UNKNOWN}, noted=("person.read", "person"), roles=OPERATOR, query=TimelineQuery,
    ),
    Route(
        "PATCH", "/people/<person>", "changePerson", "Keep another name, e-mail or place of a person.", change,
        {200: Example("The person now.", WholePerson), 404: UNKNOWN, 409: CHANGED_MEANWHILE}, body=ChangedPerson, roles=OPERATOR, members=EDITORS, noted=("person.read", "person"),
    ),
    Route(
        "DELETE", "/people/<person>", "erasePerson",
        "Erase a person for good: rows at once, recordings at the carrier within a day. A STOP of theirs still holds.", erase_person,
        {200: Example("The proof.", Erased), 404: UNKNOWN, 409: Example("The person works here, or is in a call now.")},
        roles=OPERATOR, members=LEADERS,
    ),
)  # fmt: skip
