"""PostgreSQL servers whose databases belong to somebody who is no superuser, as at most hosts."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from voicebot.storage.embedded import server

DEBIAN_BINARIES = Path("/usr/lib/postgresql/15/bin")
SCRATCH = Path("/var/tmp")
PREFIX = "voicebot-test-"
OWNER = "plain_owner"


class Missing(Exception):
    """The server's programs are not installed."""


@contextmanager
def debian() -> Iterator[str]:
    """Run Debian's postgresql-15; yield the address of a database of the plain owner."""
    if not (DEBIAN_BINARIES / "postgres").exists():
        raise Missing("install Debian's postgresql-15: apt-get install -y postgresql-15")
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-debian-", dir=SCRATCH))
    account = "postgres" if os.geteuid() == 0 else None
    if account:
        os.chown(folder, pwd.getpwnam(account).pw_uid, pwd.getpwnam(account).pw_gid)
    data = folder / "data"
    options = f"-c listen_addresses='' -k {folder} -c fsync=off -c shared_buffers=32MB"
    try:
        run(
            account,
            "initdb",
            "-D",
            str(data),
            "-U",
            "postgres",
            "--auth=trust",
            "--no-sync",
            "--locale=C.UTF-8",
        )
        run(account, "pg_ctl", "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
        yield plain_database(f"postgresql://postgres@/postgres?host={folder}")
    finally:
        if (data / "postmaster.pid").exists():
            run(account, "pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def wheel() -> Iterator[str]:
    """Run a second embedded server, where no superuser has migrated yet; yield the same."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-plain-", dir=SCRATCH))
    folder.chmod(0o755)
    try:
        yield plain_database(server.ensure_running(folder, durable=False))
    finally:
        server.stop(folder, mode="immediate")
        shutil.rmtree(folder, ignore_errors=True)


def plain_database(dsn: str) -> str:
    """Make a role that may make roles and nothing else, and a database that it owns."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"create role {OWNER} login createrole nosuperuser nobypassrls")
        connection.execute(f"create database plain owner {OWNER}")
    return psycopg.conninfo.make_conninfo(dsn, user=OWNER, dbname="plain")


def run(account: str | None, program: str, *arguments: str) -> None:
    """Run one of Debian's programs; as root in the name of `account`, because PostgreSQL refuses root."""
    prefix = ["setpriv", f"--reuid={account}", f"--regid={account}", "--init-groups"] if account else []
    command = [*prefix, str(DEBIAN_BINARIES / program), *arguments]
    done = subprocess.run(
        command, check=False, stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
        stderr=subprocess.STDOUT, text=True, timeout=60, cwd="/",
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stdout}")
