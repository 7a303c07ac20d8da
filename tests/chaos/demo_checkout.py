"""A folder in which demos are run, as a person has a checkout, and what they leave there."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from simulator.house import free_port
from tests.house import ROOT
from tests.support.runs import forks
from tests.support.servers import lay_migrated_database, place
from tests.support.waiting import busy_times, wait_for

READY_S = 90.0


@dataclass
class Checkout:
    """A folder in which demos are run, and those that were started there."""

    folder: Path
    environ: dict[str, str]
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def printed(self) -> str:
        return (self.folder / "printed").read_text(encoding="utf-8")

    @property
    def data_dir(self) -> Path:
        return self.folder / ".voicebot-demo"

    @property
    def record(self) -> dict[str, Any]:
        return dict(json.loads((self.data_dir / "running.json").read_text(encoding="utf-8")))

    def pid(self, name: str) -> int:
        return next(int(child["pid"]) for child in self.record["children"] if child["name"] == name)

    def start(self, *arguments: str, loaded: bool = True, **environ: str) -> subprocess.Popen[bytes]:
        """Start a demo: as a fork that has loaded it and forks what it runs, or from the beginning."""
        # What a script starts in the background is deaf to Ctrl+C, and so would be what it starts.
        if loaded:
            # A demo ends with all that it has started, and others want this one, too.
            forks.loaded("patched")
        hears = [] if loaded else ["env", "--default-signal=INT"]
        with (self.folder / "printed").open("wb") as page:
            process = (forks.start if loaded else subprocess.Popen)(
                [*hears, sys.executable, "-m", "voicebot", "demo", *arguments],
                cwd=self.folder,
                env=self.environ | environ,
                stdin=subprocess.DEVNULL,
                stdout=page,
                stderr=page,
            )
        self.started.append(process)
        return process

    def run(self, *arguments: str) -> tuple[int, str]:
        process = forks.start(
            [sys.executable, "-m", "voicebot", *arguments],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said, _ = process.communicate(timeout=60 * busy_times())
        return process.returncode, said

    def says(self, words: str, within_s: float = READY_S) -> None:
        def said() -> bool:
            assert self.started[-1].poll() is None or words in self.printed, self.printed
            return words in self.printed

        wait_for(said, within_s, 0.1)

    def processes(self) -> list[psutil.Process]:
        """What runs for this folder, whoever started it: it runs in it, as the database, or writes into it, as all others."""
        found = []
        for process in psutil.process_iter():
            for link in ("cwd", "fd/1"):
                # It may have ended, and then it is nobody's.
                with suppress(OSError):
                    if Path(f"/proc/{process.pid}/{link}").readlink().is_relative_to(self.folder):
                        found.append(process)
                        break
        return found

    def empties(self) -> None:
        """Nothing runs for this folder any more, or in a moment: what is killed takes one to end."""

        def told() -> list[str]:
            return [str(Path(f"/proc/{one.pid}/fd/1").readlink()) for one in self.processes()]

        wait_for(lambda: self.processes() == [], 2, 0.05, told=told)


def nothing_left(checkout: Checkout) -> bool:
    """End what still runs for a folder; True when nothing did. A process may end by itself before it is ended."""
    left = checkout.processes()
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    return left == []


@pytest.fixture
def new_checkout() -> Iterator[Checkout]:
    """A folder in which no demo has been yet: the first one makes its database."""
    # As root the embedded server's account has to enter it.
    folder = Path(tempfile.mkdtemp(prefix="voicebot-test-demo-", dir=place()))
    folder.chmod(0o755)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONPATH": str(ROOT),
        "PORT": str(free_port()),
        "VOICEBOT_SIMULATOR_URL": f"http://127.0.0.1:{free_port()}",
        # All of it is another installation's.
        "VOICEBOT_DATA_DIR": str(folder / "elsewhere"),
        "SUPABASE_DB_URL": "postgresql://nobody@127.0.0.1:9/nothing",
        "TWILIO_ACCOUNT_SID": "AC" + "9" * 32,
    }
    made = Checkout(folder, environ)
    yield made
    for process in made.started:
        process.kill()
        process.wait()
    # What a test that failed has left is ended here, and by nothing of what was tested.
    wait_for(lambda: nothing_left(made), 20, 0.1)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def checkout(new_checkout: Checkout) -> Checkout:
    """A folder in which there was a demo before: its database is there."""
    lay_migrated_database(new_checkout.data_dir)
    return new_checkout
