"""The queue of calls over the API: ask for a call, look at it, move it, cancel it, and why it is not dialled yet."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from voicebot.api.bodies import Body, Moment, PhoneNumber, Was, seen
from voicebot.api.errors import ApiError
from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterTime, Id, Number, PageSize, Query, ShortText
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.domain.dialling.caller_choice import CHOICES
from voicebot.domain.dialling.reasons import sentences
from voicebot.domain.dialling.recurrence import LONGEST_RULE
from voicebot.domain.dialling.variables import LONGEST_VALUE, MOST_VARIABLES
from voicebot.services.dialling import ask, series
from voicebot.services.dialling.ask import CallRefused
from voicebot.storage import queue
from voicebot.storage.queue import Consent, NewEntry, QueueFilter

Row = Mapping[str, Any]
Status = Literal["queued", "in-progress", "completed", "failed", "canceled"]
Choice = Literal[
    "named", "bound", "area", "region", "country", "default", "other", "instead_of_red", "instead_of_gone"
]
CHOICES_WORDS = "Why from this number. " + " ".join(f"{name}: {words}." for name, words in CHOICES.items())
Purpose = Literal["asked_for", "service", "marketing"]
RULE_WORDS = "Repeats: an RRULE by the clock of the person's place, as `FREQ=WEEKLY;BYDAY=MO`, from `scheduled_time` on."
NOT_FOUND, CONFLICTS = {"unknown_entry"}, {"key_used", "not_queued", "suppressed", "changed_meanwhile"}
UNCALLABLE = {
    "not_callable",
    "country_not_allowed",
    "unknown_zone",
    "unclear_zone",
    "own_number",
    "no_consent",
    "window_over",
}


class GivenConsent(Body):
    """What the person agreed to."""

    wording: str = Field(min_length=1, max_length=500, description="The words that the person agreed to.")
    source: str | None = Field(None, max_length=200, description="Where that can be looked up.")
    given_at: Moment | None = Field(None, description="When; now without.")


class NewCallEntry(Body):
    """A call that is wanted."""

    to: PhoneNumber
    template: str | None = Field(None, min_length=1, max_length=200, description="Its id or name.")
    variables: dict[str, str] | None = Field(
        None,
        max_length=MOST_VARIABLES,
        description=f"What its placeholders stand for, {LONGEST_VALUE} characters each.",
    )
    caller_number: PhoneNumber | None = Field(
        None, description="A number of ours, or a verified one of the user's."
    )
    scheduled_time: Moment | None = Field(
        None, description="When; it is not dialled later than an hour after that."
    )
    not_before: Moment | None = None
    not_after: Moment | None = Field(None, description="Never dialled from then on.")
    timezone: str | None = Field(
        None,
        max_length=64,
        description="Where the person is, as `America/Denver`; else their number says it.",
    )
    priority: int = Field(0, ge=-100, le=100, description="The higher one is dialled first.")
    purpose: Purpose = Field("service", description="Which consent it needs.")
    consent: GivenConsent | None = Field(None, description="Kept with the person, if it is new.")
    hours_lifted: str | None = Field(
        None,
        min_length=1,
        max_length=500,
        description="Why this call may be made at any hour; kept with the entry.",
    )
    repeat: str | None = Field(None, min_length=1, max_length=LONGEST_RULE, description=RULE_WORDS)
    request_key: str | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="Your own: asking twice with one key queues once, for ever.",
    )


class ChangedEntry(Body):
    """What is to be changed of a waiting entry; what is absent stays."""

    scheduled_time: Moment | None = None
    not_before: Moment | None = None
    not_after: Moment | None = None
    timezone: str | None = Field(None, max_length=64)
    priority: int | None = Field(None, ge=-100, le=100)
    max_attempts: int | None = Field(None, ge=1, le=20)
    hours_lifted: str | None = Field(
        None, min_length=1, max_length=500, description="Why it may be made at any hour; null: it may not."
    )
    was: Was = None


class Attempt(BaseModel):
    """One dial. The carrier's status, who answered and the goal are three separate facts."""

    id: str
    number: int
    state: Literal["generated", "sending", "sent", "unknown", "failed", "done"]
    from_number: str | None
    caller_choice: Choice | None = Field(description=CHOICES_WORDS)
    call_sid: str | None
    call_id: str | None = Field(description="The call that came of it: `/calls/{id}`.")
    began_at: str | None
    ended_at: str | None
    transport: Literal["completed", "busy", "no-answer", "failed", "canceled"] | None
    transport_code: str | None = Field(
        description="The carrier's code for it: of SIP, or of the request that it refused."
    )
    answered_by: Literal["human", "voicemail", "screener", "fax", "unknown"] | None
    goal: Literal["reached", "not_reached", "unknown"] | None
    goal_evidence: str | None = Field(description="Words of the transcript that show it.")
    error: str | None


class Entry(BaseModel):
    """A call in the queue."""

    id: str
    to: str
    status: Status
    purpose: Purpose
    campaign_id: str | None
    template: str | None
    variables: dict[str, Any]
    caller_number: str | None
    scheduled_time: str | None
    not_before: str | None
    not_after: str | None
    timezone: str | None
    zones: list[str] | None = Field(description="Where the number may be; null: not looked at yet.")
    priority: int
    hours_lifted: str | None
    attempts_made: int
    max_attempts: int
    last_error: str | None
    request_key: str | None
    series_id: str | None = Field(description="The series that it is a call of.")
    occurrence: str | None = Field(description="Which call of its series it is.")
    asked_in: str | None = Field(description="The call or text in which the person asked for it.")
    next_attempt_at: str | None = Field(
        description="When it expects to be dialled; null: nobody knows, or it does not wait."
    )
    reasons: list[str] = Field(description="Why it is not dialled now; empty: it is next.")
    why: list[str] = Field(description="The same reasons as sentences.")
    created_at: str
    updated_at: str


class EntryWithAttempts(Entry):
    """A call in the queue, and every dial that was made for it."""

    tags: list[str] = Field(description="Tags of the person.")
    attempts: list[Attempt]


class EntryPage(BaseModel):
    """A page, the newest first."""

    entries: list[Entry]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class EntryQuery(Query):
    """Which entries are wanted."""

    status: Status | None = Field(None, description="How they stand.")
    number: Number | None = Field(None, description="Whom it calls.")
    campaign_id: Id | None = Field(None, description="Only the people of this campaign.")
    tag: ShortText | None = Field(None, description="Only those whose person has this tag.")
    page_size: PageSize = ROWS
    before: AfterTime = None


def add(request: Request) -> Reply:
    """Queue a call."""
    wanted: NewCallEntry = request.body
    asked = wanted.model_dump(mode="json", exclude={"request_key"}, exclude_none=True)
    given = wanted.model_dump(exclude={"to", "consent", "repeat"})
    consent = Consent(**wanted.consent.model_dump()) if wanted.consent else None
    entry = NewEntry(to_number=wanted.to, request=asked, consent=consent, **given)
    with _worded():
        if wanted.repeat:
            row, _ = series.ask_for_series(request.runtime, entry, wanted.repeat, actor=request.holder.actor)
        else:
            row, _ = ask.ask_for_call(request.runtime, entry, actor=request.holder.actor)
    return Reply(201, shown_entry(row))


def list_entries(request: Request) -> Reply:
    """One page of the queue."""
    wanted = QueueFilter(**request.query.filters())
    return reply_with_page(
        request, "entries", queue.list_entries, ask.dial_limits(request.runtime), wanted, shown=shown_entry
    )


def show(request: Request) -> Reply:
    """One entry, its attempts, and what it waits for."""
    with _worded():
        row = queue.show_entry(
            request.runtime.database,
            _id(request),
            ask.dial_limits(request.runtime),
            actor=request.holder.actor,
        )
    return Reply(
        200, {**shown_entry(row), "tags": row["tags"], "attempts": [_attempt(one) for one in row["attempts"]]}
    )


def change(request: Request) -> Reply:
    """Move an entry."""
    changes = request.body.model_dump(include=request.body.model_fields_set - {"was"})
    was = seen(request.body)
    with _worded():
        row = ask.change_call(request.runtime, _id(request), changes, was=was, actor=request.holder.actor)
    return Reply(200, shown_entry(row))


def cancel(request: Request) -> Reply:
    """Let it be dialled no more."""
    with _worded():
        row = queue.cancel_entry(request.runtime.database, _id(request), actor=request.holder.actor)
    return Reply(200, shown_entry(row))


class _worded:
    """Turns refusals into the API's own, also those that SQL alone knows."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, queue.QueueRefused):
            error = ask.refused(error)
        if isinstance(error, CallRefused):
            status = 404 if error.code in NOT_FOUND else 409 if error.code in CONFLICTS else 422
            status = (
                403 if error.code == "not_allowed" else 400 if error.code == "invalid_request" else status
            )
            raise ApiError(status, error.code, error.words, field=error.field) from None


def _id(request: Request) -> UUID:
    return request.id_in_path("entry", ApiError(404, "unknown_entry", ask.WORDS["unknown_entry"]))


def shown_entry(row: Row) -> Row:
    """Return an entry as the API shows it."""
    told = {**row, "why": sentences(row["reasons"])}
    return {name: told[name] for name in Entry.model_fields}


def _attempt(row: Row) -> Row:
    return {name: row["from" if name == "from_number" else name] for name in Attempt.model_fields}


UNKNOWN = Example("`unknown_entry`: there is none that this key may see.")
WAITS = Example("`not_queued`: it was dialled, or is over.")
ROUTES = (
    Route(
        "POST",
        "/queue",
        "queueCall",
        "Ask for a call.",
        add,
        {
            201: Example("It waits; the same request_key again answers the same.", Entry),
            409: Example("`suppressed`, or `key_used` for another call: the message names the fields."),
            422: Example(
                f"It can never be dialled: {', '.join(f'`{code}`' for code in sorted(UNCALLABLE))}."
            ),
        },
        body=NewCallEntry,
        roles=OPERATOR,
        done=("call.queued", "entry"),
    ),
    Route(
        "GET",
        "/queue",
        "listQueue",
        "List the queue, the newest first.",
        list_entries,
        {200: Example("A page.", EntryPage)},
        roles=OPERATOR,
        query=EntryQuery,
        noted=("numbers.listed", "entry"),
    ),
    Route(
        "GET",
        "/queue/<entry>",
        "showQueuedCall",
        "One entry: its attempts, and why it is not dialled yet.",
        show,
        {200: Example("The entry.", EntryWithAttempts), 404: UNKNOWN},
        roles=OPERATOR,
        noted=("number.read", "entry"),
    ),
    Route(
        "PATCH",
        "/queue/<entry>",
        "changeQueuedCall",
        "Move a waiting entry.",
        change,
        {
            200: Example("The entry as it stands now.", Entry),
            404: UNKNOWN,
            409: Example(
                "`not_queued`: it was dialled, or is over. `changed_meanwhile`: a field is not what `was` says of it."
            ),
        },
        body=ChangedEntry,
        roles=OPERATOR,
        done=("entry.changed", "entry"),
        noted=("number.read", "entry"),
    ),
    Route(
        "DELETE",
        "/queue/<entry>",
        "cancelQueuedCall",
        "Cancel an entry; a call that is under way goes on.",
        cancel,
        {200: Example("The entry, canceled.", Entry), 404: UNKNOWN, 409: WAITS},
        roles=OPERATOR,
        done=("entry.canceled", "entry"),
        noted=("number.read", "entry"),
    ),
)
