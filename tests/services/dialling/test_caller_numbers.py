"""A call goes out from the number that was chosen for the person, and what becomes of it is the number's."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest

from voicebot.domain.call.reports import CallReport
from voicebot.providers.ports import NewCall, ProviderNumber
from voicebot.services.calls.report_status import record_status
from voicebot.services.dialling import ask
from voicebot.services.dialling.ask import ask_for_call
from voicebot.services.dialling.dial import place_dials
from voicebot.services.dialling.settle import record_dial_status
from voicebot.services.numbers.connect import connect, preview_connect
from voicebot.services.numbers.health import clear_number, list_health
from voicebot.services.numbers.sync import sync_numbers
from voicebot.storage import queue
from voicebot.storage.queue import NewEntry

pytestmark = pytest.mark.sql
DENVER, BOSTON, IDLE = "+13035550190", "+16175550190", "+17205550190"
TABLES = (
    "call_attempts", "call_queue", "dialling_lanes", "dialling_accounts", "caller_bindings", "number_days", "number_health",
    "incidents", "number_connections", "provider_phone_numbers",
)  # fmt: skip


class Account:
    """Has three numbers, and takes every call."""

    def __init__(self) -> None:
        self.calls: list[NewCall] = []

    def create_call(self, call: NewCall) -> str:
        self.calls.append(call)
        return f"CA{uuid4().hex}"

    def list_numbers(self) -> list[ProviderNumber]:
        return [ProviderNumber(f"PN{n}", number) for n, number in enumerate((DENVER, BOSTON, IDLE))]

    def change_number(self, sid: str, fields: Any) -> None:
        """Where calls that come in lead is not what this is about."""


@pytest.fixture
def carrier() -> Account:
    return Account()


@pytest.fixture
def bot(make_runtime: Any, carrier: Account, owner: Any) -> Any:
    for table in TABLES:
        owner.execute(f"delete from public.{table}")
    owner.execute("update public.call_service_providers set concurrency_limit = 100")
    runtime = make_runtime(telephony=carrier)
    for number in (DENVER, BOSTON):
        connect(runtime, preview_connect(runtime, number))
    sync_numbers(runtime)
    yield runtime
    for table in TABLES:
        owner.execute(f"delete from public.{table}")


def call(bot: Any, carrier: Account, to: str, status: str = "completed", **report: Any) -> tuple[str, Any]:
    """Call somebody and let the carrier tell how it went; return from where, and the entry."""
    entry = NewEntry(to_number=to, purpose="asked_for", hours_lifted="a test runs at any hour")
    row, _ = ask_for_call(bot, entry)
    assert place_dials(bot) == 1
    made = carrier.calls[-1]
    attempt = re.search(r"attempt=([0-9a-f-]{36})", made.url)
    assert attempt
    shown = queue.show_entry(bot.database, UUID(row["id"]), ask.dial_limits(bot))
    sid = shown["attempts"][0]["call_sid"]
    record_status(bot, CallReport(sid, status, direction="outbound-api", **report))
    record_dial_status(bot, attempt[1], sid, status)
    return made.from_number, queue.show_entry(bot.database, UUID(row["id"]), ask.dial_limits(bot))


def test_a_person_hears_from_a_number_of_their_area_and_the_entry_says_so(bot, carrier):
    from_number, shown = call(bot, carrier, "+13035550142")

    assert from_number == DENVER
    assert [(one["from"], one["caller_choice"]) for one in shown["attempts"]] == [(DENVER, "area")]


def test_a_synced_number_that_does_not_lead_here_calls_nobody(bot, carrier):
    from_number, _ = call(bot, carrier, "+17205550142")

    assert from_number == DENVER


def test_who_lives_elsewhere_hears_from_the_default_which_is_known_to_the_claim(bot, carrier, owner):
    from_number, shown = call(bot, carrier, "+12125550142")

    assert from_number == bot.carriers.main.number
    assert shown["attempts"][0]["from"] == from_number
    assert owner.execute("select caller_number from public.dialling_accounts").fetchall() == [(from_number,)]


def test_a_declined_call_and_a_number_that_is_none_are_told_apart(bot, carrier, owner):
    call(bot, carrier, "+13035550143", "busy", sip_response_code=603)
    _, invalid = call(bot, carrier, "+13035550144", "failed", sip_response_code=404)

    (shown,) = [row for row in list_health(bot) if row["number"] == DENVER]
    assert (shown["today"]["dials"], shown["today"]["declined"], shown["today"]["answers"]) == (1, 1, 0)
    assert (invalid["status"], invalid["last_error"]) == ("failed", "invalid_number")


def test_a_red_number_calls_nobody_until_it_is_cleared(bot, carrier, owner):
    call(bot, carrier, "+13035550142")
    owner.execute(
        "insert into public.number_health (number, red_at, red_day) values (%s, now(), now())", [DENVER]
    )

    from_number, _ = call(bot, carrier, "+13035550145")
    assert from_number != DENVER

    clear_number(bot, DENVER, "the label is gone")
    assert call(bot, carrier, "+13035550146")[0] == DENVER
