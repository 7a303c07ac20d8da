"""The frail house with two workers in it, and the table of what came of the texts there."""

import signal
from collections.abc import Iterator

import pytest

from tests.chaos.texting import WORKERS, man
from tests.chaos.verdict import HEADER, Verdict
from tests.house import House
from tests.support.servers import Server
from voicebot.storage.embedded import server


@pytest.fixture(scope="module")
def table(pytestconfig: pytest.Config) -> Iterator[list[Verdict]]:
    rows: list[Verdict] = []
    yield rows
    with pytestconfig.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("\n".join(["", HEADER, *map(str, rows)]))


@pytest.fixture
def house(frail_house: House, frail_server: Server) -> Iterator[House]:
    """Web processes and two workers on a database that is there, and a carrier that behaves."""
    server.ensure_running(frail_server.data_dir)
    man(frail_house)
    frail_house.phone.knobs()
    frail_house.phone.knobs({"loop_guard": "off"})
    yield frail_house
    frail_house.tidy()
    for name in WORKERS:
        frail_house.children[name].send_signal(signal.SIGCONT)
