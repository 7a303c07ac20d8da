"""How a call begins in the database: stored with its background, whatever carries it; Gather claims its first turn beside."""

from typing import Any
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

pytestmark = pytest.mark.sql
CALLER, LINE = "+12025550123", "+12025550100"


def arrival(sid: str, **changes: Any) -> dict[str, Any]:
    """What is told when a call begins."""
    told = {
        "call_sid": sid, "direction": "inbound", "from_number": CALLER, "to_number": LINE, "transport": "media",
        "stir_verstat": "TN-Validation-Passed-A", "forwarded_from": None, "caller_name": None, "event_id": sid,
        "token_index": 0,
    }  # fmt: skip
    return told | changes


@pytest.fixture
def sid() -> str:
    return f"CA{uuid4().hex}"


def rows(owner: Any, sid: str) -> dict[str, Any]:
    (row,) = owner.execute(
        """select jsonb_build_object(
                      'calls', count(distinct c.id), 'transport', min(c.transport), 'backgrounds', count(distinct s.call_id),
                      'attestation', min(s.plan ->> 'attestation'), 'turns', count(distinct t.turn))
             from public.call_history c
             left join public.call_states s on s.call_id = c.id
             left join public.call_turns t on t.call_id = c.id
            where c.call_sid = %s""",
        [sid],
    ).fetchone()
    return dict(row)


def test_a_call_begins_without_a_turn_on_whatever_carries_it(database, owner, sid):
    begun = [database.call("begin_call", **arrival(sid)) for _ in range(2)]

    assert [each["result"] for each in begun] == ["begun", "begun"]
    assert begun[0] == begun[1]
    assert rows(owner, sid) == {
        "calls": 1, "transport": "media", "backgrounds": 1, "attestation": "TN-Validation-Passed-A", "turns": 0,
    }  # fmt: skip


def test_gather_begins_a_call_and_claims_its_first_turn_in_one(database, owner, sid):
    token = uuid4()
    wanted = arrival(sid, transport="gather") | {
        "token": token,
        "lease_s": 5.0,
        "input": [{"event": "CallStarted"}],
    }

    claimed, again = (database.call("begin_gather_call", **wanted) for _ in range(2))
    other = database.call("begin_gather_call", **wanted | {"token": uuid4()})

    assert [each["result"] for each in (claimed, again, other)] == ["claimed", "claimed", "running"]
    assert (rows(owner, sid)["transport"], rows(owner, sid)["turns"]) == ("gather", 1)


def test_a_process_of_the_release_before_claims_the_first_turn_where_it_always_did(database, owner, sid):
    """`migrate` runs before the web processes are started again, and calls come in meanwhile."""
    claim = {"token": uuid4(), "lease_s": 5.0, "input": [{"event": "CallStarted"}], "caller_key": None}

    claimed = database.call("begin_call", **arrival(sid, transport="gather") | claim)

    assert (claimed["result"], claimed["turn"], rows(owner, sid)["turns"]) == ("claimed", 0, 1)
    assert claimed.keys() >= {"parts", "input", "plan", "state", "started_at", "previous"}


def test_a_process_of_the_release_before_commits_a_turn_that_asked_our_questions(database, owner, sid):
    token = uuid4()
    begun = database.call(
        "begin_call",
        **arrival(sid, transport="gather"),
        token=token,
        lease_s=5.0,
        input=[{"event": "CallStarted"}],
    )

    finished = database.call(
        "finish_turn",
        call_id=begun["call_id"], turn=0, token=token, first_part=0, parts=[], closing={"kind": "listen"}, state={},
        utterances=[], results={}, guidance={"onboarding": {"phase": "running"}, "effects": []},
    )  # fmt: skip

    assert finished["result"] == "finished"
    assert owner.execute(
        "select onboarding_by_call, reminders from public.conversations where customer_identifier = %s",
        [CALLER],
    ).fetchone() == ({"phase": "running"}, 0)


def test_only_calls_that_have_not_ended_run(database, sid):
    ended, unknown = f"CA{uuid4().hex}", f"CA{uuid4().hex}"
    for each in (sid, ended):
        database.call("begin_call", **arrival(each))
    database.call("record_call_status", call_sid=ended, status="completed")

    assert database.call("running_calls", call_sids=[sid, ended, unknown]) == {"calls": [sid]}
    assert database.call("running_calls", call_sids=[]) == {"calls": []}


def test_a_claim_waits_for_no_disk_and_a_code_that_is_tried_does(database, owner, sid):
    """Whatever answers is committed after the claim and takes it along; a try of a code counts from its own commit on."""
    claim = "select public.claim_turn(%s, 0, 0, '[]', gen_random_uuid(), 5, false, code => %s)"
    code = Jsonb({"verification_id": str(uuid4()), "ok": True})
    owner.execute("set synchronous_commit = on")
    waits = {}

    for name, tried in (("without", None), ("again", None), ("code", code)):
        if name != "again":
            call = sid if name == "without" else f"CA{uuid4().hex}"
            database.call("begin_call", **arrival(call))
        with owner.transaction():
            owner.execute(claim, [call, tried])
            (waits[name],) = owner.execute("show synchronous_commit").fetchone()
    (waits["afterwards"],) = owner.execute("show synchronous_commit").fetchone()

    assert waits == {"without": "off", "again": "on", "code": "on", "afterwards": "on"}
