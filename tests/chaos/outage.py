"""Take the database away from a running house, and see when it is back."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from tests.chaos.conftest import gauge
from tests.house import House
from tests.support.servers import Server
from tests.support.waiting import wait_for
from voicebot.storage.embedded import server as embedded
from voicebot.storage.embedded.home import locate


@contextmanager
def stopped(server: Server) -> Iterator[None]:
    """As if the plug had been pulled."""
    embedded.stop(server.data_dir, mode="immediate")
    yield
    embedded.ensure_running(server.data_dir)


@contextmanager
def frozen(server: Server) -> Iterator[None]:
    """It takes connections and says nothing, as behind a network that swallows everything."""
    pid = int((locate(server.data_dir).data / "postmaster.pid").read_text().split()[0])
    processes = [psutil.Process(pid), *psutil.Process(pid).children()]
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGCONT)


def recovered(house: House) -> None:
    """Wait until both web processes see the database again, by themselves."""
    pids = house.web_pids()
    # Whoever is asked looks at the database again, once a second.
    wait_for(lambda: house.is_ready() and not any(finds_database_away(house, pid) for pid in pids))
    assert house.web_pids() == pids


def finds_database_away(house: House, pid: int) -> bool:
    """Whether this web process fails at once because the database was away a moment ago."""
    return bool(gauge(house, f"gauge_livemax_{pid}", "voicebot_database_away"))
