"""A person's call, made under a template, and what happens to it turn by turn."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.sql.dialling.conftest import TABLES
from voicebot.domain.call.events import Event
from voicebot.domain.call.reports import AnswererReport, CallArrival
from voicebot.domain.templates.template import CallTemplate
from voicebot.providers.ports import NewCall, ProviderError
from voicebot.services.calls.gather.document import DocumentRequest
from voicebot.services.calls.gather.take import take_turn
from voicebot.services.calls.report_status import record_answerer
from voicebot.services.dialling import answer
from voicebot.services.dialling.ask import ask_for_call
from voicebot.services.dialling.dial import place_dials
from voicebot.services.dialling.machine import meet_machine
from voicebot.services.templates import edit
from voicebot.storage.queue import NewEntry
from voicebot.transports.twilio.urls import CodeCallStep

US, THEM = "+12025550100", "+13035550142"


@dataclass
class Line:
    """Takes every call, and notes what is done to it."""

    calls: list[NewCall] = field(default_factory=list)
    done: list[tuple[str, ...]] = field(default_factory=list)
    failure: ProviderError | None = None

    def create_call(self, call: NewCall) -> str:
        self.calls.append(call)
        return f"CA{uuid.uuid4().hex}"

    def end_call(self, sid: str) -> None:
        self._do("end", sid)

    def redirect_call(self, sid: str, *, url: str) -> None:
        self._do("redirect", sid, url)

    def _do(self, *what: str) -> None:
        self.done.append(what)
        if self.failure:
            raise self.failure


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def bot(make_runtime, line, owner):
    for table in TABLES:
        owner.execute(f"delete from public.{table}")
    return make_runtime(telephony=line)


class Dialled:
    """A person's call, made under a template."""

    def __init__(self, bot: Any, owner: Any, line: Line, **template: Any) -> None:
        self.bot, self.owner, self.line = bot, owner, line
        name = f"bikes {uuid.uuid4().hex}"
        edit.publish(bot, edit.make(bot, CallTemplate(name=name, **template)))
        ask_for_call(
            bot, NewEntry(to_number=THEM, purpose="asked_for", hours_lifted="a test runs at any hour", template=name)
        )  # fmt: skip
        place_dials(bot)
        self.id, self.sid = owner.execute("select id, call_sid from public.call_attempts").fetchone()

    def answers(self) -> str:
        arrival = CallArrival(self.sid, "outbound", US, THEM)
        return answer.document(self.bot, arrival, CodeCallStep(str(self.id)))

    def verdict(self, word: str) -> None:
        record_answerer(self.bot, AnswererReport(self.sid, word, self.id, 4000))

    def meets(self) -> None:
        meet_machine(self.bot, str(self.id))

    def turn(self, number: int, event: Event) -> ElementTree.Element:
        """What the call does next, and what it hears then."""
        request = DocumentRequest(self.sid, number, 0, (event,), US)
        return ElementTree.fromstring(take_turn(self.bot, request))

    def said(self, turn: int) -> str:
        """What the call said in a turn."""
        rows = self.owner.execute(
            """select d.speech from private.served_documents d join public.call_history c on c.id = d.call_id
                where c.call_sid = %s and d.turn = %s order by d.document""",
            [self.sid, turn],
        ).fetchall()
        return " ".join(item["text"] for (speech,) in rows for item in speech)

    def answered_by(self) -> tuple[Any, ...]:
        return self.owner.execute(
            "select answered_by, heard_as, verdict from public.call_attempts"
        ).fetchone()


@pytest.fixture
def dialled(bot, owner, line):
    owner.execute("delete from public.sms_history where request_key like 'voicemail:%'")
    return lambda **template: Dialled(bot, owner, line, **template)


@pytest.fixture(autouse=True)
def free_lines(owner: Any) -> None:
    """Calls of earlier tests hold no line, and what failed there opens no breaker."""
    owner.execute("update public.call_attempts set state = 'done' where state not in ('failed', 'done')")
    owner.execute("delete from public.provider_breakers")


@pytest.fixture
def no_breaker(owner: Any) -> Iterator[None]:
    """Carriers that fail for as long as they like, with more lines than anybody needs."""
    (lines,) = owner.execute(
        "select concurrency_limit from public.call_service_providers where name = 'twilio'"
    ).fetchone()
    owner.execute("update public.dialling_rules set breaker_dials = null")
    owner.execute("update public.call_service_providers set concurrency_limit = 1000 where name = 'twilio'")
    yield
    owner.execute("update public.dialling_rules set breaker_dials = 5")
    owner.execute(
        "update public.call_service_providers set concurrency_limit = %s where name = 'twilio'", [lines]
    )
