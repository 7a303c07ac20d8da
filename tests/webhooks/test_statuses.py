"""Status callbacks: whatever their fields say, a signed one is stored, and only what could not be stored is asked for again."""

import uuid
from collections.abc import Callable

import psycopg
import pytest

from tests.services.calls.aftermath import Connection
from tests.support.apps import app_of
from tests.webhooks.conftest import CALLER, NUMBER, Sender, verbs
from voicebot.runtime import Runtime
from voicebot.storage.database import PostgresDatabase

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


@pytest.mark.parametrize(
    ("verdict", "answered_by"),
    [
        ("human", "human"),
        ("machine_start", "voicemail"),
        ("machine_end_beep", "voicemail"),
        ("machine_end_silence", "voicemail"),
        ("machine_end_other", "voicemail"),
        ("fax", "fax"),
        ("unknown", "unknown"),
        ("somebody new", "unknown"),
        ("x" * 500, "unknown"),
        ("", None),
    ],
)
@pytest.mark.parametrize("duration", ["4000", "-1", "soon"])
def test_a_verdict_is_kept_by_our_own_id_before_the_carriers_is_known(
    sender: Sender, owner: Connection, verdict: str, answered_by: str | None, duration: str
) -> None:
    attempt = talk(owner)
    form = {"CallSid": f"CA{uuid.uuid4().hex}", "AnsweredBy": verdict, "MachineDetectionDuration": duration}

    answers = [sender.post(f"/twilio/voice/amd?attempt={attempt}", **form) for _ in range(2)]

    kept = owner.execute(
        "select answered_by, call_sid from public.call_attempts where id = %s", [attempt]
    ).fetchone()
    assert [answer.status_code for answer in answers] == [204, 204]
    assert kept == (answered_by, form["CallSid"] if answered_by else None)


@pytest.mark.parametrize(
    "query", ["", "?attempt=", "?attempt=x", "?attempt=%00", f"?attempt={uuid.UUID(int=7)}"]
)
def test_a_verdict_on_no_attempt_of_ours_changes_none(sender: Sender, owner: Connection, query: str) -> None:
    attempt = talk(owner)

    answer = sender.post(f"/twilio/voice/amd{query}", CallSid=f"CA{uuid.uuid4().hex}", AnsweredBy="human")

    assert answer.status_code == 204
    assert owner.execute(
        "select answered_by from public.call_attempts where id = %s", [attempt]
    ).fetchone() == (None,)


@pytest.mark.parametrize("query", ["", "?attempt=x", f"?attempt={uuid.UUID(int=7)}"])
def test_a_mailbox_of_no_attempt_of_ours_hears_nothing(sender: Sender, query: str) -> None:
    answer = sender.post(f"/twilio/voice/voicemail{query}", CallSid="CA1")

    assert (answer.status_code, verbs(answer)) == (200, ["Hangup"])


def talk(owner: Connection) -> str:
    """An attempt of which nobody knows yet whether the carrier has it."""
    number = f"+1303{uuid.uuid4().int % 10**7:07d}"
    row = owner.execute(
        """with q as (insert into public.call_queue (user_id, recipient_number)
                      values (private.house_account(), %s) returning id)
           insert into public.call_attempts (call_queue_id, kind, attempt_number, to_number, state)
           select id, 'talk', 1, %s, 'unknown' from q returning id::text""",
        [number, number],
    ).fetchone()
    assert row is not None
    return str(row[0])


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
    sender = Sender(app_of(runtime).test_client(), runtime)

    answer = sender.post(f"/twilio/voice/{what}", CallSid=f"CA{uuid.uuid4().hex}", **REPORTS[what])

    assert answer.status_code == 503
    nowhere.close()


def test_a_status_of_a_leg_makes_no_call(sender: Sender, owner: Connection) -> None:
    sid, parent = (f"CA{uuid.uuid4().hex}" for _ in range(2))

    answer = sender.post("/twilio/voice/status", CallSid=sid, ParentCallSid=parent, CallStatus="completed")

    assert answer.status_code == 204
    assert status_of(owner, sid) is None
