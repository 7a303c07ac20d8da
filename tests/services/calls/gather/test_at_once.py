"""A turn that needs no model is never claimed: one round trip in the process that ended the last one, and a read before in any other.

It is claimed wherever that would be wrong.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import (
    arrives,
    asks,
    change_state,
    core_of,
    flaky,
    said_in,
    verbs,
)
from tests.support.limits import limits_with
from tests.support.providers import ScriptedModel
from voicebot.domain.call.events import CallerSaid, Event, KeyPressed, SilencePassed
from voicebot.runtime import Runtime
from voicebot.storage.database import Database, DatabaseAway

pytestmark = pytest.mark.sql
AT_ONCE, READ, CLAIMED = ["finish_turn"], ["next_turn", "finish_turn"], ["claim_turn", "finish_turn"]
ROW_OF_CALL = "(select id from public.call_history where call_sid = %s)"


class Heard:
    """A real database, and the functions that were called since the last look."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._called: list[str] = []

    def call(self, function: str, /, **params: Any) -> Any:
        self._called.append(function)
        return self._database.call(function, **params)

    def close(self) -> None:
        self._database.close()

    def called(self) -> list[str]:
        called, self._called = self._called, []
        return called


def overheard(runtime: Runtime) -> Heard:
    runtime.database = heard = Heard(runtime.database)
    return heard


def played(processes: Sequence[Runtime], call_sid: str, *events: Event) -> list[str]:
    """Play a call, each turn in the next process; return what its turns were answered with."""
    arrives(processes[0], call_sid)
    return [
        asks(processes[turn % len(processes)], call_sid, turn, event) for turn, event in enumerate(events, 1)
    ]


def test_it_leaves_what_a_claimed_turn_leaves(
    make_runtime: Callable[..., Runtime], owner: Connection, call_sid: str
) -> None:
    events = (SilencePassed(), KeyPressed("*"), SilencePassed(), KeyPressed("0"), KeyPressed("#"))
    one, other, another = (make_runtime() for _ in range(3))
    asked, claimed = overheard(one), f"{call_sid[:-1]}x"

    bodies = played([one], call_sid, *events)
    calls = asked.called()
    played([other, another], claimed, *events)

    assert calls == ["begin_gather_call", "finish_turn", *AT_ONCE * len(events)]
    assert [verbs(body) for body in bodies] == [["Gather"]] * 4 + [["Play", "Hangup"]]
    assert said_in(owner, call_sid) == said_in(owner, claimed)
    assert core_of(owner, call_sid) == core_of(owner, claimed)
    rows = f"""select turn, input, silent, said, closing, finished_at is not null from public.call_turns
                where call_id = {ROW_OF_CALL} order by turn"""
    ours, theirs = (owner.execute(rows, [sid]).fetchall() for sid in (call_sid, claimed))
    assert len(ours) == 6
    assert ours == theirs
    # Nothing is remembered of a call that is over.
    assert call_sid not in one.left_turns


@pytest.mark.parametrize(
    "happened",
    [
        f"update public.call_states set spent_usd = spent_usd + 1 where call_id = {ROW_OF_CALL}",
        f"insert into public.call_commands (call_id, kind, maker) values ({ROW_OF_CALL}, 'mute', 'x')",
        f"""update public.call_states set stream_lease = gen_random_uuid(), stream_lease_until = now()
             where call_id = {ROW_OF_CALL}""",
    ],
)
def test_whatever_has_happened_to_the_call_is_seen(
    runtime: Runtime, owner: Connection, call_sid: str, happened: str
) -> None:
    asked = overheard(runtime)
    arrives(runtime, call_sid)
    owner.execute(happened.encode(), [call_sid])
    asked.called()

    document = asks(runtime, call_sid, 1, KeyPressed("*"))

    assert asked.called() == AT_ONCE + CLAIMED
    assert verbs(document) == ["Gather"]
    asks(runtime, call_sid, 2, KeyPressed("*"))
    assert asked.called() == AT_ONCE


def test_what_another_process_made_of_the_call_counts(
    make_runtime: Callable[..., Runtime], owner: Connection, call_sid: str
) -> None:
    here, there = make_runtime(), make_runtime()
    arrives(here, call_sid)
    change_state(owner, call_sid, "{core,silences}", "'1'")
    document = asks(there, call_sid, 1, KeyPressed("*"))

    repeated = asks(here, call_sid, 1, KeyPressed("*"))
    asks(there, call_sid, 2, SilencePassed())
    asked = overheard(here)
    third = asks(here, call_sid, 3, KeyPressed("*"))

    assert repeated == document
    assert verbs(third) == ["Gather"]
    assert asked.called() == READ
    assert core_of(owner, call_sid)["turn"] == 4


@pytest.mark.parametrize("event", [CallerSaid("Are you open?"), KeyPressed("5")])
def test_a_turn_that_asks_the_model_is_claimed_before_anything_of_it_is_kept(
    runtime: Runtime, model: ScriptedModel, call_sid: str, event: Event
) -> None:
    model.scripts = [["We are."]]
    asked = overheard(runtime)
    arrives(runtime, call_sid)
    asked.called()

    asks(runtime, call_sid, 1, event)

    assert asked.called()[0] == "claim_turn"
    assert len(model.requests) == 1


def test_a_turn_that_could_not_be_committed_is_answered_once_when_it_is_asked_for_again(
    runtime: Runtime, owner: Connection, call_sid: str
) -> None:
    arrives(runtime, call_sid)
    database = flaky(runtime)
    database.failing = ("finish_turn",)
    with pytest.raises(DatabaseAway):
        asks(runtime, call_sid, 1, KeyPressed("*"))
    database.failing = ()

    document = asks(runtime, call_sid, 1, KeyPressed("*"))

    assert verbs(document) == ["Gather"]
    assert asks(runtime, call_sid, 1, KeyPressed("*")) == document
    assert [words for who, words in said_in(owner, call_sid) if who == "caller"] == ["(pressed *)"]


def test_so_many_calls_are_remembered_and_no_longer_than_their_time(
    make_runtime: Callable[..., Runtime], call_sid: str
) -> None:
    runtime = make_runtime(limits=limits_with(turn={"remembered": 2}))
    sids = [f"{call_sid[:-1]}{letter}" for letter in "wxyz"]
    for sid in sids:
        arrives(runtime, sid)
    assert list(runtime.left_turns) == sids[2:]

    forgetful = make_runtime(limits=limits_with(turn={"remembered_s": 0.0}))
    asked = overheard(forgetful)
    arrives(forgetful, call_sid)
    arrives(forgetful, f"{call_sid[:-1]}v")
    assert list(forgetful.left_turns) == [f"{call_sid[:-1]}v"]
    asked.called()
    asks(forgetful, f"{call_sid[:-1]}v", 1, KeyPressed("*"))
    assert asked.called() == READ
