"""Calls that repeat: each occurrence is made once, an edit changes what is to come, and one or all can be canceled."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.sql.dialling.conftest import DENVER, Queue

pytestmark = pytest.mark.sql
FIRST = datetime(2035, 12, 4, 16, 0, tzinfo=UTC)
"""A Tuesday, nine in the morning in Denver."""
WEEK = timedelta(days=7)
CHECKED = {"country": "US", "number_type": "mobile", "zones": [DENVER]}


def plan(
    *occurrences: datetime, look_at: datetime | None = FIRST, rule: str = "FREQ=WEEKLY"
) -> dict[str, Any]:
    return {
        "rule": rule, "starts_at": "2035-12-04T09:00", "zone": DENVER, "lasts_s": 3600,
        "occurrences": [at.isoformat() for at in occurrences], "look_at": look_at and look_at.isoformat(),
    }  # fmt: skip


@pytest.fixture(autouse=True)
def no_series(queue: Queue) -> None:
    queue.owner.execute("delete from public.call_series")


def begun(queue: Queue, *occurrences: datetime, **given: Any) -> Any:
    times = occurrences or (FIRST, FIRST + WEEK, FIRST + 2 * WEEK)
    wanted = {"to_number": queue.number(), "purpose": "asked_for", "checked": CHECKED, "request": {}, "timezone": DENVER,
              "scheduled_time": times[0], "series": plan(*times), **given}  # fmt: skip
    return queue.database.call("queue_call", **wanted)


def series_of(queue: Queue, answer: Any) -> Any:
    return queue.database.call("show_series", id=answer["entry"]["series_id"])["series"]


def entries(queue: Queue) -> list[tuple[datetime, str]]:
    rows = queue.owner.execute(
        "select occurrence, status from public.call_queue order by occurrence"
    ).fetchall()
    return [(at.astimezone(UTC), status) for at, status in rows]


def add(queue: Queue, series: Any, *occurrences: datetime, look_at: datetime | None = FIRST) -> Any:
    return queue.database.call(
        "add_occurrences", id=series["id"], revision=series["revision"], occurrences=[at.isoformat() for at in occurrences],
        look_at=look_at,
    )  # fmt: skip


def test_a_call_that_repeats_is_its_first_entry_and_those_ahead(queue: Queue) -> None:
    answer = begun(queue)

    series = series_of(queue, answer)
    assert (answer["result"], series["state"], series["repeat"]) == ("queued", "active", "FREQ=WEEKLY")
    assert entries(queue) == [(FIRST, "queued"), (FIRST + WEEK, "queued"), (FIRST + 2 * WEEK, "queued")]
    same = "recipient_number, purpose, country, number_type, zones, timezone, max_attempts, not_after - occurrence"
    assert len(queue.owner.execute(f"select distinct {same} from public.call_queue").fetchall()) == 1


def test_a_first_call_that_can_never_be_dialled_begins_nothing(queue: Queue) -> None:
    at_three_in_the_night = FIRST - timedelta(hours=6)

    assert begun(queue, at_three_in_the_night)["code"] == "window_over"
    assert queue.owner.execute("select count(*) from public.call_series").fetchone() == (0,)


def test_asking_twice_with_one_key_begins_one_series(queue: Queue) -> None:
    number, key = queue.number(), uuid4().hex

    first = begun(queue, to_number=number, request_key=key, request={"repeat": "FREQ=WEEKLY"})
    again = begun(queue, to_number=number, request_key=key, request={"repeat": "FREQ=WEEKLY"})
    other = begun(queue, to_number=number, request_key=key, request={"repeat": "FREQ=DAILY"})

    assert (again["result"], again["entry"]["series_id"]) == ("known", first["entry"]["series_id"])
    assert (other["code"], other["fields"]) == ("key_used", ["repeat"])


def test_two_workers_make_each_occurrence_once(queue: Queue, dsn: str) -> None:
    series = series_of(queue, begun(queue, FIRST))
    times = [FIRST + n * WEEK for n in range(1, 4)]
    ready = threading.Barrier(2)

    def work() -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            ready.wait()
            connection.execute(
                "select public.add_occurrences(%s, %s, %s::jsonb, %s)",
                [
                    series["id"],
                    series["revision"],
                    psycopg.types.json.Jsonb([at.isoformat() for at in times]),
                    FIRST,
                ],
            )

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert [at for at, _ in entries(queue)] == [FIRST, *times]


def test_what_a_killed_worker_left_is_made_by_the_next_one(queue: Queue, dsn: str) -> None:
    series = series_of(queue, begun(queue, FIRST))
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "select public.add_occurrences(%s, %s, %s::jsonb, %s)",
            [
                series["id"],
                series["revision"],
                psycopg.types.json.Jsonb([(FIRST + WEEK).isoformat()]),
                FIRST + WEEK,
            ],
        )
        connection.rollback()

    due = queue.database.call("due_series", at=FIRST)["series"]
    add(queue, series, FIRST + WEEK, look_at=FIRST + WEEK)

    assert [one["id"] for one in due] == [series["id"]]
    assert queue.database.call("due_series", at=FIRST)["series"] == []
    assert [at for at, _ in entries(queue)] == [FIRST, FIRST + WEEK]


def test_one_that_was_canceled_stays_so_and_the_others_are_made(queue: Queue) -> None:
    answer = begun(queue)
    series = series_of(queue, answer)
    queue.database.call("cancel_queued_call", id=answer["entry"]["id"])

    add(queue, series, FIRST, FIRST + WEEK, FIRST + 3 * WEEK)

    assert [status for _, status in entries(queue)] == ["canceled", "queued", "queued", "queued"]


def test_an_edit_changes_what_is_to_come_and_nothing_that_was_dialled(queue: Queue) -> None:
    answer = begun(queue)
    series, first = series_of(queue, answer), answer["entry"]["id"]
    queue.set(first, next_attempt_at=FIRST)
    assert queue.claim(at=FIRST) == [first]

    changed = queue.database.call(
        "change_series",
        id=series["id"],
        plan=plan(FIRST + timedelta(days=1), rule="FREQ=DAILY"),
        revision=series["revision"],
    )["series"]

    assert (changed["repeat"], changed["revision"]) == ("FREQ=DAILY", series["revision"] + 1)
    assert entries(queue) == [(FIRST, "in-progress"), (FIRST + timedelta(days=1), "queued")]
    assert add(queue, series, FIRST + 2 * WEEK)["result"] == "changed"


def test_a_pause_takes_back_what_waits_and_going_on_makes_it_anew(queue: Queue) -> None:
    series = series_of(queue, begun(queue))

    paused = queue.database.call("change_series", id=series["id"], state="paused")["series"]
    made = add(queue, paused, FIRST)
    none_due = queue.database.call("due_series", at=FIRST + 9 * WEEK)["series"]
    going_on = queue.database.call("change_series", id=series["id"], state="active")["series"]
    add(queue, going_on, FIRST, FIRST + WEEK)

    assert (paused["entries"], made["made"], none_due) == ([], 0, [])
    assert [at for at, status in entries(queue) if status == "queued"] == [FIRST, FIRST + WEEK]


def test_canceling_a_series_cancels_all_that_waits_for_good(queue: Queue) -> None:
    series = series_of(queue, begun(queue))

    queue.database.call("change_series", id=series["id"], state="canceled")

    assert {status for _, status in entries(queue)} == {"canceled"}
    assert queue.database.call("change_series", id=series["id"], state="active")["code"] == "wrong_state"
    assert queue.database.call("due_series", at=FIRST + 9 * WEEK)["series"] == []


def test_a_rule_that_ends_is_done_when_its_last_call_is_made(queue: Queue) -> None:
    series = series_of(queue, begun(queue, FIRST))

    add(queue, series, FIRST + WEEK, look_at=None)

    done = queue.database.call("show_series", id=series["id"])["series"]
    assert (done["state"], len(done["entries"])) == ("done", 2)


def test_who_asked_not_to_be_called_ends_the_series(queue: Queue) -> None:
    number = queue.number()
    series = series_of(queue, begun(queue, FIRST, to_number=number))
    queue.database.call("suppress", number=number, scope="calls", reason="operator")

    assert add(queue, series, FIRST + WEEK)["result"] == "ended"
    over = queue.database.call("show_series", id=series["id"])["series"]
    assert (over["state"], over["last_error"]) == ("done", "suppressed")


def test_a_series_is_seen_and_changed_by_whose_it_is_alone(queue: Queue) -> None:
    mine = {"role": "operator", "user_id": str(queue.user)}
    stranger = {"role": "operator", "user_id": str(uuid4())}
    series = series_of(queue, begun(queue, actor=mine))

    assert queue.database.call("show_series", id=series["id"], actor=mine)["result"] == "found"
    assert queue.database.call("show_series", id=series["id"], actor=stranger)["code"] == "unknown_series"
    assert (
        queue.database.call("change_series", id=series["id"], state="canceled", actor=stranger)["code"]
        == "unknown_series"
    )
    assert queue.database.call("list_series", actor=stranger)["rows"] == []
    assert [row["id"] for row in queue.database.call("list_series", actor=mine)["rows"]] == [series["id"]]
