"""Supabase's Realtime tells of the rows that end users may read, where it is there; everywhere else nothing is made."""

import psycopg
import pytest

from voicebot.storage.migrate.apply import SQL_FOLDER

pytestmark = pytest.mark.sql

HEARD = {"call_history", "sms_history", "call_queue", "onboarding_messages"}
JOIN = (SQL_FOLDER / "functions" / "access" / "realtime.sql").read_text(encoding="utf-8")


@pytest.fixture
def project(owner):
    """A transaction that is taken back, for publications of Supabase's name."""
    with owner.transaction(force_rollback=True):
        owner.execute("set local client_min_messages = error")
        yield owner


def published(owner) -> list[str]:
    rows = owner.execute(
        "select tablename from pg_publication_tables where pubname = 'supabase_realtime' and schemaname = 'public'"
    ).fetchall()
    return sorted(name for (name,) in rows)


def whole_rows(owner) -> set[str]:
    rows = owner.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relreplident = 'f'"
    ).fetchall()
    return {name for (name,) in rows}


def test_without_the_publication_nothing_is_made(project):
    project.execute(JOIN)

    assert project.execute("select count(*) from pg_publication").fetchone() == (0,)
    assert whole_rows(project) == set()


def test_what_end_users_read_joins_the_publication_once(project):
    project.execute("create publication supabase_realtime")

    for _ in range(3):
        project.execute(JOIN)

    assert published(project) == sorted(HEARD)
    assert whole_rows(project) == HEARD


def test_what_somebody_added_stays_and_is_not_added_twice(project):
    project.execute("create publication supabase_realtime for table public.voice_options, public.call_queue")

    project.execute(JOIN)

    assert published(project) == sorted(HEARD | {"voice_options"})


def test_a_publication_of_all_tables_is_left_as_it_is(project):
    project.execute("create publication supabase_realtime for all tables")

    project.execute(JOIN)

    assert set(published(project)) >= HEARD
    assert whole_rows(project) == HEARD


def test_another_publication_is_not_ours_to_change(project):
    project.execute("create publication elsewhere")

    project.execute(JOIN)

    assert project.execute("select count(*) from pg_publication_rel").fetchone() == (0,)


def test_what_is_told_has_a_key_and_is_read_by_its_owner_under_policies(owner):
    """Realtime finds a changed row by its key, and asks the policies of whoever subscribed."""
    for table in HEARD:
        row = owner.execute(
            """select c.relrowsecurity, exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary),
                      has_column_privilege('authenticated', c.oid, 'id', 'SELECT'),
                      has_any_column_privilege('anon', c.oid, 'SELECT'),
                      exists (select from pg_policies p where p.tablename = c.relname and p.cmd = 'SELECT'
                                 and 'authenticated' = any (p.roles))
                 from pg_class c where c.oid = %s::regclass""",
            [f"public.{table}"],
        ).fetchone()
        assert row == (True, True, True, False, True), table


def test_no_end_user_changes_the_publication(project):
    project.execute("create publication supabase_realtime")
    project.execute("set local role authenticated")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        project.execute("select private.join_realtime('public.api_keys')")
