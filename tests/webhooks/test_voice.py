"""Voice webhooks as Twilio sends them: what each form means, and that whatever fails the caller hears something."""

import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import flaky
from tests.services.conftest import PATIENT
from tests.support.apps import app_of
from tests.support.limits import limits_with
from tests.support.providers import ScriptedModel
from tests.support.waiting import wait_for
from tests.webhooks.conftest import CALLER, NUMBER, Sender, verbs
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.runtime import Runtime
from voicebot.storage.database import Database, DatabaseAway, DatabaseBug

pytestmark = pytest.mark.sql
OPERATOR = "+12025550199"


def heard_of(owner: Connection, sid: str) -> list[tuple[str, str]]:
    """The transcript so far, as (speaker, words)."""
    return owner.execute(
        """select t.speaker, t.content from public.transcripts t join public.call_history c on c.id = t.session_id
            where c.call_sid = %s order by t.sequence_number""",
        [sid],
    ).fetchall()


def says(answer: Any) -> list[str]:
    """The words that Twilio's own voice is given."""
    return [element.text or "" for element in ElementTree.fromstring(answer.data).iter("Say")]


@pytest.fixture
def staffed(make_runtime: Callable[..., Runtime], sender: Sender) -> Sender:
    """The app where a person can be reached."""
    runtime = make_runtime(
        settings=sender.runtime.settings.model_copy(update={"operator_phone_number": OPERATOR})
    )
    return Sender(app_of(runtime).test_client(), runtime)


# --- what a form means ----------------------------------------------------------------------------


def test_a_call_is_begun_with_its_numbers_and_what_the_carrier_knows_of_the_caller(
    sender: Sender, owner: Connection
) -> None:
    sid = sender.call(StirVerstat="TN-Validation-Passed-A", CallerName="ANN", ForwardedFrom="+12025550111")

    row = owner.execute(
        "select direction, from_number, to_number, call_status, call_data from public.call_history where call_sid = %s",
        [sid],
    ).fetchone()
    assert row is not None
    assert row[:4] == ("inbound", CALLER, NUMBER, "in-progress")
    assert row[4] == {
        "stir_verstat": "TN-Validation-Passed-A",
        "caller_name": "ANN",
        "forwarded_from": "+12025550111",
    }


@pytest.mark.parametrize("caller", ["anonymous", "client:x", "sip:bob@example.com", "+266696687", ""])
def test_whoever_calls_is_greeted(sender: Sender, caller: str) -> None:
    sid = sender.call(From=caller)

    assert "Gather" in verbs(
        sender.post("/twilio/voice/turn?turn=1&document=0", CallSid=sid, SpeechResult="hello")
    )


@pytest.mark.parametrize(
    ("form", "heard"),
    [
        ({"SpeechResult": " Are you open? "}, "Are you open?"),
        ({"Digits": "*"}, "(pressed *)"),
        ({"Digits": "5", "SpeechResult": "ignored"}, "(pressed 5)"),
        ({"Digits": "", "SpeechResult": "words"}, "words"),
        ({"Digits": "hangup", "SpeechResult": "words"}, "words"),
    ],
)
def test_what_the_caller_did_reaches_the_call(
    sender: Sender, owner: Connection, form: dict[str, str], heard: str
) -> None:
    sid = sender.call()

    sender.post("/twilio/voice/turn?turn=1&document=0", CallSid=sid, **form)

    assert ("caller", heard) in heard_of(owner, sid)


@pytest.mark.parametrize(
    ("confidence", "understood"),
    [
        (None, True),
        ("", True),
        ("x", True),
        ("nan", True),
        ("-1", True),
        ("7", True),
        ("0.93", True),
        ("0.05", False),
    ],
)
def test_only_a_confidence_that_is_low_is_a_low_one(
    sender: Sender, model: ScriptedModel, confidence: str | None, understood: bool
) -> None:
    sid = sender.call()
    more = {} if confidence is None else {"Confidence": confidence}

    sender.post("/twilio/voice/turn?turn=1&document=0", CallSid=sid, SpeechResult="Are you open?", **more)

    assert bool(model.requests) is understood


@pytest.mark.parametrize(
    ("status", "following"),
    [
        ("completed", ["Hangup"]),
        # Twilio's word for the end of a conference (handbook 1.7).
        ("answered", ["Hangup"]),
        ("busy", ["Gather", "Play"]),
        ("no-such-status", ["Gather", "Play"]),
        ("", ["Gather", "Play"]),
    ],
)
def test_only_a_talk_that_was_had_ends_the_call(staffed: Sender, status: str, following: list[str]) -> None:
    sid = staffed.call()
    asked = staffed.post("/twilio/voice/turn?turn=1&document=0", CallSid=sid, Digits="0", To=NUMBER)

    answer = staffed.post("/twilio/voice/transfer?turn=2", CallSid=sid, DialCallStatus=status)

    assert "Dial" in verbs(asked)
    assert verbs(answer) == following


# --- what is not as it should be ------------------------------------------------------------------


@pytest.mark.parametrize(
    "route", ["/twilio/voice", "/twilio/voice/turn?turn=1", "/twilio/voice/transfer?turn=1"]
)
def test_a_request_that_names_no_call_gets_an_apology(sender: Sender, route: str) -> None:
    answer = sender.post(route, From=CALLER)

    assert verbs(answer) == ["Say", "Hangup"]
    assert says(answer) == [phrase(Phrase.SERVICE_APOLOGY)]


def test_a_turn_of_a_call_that_nobody_knows_gets_an_apology(sender: Sender) -> None:
    answer = sender.post(
        "/twilio/voice/turn?turn=4&document=0", CallSid=f"CA{'0' * 32}", SpeechResult="hello"
    )

    assert says(answer) == [phrase(Phrase.SERVICE_APOLOGY)]


@pytest.mark.parametrize("turn", [3, 7, 99_999])
def test_a_turn_out_of_its_time_leads_back_to_where_the_call_is(sender: Sender, turn: int) -> None:
    sid = sender.call()
    sender.post("/twilio/voice/turn?turn=1&document=0", CallSid=sid, SpeechResult="hello")

    answer = sender.post(f"/twilio/voice/turn?turn={turn}&document=3", CallSid=sid, SpeechResult="hello")

    gather = ElementTree.fromstring(answer.data).find("Gather")
    assert gather is not None
    assert urlsplit(gather.attrib["action"]).query == "turn=2&document=0"


def test_the_fallback_hands_over_where_there_is_a_person(sender: Sender, staffed: Sender) -> None:
    form = {"CallSid": "CA1", "From": CALLER, "To": NUMBER, "ErrorCode": "11200"}

    alone, with_person = (
        sender.post("/twilio/voice/fallback", **form),
        staffed.post("/twilio/voice/fallback", **form),
    )

    dial = ElementTree.fromstring(with_person.data).find("Dial")
    assert verbs(alone) == ["Say", "Hangup"]
    assert dial is not None
    assert (dial.attrib["callerId"], "".join(dial.itertext())) == (NUMBER, OPERATOR)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("completed", []),
        ("no-answer", [phrase(Phrase.SERVICE_APOLOGY)]),
        ("", [phrase(Phrase.SERVICE_APOLOGY)]),
    ],
)
def test_after_the_hand_over_only_who_reached_nobody_hears_an_apology(
    sender: Sender, status: str, words: list[str]
) -> None:
    answer = sender.post("/twilio/voice/fallback?handed_over=1", CallSid="CA1", DialCallStatus=status)

    assert says(answer) == words
    assert verbs(answer)[-1] == "Hangup"


# --- when the database does not help --------------------------------------------------------------


class BrokenDatabase:
    """Answers nothing: it is away, has a bug, or does not come back before it is told to."""

    def __init__(self, failure: Exception | None) -> None:
        self.failure, self.released = failure, threading.Event()

    def call(self, function: str, /, **params: Any) -> Any:
        if self.failure is not None:
            raise self.failure
        self.released.wait(20)
        raise DatabaseAway(function)

    def close(self) -> None:
        self.released.set()


FAILURES = {
    "away": DatabaseAway("x"),
    "a bug": DatabaseBug("begin_call", "42883", "no such function"),
    "mute": None,
}


@pytest.fixture(params=FAILURES)
def broken(request: pytest.FixtureRequest, make_runtime: Callable[..., Runtime]) -> Sender:
    """The app on a database that fails in one of the ways a database can."""
    database: Database = BrokenDatabase(FAILURES[request.param])
    request.addfinalizer(database.close)
    short = limits_with(webhook={"answer_within_s": 0.2, "after_pause_s": 0.2})
    runtime = make_runtime(database=database, limits=short)
    return Sender(app_of(runtime).test_client(), runtime)


def test_a_call_that_cannot_be_begun_is_asked_for_patience_twice_and_then_told(broken: Sender) -> None:
    path, said = "/twilio/voice", []
    for _ in range(3):
        answer = broken.post(path, CallSid="CA1", From=CALLER, To=NUMBER)
        assert verbs(answer)[0] == "Say"
        said += says(answer)
        redirect = ElementTree.fromstring(answer.data).findtext("Redirect", "")
        path = redirect.removeprefix(broken.runtime.settings.public_url).partition("#")[0]

    assert said == [phrase(Phrase.SERVICE_PATIENCE)] * 2 + [phrase(Phrase.SERVICE_APOLOGY)]
    assert path == ""


def test_a_turn_that_cannot_be_taken_is_asked_for_again_twice_and_then_ended(broken: Sender) -> None:
    path, said = "/twilio/voice/turn?turn=3&document=0", []
    for _ in range(3):
        answer = broken.post(path, CallSid="CA1", SpeechResult="Are you open?")
        said += says(answer)
        gather = ElementTree.fromstring(answer.data).find("Gather")
        action = "" if gather is None else gather.attrib["action"]
        path = action.removeprefix(broken.runtime.settings.public_url).partition("#")[0]

    assert said == [phrase(Phrase.SERVICE_SAY_AGAIN)] * 2 + [phrase(Phrase.SERVICE_APOLOGY)]
    assert path == ""


def test_words_that_are_said_while_the_database_starts_anew_are_answered_and_not_asked_for_again(
    make_runtime: Callable[..., Runtime], model: ScriptedModel, owner: Connection
) -> None:
    runtime = make_runtime(limits=limits_with(webhook={**PATIENT, "wait_for_database_s": 20.0}))
    sender = Sender(app_of(runtime).test_client(), runtime)
    sid, database = sender.call(), flaky(runtime)
    model.scripts = [["We open at nine."]]
    database.away = True
    threading.Timer(0.5, lambda: setattr(database, "away", False)).start()

    answer = sender.post("/twilio/voice/turn?turn=1&document=0", CallSid=sid, SpeechResult="Are you open?")

    assert phrase(Phrase.SERVICE_SAY_AGAIN) not in says(answer)
    wait_for(lambda: ("bot", "We open at nine.") in heard_of(owner, sid))
    assert heard_of(owner, sid).count(("caller", "Are you open?")) == 1


def test_the_rest_of_an_answer_that_cannot_be_read_is_asked_for_again(broken: Sender) -> None:
    answer = broken.post("/twilio/voice/turn?turn=3&document=2", CallSid="CA1")

    assert verbs(answer) == ["Say", "Pause", "Redirect"]
    assert "turn=3&document=2&tried=1" in ElementTree.fromstring(answer.data).findtext("Redirect", "")
