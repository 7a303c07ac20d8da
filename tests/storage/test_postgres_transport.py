"""What only the Postgres transport does: its pool, its session, its deadlines, and its manners under gevent."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from tests.support.waiting import wait_for
from voicebot.storage.database import DatabaseAway, DatabaseBug, PostgresDatabase

pytestmark = pytest.mark.sql
ROOT = Path(__file__).parents[2]


def test_nothing_connects_before_the_first_call():
    before = set(threading.enumerate())
    database = PostgresDatabase("postgresql://nobody@/nothing?host=/nonexistent")

    assert not set(threading.enumerate()) - before
    database.close()


def test_every_connection_has_the_budgets(postgres):
    session = postgres.call("contract_session")

    assert session["statement_timeout"] == "3s"
    assert session["lock_timeout"] == "2s"


def test_a_lock_that_is_not_given_is_the_database_being_away(contract_dsn, postgres):
    with psycopg.connect(contract_dsn) as owner:
        owner.execute("lock table public.contract_rows in access exclusive mode")

        with pytest.raises(DatabaseAway, match="55P03"):
            postgres.call("contract_add", name="locked out")


def test_a_database_that_can_only_be_read_is_away(contract_dsn):
    # As a standby is after a failover, and a hosted project whose disk is full.
    with psycopg.connect(contract_dsn, autocommit=True) as owner:
        name = owner.info.dbname
        owner.execute(f'alter database "{name}" set default_transaction_read_only = on')
        read_only = PostgresDatabase(contract_dsn)
        try:
            with pytest.raises(DatabaseAway, match="25006"):
                read_only.call("contract_add", name="read only")
        finally:
            read_only.close()
            owner.execute("set default_transaction_read_only = off")
            owner.execute(f'alter database "{name}" reset default_transaction_read_only')


def test_a_deadlock_is_tried_again_because_the_server_asks_for_it(contract_dsn, postgres):
    with psycopg.connect(contract_dsn, autocommit=True) as owner:
        owner.execute("alter sequence public.contract_tries restart")

    assert postgres.call("contract_deadlock", failures=2) == {"try": 3}


def test_a_deadlock_that_does_not_end_is_reported(contract_dsn, postgres):
    with pytest.raises(DatabaseBug, match="40P01"):
        postgres.call("contract_deadlock", failures=10**9)


def test_functions_may_be_created_again_while_connections_know_them(contract_dsn, postgres):
    with psycopg.connect(contract_dsn, autocommit=True) as owner:
        for version in range(3):
            owner.execute(
                f"""drop function if exists public.remade; create function public.remade() returns jsonb
                language sql set search_path = '' as $$ select to_jsonb({version}) $$;
                grant execute on function public.remade to service_role"""
            )
            answers = {postgres.call("remade") for _ in range(6)}
            assert answers == {version}


def test_repeated_calls_are_prepared(contract_dsn):
    database = PostgresDatabase(contract_dsn, max_size=1)

    prepared = [database.call("contract_session")["prepared"] for _ in range(5)]

    assert prepared == [1] * 5
    database.close()


def test_behind_a_transaction_pooler_each_call_brings_its_own_session(contract_dsn, tmp_path):
    real = psycopg.conninfo.conninfo_to_dict(contract_dsn)
    (tmp_path / ".s.PGSQL.6543").symlink_to(Path(real["host"]) / ".s.PGSQL.5432")
    dsn = psycopg.conninfo.make_conninfo(contract_dsn, host=str(tmp_path), port=6543)
    database = PostgresDatabase(dsn, min_size=1, max_size=1)

    sessions = [database.call("contract_session") for _ in range(6)]

    assert {session["user"] for session in sessions} == {"service_role"}
    assert {session["statement_timeout"] for session in sessions} == {"3s"}
    assert {session["prepared"] for session in sessions} == {0}
    with database._pool.connection() as connection:
        outside = connection.execute(
            "select current_user::text, current_setting('statement_timeout')"
        ).fetchone()
    assert outside == ("postgres", "0")
    with pytest.raises(DatabaseBug):
        database.call("contract_forbidden")
    assert database.call("contract_refuse")["result"] == "refused"
    database.close()


def test_a_server_that_falls_silent_cannot_hold_a_call_for_ever(contract_dsn):
    database = PostgresDatabase(contract_dsn, max_size=1, statement_timeout_s=0.5)
    pid = database.call("contract_session")["pid"]
    started = time.monotonic()

    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(DatabaseAway):
            database.call("contract_refuse")
    finally:
        os.kill(pid, signal.SIGCONT)

    assert time.monotonic() - started < 3
    assert database.call("contract_refuse")["result"] == "refused"
    database.close()


def test_a_pool_whose_connections_are_all_busy_says_so_after_a_second(contract_dsn):
    database = PostgresDatabase(contract_dsn, max_size=1)
    database.call("contract_refuse")
    busy = threading.Thread(target=database.call, args=["contract_sleep"], kwargs={"seconds": 2})
    busy.start()
    wait_for(lambda: sleepers(contract_dsn) == 1)
    started = time.monotonic()

    with pytest.raises(DatabaseAway):
        database.call("contract_refuse")

    assert 0.9 < time.monotonic() - started < 1.5
    busy.join()
    database.close()


def test_the_connection_that_came_back_last_is_used_first(contract_dsn):
    database = PostgresDatabase(contract_dsn, max_size=2)
    busy = threading.Thread(target=database.call, args=["contract_sleep"], kwargs={"seconds": 0.3})
    busy.start()
    wait_for(lambda: sleepers(contract_dsn) == 1)
    beside = database.call("contract_session")["pid"]
    busy.join()

    used = [database.call("contract_session")["pid"] for _ in range(4)]

    assert len(set(used)) == 1 and used[0] != beside
    database.close()


def test_a_connection_that_the_server_ended_while_it_rested_fails_no_call(contract_dsn):
    database = PostgresDatabase(contract_dsn, max_size=1)
    ended = database.call("contract_session")["pid"]
    with psycopg.connect(contract_dsn, autocommit=True) as owner:
        owner.execute("select pg_terminate_backend(%s, 5000)", [ended])

    assert database.call("contract_session")["pid"] != ended
    database.close()


def test_a_connection_that_is_older_than_the_pool_wants_is_not_used_again(contract_dsn):
    database = PostgresDatabase(contract_dsn, max_size=1)
    old = database.call("contract_session")["pid"]
    [resting] = database._pool._pool
    resting._expire_at = 0.0

    assert database.call("contract_session")["pid"] == old
    assert database.call("contract_session")["pid"] != old
    database.close()


def sleepers(dsn: str) -> int:
    """How many sessions are in `contract_sleep` now."""
    with psycopg.connect(dsn) as connection:
        found = connection.execute(
            """select count(*) from pg_stat_activity
                where state = 'active' and query like '%contract_sleep%' and pid <> pg_backend_pid()"""
        ).fetchone()
    return int(found[0])


UNDER_GEVENT = """
from gevent import monkey; monkey.patch_all()
import gevent, sys, time
from voicebot.storage.database import PostgresDatabase
from voicebot.storage.database.greenlet_wait import wait_as_greenlets

if sys.argv[2] == "ours":
    wait_as_greenlets()
database = PostgresDatabase(sys.argv[1], max_size=10)
late = []

def tick():
    while True:
        before = time.monotonic()
        gevent.sleep(0.01)
        late.append(time.monotonic() - before - 0.01)

ticker = gevent.spawn(tick)
started = time.monotonic()
sleeping = [gevent.spawn(database.call, "contract_sleep", seconds=0.3) for _ in range(10)]
gevent.joinall(sleeping, raise_error=True)
print(time.monotonic() - started, len(late))
print(database.call("contract_echo", value={"a": [1]})["value"])
database.close()
"""


@pytest.mark.parametrize("waiting", ["psycopg's", "ours"])
def test_greenlets_wait_side_by_side_and_let_others_run(contract_dsn, waiting):
    finished = subprocess.run(
        [sys.executable, "-c", UNDER_GEVENT, contract_dsn, waiting],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=30,
    )

    assert finished.returncode == 0, finished.stderr
    first, second = finished.stdout.splitlines()
    took_s, ticks = first.split()
    assert float(took_s) < 2
    assert int(ticks) > 15
    assert second == "{'a': [1]}"
