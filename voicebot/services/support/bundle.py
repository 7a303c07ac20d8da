"""One call as a ZIP for outside help: its setup and what happened when, without names and numbers of anybody.

The bundle holds listed columns, settings and log fields only; a new one is left out until it is listed.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import Actor
from voicebot.domain.call.shown.masked import without_people
from voicebot.domain.json_text import read_json
from voicebot.domain.person.phone import mask
from voicebot.runtime import Runtime
from voicebot.storage.calls import calls, commands
from voicebot.storage.calls.call_page import call_page
from voicebot.telemetry.logs import recent_lines

Row = Mapping[str, Any]
MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS, LONGEST_TEXT = 1000, 1000
CALL = (
    "public_id", "call_sid", "direction", "call_status", "transport", "answered_by", "outcome", "end_reason", "end_reason_derived",
    "started_at", "answered_at", "ended_at", "duration", "sip_response_code", "recording_status", "recording_duration",
    "recording_error", "price", "price_unit", "cost", "created_at", "updated_at",
)  # fmt: skip
PLAN = ("language", "voice_id", "attestation", "code_runs", "wants_no_texts")
TEMPLATE = (
    "version", "languages", "voice", "tools", "limits", "transport", "engine", "engine_voice", "relay", "record", "on_voicemail",
    "voicemail_again", "detect_machines", "onboarding", "speculation",
)  # fmt: skip
LONG_WORDS = (
    "prompt",
    "greeting",
    "goal",
    "recording_announcement",
    "voicemail_message",
    "identity",
    "call_purpose",
)
"""Texts of the operator's business: the bundle has only their length and a digest, which show a change."""
TURN = (
    "turn", "silent", "confidence", "code_outcome", "started_at", "finished_at", "gap_ms", "filler_ms", "wait_ms", "words_ms",
    "token_ms", "sentence_ms", "voice_ms", "ours_ms", "speculative", "caller_began_at", "caller_ended_at", "answered_at",
)  # fmt: skip
UTTERANCE = (
    "sequence_number", "speaker", "confidence_score", "start_time_seconds", "heard_source", "latency_ms", "created_at",
)  # fmt: skip
TOOL = ("gen", "name", "ok", "before_number", "began_at", "ended_at")
COMMAND = ("kind", "made_at", "taken_at", "done_at", "result", "refused", "number")
SUMMARY = ("generation_status", "generation_error", "model_used", "generation_time_seconds", "goal")


def make_bundle(runtime: Runtime, call: UUID, actor: Actor) -> bytes | None:
    """Return the ZIP, 2 MB at most; None when the actor sees no such call."""
    found = calls.show_call(runtime.database, public_id=call, actor=actor)
    page = call_page(runtime.database, call, actor=actor)
    if found is None or page is None:
        return None
    stepped = commands.list_commands(runtime.database, call, actor=actor)
    files = _files(runtime, found, page) | {
        "commands.json": [_only(one, COMMAND) for one in (stepped or {}).get("commands", ())]
    }
    for left_out in ((), ("logs.jsonl",), ("logs.jsonl", "transcript.json")):
        zipped = _zip(files, left_out)
        if len(zipped) <= MOST_BYTES:
            return zipped
    return _zip({"call.json": files["call.json"]}, ())


def _files(runtime: Runtime, found: Row, page: Row) -> dict[str, Any]:
    row, known = found["call"], _names(found["call"], page)
    logs = recent_lines(page["call_id"], row["call_sid"])
    return {
        "about.json": {
            "made_at": runtime.now().isoformat(),
            "masked": "Numbers, names and secrets are masked; prompts are told by length and digest.",
            "logs": "What the process that made this had of the call in memory.",
        },
        "call.json": _only(row, CALL)
        | {side: mask(row[side] or "") for side in ("from_number", "to_number")},
        "setup.json": _setup(page, known),
        "transcript.json": [_utterance(one, known) for one in found["transcripts"][:MOST_ROWS]],
        "turns.json": [
            _only(turn, TURN) | {"closing": (turn["closing"] or {}).get("kind")}
            for turn in page["turns"][:MOST_ROWS]
        ],
        "tools.json": [
            _only(tool, TOOL) | {"arguments": _names_of(tool["arguments"])} for tool in page["tools"]
        ],
        "webhooks.json": page["events"],
        "dials.json": page["dials"],
        "people.json": [
            {"did": one["action"], "role": one["role"], "at": one["at"]} for one in page["people"]
        ],
        "summary.json": _only(found["summary"] or {}, SUMMARY),
        "logs.jsonl": [without_people(line, known) for line in logs[:MOST_ROWS]],
    }


def _zip(files: Mapping[str, Any], left_out: Sequence[str]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in files.items():
            if name in left_out:
                continue
            text = (
                "\n".join(value)
                if name.endswith("l")
                else json.dumps(value, indent=1, ensure_ascii=False, default=str)
            )
            archive.writestr(name, text)
    return kept.getvalue()


def _only(row: Row, names: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in names if name in row}


def _setup(page: Row, known: Sequence[str]) -> dict[str, Any]:
    plan = page.get("plan") or {}
    template = plan.get("template") or {}
    words = {name: template[name] for name in LONG_WORDS if template.get(name)}
    return {
        "call": _masked(_only(plan, PLAN), known),
        "template": _masked(_only(template, TEMPLATE), known),
        "words": {
            name: {
                "characters": len(str(text)),
                "sha256": hashlib.sha256(str(text).encode()).hexdigest()[:16],
            }
            for name, text in words.items()
        },
        "spent_usd": page.get("spent_usd"),
        "paid_minutes": page.get("paid_minutes"),
    }


def _utterance(row: Row, known: Sequence[str]) -> dict[str, Any]:
    content, heard = row["content"], row["heard"]
    return _only(row, UTTERANCE) | {
        "text": without_people(content[:LONGEST_TEXT], known),
        "characters": len(content),
        "heard_characters": None if heard is None else len(heard),
    }


def _names(row: Row, page: Row) -> list[str]:
    """The people who are known to be in the call, from its setup."""
    person = (page.get("plan") or {}).get("person") or {}
    variables = ((page.get("plan") or {}).get("template") or {}).get("variables") or {}
    found = [*person.values(), *variables.values(), row["phone_number"], row["from_number"], row["to_number"]]
    return [one for one in found if isinstance(one, str) and one]


def _names_of(arguments: str | None) -> list[str]:
    """The names of a tool's arguments; their values may be personal."""
    try:
        return sorted(read_json(arguments or "{}"))
    except (ValueError, TypeError):
        return []


def _masked(value: Any, known: Sequence[str]) -> Any:
    match value:
        case dict():
            return {name: _masked(inner, known) for name, inner in value.items()}
        case list():
            return [_masked(inner, known) for inner in value]
        case str():
            return without_people(value, known)
    return value
