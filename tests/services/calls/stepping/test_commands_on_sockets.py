"""Stepping into a call that a socket carries: the command reaches its owner in any process, and is done once."""

import uuid

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import arrives, said_in
from tests.services.calls.streams.stream_calls import RelaySession, end_sessions, over_relay, parameters
from tests.support.providers import ScriptedModel
from voicebot.domain.access.actor import THE_OPERATOR
from voicebot.runtime import Runtime
from voicebot.services.calls.stepping.add import step_in
from voicebot.storage.calls import commands
from voicebot.storage.calls.calls import show_call
from voicebot.storage.calls.commands import Added


@pytest.fixture
def relay(runtime: Runtime):
    yield over_relay(runtime)
    end_sessions(runtime)


def begun(runtime: Runtime, call_sid: str) -> RelaySession:
    session = RelaySession(runtime, call_sid, parameters(arrives(runtime, call_sid))["token"]).begin()
    session.hears("How can I help you?")
    session.settles()
    return session


def call_id(runtime: Runtime, call_sid: str):
    found = show_call(runtime.database, call_sid=call_sid, actor=THE_OPERATOR)
    assert found is not None
    return found["call"]["public_id"]


def asks(runtime: Runtime, call_sid: str, kind: str, **arguments):
    return step_in(runtime, call_id(runtime, call_sid), kind, arguments, actor=THE_OPERATOR)


def told(runtime: Runtime, call_sid: str):
    found = commands.list_commands(runtime.database, call_id(runtime, call_sid), actor=THE_OPERATOR)
    assert found is not None
    return [(each["kind"], each["result"], each["refused"], each["number"]) for each in found["commands"]]


def test_the_bot_follows_a_whisper_with_its_next_words_and_nobody_hears_it(
    relay: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
):
    model.scripts = [["We open at nine."]]
    session = begun(relay, call_sid)

    added = asks(relay, call_sid, "whisper", text="Offer ten percent off.")
    session.settles()
    session.says("When do you open?")
    session.hears("We open at nine.")
    session.settles()
    session.hangs_up()

    assert isinstance(added, Added)
    told_model = [
        message["content"] for message in model.requests[-1].messages if message["role"] == "system"
    ]
    assert any("Offer ten percent off." in words for words in told_model)
    assert "percent" not in str(said_in(owner, call_sid))
    assert told(relay, call_sid) == [("whisper", "done", None, 1)]


def test_an_operator_ends_a_call_with_a_goodbye_or_at_once(relay: Runtime, owner: Connection):
    for arguments, last in (
        ({}, "Thank you for calling. Goodbye."),
        ({"now": True}, "Hello. How can I help you?"),
    ):
        call_sid = f"CA{uuid.uuid4().hex}"
        session = begun(relay, call_sid)

        asks(relay, call_sid, "end", **arguments)

        assert session.waits_for_end() == {"next": "hang_up"}
        assert said_in(owner, call_sid)[-1] == ("bot", last)
        assert "operator_ended" in str(
            owner.execute(
                "select end_reason from public.call_history where call_sid = %s", [call_sid]
            ).fetchone()
        )
        assert told(relay, call_sid)[0][:2] == ("end", "done")
