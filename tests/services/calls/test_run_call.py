"""A run always comes to its end: whatever a tool or the model's adapter does, the caller gets an answer."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.domain.call.call_driver import listening
from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import arrives, asks, notes_of, verbs
from tests.support.limits import limits_with
from tests.support.providers import InstantVoice, ScriptedModel
from tests.support.waiting import wait_for
from voicebot.domain.call.actions import LineAction, ReadAnswer, RunTool
from voicebot.domain.call.background import CallBackground
from voicebot.domain.call.events import (
    CallerSaid,
    Event,
    KeyPressed,
    ModelFailed,
    ModelFinished,
    SentenceReady,
    ToolAsked,
    ToolFinished,
)
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.domain.call.state import CallState
from voicebot.providers.ports import ModelDone, ModelRequest, TextDelta, ToolCall
from voicebot.providers.ports.model import Wanted
from voicebot.runtime import Runtime
from voicebot.services.calls import tools
from voicebot.services.calls.inbox import QueueInbox
from voicebot.services.calls.ports import Cancel, LogEntry, Ports, Report
from voicebot.services.calls.run import CallOwner
from voicebot.services.calls.run_tool import ToolResult, ToolUse
from voicebot.services.calls.think import ChatBrain, Thinking
from voicebot.services.calls.timers import Timers
from voicebot.storage.database import DatabaseAway, DatabaseBug
from voicebot.transports.sentences import SentenceSplitter

pytestmark = pytest.mark.sql


def takes_message(words: str) -> ToolCall:
    """The model's wish to write something down; its server counts ids anew in every answer."""
    return ToolCall("t1", "take_message", {"message": words})


def told(model: ScriptedModel, answer: int) -> list[str]:
    """What the model was told of its tools when it was asked for `answer`."""
    return [message["content"] for message in model.requests[answer].messages if message["role"] == "tool"]


class Nothing:
    """A line, a log, a brain and tools that do nothing."""

    def perform(self, action: LineAction) -> None:
        """Nobody listens."""

    def cutter(self) -> SentenceSplitter:
        return SentenceSplitter()

    def commit(self, entry: LogEntry) -> None:
        """Nothing is kept."""

    def start(self, gen: int, state: CallState, report: Report) -> Cancel:
        return lambda: None

    def use(self, tool: RunTool, state: CallState, report: Report) -> None:
        """Nothing is done."""

    def read_answer(self, answer: ReadAnswer, report: Report) -> None:
        """Nothing is read."""

    def send_code(self, channel: str, language: str) -> None:
        """Nothing is sent."""


@pytest.fixture
def use_tool(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], ToolResult]], None]:
    """Make every tool do what a function does."""

    def use(work: Callable[[], ToolResult]) -> None:
        def run(_runtime: Runtime, _name: str, _use: ToolUse, _template: object) -> ToolResult:
            return work()

        monkeypatch.setattr(tools, "run_tool", run)

    return use


# --- tools ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "failure", [DatabaseBug("save_note", "22001"), DatabaseAway("save_note"), KeyError("x")]
)
def test_a_tool_that_breaks_is_told_to_the_model_and_the_turn_ends(
    runtime: Runtime, model: ScriptedModel, call_sid: str, use_tool: Any, failure: Exception
) -> None:
    def breaks() -> ToolResult:
        raise failure

    use_tool(breaks)
    arrives(runtime, call_sid)
    model.scripts = [[takes_message("x")], ["I could not write that down."]]

    document = asks(runtime, call_sid, 1, CallerSaid("Please note this."))

    assert verbs(document) == ["Gather"]
    assert [words.startswith("That did not work") for words in told(model, 1)] == [True]
    wait_for(lambda: not runtime.live_turns)


def test_a_tool_that_does_not_end_is_given_up_after_a_while(
    runtime: Runtime,
    model: ScriptedModel,
    voice: InstantVoice,
    call_sid: str,
    use_tool: Any,
) -> None:
    runtime.limits = limits_with(turn={"idle_s": 0.2})
    done = threading.Event()

    def hangs() -> ToolResult:
        done.wait(10)
        return ToolResult(ok=True, text="too late")

    use_tool(hangs)
    arrives(runtime, call_sid)
    model.scripts = [[takes_message("x")]]

    document = asks(runtime, call_sid, 1, CallerSaid("Please note this."))

    assert verbs(document) == ["Gather"]
    assert phrase(Phrase.APOLOGY_AGAIN) in voice.spoken
    wait_for(lambda: not runtime.live_turns)
    done.set()


def test_a_tool_id_that_a_later_answer_repeats_is_another_use(
    runtime: Runtime, model: ScriptedModel, call_sid: str, owner: Connection
) -> None:
    arrives(runtime, call_sid)
    model.scripts = [[takes_message("Anna called.")], [takes_message("Bob called.")], ["I noted both."]]

    document = asks(runtime, call_sid, 1, CallerSaid("Note that Anna called, and Bob."))

    assert verbs(document) == ["Gather"]
    assert notes_of(owner, call_sid) == ["Anna called.", "Bob called."]


def test_a_tool_of_an_answer_that_was_cut_off_does_not_end_the_same_id_of_the_next(
    runtime: Runtime,
) -> None:
    nothing = Nothing()
    ports = Ports(nothing, nothing, nothing, nothing, QueueInbox(runtime.now))
    run = CallOwner(listening(), Timers(), ports)
    asked = [CallerSaid("Note this."), ToolAsked(1, "t1", "take_message", {"message": "x"}), ModelFinished(1)]
    asked += [CallerSaid("No, that."), ToolAsked(2, "t1", "take_message", {"message": "y"}), ModelFinished(2)]
    for event in asked:
        run.advance(event)

    run.advance(ToolFinished(1, "t1", ok=True, result="done"))
    late = run.working
    run.advance(ToolFinished(2, "t1", ok=True, result="done"))
    run.advance(ModelFinished(3))

    assert (late, run.working) == (True, False)


# --- the model's adapter --------------------------------------------------------------------------


class BreaksOff:
    """An adapter with a fault: it breaks in the middle of an answer."""

    def stream(self, request: ModelRequest) -> Iterator[Any]:
        raise TypeError("a fault of ours")
        yield

    def complete_json(self, request: ModelRequest, *, name: str, wanted: type[Wanted]) -> Wanted:
        raise AssertionError("nobody asks for JSON here")


class BreaksAtOnce(BreaksOff):
    """An adapter with a fault that shows before there is an answer."""

    def stream(self, request: ModelRequest) -> Iterator[Any]:
        raise TypeError("a fault of ours")


@pytest.mark.parametrize("adapter", [BreaksOff(), BreaksAtOnce()])
def test_a_model_adapter_that_breaks_is_apologised_for_within_a_second(
    runtime: Runtime, voice: InstantVoice, call_sid: str, adapter: BreaksOff
) -> None:
    arrives(runtime, call_sid)
    runtime.model = adapter
    asked = time.monotonic()

    document = asks(runtime, call_sid, 1, CallerSaid("Are you open?"))

    assert time.monotonic() - asked < 1.0
    assert verbs(document) == ["Gather"]
    wait_for(lambda: phrase(Phrase.APOLOGY_AGAIN) in voice.spoken)


def test_a_cancelled_answer_closes_its_stream_at_once_and_reports_nothing_more(
    runtime: Runtime, model: ScriptedModel
) -> None:
    model.scripts = [["We are open. ", 60.0, "Come by."]]
    reported: list[Event] = []
    brain, others = ChatBrain(runtime, CallBackground(), SentenceSplitter), set(threading.enumerate())
    cancel = brain.start(1, listening(), reported.append)
    wait_for(lambda: bool(reported))

    cancel()

    # It is done with thinking.
    wait_for(lambda: model.closed == 1 and set(threading.enumerate()) <= others)
    assert reported == [SentenceReady(1, 0, "We are open.")]


# --- what a run leaves ----------------------------------------------------------------------------


def test_the_message_after_key_0_is_a_note_on_the_call_once(
    runtime: Runtime, call_sid: str, owner: Connection
) -> None:
    arrives(runtime, call_sid)
    asks(runtime, call_sid, 1, KeyPressed("0"))

    documents = {asks(runtime, call_sid, 2, CallerSaid("Call me about my bicycle.")) for _ in range(2)}

    assert len(documents) == 1
    assert notes_of(owner, call_sid) == ["Call me about my bicycle."]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            ["We open at nine. On Sundays we", ModelDone("length", "m")],
            [SentenceReady(1, 0, "We open at nine.")],
        ),
        (["We open at", ModelDone("length", "m")], []),
        (["```py\nx\n```"], []),
        (["Let me", TextDelta("At nine.", anew=True)], [SentenceReady(1, 0, "At nine.")]),
    ],
)
def test_half_a_sentence_and_what_cannot_be_heard_are_not_said(
    make_runtime: Callable[..., Runtime], model: ScriptedModel, script: list[Any], said: list[Event]
) -> None:
    model.scripts = [script]
    told: list[Event] = []

    thinking = Thinking(make_runtime(), 1, SentenceSplitter(), first_seq=0, report=told.append)
    thinking.run(ModelRequest(messages=[]))

    assert told == [*said, ModelFinished(1) if said else ModelFailed(1, "empty")]
