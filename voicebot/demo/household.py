"""The demo's processes: started, watched, started again when one dies, and ended together."""

import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from simulator.house import Program, cpu_s
from voicebot.demo.ending import end_processes, kill_group
from voicebot.demo.place import RunningProcess


class HouseholdEnding(Exception):
    """The demo is ending: nothing is started any more."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often one of them may die, and the length of the first pause; each further pause is twice as long."""

    deaths: int = 5
    within_s: float = 60.0
    pause_s: float = 0.2
    look_s: float = 0.5
    """How often a program is asked whether it is there that we cannot wait for."""


def _children() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


@dataclass
class Household:
    """All that this process runs.

    `tell` prints a line, `give_up` ends the demo with one. `changed` is called whenever a process was replaced.
    """

    tell: Callable[[str], None]
    give_up: Callable[[str], None]
    changed: Callable[[tuple[RunningProcess, ...]], None] = lambda _running: None
    patience: Patience = field(default_factory=Patience)
    popen: Callable[..., subprocess.Popen[bytes]] = subprocess.Popen
    restarts: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)
    _running: dict[str, RunningProcess] = field(default_factory=dict)
    _others: set[psutil.Process] = field(default_factory=_children)
    """What this process had started before, for whom the household has nothing to say."""

    def start(self, program: Program) -> None:
        """Start a program and keep it running. Raises HouseholdEnding, OSError."""
        process = self._launch(program)
        self._aside(lambda: self._keep(program, process), program.name)

    def busy_s(self) -> float:
        """Return the CPU seconds of all processes that run now; one that was started again counts from its start."""
        with self._lock:
            return cpu_s([process.pid for process in self._running.values()])

    def watch(self, name: str, is_there: Callable[[], bool], start: Callable[[], object], log: Path) -> None:
        """Watch a process that is no child of ours; `start` raises when it does not come up."""
        self._aside(lambda: self._look_after(name, is_there, start, log), name)

    def end(self) -> None:
        """End all of them, and those that are being started. Nothing is started afterwards."""
        with self._lock:
            self._over.set()
            running = list(self._running.values())
        end_processes(running)
        for stray in _children() - self._others:
            with suppress(psutil.NoSuchProcess):
                stray.kill()

    def _aside(self, work: Callable[[], None], name: str) -> None:
        threading.Thread(target=work, name=f"keeps {name}", daemon=True).start()

    def _launch(self, program: Program) -> subprocess.Popen[bytes]:
        with self._lock, program.log.open("ab") as log:
            if self._over.is_set():
                raise HouseholdEnding
            process = self.popen(
                program.command,
                cwd=program.folder,
                env=dict(program.environ),
                stdin=subprocess.PIPE if program.sees_our_end else subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl+C reaches this process alone; each of the others is ended in turn, with its whole group.
                start_new_session=True,
            )
            self._running[program.name] = RunningProcess.of(program.name, process.pid)
            self.changed(tuple(self._running.values()))
            return process

    def _keep(self, program: Program, process: subprocess.Popen[bytes]) -> None:
        deaths: deque[float] = deque()
        with suppress(HouseholdEnding):
            while True:
                code = process.wait()
                if not self._over.is_set():
                    # What a killed gunicorn leaves behind still holds the port.
                    kill_group(process.pid)
                self._bury(program.name, _how(code), program.log, deaths)
                process = self._launch(program)

    def _look_after(
        self, name: str, is_there: Callable[[], bool], start: Callable[[], object], log: Path
    ) -> None:
        deaths: deque[float] = deque()
        with suppress(HouseholdEnding):
            while not self._over.wait(self.patience.look_s):
                if not is_there():
                    self._bury(name, "", log, deaths)
                    # What went wrong stands in the log, and counts as one more death.
                    with suppress(Exception):
                        start()

    def _bury(self, name: str, how: str, log: Path, deaths: "deque[float]") -> None:
        """Note a death and wait a little. Raises HouseholdEnding when nothing is to be started again."""
        if self._over.is_set():
            raise HouseholdEnding
        now = time.monotonic()
        deaths.append(now)
        while now - deaths[0] > self.patience.within_s:
            deaths.popleft()
        if len(deaths) >= self.patience.deaths:
            minutes = "a minute" if self.patience.within_s == 60 else f"{self.patience.within_s:g} s"
            self.give_up(f"The {name} ended {len(deaths)} times within {minutes}; its log is {log}")
            raise HouseholdEnding
        self.tell(f"The {name} ended{how}: it is started again.")
        self.restarts += 1
        if self._over.wait(self.patience.pause_s * 2 ** (len(deaths) - 1)):
            raise HouseholdEnding


def _how(code: int) -> str:
    if code >= 0:
        return f" with exit code {code}"
    try:
        return f" ({signal.Signals(-code).name})"
    except ValueError:
        return f" (signal {-code})"
