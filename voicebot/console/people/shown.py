"""People and what happened with them, as pages show it: names, masked numbers, one sentence an event."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from voicebot.console.calls.reports import words_of
from voicebot.domain.call.words import came_of_it
from voicebot.domain.person.phone import mask

Row = Mapping[str, Any]
KIND_WORDS = {
    "call": "calls", "text": "texts", "code": "codes", "consent": "consents", "suppression": "stops", "onboarding": "onboarding",
    "case": "cases", "queue": "queue", "dial": "dials", "webhook": "reports of carriers", "profile": "profile",
}  # fmt: skip
ONBOARDING_WORDS = {
    "pending": "not begun", "sms_sent": "asked by text", "completed": "completed", "failed": "not reached",
}  # fmt: skip
SCOPE_WORDS = {"all": "neither called nor texted", "calls": "not called", "texts": "not texted"}
REASON_WORDS = {
    "STOP": "texted STOP", "spoken_request": "asked in a call", "operator": "set by an operator",
    "21610": "the carrier refuses", "30004": "the carrier blocks",
}  # fmt: skip
CODE_WORDS = {
    "right": "The right code was given", "tried": "A wrong code was given", "expired": "The code was not used in time",
    "canceled": "The code was canceled",
}  # fmt: skip
WROTE = {"bot": "The bot wrote", "operator": "An operator wrote", "system": "We wrote"}


def name_of(row: Row) -> str:
    """Return what a person is called; blank when nobody told us."""
    return f"{row['first_name']} {row['last_name']}".strip()


def shown_person(row: Row) -> dict[str, Any]:
    """Return the list's row of a person, with the number masked: a request for the whole one is recorded."""
    return {
        "id": row["id"],
        "name": name_of(row),
        "number": mask(row["phone_number"] or ""),
        "verified": row["phone_verified"],
        "onboarding": ONBOARDING_WORDS.get(row["onboarding_status"], row["onboarding_status"]),
        "place": row["location"],
        "stopped": [SCOPE_WORDS[one["scope"]] for one in row["stopped"]],
        "blocked": row["blocked"],
        "last_contact_at": row["last_contact_at"],
        "known_since": row["created_at"],
    }


def shown_events(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the events of a timeline, each as a sentence with its details and its link.

    `about` is the call or text of a carrier's report. `place` is the event's own place; `under` is the place of the
    event that a report is folded into: its call or text, else the first report of the same one; None for an event on
    its own.
    """
    shown = [_shown(row) | {"place": nth, "under": None} for nth, row in enumerate(rows)]
    first = {one["about"]: one["place"] for one in reversed(shown) if one["kind"] == "webhook"}
    first |= {one["about"]: one["place"] for one in shown if one["about"] and one["kind"] != "webhook"}
    for one in shown:
        if one["kind"] == "webhook" and first[one["about"]] != one["place"]:
            one["under"] = first[one["about"]]
    return shown


def _shown(row: Row) -> dict[str, Any]:
    sentence, detail, link = _WORDS[row["kind"]](row)
    about = row.get("call_id") or row.get("text_id")
    return {
        "at": row["at"],
        "kind": row["kind"],
        "what": sentence,
        "detail": detail or "",
        "link": link,
        "about": about and str(about),
    }


Told = tuple[str, str | None, str | None]


def _call(row: Row) -> Told:
    way = "Called us" if row["direction"] == "inbound" else "We called"
    came = came_of_it(row) if row["ended_at"] else "under way"
    return f"{way}: {came}", row["summary"], f"/calls/{row['call_id']}"


def _text(row: Row) -> Told:
    if row["direction"] == "inbound":
        return "Wrote", row["text"], None
    ended = row["status"] if row["status"] in ("failed", "undelivered", "read", "suppressed") else None
    return WROTE.get(row["sent_by"] or "", "We wrote") + (f" ({ended})" if ended else ""), row["text"], None


def _code(row: Row) -> Told:
    if row["event"] == "sent":
        way = {"call": "by a call", "sms": "by text"}.get(row["channel"], f"by {row['channel']}")
        if row["blocked"]:
            return (
                f"A code was asked for {way} and not sent: {str(row['blocked']).replace('_', ' ')}",
                None,
                None,
            )
        return f"A code was sent {way}", None, None
    return CODE_WORDS.get(row["event"], str(row["event"])), f"tries: {row['attempts']}", None


def _consent(row: Row) -> Told:
    did = {"granted": "Agreed to", "denied": "Refused", "withdrawn": "Withdrew the consent to"}[row["state"]]
    return (
        f"{did} {str(row['purpose']).replace('_', ' ')} ({row['channel']})",
        row["wording"] and f"wording {row['wording']}",
        None,
    )


def _suppression(row: Row) -> Told:
    reason = REASON_WORDS.get(row["reason"], row["reason"])
    if row["event"] == "ended":
        return f"Is no longer left alone ({reason})", None, None
    return f"Is {SCOPE_WORDS[row['scope']]} from now on ({reason})", None, None


def _onboarding(row: Row) -> Told:
    if row["event"] == "completed":
        told = " · ".join(part for part in (row["name"], row["location"]) if part)
        return "Answered every question", told, None
    return f"Onboarding: {row['event']} ({row['status']})", None, None


def _case(row: Row) -> Told:
    reason = str(row["reason"]).replace("_", " ")
    if row["event"] == "closed":
        return f"A person closed the case: {reason}", None, None
    return f"A person has to look at it: {reason}", row["message"], None


def _queue(row: Row) -> Told:
    campaign = f" of {row['campaign']}" if row["campaign"] else ""
    return f"A call{campaign} was asked for ({row['status']})", row["error"], f"/queue/{row['entry_id']}"


def _dial(row: Row) -> Told:
    came = row["came_of_it"] or row["error"] or row["state"]
    return f"Was dialled, try {row['attempt']}: {str(came).replace('_', ' ')}", row["answered_by"], None


def _webhook(row: Row) -> Told:
    link = f"/calls/{row['call_id']}" if row.get("call_id") else None
    of = "call" if link else "text"
    return f"The carrier told of a {of}: {words_of(row['event'], row['source'])}", row["event"], link


_WORDS: Mapping[str, Callable[[Row], Told]] = {
    "call": _call, "text": _text, "code": _code, "consent": _consent, "suppression": _suppression, "onboarding": _onboarding,
    "case": _case, "queue": _queue, "dial": _dial, "webhook": _webhook, "profile": lambda _: ("First known to us", None, None),
}  # fmt: skip
