"""Database servers of the tests: each a copy of one data folder that was made and migrated once for the whole run."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from voicebot.storage.embedded import server as embedded
from voicebot.storage.migrate.apply import migrate

MEMORY, DISK = Path("/dev/shm"), Path("/var/tmp")
ROOMY = 2 * 1024**3
PREFIX = "voicebot-test-"
MIGRATED = "voicebot_template"
"""The database that has every migration and function, on each of these servers."""
PATIENT_S = 10.0
"""How long a test waits for a connection: to make one takes seconds while all tests of a run begin at once."""
_run: list[int] = []
"""The run that this process belongs to where that is no matter of who started it."""
_emptying: dict[tuple[str, ...], list[str]] = {}
"""The statements that empty some tables: the schema of every database is the same."""
_CASCADE = """
with recursive emptied (id) as (
  select unnest(%s::text[])::regclass::oid
  union
  select c.conrelid from emptied join pg_constraint c on c.contype = 'f' and c.confrelid = emptied.id)
select array_agg('delete from ' || id::regclass) from emptied"""


@dataclass(frozen=True)
class Server:
    """An embedded server and its data folder."""

    data_dir: Path

    def dsn(self, database: str = "postgres") -> str:
        return embedded.dsn(self.data_dir, database)

    @property
    def socket_folder(self) -> str:
        return psycopg.conninfo.conninfo_to_dict(self.dsn())["host"]

    def create(self, name: str, template: str = "template1") -> str:
        """Make a database; return its address."""
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            words = sql.SQL("create database {} template {} strategy file_copy")
            connection.execute(words.format(sql.Identifier(name), sql.Identifier(template)))
        return self.dsn(name)

    def drop(self, name: str) -> None:
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
            )


@contextmanager
def migrated_server(*, durable: bool = False) -> Iterator[Server]:
    """Run a server of one's own until the block ends; it has a database MIGRATED, which nobody has used."""
    folder = scratch_folder()
    _copy(_migrated_folder() / "database", folder)
    embedded.ensure_running(folder, durable=durable)
    running = Server(folder)
    # Its first session writes down what every session has to know of a database: copies have that, too.
    psycopg.connect(running.dsn(MIGRATED)).close()
    try:
        yield running
    finally:
        remove(folder)


def lay_migrated_database(data_dir: Path) -> None:
    """Put a server's folder into a data folder, its database `postgres` migrated, as if a service had run there."""
    data_dir.mkdir(parents=True, exist_ok=True)
    _copy(_own_folder() / "database", data_dir)


def scratch_folder() -> Path:
    """Make a folder for a server, in memory if there is room; as root another account has to enter it."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=place()))
    folder.chmod(0o755)
    return folder


def remove(folder: Path) -> None:
    """Stop the server of a scratch folder and delete it."""
    embedded.stop(folder, mode="immediate")
    shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers() -> None:
    """Remove what test runs that were killed left behind: their process is gone, their server is not."""
    for folder in [*MEMORY.glob(f"{PREFIX}*"), *DISK.glob(f"{PREFIX}*")]:
        pid = folder.name.removeprefix(PREFIX).split("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)) and folder.stat().st_uid == os.geteuid():
            # Of a run that was killed while it made what the others are copied from.
            embedded.stop(folder / "making", mode="immediate")
            remove(folder)


def remove_migrated_folder() -> None:
    """Remove what this run's servers are copies of; belongs to its end."""
    shutil.rmtree(folder_of_the_run(), ignore_errors=True)


def remove_rows(owner: Any, *tables: str) -> None:
    """Leave no row in tables of `public`, nor in those whose rows belong to them; no trigger fires.

    `truncate … cascade` comes to the same, but makes new files for each table and index and has every session
    plan its statements anew: that took longer than most tests.
    """
    statements = _emptying.get(tables)
    if statements is None:
        named = [f"public.{table}" for table in tables]
        statements = _emptying[tables] = owner.execute(_CASCADE, [named]).fetchone()[0]
    owner.execute(
        "; ".join(["set session_replication_role = replica", *statements, "reset session_replication_role"])
    )


def _migrated_folder() -> Path:
    """Return the data folder that is copied, after the first who asks has made it; its server does not run."""
    folder = folder_of_the_run()
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            remove(folder / "making")
            (folder / "making").mkdir()
            embedded.ensure_running(folder / "making", durable=False)
            made = Server(folder / "making")
            migrate(made.create(MIGRATED), echo=lambda _line: None)
            embedded.stop(folder / "making")
            (folder / "making").rename(folder / "ready")
    return folder / "ready"


def _own_folder() -> Path:
    """The same as a service has it, in the database `postgres`; the first who asks makes it."""
    migrated, folder = _migrated_folder(), folder_of_the_run()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "own").exists():
            (folder / "making").mkdir()
            _copy(migrated / "database", folder / "making")
            embedded.ensure_running(folder / "making", durable=False)
            with psycopg.connect(embedded.dsn(folder / "making", "template1"), autocommit=True) as connection:
                connection.execute("drop database postgres")
                connection.execute(f"alter database {MIGRATED} rename to postgres")
            embedded.stop(folder / "making")
            (folder / "making").rename(folder / "own")
    return folder / "own"


def folder_of_the_run() -> Path:
    """Return where is what its workers share."""
    return place() / f"{PREFIX}{pid_of_the_run()}-migrated"


def pid_of_the_run() -> int:
    """Return the process that was started: its workers are its children."""
    if _run:
        return _run[0]
    return os.getppid() if os.environ.get("PYTEST_XDIST_WORKER") else os.getpid()


def belong_to(run_pid: int) -> None:
    """Belong to a run as a process that was forked for it."""
    _run.append(run_pid)


def place() -> Path:
    """Return where what tests write is kept: in memory if there is room."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOMY else DISK


def _copy(what: Path, into: Path) -> None:
    # The server's account owns what lies in it.
    subprocess.run(["cp", "-a", "--reflink=auto", str(what), str(into)], check=True)
