"""What the tests of a call's aftermath share: a model that writes summaries, a carrier's REST side, calls as rows."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg

from tests.support.people import CALLER, OURS
from voicebot.domain.call.reports import CallReport
from voicebot.providers.openai.json_answer import read_answer
from voicebot.providers.ports import (
    ModelRequest,
    ProviderError,
)
from voicebot.providers.ports.model import Wanted
from voicebot.runtime import Runtime
from voicebot.services.calls import report_status

Connection = psycopg.Connection[tuple[Any, ...]]


def summary_answer(**changes: Any) -> dict[str, Any]:
    """A good answer of the model."""
    return {
        "title": "Opening hours asked",
        "tldr": "The caller asked when the shop opens and was told.",
        "key_decisions": [],
        "action_items": ["Send the price list"],
        "follow_up_questions": ["Is it open on holidays?"],
        "outcome": "answered",
    } | changes


@dataclass
class SummaryModel:
    """Answers every request for JSON with the same object, or fails as told."""

    answer: Mapping[str, Any] = field(default_factory=summary_answer)
    error: ProviderError | None = None
    requests: list[ModelRequest] = field(default_factory=list)

    def stream(self, request: ModelRequest) -> Iterator[Any]:
        raise AssertionError("nobody talks here")

    def complete_json(self, request: ModelRequest, *, name: str, wanted: type[Wanted]) -> Wanted:
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        return read_answer(completion(self.answer), "openai", wanted)


def completion(answer: Mapping[str, Any]) -> bytes:
    """A whole chat completion whose content is that object."""
    return orjson.dumps({"choices": [{"message": {"content": orjson.dumps(answer).decode()}}]})


def new_sid() -> str:
    return f"CA{uuid.uuid4().hex}"


def add_call(owner: Connection, **columns: Any) -> tuple[int, str]:
    """Make an answered inbound call in progress, but for what `columns` say; return its id and SID."""
    row = {
        "call_sid": new_sid(),
        "phone_number": CALLER,
        "direction": "inbound",
        "from_number": CALLER,
        "to_number": OURS,
        "call_status": "in-progress",
        "answered_at": "now",
        "started_at": "now",
    } | columns
    names = ", ".join(row)
    places = ", ".join(["%s"] * len(row))
    words = f"insert into public.call_history ({names}) values ({places}) returning id"
    made = owner.execute(words, list(row.values())).fetchone()
    assert made is not None
    return made[0], row["call_sid"]


def add_words(owner: Connection, call_id: int, *lines: tuple[str, str]) -> None:
    for number, (speaker, content) in enumerate(lines, 1):
        owner.execute(
            "insert into public.transcripts (session_id, sequence_number, speaker, content) values (%s, %s, %s, %s)",
            [call_id, number, speaker, content],
        )


def call_row(owner: Connection, call_sid: str) -> dict[str, Any]:
    """Return the call's row as a dict; {} when there is none."""
    found = owner.execute(
        "select to_jsonb(c) from public.call_history c where call_sid = %s", [call_sid]
    ).fetchone()
    return dict(found[0]) if found else {}


def jobs_of(owner: Connection, call_id: int) -> list[str]:
    rows = owner.execute(
        "select task_name from jobs.procrastinate_jobs where (args ->> 'call_id')::bigint = %s order by 1",
        [call_id],
    )
    return [name for (name,) in rows.fetchall()]


def ends(runtime: Runtime, call_sid: str) -> None:
    """The carrier tells a process that the call is over."""
    report_status.record_status(runtime, CallReport(call_sid, "completed"))
