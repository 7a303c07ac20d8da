"""gunicorn started by itself, as a process supervisor starts it: settings, environment file, gevent."""

import os
import runpy
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from simulator.house import free_port
from tests.support.waiting import wait_for_start

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), "wsgi:app")

READ_BEFORE_GEVENT = """
import runpy, sys, threading, warnings
import gunicorn.app.wsgiapp, gunicorn.workers.ggevent

opened = []
sys.addaudithook(lambda event, _: opened.append(event) if event.startswith("socket.") else None)
runpy.run_path("gunicorn.conf.py")
assert not opened, opened
assert threading.active_count() == 1, threading.enumerate()
late = {"concurrent.futures.thread", "flask", "openai", "psycopg", "requests", "voicebot.runtime"} & set(sys.modules)
assert not late, late

warnings.simplefilter("error")
from gevent import monkey
monkey.patch_all()
import wsgi
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """What a supervisor hands on: nothing of ours but a data folder, and a database that is away."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "VOICEBOT_DATA_DIR": str(tmp_path / "data"),
        "SUPABASE_DB_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    }


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PORT", "abc", "integer"),
        ("PORT", "0", "greater than or equal to 1"),
        ("VOICEBOT_WEB_WORKERS", "two", "integer"),
        ("VOICEBOT_MAX_CALLS", "0", "greater than or equal to 1"),
        ("VOICEBOT_BIND_HOST", "0.0.0.0", "as long as no account is set"),
        ("VOICEBOT_WEBWORKERS", "2", "did you mean VOICEBOT_WEB_WORKERS?"),
        ("VOICEBOT_ENV_FILE", "/nowhere/at/all", "readable text file"),
        ("OPENAI_API_KEY", "sk-alone", "not set, while other accounts are"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(environ, name, value, expected):
    done = subprocess.run(
        COMMAND,
        cwd=ROOT,
        env=environ | {name: value},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("voicebot: ")
    assert expected in done.stderr
    assert name in done.stderr or name == "OPENAI_API_KEY"


def test_every_wrong_setting_is_named_in_that_line(environ):
    wrong = {"PORT": "x", "VOICEBOT_MAX_CALLS": "x"}

    done = subprocess.run(
        COMMAND, cwd=ROOT, env=environ | wrong, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.stderr.count("\n") == 1
    assert all(f"{name}: " in done.stderr for name in wrong)


def is_alive(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_a_settings_file_says_where_and_how_it_serves(environ, tmp_path):
    file, port = tmp_path / "settings.env", free_port()
    file.write_text(f"PORT={port}\nVOICEBOT_WEB_WORKERS=1\n")

    # From another folder, as with `--chdir`.
    process = subprocess.Popen(
        [*COMMAND, "--chdir", str(ROOT)],
        cwd=tmp_path,
        env=environ | {"VOICEBOT_ENV_FILE": str(file)},
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_start(process.pid, lambda: is_alive(f"http://127.0.0.1:{port}"), lambda: "")
        workers = len(psutil.Process(process.pid).children())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=40)

    assert workers == 1


def test_an_address_of_ipv6_stands_in_brackets(environ, monkeypatch):
    for name, value in environ.items() | {"VOICEBOT_BIND_HOST": "::1", "PORT": "8099"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "path", list(sys.path))

    assert runpy.run_path(str(ROOT / "gunicorn.conf.py"))["bind"] == "[::1]:8099"


def test_reading_the_settings_before_gevent_patches_does_no_harm(environ):
    done = subprocess.run(
        [sys.executable, "-c", READ_BEFORE_GEVENT],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    # The pool of connections says in its own time that the database is away.
    said = [line for line in done.stderr.splitlines() if '"logger": "psycopg.pool"' not in line]
    assert (done.returncode, said) == (0, [])
