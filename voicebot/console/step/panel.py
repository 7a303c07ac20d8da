"""Stepping into a running call: the panel that the call's page shows, and the forms that it sends."""

import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from voicebot.console.routes import ACTING, File, Move, Page, Refused, Route, Visit
from voicebot.domain.access.api_key import hash_of
from voicebot.domain.access.next_page import HOME
from voicebot.domain.call.stepping.kinds import REFUSALS
from voicebot.services.calls.stepping.add import step_in
from voicebot.services.calls.streams.tokens import new_token
from voicebot.settings import Settings
from voicebot.storage.calls import commands, listeners
from voicebot.storage.calls.commands import RefusedCommand

SHOWN_WITHIN_S, LOOKS_S = 0.8, 0.05
STATUSES = {
    "unknown_call": 404,
    "not_allowed": 403,
    "words_missing": 400,
    "words_too_long": 400,
    "wrong_phone": 400,
}
NAMES = {
    "whisper": "Whispered to the bot",
    "say": "Had the bot say",
    "mute": "Muted the bot",
    "unmute": "Unmuted the bot",
    "take_over": "Took the call over",
    "give_back": "Gave the call back",
    "transfer": "Transferred the caller",
    "end": "Ended the call",
}
MISSING = {
    "listen": "Listen",
    "talk": "Talk in the browser",
    "whisper": "Whisper",
    "say": "Say",
    "mute": "Mute",
    "take_over": "Take over",
    "transfer": "Transfer",
    "end": "End",
}
"""What an operator looks for; what is not offered is listed with its reason."""


def step_panel(visit: Visit, call: UUID) -> Mapping[str, Any] | None:
    """Return what `step/panel.html` shows of a call; None for a call that the visitor may not see."""
    found = commands.list_commands(visit.runtime.database, call, actor=visit.actor, reader=visit.reader)
    if found is None:
        return None
    offers = found["offers"]
    reasons: dict[str, list[str]] = {}
    for name, words in MISSING.items():
        if (code := offers.get(name)) and code not in ("not_muted", "muted", "held"):
            reasons.setdefault(_words(code, found["taken_over_by"]), []).append(words)
    return {
        "call": call,
        "is_live": offers["end"] != "call_over",
        "may_step_in": found["may_step_in"],
        "offers": {name: code is None for name, code in offers.items()},
        "missing": [{"why": why, "what": ", ".join(names)} for why, names in reasons.items()],
        "has_sound": offers["listen"] is None,
        "taken_over_by": found["taken_over_by"],
        "is_yours": found["is_yours"],
        "phone": found["phone"] or "",
        "at_next_turn": found["transport"] == "gather",
        "marks": [_mark(row) for row in found["commands"]],
        "request_key": secrets.token_hex(16),
        # Another one means that the panel looks different, for whoever it is.
        "mark": hash_of(repr((offers, found["taken_over_by"], found["commands"])))[:12],
    }


def _mark(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "what": NAMES[row["kind"]],
        "words": row["arguments"].get("text", ""),
        "who": row["made_by"],
        "at": row["made_at"],
        "waits": row["done_at"] is None,
        "refused": REFUSALS.get(row["refused"], row["refused"]) if row["refused"] else "",
        "number": row["number"],
    }


def _words(code: str, taken_over_by: str | None) -> str:
    if code == "taken_over" and taken_over_by:
        return f"{taken_over_by} has taken this call over."
    return REFUSALS.get(code, code)


def show(visit: Visit) -> Page:
    """The panel as a page of its own."""
    panel = step_panel(visit, visit.path["call"])
    if panel is None:
        raise Refused(404, REFUSALS["unknown_call"])
    return Page("step/page.html", {"step": panel, "back": "" if visit.query.get("in") == "call" else "step"})


def ask(visit: Visit) -> Move:
    """Ask something of the call, and go back to where it is seen."""
    call: UUID = visit.path["call"]
    form = visit.form
    added = step_in(
        visit.runtime,
        call,
        form.get("kind", ""),
        {"text": form.get("text"), "phone": form.get("phone"), "now": form.get("now")},
        request_key=_once(form),
        actor=visit.actor,
    )
    if isinstance(added, RefusedCommand):
        raise Refused(STATUSES.get(added.code, 409), _words(added.code, added.taken_over_by))
    if added.reach and added.reach.carried:
        _await_end(visit, call, added.command["id"])
    back = "/step" if form.get("back") == "step" else "#step"
    return Move(f"{HOME}/calls/{call}{back}")


def _once(form: Mapping[str, str]) -> str | None:
    """The key of a form as it was sent: sent again it asks once, and other words on the same page are another command."""
    if not form.get("request_key"):
        return None
    sent = [form.get(name, "") for name in ("request_key", "kind", "text", "phone", "now")]
    return "panel:" + hashlib.sha256(json.dumps(sent).encode()).hexdigest()


def _await_end(visit: Visit, call: UUID, command: str) -> None:
    """Wait a moment for what comes of a command: the page that follows shows it."""
    until = time.monotonic() + SHOWN_WITHIN_S
    while time.monotonic() < until:
        found = commands.list_commands(visit.runtime.database, call, actor=visit.actor, reader=visit.reader)
        if found is None or all(row["done_at"] for row in found["commands"] if row["id"] == command):
            return
        time.sleep(LOOKS_S)


def open_sound(visit: Visit) -> File:
    """Let the browser's script hear the call, or with `talks` talk with its caller, whom that takes over from the bot."""
    call: UUID = visit.path["call"]
    talks, database = visit.form.get("talks") == "1", visit.runtime.database
    panel = commands.list_commands(database, call, actor=visit.actor, reader=visit.reader)
    refused: str | None = None
    if panel is None:
        refused = "unknown_call"
    elif talks and not panel["is_yours"]:
        refused = panel["offers"]["talk"] or _take_over(visit, call)
    token = new_token()
    refused = refused or listeners.open_audio(
        database,
        call,
        token.digest,
        session_hash=hash_of(visit.secret),
        talks=talks,
        actor=visit.actor,
    )
    if refused is not None:
        words = _words(refused, panel["taken_over_by"] if panel else None)
        return File(_json({"message": words}), "application/json", status=STATUSES.get(refused, 409))
    socket = f"{_elsewhere(visit.runtime.settings)}{HOME}/calls/{call}/audio"
    return File(_json({"token": token.secret, "socket": socket}), "application/json")


def _elsewhere(settings: Settings) -> str:
    """Return where sockets are opened; blank: where the pages are."""
    pages, sockets = urlsplit(settings.public_url), urlsplit(settings.public_ws_url)
    return "" if pages.netloc == sockets.netloc else settings.public_ws_url


def _take_over(visit: Visit, call: UUID) -> str | None:
    added = step_in(visit.runtime, call, "take_over", {}, actor=visit.actor)
    return added.code if isinstance(added, RefusedCommand) else None


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


ROUTES = (
    Route(
        "GET", "/calls/<uuid:call>/step", "step", show, ACTING,
        live=("stepped",), topics=("call:{call}",), is_shared=True,
    ),
    Route("POST", "/calls/<uuid:call>/step", "stepIn", ask, ACTING, form_on=("step",)),
    Route("POST", "/calls/<uuid:call>/sound", "openSound", open_sound, ACTING, is_data=True),
)  # fmt: skip
