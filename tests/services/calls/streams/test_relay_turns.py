"""Turns over ConversationRelay: interruptions, guesses at the end of speech, and sockets that break at any moment."""

import time
from collections.abc import Callable

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import arrives, said_in, verbs
from tests.services.calls.streams.stream_calls import RelaySession, over_relay, parameters
from tests.support.providers import ScriptedModel, ScriptedStream
from tests.support.waiting import wait_for
from voicebot.providers.ports import ModelRequest
from voicebot.runtime import Runtime
from voicebot.services.calls.streams.begin import after_session
from voicebot.storage.calls.calls import call_speech
from voicebot.transports.twilio.forms import SessionEnd

GREETING = "Hello. How can I help you?"
SENTENCES = ("We open at nine.", "We close at five.", "Shall I note your name?")


@pytest.fixture
def session(relay: Runtime, call_sid: str) -> RelaySession:
    began = RelaySession(relay, call_sid, parameters(arrives(relay, call_sid))["token"]).begin()
    began.hears(GREETING)
    return began


def heard_in(owner: Connection, call_sid: str) -> list[tuple[str, str | None]]:
    return owner.execute(
        """select t.content, t.heard from public.transcripts t join public.call_history c on c.id = t.session_id
            where c.call_sid = %s order by t.sequence_number""",
        [call_sid],
    ).fetchall()


def test_an_interruption_stops_words_and_model_and_the_transcript_ends_where_it_was(
    session: RelaySession, model: ScriptedModel, owner: Connection, call_sid: str
):
    model.scripts = [["We open", " at nine", " and we", " close", " at", 30.0, " five."], ["On Sunday too."]]
    session.reports = False
    session.says("When?")
    session.hears("close at")
    session.tell("interrupt", utteranceUntilInterrupt="We open at nine", durationUntilInterruptMs=900)
    session.says("And on Sunday?")

    assert session.hears("Sunday too.") == "On Sunday too."
    session.reports = True
    session.hangs_up()
    assert model.closed == 2
    assert ("We open at nine and we close at", "We open at nine") in heard_in(owner, call_sid)
    # The model is told what was heard.
    assert {"role": "assistant", "content": "We open at nine—"} in model.requests[-1].messages


def test_who_spoke_when_is_kept_with_the_turn_as_twilio_tells_it(
    session: RelaySession, owner: Connection, relay: Runtime, call_sid: str
):
    for name, value in (
        ("agentSpeaking", "on"),
        ("agentSpeaking", "off"),
        ("clientSpeaking", "on"),
        ("clientSpeaking", "off"),
    ):
        session.takes(0.02)
        session.tell("info", name=name, value=value)
    session.says("When do you open?")
    session.settles()

    row = owner.execute(
        "select public_id from public.call_history where call_sid = %s", [call_sid]
    ).fetchone()
    assert row is not None
    kept = call_speech(relay.database, row[0])
    assert kept is not None
    ((bot_from, bot_to),), ((caller_from, caller_to),) = kept["bot"], kept["caller"]
    assert 0 <= bot_from < bot_to <= caller_from < caller_to < 60
    session.hangs_up()


def test_an_answer_to_words_that_have_stood_is_there_when_the_caller_is_done(
    session: RelaySession, model: ScriptedModel
):
    model.scripts = [["At nine.", " Every day."]]
    session.tell("prompt", voicePrompt="When do you open", lang="en", last=False)
    wait_for(lambda: session.takes(0.05) or (model.requests and model.closed))
    assert session.said() == ""

    session.says("When do you open?")

    assert session.hears("Every day.") == "At nine. Every day."
    assert len(model.requests) == 1


def test_a_guess_that_was_wrong_is_never_heard(session: RelaySession, model: ScriptedModel):
    model.scripts = [["Wrong."], ["At ten on Sunday."]]
    session.tell("prompt", voicePrompt="When do you open", lang="en", last=False)
    wait_for(lambda: session.takes(0.05) or model.closed)
    session.tell("prompt", voicePrompt="When do you open on Sunday", lang="en", last=False)
    session.says("When do you open on Sunday?")

    assert session.hears("Sunday.") == "At ten on Sunday."


class FinishingModel:
    """Says its sentences, and after a cut those that are missing, token by token."""

    def __init__(self) -> None:
        self._scripted = ScriptedModel()

    def stream(self, request: ModelRequest) -> ScriptedStream:
        last = [m["content"] for m in request.messages if m["role"] == "assistant"][-1:]
        said = last[0] if last and "nine" in last[0] else ""
        left = " ".join(each for each in SENTENCES if each not in said)
        tokens = [f" {word}" for word in left.split()]
        return ScriptedStream(self._scripted, [part for token in tokens for part in (token, 0.002)])

    def complete_json(self, *_: object, **__: object) -> None:
        raise AssertionError("nothing is read in this call")


@pytest.mark.parametrize("cut_after", range(0, 22, 3))
def test_a_socket_that_breaks_at_any_moment_loses_nothing_and_repeats_nothing(
    make_runtime: Callable[..., Runtime], owner: Connection, call_sid: str, cut_after: int
):
    runtime = over_relay(make_runtime(model=FinishingModel()))
    session = RelaySession(runtime, call_sid, parameters(arrives(runtime, call_sid))["token"]).begin()
    asked = False
    until = time.monotonic() + 10
    while len(session.frames) < cut_after and time.monotonic() < until:
        if not asked and GREETING in session.said():
            session.says("When do you open?")
            asked = True
        session.takes(0.02)
    session.takes(0.01)
    session.hangs_up(1006)

    after = after_session(runtime, call_sid, SessionEnd(error="64105"), "+12025550100")
    assert verbs(after.document) == ["Connect"]
    again = RelaySession(runtime, call_sid, parameters(after.document)["token"]).begin()
    if not asked:
        if cut_after == 0:
            again.takes(0.3)
        again.says("When do you open?")
    again.takes(0.6)
    again.hangs_up()

    lines = [words for _, words in said_in(owner, call_sid)]
    assert lines[:2] == [GREETING, "When do you open?"]
    told = " ".join(lines[2:])
    for sentence in SENTENCES:
        assert told.replace(" …", "").count(sentence) == 1, lines
