"""A house whose calls Media Streams carries."""

from collections.abc import Iterator

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
