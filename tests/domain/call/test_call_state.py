"""A call's state survives storage exactly, stays small, and refuses what it does not know."""

import json
from dataclasses import fields, replace

import pytest

from tests.domain.call.call_driver import SETUP, drive, drive_all, listening, stored_and_read, thinking
from voicebot.domain.call.actions import Escalate, SaveUtterance, SetOutcome, Speaker
from voicebot.domain.call.events import (
    CallerMaybeDone,
    CallerSaid,
    Heard,
    HeardSource,
    ModelFinished,
    SentenceReady,
    SilencePassed,
    ToolAsked,
    ToolFinished,
)
from voicebot.domain.call.flow import new_call
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.state import MAX_HISTORY, Answer, CallState, EndReason, Phase, changed
from voicebot.domain.call.turn import TurnResults
from voicebot.domain.call.utterances import Role, ToolUse, Utterance


def test_a_new_call_survives_storage():
    state = new_call(replace(SETUP, hints=("rye",), voice_id="voice-1", record=True))

    assert stored_and_read(state) == state


def test_a_call_in_the_middle_of_everything_survives_storage():
    state, _ = drive(thinking(), ToolAsked(1, "t1", "take_message", {"message": "ä\u0000😀"}))
    state, _ = drive(state, SentenceReady(1, 3, "Late."), Heard(0, 0, 5, HeardSource.MARK))

    assert stored_and_read(state) == state


def test_a_held_answer_survives_storage_and_can_still_be_committed():
    state, _ = drive(
        listening(), CallerMaybeDone("When?"), SentenceReady(1, 0, "At eight."), ModelFinished(1)
    )

    events = (CallerSaid("When?"), SilencePassed())

    assert drive_all(stored_and_read(state), *events) == drive_all(state, *events)


def test_types_survive_storage_too():
    state, _ = drive(listening(), Heard(0, 0, 5, HeardSource.MARK))
    state = stored_and_read(replace(state, end_reason=EndReason.SILENCE))

    assert isinstance(state.phase, Phase)
    assert isinstance(state.end_reason, EndReason)
    assert isinstance(state.history[0].heard_source, HeardSource)
    assert isinstance(state.setup.tools, tuple)


def test_the_json_form_holds_json_types_alone():
    state, _ = drive(thinking(), ToolAsked(1, "t1", "change_voice"), Heard(0, 0, 5, HeardSource.MARK))

    def plain(value: object) -> bool:
        if isinstance(value, dict):
            return all(type(key) is str and plain(item) for key, item in value.items())
        if isinstance(value, list):
            return all(plain(item) for item in value)
        return type(value) in (str, int, float, bool, type(None))

    assert plain(state.to_json())


def test_an_entry_survives_storage_with_each_of_its_fields_and_holds_nothing_beside_them():
    tool = ToolUse("t1", "lookup", "{}", "nine", ok=True)
    entry = Utterance(
        Role.OPERATOR, "At nine.", 3, 2, 1, Phrase.GREETING, 0.5, 4, HeardSource.RELAY,
        cut=True, interruptible=False, tool=tool,
    )  # fmt: skip
    defaults = Utterance(Role.CALLER)

    assert all(getattr(entry, field.name) != getattr(defaults, field.name) for field in fields(Utterance))
    for field in fields(Utterance):
        one = replace(defaults, **{field.name: getattr(entry, field.name)})
        assert Utterance.from_json(json.loads(json.dumps(one.to_json()))) == one
    assert set(entry.to_json()) == {field.name for field in fields(Utterance)}
    # A call holds two hundred of them.
    assert not hasattr(entry, "__dict__")


@pytest.mark.parametrize("name", ["plan", "setup"])
def test_versions_that_run_beside_each_other_read_each_others_states(name):
    state = listening(replace(SETUP, hints=("rye",)))
    data = state.to_json()
    written = {**data, name: data["plan"]}
    if name != "plan":
        del written["plan"]

    assert "plan" in data
    assert CallState.from_json(json.loads(json.dumps(written))) == state


def test_a_state_of_another_version_is_refused():
    data = {**listening().to_json(), "version": 2}

    with pytest.raises(ValueError, match="version 2"):
        CallState.from_json(data)


def test_a_long_call_keeps_its_latest_history():
    state = listening()
    for turn in range(1, 200):
        state, _ = drive(
            state, CallerSaid(f"question {turn}"), SentenceReady(turn, 0, "yes"), ModelFinished(turn)
        )

    assert len(state.history) == MAX_HISTORY
    assert state.history[-2].text == "question 199"
    assert state.next_number == 1 + 2 * 199


def test_a_talkative_call_stays_small():
    setup = replace(SETUP, tools=("lookup",))
    state = listening(setup)
    for gen in range(1, 120, 2):
        state, _ = drive(
            state,
            CallerSaid("x" * 5000),
            SentenceReady(gen, 0, "y" * 5000),
            ToolAsked(gen, "t", "lookup", {"q": "z" * 1900}),
            ModelFinished(gen),
            ToolFinished(gen, "t", True, "w" * 100_000),
            SentenceReady(gen + 1, 0, "done"),
            ModelFinished(gen + 1),
        )

    assert len(json.dumps(state.to_json())) < 100_000


def test_a_model_that_never_stops_cannot_make_a_held_answer_grow():
    state, _ = drive(listening(), CallerMaybeDone("When?"))
    state, _ = drive(state, *(SentenceReady(1, seq, "On and on.") for seq in range(5000)))

    assert len(json.dumps(state.to_json())) < 100_000


def test_end_reasons_are_the_documented_list():
    assert {reason.value for reason in EndReason} == {
        "caller_hung_up", "caller_ended", "bot_ended", "silence", "max_duration", "transferred", "model_failed",
        "transport_lost", "service_failed", "operator_ended", "busy", "no_answer", "failed", "canceled", "superseded",
        "blocked", "capped", "max_cost", "machine",
    }  # fmt: skip


def test_a_changed_state_is_the_one_that_the_library_would_make_and_takes_no_unknown_field():
    state = replace(new_call(SETUP), answer=Answer(running=True, next_seq=2))

    assert changed(state, phase=Phase.SPEAKING, turn=3) == replace(state, phase=Phase.SPEAKING, turn=3)
    assert changed(state.answer, said=True) == replace(state.answer, said=True)
    assert (state.phase, state.answer.said) == (Phase.NEW, False)
    with pytest.raises(TypeError):
        changed(state, fase=Phase.SPEAKING)


def test_what_a_turn_has_brought_so_far_grows_no_more_in_its_copy():
    results = TurnResults()
    results.note(SaveUtterance(1, Speaker.CALLER, "Hello"), 0)
    kept = results.as_of_now()

    results.note(SaveUtterance(2, Speaker.BOT, "Good evening."), 30)
    results.note(Escalate("asked"), 31)
    results.note(SetOutcome("message_taken"), 32)

    assert (list(kept.utterances), kept.latency_ms, kept.escalations, kept.outcome) == ([1], {}, [], None)
