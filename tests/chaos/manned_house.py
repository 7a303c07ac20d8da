"""A house with two workers on a database of its own, and the table of what came of the texts in it."""

import signal
from collections.abc import Iterator

import pytest

from tests.chaos.texting import WORKERS, man
from tests.chaos.verdict import HEADER, Verdict
from tests.house import House, open_house
from tests.support.servers import MIGRATED, Server
from voicebot.storage.embedded import server


@pytest.fixture(scope="module")
def table(pytestconfig: pytest.Config) -> Iterator[list[Verdict]]:
    rows: list[Verdict] = []
    yield rows
    with pytestconfig.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("\n".join(["", HEADER, *map(str, rows)]))


@pytest.fixture(scope="module")
def manned_house(own_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("texting"), own_server.dsn(MIGRATED)) as house:
        yield house


@pytest.fixture
def house(manned_house: House, own_server: Server) -> Iterator[House]:
    """Web processes and two workers on a database that is there, and a carrier that behaves."""
    server.ensure_running(own_server.data_dir)
    man(manned_house)
    manned_house.phone.knobs()
    manned_house.phone.knobs({"loop_guard": "off"})
    yield manned_house
    manned_house.tidy()
    for name in WORKERS:
        manned_house.children[name].send_signal(signal.SIGCONT)
