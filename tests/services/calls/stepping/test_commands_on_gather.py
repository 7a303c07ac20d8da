"""Stepping into a call on Gather: at its next request, or the carrier is made to ask us at once."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import arrives, dies, flaky, said_in, verbs, words_of
from tests.services.calls.gather.gather_calls import asks as hears
from tests.services.calls.media.media_session import AskedTelephony
from tests.services.calls.stepping.step_calls import asks, call_of, told
from tests.support.providers import ScriptedModel
from voicebot.domain.access.actor import THE_OPERATOR
from voicebot.domain.call.events import (
    CallerSaid,
    SilencePassed,
    TransferEnded,
    TransferOutcome,
    TurnReopened,
)
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.domain.call.reports import CallReport
from voicebot.runtime import Runtime
from voicebot.services.calls.report_status import record_status
from voicebot.storage.calls import commands
from voicebot.storage.calls.commands import RefusedCommand
from voicebot.storage.database import DatabaseAway

PHONE = "+12025550123"


@pytest.fixture
def telephony() -> AskedTelephony:
    return AskedTelephony()


@pytest.fixture
def gather(make_runtime: Callable[..., Runtime], telephony: AskedTelephony) -> Runtime:
    runtime = make_runtime(telephony=telephony)
    runtime.settings = runtime.settings.model_copy(update={"operator_phone_number": "+12025550199"})
    return runtime


def sent_to(telephony: AskedTelephony) -> int:
    """The turn at which the carrier was made to ask us."""
    how, url = telephony.asked.get(timeout=5)
    assert how == "redirect" and urlsplit(url).path == "/twilio/voice/reopened"
    return int(parse_qs(urlsplit(url).query)["turn"][0])


def test_a_whisper_waits_for_the_callers_words_and_the_model_follows_it(
    gather: Runtime, telephony: AskedTelephony, model: ScriptedModel, owner: Connection, call_sid: str
):
    model.scripts = [["We open at nine."]]
    arrives(gather, call_sid)

    asks(gather, call_sid, "whisper", text="Offer ten percent off.")
    hears(gather, call_sid, 1, CallerSaid("When do you open?", 0.9))

    assert telephony.asked.empty()
    assert "Offer ten percent off." in str(model.requests[0].messages)
    assert told(gather, call_sid) == [("whisper", "done", None, 1)]
    assert "percent" not in str(said_in(owner, call_sid))


def test_everything_else_has_the_carrier_ask_at_once_and_cuts_in(
    gather: Runtime, telephony: AskedTelephony, owner: Connection, call_sid: str
):
    arrives(gather, call_sid)
    asks(gather, call_sid, "say", text="Anna here.")
    said = hears(gather, call_sid, sent_to(telephony), TurnReopened())
    # It is the caller's turn again, and nobody has asked whether they are still there.
    asks(gather, call_sid, "mute")
    hears(gather, call_sid, 2, CallerSaid("Who is Anna?", 0.9))
    asks(gather, call_sid, "end", now=True)
    ended = hears(gather, call_sid, sent_to(telephony), TurnReopened())

    assert (verbs(said), verbs(ended), words_of(ended)) == (["Gather"], ["Hangup"], [])
    assert said_in(owner, call_sid)[1:] == [
        ("operator", "Anna here."),
        ("caller", "Who is Anna?"),
        ("bot", phrase(Phrase.PERSON_JOINS)),
    ]
    assert [result for _, result, _, _ in told(gather, call_sid)] == ["done"] * 3


def test_what_was_asked_before_the_call_ended_is_refused_then_unless_it_was_done(
    gather: Runtime, owner: Connection, call_sid: str
):
    """Nobody waits for an answer that will not come; what became of a command may be told after the end."""
    arrives(gather, call_sid)
    for words in ("Be brief.", "Be kind."):
        asks(gather, call_sid, "whisper", text=words)
    record_status(gather, CallReport(call_sid, "completed"))

    at_the_end = told(gather, call_sid)
    owner.execute(
        """select private.keep_commands(k.call_id, jsonb_build_array(jsonb_build_object('id', k.id, 'refused', '', 'number', 3)))
             from public.call_commands k where k.arguments ->> 'text' = 'Be kind.'"""
    )

    assert at_the_end == [("whisper", "refused", "call_over", None)] * 2
    assert told(gather, call_sid) == [at_the_end[0], ("whisper", "done", None, 3)]
    assert isinstance(asks(gather, call_sid, "whisper", text="Late."), RefusedCommand)


def test_a_command_outlives_the_process_that_took_it_with_the_callers_turn(
    gather: Runtime,
    make_runtime: Callable[..., Runtime],
    model: ScriptedModel,
    owner: Connection,
    call_sid: str,
):
    model.scripts = [["At nine."]]
    arrives(gather, call_sid)
    asks(gather, call_sid, "whisper", text="Be brief.")
    broken = make_runtime()
    database = flaky(broken)
    database.failing = ("add_turn_part", "finish_turn", "serve_document")
    with pytest.raises(DatabaseAway):
        hears(broken, call_sid, 1, CallerSaid("When?", 0.9))
    dies(owner, call_sid, database)

    hears(gather, call_sid, 1, CallerSaid("When do you open?", 0.9))

    assert "Be brief." in str(model.requests[-1].messages)
    assert told(gather, call_sid) == [("whisper", "done", None, 1)]


def test_an_operator_takes_a_call_over_by_telephone_and_the_bot_has_it_back_when_they_hang_up(
    gather: Runtime, telephony: AskedTelephony, model: ScriptedModel, owner: Connection, call_sid: str
):
    model.scripts = [["What else can I do?"]]
    arrives(gather, call_sid)
    asks(gather, call_sid, "take_over", phone=PHONE)
    dialled = hears(gather, call_sid, sent_to(telephony), TurnReopened())
    second = asks(gather, call_sid, "say", text="Hello?")
    back = hears(gather, call_sid, 2, TransferEnded(TransferOutcome.COMPLETED))

    assert verbs(dialled)[-1] == "Dial" and PHONE in dialled
    assert second.code == "held"
    assert verbs(back) == ["Gather"]
    assert said_in(owner, call_sid)[-1] == ("bot", "What else can I do?")
    assert "gives the call back" in str(model.requests[0].messages)


def test_a_call_that_was_taken_over_by_telephone_is_given_back_from_the_page(
    gather: Runtime,
    telephony: AskedTelephony,
    model: ScriptedModel,
    owner: Connection,
    call_sid: str,
    on_template: Callable[..., None],
):
    """The caller is told so in the template's words."""
    on_template(bot_is_back="'{{line}} is back.'")
    model.scripts = [["Here I am again."]]
    arrives(gather, call_sid)
    asks(gather, call_sid, "take_over", phone=PHONE)
    hears(gather, call_sid, sent_to(telephony), TurnReopened())
    asks(gather, call_sid, "give_back")

    hears(gather, call_sid, sent_to(telephony), TurnReopened())

    assert said_in(owner, call_sid)[-2:] == [("bot", "Line is back."), ("bot", "Here I am again.")]
    assert [result for _, result, _, _ in told(gather, call_sid)] == ["done", "done"]


def test_a_page_offers_what_gather_can_do_and_nothing_of_its_sound(gather: Runtime, call_sid: str):
    arrives(gather, call_sid)
    hears(gather, call_sid, 1, SilencePassed())

    found = commands.list_commands(gather.database, call_of(gather, call_sid), actor=THE_OPERATOR)

    assert found is not None
    assert found["offers"] == {
        "listen": "no_sound", "talk": "no_sound", "whisper": None, "say": None, "mute": None, "unmute": "not_muted",
        "take_over": None, "give_back": "not_taken_over", "transfer": None, "end": None,
    }  # fmt: skip
