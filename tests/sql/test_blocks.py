"""Blocked callers: their calls get no turn and no account, their texts no answer, and everybody else is let in."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from texting import NOTICE, PERSON, someone

from voicebot.domain.access.actor import Actor

pytestmark = pytest.mark.sql
LINE = "+12025550100"
BLOCKED = {"result": "blocked", "answer": "phrase"}


@pytest.fixture(autouse=True)
def nobody_is_blocked(owner):
    owner.execute("delete from public.blocked_callers")


@pytest.fixture
def block(database):
    def block(number: str, **more: Any) -> Any:
        return database.call("block_caller", number=number, **more)

    return block


@pytest.fixture
def begin(database):
    """A call begins; the answer of the function."""

    def begin(caller: str, *, sid: str = "", direction: str = "inbound", **more: Any) -> Any:
        ends = (caller, LINE) if direction == "inbound" else (LINE, caller)
        params: dict[str, Any] = {
            "call_sid": sid or f"CA{uuid4().hex}", "direction": direction, "from_number": ends[0],
            "to_number": ends[1], "transport": "gather", "stir_verstat": "TN-Validation-Passed-A",
            "forwarded_from": None, "caller_name": None, "event_id": uuid4().hex, "token_index": 0,
            "token": uuid4(), "lease_s": 10.0, "input": [{"event": "CallStarted"}],
        }  # fmt: skip
        return database.call("begin_call", **{**params, **more})

    return begin


@pytest.fixture
def call(owner):
    """A call's row."""

    def call(sid: str) -> dict[str, Any]:
        (row,) = owner.execute(
            "select to_jsonb(c) from public.call_history c where call_sid = %s", [sid]
        ).fetchone()
        return dict(row)

    return call


def ended(database, sid: str, status: str) -> None:
    database.call("record_call_status", call_sid=sid, status=status, direction="inbound")


@pytest.mark.parametrize(
    ("answer", "status", "is_answered", "last"),
    [("phrase", "in-progress", True, "completed"), ("reject", "ringing", False, "no-answer")],
)
def test_a_blocked_caller_gets_no_turn_and_a_row_that_says_so(
    database, owner, block, begin, call, answer, status, is_answered, last
):
    number, sid = someone(), f"CA{uuid4().hex}"
    block(number, answer=answer)

    began = begin(number, sid=sid)

    row = call(sid)
    assert began == BLOCKED | {"answer": answer}
    assert (row["end_reason"], row["call_status"], row["answered_at"] is not None) == (
        "blocked", status, is_answered,
    )  # fmt: skip
    assert (row["phone_number"], row["direction"], row["call_data"]["stir_verstat"]) == (
        number, "inbound", "TN-Validation-Passed-A",
    )  # fmt: skip
    kept = "select count(*) from public.{} where call_id = %s"
    assert [
        owner.execute(kept.format(table), [row["id"]]).fetchone() for table in ("call_states", "call_turns")
    ] == [(0,)] * 2
    ended(database, sid, last)
    assert (call(sid)["end_reason"], call(sid)["call_status"]) == ("blocked", last)


def test_a_blocked_number_that_calls_for_the_first_time_gets_no_account(owner, block, begin):
    number = someone()
    block(number)

    begin(number)

    assert (
        owner.execute("select 1 from public.phone_links where phone_number = %s", [number]).fetchall() == []
    )


def test_a_blocked_person_whom_we_know_keeps_their_call(database, block, begin, call):
    number, sid = someone(), f"CA{uuid4().hex}"
    user = database.call("ensure_user", phone=number)["user_id"]
    block(number)

    begin(number, sid=sid)

    assert call(sid)["user_id"] == user


def test_a_repeated_request_is_refused_like_the_first_whatever_was_decided_meanwhile(
    database, owner, block, begin, call
):
    number, sid = someone(), f"CA{uuid4().hex}"
    block(number, answer="reject")
    begin(number, sid=sid)
    first = call(sid)
    database.call("unblock_caller", number=number)

    again = begin(number, sid=sid)

    assert again == BLOCKED | {"answer": "reject"}
    assert call(sid) == first


def test_a_call_that_runs_is_not_refused_in_its_middle(block, begin):
    number, sid, token = someone(), f"CA{uuid4().hex}", uuid4()
    begin(number, sid=sid, token=token)
    block(number)

    assert begin(number, sid=sid, token=token)["result"] == "claimed"


def test_a_status_that_came_first_keeps_the_row_and_its_end(database, block, begin, call):
    number, sid = someone(), f"CA{uuid4().hex}"
    block(number)
    ended(database, sid, "completed")

    began = begin(number, sid=sid)

    assert began == BLOCKED
    assert (call(sid)["end_reason"], call(sid)["call_status"]) == ("blocked", "completed")


def test_only_the_number_that_is_blocked_is_refused_and_only_when_it_calls_us(block, begin):
    number = someone()
    block(number)

    assert begin(someone())["result"] == "claimed"
    assert begin(number, direction="outbound")["result"] == "claimed"


def test_a_caller_is_known_by_the_key_that_is_given(block, begin):
    number = someone()
    block(number)
    block("anonymous")

    assert begin(number[2:], caller_key=number) == BLOCKED
    assert begin("Restricted", caller_key="anonymous") == BLOCKED
    assert begin("client:anonymous")["result"] == "claimed"


@pytest.mark.parametrize("column", ["until = now()", "number = '+12025559999'"])
def test_a_block_that_is_over_refuses_nobody(owner, block, begin, column):
    number = someone()
    block(number, until=datetime.now(UTC) + timedelta(hours=1))
    assert begin(number) == BLOCKED

    owner.execute(f"update public.blocked_callers set {column} where number = %s", [number])

    assert begin(number)["result"] == "claimed"


def test_a_block_that_was_over_begins_anew(database, owner, block):
    number = someone()
    block(number)
    owner.execute("update public.blocked_callers set until = now(), since = now() - interval '1 year'")

    block(number)

    [listed] = database.call("list_blocks", number=number)["rows"]
    assert datetime.now(UTC) - datetime.fromisoformat(listed["since"]) < timedelta(minutes=1)


@pytest.mark.parametrize("number", ["bob", "2025550123", "", "+0", "ANONYMOUS", "+12025550123 "])
def test_what_is_neither_a_number_nor_anonymous_is_not_kept(owner, number):
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute("insert into public.blocked_callers (number) values (%s)", [number])


@pytest.mark.parametrize("whose", ["user_id", "organization_id"])
@pytest.mark.parametrize("function", ["block_caller", "unblock_caller", "list_blocks"])
def test_the_list_is_the_whole_services(database, owner, block, function, whose):
    block(PERSON)
    before = owner.execute("select to_jsonb(b) from public.blocked_callers b").fetchall()

    answer = database.call(function, number=PERSON, actor=Actor(**{whose: uuid4()}).to_json())

    assert answer == {"result": "refused", "code": "not_allowed"}
    assert owner.execute("select to_jsonb(b) from public.blocked_callers b").fetchall() == before


# --- texts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("sender", [PERSON, f"whatsapp:{PERSON}"])
def test_a_text_of_a_blocked_number_is_kept_and_waits_for_nobody(texting, block, sender):
    block(PERSON)

    stored = texting.receive("You there?", sender=sender)

    row = texting.row(stored["message_id"])
    assert (stored["result"], stored["answer"]) == ("stored", False)
    assert (row["content"], row["wants_answer"]) == ("You there?", False)
    assert texting.claim().get("conversation_id") is None
    assert texting.outgoing() == []


@pytest.mark.parametrize("more", [{"may_answer": False}, {"mode": "OFF"}])
def test_nobody_is_called_to_answer_a_blocked_number_either(texting, block, database, more):
    thread = texting.receive()["conversation_id"]
    if mode := more.pop("mode", None):
        database.call("set_ai_mode", conversation_id=thread, mode=mode)
    block(PERSON)

    texting.receive("You there?", **more)

    assert texting.rows("select 1 from public.support_escalations") == []
    assert [row["to_number"] for row in texting.outgoing() if row["to_number"] == NOTICE["to"]] == []


def test_a_stop_of_a_blocked_number_holds_and_is_not_confirmed(texting, block, database):
    block(PERSON)

    texting.receive("please do not write to me any more", opt_out=True)

    assert database.call("is_suppressed", number=PERSON)["suppressed"] is True
    assert texting.outgoing() == []


@pytest.mark.parametrize("sender", [PERSON, f"whatsapp:{PERSON}"])
def test_what_was_written_before_the_block_is_not_answered_after_it(texting, block, sender):
    texting.receive("first", sender=sender)
    claimed = texting.claim()
    block(PERSON)

    late = texting.answer(claimed, "An answer in the making")

    assert late["result"] != "answered"
    assert texting.claim().get("conversation_id") is None
    assert texting.outgoing() == []


def test_who_is_let_in_again_is_answered_about_what_comes_from_then_on(texting, block, database):
    texting.receive("before the block")
    block(PERSON)
    database.call("unblock_caller", number=PERSON)

    back = texting.receive("after it")

    assert texting.claim()["unanswered"] == [back["message_id"]]


def test_an_answer_that_waits_to_leave_is_taken_back(texting, block):
    texting.reply("Hello!")

    block(PERSON)

    assert texting.outgoing() == []


def test_others_are_answered_and_so_is_who_is_let_in_again(texting, block, database):
    block(PERSON)
    texting.receive("still blocked")
    other = texting.receive(sender=someone())
    database.call("unblock_caller", number=PERSON)

    back = texting.receive("hello again")

    assert (other["answer"], back["answer"]) == (True, True)
