"""A second number of the account is connected, answers calls and texts, and is given back."""

import json

import pytest

from simulator.carrier.books.numbers import IDLE, SERVED_ELSEWHERE
from tests.house import CALLER, NUMBER, House
from tests.support.command_line import printed_by

pytestmark = pytest.mark.chaos


def command(house: House, *words: str) -> str:
    return printed_by(house.environ, "numbers", *words)


def leads(house: House) -> dict[str, str]:
    rows = json.loads(command(house, "list", "--json"))["numbers"]
    return {row["full_number"]: row["leads"] for row in rows}


def test_a_number_answers_here_from_connect_to_release(running_house: House) -> None:
    house = running_house
    house.tidy()
    before = leads(house)

    command(house, "connect", IDLE, "--template", "Harbour Street Bicycles", "--yes")
    connected = leads(house)
    sid = house.phone.call(CALLER, to=IDLE)
    house.phone.wait(sid, "speech", timeout_s=30)
    house.phone.hangup(sid)
    view = house.phone.wait(sid, "over", timeout_s=30)
    house.phone.text("Hello?", CALLER, to=IDLE)
    assert house.phone.callbacks_idle(20)
    command(house, "release", IDLE)
    after = house.phone.wait(house.phone.call(CALLER, to=IDLE), "over")

    said = [item["text"] for item in view["heard"] if item["kind"] in ("say", "play")]
    assert "Harbour Street Bicycles" in said[0]
    assert (before[NUMBER], before[IDLE], connected[IDLE]) == ("here", "nowhere", "here")
    assert connected[SERVED_ELSEWHERE] == before[SERVED_ELSEWHERE]
    assert leads(house) == before
    assert after["status"] == "failed"
    assert house.rows("select count(*) as n from public.sms_history where to_number = %s", IDLE) == [{"n": 1}]
