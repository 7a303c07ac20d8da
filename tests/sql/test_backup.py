"""The drill: fill everything, back it up, lose it all, put it back, and nothing is missing or different."""

import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest
from access_actors import Connection
from access_rows import seed
from plain_servers import Missing, debian, wheel

from tests.conftest import Server
from tests.services.aftermath import add_call, add_words
from tests.services.verification_desk import code_of, new_number
from voicebot import cli
from voicebot.runtime import Runtime, build_runtime
from voicebot.services import verify_phone
from voicebot.services.back_up import BackedUp, back_up
from voicebot.services.create_key import create_key
from voicebot.services.restore import Restored, restore
from voicebot.settings import load_settings
from voicebot.storage.backup.archive import BackupError
from voicebot.storage.backup.tables import names_filled_by_migrations, our_table_names
from voicebot.storage.database import PostgresDatabase
from voicebot.storage.migrate import migrate
from voicebot.storage.spool import SpooledFact, open_spool

pytestmark = pytest.mark.sql
PLAIN = {"debian-15": debian, "wheel": wheel}


class House:
    """A database and a data folder, as one installation has them."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self.dsn, self.folder = dsn, folder
        self.environ = {"SUPABASE_DB_URL": dsn, "VOICEBOT_DATA_DIR": str(folder)}

    @contextmanager
    def runtime(self) -> Iterator[Runtime]:
        settings = load_settings(self.environ)
        database = PostgresDatabase(self.dsn, min_size=1, max_size=2)
        try:
            yield build_runtime(settings, database)
        finally:
            database.close()

    @contextmanager
    def owner(self) -> Iterator[Connection]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            yield connection

    def back_up(self, path: Path, *, clips: bool = False) -> BackedUp:
        settings = load_settings(self.environ)
        return back_up(
            settings, self.dsn, path, clips=clips, now=lambda: datetime.now(UTC), progress=lambda *_: None
        )

    def restore(self, path: Path, *, force: bool = False) -> Restored:
        return restore(self.environ, path, force=force, progress=lambda *_: None)


@pytest.fixture
def empty(server: Server, tmp_path: Path) -> Iterator[House]:
    """Where nothing was ever migrated, nor any secret made."""
    name = f"test_{uuid4().hex}"
    yield House(server.create(name), tmp_path / "another" / "data")
    server.drop(name)


@pytest.fixture
def house(server: Server, template: str, tmp_path: Path) -> Iterator[House]:
    """A house in use: every table has rows, a code waits to be entered, a fact waits in the spool."""
    name = f"test_{uuid4().hex}"
    made = House(server.create(name, template), tmp_path / "data")
    fill(made)
    yield made
    server.drop(name)


def fill(house: House) -> None:
    with house.owner() as owner:
        seed(owner)
        call, _ = add_call(owner, call_sid="CA" + "1" * 32, call_status="completed")
        add_words(owner, call, ("caller", "Tabs\tand\\lines\nand 'quotes' and 💐"), ("bot", "Noted."))
        owner.execute(
            "select jobs.defer('summarise_call', jsonb_build_object('call_id', %s::bigint))", [call]
        )
    with house.runtime() as runtime:
        verify_phone.start(runtime, HELD, "sms")
        create_key(runtime, "the other service")
    spool = open_spool(load_settings(house.environ))
    spool.probe()
    spool.append(SpooledFact("message_received", HELD, {"body": "unreadable"}, datetime.now(UTC)))
    spool.set_aside(*spool.waiting())
    spool.append(SpooledFact("message_received", HELD, {"body": "kept"}, datetime.now(UTC)))


HELD = new_number()


def everything(connection: Connection) -> Mapping[str, list[Any]]:
    """Every row of every table that is not PostgreSQL's, nor says when a migration ran."""
    names = connection.execute(
        """select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'voicebot_meta')
            order by 1"""
    ).fetchall()
    return {
        name: connection.execute(
            f'select to_jsonb(t)::text from {name} t order by to_jsonb(t)::text collate "C"'
        ).fetchall()
        for (name,) in names
    }


def shape(connection: Connection) -> list[Any]:
    """What must be as it was after the tables were filled: triggers, references, row level security."""
    return [
        connection.execute(words).fetchall()
        for words in (
            "select tgrelid::regclass::text, tgname, tgenabled::text from pg_trigger where not tgisinternal order by 1, 2",
            "select conrelid::regclass::text, conname, condeferrable, condeferred from pg_constraint where contype = 'f' order by 1, 2",
            "select oid::regclass::text, relrowsecurity, relforcerowsecurity from pg_class where relkind = 'r' order by 1",
        )
    ]


def test_the_sql_files_name_every_table_there_is(house):
    with house.owner() as owner:
        assert set(our_table_names()) == set(everything(owner))


def test_only_what_migrations_fill_has_rows_before_anybody_comes(dsn):
    with psycopg.connect(dsn) as owner:
        filled = {name for name, rows in everything(owner).items() if rows}

    assert filled == names_filled_by_migrations() & set(our_table_names())


def test_after_a_loss_everything_is_as_it_was(house, empty, tmp_path):
    file = tmp_path / "kept.tar.gz"
    with house.owner() as owner:
        before, built = everything(owner), shape(owner)
    with house.runtime() as runtime:
        code = code_of(runtime, HELD)

    kept = house.back_up(file)
    back = empty.restore(file)

    with empty.owner() as owner:
        assert everything(owner) == before
        assert shape(owner) == built
    assert all(before[name] for name in our_table_names() if not name.startswith("jobs.procrastinate_"))
    assert before["jobs.procrastinate_jobs"]
    assert (kept.tables, kept.rows, kept.facts) == (back.tables, back.rows, 1)
    assert back.other_keys == ()
    with empty.runtime() as runtime:
        assert code_of(runtime, HELD) == code
        assert verify_phone.check(runtime, HELD, code).outcome == "approved"
        (fact,) = runtime.spool.waiting()
        assert runtime.spool.read(fact).params == {"body": "kept"}
        (aside,) = (empty.folder / "spool" / ".corrupt").iterdir()
        assert runtime.spool.read(aside).params == {"body": "unreadable"}


def test_a_call_can_be_read_and_numbers_go_on_after_it(house, empty, tmp_path, monkeypatch, capsys):
    house.back_up(tmp_path / "kept.tar.gz")
    empty.restore(tmp_path / "kept.tar.gz")
    for name, value in empty.environ.items():
        monkeypatch.setenv(name, value)

    code = cli.main(["calls", "show", "CA" + "1" * 32])

    assert code == 0
    assert "and 'quotes' and 💐" in capsys.readouterr().out
    with empty.owner() as owner:
        highest = owner.execute("select max(id) from public.call_history").fetchone()
        assert add_call(owner)[0] == highest[0] + 1


@pytest.mark.parametrize("kind", PLAIN)
def test_an_owner_who_is_no_superuser_can_do_both(kind, server, house, empty, tmp_path):
    with ExitStack() as stack:
        try:
            plain = House(as_url(stack.enter_context(PLAIN[kind]())), tmp_path / "plain")
        except Missing as missing:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(str(missing))
        house.back_up(tmp_path / "first.tar.gz")
        plain.restore(tmp_path / "first.tar.gz")
        plain.back_up(tmp_path / "second.tar.gz")

        with house.owner() as ours, plain.owner() as theirs:
            theirs.execute("set role service_role")
            reachable = [name for name in our_table_names() if name.startswith("public.")]
            there = everything_of(theirs, reachable)
            assert there == everything_of(ours, reachable)
            theirs.execute("reset role")
            assert shape(theirs) == shape(ours)
    empty.restore(tmp_path / "second.tar.gz")
    with house.owner() as ours, empty.owner() as theirs:
        assert everything(theirs) == everything(ours)


def as_url(dsn: str) -> str:
    """An address as the settings want it."""
    parts = psycopg.conninfo.conninfo_to_dict(dsn)
    return f"postgresql://{parts['user']}@/{parts['dbname']}?host={quote(parts['host'], safe='')}"


def everything_of(connection: Connection, names: list[str]) -> Mapping[str, list[Any]]:
    return {
        name: connection.execute(
            f'select to_jsonb(t)::text from {name} t order by to_jsonb(t)::text collate "C"'
        ).fetchall()
        for name in names
    }


def test_a_backup_is_of_one_moment_whatever_is_written_meanwhile(house, empty, tmp_path):
    with house.owner() as owner:
        before = everything(owner)

        def write_more(*_: object) -> None:
            add_call(owner)

        settings = load_settings(house.environ)
        back_up(
            settings,
            house.dsn,
            tmp_path / "f",
            clips=False,
            now=lambda: datetime.now(UTC),
            progress=write_more,
        )
        empty.restore(tmp_path / "f")
        with empty.owner() as restored:
            assert everything(restored) == before
        assert everything(owner) != before


# --- what is refused ------------------------------------------------------------------------------


def test_what_is_in_use_is_replaced_only_when_that_is_asked_for(house, server, template, tmp_path):
    other = House(server.create(f"test_{uuid4().hex}", template), tmp_path / "other")
    fill(other)
    house.back_up(tmp_path / "f")
    with other.owner() as owner, house.owner() as source:
        before, wanted = everything(owner), everything(source)

        with pytest.raises(BackupError, match=r"data folder .* is in use .*secret_key.*--force"):
            other.restore(tmp_path / "f")
        other.environ["VOICEBOT_DATA_DIR"] = str(tmp_path / "new")
        with pytest.raises(BackupError, match=r"the database is in use \(.*public.*\): --force"):
            other.restore(tmp_path / "f")
        assert everything(owner) == before
        # Nothing of a refused restoring stays behind.
        assert not (tmp_path / "new" / "secret_key").exists()

        other.restore(tmp_path / "f", force=True)
        assert everything(owner) == wanted
    server.drop(psycopg.conninfo.conninfo_to_dict(other.dsn)["dbname"])


@pytest.mark.parametrize("harm", ["cut", "flipped", "empty", "text"])
def test_a_damaged_file_changes_nothing(house, empty, tmp_path, harm):
    file = tmp_path / "f"
    house.back_up(file)
    content = bytearray(file.read_bytes())
    if harm == "flipped":
        content[len(content) // 2] ^= 0xFF
    file.write_bytes({"cut": content[: len(content) // 2], "empty": b"", "text": b"hello"}.get(harm, content))

    with pytest.raises(BackupError, match=r"^\S+ is damaged or no backup of ours: nothing was restored$"):
        empty.restore(file)

    assert not empty.folder.exists()
    with empty.owner() as owner:
        assert everything(owner) == {}


def test_a_failure_in_the_middle_leaves_the_database_as_it_was(house, empty, tmp_path):
    house.back_up(tmp_path / "f")
    migrate(empty.dsn, echo=lambda _line: None)
    with empty.owner() as owner:
        # A stranger's rule that our rows break.
        owner.execute("alter table public.transcripts add constraint short check (length(content) < 3)")
        before, built = everything(owner), shape(owner)

        with pytest.raises(BackupError, match=r'the database failed: .*"short"$'):
            empty.restore(tmp_path / "f")

        assert (everything(owner), shape(owner)) == (before, built)


def test_a_backup_of_another_version_is_refused(house, empty, tmp_path):
    with house.owner() as owner:
        owner.execute("insert into voicebot_meta.migrations values ('9999_later.sql', 'x')")
    house.back_up(tmp_path / "f")

    with pytest.raises(BackupError, match=r"another version, whose last migration is 9999_later\.sql"):
        empty.restore(tmp_path / "f")


def test_another_key_is_told(house, empty, tmp_path):
    house.back_up(tmp_path / "f")
    empty.environ["SECRET_KEY"] = "another key than the one of then"

    assert empty.restore(tmp_path / "f").other_keys == ("SECRET_KEY",)


# --- the commands ---------------------------------------------------------------------------------


def command(house: House, monkeypatch: pytest.MonkeyPatch, *argv: str) -> int:
    for name, value in house.environ.items():
        monkeypatch.setenv(name, value)
    return cli.main(list(argv))


def test_the_commands_say_that_the_file_holds_secrets_and_what_it_lacks(
    house, empty, tmp_path, monkeypatch, capsys
):
    file = tmp_path / "kept.tar.gz"
    monkeypatch.setenv("CREDENTIALS_KEY", "given by the environment")
    old = os.umask(0)
    try:
        assert command(house, monkeypatch, "backup", str(file)) == 0
    finally:
        os.umask(old)
    said = capsys.readouterr().out

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "IT HOLDS SECRETS" in said
    assert "NOT IN IT: CREDENTIALS_KEY" in said
    assert command(house, monkeypatch, "backup", str(file)) == 1
    assert capsys.readouterr().err == f"voicebot: {file} is there already: choose another name\n"
    assert command(empty, monkeypatch, "restore", str(file)) == 0
    assert "Restored what was kept at" in capsys.readouterr().out
    assert command(house, monkeypatch, "restore", str(tmp_path / "none")) == 1
    assert capsys.readouterr().err == f"voicebot: {tmp_path}/none is no file\n"


def test_clips_come_along_when_they_are_asked_for(house, empty, tmp_path):
    (house.folder / "clips").mkdir(parents=True, exist_ok=True)
    (house.folder / "clips" / "fixed-hello.mp3").write_bytes(b"sound")

    assert house.back_up(tmp_path / "without").clips == 0
    assert house.back_up(tmp_path / "with", clips=True).clips == 1
    empty.restore(tmp_path / "with")

    assert (empty.folder / "clips" / "fixed-hello.mp3").read_bytes() == b"sound"


def test_nothing_half_done_lies_about(house, tmp_path):
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        house.dsn = "postgresql://nobody@127.0.0.1:1/nothing"

        with pytest.raises(BackupError, match="cannot reach the database"):
            house.back_up(Path(folder) / "f")

        assert list(Path(folder).iterdir()) == []
