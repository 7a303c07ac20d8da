"""The database goes away and comes back: calls fail within their budget, then at once, then work again."""

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.support.machines.contract import FUNCTIONS
from tests.support.servers import MIGRATED
from tests.support.waiting import wait_for
from voicebot.storage.database import DatabaseAway, PostgresDatabase, SupabaseDatabase
from voicebot.storage.embedded import server

pytestmark = pytest.mark.sql


class EmbeddedOutage:
    """A server of its own, because the others are in use."""

    def __init__(self, own_server):
        self.folder, self.dsn = own_server.data_dir, own_server.dsn(MIGRATED)
        with psycopg.connect(self.dsn, autocommit=True) as owner:
            owner.execute(FUNCTIONS)

    def opened(self):
        return PostgresDatabase(self.dsn, max_size=4)

    def begin(self, mode="immediate"):
        server.stop(self.folder, mode=mode)

    def end(self):
        server.ensure_running(self.folder)


class RestOutage:
    """The REST server's process is killed and started again on the same port."""

    def __init__(self, lite):
        self.lite = lite

    def opened(self):
        return SupabaseDatabase(self.lite.url, self.lite.key)

    def begin(self):
        self.lite.stop()

    def end(self):
        self.lite.start()


@pytest.fixture(scope="module")
def embedded_outage(own_server):
    return EmbeddedOutage(own_server)


@pytest.fixture(params=["postgres", pytest.param("supabase", marks=pytest.mark.lite)])
def outage(request):
    if request.param == "postgres":
        yield request.getfixturevalue("embedded_outage")
    else:
        yield RestOutage(request.getfixturevalue("lite"))


@pytest.fixture
def connections(outage):
    database = outage.opened()
    yield database
    database.close()


def seconds_until_away(database):
    started = time.monotonic()
    with pytest.raises(DatabaseAway):
        database.call("contract_refuse")
    return time.monotonic() - started


def seconds_until_back(database):
    started = time.monotonic()
    wait_for(lambda: is_back(database), pause_s=0.05)
    return time.monotonic() - started


def is_back(database):
    try:
        database.call("contract_refuse")
    except DatabaseAway:
        return False
    return True


def test_calls_fail_in_time_then_at_once_and_work_again_without_help(outage, connections):
    connections.call("contract_refuse")

    outage.begin()
    try:
        waits = [seconds_until_away(connections) for _ in range(3)]
        fast = seconds_until_away(connections)
        away = connections.health.away
    finally:
        outage.end()

    assert max(waits) < 2.5
    assert away
    assert fast < 0.1
    assert seconds_until_back(connections) < 3.5
    assert not connections.health.away


def test_a_database_that_was_away_from_the_start_is_used_once_it_comes(outage, connections):
    outage.begin()
    try:
        first = seconds_until_away(connections)
    finally:
        outage.end()

    assert first < 2.5
    assert seconds_until_back(connections) < 3.5


def test_connections_that_a_restart_broke_cost_no_call(embedded_outage):
    database = embedded_outage.opened()
    pids = set()
    for _ in range(3):
        pids |= busy_backends(database)
    assert len(pids) >= 3

    embedded_outage.begin(mode="fast")
    embedded_outage.end()

    for _ in range(6):
        assert database.call("contract_refuse")["result"] == "refused"
    database.close()


def busy_backends(database):
    with ThreadPoolExecutor(4) as threads:
        asleep = [threads.submit(database.call, "contract_sleep", seconds=0.2) for _ in range(3)]
        pid = threads.submit(database.call, "contract_session").result()["pid"]
        [sleeper.result() for sleeper in asleep]
    return {pid, *(database.call("contract_session")["pid"] for _ in range(4))}
