"""A service with an account at Vapi, and calls that it was asked for."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.sql.dialling.conftest import Queue
from tests.support.apps import app_of
from voicebot.domain.dialling.led_calls import LedCall
from voicebot.providers.carriers import Accounts, Carriers
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.providers.ports.led import NewLedCall, Readiness
from voicebot.providers.vapi.account import VapiAccount
from voicebot.runtime import Runtime
from voicebot.transports.vapi.credentials import credential_of
from voicebot.transports.vapi.messages import call_of

SECRET = "s3cret-of-a-test"
NAME = "vapi-main"
ANY_HOUR = "a test runs at any hour"
TALK = (("bot", "Hello, this is the surgery."), ("user", "Friday is fine."))


@dataclass
class Desk:
    """Vapi, as far as it answers questions: calls by id, and what goes wrong."""

    calls: dict[str, LedCall] = field(default_factory=dict)
    made: list[NewLedCall] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    failure: ProviderError | None = None

    def create_call(self, call: NewLedCall) -> str:
        self.made.append(call)
        self._fail()
        return str(uuid4())

    def fetch_call(self, call_id: str) -> LedCall:
        self.asked.append(call_id)
        self._fail()
        if call_id not in self.calls:
            raise ProviderError("vapi", "http_404", Outcome.REFUSED)
        return self.calls[call_id]

    def find_call(self, name: str, **_: Any) -> LedCall | None:
        self.asked.append(name)
        self._fail()
        return next((each for each in self.calls.values() if str(each.attempt_id) == name), None)

    def end_call(self, call_id: str) -> None:
        self.asked.append(call_id)

    def numbers(self) -> list[Any]:
        return []

    def readiness(self, events_url: str) -> Readiness:
        return Readiness()

    def _fail(self) -> None:
        if self.failure:
            raise self.failure


@dataclass
class Attempt:
    """One dial, and the call that it became."""

    id: UUID
    entry: str
    number: str
    call_id: str


class LedHouse:
    """The service on the embedded database; `desk` is Vapi."""

    def __init__(self, runtime: Runtime, owner: Any, calls: Any = None) -> None:
        self.desk = Desk()
        self.owner = owner
        credential = credential_of({"type": "secret", "secret": SECRET})
        account = VapiAccount(NAME, calls or self.desk, credential)
        accounts = Accounts(diallers={NAME: account})
        self.runtime = replace(runtime, carriers=Carriers(runtime.carriers.main, stored=lambda: accounts))
        owner.execute(
            """insert into public.call_service_providers (name, type, kind, account_sid, default_number, concurrency_limit)
               values (%s, 'voice', 'vapi', 'phone-1', '+12025550177', 100) on conflict do nothing""",
            [NAME],
        )
        self.queue = Queue(self.runtime.database, owner)
        self.queue.empty()
        app = app_of(self.runtime)
        app.config["TESTING"] = False
        self.client = app.test_client()

    def put(self, **columns: Any) -> str:
        """An entry that may be dialled at any hour."""
        (entry,) = self.queue.put(hours_lifted=ANY_HOUR, **columns)
        return entry

    def dialled(self, *, outcome: str = "sent", **columns: Any) -> Attempt:
        """A call that Vapi was asked for."""
        number = columns.setdefault("recipient_number", self.queue.number())
        entry, token = self.put(**columns), uuid4()
        answer = self.runtime.database.call(
            "claim_talks", token=token, lease_s=60.0, batch=1, limits={"concurrent": 100}, account=NAME
        )
        (dial,) = answer["dials"]
        call_id = str(uuid4())
        if outcome != "sending":
            self.runtime.database.call(
                "finish_dial",
                attempt_id=dial["attempt_id"],
                token=token,
                outcome=outcome,
                call_sid=call_id if outcome == "sent" else None,
                error=None if outcome == "sent" else "timeout",
            )
        return Attempt(UUID(dial["attempt_id"]), entry, number, call_id)

    def tells(self, message: dict[str, Any], secret: str = SECRET) -> int:
        """Post a message; return the status of the answer."""
        return self.posts(json.dumps({"message": message}).encode(), {"X-Vapi-Secret": secret})

    def posts(self, body: bytes, headers: dict[str, str]) -> int:
        """Post any bytes."""
        sent = {"Content-Type": "application/json", **headers}
        return int(self.client.post("/vapi/events", data=body, headers=sent).status_code)

    def status(self, attempt: Attempt, status: str, reason: str = "") -> int:
        """Vapi tells a status."""
        told = {"endedReason": reason} if reason else {}
        return self.tells({"type": "status-update", "status": status, **told, "call": called(attempt)})

    def reports(self, attempt: Attempt, reason: str, *said: tuple[str, str], **more: Any) -> int:
        """Vapi tells how a call went."""
        return self.tells(report(attempt, reason, *said, **more))

    def attempt(self, attempt: Attempt) -> dict[str, Any]:
        """The row of a dial."""
        return self._one(
            """select state, error, call_sid, transport_result, answered_by, verdict from public.call_attempts where id = %s""",
            attempt.id,
        )

    def call(self, attempt: Attempt) -> dict[str, Any]:
        """The row of its call, with what was said; empty where there is none."""
        found = self._one("select * from public.call_history where call_sid = %s", attempt.call_id)
        if found:
            found["said"] = self.owner.execute(
                "select speaker, content from public.transcripts where session_id = %s order by sequence_number",
                [found["id"]],
            ).fetchall()
        return found

    def entry(self, attempt: Attempt) -> tuple[str, str | None]:
        """How the entry of a dial stands: status, last error."""
        status, error, _ = self.queue.row(attempt.entry)
        return status, error

    def aside(self) -> list[str]:
        """What was kept aside, by its code."""
        rows = self.owner.execute(
            "select event_type from public.webhook_events where source = 'vapi' order by received_at"
        )
        return [kind.removeprefix("aside:") for (kind,) in rows.fetchall()]

    def cases(self) -> int:
        """How many cases a person has to look at because of such reports."""
        (count,) = self.owner.execute(
            "select count(*) from public.support_escalations where reason = 'strange_report'"
        ).fetchone()
        return int(count)

    def jobs(self, task: str) -> int:
        """How many jobs of a kind wait."""
        (count,) = self.owner.execute(
            "select count(*) from jobs.procrastinate_jobs where task_name = %s and status = 'todo'", [task]
        ).fetchone()
        return int(count)

    def forget(self) -> None:
        """Take away what other tests left."""
        self.owner.execute("delete from public.webhook_events where source = 'vapi'")
        self.owner.execute("delete from public.support_escalations where reason = 'strange_report'")
        self.owner.execute(
            "delete from jobs.procrastinate_jobs where task_name in ('fetch_led_call', 'judge_words')"
        )

    def _one(self, sql: str, key: Any) -> dict[str, Any]:
        cursor = self.owner.execute(sql, [key])
        row = cursor.fetchone()
        return dict(zip([each.name for each in cursor.description], row, strict=True)) if row else {}


def nothing_heard(owner: Any) -> None:
    """Nothing was heard for an hour, of dials and of calls."""
    for table in ("call_attempts", "call_history"):
        owner.execute(f"alter table public.{table} disable trigger user")
        owner.execute(f"update public.{table} set updated_at = now() - interval '1 hour'")
        owner.execute(f"alter table public.{table} enable trigger user")


def called(attempt: Attempt, **more: Any) -> dict[str, Any]:
    """A call as Vapi names it."""
    return {
        "id": attempt.call_id,
        "name": str(attempt.id),
        "customer": {"number": attempt.number},
        "status": "in-progress",
        **more,
    }


def report(attempt: Attempt, reason: str, *said: tuple[str, str], **more: Any) -> dict[str, Any]:
    """An end-of-call report."""
    messages = [{"role": role, "message": words, "secondsFromStart": 1.0} for role, words in said]
    return {
        "type": "end-of-call-report",
        "endedReason": reason,
        "startedAt": "2026-11-28T20:00:05.000Z",
        "endedAt": "2026-11-28T20:01:05.000Z",
        "cost": 0.12,
        "analysis": {"summary": "They agreed.", "successEvaluation": "true"},
        "artifact": {"messages": messages},
        "call": called(attempt, **more.pop("call", {})),
        **more,
    }


def ended(attempt: Attempt, reason: str = "customer-ended-call", *said: tuple[str, str]) -> LedCall:
    """The call as Vapi's API has it when it is over."""
    told = report(attempt, reason, *said)
    return call_of(
        {**told["call"], **{name: told[name] for name in told if name != "call"}, "status": "ended"}
    )


@pytest.fixture
def house(runtime: Runtime, owner: Any) -> Iterator[LedHouse]:
    """A house in which nothing has happened."""
    house = LedHouse(runtime, owner)
    house.forget()
    yield house
    house.queue.empty()
