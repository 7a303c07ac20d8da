"""What the carrier reports about a call ends in one truth, in whatever order and however often it comes."""

import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.support.examples import examples

pytestmark = pytest.mark.sql

BEGAN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PERSON, LINE = "+12025550123", "+12025550100"
PATH = ("queued", "initiated", "ringing", "in-progress")
ENDS = {
    "completed": "caller_hung_up",
    "busy": "busy",
    "failed": "failed",
    "no-answer": "no_answer",
    "canceled": "canceled",
}
# What tells one call from another, and when a row was written: no part of what was reported.
INCIDENTAL = {"id", "public_id", "call_sid", "created_at", "updated_at"}


def report(status: str, **changes: Any) -> dict[str, Any]:
    """A status callback as the carrier would send it, one second after the one before."""
    place = PATH.index(status) if status in PATH else len(PATH)
    ending = {"duration_s": 12, "sip_response_code": 200} if status in ENDS else {}
    return {
        "status": status,
        "sequence_number": place,
        "occurred_at": BEGAN + timedelta(seconds=place if place < len(PATH) else 16),
        "direction": "outbound-api",
        "from_number": LINE,
        "to_number": PERSON,
        **ending,
        **changes,
    }


@pytest.fixture
def tell(database) -> Callable[..., Any]:
    def tell(sid: str, **fields: Any) -> Any:
        return database.call("record_call_status", call_sid=sid, **fields)

    return tell


def sid() -> str:
    return "CA" + uuid4().hex


def row(owner, call_sid: str) -> dict[str, Any]:
    (found,) = owner.execute(
        "select to_jsonb(c) from public.call_history c where call_sid = %s", [call_sid]
    ).fetchone()
    return dict(found)


def truth(owner, call_sid: str) -> dict[str, Any]:
    return {name: value for name, value in row(owner, call_sid).items() if name not in INCIDENTAL}


def jobs_of(owner, call_id: int) -> list[str]:
    rows = owner.execute(
        "select task_name from jobs.procrastinate_jobs where (args ->> 'call_id')::bigint = %s order by task_name",
        [call_id],
    )
    return [name for (name,) in rows.fetchall()]


def test_all_orders_of_five_statuses_end_in_the_same_row(tell, owner):
    seen = []
    for order in itertools.permutations((*PATH, "completed")):
        call_sid = sid()
        for status in order:
            tell(call_sid, **report(status))
        seen.append((order, truth(owner, call_sid)))

    first = seen[0][1]
    assert len(seen) == 120
    assert [order for order, result in seen if result != first] == []
    assert first["call_status"] == "completed"
    assert first["end_reason"] == "caller_hung_up"
    assert datetime.fromisoformat(first["started_at"]) == BEGAN
    assert datetime.fromisoformat(first["answered_at"]) == BEGAN + timedelta(seconds=3)
    assert datetime.fromisoformat(first["ended_at"]) == BEGAN + timedelta(seconds=16)
    assert (first["duration"], first["phone_number"], first["direction"]) == (12, PERSON, "outbound")


@examples(
    0.6,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(
    end=st.sampled_from(sorted(ENDS)),
    extra=st.lists(st.sampled_from(PATH), max_size=6),
    data=st.data(),
)
def test_duplicates_in_any_order_change_nothing_and_the_end_never_leaves(tell, owner, end, extra, data):
    statuses = [*extra, end, end]
    order = data.draw(st.permutations(statuses))
    plain, shuffled = sid(), sid()

    for status in sorted(set(extra), key=PATH.index):
        tell(plain, **report(status))
    tell(plain, **report(end))
    answers = [(status, tell(shuffled, **report(status))) for status in order]

    assert truth(owner, shuffled) == truth(owner, plain)
    ended = order.index(end)
    assert [answer["status"] for _, answer in answers[ended:]] == [end] * len(answers[ended:])
    assert [answer["ended"] for _, answer in answers].count(True) == 1
    assert jobs_of(owner, row(owner, shuffled)["id"]) == ["fetch_price", "summarise_call"]


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(ENDS, 2)))
def test_the_first_terminal_status_stays_whatever_comes_after_it(tell, owner, first, second):
    call_sid = sid()
    tell(call_sid, **report(first))

    answer = tell(call_sid, **report(second, duration_s=99))

    assert answer == {
        "result": "unchanged", "call_id": answer["call_id"], "status": first, "ended": False,
    }  # fmt: skip
    assert (row(owner, call_sid)["call_status"], row(owner, call_sid)["end_reason"]) == (first, ENDS[first])


def test_a_status_for_an_unknown_call_makes_its_row(tell, owner):
    call_sid = sid()

    answer = tell(call_sid, **report("ringing", direction="inbound", from_number=PERSON, to_number=LINE))

    kept = row(owner, call_sid)
    assert answer == {"result": "applied", "call_id": kept["id"], "status": "ringing", "ended": False}
    assert (kept["direction"], kept["phone_number"], kept["user_id"]) == ("inbound", PERSON, None)


def test_a_bare_report_is_enough(tell, owner):
    call_sid = sid()

    tell(call_sid, status="completed")

    kept = row(owner, call_sid)
    assert (kept["call_status"], kept["phone_number"], kept["direction"]) == ("completed", "", None)
    assert kept["ended_at"] is not None


def test_an_unknown_word_is_refused_and_still_noted(tell, owner):
    call_sid = sid()

    answer = tell(call_sid, status="levitating", event_id=f"token-{call_sid}", token_index=1)

    assert answer == {"result": "refused", "code": "unknown_status"}
    noted = owner.execute(
        "select event_type, token_index from public.webhook_events where event_id = %s", [f"token-{call_sid}"]
    ).fetchone()
    assert noted == ("status:levitating", 1)
    assert owner.execute("select from public.call_history where call_sid = %s", [call_sid]).fetchone() is None


def test_each_webhook_is_noted_once_by_its_id(tell, owner):
    call_sid = sid()
    for _ in range(2):
        tell(call_sid, **report("ringing"), event_id=f"a-{call_sid}", token_index=0)
    tell(call_sid, **report("ringing"))

    events = owner.execute(
        """select event_id, source, token_index, processed_at is not null, length(content_hash), payload
             from public.webhook_events where subject = %s order by event_id""",
        [call_sid],
    ).fetchall()

    assert events == [
        (f"{call_sid}:status:ringing", "twilio", None, True, 64, None),
        (f"a-{call_sid}", "twilio", 0, True, 64, None),
    ]


def test_a_reason_that_the_call_gave_is_kept_at_the_end(tell, database, owner):
    call_sid = sid()
    tell(call_sid, **report("in-progress"))
    database.call("finish_call", call_sid=call_sid, reason="silence")

    tell(call_sid, **report("completed"))

    assert row(owner, call_sid)["end_reason"] == "silence"


def test_a_reason_that_comes_after_the_end_replaces_the_guess(tell, database, owner):
    call_sid = sid()
    tell(call_sid, **report("completed"))

    first = database.call("finish_call", call_sid=call_sid, reason="bot_ended", outcome="booked")
    second = database.call("finish_call", call_sid=call_sid, reason="silence")

    assert first == {"result": "finished", "end_reason": "bot_ended"}
    assert second == {"result": "refused", "code": "already_finished", "end_reason": "bot_ended"}
    assert (row(owner, call_sid)["end_reason"], row(owner, call_sid)["outcome"]) == ("bot_ended", "booked")


def test_the_transcript_is_rendered_at_the_end_and_follows_what_comes_late(tell, owner, database):
    call_sid = sid()
    call_id = tell(call_sid, **report("in-progress"))["call_id"]
    say = """insert into public.transcripts (session_id, sequence_number, speaker, content, heard)
             values (%s, %s, %s, %s, %s)"""
    owner.execute(say, [call_id, 2, "caller", "What time is it?", None])
    owner.execute(say, [call_id, 1, "bot", "Hello, how can I help you today?", "Hello, how"])
    before = row(owner, call_sid)["transcript"]

    tell(call_sid, **report("completed"))
    at_the_end = row(owner, call_sid)["transcript"]
    late = {"number": 3, "speaker": "bot", "text": "Noon."}
    owner.execute("update public.call_history set started_at = now() where id = %s", [call_id])
    database.call("keep_stream_results", call_id=call_id, turn=1, utterances=[late], results={})

    assert before is None
    assert at_the_end == "Bot: Hello, how —\nCaller: What time is it?"
    assert row(owner, call_sid)["transcript"] == at_the_end + "\nBot: Noon."


def test_two_processes_that_report_the_end_at_once_make_its_jobs_once(tell, owner):
    call_sid = sid()
    barrier = threading.Barrier(4)
    answers: list[Any] = []

    def end() -> None:
        barrier.wait()
        answers.append(tell(call_sid, **report("completed")))

    threads = [threading.Thread(target=end) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer["ended"] for answer in answers) == [False, False, False, True]
    assert jobs_of(owner, answers[0]["call_id"]) == ["fetch_price", "summarise_call"]


def test_the_end_of_a_call_wakes_nobody_inside_its_transaction(tell, owner):
    for channel in ("procrastinate_any_queue_v1", "procrastinate_queue_v1#default"):
        owner.execute(f'listen "{channel}"')

    tell(sid(), **report("completed"))

    assert list(owner.notifies(timeout=0.1, stop_after=1)) == []


def test_the_detectors_verdict_wins_over_what_a_status_says(database, tell, owner):
    call_sid = sid()
    tell(call_sid, **report("in-progress", answered_by="unknown"))

    first = database.call("record_amd", call_sid=call_sid, answered_by="machine_start", detection_ms=900)
    again = database.call("record_amd", call_sid=call_sid, answered_by="human")
    tell(call_sid, **report("completed", answered_by="unknown"))

    assert (first["result"], again["result"]) == ("applied", "unchanged")
    assert row(owner, call_sid)["answered_by"] == "machine_start"
    assert row(owner, call_sid)["call_data"]["amd"] == {"answered_by": "machine_start", "detection_ms": 900}


@pytest.mark.parametrize("order", list(itertools.permutations(("in-progress", "completed", "completed"))))
def test_a_recordings_statuses_end_the_same_in_any_order(database, owner, order):
    call_sid = sid()

    for status in order:
        ending = {"duration_s": 7} if status == "completed" else {}
        database.call(
            "record_recording",
            call_sid=call_sid,
            recording_sid="RE1",
            status=status,
            error_code="0",
            **ending,
        )

    kept = row(owner, call_sid)
    assert (kept["recording_status"], kept["recording_duration"], kept["recording_sid"]) == (
        "completed",
        7,
        "RE1",
    )
    assert kept["recording_error"] is None


def test_a_recording_that_failed_says_why_and_another_one_does_not_replace_it(database, owner):
    call_sid = sid()
    database.call(
        "record_recording", call_sid=call_sid, recording_sid="RE1", status="completed", error_code="16104"
    )

    other = database.call("record_recording", call_sid=call_sid, recording_sid="RE2", status="completed")
    odd = database.call("record_recording", call_sid=call_sid, recording_sid="RE1", status="melted")

    kept = row(owner, call_sid)
    assert (kept["recording_status"], kept["recording_error"]) == ("failed", "16104")
    assert (other["code"], odd["code"]) == ("other_recording", "unknown_status")


def test_each_transfer_of_a_call_is_kept_once_under_its_turn(database, owner):
    call_sid = sid()
    for turn, outcome in ((2, "no-answer"), (2, "no-answer"), (5, "completed")):
        database.call("record_transfer", call_sid=call_sid, turn=turn, outcome=outcome, duration_s=turn)

    assert row(owner, call_sid)["call_data"]["transfers"] == {
        "2": {"outcome": "no-answer", "duration": 2},
        "5": {"outcome": "completed", "duration": 5},
    }
