"""Run PostgreSQL from a wheel, for machines without a database of their own.

The server is a process of its own: it outlives the process that started it, and several processes may ask for it at
once. It listens on a unix socket in a closed folder and on no network address.
"""

import fcntl
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psutil  # type: ignore[import-untyped]

from voicebot.storage.embedded.home import (
    EmbeddedHome,
    EmbeddedServerError,
    furnish,
    has_ended,
    locate,
    make_folder,
)

__all__ = ["EmbeddedServerError", "dsn", "end_at_once", "ensure_running", "is_running", "stop"]

START_TIMEOUT_S = 60
_WRONG = re.compile(r"FATAL|PANIC|error:|could not|log output")
SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A failing statement and its details can carry phone numbers and message bodies.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# Tables of tests live for seconds; what analyses them by itself would change their plans by the minute.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


def dsn(data_dir: Path, database: str = "postgres") -> str:
    """Return the address of the server that belongs to `data_dir`, running or not."""
    folder = quote(str(locate(data_dir).sockets), safe="")
    return f"postgresql://postgres@/{quote(database)}?host={folder}"


def ensure_running(data_dir: Path, *, durable: bool = True) -> str:
    """Make and start the server of `data_dir` unless it runs already; return its address.

    Raises EmbeddedServerError. `durable=False` trades the safety of a power cut for speed (tests).
    """
    home = locate(data_dir)
    make_folder(home)
    with _alone(home):
        furnish(home)
        if not (home.data / "PG_VERSION").exists():
            _create(home)
        if not _accepts(home):
            _start(home, SETTINGS if durable else SETTINGS | NOT_DURABLE)
    return dsn(data_dir)


def is_running(data_dir: Path) -> bool:
    """Tell whether the server of `data_dir` accepts connections now."""
    return _accepts(locate(data_dir))


def stop(data_dir: Path, *, mode: str = "fast") -> None:
    """Stop the server of `data_dir`; nothing happens when it is not running.

    `mode` is pg_ctl's: `fast` ends sessions cleanly, `immediate` is like pulling the plug.
    """
    home = locate(data_dir)
    if not home.data.exists():
        return
    with _alone(home):
        if _accepts(home):
            _run(home, "pg_ctl", "-D", str(home.data), "-m", mode, "-w", "stop")


def end_at_once(data_dir: Path, *, patience_s: float = 0.8) -> None:
    """End the server of `data_dir`, even during its start: cleanly within `patience_s`, else by force.

    Unlike `stop`, it does not wait for a process that is starting the server.
    """
    server = locate(data_dir).server()
    # Sessions end cleanly; as when the plug is pulled; at once, whatever that leaves.
    for way in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if server is None or has_ended(server):
            return
        with suppress(psutil.NoSuchProcess):
            server.send_signal(way)
        until = time.monotonic() + patience_s
        while not has_ended(server) and time.monotonic() < until:
            time.sleep(0.02)


@contextmanager
def _alone(home: EmbeddedHome) -> Iterator[None]:
    # A process that can open a lock can hold it for ever, so no other user may, not even for one of an older version.
    lock = os.open(home.folder / "embedded.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(lock, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _create(home: EmbeddedHome) -> None:
    # Made beside and then renamed: an initdb that was killed half-way is never taken for a database.
    making = home.folder / "making"
    shutil.rmtree(making, ignore_errors=True)
    home.own(making)
    locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
    _run(home, "initdb", "-D", str(making), "-U", "postgres", "--auth=trust", "--encoding=UTF8", *locale)
    making.rename(home.data)


def _start(home: EmbeddedHome, settings: dict[str, str]) -> None:
    home.forget_dead_server()
    sockets = {"unix_socket_directories": str(home.sockets)}
    options = shlex.join(f"--{name}={value}" for name, value in (settings | sockets).items())
    log = str(home.data / "server.log")
    wait = ("-w", "-t", str(START_TIMEOUT_S))
    _run(home, "pg_ctl", "-D", str(home.data), "-l", log, *wait, "-o", options, "start")
    _wait_until_ready(home)


def _wait_until_ready(home: EmbeddedHome) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not _accepts(home):
        if time.monotonic() > deadline:
            raise EmbeddedServerError(f"the embedded database does not answer; see {home.data}/server.log")
        time.sleep(0.02)


def _accepts(home: EmbeddedHome) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(home.sockets / ".s.PGSQL.5432"))
        except OSError:
            return False
    return True


def _run(home: EmbeddedHome, program: str, *arguments: str) -> None:
    # The server is another account's, and what runs in it can read its environment: no key of ours is there.
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    command = [str(home.programs / program), *arguments]
    output = home.folder / f"{program}.log"
    with output.open("wb") as log:
        # A pipe would stay open in the server for as long as it lives, so a file takes the output.
        finished = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=environment,
            check=False,
            **home.account,
        )
    if finished.returncode:
        said = _reason(output.read_text(errors="replace"))
        raise EmbeddedServerError(f"{program} of the embedded database failed in {home.folder}: {said}")


def _reason(output: str) -> str:
    """Return the lines that say what went wrong, of all that a program of Postgres says of its work."""
    lines = output.strip().splitlines()
    return "\n".join([line for line in lines if _WRONG.search(line)] or lines)[-2000:]
