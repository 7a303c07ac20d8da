"""Status callbacks: whatever their fields say, a signed one is stored, and only what could not be stored is asked for again."""

import uuid
from collections.abc import Callable

import psycopg
import pytest

from tests.services.calls.aftermath import Connection
from tests.webhooks.conftest import CALLER, NUMBER, Sender
from voicebot.runtime import Runtime
from voicebot.storage.database import PostgresDatabase
from webhooks.app import create_app

pytestmark = pytest.mark.sql


def status_of(owner: Connection, sid: str) -> str | None:
    """The call's status as it is stored."""
    row = owner.execute("select call_status from public.call_history where call_sid = %s", [sid]).fetchone()
    return row and str(row[0])


@pytest.mark.parametrize(
    "timestamp",
    [
        "",
        ",",
        "a,",
        "Mon,",
        "1 Jan",
        "x x x x x x x",
        # Dates that no calendar has.
        "Mon, 99999999999999999999 Jan 2024 00:00:00 +0000",
        "Mon, 01 Jan 99999 00:00:00 +0000",
        # Zones that no clock has.
        "Mon, 01 Jan 2024 00:00:00 +99999999999999999999",
        # Moments before the first year and after the last one.
        "Mon, 01 Jan 0001 00:00:00 +2300",
        "Mon, 01 Jan 9999 23:00:00 -2300",
    ],
)
def test_a_status_is_kept_however_absurd_its_timestamp_is(
    sender: Sender, owner: Connection, timestamp: str
) -> None:
    sid = f"CA{uuid.uuid4().hex}"
    fields = {"CallStatus": "completed", "From": CALLER, "To": NUMBER, "Timestamp": timestamp}

    answer = sender.post("/twilio/voice/status", CallSid=sid, **fields)

    assert answer.status_code == 204
    assert status_of(owner, sid) == "completed"


@pytest.mark.parametrize("value", ["", "x", "-1", "1.5", "99999999999999", "٣"])
def test_a_status_is_kept_however_absurd_its_numbers_are(
    sender: Sender, owner: Connection, value: str
) -> None:
    sid = f"CA{uuid.uuid4().hex}"
    numbers = {"SequenceNumber": value, "CallDuration": value, "SipResponseCode": value}

    answer = sender.post("/twilio/voice/status", CallSid=sid, CallStatus="completed", **numbers)

    assert answer.status_code == 204
    assert status_of(owner, sid) == "completed"


REPORTS = {
    "status": {"CallStatus": "completed"},
    "recording": {"RecordingSid": "RE1", "RecordingStatus": "completed"},
    "amd": {"AnsweredBy": "human"},
}


@pytest.mark.parametrize("what", REPORTS)
def test_what_can_be_kept_nowhere_is_asked_for_again(make_runtime: Callable[..., Runtime], what: str) -> None:
    nowhere = PostgresDatabase(psycopg.conninfo.make_conninfo(host="/nonexistent", dbname="x"))
    runtime = make_runtime(database=nowhere)
    # A file where the folder should be: chmod would not stop root.
    runtime.spool.folder.write_text("")
    sender = Sender(create_app(runtime).test_client(), runtime)

    answer = sender.post(f"/twilio/voice/{what}", CallSid=f"CA{uuid.uuid4().hex}", **REPORTS[what])

    assert answer.status_code == 503
    nowhere.close()


def test_a_status_of_a_leg_makes_no_call(sender: Sender, owner: Connection) -> None:
    sid, parent = (f"CA{uuid.uuid4().hex}" for _ in range(2))

    answer = sender.post("/twilio/voice/status", CallSid=sid, ParentCallSid=parent, CallStatus="completed")

    assert answer.status_code == 204
    assert status_of(owner, sid) is None
