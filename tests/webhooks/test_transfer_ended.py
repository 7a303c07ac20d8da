"""How a transfer went is not lost, though the database is away in the moment in which it is told."""

import uuid
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import FlakyDatabase, flaky, said_in
from tests.support.apps import app_of
from tests.support.providers import ScriptedModel
from tests.webhooks.conftest import NUMBER, Sender, verbs
from voicebot.domain.call.phrases import phrase
from voicebot.runtime import Runtime
from voicebot.services.calls.settle import settle_call
from voicebot.storage.spool.facts import Facts
from voicebot.storage.spool.flusher import SpoolFlusher

pytestmark = pytest.mark.sql
OPERATOR = "+12025550199"


@pytest.fixture
def staffed(make_runtime: Callable[..., Runtime], sender: Sender) -> tuple[Sender, FlakyDatabase]:
    """The app where a person can be reached, and its database."""
    settings = sender.runtime.settings.model_copy(update={"operator_phone_number": OPERATOR})
    runtime = make_runtime(settings=settings)
    return Sender(app_of(runtime).test_client(), runtime), flaky(runtime)


def transferred(sender: Sender) -> str:
    """Begin a call whose caller is being connected with a person; return its SID."""
    sid = sender.call()
    assert "Dial" in verbs(
        sender.post("/twilio/voice/turn?turn=1&document=0", CallSid=sid, Digits="0", To=NUMBER)
    )
    return sid


def next_path(sender: Sender, answer: Any) -> str:
    """Where Twilio goes next."""
    redirect = ElementTree.fromstring(answer.data).findtext("Redirect", "")
    return redirect.removeprefix(sender.runtime.settings.public_url).partition("#")[0]


def outcome_of(owner: Connection, sid: str) -> tuple[str | None, str | None]:
    """What the call's row says came of it, and why it ended."""
    row = owner.execute(
        "select outcome, end_reason from public.call_history where call_sid = %s", [sid]
    ).fetchone()
    assert row is not None
    return row


@pytest.mark.parametrize("status", ["no-answer", "busy", "canceled"])
def test_a_second_attempt_still_knows_how_the_transfer_went(
    staffed: tuple[Sender, FlakyDatabase], owner: Connection, status: str
) -> None:
    sender, database = staffed
    sid = transferred(sender)
    database.away = True
    patience = sender.post("/twilio/voice/transfer?turn=2", CallSid=sid, DialCallStatus=status)
    path = next_path(sender, patience)
    database.away = False

    # A <Redirect> does not say how the <Dial> before it went.
    answer = sender.post(path, CallSid=sid, To=NUMBER)

    word = f"transfer_{status.replace('-', '_')}"
    assert verbs(patience) == ["Say", "Pause", "Redirect"]
    assert path == f"/twilio/voice/transfer?turn=2&tried=1&status={status}"
    assert verbs(answer) == ["Gather", "Play"]
    assert said_in(owner, sid)[-1] == ("bot", phrase(word))
    assert outcome_of(owner, sid) == (word, None)


def test_each_transfer_is_noted_with_its_leg_and_its_length_once(
    staffed: tuple[Sender, FlakyDatabase], owner: Connection
) -> None:
    sender, _ = staffed
    sid = transferred(sender)
    told = {"DialCallStatus": "completed", "DialCallSid": "CA" + "d" * 32, "DialCallDuration": "42"}

    for _ in range(2):
        sender.post("/twilio/voice/transfer?turn=2", CallSid=sid, **told)

    row = owner.execute(
        "select call_data -> 'transfers' from public.call_history where call_sid = %s", [sid]
    ).fetchone()
    assert row == ({"2": {"outcome": "completed", "call_sid": "CA" + "d" * 32, "duration": 42}},)


def test_a_transfer_that_is_told_while_the_database_is_away_is_noted_afterwards(
    staffed: tuple[Sender, FlakyDatabase],
) -> None:
    sender, database = staffed
    runtime = sender.runtime
    runtime.spool.probe()
    runtime.facts = Facts(database, runtime.spool, runtime.now)
    sid = transferred(sender)
    database.away = True

    sender.post("/twilio/voice/transfer?turn=2", CallSid=sid, DialCallStatus="busy")

    assert runtime.spool.holds(sid)


@pytest.mark.parametrize("status", ["completed", "answered"])
def test_a_talk_that_was_had_ends_without_words_though_nobody_can_note_it(
    staffed: tuple[Sender, FlakyDatabase], status: str
) -> None:
    sender, database = staffed
    sid = transferred(sender)
    database.away = True

    answer = sender.post("/twilio/voice/transfer?turn=2", CallSid=sid, DialCallStatus=status)

    assert verbs(answer) == ["Hangup"]


def test_the_third_attempt_hands_over_again(staffed: tuple[Sender, FlakyDatabase]) -> None:
    sender, database = staffed
    sid = transferred(sender)
    database.away = True

    answer = sender.post("/twilio/voice/transfer?turn=2&tried=2&status=busy", CallSid=sid, To=NUMBER)

    assert verbs(answer) == ["Say", "Dial", "Number"]


def test_a_caller_who_is_back_without_the_transfer_having_ended_is_answered(
    staffed: tuple[Sender, FlakyDatabase], model: ScriptedModel, owner: Connection
) -> None:
    sender, _ = staffed
    sid = transferred(sender)

    answer = sender.post(
        "/twilio/voice/turn?turn=2&document=0&tried=1", CallSid=sid, SpeechResult="Are you there?", To=NUMBER
    )

    assert verbs(answer)[0] == "Gather"
    assert len(model.requests) == 1
    assert outcome_of(owner, sid) == ("transfer_failed", None)


# --- a transfer that nobody answered is for a person to look at -----------------------------------


def reasons(owner: Connection, sid: str) -> list[str]:
    """Why people have to look at the call."""
    rows = owner.execute(
        """select e.reason from public.support_escalations e join public.call_history c on c.id = e.call_id
            where c.call_sid = %s order by e.created_at""",
        [sid],
    )
    return [reason for (reason,) in rows]


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        ("no-answer", ["transfer_unanswered"]),
        ("canceled", ["transfer_unanswered"]),
        ("completed", []),
        ("answered", []),
    ],
)
def test_a_hand_over_that_needed_no_database_is_kept_too(
    sender: Sender, owner: Connection, status: str, wanted: list[str]
) -> None:
    sid = sender.call()

    sender.post("/twilio/voice/fallback?handed_over=1", CallSid=sid, DialCallStatus=status)

    assert reasons(owner, sid) == wanted


def test_one_that_failed_while_the_database_was_away_is_raised_once_it_is_back(
    staffed: tuple[Sender, FlakyDatabase], owner: Connection
) -> None:
    sender, database = staffed
    runtime, sid = sender.runtime, sender.call()
    runtime.spool.probe()
    runtime.facts = Facts(database, runtime.spool, runtime.now)
    database.away = True
    sender.post("/twilio/voice/fallback?handed_over=1", CallSid=sid, DialCallStatus="busy")
    assert reasons(owner, sid) == []

    database.away = False
    SpoolFlusher(runtime.spool, database).flush()

    assert reasons(owner, sid) == ["transfer_unanswered"]


@pytest.mark.parametrize(
    ("leg", "wanted", "outcome"),
    [("completed", [], "transferred"), ("canceled", ["transfer_unanswered"], None)],
)
def test_a_leg_tells_whether_a_caller_who_hung_up_soon_has_talked_with_somebody(
    staffed: tuple[Sender, FlakyDatabase], owner: Connection, leg: str, wanted: list[str], outcome: str | None
) -> None:
    sender, _ = staffed
    sid = transferred(sender)
    told = {"CallSid": f"CA{uuid.uuid4().hex}", "ParentCallSid": sid, "CallStatus": leg, "CallDuration": "4"}

    for fields in (told, told, {"CallSid": sid, "CallStatus": "completed"}):
        assert sender.post("/twilio/voice/status", **fields).status_code == 204
    row = owner.execute("select id from public.call_history where call_sid = %s", [sid]).fetchone()
    assert row is not None
    settle_call(sender.runtime, row[0])

    assert reasons(owner, sid) == wanted
    assert outcome_of(owner, sid)[0] == outcome


def test_a_leg_that_told_of_itself_is_the_transfer_that_dial_tells_of_then(
    staffed: tuple[Sender, FlakyDatabase], owner: Connection
) -> None:
    sender, _ = staffed
    sid = transferred(sender)
    leg = f"CA{uuid.uuid4().hex}"
    sender.post("/twilio/voice/status", CallSid=leg, ParentCallSid=sid, CallStatus="completed")

    sender.post("/twilio/voice/transfer?turn=2", CallSid=sid, DialCallStatus="completed", DialCallSid=leg)

    row = owner.execute(
        "select call_data -> 'transfers' from public.call_history where call_sid = %s", [sid]
    ).fetchone()
    assert row is not None
    assert list(row[0]) == ["2"]
