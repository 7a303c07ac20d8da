"""What the tests of a call's aftermath share: a model that writes summaries, a carrier's REST side, calls as rows."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson
import psycopg

from voicebot.providers.openai.json_answer import read_answer
from voicebot.providers.ports import (
    ModelRequest,
    NewCall,
    Outcome,
    ProviderCall,
    ProviderError,
    ProviderNumber,
    Wanted,
)

OURS, CALLER = "+12025550100", "+12025550123"
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


@dataclass
class Carrier:
    """The REST side of a carrier: calls as it knows them, the numbers of the account, and what it was asked."""

    calls: dict[str, ProviderCall] = field(default_factory=dict)
    numbers: list[ProviderNumber] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    failing: ProviderError | None = None
    broken: set[str] = field(default_factory=set)

    def knows(self, sid: str, status: str, **facts: Any) -> None:
        self.calls[sid] = ProviderCall(sid, status, "inbound", CALLER, OURS, **facts)

    def fetch_call(self, sid: str) -> ProviderCall:
        self.asked.append(("fetch", sid))
        if self.failing is not None:
            raise self.failing
        if sid in self.broken:
            raise ProviderError("twilio", "http_500", Outcome.UNKNOWN)
        if sid not in self.calls:
            raise ProviderError("twilio", "20404", Outcome.REFUSED)
        return self.calls[sid]

    def end_call(self, sid: str) -> None:
        self.asked.append(("end", sid))
        self.calls[sid] = replace(self.calls[sid], status="completed", duration_s=1920)

    def list_numbers(self) -> list[ProviderNumber]:
        return list(self.numbers)

    def change_number(self, sid: str, fields: Mapping[str, str]) -> None:
        self.asked.append(("change", sid))
        if self.failing is not None:
            raise self.failing
        self.numbers = [replace(each, **fields) if each.sid == sid else each for each in self.numbers]

    def create_call(self, call: NewCall) -> str:
        raise AssertionError("nobody is dialled here")

    def redirect_call(self, sid: str, *, url: str) -> None:
        raise AssertionError("no call is redirected here")

    def list_calls(
        self, *, to: str | None = None, started_after: datetime | None = None, limit: int = 1000
    ) -> Iterator[ProviderCall]:
        raise AssertionError("calls are fetched one by one")

    def start_recording(self, sid: str, *, callback_url: str) -> str:
        raise AssertionError("nothing is recorded here")


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
