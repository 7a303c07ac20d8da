"""The first document of a turn is one, whether it stands with its turn or was served before that ended."""

from typing import Any
from uuid import UUID, uuid4

import pytest

pytestmark = pytest.mark.sql
SPEECH = {"kind": "greeting", "text": "Hello."}


@pytest.fixture
def turn(database) -> dict[str, Any]:
    """The first turn of a call, as its process has claimed it."""
    token = uuid4()
    begun = database.call(
        "begin_gather_call",
        call_sid=f"CA{uuid4().hex}", direction="inbound", from_number="+12025550142", to_number="+12025550100",
        transport="gather", stir_verstat=None, forwarded_from=None, caller_name=None, event_id=None, token_index=0,
        token=token, lease_s=5.0, input=[{"event": "CallStarted"}],
    )  # fmt: skip
    return {"call_id": begun["call_id"], "turn": 0, "token": token}


def ended(database, turn: dict[str, Any], body: str) -> str:
    """End the turn with its first document; what is answered."""
    end = database.call(
        "finish_turn",
        **turn, first_part=0, parts=[{"event": None, "speech": [SPEECH]}], closing={"kind": "listen"}, state={},
        utterances=[], results={}, draft={"document": 0, "body": body, "parts_served": 1, "speech": [SPEECH]},
    )  # fmt: skip
    return str(end["body"])


def served(database, turn: dict[str, Any], body: str) -> str:
    """Serve what there is of the turn as its first document; what is answered."""
    place = {name: turn[name] for name in ("call_id", "turn")}
    draft = {"document": 0, "body": body, "parts_served": 0, "speech": []}
    return str(database.call("serve_document", **place, **draft)["body"])


def stored(owner, turn: dict[str, Any]) -> int:
    """How many documents of the call there are."""
    (count,) = owner.execute(
        "select count(*) from private.served_documents where call_id = %s", [turn["call_id"]]
    ).fetchone()
    return int(count)


@pytest.mark.parametrize("first", ["ended", "served"])
def test_whoever_is_first_says_what_all_are_answered(database, owner, turn, first):
    order = (ended, served) if first == "ended" else (served, ended)

    answers = [answer(database, turn, answer.__name__) for answer in order]

    place = {name: turn[name] for name in ("call_id", "turn")}
    read = database.call("read_turn", **place, document=0)
    next_one = database.call("read_turn", **place, document=1)
    assert [*answers, read["body"]] == [first] * 3
    assert [part["speech"] for part in read["parts"]] == [[SPEECH]]
    assert database.call("read_turn_part", **place, part=0) == {"speech": [SPEECH]}
    assert next_one["parts_served"] == (1 if first == "ended" else 0)
    assert stored(owner, turn) == 1


def test_a_turn_that_is_not_ours_any_more_keeps_nothing(database, owner, turn):
    lost = database.call(
        "finish_turn",
        **turn | {"token": UUID(int=0)}, first_part=0, parts=[], closing={"kind": "listen"}, state={}, utterances=[],
        results={}, draft={"document": 0, "body": "<Response/>", "parts_served": 0, "speech": []},
    )  # fmt: skip

    assert lost == {"result": "fenced"}
    assert stored(owner, turn) == 0
