"""A migration of a big database goes in steps: calls are written meanwhile, and whoever is stopped goes on where it was."""

import shutil
import threading

import psycopg
import pytest

from voicebot.storage.migrate.apply import SQL_FOLDER, migrate
from voicebot.storage.migrate.history import WRITTEN_ANEW, MigrationError, SqlFile
from voicebot.storage.migrate.run import Patience
from voicebot.storage.migrate.steps import Kind, steps_of

pytestmark = pytest.mark.sql
BATCHES = """
alter table public.first add column doubled int;
-- step: batches
with few as (select ctid from public.first where doubled is null limit 100 for update skip locked),
     done as (update public.first f set doubled = f.n * 2 from few where f.ctid = few.ctid returning 1)
select count(*)::int from done;
-- step: alone
drop index concurrently if exists public.first_doubled_idx;
create index concurrently first_doubled_idx on public.first (doubled);
-- step: transaction
alter table public.first alter column doubled set not null;
"""


@pytest.fixture
def filled(empty, folder):
    migrate(empty, sql_folder=folder)
    with psycopg.connect(empty, autocommit=True) as owner:
        owner.execute("insert into public.first select generate_series(1, 250)")
    (folder / "migrations" / "0002_doubled.sql").write_text(BATCHES)
    return empty


def test_a_file_is_read_as_steps():
    read = steps_of(SqlFile(None, BATCHES))

    assert [step.kind for step in read] == [Kind.TRANSACTION, Kind.BATCHES, Kind.ALONE, Kind.TRANSACTION]
    assert len(read[2].statements) == 2
    assert BATCHES.splitlines()[read[2].line - 1] == "-- step: alone"
    assert [step.kind for step in steps_of(SqlFile(None, "-- nothing\nselect 1;"))] == [Kind.TRANSACTION]
    assert len(steps_of(SqlFile(None, "-- only words"))) == 1


def test_a_kind_that_there_is_not_is_refused_by_line(empty, folder):
    (folder / "migrations" / "0002_odd.sql").write_text("select 1;\n\n-- step: sideways\nselect 2;")

    with pytest.raises(MigrationError, match=r"0002_odd\.sql line 3: there is no step of kind sideways"):
        migrate(empty, sql_folder=folder)


def test_rows_change_in_batches_each_in_a_transaction_of_its_own(filled, folder):
    said = []

    migrate(filled, sql_folder=folder, echo=said.append, patience=Patience(progress_s=0.0))

    with psycopg.connect(filled) as owner:
        sizes = owner.execute(
            "select count(*), xmin::text from public.first group by 2 order by 1 desc"
        ).fetchall()
        assert [rows for rows, _ in sizes] == [100, 100, 50]
        assert owner.execute("select sum(doubled - n * 2), count(doubled) from public.first").fetchone() == (
            0,
            250,
        )
        assert owner.execute(
            "select indisvalid from pg_index where indexrelid = 'public.first_doubled_idx'::regclass"
        ).fetchone() == (True,)
    assert [line for line in said if "so far" in line] == [
        f"0002_doubled.sql: {rows} rows so far" for rows in (100, 200, 250)
    ]


def test_whoever_was_stopped_goes_on_with_the_step_that_is_not_done(filled, folder):
    file = folder / "migrations" / "0002_doubled.sql"
    file.write_text(BATCHES.replace("count(*)::int from done", "(100 / (count(*) / 100))::int from done"))
    with pytest.raises(MigrationError, match=r"0002_doubled\.sql: division by zero"):
        migrate(filled, sql_folder=folder)
    with psycopg.connect(filled, autocommit=True) as owner:
        assert owner.execute("select count(doubled) from public.first").fetchone() == (200,)
        with pytest.raises(MigrationError, match="edited after a part of it was applied"):
            file.write_text(BATCHES)
            migrate(filled, sql_folder=folder)
        owner.execute(
            "update voicebot_meta.migration_steps set checksum = %s", [SqlFile(file, BATCHES).checksum]
        )

    migrate(filled, sql_folder=folder)

    with psycopg.connect(filled) as owner:
        assert owner.execute("select count(doubled) from public.first").fetchone() == (250,)
        assert owner.execute("select count(*) from voicebot_meta.migration_steps").fetchone() == (0,)


def test_a_table_in_use_is_waited_for_without_holding_up_those_who_come_after(filled, folder):
    """Somebody reads the table in a long transaction, and somebody else writes to it meanwhile."""
    waits = threading.Event()
    said = []

    def echo(line):
        said.append(line)
        if "waits for a table" in line:
            waits.set()

    with psycopg.connect(filled) as reader, psycopg.connect(filled, autocommit=True) as writer:
        reader.execute("select count(*) from public.first")
        going = threading.Thread(
            target=migrate,
            args=[filled],
            kwargs={
                "sql_folder": folder,
                "echo": echo,
                "patience": Patience(lock_s=0.02, pause_s=0.02, tries=1000),
            },
        )
        going.start()
        assert waits.wait(30)
        writer.execute("set lock_timeout = '10s'")
        writer.execute("insert into public.first (n) values (251)")
        reader.rollback()
        going.join(30)

    assert "0002_doubled.sql waits for a table that is in use" in said
    with psycopg.connect(filled) as owner:
        assert owner.execute("select count(doubled) from public.first").fetchone() == (251,)


def test_what_was_there_is_found_and_placed_by_the_version_that_searches(empty, tmp_path):
    """More calls than a batch has, from before anything was searched for, and the organization's."""
    before = tmp_path / "before"
    shutil.copytree(SQL_FOLDER, before)
    for file in (before / "migrations").iterdir():
        if file.name >= "0063":
            file.unlink()
    shutil.rmtree(before / "functions")
    migrate(empty, sql_folder=before)
    with psycopg.connect(empty, autocommit=True) as owner:
        owner.execute(
            """set session_replication_role = replica;
               insert into public.organizations (name, slug) values ('Shop', 'shop');
               insert into public.call_history (call_sid, phone_number, direction, transcript, started_at, ended_at, updated_at)
               select 'CA' || n, '', 'inbound', 'Caller: my order ' || n, now(), case when n > 1 then now() end, '2026-01-01'
                 from generate_series(1, 1100) n;
               insert into public.conversations (channel, customer_identifier, our_number, updated_at)
               select 'sms', '+1202555' || (1000 + n), '+12025550100', '2026-01-01' from generate_series(1, 1100) n;
               insert into public.call_queue (user_id, recipient_number, purpose, country, zones, checked_at, next_attempt_at, updated_at)
               select gen_random_uuid(), '+1202556' || (1000 + n), 'service', 'US', '{America/Denver}', now(), now(), '2026-01-01'
                 from generate_series(1, 1100) n"""
        )

    migrate(empty)

    with psycopg.connect(empty, autocommit=True) as owner:
        entered = owner.execute(
            """select count(*), count(*) filter (where words @@ to_tsquery('simple', 'order')),
                      count(*) filter (where facets @> array['o:' || o.id]) from public.call_search, public.organizations o"""
        ).fetchone()
        assert entered == (1099, 1099, 1099)
        for table in ("call_history", "conversations", "call_queue"):
            of_the_shop = owner.execute(
                f"""select count(*) from public.{table} t join public.organizations o on o.id = t.organization_id
                     where t.updated_at = '2026-01-01'"""
            ).fetchone()
            assert (table, *of_the_shop) == (table, 1100)
        owner.execute("update public.call_history set transcript = 'Caller: a lamp' where call_sid = 'CA2'")
        found = "select count(*) from public.call_search where words @@ 'lamp'::tsquery"
        assert owner.execute(found).fetchone() == (1,)
        assert owner.execute(
            "select now() - max(updated_at) < interval '1 h' from public.call_history"
        ).fetchone() == (True,)
        assert owner.execute("select count(*) from pg_index where not indisvalid").fetchone() == (0,)


def test_a_database_that_had_a_migration_before_it_was_written_anew_goes_on(empty, folder):
    name = "0063_people_and_search.sql"
    (folder / "migrations" / name).write_text("select 1;")
    migrate(empty, sql_folder=folder)
    with psycopg.connect(empty, autocommit=True) as owner:
        owner.execute(
            "update voicebot_meta.migrations set checksum = %s where name = %s", [WRITTEN_ANEW[name], name]
        )

    migrate(empty, sql_folder=folder)
