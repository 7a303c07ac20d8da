"""Calls of the queue reach people and machines through the whole house."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.house import House
from tests.support.waiting import wait_for
from voicebot.domain.access.actor import Actor
from voicebot.domain.templates.template import CallTemplate
from voicebot.runtime import Runtime
from voicebot.services.dialling.ask import ask_for_call
from voicebot.services.dialling.dial import place_dials
from voicebot.services.dialling.machine import meet_machine
from voicebot.services.templates import edit
from voicebot.storage import plans, queue
from voicebot.storage.database import PostgresDatabase
from voicebot.storage.dials import DialLimits
from voicebot.storage.plans import NewPlan, Whose
from voicebot.storage.queue import NewEntry
from voicebot.wiring import build_runtime

pytestmark = pytest.mark.chaos
ANN, BOB, FAX = "+13035550161", "+13035550162", "+13035550163"
MAILBOX = "Hi, this is Bob. Please leave a message after the tone."
SCREENER = "Hi. If you record your name and reason for calling, I'll see if this person is available."
ANY_HOUR = "a test runs at any hour"


@dataclass(frozen=True)
class Diallers:
    """A house, and what its worker dials with."""

    house: House
    runtime: Runtime

    def __getattr__(self, name: str) -> Any:
        return getattr(self.house, name)


@pytest.fixture
def house(running_house: House) -> Iterator[Diallers]:
    running_house.tidy()
    running_house.phone.knobs({"patience_s": 0.2})
    for table in ("call_attempts", "call_queue", "dialling_lanes", "dialling_accounts"):
        running_house.rows(f"delete from public.{table}")
    running_house.rows("update public.call_service_providers set concurrency_limit = 50")
    runtime = build_runtime(running_house.settings, PostgresDatabase(running_house.dsn, max_size=2))
    yield Diallers(running_house, runtime)
    runtime.database.close()


def ask(house: Diallers, number: str, template: str | None = None, user: UUID | None = None) -> str:
    wanted = NewEntry(to_number=number, purpose="asked_for", hours_lifted=ANY_HOUR, template=template)
    row, _ = ask_for_call(house.runtime, wanted, actor=Actor(user))
    return str(row["id"])


def dial(house: Diallers, calls: int) -> None:
    """Dial until so many calls are over and everything about them is told; do what the worker does at machines."""

    def told() -> bool:
        place_dials(house.runtime)
        for row in house.rows(
            "select id from public.call_attempts where verdict is not null and message_at is null"
        ):
            meet_machine(house.runtime, str(row["id"]))
        over = house.rows("select 1 from public.call_attempts where state = 'done' and verdict is not null")
        return len(over) == calls

    wait_for(told, 60.0, pause_s=0.02)
    assert house.phone.callbacks_idle(20)


def entry(house: Diallers, key: str) -> dict[str, Any]:
    [row] = house.rows(
        "select status, last_error, retry_count from public.call_queue where id = %s", UUID(key)
    )
    return row


def attempts(house: Diallers, key: str) -> list[tuple[Any, ...]]:
    rows = house.rows(
        """select state, transport_result, answered_by from public.call_attempts
            where call_queue_id = %s order by attempt_number""",
        UUID(key),
    )
    return [tuple(row.values()) for row in rows]


def spoken(view: dict[str, Any], *more: str) -> list[str]:
    """What was heard of us. On a machine that is busy with other work a word comes before the greeting."""
    kinds = ("say", "play", *more)
    return [item["text"] for item in view["heard"] if item["kind"] in kinds and item["text"] != "Hello."]


def test_a_person_is_greeted_at_once_and_done_and_a_mailbox_is_dialled_again(house: Diallers) -> None:
    house.phone.operator("answer", number=ANN, ring_s=0, amd_s=8, says=["Yes, this is Ann.", "No. Goodbye."])
    house.phone.operator("voicemail", number=BOB, ring_s=0, amd_s=8, says=[MAILBOX])
    house.phone.operator("fax", number=FAX, ring_s=0, amd_s=3)
    before = {call["sid"] for call in house.phone.calls()}
    ann, bob, fax = (ask(house, number) for number in (ANN, BOB, FAX))

    dial(house, 3)

    [call] = house.rows("select call_sid from public.call_attempts where call_queue_id = %s", UUID(ann))
    view = house.phone.wait(call["call_sid"], "over")
    kinds = [each["kind"] for each in view["webhooks"]]
    heard = [item for item in view["heard"] if item["kind"] in ("say", "play")]
    # Eight seconds of the call before the verdict.
    assert heard[0]["at_s"] < 3
    assert sum(item["text"] == heard[0]["text"] for item in heard) <= 2
    assert kinds.index("voice") < kinds.index("action") < kinds.index("amd")
    assert attempts(house, ann) == [("done", "completed", "human")]
    assert attempts(house, bob) == [("done", "completed", "voicemail")]
    assert attempts(house, fax) == [("done", "completed", "fax")]
    assert entry(house, ann) == {"status": "completed", "last_error": None, "retry_count": 1}
    assert entry(house, bob) == {"status": "queued", "last_error": "voicemail", "retry_count": 1}
    assert entry(house, fax) == {"status": "failed", "last_error": "fax", "retry_count": 1}

    house.phone.operator("answer", number=BOB, ring_s=0, says=["Bob here. Goodbye."])
    house.rows("update public.call_queue set next_attempt_at = now() where id = %s", UUID(bob))
    dial(house, 4)

    assert entry(house, bob) == {"status": "completed", "last_error": None, "retry_count": 2}
    assert [who for _, _, who in attempts(house, bob)] == ["voicemail", "human"]
    dialled = [call["to"] for call in house.phone.calls() if call["sid"] not in before]
    assert [dialled.count(number) for number in (ANN, BOB, FAX)] == [1, 2, 1]


def test_a_call_of_a_user_is_used_of_the_plan_by_the_length_that_the_carrier_tells(house: Diallers) -> None:
    # Somebody who has no plan yet, also when this is tried again.
    number = f"+1303555{secrets.randbelow(10000):04d}"
    user = UUID(house.runtime.database.call("ensure_user", phone=number)["user_id"])
    plan = plans.make_plan(
        house.runtime.database, NewPlan(f"plan {uuid4().hex}", call_limit=1, minutes_limit=5)
    )
    plans.subscribe(house.runtime.database, plan["id"], Whose(user_id=user))
    house.phone.operator("answer", number=ANN, ring_s=0, says=["Hello? Goodbye."])
    ann, fax = (ask(house, number, user=user) for number in (ANN, FAX))

    dial(house, 1)

    [call] = house.rows(
        "select * from public.call_history where to_number = %s order by id desc limit 1", ANN
    )
    (usage,) = plans.list_usage(house.runtime.database, Whose(user_id=user)).rows
    limits = DialLimits(1)
    assert call["duration"] > 0
    assert (usage["calls_used"], usage["minutes_used"], usage["minutes_reserved"]) == (
        1,
        -(-call["duration"] // 60),
        0,
    )
    assert entry(house, ann)["status"] == "completed"
    assert queue.show_entry(house.runtime.database, UUID(fax), limits)["reasons"][:1] == ["plan_calls"]


def test_a_machines_verdict_on_somebody_who_spoke_first_ends_no_talk(house: Diallers) -> None:
    house.phone.operator(
        "voicemail",
        number=ANN,
        ring_s=0,
        amd_s=8,
        says=["Hello? Who is this?", "When do you open?", "Goodbye."],
    )
    ann = ask(house, ANN)

    dial(house, 1)

    [call] = house.rows(
        "select * from public.call_history where to_number = %s order by id desc limit 1", ANN
    )
    said = house.rows(
        "select said from public.call_turns where call_id = %s and said <> '' order by turn", call["id"]
    )
    assert attempts(house, ann) == [("done", "completed", "human")]
    assert [row["said"] for row in said] == ["Hello? Who is this?", "When do you open?", "Goodbye."]
    assert (call["answered_by"], call["call_data"]["amd"]["answered_by"]) == ("human", "machine_start")


def test_a_mailbox_hears_the_message_after_its_beep_and_the_call_ends(house: Diallers) -> None:
    name, message = f"bikes {uuid4().hex}", "This is the bike shop. Your bike is ready. Goodbye."
    template = CallTemplate(
        name=name, greeting="Hello, is this Bob?", on_voicemail="leave_message", voicemail_message=message
    )
    edit.publish(house.runtime, edit.make(house.runtime, template))
    # In compressed time the call would be over before anybody had gone to the carrier.
    house.phone.operator("voicemail", number=BOB, ring_s=0, amd_s=4, speed=5, says=[MAILBOX])
    bob = ask(house, BOB, name)

    dial(house, 1)

    [call] = house.rows(
        "select * from public.call_history where to_number = %s order by id desc limit 1", BOB
    )
    view = house.phone.wait(call["call_sid"], "over")
    heard = spoken(view, "hangup")
    assert (heard[0], heard[-2:]) == ("Hello, is this Bob?", [message, "bot"])
    assert view["recorded"][-1] == message
    assert (call["end_reason"], call["outcome"], call["answered_by"]) == (
        "machine",
        "not_reached",
        "machine_end_beep",
    )
    assert entry(house, bob) == {"status": "queued", "last_error": "voicemail", "retry_count": 1}


def test_a_screener_is_told_who_calls_and_its_person_is_greeted(house: Diallers) -> None:
    name = f"bikes {uuid4().hex}"
    template = CallTemplate(
        name=name,
        greeting="Hello, is this Bob?",
        identity="This is Ann of the bike shop.",
        call_purpose="I am calling about your bicycle.",
        goal="Bob names a day.",
    )
    edit.publish(house.runtime, edit.make(house.runtime, template))
    house.phone.operator(
        "screener",
        number=BOB,
        ring_s=0,
        amd_s=30,
        says=[SCREENER, "Hello, who is this?", "Yes, Monday. Goodbye."],
    )
    bob = ask(house, BOB, name)

    dial(house, 1)

    [call] = house.rows(
        "select * from public.call_history where to_number = %s order by id desc limit 1", BOB
    )
    told = spoken(house.phone.wait(call["call_sid"], "over"))
    told_screener = "This is Ann of the bike shop. I am calling about your bicycle."
    assert told[:3] == ["Hello, is this Bob?", told_screener, "Hello, is this Bob?"]
    assert told.count("Hello, is this Bob?") == 2
    assert attempts(house, bob) == [("done", "completed", "human")]
    assert entry(house, bob)["status"] == "completed"


@pytest.mark.parametrize("created", ["error", "lost"])
def test_a_call_whose_creation_was_not_answered_is_made_once(house: Diallers, created: str) -> None:
    house.phone.operator("answer", number=ANN, ring_s=0, created=created, says=["Hello.", "Goodbye."])
    before = {call["sid"] for call in house.phone.calls()}
    ann = ask(house, ANN)

    dial(house, 1)

    made = [call for call in house.phone.calls() if call["sid"] not in before]
    assert [call["to"] for call in made] == [ANN]
    assert attempts(house, ann) == [("done", "completed", "human")]


@pytest.mark.parametrize("times", [0, 2])
def test_a_verdict_that_never_comes_or_comes_twice_leaves_who_answered_to_words(
    house: Diallers, times: int
) -> None:
    house.phone.operator(
        "answer", number=ANN, ring_s=0, amd_s=1, amd_times=times, says=["Yes, this is Ann.", "Goodbye."]
    )
    ann = ask(house, ANN)

    def over() -> bool:
        place_dials(house.runtime)
        return entry(house, ann)["status"] not in ("queued", "in-progress")

    wait_for(over, 60.0, pause_s=0.02)

    assert attempts(house, ann) == [("done", "completed", "human")]
