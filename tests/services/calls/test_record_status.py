"""What the carrier reports is kept, whatever order it comes in; what names no call is dropped without an error."""

import itertools
import logging
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
import pytest

from tests.services.calls.aftermath import CALLER, OURS, Connection, call_row, jobs_of, new_sid
from voicebot.domain.call.reports import AnswererReport, CallReport, RecordingReport
from voicebot.runtime import Runtime
from voicebot.services.calls.report_status import record_answerer, record_recording, record_status
from voicebot.storage.database import DatabaseAway, PostgresDatabase

pytestmark = pytest.mark.sql
ENDED = datetime(2026, 8, 30, 8, 28, 22, tzinfo=UTC)


def told(call_sid: str, status: str, **more: object) -> CallReport:
    fields = {"direction": "inbound", "from_number": CALLER, "to_number": OURS, **more}
    return CallReport(call_sid, status, **fields)


def test_a_status_of_a_call_nobody_knows_yet_is_kept(runtime: Runtime, owner: Connection) -> None:
    sid = new_sid()

    record_status(runtime, told(sid, "completed", occurred_at=ENDED, duration_s=25))

    row = call_row(owner, sid)
    assert (row["call_status"], row["duration"], row["end_reason"]) == ("completed", 25, "caller_hung_up")
    assert row["ended_at"].startswith("2026-08-30T08:28:22")
    assert jobs_of(owner, row["id"]) == ["fetch_price", "summarise_call"]


@pytest.mark.parametrize("order", list(itertools.permutations(["ringing", "in-progress", "completed"])))
def test_every_order_of_the_same_statuses_ends_alike(
    runtime: Runtime, owner: Connection, order: tuple[str, ...]
) -> None:
    sid = new_sid()

    for status in (*order, *order):
        record_status(
            runtime, told(sid, status, occurred_at=ENDED, duration_s=25 if status == "completed" else None)
        )

    row = call_row(owner, sid)
    assert (row["call_status"], row["duration"]) == ("completed", 25)
    assert jobs_of(owner, row["id"]) == ["fetch_price", "summarise_call"]


def test_a_time_without_a_zone_is_taken_as_utc(runtime: Runtime, owner: Connection) -> None:
    sid = new_sid()

    record_status(runtime, told(sid, "completed", occurred_at=ENDED.replace(tzinfo=None)))

    assert call_row(owner, sid)["ended_at"].startswith("2026-08-30T08:28:22")


def test_a_report_without_a_sid_is_dropped_and_told_in_the_log(
    runtime: Runtime, owner: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    before = owner.execute("select count(*) from public.call_history").fetchone()

    with caplog.at_level(logging.WARNING):
        record_status(runtime, told("", "completed"))
        record_recording(runtime, RecordingReport("", "RE1", "completed"))
        record_answerer(runtime, AnswererReport("", "human"))

    assert owner.execute("select count(*) from public.call_history").fetchone() == before
    assert [record.code for record in caplog.records] == ["no_sid"] * 3  # type: ignore[attr-defined]


def test_a_status_that_does_not_exist_changes_nothing(runtime: Runtime, owner: Connection) -> None:
    sid = new_sid()
    record_status(runtime, told(sid, "ringing"))

    record_status(runtime, told(sid, "answered-by-a-ghost"))

    assert call_row(owner, sid)["call_status"] == "ringing"


def test_a_recording_that_is_ready_stays_ready(runtime: Runtime, owner: Connection) -> None:
    sid = new_sid()
    recording = f"RE{sid[2:]}"

    record_recording(runtime, RecordingReport(sid, recording, "completed", duration_s=7, error_code="0"))
    record_recording(runtime, RecordingReport(sid, recording, "in-progress"))

    row = call_row(owner, sid)
    assert (row["recording_status"], row["recording_duration"]) == ("completed", 7)


def test_the_first_verdict_on_who_answered_stays(runtime: Runtime, owner: Connection) -> None:
    sid = new_sid()

    record_answerer(runtime, AnswererReport(sid, "machine_start", token_index=0))
    record_answerer(runtime, AnswererReport(sid, "human", token_index=0))

    assert call_row(owner, sid)["answered_by"] == "machine_start"


def test_a_database_that_is_away_is_told_to_the_carrier(make_runtime: Callable[..., Runtime]) -> None:
    nowhere = PostgresDatabase(psycopg.conninfo.make_conninfo(host="/nonexistent", dbname="x"))
    runtime = make_runtime(database=nowhere)

    with pytest.raises(DatabaseAway):
        record_status(runtime, told(new_sid(), "completed"))

    nowhere.close()
