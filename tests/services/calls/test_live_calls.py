"""VOICEBOT_MAX_CALLS counts calls from their answer to their end, wherever their turns are served."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.services.calls.aftermath import ends
from tests.services.calls.gather.gather_calls import (
    FlakyDatabase,
    arrives,
    asks,
    flaky,
    follows,
    verbs,
    words_of,
)
from tests.support.providers import ScriptedModel
from tests.support.waiting import wait_for
from voicebot.domain.call.events import CallerSaid, SilencePassed
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.live_calls import LiveCalls
from voicebot.runtime import Runtime
from voicebot.storage import blocks
from voicebot.storage.database import DatabaseAway

pytestmark = pytest.mark.sql
NUISANCE = "+12025550166"


def new_sid() -> str:
    return f"CA{uuid.uuid4().hex}"


@pytest.fixture
def process(make_runtime: Callable[..., Runtime]) -> Callable[[int], Runtime]:
    """Start a web process that may carry so many calls; all of them share one database."""

    def start(limit: int) -> Runtime:
        runtime = make_runtime()
        runtime.settings = runtime.settings.model_copy(update={"max_calls": limit})
        return runtime

    return start


def is_refused(document: str) -> bool:
    return words_of(document) == [phrase(Phrase.ALL_BUSY)] and verbs(document) == ["Say", "Hangup"]


# --- how many calls -------------------------------------------------------------------------------


def test_a_call_counts_while_nothing_of_it_is_in_the_making(process: Callable[[int], Runtime]) -> None:
    one, first = process(1), new_sid()
    arrives(one, first)

    refused = arrives(one, new_sid())
    repeated = arrives(one, first)
    goes_on = asks(one, first, 1, SilencePassed())

    assert is_refused(refused)
    assert verbs(repeated) == verbs(goes_on) == ["Gather"]


@pytest.mark.parametrize("told_here", [True, False])
def test_the_end_of_a_call_makes_room_whichever_process_was_told(
    process: Callable[[int], Runtime], told_here: bool
) -> None:
    one, other = process(1), process(1)
    first = new_sid()
    arrives(one, first)

    ends(one if told_here else other, first)

    assert verbs(arrives(one, new_sid())) == ["Gather"]


def test_a_call_counts_where_it_was_answered_and_nowhere_else(process: Callable[[int], Runtime]) -> None:
    one, other = process(1), process(1)
    first = new_sid()
    arrives(one, first)

    asks(other, first, 1, SilencePassed())

    assert verbs(arrives(other, new_sid())) == ["Gather"]
    assert is_refused(arrives(one, new_sid()))


def test_the_database_is_asked_only_where_there_seems_to_be_no_room(
    process: Callable[[int], Runtime],
) -> None:
    one = process(2)
    database = flaky(one)
    database.failing = ["running_calls"]

    assert verbs(arrives(one, new_sid())) == verbs(arrives(one, new_sid())) == ["Gather"]
    with pytest.raises(DatabaseAway):
        arrives(one, new_sid())


@pytest.mark.parametrize("away", [True, False])
def test_a_call_that_did_not_begin_takes_no_room(process: Callable[[int], Runtime], away: bool) -> None:
    one = process(1)
    database = flaky(one)
    if away:
        fails_to_begin(one, database)
    else:
        blocks.block_caller(one.database, NUISANCE, answer="phrase")
        arrives(one, new_sid(), NUISANCE)

    assert len(one.live_calls) == 0
    assert verbs(arrives(one, new_sid())) == ["Gather"]


def test_a_repeated_request_that_fails_takes_no_call_away(process: Callable[[int], Runtime]) -> None:
    one, first = process(1), new_sid()
    database = flaky(one)
    arrives(one, first)
    database.away = True

    with pytest.raises(DatabaseAway):
        arrives(one, first)

    database.away = False
    assert is_refused(arrives(one, new_sid()))


def fails_to_begin(one: Runtime, database: FlakyDatabase) -> None:
    database.away = True
    with pytest.raises(DatabaseAway):
        arrives(one, new_sid())
    database.away = False


def test_calls_that_arrive_at_the_same_moment_are_no_more_than_there_is_room_for(
    process: Callable[[int], Runtime],
) -> None:
    one, documents = process(3), list[str]()

    threads = [threading.Thread(target=lambda: documents.append(arrives(one, new_sid()))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([document for document in documents if not is_refused(document)]) == 3
    assert len(documents) == 12


# --- which calls need this process ----------------------------------------------------------------


def test_a_call_needs_a_process_only_while_an_answer_is_in_the_making(
    process: Callable[[int], Runtime], model: ScriptedModel
) -> None:
    one, first = process(1), new_sid()
    arrives(one, first)
    model.scripts = [["We are open. ", 60.0, "Come by."]]
    at_rest = one.live_calls.needing

    asks(one, first, 1, CallerSaid("Are you open?"))
    in_the_making = one.live_calls.needing
    model.go_on.set()
    follows(one, first, 1, 1)

    assert (at_rest, in_the_making) == (0, 1)
    wait_for(lambda: one.live_calls.needing == 0)
    assert len(one.live_calls) == 1


def test_two_answers_of_one_call_are_one_call_that_needs_us() -> None:
    live = LiveCalls()
    live.hold(7)
    live.hold(7)
    counts = [live.needing]

    for _ in range(2):
        live.release(7)
        counts.append(live.needing)

    assert counts == [1, 1, 0]


def test_a_call_whose_beginning_is_not_stored_yet_is_not_taken_for_one_that_ended() -> None:
    live: Any = LiveCalls()
    live.admit("CA1", 2)
    live.admit("CA2", 2)
    live.begun("CA2")

    assert live.begun_calls() == ["CA2"]
