"""Bulk actions: looked at before they happen, begun, watched, canceled, and the file of an export."""

import secrets
from collections.abc import Mapping
from typing import Any

from voicebot.console.bulk.forms import choice_of, kept_fields, list_address, list_of, wish_of
from voicebot.console.queue.pages import SECTION
from voicebot.console.routes import ACTING, File, Move, Notice, Page, Refused, Route, Table, Visit
from voicebot.domain.access.roles import READ_NUMBERS
from voicebot.domain.page_cursor import BY_TIME
from voicebot.services.bulk import begin as service
from voicebot.services.bulk.choose import MOST
from voicebot.services.bulk.export import exported
from voicebot.storage.access.members import note_audit
from voicebot.storage.bulk import actions as bulk
from voicebot.storage.bulk import tags
from voicebot.storage.bulk.actions import BulkRefused

Row = Mapping[str, Any]
COLUMNS = ("id", "action", "object_type", "state", "total", "done", "skipped", "by", "created_at", "ended_at")


def show_list(visit: Visit) -> Page:
    """One page of actions, the newest first."""
    page = bulk.list_bulk(visit.runtime.database, visit.part(BY_TIME), actor=visit.reader)
    return Page("bulk/list.html", {"actions": [_shown(row) for row in page.rows], "next": page.next})


def show(visit: Visit) -> Page:
    """One action with how far it is."""
    return Page("bulk/action.html", {"bulk": _found(visit)})


def confirm(visit: Visit) -> Notice:
    """Say what an action would do. Nothing happens yet."""
    choice, wish = choice_of(visit), wish_of(visit, confirmed=False)
    try:
        told = service.look(visit.runtime, choice, wish, reader=visit.reader, actor=visit.keeper)
    except BulkRefused as refusal:
        raise _refused(refusal) from None
    colleagues = wish.action == "assign"
    return Notice(
        "bulk/confirm.html",
        {
            "over": list_of(visit),
            "back": list_address(visit),
            "object_type": wish.object_type,
            "action": wish.action,
            "kept": kept_fields(visit),
            "total": told.total,
            "doable": told.doable,
            "is_too_many": told.is_too_many,
            "most": f"{MOST:,}",
            "skipped": service.words_of_skipped(told.skipped),
            "tags": tags.list_tags(visit.runtime.database, actor=visit.reader),
            "colleagues": tags.list_colleagues(visit.runtime.database, actor=visit.reader)
            if colleagues
            else [],
            "zone": visit.zone,
            "request_key": secrets.token_hex(16),
        },
    )


def begin(visit: Visit) -> Move:
    """Begin it; the same form sent twice begins once."""
    choice, wish = choice_of(visit), wish_of(visit, confirmed=True)
    key = visit.form.get("request_key", "")[:200] or secrets.token_hex(16)
    try:
        made, _ = service.begin(visit.runtime, choice, wish, key, reader=visit.reader, actor=visit.keeper)
    except BulkRefused as refusal:
        raise _refused(refusal) from None
    return Move(f"/console/bulk/{made['id']}")


def cancel(visit: Visit) -> Move:
    """Stop it behind the batch that runs now."""
    try:
        bulk.cancel_bulk(visit.runtime.database, visit.path["bulk"], actor=visit.keeper)
    except BulkRefused as refusal:
        raise _refused(refusal) from None
    return Move(f"/console/bulk/{visit.path['bulk']}")


def download(visit: Visit) -> File:
    """The file of an export, for the member who made it. It has whole numbers, so the audit log records the download."""
    found = _found(visit)
    if not found["is_own"] or found["action"] != "export":
        raise Refused(403, "An export is downloaded by whoever made it: make one of your own.")
    visit.needs_proof(f"/bulk/{visit.path['bulk']}")
    pieces = exported(visit.runtime.settings, visit.path["bulk"]) if found["state"] == "done" else None
    if pieces is None:
        raise Refused(404, "The file is not here yet, or its day is over: export again.")
    note_audit(
        visit.runtime.database, "export.downloaded", "bulk", str(visit.path["bulk"]), actor=visit.actor
    )
    return File(pieces, "text/csv", "voicebot-export.csv")


def _found(visit: Visit) -> dict[str, Any]:
    # The maker's name is passed along, because a shared reader stands for nobody in particular.
    actor = visit.reader if visit.session and visit.session.role == "viewer" else visit.keeper
    try:
        return _shown(bulk.show_bulk(visit.runtime.database, visit.path["bulk"], actor=actor))
    except BulkRefused as refusal:
        raise _refused(refusal) from None


def _shown(row: Row) -> dict[str, Any]:
    looked_at = row["done"] + row["skipped"]
    names = (
        "id",
        "action",
        "object_type",
        "state",
        "total",
        "done",
        "skipped",
        "by",
        "created_at",
        "ended_at",
    )
    return {name: row[name] for name in names} | {
        "is_own": row.get("is_own", False),
        "left": row["total"] - looked_at,
        "share": round(100 * looked_at / row["total"]) if row["total"] else 100,
        "reasons": service.words_of_skipped(row.get("reasons", {})),
        "chosen_by": {name: value for name, value in row["wanted"].items() if name != "digest"},
    }


def _refused(refusal: BulkRefused) -> Refused:
    status = {"unknown_bulk": 404, "not_allowed": 403, "key_used": 409, "busy": 409}.get(refusal.code, 400)
    return Refused(status, service.WORDS.get(refusal.code, "This cannot be done now."))


ROUTES = (
    Route(
        "GET", "/bulk", "bulkActions", show_list, title="Bulk actions", section=SECTION, table=Table("actions", COLUMNS),
    ),
    Route("GET", "/bulk/<uuid:bulk>", "bulkAction", show, section=SECTION, live=("progress",)),
    Route("POST", "/bulk/confirm", "confirmBulk", confirm, roles=ACTING),
    Route("POST", "/bulk", "beginBulk", begin, roles=ACTING),
    Route("POST", "/bulk/<uuid:bulk>/cancel", "cancelBulk", cancel, roles=ACTING),
    Route("GET", "/bulk/<uuid:bulk>/file", "bulkFile", download, roles=READ_NUMBERS, is_data=True),
)  # fmt: skip
