"""The same migrations on Debian's PostgreSQL 15, by an owner who is no superuser."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from voicebot.storage.database import PostgresDatabase
from voicebot.storage.migrate.apply import migrate

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
pytestmark = [
    pytest.mark.sql,
    pytest.mark.skipif(not PROGRAMS.exists(), reason="Debian's postgresql-15 is not installed"),
]


def run(program, *arguments):
    account = {}
    if os.geteuid() == 0:
        entry = pwd.getpwnam("voicebot-db")
        account = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    subprocess.run(
        [PROGRAMS / program, *arguments], check=True, cwd="/", stdout=subprocess.DEVNULL, **account
    )


@pytest.fixture
def debian(server):
    # `server` has made the account that runs it when the tests run as root.
    folder = Path(tempfile.mkdtemp(prefix=f"voicebot-test15-{os.getpid()}-", dir="/var/tmp"))
    if os.geteuid() == 0:
        shutil.chown(folder, "voicebot-db")
    data = str(folder / "data")
    run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync")
    run("pg_ctl", "-D", data, "-o", f"-k {folder} -h '' -F", "-l", str(folder / "log"), "-w", "start")
    yield f"postgresql://postgres@/postgres?host={folder}"
    run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    shutil.rmtree(folder)


def test_it_migrates_twice_and_serves(debian):
    with psycopg.connect(debian, autocommit=True) as admin:
        admin.execute("create role app login createrole")
        admin.execute("create database app owner app")
    dsn = psycopg.conninfo.make_conninfo(debian, user="app", dbname="app")

    migrate(dsn)
    migrate(dsn)

    database = PostgresDatabase(dsn)
    assert database.call("job_health")["failed"] == 0
    with psycopg.connect(dsn) as owner:
        assert owner.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (
            False,
        )
    database.close()
