"""How items of the inbox read: why somebody waits in words, and everything of one item in the order in which it happened."""

from collections.abc import Mapping
from typing import Any

from voicebot.console.words import shown_call
from voicebot.domain.person.phone import mask
from voicebot.domain.texts.errors import error_words

Row = Mapping[str, Any]
REASONS = {
    "message": "left a message",
    "call_back": "wants a call back",
    "human_requested": "asks for a person",
    "emergency": "may be in danger",
    "transfer_unanswered": "was put through to nobody",
    "erasure_requested": "wants their data deleted",
    "ai_off": "wrote while people answer",
    "ai_limitation": "could not be answered",
    "capped": "writes too much",
    "too_many_texts": "too many texts",
    "too_late": "wrote while we were away",
    "unsure_stop_request": "may want to stop",
    "model_failed": "got no answer of the model",
    "not_textable": "cannot be texted",
    "loop": "may be a machine",
}
KINDS = {"thread": "texts", "call": "call", "call_back": "call-back"}
CHANGED = {
    "assigned": "assigned it",
    "snoozed": "put it off",
    "resolved": "resolved it",
    "reopened": "opened it again",
    "replied": "answered",
    "scheduled": "wrote a text for later",
}
DELIVERED = {
    "generated": "waits to leave", "sending": "leaves now", "sent": "sent", "delivered": "delivered", "read": "read",
    "queued": "with the carrier", "accepted": "with the carrier", "failed": "not sent", "undelivered": "not delivered",
    "canceled": "taken back", "suppressed": "not sent: no texts are wanted", "unknown": "nobody knows whether it was sent",
}  # fmt: skip
BAD = {"failed", "undelivered", "suppressed", "unknown"}


def reason_words(reason: str | None) -> str:
    """Return why somebody waits, behind the person's number."""
    return REASONS.get(reason or "", (reason or "").replace("_", " "))


def shown_item(row: Row) -> dict[str, Any]:
    """Return what a list shows of an item; the number is masked."""
    names = (
        "id", "kind", "reason", "state", "waiting_since", "unread", "assigned_to", "assigned_name", "snoozed_until",
        "resolved_at", "last_at", "version", "ai_mode", "channel", "taken_at", "give_back_at", "conversation_id",
        "call_id", "entry_id", "call_at", "last_words",
    )  # fmt: skip
    told = {name: row[name] for name in names}
    number = row["phone_number"]
    return told | {
        "name": row.get("name") or "",
        "person_id": row.get("person_id"),
        "person": mask(number) if number not in ("", "anonymous") else "withheld",
        "why": reason_words(row["reason"]),
        "what": KINDS[row["kind"]],
    }


def timeline(found: Row) -> list[dict[str, Any]]:
    """Return texts, calls, notes and cases in the order in which they happened."""
    # Words that stand in a text need not stand in its case once more.
    said = {one["content"] for one in found["texts"]}
    events = [
        *(
            {"is": "text", "at": one["created_at"], **shown_text(one)}
            for one in found["texts"]
            if not one["is_later"]
        ),
        *(
            {"is": "call", "at": one["started_at"], **shown_call(one), "notes": one["notes"]}
            for one in found["calls"]
        ),
        *({"is": "note", "at": one["created_at"], **one} for one in found["notes"]),
        *(
            {
                "is": "case",
                "at": one["created_at"],
                **one,
                "why": reason_words(one["reason"]),
                "message": None if one["message"] in said else one["message"],
            }
            for one in found["cases"]
        ),
    ]
    return sorted(events, key=lambda one: str(one["at"]))


def later_texts(found: Row) -> list[dict[str, Any]]:
    """Return what people wrote that has not left yet, the next first."""
    waiting = [shown_text(one) for one in found["texts"] if one["is_later"]]
    return sorted(waiting, key=lambda one: str(one["not_before"]))


def shown_text(row: Row) -> dict[str, Any]:
    """Return a text with its author, its status, and the bot's decision about it."""
    is_ours = row["direction"] == "outbound"
    failed = row["outbox_state"] == "failed"
    status = row["status"] if failed and row["status"] else (row["status"] or row["outbox_state"] or "")
    who = {"bot": "bot", "operator": row["author"] or "a person", "system": "the service"}
    return {
        "id": row["id"],
        "is_ours": is_ours,
        "who": who.get(row["sent_by"] or "", "the service") if is_ours else "",
        "by": row["sent_by"] if is_ours else "person",
        "content": row["content"] or "",
        "media": [one.get("content_type") or "file" for one in row["media"] or ()],
        "kind": row["kind"],
        "not_before": row["not_before"],
        "delivery": DELIVERED.get(status, status) if is_ours else "",
        "is_bad": is_ours and status in BAD,
        "error": error_words(row["error_code"]) if is_ours and row["error_code"] else "",
        "decision": row["decision"],
    }
