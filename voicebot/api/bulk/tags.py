"""Tags of calls and people, to whom a call is given, and an entry called again, over the API."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from voicebot.api.bodies import Body, PhoneNumber
from voicebot.api.dialling.worded import id_of, worded
from voicebot.api.errors import ApiError
from voicebot.api.queue import Entry, shown_entry
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.api.team.members import MemberRole
from voicebot.domain.dialling.reasons import sentences
from voicebot.services.dialling import ask
from voicebot.storage import queue
from voicebot.storage.bulk import tags
from voicebot.storage.bulk.tags import LONGEST_TAG, TagRefused

WORDS = {
    "unknown_call": (404, "There is no such call."),
    "wrong_tag": (422, "A tag is one to fifty characters, without a comma."),
    "not_allowed": (403, "This key knows nobody of this number."),
    "unknown_member": (422, "Expected an active member of the call's organization."),
}
_TAG = Field(min_length=1, max_length=LONGEST_TAG, description="Kept in small letters.")
_REMOVE = Field(False, description="true: take it away.")


class CallTag(Body):
    """A tag of a call."""

    tag: str = _TAG
    remove: bool = _REMOVE


class PersonTag(CallTag):
    """A tag of a person."""

    number: PhoneNumber


class Tags(BaseModel):
    """Tags as they stand."""

    tags: list[str]


class Colleague(BaseModel):
    """Somebody to whom calls and threads can be given."""

    user_id: str
    name: str | None
    role: MemberRole


class Colleagues(BaseModel):
    """The members of the key's organization, by name; none where the key is of no organization."""

    colleagues: list[Colleague]


class Assignee(Body):
    """Whose a call is."""

    member: str | None = Field(max_length=36, description="The member's user id; null: nobody's.")


class Assigned(BaseModel):
    """Whose a call is now."""

    id: str
    member: str | None


class WantedAgain(Body):
    """An entry that is over, called again."""

    reached: bool = Field(False, description="true: also when somebody was reached.")


class Held(BaseModel):
    """The reasons that hold back entries that are due."""

    reason: str
    why: str = Field(description="The same as a sentence.")
    entries: int


class Line(BaseModel):
    """A number of ours that calls come from now."""

    number: str | None
    calls: int


class Standing(BaseModel):
    """How the queue stands."""

    states: dict[str, int] = Field(description="Entries by state; 10001: there are more.")
    looked_at: int = Field(description="How many of the next entries were looked at for `held_by`.")
    held_by: list[Held]
    red_numbers: list[str]
    lines: list[Line]


def tag_call(request: Request) -> Reply:
    """Tag a call."""
    wanted: CallTag = request.body
    with _told():
        found = tags.tag_call(
            request.runtime.database,
            _call(request),
            wanted.tag,
            remove=wanted.remove,
            actor=request.holder.actor,
        )
    return Reply(200, {"tags": list(found)})


def tag_person(request: Request) -> Reply:
    """Tag a person."""
    wanted: PersonTag = request.body
    with _told():
        found = tags.tag_person(
            request.runtime.database,
            wanted.number,
            wanted.tag,
            remove=wanted.remove,
            actor=request.holder.actor,
        )
    return Reply(200, {"tags": list(found)})


def list_tags(request: Request) -> Reply:
    """Every tag."""
    return Reply(200, {"tags": list(tags.list_tags(request.runtime.database, actor=request.holder.actor))})


def list_colleagues(request: Request) -> Reply:
    """Everybody of the organization."""
    rows = tags.list_colleagues(request.runtime.database, actor=request.holder.actor)
    return Reply(200, {"colleagues": [dict(row) for row in rows]})


def assign(request: Request) -> Reply:
    """Give a call to somebody."""
    wanted: Assignee = request.body
    try:
        member = UUID(wanted.member) if wanted.member else None
    except ValueError:
        raise ApiError(400, "invalid_request", "Expected a user id.", field="member") from None
    call = _call(request)
    with _told():
        tags.assign_call(request.runtime.database, call, member, actor=request.holder.actor)
    return Reply(200, {"id": str(call), "member": str(member) if member else None})


def redial(request: Request) -> Reply:
    """Let an entry wait again."""
    with worded():
        row = ask.redial_call(
            request.runtime,
            id_of(request.path["entry"], "unknown_entry"),
            reached=request.body.reached,
            actor=request.holder.actor,
        )
    return Reply(200, shown_entry(row))


def standing(request: Request) -> Reply:
    """How the queue stands."""
    found = queue.queue_standing(
        request.runtime.database, ask.dial_limits(request.runtime), actor=request.holder.actor
    )
    told: dict[str, Any] = {name: found[name] for name in ("states", "looked_at", "red_numbers")}
    held = [{**one, "why": sentences([one["reason"]])[0]} for one in found["held_by"]]
    return Reply(200, told | {"held_by": held, "lines": found["rows"]})


class _told:
    """Turns refusals into the API's own."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, TagRefused):
            status, words = WORDS.get(error.code, (422, "This cannot be done."))
            raise ApiError(status, error.code, words) from None


def _call(request: Request) -> UUID:
    return request.id_in_path("call", ApiError(404, *("unknown_call", WORDS["unknown_call"][1])))


UNKNOWN = Example("`unknown_call`: there is none that this key may see.")
WRONG = Example("`wrong_tag`.")
ROUTES = (
    Route(
        "POST", "/calls/<call>/tags", "tagCall", "Put a tag on a call, or take it away.", tag_call,
        {200: Example("Its tags.", Tags), 404: UNKNOWN, 422: WRONG}, body=CallTag, roles=OPERATOR, done=("call.tagged", "call"),
    ),
    Route(
        "PUT", "/calls/<call>/assignee", "assignCall", "Give a call to a member of its organization.", assign,
        {200: Example("Whose it is.", Assigned), 404: UNKNOWN, 422: Example("`unknown_member`.")},
        body=Assignee, roles=OPERATOR,
    ),
    Route(
        "POST", "/person-tags", "tagPerson", "Put a tag on a person, for your organization alone, or take it away.", tag_person,
        {200: Example("Their tags.", Tags), 422: WRONG}, body=PersonTag, roles=OPERATOR, done=("person.tagged", "person"),
    ),
    Route(
        "GET", "/tags", "listTags", "The tags that there are.", list_tags, {200: Example("Tags.", Tags)}, roles=OPERATOR,
    ),
    Route(
        "GET", "/colleagues", "listColleagues", "List to whom calls and threads can be given.", list_colleagues,
        {200: Example("The members of the key's organization.", Colleagues)}, roles=OPERATOR,
    ),
    Route(
        "POST", "/queue/<entry>/redial", "redialQueuedCall", "Let an entry that is over wait again.", redial,
        {
            200: Example("The entry as it stands now.", Entry),
            404: Example("`unknown_entry`: there is none that this key may see."),
            422: Example("`waiting`, `reached`, `campaign_over`, `suppressed`, `no_consent`, `own_number`, `window_over`."),
        },
        body=WantedAgain, roles=OPERATOR, done=("entry.redialled", "entry"), noted=("number.read", "entry"),
    ),
    Route(
        "GET", "/queue-standing", "showQueueStanding", "How many entries stand where, what holds them back, and lines in use.",
        standing, {200: Example("The queue.", Standing)}, roles=OPERATOR,
    ),
)  # fmt: skip
