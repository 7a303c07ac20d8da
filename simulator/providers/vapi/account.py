"""One Vapi account: its calls, what becomes of the people it calls, and how it misbehaves on request."""

import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

PAGE_SIZE = 100
CONCURRENCY = 10


class CreateFault(StrEnum):
    """What goes wrong with one request for a call."""

    LOSE_ANSWER = "lose_answer"
    """The call is made, and the connection breaks off."""
    ERROR_AFTER = "error_after"
    """The call is made, and the answer is 500."""
    ERROR_BEFORE = "error_before"
    RATE_LIMIT = "rate_limit"
    REFUSE = "refuse"
    BLOCKED = "blocked"
    """The account's lines are full: the call is taken and never placed (providers' handbook 5.1 says both, 5.2 names the reason)."""


@dataclass(frozen=True)
class Ending:
    """What becomes of a call to a number. `words`: who (bot, user) says what; `hold`: it goes on until it is ended."""

    reason: str = "customer-ended-call"
    words: tuple[tuple[str, str], ...] = (
        ("bot", "Hello, this is the surgery."),
        ("user", "Friday is fine."),
    )
    seconds: int = 60
    cost: float = 0.12
    hold: bool = False

    @property
    def answered(self) -> bool:
        """Whether somebody, or a machine, picked up."""
        return bool(self.words) or self.reason in ("voicemail", "silence-timed-out")


@dataclass
class ServerUrl:
    """Where messages go and how they are signed (providers' handbook 5.3, 5.4); what is lost, doubled or turned round on the way."""

    url: str = ""
    credential: Mapping[str, Any] = field(default_factory=dict)
    lose: frozenset[str] = frozenset()
    """Message types that never arrive; `status-update:ended` names one status."""
    twice: bool = False
    reversed: bool = False


class VapiAccount:
    """Everything that one account has; safe to share between threads."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._lock = threading.Lock()
        self._now = now
        self.server = ServerUrl()
        self.endings: dict[str, Ending] = {}
        self.otherwise = Ending()
        self.faults: deque[CreateFault] = deque()
        self._calls: dict[str, dict[str, Any]] = {}

    def create(self, body: Mapping[str, Any], base_url: str) -> dict[str, Any]:
        """Make a call, queued."""
        call_id, made = str(uuid.uuid4()), _written(self._now())
        call = {
            "id": call_id,
            "orgId": str(uuid.uuid5(uuid.NAMESPACE_URL, "simulator")),
            "type": "outboundPhoneCall",
            "status": "queued",
            "createdAt": made,
            "updatedAt": made,
            "assistantId": body.get("assistantId"),
            "phoneNumberId": body.get("phoneNumberId"),
            "name": body.get("name"),
            "customer": body.get("customer"),
            "assistantOverrides": body.get("assistantOverrides"),
            "phoneCallProvider": "twilio",
            "phoneCallTransport": "pstn",
            "monitor": {"controlUrl": f"{base_url}/vapi/control/{call_id}"},
        }
        with self._lock:
            self._calls[call_id] = call
        return dict(call)

    def call(self, call_id: str) -> dict[str, Any] | None:
        """Return one call as it is now."""
        with self._lock:
            found = self._calls.get(call_id)
            return dict(found) if found else None

    def calls(self, wanted: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return a page of calls, the newest first, without a cursor (providers' handbook 5.1)."""
        with self._lock:
            every = list(self._calls.values())
        kept = [
            call
            for call in reversed(every)
            if call["createdAt"] >= wanted.get("createdAtGe", "")
            and call["createdAt"] <= wanted.get("createdAtLe", "9")
            and call["createdAt"] < wanted.get("createdAtLt", "9")
            and wanted.get("phoneNumberId") in (None, call["phoneNumberId"])
            and wanted.get("id") in (None, call["id"])
        ]
        return [dict(call) for call in kept[: min(int(wanted.get("limit", PAGE_SIZE)), PAGE_SIZE)]]

    def ending_of(self, call: Mapping[str, Any]) -> Ending:
        """Return what becomes of a call."""
        number = str((call.get("customer") or {}).get("number"))
        return self.endings.get(number, self.otherwise)

    def moves(self, call_id: str, status: str) -> dict[str, Any] | None:
        """Move a call on; None for one that is over."""
        return self._change(
            call_id, {"status": status, "phoneCallProviderId": f"CA{call_id.replace('-', '')}"}
        )

    def ends(self, call_id: str, ending: Ending) -> dict[str, Any] | None:
        """End a call as a script says; None for one that is over."""
        ended = self._now()
        told: dict[str, Any] = {
            "status": "ended",
            "endedReason": ending.reason,
            "endedAt": _written(ended),
            "cost": ending.cost,
            "costs": [],
            "analysis": {"summary": "Told by the script.", "successEvaluation": "true"}
            if ending.words
            else {},
            "artifact": _artifact(ending),
        }
        if ending.answered:
            told["startedAt"] = _written(ended - timedelta(seconds=ending.seconds))
        return self._change(call_id, told)

    def _change(self, call_id: str, changes: Mapping[str, Any]) -> dict[str, Any] | None:
        with self._lock:
            call = self._calls.get(call_id)
            if call is None or call["status"] == "ended":
                return None
            call.update(changes, updatedAt=_written(self._now()))
            return dict(call)


def _artifact(ending: Ending) -> dict[str, Any]:
    said, at = [], 0.5
    for role, words in ending.words:
        said.append({"role": role, "message": words, "secondsFromStart": at})
        at += 4.0
    lines = [f"{'AI' if role == 'bot' else 'User'}: {words}\n" for role, words in ending.words]
    return {"messages": said, "transcript": "".join(lines)}


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
