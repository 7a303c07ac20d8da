"""A call whose session breaks, and the one that follows it."""

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import arrives, said_in, verbs
from tests.services.calls.streams.stream_calls import RelaySession, parameters
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.document import DocumentRequest
from voicebot.services.calls.gather.take import take_turn
from voicebot.services.calls.streams.begin import after_session
from voicebot.transports.twilio.forms import SessionEnd

OURS = "+12025550100"
LOST = SessionEnd(error="64105")
GREETING = "Hello. How can I help you?"
ANSWER = ["We open", " at nine.", " Shall I note", " your name?"]


def begun(runtime: Runtime, call_sid: str) -> RelaySession:
    token = parameters(arrives(runtime, call_sid))["token"]
    session = RelaySession(runtime, call_sid, token).begin()
    session.hears(GREETING)
    return session


def goes_on(runtime: Runtime, call_sid: str, end: SessionEnd = LOST) -> str:
    """What Twilio is answered when a session is over."""
    after = after_session(runtime, call_sid, end, OURS)
    if after.opening:
        return take_turn(runtime, DocumentRequest(call_sid, after.turn, 0, after.opening, OURS))
    return after.document


def again(runtime: Runtime, call_sid: str, end: SessionEnd = LOST) -> RelaySession:
    document = goes_on(runtime, call_sid, end)
    assert verbs(document) == ["Connect"]
    return RelaySession(runtime, call_sid, parameters(document)["token"]).begin()


def lines(owner: Connection, call_sid: str) -> list[str]:
    return [words for _, words in said_in(owner, call_sid)]
