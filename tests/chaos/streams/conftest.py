"""A house whose calls Media Streams carries."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.house import House
from tests.support.waiting import wait_for

SHOP = "00000000-0000-4000-8000-00000000d301"


def carried_by(house: House, transport: str) -> None:
    """Have the shop's calls carried by something else from now on."""
    house.rows("update public.call_templates set transport = %s where id = %s", transport, SHOP)
    house.rows("select public.publish_template(id, revision) from public.call_templates where id = %s", SHOP)


@pytest.fixture
def streaming(house: House) -> Iterator[House]:
    carried_by(house, "media")
    # Each process looks by itself whether sockets come through.
    wait_for(lambda: "voicebot_stream_healthy 1.0" in metrics_of(house), timeout_s=30)
    yield house
    carried_by(house, "gather")


def metrics_of(house: House) -> str:
    """What the house's processes measure together."""
    return requests.get(f"{house.url}/metrics", timeout=10).text


def said(words: str) -> Callable[[dict[str, Any]], bool]:
    return lambda item: words in (item["text"] or "")


def streamed_call(house: House) -> str:
    """Phone the bot and listen to its greeting; a process that has not looked for sockets yet answers without one."""
    for _ in range(5):
        sid = house.phone.call(speed=1.0)
        house.phone.wait_heard(sid, said("How can I help you?"), timeout_s=20)
        if house.phone.get(sid)["on_stream"] == "media":
            return sid
        house.phone.hangup(sid)
    raise AssertionError("no call was carried by a stream")
