"""A call that a person asks for: one for each, moved when they ask again, kept with their words."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.sql.dialling.conftest import DENVER, NOON, Queue

pytestmark = pytest.mark.sql
OURS = "+12025550100"
CHECKED = {"country": "US", "number_type": "mobile", "zones": [DENVER]}


def call_from(queue: Queue, number: str, direction: str = "inbound") -> tuple[int, str]:
    sid = f"CA{uuid4().hex}"
    sides = (number, OURS) if direction == "inbound" else (OURS, number)
    (call,) = queue.owner.execute(
        """insert into public.call_history (call_sid, phone_number, direction, from_number, to_number)
           values (%s, %s, %s, %s, %s) returning id""",
        [sid, number, direction, *sides],
    ).fetchone()
    return call, sid


def ask(queue: Queue, number: str, at: Any = NOON, *, call: int | None = None, **given: Any) -> Any:
    source = {"call_id": call if call is not None else call_from(queue, number)[0]}
    wanted = {"number": number, "words": "tomorrow at eleven", "source": source, "timezone": DENVER, "checked": CHECKED,
              "wanted": {"scheduled_time": at.isoformat()}, **given}  # fmt: skip
    return queue.database.call("ask_callback", **wanted)


def test_a_call_that_is_asked_for_waits_with_the_words_as_its_consent(queue: Queue) -> None:
    number = queue.number()
    call, sid = call_from(queue, number)

    answer = ask(queue, number, call=call)

    entry = answer["entry"]
    assert (answer["result"], entry["purpose"], entry["asked_in"], entry["timezone"]) == (
        "asked",
        "asked_for",
        sid,
        DENVER,
    )
    assert queue.owner.execute(
        "select purpose, state, channel, wording_version, source_sid from public.consents where phone_number = %s",
        [number],
    ).fetchall() == [("asked_for", "granted", "call", "tomorrow at eleven", sid)]
    assert queue.claim() == [entry["id"]]


def test_asking_again_moves_the_one_that_waits(queue: Queue) -> None:
    number = queue.number()
    first = ask(queue, number)

    moved = ask(queue, number, NOON + timedelta(hours=2))
    again = ask(queue, number, NOON + timedelta(hours=2))

    assert [moved["result"], again["result"]] == ["moved", "known"]
    assert {answer["entry"]["id"] for answer in (first, moved, again)} == {first["entry"]["id"]}
    assert queue.claim() == []
    assert queue.claim(at=NOON + timedelta(hours=2)) == [first["entry"]["id"]]


def test_a_window_takes_the_place_of_a_time(queue: Queue) -> None:
    number = queue.number()
    ask(queue, number)

    window = {
        "not_before": (NOON + timedelta(hours=3)).isoformat(),
        "not_after": (NOON + timedelta(hours=5)).isoformat(),
    }
    entry = ask(queue, number, wanted=window)["entry"]

    assert (entry["scheduled_time"], entry["not_before"]) == (None, "2035-12-04T21:00:00+00:00")


@pytest.mark.parametrize(("hours", "code"), [(10, "window_over"), (-200_000, "invalid")])
def test_a_time_at_which_nobody_is_called_leaves_what_waits_as_it_was(
    queue: Queue, hours: int, code: str
) -> None:
    number = queue.number()

    first = ask(queue, number, NOON + timedelta(hours=hours))
    assert (first["result"], first["code"]) == ("refused", code)
    assert queue.owner.execute("select count(*) from public.call_queue").fetchone() == (0,)

    standing = ask(queue, number)["entry"]
    assert ask(queue, number, NOON + timedelta(hours=hours))["result"] == "refused"
    assert (
        queue.database.call("show_queued_call", id=standing["id"])["entry"]["scheduled_time"]
        == standing["scheduled_time"]
    )


def test_who_asked_not_to_be_called_gets_no_call(queue: Queue) -> None:
    number = queue.number()
    queue.database.call("suppress", number=number, scope="calls", reason="operator")

    assert ask(queue, number)["code"] == "suppressed"
    assert queue.owner.execute(
        "select count(*) from public.consents where phone_number = %s", [number]
    ).fetchone() == (0,)


def test_never_mind_takes_back_what_the_person_asked_for_and_nothing_else(queue: Queue) -> None:
    number = queue.number()
    (other,) = queue.put(recipient_number=number)
    entry = ask(queue, number)["entry"]["id"]

    results = [queue.database.call("cancel_callback", number=number)["result"] for _ in range(2)]

    assert results == ["canceled", "none"]
    assert (queue.row(entry)[0], queue.row(other)[0]) == ("canceled", "queued")


def test_who_asks_during_that_very_call_is_not_dialled_again_for_it(queue: Queue) -> None:
    number = queue.number()
    first = ask(queue, number)["entry"]["id"]
    token = uuid4()
    ((taken, made),) = queue.taken(token=token)
    assert taken == first

    second = ask(queue, number, NOON + timedelta(days=1))["entry"]["id"]
    queue.end(made, "busy", token)

    assert queue.row(first)[0] == "failed"
    assert (second != first, queue.row(second)[0]) == (True, "queued")


def test_whom_we_called_is_called_again_with_what_that_call_was_about(queue: Queue) -> None:
    number = queue.number()
    queue.put(recipient_number=number, custom_variables={"name": "Lea"})
    token = uuid4()
    ((_, made),) = queue.taken(token=token)
    call, sid = call_from(queue, number, "outbound")
    queue.end(made, "completed", token, sid=sid)

    entry = ask(queue, number, NOON + timedelta(days=1), call=call)["entry"]

    assert entry["variables"] == {"name": "Lea"}


def test_a_call_that_nobody_knows_asks_for_nothing(queue: Queue) -> None:
    assert ask(queue, queue.number(), call=10**12)["code"] == "unknown_source"
