"""Answers that are begun while a caller on Gather may still be speaking: told by signed callbacks, in whatever process."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import said_in
from tests.support.limits import limits_with
from tests.support.providers import InstantVoice, ScriptedModel
from tests.support.waiting import wait_for
from tests.webhooks.conftest import Sender
from voicebot.runtime import Runtime
from webhooks.app import create_app

pytestmark = pytest.mark.sql
QUICK = {"stood_s": 0.03, "silent_s": 0.3}
Processes = tuple[Sender, Sender]


@pytest.fixture
def processes(make_runtime: Callable[..., Runtime]) -> Processes:
    """Two processes on one database."""
    return process(make_runtime), process(make_runtime)


def process(make_runtime: Callable[..., Runtime], **changes: Any) -> Sender:
    runtime = make_runtime(limits=limits_with(speculation=QUICK), **changes)
    app = create_app(runtime)
    app.config["TESTING"] = False
    return Sender(app.test_client(), runtime)


def understood(sender: Sender, sid: str, words: str, number: int = 0, turn: int = 1) -> None:
    """The carrier tells what it has understood so far."""
    told = {"UnstableSpeechResult": words, "SequenceNumber": str(number), "Stability": "0.9"}
    answer = sender.post(f"/twilio/voice/partial?turn={turn}", CallSid=sid, **told)
    assert answer.status_code == 204


def final(sender: Sender, sid: str, words: str, turn: int = 1, document: int = 0, **more: str) -> str:
    """The caller is done; returns what they hear."""
    form = {"SpeechResult": words, "Confidence": "0.9"} if words else {}
    path = f"/twilio/voice/turn?turn={turn}&document={document}"
    answer = sender.post(path, CallSid=sid, **form, **more)
    assert answer.status_code == 200
    return str(answer.text)


def begun(owner: Connection, sid: str) -> tuple[Any, ...] | None:
    """The call's early answer: words known, events, finished, starts."""
    return owner.execute(
        """select g.words <> '', jsonb_array_length(g.events), g.finished, g.starts from public.call_speculations g
             join public.call_history c on c.id = g.call_id where c.call_sid = %s""",
        [sid],
    ).fetchone()


def finished(owner: Connection, sid: str) -> Callable[[], bool]:
    return lambda: (begun(owner, sid) or (None,) * 4)[2] is True


def bot_said(owner: Connection, sid: str) -> list[str]:
    return [words for speaker, words in said_in(owner, sid)[1:] if speaker == "bot"]


@pytest.mark.parametrize("elsewhere", [False, True], ids=["the-same-process", "another-process"])
def test_the_answer_is_there_when_the_final_words_are_those_that_stood(
    processes: Processes, model: ScriptedModel, voice: InstantVoice, owner: Connection, elsewhere: bool
) -> None:
    here, there = processes[0], processes[int(elsewhere)]
    sid = here.call()
    model.scripts = [["We are open until six. ", "Do come by."]]

    understood(here, sid, "are you open today")
    wait_for(finished(owner, sid))
    asked = len(model.requests)
    document = final(there, sid, "Are you open today?")

    assert (asked, len(model.requests)) == (1, 1)
    assert model.requests[0].messages[-1] == {"role": "user", "content": "are you open today"}
    assert [each.tag for each in ElementTree.fromstring(document).iter("Play")] == ["Play", "Play"]
    assert said_in(owner, sid)[1:] == [
        ("caller", "Are you open today?"),
        ("bot", "We are open until six."),
        ("bot", "Do come by."),
    ]
    assert voice.spoken.count("We are open until six.") == 1
    assert begun(owner, sid) is None
