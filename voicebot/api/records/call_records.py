"""What the page of a call shows besides its words, its recording in ranges, and a support bundle."""

from typing import Any
from uuid import UUID

from flask import request as http
from pydantic import BaseModel, Field

from voicebot.api.errors import ApiError, unavailable
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.domain.access.roles import EDITORS
from voicebot.domain.call.shown.cost import Used, by_product
from voicebot.providers.ports import ProviderError
from voicebot.services.recordings.read import NotInIt, read_recording
from voicebot.services.support.bundle import make_bundle
from voicebot.storage.access.members import note_audit
from voicebot.storage.calls import calls
from voicebot.storage.calls.call_page import call_page

WAV, ZIP = "audio/wav", "application/zip"
UNKNOWN = Example("No such call, or none that this key may see.")


class Webhook(BaseModel):
    """What a carrier, or somebody who said to be one, told of the call."""

    type: str
    received_at: str
    token_index: int | None = Field(description="Which of the tokens had signed it.")
    refused: bool = Field(description="Its signature was wrong, and nothing came of it.")


class ToolUse(BaseModel):
    """A tool that the model used. Secrets are starred, numbers masked."""

    name: str
    arguments: str | None
    ok: bool | None
    result: str | None
    began_at: str
    ended_at: str


class TurnTimes(BaseModel):
    """How long an answer took, in milliseconds, and what the time went into; null: not measured."""

    turn: int
    gap_ms: int | None
    filler_ms: int | None
    wait_ms: int | None
    words_ms: int | None
    token_ms: int | None
    sentence_ms: int | None
    voice_ms: int | None
    ours_ms: int | None
    speculative: bool | None
    started_at: str
    finished_at: str | None


class Dial(BaseModel):
    """One try to reach the person."""

    number: int
    queued_at: str
    dialled_at: str
    state: str
    answered_by: str | None
    is_this: bool = Field(description="This call came of it.")


class Looked(BaseModel):
    """Somebody who read, watched or heard the call, or stepped in."""

    action: str
    name: str | None
    role: str | None
    at: str


class Product(BaseModel):
    """What one product cost, as the service reckons it."""

    name: str
    usd: float


class CallRecord(BaseModel):
    """What a call left besides its words."""

    id: str
    dials: list[Dial]
    webhooks: list[Webhook]
    turns: list[TurnTimes]
    tools: list[ToolUse]
    people: list[Looked]
    costs: list[Product]


def show_record(request: Request) -> Reply:
    """What a call left besides its words."""
    found, page = _found(request)
    row = found["call"]
    used = Used(
        transport=row["transport"],
        minutes=page.get("paid_minutes") or 0,
        talk_s=float(row["duration"] or 0),
        caller_turns=sum(one["speaker"] == "caller" for one in found["transcripts"]),
        bot_words=[one["content"] for one in found["transcripts"] if one["speaker"] == "bot"],
        spent_usd=float(page.get("spent_usd") or 0),
    )
    costs = by_product(used) if used.spent_usd else []
    record = {
        "id": row["public_id"],
        "dials": page["dials"],
        "webhooks": [one | {"refused": one["source"] == "refused"} for one in page["events"]],
        "turns": page["turns"],
        "tools": page["tools"],
        "people": page["people"],
        "costs": [{"name": name, "usd": usd} for name, usd in costs],
    }
    return Reply(200, CallRecord.model_validate(record).model_dump())


def hear(request: Request) -> Reply:
    """The recording, or the part of it that the Range header names."""
    found, _ = _found(request)
    wanted = http.headers.get("Range", "")
    try:
        part = read_recording(request.runtime, found["call"], wanted)
    except NotInIt as error:
        raise ApiError(
            416, "not_in_it", "The recording is shorter.", headers={"Content-Range": f"bytes */{error.size}"}
        ) from None
    except ProviderError:
        raise unavailable() from None
    if part is None:
        raise ApiError(404, "no_recording", "There is no recording of this call.")
    _note(request, "recording.heard", found["call"]["public_id"])
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(part.last - part.first + 1)}
    if wanted:
        headers["Content-Range"] = f"bytes {part.first}-{part.last}/{part.size}"
    return Reply(206 if wanted else 200, headers=headers, file=part.pieces, media=WAV)


def bundle(request: Request) -> Reply:
    """The call as a ZIP without names and numbers."""
    found, _ = _found(request)
    call = UUID(found["call"]["public_id"])
    zipped = make_bundle(request.runtime, call, request.holder.actor)
    assert zipped is not None, "the actor has just seen it"
    _note(request, "bundle.made", str(call))
    return Reply(200, file=[zipped], media=ZIP)


def _found(request: Request) -> tuple[Any, Any]:
    database, actor = request.runtime.database, request.holder.actor
    call = request.id_in_path("call", _unknown())
    found = calls.show_call(database, public_id=call, actor=actor)
    page = call_page(database, call, actor=actor) if found else None
    if found is None or page is None:
        raise _unknown()
    return found, page


def _unknown() -> ApiError:
    return ApiError(404, "unknown_call", "There is no such call.")


def _note(request: Request, action: str, call: str) -> None:
    note_audit(request.runtime.database, action, "call", call, actor=request.holder.actor, once_in_s=600.0)


ROUTES = (
    Route(
        "GET",
        "/calls/<call>/record",
        "showCallRecord",
        "Show what a call left besides its words: dials, webhooks, times, tools, cost, who looked.",
        show_record,
        {200: Example("The record.", CallRecord), 404: UNKNOWN},
        roles=OPERATOR,
    ),
    Route(
        "GET",
        "/calls/<call>/recording",
        "hearCall",
        "Fetch the recording of a call, whole or in ranges. It is put on record.",
        hear,
        {
            200: Example("All of it.", media=WAV),
            206: Example("The range that was asked for.", media=WAV),
            404: Example("No such call, none that this key may see, or no recording of it."),
            416: Example("The recording is shorter."),
        },
        roles=OPERATOR,
    ),
    Route(
        "GET",
        "/calls/<call>/bundle",
        "makeBundle",
        "Fetch a support bundle of a call: setup, times, turns, webhooks and log lines, with names, numbers and secrets masked.",
        bundle,
        {200: Example("A ZIP of 2 MB at most.", media=ZIP), 404: UNKNOWN},
        roles=OPERATOR,
        members=EDITORS,
    ),
)
