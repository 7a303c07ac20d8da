"""A call over ConversationRelay, from its first document to its last word."""

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import arrives, said_in, verbs
from tests.services.calls.streams.stream_calls import RelaySession, parameters
from tests.support.providers import ScriptedModel
from voicebot.runtime import Runtime


@pytest.fixture
def relay(runtime: Runtime) -> Runtime:
    runtime.settings = runtime.settings.model_copy(update={"voice_transport": "relay"})
    runtime.sockets_health.note(came_through=True)
    return runtime


def test_a_call_is_carried_by_a_session(
    relay: Runtime, model: ScriptedModel, owner: Connection, call_sid: str
):
    model.scripts = [["We open", " at nine", ".", " Shall I note", " your name?"]]
    document = arrives(relay, call_sid)
    assert verbs(document) == ["Connect"]

    session = RelaySession(relay, call_sid, parameters(document)["token"]).begin()
    session.hears("How can I help you?")
    session.says("When do you open?")
    assert session.hears("note your name?") == "We open at nine. Shall I note your name?"
    session.hangs_up()

    assert said_in(owner, call_sid) == [
        ("bot", "Hello. How can I help you?"),
        ("caller", "When do you open?"),
        ("bot", "We open at nine."),
        ("bot", "Shall I note your name?"),
    ]
    rows = owner.execute(
        """select t.heard_source, t.heard = t.content from public.transcripts t
             join public.call_history c on c.id = t.session_id where c.call_sid = %s and t.speaker = 'bot'""",
        [call_sid],
    ).fetchall()
    assert rows == [("relay", True)] * 3
    turns = owner.execute(
        """select t.turn, t.said, t.closing ->> 'kind' from public.call_turns t
             join public.call_history c on c.id = t.call_id where c.call_sid = %s order by t.turn""",
        [call_sid],
    ).fetchall()
    assert turns == [(0, None, "listen"), (1, "When do you open?", "listen")]
