"""The inbox: list it, read one item, reply, note, assign, put off, resolve, and have a draft written."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from voicebot.api.errors import ApiError
from voicebot.api.inbox.models import (
    Item,
    ItemChange,
    ItemPage,
    ItemQuery,
    LaterText,
    NewNote,
    Note,
    Queued,
    Reply,
    WholeItem,
)
from voicebot.api.routes import OPERATOR, Example, Request, Route
from voicebot.api.routes import Reply as Answer
from voicebot.domain.whole_number import whole_number
from voicebot.services.texts.reply import own_key, send_reply
from voicebot.storage.pages import Part
from voicebot.storage.texts import inbox
from voicebot.storage.texts.inbox import Done

Row = Mapping[str, Any]
PATH = "/inbox/<item_id>"
UNKNOWN = Example("There is no such item, or none that this key may act on.")
FASTER = Example(
    "`changed`: somebody else has acted since the `version` that was given; the message says who."
)
REFUSED: Mapping[str | None, tuple[int, str]] = {
    "not_allowed": (403, "This key's user may not do this."),
    "unknown_member": (422, "Only a member who may answer can have it."),
    "suppressed": (409, "This person asked for no more messages."),
    "window_closed": (409, "WhatsApp takes a free text only within 24 hours after the person wrote."),
    "wrong_time": (422, "The time is over, or more than a year away."),
    "no_number": (422, "The number was withheld."),
    "number_moved": (409, "Our number belongs to another organization by now: write from another one."),
    "not_textable": (422, "This number is of a kind or country that may not be texted."),
    "wrong_length": (422, "The text is empty or too long."),
    "key_used": (409, "This request_key was used for another text."),
    "left_already": (409, "The text has left already, or was taken back."),
    "no_thread": (422, "Only threads have drafts."),
}


def list_items(request: Request) -> Answer:
    """One page of a part of the list."""
    query, holder = request.query, request.holder
    page = inbox.inbox_page(
        request.runtime.database,
        query.show,
        Part(query.page_size, query.before),
        person=holder.actor.user_id,
        actor=holder.actor,
    )
    return Answer(200, {"items": [_shown(row) for row in page.rows], "next": page.next})


def show(request: Request) -> Answer:
    """One item, whole."""
    return Answer(200, _whole(request))


def change(request: Request) -> Answer:
    """Assign, put off, resolve or open it, in this order; the first that is refused ends it."""
    wanted: ItemChange = request.body
    database, item, actor = request.runtime.database, _id(request), request.holder.actor
    version = wanted.version
    if "assigned_to" in wanted.model_fields_set:
        _done(inbox.assign(database, item, wanted.assigned_to, version=version, actor=actor))
        version = None
    if "snoozed_until" in wanted.model_fields_set:
        _done(inbox.snooze(database, item, wanted.snoozed_until, version=version, actor=actor))
        version = None
    if wanted.state is not None:
        act = inbox.resolve if wanted.state == "resolved" else inbox.reopen
        _done(act(database, item, version=version, actor=actor))
    return Answer(200, _whole(request))


def reply(request: Request) -> Answer:
    """Send a text now or later."""
    wanted: Reply = request.body
    done = send_reply(
        request.runtime,
        _id(request),
        wanted.body,
        actor=request.holder.actor,
        reader=request.holder.actor,
        request_key=wanted.request_key,
        version=wanted.version,
        not_before=wanted.not_before,
    )
    _done(done)
    return Answer(
        202, {"id": done.message_id, "conversation_id": str(done.conversation_id), "status": "queued"}
    )


def change_text(request: Request) -> Answer:
    """Change a text that leaves later."""
    wanted: LaterText = request.body
    database, actor = request.runtime.database, request.holder.actor
    _done(
        inbox.change_later(
            database, _id(request), _text_id(request), wanted.body, wanted.not_before, actor=actor
        )
    )
    return Answer(200, _whole(request))


def cancel_text(request: Request) -> Answer:
    """Take back a text that leaves later."""
    database, actor = request.runtime.database, request.holder.actor
    _done(inbox.cancel_later(database, _id(request), _text_id(request), actor=actor))
    return Answer(200, _whole(request))


def add_note(request: Request) -> Answer:
    """Note something for the team."""
    wanted: NewNote = request.body
    item, actor = _id(request), request.holder.actor
    key = own_key(actor, item, wanted.request_key)
    _done(inbox.note(request.runtime.database, item, wanted.content, request_key=key, actor=actor))
    return Answer(201, _whole(request)["notes"][-1])


def ask_draft(request: Request) -> Answer:
    """Have the bot write a draft."""
    _done(inbox.ask_draft(request.runtime.database, _id(request), actor=request.holder.actor))
    request.runtime.hint.made_work()
    return Answer(202, _whole(request))


def _id(request: Request) -> UUID:
    return request.id_in_path("item_id", _unknown())


_LAST_TEXT = 10**18 - 1
"""Ids of texts are of 64 bits."""


def _text_id(request: Request) -> int:
    if (text_id := whole_number(request.path["text_id"], _LAST_TEXT)) is None:
        raise _unknown()
    return text_id


def _unknown() -> ApiError:
    return ApiError(404, "unknown_item", "There is no such item.")


def _done(done: Done) -> None:
    if done.refused == "changed":
        raise ApiError(409, "changed", f"{done.by} has acted on it since ({done.changed}).", field="version")
    if done.refused in REFUSED:
        status, words = REFUSED[done.refused]
        raise ApiError(status, str(done.refused), words)
    if done.refused is not None:
        raise _unknown()


def _whole(request: Request) -> Row:
    found = inbox.show_item(request.runtime.database, _id(request), actor=request.holder.actor)
    if found is None:
        raise _unknown()
    calls = [{**row, "id": row["public_id"], "status": row["call_status"]} for row in found["calls"]]
    parts = {name: found[name] for name in ("texts", "notes", "cases", "draft")}
    whole = WholeItem.model_validate({**_shown(found["item"]), **parts, "calls": calls})
    return whole.model_dump(mode="json")


def _shown(row: Row) -> Row:
    return {name: row[name] for name in Item.model_fields}


ROUTES = (
    Route(
        "GET", "/inbox", "listInbox", "List threads, messages of callers and call-backs, the most urgent first.", list_items,
        {200: Example("A page.", ItemPage)}, roles=OPERATOR, query=ItemQuery, noted=("numbers.listed", "inbox"),
    ),
    Route(
        "GET", PATH, "showInboxItem", "Show one of them, with texts, decisions, notes, calls and cases.", show,
        {200: Example("The item.", WholeItem), 404: UNKNOWN}, noted=("thread.read", "thread"), roles=OPERATOR,
    ),
    Route(
        "PATCH", PATH, "changeInboxItem", "Assign it, put it off, resolve it, or open it again.", change,
        {200: Example("The item as it is now.", WholeItem), 404: UNKNOWN, 409: FASTER,
         422: Example("`unknown_member` or `wrong_time`.")},
        body=ItemChange, roles=OPERATOR, noted=("thread.read", "thread"),
    ),
    Route(
        "POST", f"{PATH}/replies", "replyInboxItem", "Text the person, in place of the bot.", reply,
        {202: Example("It will be sent.", Queued), 404: UNKNOWN,
         409: Example("`changed`, `suppressed`, `window_closed`, or `key_used` for another text."),
         422: Example("`wrong_time`, `no_number` or `not_textable`.")},
        body=Reply, roles=OPERATOR,
    ),
    Route(
        "PATCH", f"{PATH}/texts/<text_id>", "changeLaterText", "Change a text that leaves later.", change_text,
        {200: Example("The item as it is now.", WholeItem), 404: UNKNOWN, 409: Example("`left_already`."),
         422: Example("`wrong_time`.")},
        body=LaterText, roles=OPERATOR, noted=("thread.read", "thread"),
    ),
    Route(
        "DELETE", f"{PATH}/texts/<text_id>", "cancelLaterText", "Take back a text that leaves later.", cancel_text,
        {200: Example("The item as it is now.", WholeItem), 404: UNKNOWN, 409: Example("`left_already`.")}, roles=OPERATOR, noted=("thread.read", "thread"),
    ),
    Route(
        "POST", f"{PATH}/notes", "noteInboxItem", "Write a private note.", add_note,
        {201: Example("The note.", Note), 404: UNKNOWN}, body=NewNote, roles=OPERATOR,
    ),
    Route(
        "POST", f"{PATH}/draft", "askDraft", "Have the bot write a draft, which nothing sends.", ask_draft,
        {202: Example("The item, with a draft that is asked for.", WholeItem), 404: UNKNOWN, 422: Example("`no_thread`.")},
        roles=OPERATOR, noted=("thread.read", "thread"),
    ),
)  # fmt: skip
