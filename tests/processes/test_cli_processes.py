"""The command line as processes of their own: terminals, pipes, the server, the embedded database."""

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.house import free_port
from tests.services.calls.aftermath import Connection, add_call
from tests.services.texts.text_house import inbound, rows, somebody
from tests.support.command_line import printed_by
from tests.support.runs import forks
from tests.support.servers import lay_migrated_database
from tests.support.waiting import wait_for, wait_for_start
from voicebot.commands.running import serve
from voicebot.settings import load_settings
from voicebot.storage.embedded import server
from voicebot.storage.spool.files import SpooledFact, open_spool
from voicebot.storage.texts.messages import Reading, received_params

ROOT = Path(__file__).resolve().parents[2]
Popen = Callable[..., subprocess.Popen[Any]]
ACCOUNTS = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "0" * 32,
    "TWILIO_PHONE_NUMBER": "+12025550100",
    "OPENAI_API_KEY": "sk-test",
    "ELEVENLABS_API_KEY": "xi-test",
}


@pytest.fixture
def environ(dsn: str, tmp_path: Path) -> dict[str, str]:
    """No account, and the test's database."""
    return {"SUPABASE_DB_URL": dsn, "VOICEBOT_DATA_DIR": str(tmp_path / "data")}


def started(
    environ: dict[str, str], *argv: str, popen: Popen = forks.start, **options: Any
) -> subprocess.Popen[Any]:
    """Start a command; by a fork of a process that has loaded it, or as `subprocess.Popen` from the beginning."""
    clean = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    return popen(
        [sys.executable, "-m", "voicebot", *argv],
        cwd=ROOT,
        env=clean | {"TERM": "xterm"} | environ,
        **options,
    )


def finished(environ: dict[str, str], *argv: str) -> tuple[int, str, str]:
    """Run a command to its end; return exit code, stdout, stderr."""
    process = started(environ, *argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def on_a_terminal(environ: dict[str, str], *argv: str) -> str:
    """Return what a command prints when a person looks."""
    ours, theirs = pty.openpty()
    process = started(environ, *argv, stdout=theirs, stderr=subprocess.DEVNULL)
    os.close(theirs)
    printed = b""
    while True:
        try:
            some = os.read(ours, 4096)
        except OSError:
            # The other end is closed.
            break
        if not some:
            break
        printed += some
    process.wait(timeout=20)
    os.close(ours)
    return printed.decode()


@pytest.mark.sql
def test_colours_are_for_terminals_that_want_them(environ: dict[str, str], owner: Connection) -> None:
    add_call(owner, call_status="failed", end_reason="failed")

    assert re.search(r"\x1b\[[0-9;]*31m", on_a_terminal(environ, "calls", "list"))
    assert "\x1b" not in on_a_terminal(environ | {"NO_COLOR": "1"}, "calls", "list")


@pytest.mark.sql
def test_a_reader_that_has_seen_enough_is_no_error(environ: dict[str, str], owner: Connection) -> None:
    add_call(owner)
    ours, theirs = os.pipe()
    os.close(ours)

    process = started(environ, "calls", "list", "--json", stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    _, err = process.communicate(timeout=20)

    assert (process.returncode, err) == (0, b"")


def test_gunicorn_gets_the_settings_from_wherever_it_is_started(tmp_path: Path) -> None:
    settings = load_settings(
        {"VOICEBOT_DATA_DIR": str(tmp_path), "PORT": "8099", "VOICEBOT_WEB_WORKERS": "3"}
    )

    command, environ = serve.gunicorn(settings, {"VOICEBOT_ENV_FILE": "mine.env", "PATH": "/bin"})

    assert command[:3] == [sys.executable, "-m", "gunicorn"]
    assert command[command.index("--chdir") + 1] == str(ROOT)
    assert (environ["PORT"], environ["VOICEBOT_WEB_WORKERS"]) == ("8099", "3")
    assert environ["VOICEBOT_BIND_HOST"] == "127.0.0.1"
    assert Path(environ["VOICEBOT_ENV_FILE"]).is_absolute()
    assert environ["PATH"] == "/bin"


def test_serving_says_that_the_queue_stands_still_without_a_worker(tmp_path: Path) -> None:
    base = {"VOICEBOT_DATA_DIR": str(tmp_path)}
    rest = {"SUPABASE_URL": "http://127.0.0.1:9", "SUPABASE_SERVICE_ROLE_KEY": "k" * 20}

    without = "o text is answered or sent"
    assert without in serve.next_step(load_settings(base | rest))
    assert "SUPABASE_DB_URL" in serve.next_step(load_settings(base | rest))
    assert "simulator" in serve.next_step(load_settings(base))
    online = load_settings(base | ACCOUNTS | {"PUBLIC_URL": "https://bot.example.com"})
    assert all(without in serve.next_step(one) for one in (load_settings(base), online))
    assert "voicebot worker" in serve.next_step(online)


@pytest.mark.sql
def test_serving_says_that_no_text_is_answered_while_no_worker_runs(
    environ: dict[str, str], owner: Connection
) -> None:
    settings = load_settings(environ)

    before = serve.without_worker(settings)
    owner.execute("insert into jobs.procrastinate_workers default values")
    beside_one = serve.without_worker(settings)
    owner.execute("update jobs.procrastinate_workers set last_heartbeat = now() - interval '10 minutes'")
    after = serve.without_worker(settings)

    assert "no text is answered" in before
    assert (beside_one, after) == ("", before)


def test_serving_starts_without_asking_a_database_that_is_away(tmp_path: Path) -> None:
    away = {"VOICEBOT_DATA_DIR": str(tmp_path), "SUPABASE_DB_URL": "postgresql://x@127.0.0.1:9/x"}

    assert serve.without_worker(load_settings(away)) == ""


@pytest.fixture
def new_machine() -> Iterator[dict[str, str]]:
    """The environment of a machine where nothing was ever started; as root not below a home or a closed folder."""
    data_dir = Path(tempfile.mkdtemp(prefix=f"voicebot-test-{os.getpid()}-", dir="/var/tmp"))
    data_dir.chmod(0o755)
    yield {"VOICEBOT_DATA_DIR": str(data_dir), "PORT": str(free_port()), "VOICEBOT_WEB_WORKERS": "1"}
    server.stop(data_dir, mode="immediate")
    shutil.rmtree(data_dir, ignore_errors=True)


@pytest.mark.sql
def test_serve_needs_nothing_but_itself(new_machine: dict[str, str]) -> None:
    url = f"http://127.0.0.1:{new_machine['PORT']}"
    quiet: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    process = started(new_machine, "serve", popen=subprocess.Popen, **quiet)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().decode() == f"Voicebot listens on {url}; Ctrl+C stops it.\n"
        wait_for_start(process.pid, lambda: answers(f"{url}/readyz"), lambda: "")
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=40)


@pytest.mark.sql
@pytest.mark.parametrize("command", ["serve", "worker"])
def test_what_lies_in_the_spool_reaches_the_database_with_whichever_process_starts(
    environ: dict[str, str], owner: Connection, command: str
) -> None:
    environ |= {"PORT": str(free_port()), "VOICEBOT_WEB_WORKERS": "1"}
    text = inbound(somebody(), "Hello")
    spool = open_spool(load_settings(environ))
    spool.probe()
    params = received_params(text, Reading())
    spool.append(SpooledFact("message_received", text.from_number, params, text.observed_at))

    process = started(environ, command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: len(rows(owner, text.from_number)) == 1 and not spool.waiting(), 30)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=40)


@pytest.mark.sql
def test_the_embedded_database_is_started_looked_at_and_stopped(new_machine: dict[str, str]) -> None:
    before, started_now, running = (
        finished(new_machine, "db", action) for action in ("status", "start", "status")
    )
    empty = finished(new_machine, "calls", "list")
    stopped, after = (finished(new_machine, "db", action) for action in ("stop", "status"))

    codes = [code for code, _, _ in (before, started_now, running, empty, stopped, after)]
    assert codes == [1, 0, 0, 1, 0, 1]
    assert "voicebot migrate" in empty[2]
    assert started_now[1].startswith("postgresql://")


@pytest.mark.sql
def test_what_was_backed_up_comes_back_to_a_machine_on_which_nothing_was_ever_started(
    new_machine: dict[str, str], tmp_path: Path
) -> None:
    file, data_dir = tmp_path / "kept.tar.gz", Path(new_machine["VOICEBOT_DATA_DIR"])
    lay_migrated_database(data_dir)
    printed_by(new_machine, "keys", "create", "the other service")
    secret = (data_dir / "secret_key").read_text()

    backed_up = finished(new_machine, "backup", str(file))
    server.stop(data_dir, mode="immediate")
    for lost in data_dir.iterdir():
        shutil.rmtree(lost) if lost.is_dir() else lost.unlink()
    restored = finished(new_machine, "restore", str(file))

    assert (backed_up[0], restored[0]) == (0, 0), backed_up[2] + restored[2]
    assert "the other service" in printed_by(new_machine, "keys", "list")
    assert (data_dir / "secret_key").read_text() == secret


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
