"""The dialling is watched by whoever runs: what is wrong becomes a row, a text to the operator and an event."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.limits import limits_with
from tests.support.waiting import wait_for
from voicebot.services.operators.incidents import check_incidents, incident_health, keep_watch, watch_dialling
from voicebot.settings import load_settings

pytestmark = pytest.mark.sql
OPERATOR = "+12025550177"


@pytest.fixture(autouse=True)
def a_worker_long_gone(owner: Any) -> Any:
    tables = ("call_attempts", "call_queue", "dialling_lanes", "incidents", "sms_history")
    for table in tables:
        owner.execute(f"delete from public.{table}")
    owner.execute("delete from jobs.procrastinate_workers")
    owner.execute(
        "insert into jobs.procrastinate_workers (last_heartbeat) values (%s)",
        [datetime.now(UTC) - timedelta(minutes=5)],
    )
    yield
    owner.execute("delete from jobs.procrastinate_workers")


@pytest.fixture
def told(make_runtime: Any, tmp_path: Any) -> Any:
    """A house whose operator is known."""
    return make_runtime(
        settings=load_settings({"VOICEBOT_DATA_DIR": str(tmp_path), "OPERATOR_PHONE_NUMBER": OPERATOR})
    )


def kinds(owner: Any) -> list[tuple[str, bool]]:
    return owner.execute("select kind, closed_at is null from public.incidents order by opened_at").fetchall()  # type: ignore[no-any-return]


def test_what_is_wrong_is_opened_once_and_the_operator_is_texted_once(told: Any, owner: Any) -> None:
    assert [check_incidents(told), check_incidents(told), watch_dialling(told)] == [1, 0, 0]

    assert kinds(owner) == [("no_worker", True)]
    texts = owner.execute("select to_number, content from public.sms_history").fetchall()
    assert texts == [
        (
            OPERATOR,
            "Voicebot: something is wrong with the calls that we make. `python -m voicebot incidents --open` shows what.",
        )
    ]


def test_without_an_operators_number_nobody_is_texted_and_the_row_stands(
    make_runtime: Any, owner: Any
) -> None:
    check_incidents(make_runtime())

    assert kinds(owner) == [("no_worker", True)]
    assert owner.execute("select count(*) from public.sms_history").fetchone() == (0,)


def test_it_closes_when_a_worker_is_seen_again(told: Any, owner: Any) -> None:
    check_incidents(told)
    owner.execute("update jobs.procrastinate_workers set last_heartbeat = now()")

    assert check_incidents(told) == 1
    assert kinds(owner) == [("no_worker", False)]
    assert incident_health(told).standing == []


def test_the_cause_is_seen_without_any_check(told: Any, owner: Any) -> None:
    health = incident_health(told)

    assert (list(health.open), [row["kind"] for row in health.standing]) == ([], ["no_worker"])
    assert kinds(owner) == []


def test_a_process_without_a_worker_opens_it_by_itself(make_runtime: Any, owner: Any) -> None:
    stop = keep_watch(make_runtime(limits=limits_with(loops={"rounds_s": 0.01})))
    wait_for(lambda: kinds(owner), pause_s=0.01)
    stop()

    assert kinds(owner) == [("no_worker", True)]
