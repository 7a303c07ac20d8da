"""Status callbacks are doubled, delayed and swapped by a seed: every call ends in the one truth that a calm line tells."""

import random
from typing import Any

import pytest
import requests

from tests.chaos.signed import TripledCall, post
from tests.house import NUMBER, House
from voicebot.domain.call.statuses import TERMINAL

pytestmark = pytest.mark.chaos

HOSTILE = {"duplicate": 0.7, "reorder": 0.6, "delay_s": [0.0, 0.3]}
EVENTS = ("initiated", "ringing", "answered", "completed")
ENDINGS = {"answer": "completed", "busy": "busy", "no-answer": "no-answer", "failed": "failed"}
TIMES = 4
SETTLED = ("call_status", "end_reason", "direction", "from_number", "to_number")


def dial(house: House, to: str) -> str:
    """Have the carrier dial `to` and tell us all that happens to the call."""
    settings = house.settings
    form = {"To": to, "From": NUMBER, "Url": f"{house.url}/twilio/voice/outbound", "Timeout": "5"}
    asked = [("StatusCallback", f"{house.url}/twilio/voice/status#rc=2&rp=5xx")]
    asked += [("StatusCallbackEvent", event) for event in EVENTS]
    answer = requests.post(
        f"{house.simulator.url}/2010-04-01/Accounts/{settings.twilio_account_sid}/Calls.json",
        data=[*form.items(), *asked],
        auth=(settings.twilio_account_sid, settings.twilio_auth_tokens[0]),
        timeout=10,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sid"])


def placed(house: House, kind: str, to: str) -> str:
    """Place a call that ends as `kind` says; one that is answered is hung up on after the greeting."""
    house.phone.operator(kind, number=to, ring_s=0.1)
    sid = dial(house, to)
    if kind == "answer":
        house.phone.wait(sid)
        house.phone.hangup(sid)
    house.phone.wait(sid, "over")
    return sid


def truth(house: House, sid: str) -> dict[str, Any]:
    """What the database holds to be true of a call."""
    (row,) = house.rows("select * from public.call_history where call_sid = %s", sid)
    return {column: row[column] for column in SETTLED} | {"ended": row["ended_at"] is not None}


@pytest.mark.parametrize("kind", ENDINGS)
def test_all_orders_and_repetitions_end_in_what_a_calm_line_tells(house: House, kind: str) -> None:
    calm = truth_of_calm_call(house, kind)
    house.phone.knobs({"hostile": HOSTILE})

    sids = [placed(house, kind, "+12025550177") for _ in range(TIMES)]
    assert house.phone.callbacks_idle(20.0)

    ledger = [
        hook for sid in sids for hook in house.phone.ledger(sid)["webhooks"] if hook["kind"] == "status"
    ]
    assert {hook["status"] for hook in ledger} == {204}
    assert len(ledger) > TIMES * len({hook["params"]["CallStatus"] for hook in ledger})
    assert [truth(house, sid) for sid in sids] == [calm] * TIMES
    assert calm["call_status"] == ENDINGS[kind]


def truth_of_calm_call(house: House, kind: str) -> dict[str, Any]:
    sid = placed(house, kind, "+12025550177")
    assert house.phone.callbacks_idle(20.0)
    return truth(house, sid)


@pytest.mark.parametrize("seed", range(3))
def test_a_terminal_status_never_leaves(house: House, seed: int) -> None:
    chance = random.Random(seed)
    carrier = TripledCall(house)
    late = ["initiated", "ringing", "in-progress", *sorted(TERMINAL)] * 2
    chance.shuffle(late)

    post(
        house,
        "/twilio/voice/status",
        carrier.form(CallStatus="completed", CallDuration="9", SequenceNumber="3"),
    )
    post(house, "/twilio/voice", carrier.form(CallStatus="ringing"))
    for number, status in enumerate(late):
        form = carrier.form(CallStatus=status, SequenceNumber=str(chance.randrange(number + 1)))
        assert post(house, "/twilio/voice/status", form).status_code == 204

    rows = house.rows("select * from public.call_history where call_sid = %s", carrier.call_sid)
    assert [(row["call_status"], row["duration"]) for row in rows] == [("completed", 9)]
