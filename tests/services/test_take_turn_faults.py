"""What goes wrong in the middle of a turn, and how the caller gets over it: lost words, lost processes, full disks."""

import errno
import os
import shutil
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.services.aftermath import CALLER, OURS, Connection
from tests.services.gather_calls import (
    COMMITS,
    arrives,
    asks,
    dies,
    flaky,
    said_in,
    verbs,
    words_of,
)
from tests.support.limits import limits_with
from tests.support.providers import InstantVoice, ScriptedModel
from tests.support.waiting import wait_for
from voicebot.domain.call.events import CallerSaid, KeyPressed, SilencePassed
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.domain.call.reports import CallArrival
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.take import answer_call
from voicebot.storage.database import DatabaseAway

pytestmark = pytest.mark.sql
OPERATOR = "+12025550199"


@pytest.fixture
def staffed(runtime: Runtime) -> Runtime:
    """A runtime where a person can be reached."""
    runtime.settings = runtime.settings.model_copy(update={"operator_phone_number": OPERATOR})
    return runtime


# --- a transfer whose end nobody could tell us ----------------------------------------------------


def test_a_caller_who_talks_while_a_transfer_seems_to_go_on_is_answered(
    staffed: Runtime, model: ScriptedModel, call_sid: str, owner: Connection
) -> None:
    arrives(staffed, call_sid)
    asked = asks(staffed, call_sid, 1, KeyPressed("0"))
    model.scripts = [["We are open."]]

    document = asks(staffed, call_sid, 2, CallerSaid("Hello, are you there?"))

    assert verbs(asked)[-1] == "Dial"
    assert verbs(document) == ["Gather"]
    assert said_in(owner, call_sid)[-2:] == [("caller", "Hello, are you there?"), ("bot", "We are open.")]


# --- words that were lost with their process ------------------------------------------------------


@pytest.fixture
def lost(
    make_runtime: Callable[..., Runtime], call_sid: str, owner: Connection
) -> Callable[..., tuple[Runtime, Runtime]]:
    """Lose a process in the caller's first turn, as far as `failing` lets it come; return it and its heir."""

    def lose(failing: tuple[str, ...]) -> tuple[Runtime, Runtime]:
        dying, heir = make_runtime(), make_runtime()
        database = flaky(dying)
        arrives(dying, call_sid)
        database.failing = failing
        with pytest.raises(DatabaseAway):
            asks(dying, call_sid, 1, CallerSaid("Are you open on Sunday?"))
        dies(owner, call_sid, database)
        return dying, heir

    return lose


def test_what_the_caller_says_when_asked_again_takes_the_place_of_the_lost_words(
    lost: Any, model: ScriptedModel, call_sid: str, owner: Connection
) -> None:
    _, heir = lost(COMMITS)
    model.scripts = [["Ten dollars."]]

    document = asks(heir, call_sid, 1, CallerSaid("Never mind. What is the price?"))

    assert verbs(document) == ["Gather"]
    assert model.requests[-1].messages[-1]["content"] == "Never mind. What is the price?"
    assert said_in(owner, call_sid)[1:] == [
        ("caller", "Never mind. What is the price?"),
        ("bot", "Ten dollars."),
    ]


def test_silence_does_not_take_the_place_of_lost_words(
    lost: Any, model: ScriptedModel, call_sid: str
) -> None:
    _, heir = lost(COMMITS)

    asks(heir, call_sid, 1, SilencePassed())

    assert model.requests[-1].messages[-1]["content"] == "Are you open on Sunday?"


def test_words_that_were_answered_in_part_stay(
    lost: Any, model: ScriptedModel, call_sid: str, owner: Connection
) -> None:
    model.scripts = [["We are open. ", 60.0, "never said"], ["Come by."]]
    _, heir = lost(("serve_document",))

    asks(heir, call_sid, 1, CallerSaid("Never mind."))

    assert said_in(owner, call_sid)[1:] == [
        ("caller", "Are you open on Sunday?"),
        ("bot", "We are open."),
        ("bot", "Come by."),
    ]
    model.go_on.set()


# --- too many calls, and no room for clips --------------------------------------------------------


def test_a_call_that_is_one_too_many_hears_that_all_lines_are_busy(
    runtime: Runtime, model: ScriptedModel, call_sid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime.limits = limits_with(turn={"first_sound_s": 0.1})
    runtime.settings = runtime.settings.model_copy(update={"max_calls": 1})
    arrives(runtime, call_sid)
    model.scripts = [[60.0, "We are open."]]
    asks(runtime, call_sid, 1, CallerSaid("Are you open?"))
    another = CallArrival(f"CA{uuid.uuid4().hex}", "inbound", CALLER, OURS)

    refused = answer_call(runtime, another)
    repeated = arrives(runtime, call_sid)
    model.go_on.set()
    wait_for(lambda: not runtime.live_turns)
    greeted = answer_call(runtime, another)

    assert (verbs(refused), words_of(refused)) == (["Say", "Hangup"], [phrase(Phrase.ALL_BUSY)])
    assert verbs(repeated) == verbs(greeted) == ["Gather"]


@pytest.fixture(params=["full", "gone"])
def no_room(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    """Make it impossible to write clips from now on."""
    really_open = os.open

    def full(path: Any, *rest: Any, **more: Any) -> int:
        if str(path).endswith(".part"):
            raise OSError(errno.ENOSPC, "no space left on device")
        return really_open(path, *rest, **more)

    if request.param == "full":
        return lambda: monkeypatch.setattr("voicebot.providers.clips.os.open", full)
    return lambda: shutil.rmtree(tmp_path / "clips")


def test_without_room_for_clips_twilio_speaks_and_the_call_goes_on(
    runtime: Runtime, model: ScriptedModel, voice: InstantVoice, call_sid: str, no_room: Callable[[], None]
) -> None:
    arrives(runtime, call_sid)
    wait_for(lambda: len(voice.spoken) == 1)
    no_room()
    model.scripts = [["We are open."], ["Ten dollars."]]
    asked = time.monotonic()

    documents = [asks(runtime, call_sid, turn, CallerSaid("And then?")) for turn in (1, 2)]

    assert time.monotonic() - asked < 1.5
    assert [words_of(document) for document in documents] == [["We are open."], ["Ten dollars."]]
