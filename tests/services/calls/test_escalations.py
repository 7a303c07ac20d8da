"""What a caller is promised stands as a row that a person closes, once, and the operator is texted with it."""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from tests.services.calls.aftermath import CALLER, Connection, call_row, ends
from tests.services.calls.gather.gather_calls import (
    FlakyDatabase,
    arrives,
    asks,
    dies,
    flaky,
    follows,
    notes_of,
    verbs,
)
from tests.services.texts.text_house import OPERATOR, outgoing
from tests.support.providers import ScriptedModel
from tests.support.waiting import wait_for
from voicebot.demo.place import LOOSE_CAPS
from voicebot.domain.call.events import CallerSaid, KeyPressed, TransferEnded, TransferOutcome
from voicebot.domain.call.reports import TransferReport
from voicebot.providers.ports import ToolCall
from voicebot.runtime import Runtime
from voicebot.services.calls import report_status
from voicebot.services.calls.settle import settle_call
from voicebot.settings import load_settings
from voicebot.storage.calls import foreign
from voicebot.storage.database import DatabaseAway

pytestmark = pytest.mark.sql
MESSAGE = "The red bicycle of Mister Jones is ready."


@pytest.fixture
def staffed(make_runtime: Callable[..., Runtime], tmp_path: Any, no_texts: None) -> Runtime:
    """A house whose operator can be called and texted."""
    told = {"VOICEBOT_DATA_DIR": str(tmp_path), "OPERATOR_PHONE_NUMBER": OPERATOR}
    return make_runtime(settings=load_settings(LOOSE_CAPS | told))


def raised(owner: Connection, call_sid: str) -> list[dict[str, Any]]:
    """The escalations of a call, oldest first."""
    rows = owner.execute(
        """select to_jsonb(e) from public.support_escalations e join public.call_history c on c.id = e.call_id
            where c.call_sid = %s order by e.created_at""",
        [call_sid],
    )
    return [row for (row,) in rows]


def jobs(owner: Connection, task: str) -> list[dict[str, Any]]:
    rows = owner.execute("select args from jobs.procrastinate_jobs where task_name = %s order by id", [task])
    return [args for (args,) in rows]


def asks_for_person(runtime: Runtime, call_sid: str) -> str:
    arrives(runtime, call_sid)
    return asks(runtime, call_sid, 1, KeyPressed("0"))


# --- messages -------------------------------------------------------------------------------------


def test_a_message_after_the_tone_of_nobody_there_is_a_row_a_note_and_a_job(
    runtime: Runtime, owner: Connection, call_sid: str
) -> None:
    asks_for_person(runtime, call_sid)

    asks(runtime, call_sid, 2, CallerSaid(MESSAGE))

    [row] = raised(owner, call_sid)
    assert (row["reason"], row["state"], row["message"]) == ("message", "open", MESSAGE)
    assert notes_of(owner, call_sid) == [MESSAGE]
    assert {"escalation_id": row["id"]} in jobs(owner, "tell_operator")
    # No operator is known here.
    assert row["notified"] is False


def test_the_operator_is_texted_in_the_same_transaction_without_words_or_numbers(
    staffed: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
) -> None:
    arrives(staffed, call_sid)
    model.scripts = [[ToolCall("t1", "take_message", {"message": MESSAGE})], ["It is noted for the team."]]

    asks(staffed, call_sid, 1, CallerSaid("Tell them that the red bicycle is ready."))

    [row] = raised(owner, call_sid)
    [notice] = outgoing(owner, OPERATOR)
    assert (notice["kind"], notice["outbox_state"], row["notified"]) == ("operator_notice", "generated", True)
    assert "voicebot escalations list" in notice["content"]
    assert "bicycle" not in notice["content"] and CALLER not in notice["content"]


def test_an_emergency_is_a_row_an_event_and_a_text_to_the_operator_and_the_caller_hears_the_number(
    staffed: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
) -> None:
    arrives(staffed, call_sid)
    document = asks(staffed, call_sid, 1, CallerSaid("Call an ambulance! There's a fire."))
    model.scripts = [["We open at nine."]]
    after = asks(staffed, call_sid, 2, CallerSaid("When do you open?"))

    said = owner.execute(
        """select content from public.transcripts t join public.call_history c on c.id = t.session_id
            where c.call_sid = %s and t.speaker = 'bot' order by t.sequence_number""",
        [call_sid],
    ).fetchall()
    assert said[1][0].endswith(
        "cannot send help. If anybody is in danger, please hang up and call 9 1 1 now."
    )
    assert said[2:] == [("We open at nine.",)]
    assert "Hangup" not in verbs(document) + verbs(after)
    [row] = raised(owner, call_sid)
    assert (row["reason"], row["notified"]) == ("emergency", True)
    assert [notice["kind"] for notice in outgoing(owner, OPERATOR)] == ["operator_notice"]
    events = owner.execute("select payload ->> 'reason' from public.events where type = 'call.escalated'")
    assert ("emergency",) in events.fetchall()


def test_a_wish_to_be_called_back_is_kept_with_where_and_when(
    runtime: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
) -> None:
    arrives(runtime, call_sid)
    wish = {"kind": "call_back", "message": "About the bill.", "number": "202 555 0144", "when": "after six"}
    model.scripts = [[ToolCall("t1", "take_message", wish)], ["It is noted for the team."]]

    asks(runtime, call_sid, 1, CallerSaid("Call me back after six on 202 555 0144 about the bill."))

    [row] = raised(owner, call_sid)
    assert (row["reason"], row["message"]) == ("call_back", "About the bill.")
    assert (row["call_back_number"], row["call_back_when"]) == ("202 555 0144", "after six")
    assert model.requests[1].messages[-1]["content"] == "The wish to be called back is noted for the team."


def test_a_caller_whom_the_model_cannot_help_is_one_row_however_often_it_says_so(
    runtime: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
) -> None:
    arrives(runtime, call_sid)
    for turn in (1, 2):
        model.scripts = [[ToolCall("t", "escalate", {"reason": f"complaint {turn}"})], ["It is noted."]]
        asks(runtime, call_sid, turn, CallerSaid("This is a scandal!"))

    assert [(row["reason"], row["message"]) for row in raised(owner, call_sid)] == [
        ("human_requested", "complaint 1")
    ]


def test_a_turn_that_another_process_generates_again_leaves_one_row(
    make_runtime: Callable[..., Runtime],
    model: ScriptedModel,
    owner: Connection,
    call_sid: str,
    no_texts: None,
) -> None:
    first, second = make_runtime(), make_runtime()
    database = flaky(first)
    arrives(first, call_sid)
    model.scripts = [
        [ToolCall("t1", "take_message", {"message": MESSAGE})],
        [1.5, "It is noted for the team."],
        ["It is noted for the team."],
    ]
    asks(first, call_sid, 1, CallerSaid("The red bicycle is ready, please tell them."))
    wait_for(lambda: len(raised(owner, call_sid)) == 1)

    dies(owner, call_sid, database)
    follows(second, call_sid, 1, 1)
    wait_for(lambda: not second.live_turns)
    model.go_on.set()

    assert [row["message"] for row in raised(owner, call_sid)] == [MESSAGE]


def test_a_message_is_not_confirmed_while_it_cannot_be_kept(
    runtime: Runtime, owner: Connection, call_sid: str
) -> None:
    database = flaky(runtime)
    asks_for_person(runtime, call_sid)
    database.failing = ("finish_turn",)

    # No document: the caller hears the words that need no database.
    with pytest.raises(DatabaseAway):
        asks(runtime, call_sid, 2, CallerSaid(MESSAGE))

    assert raised(owner, call_sid) == []


def test_the_model_is_told_when_a_message_could_not_be_kept(
    runtime: Runtime, model: ScriptedModel, call_sid: str
) -> None:
    flaky(runtime).failing = ("escalate_call",)
    arrives(runtime, call_sid)
    model.scripts = [[ToolCall("t1", "take_message", {"message": MESSAGE})], ["I could not note that."]]

    asks(runtime, call_sid, 1, CallerSaid("Tell them that the red bicycle is ready."))

    told = [each["content"] for each in model.requests[1].messages if each["role"] == "tool"]
    assert told == ["That did not work just now, and nothing of it was kept. Say so."]


def test_what_the_model_says_it_noted_is_noted_though_it_used_no_tool(
    runtime: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
) -> None:
    arrives(runtime, call_sid)
    model.scripts = [
        ["I have noted that for the team."],
        ["Shall I note it? I will not pass it on otherwise."],
    ]

    asks(runtime, call_sid, 1, CallerSaid("Tell them I am late."))
    asks(runtime, call_sid, 2, CallerSaid("And what about tomorrow?"))

    assert [(row["reason"], row["message"]) for row in raised(owner, call_sid)] == [
        ("message", "Tell them I am late.")
    ]


# --- transfers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "outcome", [each for each in TransferOutcome if each is not TransferOutcome.COMPLETED]
)
def test_a_transfer_that_nobody_answered_is_one_row_whoever_tells_of_it_first(
    staffed: Runtime, owner: Connection, call_sid: str, outcome: TransferOutcome
) -> None:
    asks_for_person(staffed, call_sid)

    report_status.record_transfer(staffed, TransferReport(call_sid, 2, outcome.value))
    asks(staffed, call_sid, 2, TransferEnded(outcome))
    report_status.record_transfer(staffed, TransferReport(call_sid, 2, outcome.value))
    ends(staffed, call_sid)

    assert [row["reason"] for row in raised(owner, call_sid)] == ["transfer_unanswered"]
    assert len(outgoing(owner, OPERATOR)) == 1


def test_the_call_itself_is_enough_to_know_of_an_unanswered_transfer(
    staffed: Runtime, owner: Connection, call_sid: str
) -> None:
    asks_for_person(staffed, call_sid)

    asks(staffed, call_sid, 2, TransferEnded(TransferOutcome.BUSY))

    assert [row["reason"] for row in raised(owner, call_sid)] == ["transfer_unanswered"]


def outcome_of(owner: Connection, call_sid: str) -> tuple[str | None, str | None]:
    """Return what came of the call, and why it ended."""
    row = owner.execute(
        "select outcome, end_reason from public.call_history where call_sid = %s", [call_sid]
    ).fetchone()
    assert row is not None
    return row[0], row[1]


@pytest.mark.parametrize("first", ["dial", "end"])
def test_a_talk_with_a_person_leaves_nothing_open_and_is_what_came_of_the_call(
    staffed: Runtime, owner: Connection, call_sid: str, first: str
) -> None:
    asks_for_person(staffed, call_sid)
    report = TransferReport(call_sid, 2, "completed")
    if first == "dial":
        report_status.record_transfer(staffed, report)
    ends(staffed, call_sid)
    owner.execute("update public.call_history set outcome = 'unclear' where outcome is null")

    report_status.record_transfer(staffed, report)
    settle_call(staffed, call_row(owner, call_sid)["id"])

    assert raised(owner, call_sid) == []
    assert outcome_of(owner, call_sid) == ("transferred", "caller_hung_up")


@pytest.mark.parametrize("leg", ["completed", "no-answer"])
def test_a_leg_on_the_carriers_list_tells_who_was_reached_though_the_summary_could_not(
    staffed: Runtime, owner: Connection, call_sid: str, leg: str
) -> None:
    asks_for_person(staffed, call_sid)
    ends(staffed, call_sid)
    owner.execute("update public.call_history set outcome = 'unclear' where call_sid = %s", [call_sid])

    foreign.record_leg(staffed.database, call_sid, leg_sid=f"{call_sid}-leg", outcome=leg, duration_s=40)

    assert outcome_of(owner, call_sid)[0] == ("transferred" if leg == "completed" else "unclear")


@pytest.mark.parametrize("transferring", [False, True])
def test_a_caller_who_hangs_up_on_an_operator_has_reached_a_person_but_not_while_it_rings(
    staffed: Runtime, owner: Connection, call_sid: str, transferring: bool
) -> None:
    asks_for_person(staffed, call_sid)
    owner.execute(
        "update public.call_states set held_by = 'ann', transferring = %s where call_id = %s",
        [transferring, call_row(owner, call_sid)["id"]],
    )

    ends(staffed, call_sid)

    assert outcome_of(owner, call_sid)[0] == (None if transferring else "transferred")


def test_a_caller_who_hung_up_while_it_rang_is_noted_though_nobody_told(
    staffed: Runtime, owner: Connection, call_sid: str
) -> None:
    asks_for_person(staffed, call_sid)
    ends(staffed, call_sid)
    called = call_row(owner, call_sid)["id"]
    assert {"call_id": called} in jobs(owner, "settle_call")

    for _ in range(2):
        settle_call(staffed, called)

    assert [row["reason"] for row in raised(owner, call_sid)] == ["transfer_unanswered"]


def test_a_caller_who_stayed_longer_than_it_rings_has_talked_with_somebody(
    staffed: Runtime, owner: Connection, call_sid: str
) -> None:
    asks_for_person(staffed, call_sid)
    ends(staffed, call_sid)
    called = call_row(owner, call_sid)["id"]
    owner.execute(
        "update public.call_history set ended_at = now() + interval '5 minutes' where id = %s", [called]
    )

    settle_call(staffed, called)

    assert raised(owner, call_sid) == []
    assert outcome_of(owner, call_sid)[0] == "transferred"


@pytest.mark.parametrize(("at_once", "reasons"), [(False, ["transfer_unanswered"]), (True, [])])
def test_a_caller_who_hung_up_while_the_second_of_several_rang_has_talked_with_nobody(
    staffed: Runtime, owner: Connection, call_sid: str, at_once: bool, reasons: list[str]
) -> None:
    asks_for_person(staffed, call_sid)
    ends(staffed, call_sid)
    called = call_row(owner, call_sid)["id"]
    rings = {"to": [OPERATOR, "+12025550198"], "at_once": at_once}
    owner.execute(
        "update public.call_turns set closing = closing || %s where call_id = %s and turn = 1",
        [Jsonb(rings), called],
    )
    owner.execute(
        "update public.call_history set ended_at = now() + interval '50 seconds' where id = %s", [called]
    )

    settle_call(staffed, called)

    assert [row["reason"] for row in raised(owner, call_sid)] == reasons


# --- hanging up in the middle ---------------------------------------------------------------------


def test_who_asked_for_a_person_and_left_no_message_is_noted(
    runtime: Runtime, owner: Connection, call_sid: str
) -> None:
    asks_for_person(runtime, call_sid)
    ends(runtime, call_sid)
    called = call_row(owner, call_sid)["id"]
    assert {"call_id": called} in jobs(owner, "settle_call")

    settle_call(runtime, called)

    assert [row["reason"] for row in raised(owner, call_sid)] == ["human_requested"]


def test_a_message_whose_process_died_before_it_was_kept_is_kept_after_the_call(
    runtime: Runtime, owner: Connection, call_sid: str
) -> None:
    database: FlakyDatabase = flaky(runtime)
    asks_for_person(runtime, call_sid)
    database.failing = ("finish_turn",)
    with pytest.raises(DatabaseAway):
        asks(runtime, call_sid, 2, CallerSaid(MESSAGE))
    database.failing = ()
    ends(runtime, call_sid)

    settle_call(runtime, call_row(owner, call_sid)["id"])

    assert [(row["reason"], row["message"]) for row in raised(owner, call_sid)] == [("message", MESSAGE)]
    assert notes_of(owner, call_sid) == [MESSAGE]


def test_a_call_that_ended_in_nothing_of_that_has_no_such_job(
    runtime: Runtime, owner: Connection, call_sid: str
) -> None:
    arrives(runtime, call_sid)
    ends(runtime, call_sid)

    assert {"call_id": call_row(owner, call_sid)["id"]} not in jobs(owner, "settle_call")
