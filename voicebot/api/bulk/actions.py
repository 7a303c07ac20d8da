"""Bulk actions over the API: looked at with `dry`, begun under a key of the caller's, watched, canceled, downloaded."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from voicebot.api.bodies import Body, Moment, PhoneNumber
from voicebot.api.errors import ApiError
from voicebot.api.lists import reply_with_page
from voicebot.api.people.searches import BOX_WORDS, search_of
from voicebot.api.queries import ROWS, AfterTime, PageSize, Query
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.domain.call.statuses import CallStatus
from voicebot.domain.search.query import LONGEST
from voicebot.services.bulk import begin as service
from voicebot.services.bulk.choose import MOST, CallsLike, Choice, EntriesLike, Ticked
from voicebot.services.bulk.export import exported
from voicebot.storage.bulk import actions as bulk
from voicebot.storage.bulk.actions import BulkRefused, BulkWish
from voicebot.storage.queue import QueueFilter

Row = Mapping[str, Any]
Action = Literal["redial", "cancel", "reschedule", "tag", "untag", "assign", "suppress", "export"]
STATUSES = {"unknown_bulk": 404, "not_allowed": 403, "key_used": 409, "busy": 409}
_TAG = Field(None, min_length=1, max_length=50)


class EntryFilter(Body):
    """Which entries of the queue; what is absent is every one."""

    status: Literal["queued", "in-progress", "completed", "failed", "canceled"] | None = None
    number: PhoneNumber | None = None
    campaign_id: str | None = Field(None, max_length=36, description="Only the people of this campaign.")
    tag: str | None = _TAG


class CallsFilter(Body):
    """Which calls; what is absent is every one."""

    q: str | None = Field(None, max_length=LONGEST, description=BOX_WORDS)
    number: PhoneNumber | None = None
    status: str | None = Field(
        None, max_length=20, description=f"One of {', '.join(CallStatus)}; another one finds nothing."
    )
    direction: Literal["inbound", "outbound"] | None = None
    since: Moment | None = None
    until: Moment | None = None
    tag: str | None = _TAG


class BulkArguments(Body):
    """With what the action is done; each action takes its own."""

    tag: str | None = Field(None, min_length=1, max_length=50, description="Of tag and untag.")
    member: str | None = Field(
        None,
        max_length=36,
        description="Of assign: the member's user id; null takes the call from everybody.",
    )
    not_before: Moment | None = Field(None, description="Of reschedule.")
    not_after: Moment | None = Field(None, description="Of reschedule.")
    priority: int | None = Field(None, ge=-100, le=100, description="Of reschedule.")


class WantedBulk(Body):
    """An action on many rows: those that `ids` names, or all that a filter finds."""

    action: Action
    ids: list[str] | None = Field(None, max_length=MOST, description="Ids of entries, or of calls.")
    of: Literal["entry", "call"] | None = Field(None, description="What `ids` are of.")
    entries: EntryFilter | None = Field(None, description="Every entry of the queue that is like this.")
    calls: CallsFilter | None = Field(None, description="Every call that is like this.")
    arguments: BulkArguments | None = None
    request_key: str | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="Your own: the same key begins once. Needed unless `dry`.",
    )
    dry: bool = Field(False, description="true: only say what would happen.")


class Bulk(BaseModel):
    """A bulk action and how far it is."""

    id: str
    object_type: Literal["entry", "call"]
    action: Action
    state: Literal["running", "done", "canceled", "stopped"] = Field(
        description="stopped: whoever began it may not do this any more."
    )
    total: int
    done: int
    skipped: int
    by: str | None = Field(
        description="Who began it; null: the operator of the machine, or a name that nobody knows."
    )
    created_at: str
    ended_at: str | None


class WholeBulk(Bulk):
    """The same with how its rows were chosen, and why some were left out."""

    chosen_by: dict[str, Any] = Field(
        description="The filter with numbers masked, or how many ids were named (`ticked`)."
    )
    is_own: bool = Field(description="Whether this key began it, and may download an export.")
    reasons: dict[str, int] = Field(description="Rows that were left out, by why.")


class BulkPage(BaseModel):
    """A page, the newest first."""

    actions: list[Bulk]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class BulkLook(BaseModel):
    """What would happen."""

    total: int = Field(description="Rows that are chosen; one more than an action takes: there are more.")
    doable: int
    skipped: dict[str, int] = Field(
        description=f"Rows that are left out, by why: {', '.join(f'`{code}`' for code in service.SKIPPED)}."
    )


class BulkQuery(Query):
    """Which page is wanted."""

    page_size: PageSize = ROWS
    before: AfterTime = None


def begin(request: Request) -> Reply:
    """Begin an action, or say what it would do."""
    wanted: WantedBulk = request.body
    choice, wish = _choice(request), _wish(wanted)
    actor = request.holder.actor
    with _worded():
        if wanted.dry:
            told = service.look(request.runtime, choice, wish, reader=actor, actor=actor)
            return Reply(200, {name: getattr(told, name) for name in BulkLook.model_fields})
        if wanted.request_key is None:
            raise ApiError(400, "invalid_request", "Expected a key of your own.", field="request_key")
        made, _ = service.begin(request.runtime, choice, wish, wanted.request_key, reader=actor, actor=actor)
    return Reply(202, _shown(made))


def list_actions(request: Request) -> Reply:
    """One page."""
    return reply_with_page(request, "actions", bulk.list_bulk, shown=_shown)


def show(request: Request) -> Reply:
    """One action."""
    with _worded():
        row = bulk.show_bulk(request.runtime.database, _id(request), actor=request.holder.actor)
    chosen_by = {name: value for name, value in row["wanted"].items() if name != "digest"}
    return Reply(200, {name: {**row, "chosen_by": chosen_by}[name] for name in WholeBulk.model_fields})


def cancel(request: Request) -> Reply:
    """Stop it."""
    with _worded():
        row, _ = bulk.cancel_bulk(request.runtime.database, _id(request), actor=request.holder.actor)
    return Reply(200, _shown(row))


def download(request: Request) -> Reply:
    """The file of an export, for the key that made it."""
    with _worded():
        row = bulk.show_bulk(request.runtime.database, _id(request), actor=request.holder.actor)
    if not row["is_own"] or row["action"] != "export":
        raise ApiError(403, "not_allowed", "An export is downloaded by whoever made it.")
    pieces = exported(request.runtime.settings, _id(request)) if row["state"] == "done" else None
    if pieces is None:
        raise ApiError(404, "no_file", "The file is not there yet, or its day is over.")
    return Reply(200, csv=pieces)


def _choice(request: Request) -> Choice:
    wanted: WantedBulk = request.body
    given = [one for one in (wanted.ids, wanted.entries, wanted.calls) if one is not None]
    if len(given) != 1:
        raise ApiError(400, "invalid_request", "Expected one of ids, entries and calls.")
    if wanted.ids is not None:
        if wanted.of is None:
            raise ApiError(400, "invalid_request", "Say what the ids are of.", field="of")
        return Ticked(wanted.of, [_uuid(one, "ids") for one in wanted.ids])
    if wanted.entries is not None:
        campaign = wanted.entries.campaign_id
        filters = wanted.entries.model_dump() | {
            "campaign_id": _uuid(campaign, "entries") if campaign else None
        }
        return EntriesLike(QueueFilter(**filters))
    assert wanted.calls is not None
    search = search_of(request, wanted.calls.q or "", "calls")
    return CallsLike(replace(search, **wanted.calls.model_dump(exclude={"q"}, exclude_none=True)))


def _wish(wanted: WantedBulk) -> BulkWish:
    given = wanted.arguments
    sent = given.model_dump(mode="json", include=given.model_fields_set) if given else {}
    if sent.get("member"):
        sent["member"] = str(_uuid(sent["member"], "arguments"))
    of = wanted.of if wanted.ids is not None else "entry" if wanted.entries is not None else "call"
    return BulkWish(of or "entry", wanted.action, sent)


def _uuid(text: str, field: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ApiError(400, "invalid_request", "Expected ids.", field=field) from None


class _worded:
    """Turns refusals into the API's own."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, BulkRefused):
            words = service.WORDS.get(error.code, "This cannot be done.")
            raise ApiError(STATUSES.get(error.code, 422), error.code, words) from None


def _id(request: Request) -> UUID:
    return request.id_in_path("bulk", ApiError(404, "unknown_bulk", service.WORDS["unknown_bulk"]))


def _shown(row: Row) -> Row:
    return {name: row[name] for name in Bulk.model_fields}


UNKNOWN = Example("`unknown_bulk`: there is none that this key may see.")
ROUTES = (
    Route(
        "POST", "/bulk", "beginBulk",
        f"Do one thing to up to {MOST:,} entries of the queue or calls: call again, cancel, reschedule, tag, assign, suppress, "
        "export. Rows to which it does not apply are left out; `dry` says how many and why.",
        begin,
        {
            200: Example("What would happen (`dry`).", BulkLook),
            202: Example("It is begun; the same key again answers the same.", Bulk),
            409: Example("`key_used`: for another action. `busy`: three actions of the organization are running."),
            422: Example("`nothing`, `too_many`, `unknown_action`, `wrong_tag`, `unknown_member`, `no_time`."),
        },
        body=WantedBulk, roles=OPERATOR, max_body_bytes=1024 * 1024,
    ),
    Route(
        "GET", "/bulk", "listBulk", "List bulk actions, the newest first.", list_actions,
        {200: Example("A page.", BulkPage)}, roles=OPERATOR, query=BulkQuery,
    ),
    Route(
        "GET", "/bulk/<bulk>", "showBulk", "One bulk action: how far it is, and why rows were left out.", show,
        {200: Example("The action.", WholeBulk), 404: UNKNOWN}, roles=OPERATOR,
    ),
    Route(
        "DELETE", "/bulk/<bulk>", "cancelBulk", "Stop a bulk action; what was done stays done.", cancel,
        {200: Example("The action as it stands.", Bulk), 404: UNKNOWN}, roles=OPERATOR,
    ),
    Route(
        "GET", "/bulk/<bulk>/file", "downloadBulk", "The table of an export, within a day, for the key that made it.", download,
        {
            200: Example("The table.", Bulk, csv=True),
            403: Example("`not_allowed`: another key made it, or it is no export."),
            404: Example("`unknown_bulk`, or `no_file`: not yet, or not any more."),
        },
        noted=("export.downloaded", "bulk"), roles=OPERATOR,
    ),
)  # fmt: skip
