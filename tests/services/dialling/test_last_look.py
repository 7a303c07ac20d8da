"""What comes between the claim of a dial and the request to the carrier still stops it."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from voicebot.providers.ports import NewCall
from voicebot.services.dialling.ask import ask_for_call
from voicebot.services.dialling.dial import place_dials
from voicebot.services.verification import verify_phone
from voicebot.storage.queue import NewEntry

pytestmark = pytest.mark.sql
PERSON = "+13035550142"


@dataclass
class Dialler:
    """Notes whom it is asked to call."""

    asked: list[str] = field(default_factory=list)

    def create_call(self, call: NewCall) -> str:
        self.asked.append(call.to)
        return f"CA{uuid.uuid4().hex}"


@dataclass
class Between:
    """A database in which something happens once, right after dials were claimed."""

    inner: Any
    happens: Callable[[], object]
    done: bool = False

    def call(self, function: str, **params: Any) -> Any:
        answer = self.inner.call(function, **params)
        if isinstance(answer, dict) and answer.get("dials") and not self.done:
            self.done = True
            self.happens()
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.fixture
def carrier() -> Dialler:
    return Dialler()


@pytest.fixture
def bot(make_runtime: Any, owner: Any) -> Any:
    for table in ("call_attempts", "call_queue", "suppressions", "dialling_lanes", "dialling_accounts"):
        owner.execute(f"delete from public.{table}")
    owner.execute("update public.call_service_providers set concurrency_limit = 100")
    return make_runtime()


def dials(make_runtime: Any, bot: Any, carrier: Dialler, happens: Callable[[], object]) -> None:
    """Let a worker dial, and something happen between its claim and its request."""
    place_dials(make_runtime(telephony=carrier, database=Between(bot.database, happens)))


def asked(bot: Any) -> uuid.UUID:
    row, _ = ask_for_call(bot, NewEntry(PERSON, purpose="asked_for", hours_lifted="a test runs at any hour"))
    return uuid.UUID(row["id"])


def stands(owner: Any) -> Any:
    return owner.execute(
        """select q.status, q.last_error, a.state, a.error from public.call_queue q
             join public.call_attempts a on a.call_queue_id = q.id"""
    ).fetchall()


def test_somebody_who_says_stop_after_the_claim_is_not_called(make_runtime, bot, carrier, owner):
    asked(bot)

    dials(
        make_runtime, bot, carrier,
        lambda: bot.database.call("suppress", number=PERSON, scope="calls", reason="operator"),
    )  # fmt: skip

    assert carrier.asked == []
    assert stands(owner) == [("failed", "suppressed", "failed", "suppressed")]
    assert owner.execute("select sum(calls) from public.dialling_load").fetchone()[0] == 0


def test_a_stop_after_the_claim_holds_for_a_code_too(make_runtime, bot, carrier, owner):
    owner.execute("delete from public.verification_counters")
    verify_phone.start(bot, PERSON, "call")

    dials(
        make_runtime, bot, carrier,
        lambda: bot.database.call("suppress", number=PERSON, scope="all", reason="operator"),
    )  # fmt: skip

    assert carrier.asked == []


def test_an_entry_that_is_canceled_after_the_claim_is_not_dialled(make_runtime, bot, carrier, owner):
    entry = asked(bot)

    dials(make_runtime, bot, carrier, lambda: bot.database.call("cancel_queued_call", id=entry))

    assert carrier.asked == []
    assert stands(owner) == [("canceled", None, "failed", "canceled")]


def test_a_worker_that_slept_through_its_claim_does_not_dial_when_it_wakes(make_runtime, bot, carrier, owner):
    asked(bot)

    dials(
        make_runtime, bot, carrier,
        lambda: owner.execute("update public.call_attempts set lease_until = now() - interval '1 second'"),
    )  # fmt: skip

    assert carrier.asked == []


def test_a_worker_whose_dial_somebody_else_has_given_up_does_not_make_it(make_runtime, bot, carrier, owner):
    asked(bot)

    dials(
        make_runtime, bot, carrier,
        lambda: owner.execute("update public.call_attempts set state = 'unknown', error = 'claim_ran_out'"),
    )  # fmt: skip

    assert carrier.asked == []
    assert stands(owner)[0][2] == "unknown"


def test_what_nothing_came_between_is_dialled(make_runtime, bot, carrier):
    asked(bot)

    dials(make_runtime, bot, carrier, lambda: None)

    assert carrier.asked == [PERSON]
