"""A message that a caller leaves goes all the way: call, row, the operator's phone, their own system, and a person."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from simulator.phone.play import play_scenario
from tests.house import OPERATOR, House, open_house
from tests.support.command_line import printed_by
from tests.support.waiting import wait_for
from tests.support.webhook_receiver import Receiver, receiving

pytestmark = pytest.mark.chaos
PATIENCE_S = 30.0
CALL = """
from: +12025550117
operator: no-answer
ignore: One moment.
ignore: Let me see.
ignore: Just a second, please.
bot: Hello, *
key: 0
bot: One moment please, I am connecting you.
ring
dial: no-answer
bot: I'm sorry, nobody picked up. How else can I help you?
caller: I want to leave a message: the red bicycle is ready
bot: The message is noted for the team.
hangup
ends: completed
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def house(server: Any, template: str, tmp_path: Any, receiver: Receiver) -> Iterator[House]:
    name = f"test_{uuid.uuid4().hex}"
    told = {"OPERATOR_WEBHOOK_URL": f"{receiver.url}/escalations"}
    with open_house(tmp_path, server.create(name, template), web=1, worker=True, settings=told) as opened:
        yield opened
    server.drop(name)


def command(house: House, *arguments: str) -> str:
    """Run a command as the operator does."""
    return printed_by(house.environ, *arguments)


def test_a_message_is_texted_posted_listed_and_closed(house: House, receiver: Receiver) -> None:
    result = play_scenario(CALL, house.phone)

    assert result.passed, [str(each) for each in result.mismatches]
    rows = house.rows("select reason, message, notified from public.support_escalations order by created_at")
    assert [row["reason"] for row in rows] == ["transfer_unanswered", "message"]
    assert "the red bicycle is ready" in rows[1]["message"]
    assert all(row["notified"] for row in rows)

    # One text for one call, and none of the caller's words in it.
    texts = "select content, outbox_state from public.sms_history where kind = 'operator_notice' and to_number = %s"
    wait_for(
        lambda: [row["outbox_state"] for row in house.rows(texts, OPERATOR)] == ["sent"],
        PATIENCE_S,
        pause_s=0.1,
    )
    [notice] = house.rows(texts, OPERATOR)
    assert "escalations list" in notice["content"] and "bicycle" not in notice["content"]

    wait_for(lambda: len(receiver.got) == 2, PATIENCE_S, told=lambda: house.log("worker")[-2000:])
    secret = command(house, "escalations", "secret").strip()
    assert all(receiver.is_valid(place, secret) for place in (0, 1))
    posted = {data["reason"]: data for data in (json.loads(body)["data"] for _, body in receiver.got)}
    assert posted["message"]["message"] == rows[1]["message"]
    assert posted["message"]["phone_number"] == "+12025550117"

    key = command(house, "keys", "create", "desk").strip()
    api = {"headers": {"Authorization": f"Bearer {key}"}, "timeout": 10}
    url = f"{house.url}/api/v1/escalations"
    listed = requests.get(url, params={"state": "open", "reason": "message"}, **api).json()["escalations"]  # type: ignore[arg-type]
    assert [row["id"] for row in listed] == [posted["message"]["id"]]
    closed = requests.patch(f"{url}/{listed[0]['id']}", json={"state": "closed"}, **api).json()  # type: ignore[arg-type]
    assert (closed["state"], closed["closed_by"]) == ("closed", "desk")

    [left] = json.loads(command(house, "escalations", "list", "--json"))["escalations"]
    assert left["reason"] == "transfer_unanswered"
    assert "voicebot_open_escalations 1.0" in requests.get(f"{house.url}/metrics", timeout=10).text
    command(house, "escalations", "close", left["id"])
    assert json.loads(command(house, "escalations", "list", "--json"))["escalations"] == []

    # Neither words nor whole numbers were logged.
    logs = house.log("web") + house.log("worker")
    assert "bicycle is ready" not in logs and "+12025550117" not in logs
