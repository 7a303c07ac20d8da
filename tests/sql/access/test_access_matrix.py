"""Every table x verb x role, on rows of two users: exactly the declared cells are open, and each policy is needed."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.sql.access.access_actors import BY_NAME, Actor, Connection, acting
from tests.sql.access.access_cells import ACCESS, WITH_THE_CALL, allowed_cells
from tests.sql.access.access_matrix import Seen, differs, insertable, observed, tables
from tests.sql.access.access_rows import SEEDS, Known, seed

pytestmark = [pytest.mark.sql, pytest.mark.long]


@pytest.fixture
def connection(dsn: str) -> Iterator[Connection]:
    """A transaction that is never committed, in which service_role has to obey its policies."""
    with psycopg.connect(dsn) as opened:
        # With Supabase's bypass nobody would notice that the service's own policy is missing.
        opened.execute("alter role service_role nobypassrls")
        yield opened
        opened.rollback()


@pytest.fixture
def known(connection: Connection) -> Known:
    """The rows of the test."""
    return seed(connection)


def expected(table: str, known: Known) -> Seen:
    return allowed_cells(table, known.labels(table).values(), insertable(table, known))


def test_every_table_declares_who_may_do_what(connection):
    found = tables(connection)

    assert sorted(ACCESS) == found, "declare each table's cells in access_cells.py"
    assert sorted(SEEDS) == found, "give each table its rows in access_rows.py"


def test_exactly_the_declared_cells_are_open(connection, known):
    wrong = {}
    for table in tables(connection):
        seen, wanted = observed(connection, table, known), expected(table, known)
        if seen != wanted:
            wrong[table] = {
                cell: (seen.get(cell), wanted.get(cell))
                for cell in seen.keys() | wanted.keys()
                if seen.get(cell) != wanted.get(cell)
            }

    assert wrong == {}, "(seen, declared)"


def test_dropping_any_one_policy_is_noticed(connection, known):
    policies = connection.execute(
        "select tablename, policyname, cmd, roles::text[] from pg_policies where schemaname = 'public' order by 1, 2"
    ).fetchall()

    declared = {table: expected(table, known) for table in tables(connection)}
    unnoticed = []
    for table, policy, command, roles in policies:
        with connection.transaction(force_rollback=True):
            connection.execute(f'drop policy "{policy}" on public.{table}')

            def is_meant(actor: Actor, verb: str, command: str = command, roles: list[str] = roles) -> bool:
                return actor.role in roles and command in ("ALL", verb.upper())

            if not differs(connection, table, known, declared[table], first=is_meant):
                unnoticed.append((table, policy))

    assert len(policies) >= len(ACCESS)
    assert unnoticed == []


def test_opening_a_table_to_everybody_is_noticed(connection, known):
    for table in ("preferences", "verifications"):
        with connection.transaction(force_rollback=True):
            connection.execute(f"grant select on public.{table} to anon")
            connection.execute(f"create policy hole on public.{table} for select to public using (true)")

            assert differs(connection, table, known, expected(table, known))


def test_the_view_of_ended_calls_shows_what_the_calls_themselves_show(connection, known):
    labels = {
        str(public_id): known.labels("call_history")[(key,)]
        for key, public_id in connection.execute("select id, public_id from public.call_history")
    }

    for name, actor in BY_NAME.items():
        try:
            with connection.transaction(force_rollback=True), acting(connection, actor):
                rows = connection.execute("select id from public.user_call_history").fetchall()
        except psycopg.errors.InsufficientPrivilege:
            rows = []

        everything = frozenset(labels.values())
        wanted = everything if name == "service" else WITH_THE_CALL.select.get(name, frozenset())
        assert {labels[str(key)] for (key,) in rows} == wanted, name


def test_an_administrator_by_a_claim_of_the_users_own_making_is_none(connection, known):
    """Every actor's token carries user_metadata.role = admin; only app_metadata counts."""
    with acting(connection, BY_NAME["owner"]):
        seen = connection.execute("select count(*) from public.preferences").fetchone()

    assert seen == (1,)
