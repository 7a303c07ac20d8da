"""Starting programs of a house by a fork of a loaded process (`loaded.py`), as `subprocess.Popen` would start them."""

import fcntl
import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.servers import folder_of_the_run, pid_of_the_run
from tests.support.waiting import wait_for_start

ROOT = Path(__file__).resolve().parents[3]
KINDS = {
    ("-m", "voicebot", "serve"): "patched",
    ("-m", "gunicorn"): "patched",
    ("-m", "simulator", "serve"): "patched",
    ("-m", "voicebot"): "plain",
    ("-m", "voicebot.demo.watchman"): "plain",
    ("-m", "tests.processes.worker_process"): "plain",
    ("-m", "tests.chaos.hasty_worker"): "plain",
}
"""What can be forked, by its first words after `python`."""
GONE = 9


def kind_of(command: Sequence[str]) -> str | None:
    """Return which process has loaded a program, None where none has."""
    words = tuple(command[1:])
    return next((kind for first, kind in KINDS.items() if words[: len(first)] == first), None)


class Forked(subprocess.Popen[Any]):
    """A process that is no child of ours: the loaded process tells how it ended."""

    _ended: int

    def _execute_child(self, args: Any, *others: Any) -> None:
        """CPython's own starts a program here; the arguments are those of 3.11 to 3.13."""
        _executable, _preexec, _close_fds, _pass_fds, cwd, env, _info, _flags, _shell = others[:9]
        p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite = others[9:15]
        files = [own if file == -1 else file for own, file in enumerate((p2cread, c2pwrite, errwrite))]
        self._ended, ending = os.pipe()
        words = {
            "argv": [str(word) for word in args[1:]],
            "cwd": str(cwd or Path.cwd()),
            "env": dict(os.environ if env is None else env),
            # In no session it would be in the loaded process's, and end with whatever ends that.
            "session": True,
        }
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
            asked.connect(str(loaded(str(kind_of(args)))))
            said = json.dumps(words).encode() + b"\n"
            sent = socket.send_fds(asked, [said], [*files, ending])
            asked.sendall(said[sent:])
            self.pid = int(asked.makefile().readline())
        os.close(ending)
        self._child_created = True
        self._close_pipe_fds(p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite)  # type: ignore[attr-defined]

    def _internal_poll(self, *_: Any, **__: Any) -> int | None:
        lock = self._waitpid_lock  # type: ignore[attr-defined]
        if self.returncode is None and self._child_created and lock.acquire(False):  # type: ignore[attr-defined]
            try:
                pid, status = self._try_wait(os.WNOHANG) if self.returncode is None else (0, 0)
                if pid:
                    self._handle_exitstatus(status)  # type: ignore[attr-defined]
            finally:
                lock.release()
        return self.returncode

    def _try_wait(self, flags: int) -> tuple[int, int]:
        if flags & os.WNOHANG and not select.select([self._ended], [], [], 0)[0]:
            return 0, 0
        told = os.read(self._ended, 16)
        os.close(self._ended)
        return self.pid, int(told or GONE)


def start(command: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
    """Start a program; by a fork where one has loaded it."""
    started = Forked if kind_of(command) else subprocess.Popen
    return started(command, **options)


def loaded(kind: str) -> Path:
    """Return where the loaded process listens; the first of a run who asks starts it."""
    folder = folder_of_the_run() / "loaded"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{kind}.socket"
    if path.exists():
        return path
    with (folder / f"{kind}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            log = folder / f"{kind}.log"
            with log.open("wb") as page:
                process = subprocess.Popen(
                    [
                        sys.executable,
                        "-m",
                        "tests.support.runs.loaded",
                        str(folder),
                        kind,
                        str(pid_of_the_run()),
                    ],
                    cwd=ROOT,
                    # Before numpy is loaded, as gunicorn.conf.py has it: a thread would not be there after a fork.
                    env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
                    stdin=subprocess.DEVNULL,
                    stdout=page,
                    stderr=page,
                    start_new_session=True,
                )
            wait_for_start(process.pid, path.exists, log.read_text)
    return path
