"""A turn changes hands: what the first process decided stays, and the two never stand in each other's way."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.services.calls.aftermath import Connection
from tests.services.calls.gather.gather_calls import arrives, asks, change_state, dies, flaky, follows, verbs
from tests.support.limits import limits_with
from tests.support.providers import InstantVoice, ScriptedModel
from tests.support.waiting import wait_for
from voicebot.domain.call.events import CallerSaid
from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.runtime import Runtime
from voicebot.storage.calls import turns
from voicebot.storage.calls.turns import ClaimedTurn

pytestmark = pytest.mark.sql
FINISH = (
    "select public.finish_turn(%s, %s, %s, 0, '[]', '{\"kind\": \"listen\"}', '{}', '[]', '{}') ->> 'result'"
)
FORCE = "select public.claim_turn(%s, %s, 1, '[]', %s, 30, true) ->> 'result'"


def test_a_timer_that_runs_out_before_the_takeover_waits_for_the_next_turn(
    make_runtime: Callable[..., Runtime],
    model: ScriptedModel,
    voice: InstantVoice,
    call_sid: str,
    owner: Connection,
) -> None:
    dying, heir = make_runtime(), make_runtime()
    database = flaky(dying)
    arrives(dying, call_sid)
    model.scripts = [["We are open. ", 60.0, "never said"], ["Come by."]]
    asks(dying, call_sid, 1, CallerSaid("Are you open?"))
    # It ran out after the turn had begun: what was decided then does not know of it.
    change_state(owner, call_sid, "{timers,max_duration}", "to_jsonb(clock_timestamp())")
    dies(owner, call_sid, database)

    rest = follows(heir, call_sid, 1, 1)
    goodbye = asks(heir, call_sid, 2, CallerSaid("Thanks."))

    assert verbs(rest) == ["Gather"]
    assert verbs(goodbye) == ["Play", "Hangup"]
    wait_for(lambda: phrase(Phrase.TIME_IS_UP) in voice.spoken)
    model.go_on.set()


def test_requests_for_the_document_that_gives_up_get_the_same_bytes(
    make_runtime: Callable[..., Runtime],
    model: ScriptedModel,
    call_sid: str,
) -> None:
    impatient = limits_with(turn={"complete_s": 0.05, "first_sound_s": 0.1})
    processes = [make_runtime(limits=impatient) for _ in range(2)]
    arrives(processes[0], call_sid)
    model.scripts = [[60.0, "too late"]]
    asks(processes[0], call_sid, 1, CallerSaid("Are you open?"))
    for document in (1, 2, 3):
        follows(processes[0], call_sid, 1, document)
    documents: list[str] = []

    threads = [
        threading.Thread(target=lambda one=one: documents.append(follows(one, call_sid, 1, 4)))
        for one in processes * 3
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    model.go_on.set()

    assert len(documents) == 6
    assert len(set(documents)) == 1


def begun(runtime: Runtime, call_sid: str, turn: int) -> tuple[int, uuid.UUID]:
    """Claim a turn; return the call's id and the token."""
    token = uuid.uuid4()
    claim = turns.claim_turn(runtime.database, call_sid, turn, 0, token=token, lease_s=30, opening=[])
    assert isinstance(claim, ClaimedTurn)
    return claim.view.call_id, token


def test_a_takeover_and_a_finish_wait_for_each_other_in_one_order(
    runtime: Runtime, call_sid: str, dsn: str
) -> None:
    arrives(runtime, call_sid)
    call_id, token = begun(runtime, call_sid, 1)
    finished: list[Any] = []

    with psycopg.connect(dsn) as here, psycopg.connect(dsn) as there:
        # What a takeover does first.
        here.execute("select from public.call_states where call_id = %s for update", [call_id])
        finishing = threading.Thread(
            target=lambda: finished.append(there.execute(FINISH, [call_id, 1, token]).fetchone())
        )
        finishing.start()
        wait_for(lambda: waits_for_lock(dsn, there.info.backend_pid))
        taken = here.execute(FORCE, [call_sid, 1, uuid.uuid4()]).fetchone()
        here.commit()
        finishing.join()

    assert (taken, finished) == (("claimed",), [("fenced",)])


def waits_for_lock(dsn: str, pid: int) -> bool:
    """Whether a server process is stopped by what another one holds."""
    with psycopg.connect(dsn) as look:
        row = look.execute("select wait_event_type from pg_stat_activity where pid = %s", [pid]).fetchone()
    return row == ("Lock",)


def test_takeovers_and_finishes_at_the_same_moment_never_deadlock(
    runtime: Runtime, call_sid: str, dsn: str
) -> None:
    arrives(runtime, call_sid)
    results: list[tuple[Any, Any]] = []

    with psycopg.connect(dsn, autocommit=True) as here, psycopg.connect(dsn, autocommit=True) as there:
        for turn in range(1, 31):
            call_id, token = begun(runtime, call_sid, turn)
            heir, gate, out = uuid.uuid4(), threading.Barrier(2), {}

            def at_once(
                connection: Any, query: str, values: list[Any], gate: Any = gate, out: Any = out
            ) -> None:
                gate.wait(5)
                (out[query],) = connection.execute(query, values).fetchone()

            finishing = threading.Thread(target=at_once, args=(here, FINISH, [call_id, turn, token]))
            finishing.start()
            at_once(there, FORCE, [call_sid, turn, heir])
            finishing.join()
            results.append((out.get(FINISH), out[FORCE]))
            if out[FORCE] == "claimed":
                here.execute(FINISH, [call_id, turn, heir])

    assert set(results) <= {("finished", "finished"), ("fenced", "claimed")}
    assert len(results) == 30
