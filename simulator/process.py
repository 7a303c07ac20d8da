"""A simulator as a process of its own: what tests and the demo start."""

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import IO

from simulator.config import DATABASE_VARIABLE, TOKEN_VARIABLE

READY = "simulator listening on "
"""How the one line on its stdout begins, once requests are answered; its address follows."""

START_TIMEOUT_S = 30.0


@dataclass
class RunningSimulator:
    """A simulator that answers at `url` until `stop()`."""

    url: str
    process: subprocess.Popen[str]
    account_sid: str
    auth_token: str
    complaints: "deque[str]" = field(default_factory=lambda: deque(maxlen=200))
    """The last lines that it wrote to stderr."""

    def stop(self) -> None:
        """End the process and wait for it; a second time does nothing."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(timeout=5)

    def __enter__(self) -> "RunningSimulator":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start_simulator(
    *,
    account_sid: str,
    auth_token: str,
    voice_url: str = "",
    status_url: str = "",
    fallback_url: str = "",
    sms_url: str = "",
    sms_fallback_url: str = "",
    messaging_service_sid: str = "",
    number: str = "+12025550100",
    operator_number: str = "+12025550199",
    port: int = 0,
    speed: float = 0.0,
    seed: int = 1,
    data_dir: Path | None = None,
    database_url: str = "",
    popen: Callable[..., subprocess.Popen[str]] = subprocess.Popen,
) -> RunningSimulator:
    """Start a simulator and wait until it answers; port 0 takes a free one. Raises RuntimeError when it does not come
    up.

    `popen` starts its process.
    """
    command = serve_command(
        account_sid=account_sid,
        voice_url=voice_url,
        status_url=status_url,
        fallback_url=fallback_url,
        sms_url=sms_url,
        sms_fallback_url=sms_fallback_url,
        messaging_service_sid=messaging_service_sid,
        number=number,
        operator_number=operator_number,
        port=port,
        speed=speed,
        seed=seed,
        data_dir=data_dir,
    )
    process = popen(
        [*command, "--stop-with-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | secrets_for(auth_token, database_url),
    )
    running = RunningSimulator("", process, account_sid, auth_token)
    running.url = _address(running)
    return running


def secrets_for(auth_token: str, database_url: str = "") -> dict[str, str]:
    """Return the simulator's options as environment variables: an argument would be visible to everybody on the machine."""
    return {TOKEN_VARIABLE: auth_token, DATABASE_VARIABLE: database_url}


def serve_command(
    *, data_dir: Path | None, lines: Mapping[str, str] = MappingProxyType({}), **options: str | float
) -> list[str]:
    """Return the command that serves a simulator; the options are those of `serve`, and empty ones keep its defaults.

    `secrets_for` says what it needs besides.
    """
    command = [sys.executable, "-m", "simulator", "serve"]
    for name, value in (options | {"data": str(data_dir or "")}).items():
        command += [f"--{name.replace('_', '-')}", str(value)] if value != "" else []
    for number, name in lines.items():
        command += ["--line", f"{number}={name}"]
    return command


def _address(running: RunningSimulator) -> str:
    assert running.process.stdout is not None
    assert running.process.stderr is not None
    ready, answered = threading.Event(), deque[str]()

    def read_out(stream: IO[str]) -> None:
        for line in stream:
            if line.startswith(READY):
                answered.append(line.removeprefix(READY).strip())
                ready.set()
        ready.set()

    threading.Thread(target=read_out, args=(running.process.stdout,), daemon=True).start()
    threading.Thread(target=running.complaints.extend, args=(running.process.stderr,), daemon=True).start()
    ready.wait(START_TIMEOUT_S)
    if not answered:
        running.stop()
        raise RuntimeError("the simulator did not start:\n" + "".join(running.complaints))
    return answered[0]
