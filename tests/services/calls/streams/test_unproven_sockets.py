"""A socket that cannot prove that it belongs to a call gets nothing."""

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import arrives
from tests.services.calls.streams.stream_calls import RelaySession, parameters
from tests.support.providers import ScriptedModel
from voicebot.runtime import Runtime

GREETING = "Hello. How can I help you?"


@pytest.mark.parametrize("fault", ["used", "foreign", "old", "made_up", "other_protocol", "over"])
def test_a_socket_without_a_fresh_token_of_its_call_gets_nothing(
    relay: Runtime, model: ScriptedModel, owner: Connection, call_sid: str, fault: str
):
    token = parameters(arrives(relay, call_sid))["token"]
    sid = call_sid
    match fault:
        case "used":
            begun_with = RelaySession(relay, call_sid, token).begin()
            begun_with.hears(GREETING)
            begun_with.hangs_up()
        case "foreign":
            sid = f"{call_sid[:-1]}{'0' if call_sid[-1] != '0' else '1'}"
            arrives(relay, sid)
        case "old":
            owner.execute("update public.call_streams set expires_at = now() - interval '1 s'")
        case "made_up":
            token = "x" * 43
        case "other_protocol":
            owner.execute("update public.call_streams set transport = 'media'")
        case "over":
            owner.execute("update public.call_history set ended_at = now() where call_sid = %s", [call_sid])
    session = RelaySession(relay, sid, token).begin()
    session.takes(0.2)

    assert (session.said(), session.line.code, model.requests) == ("", 1008, [])


def test_a_repeated_webhook_gets_a_document_that_works_too(relay: Runtime, call_sid: str):
    first, second = (parameters(arrives(relay, call_sid))["token"] for _ in range(2))

    assert first != second
    RelaySession(relay, call_sid, first).begin().hears(GREETING)
