"""An owner who is no superuser migrates a bare database, and everything works there as well."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from tests.processes.access_rights import QUESTIONS, Connection, differences, rights
from tests.support.machines.needed import needed_server
from tests.support.machines.plain_servers import debian, wheel
from voicebot.storage.database import PostgresDatabase
from voicebot.storage.migrate.apply import migrate

pytestmark = pytest.mark.sql

SERVERS = {"debian-15": debian, "wheel": wheel}


@pytest.fixture(scope="module", params=SERVERS)
def plain(request: pytest.FixtureRequest) -> Iterator[str]:
    """The owner's address of a migrated database."""
    with needed_server(), SERVERS[request.param]() as dsn:
        migrate(dsn, echo=lambda _line: None)
        yield dsn


@pytest.fixture
def connection(plain: str) -> Iterator[Connection]:
    """A transaction of the owner that is never committed."""
    with psycopg.connect(plain) as opened:
        yield opened
        opened.rollback()


@pytest.fixture
def service(plain: str) -> Iterator[PostgresDatabase]:
    opened = PostgresDatabase(plain, min_size=1, max_size=2)
    yield opened
    opened.close()


def test_neither_the_owner_nor_the_service_passes_row_level_security_by(connection):
    rows = connection.execute(
        """select rolname from pg_roles where rolname in (current_user, 'service_role', 'authenticated', 'anon')
              and (rolsuper or rolbypassrls)"""
    ).fetchall()

    assert rows == []


def test_migrating_again_changes_nothing(plain):
    said: list[str] = []

    migrate(plain, echo=said.append)

    assert [line for line in said if line.startswith("applied")] == []


def test_everybody_may_do_what_they_may_where_every_cell_is_tried(connection, owner):
    here = rights(connection)

    assert differences(here, rights(owner)) == {}
    assert all(here[about] for about in QUESTIONS if about != "memberships")


def test_a_policy_a_grant_or_a_function_that_is_other_here_is_noticed(connection, owner):
    there = rights(owner)
    for change in (
        "drop policy {policy}",
        "grant select on public.verifications to anon",
        "grant execute on function public.health() to authenticated",
        "alter function public.health() security definer",
        "alter table public.preferences no force row level security",
    ):
        with connection.transaction(force_rollback=True):
            connection.execute(change.format(policy=first_policy(connection)))

            assert differences(rights(connection), there), change


def first_policy(connection: Connection) -> str:
    [row] = connection.execute(
        "select format('%I on public.%I', policyname, tablename) from pg_policies where schemaname = 'public' limit 1"
    ).fetchall()
    return str(row[0])


def test_a_call_comes_is_ended_and_shown(service):
    phone, sid = f"+1202{uuid4().int % 10**7:07d}", "CA" + uuid4().hex
    user = service.call("ensure_user", phone=phone)["user_id"]

    ended = service.call(
        "record_call_status",
        call_sid=sid,
        status="completed",
        direction="inbound",
        from_number=phone,
        duration_s=3,
    )
    shown = service.call("show_call", call_sid=sid)

    assert user is not None
    assert ended["ended"] is True
    assert shown["call"]["end_reason"] == "caller_hung_up"
    assert service.call("health")["jobs"]["due"] >= 2


def test_the_service_may_not_read_accounts_itself(connection):
    connection.execute("set local role service_role")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("select from auth.users")
