"""Where the demo lives: a data folder of its own, and a file in it that says what runs and where."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]

from voicebot.demo import FOLDER

RECORD = "running.json"
LEFT_OUT = (
    *("TWILIO_", "OPENAI_", "ELEVENLABS_", "DEEPGRAM_", "SUPABASE_", "PUBLIC_", "STT_", "PG"),
    *("SMTP_", "MAIL_FROM", "OPERATOR_", "SECRET_KEY", "CREDENTIALS_KEY", "ALLOWED_COUNTRIES"),
    *("VOICEBOT_ENV_FILE", "VOICE_TRANSPORT"),
)
"""How variables of accounts, numbers and databases begin: the demo uses none of them."""
OPERATOR = "+12025550199"
SHOP = "Harbour Street Bicycles"
"""The name of the seed's template: who the texts are from."""
LOOSE_CAPS = dict.fromkeys(
    (
        *("MAX_LIVE_CALLS_PER_NUMBER", "MAX_LIVE_CALLS_PER_PREFIX"),
        *("MAX_HOURLY_CALLS_PER_NUMBER", "MAX_HOURLY_CALLS_PER_PREFIX"),
        *("MAX_HOURLY_TEXTS_PER_NUMBER", "MAX_HOURLY_TEXTS_PER_PREFIX"),
        *("MAX_CALL_USD", "MAX_DAILY_INBOUND_USD", "MAX_DAILY_TEXTS_USD"),
    ),
    "10000",
)
"""Nobody pays for what the simulator plays, and one phone is everybody's."""
SAME_START_S = 2.0
"""A clock that is set moves the start of a process as the kernel tells it."""


@dataclass(frozen=True, slots=True)
class RunningProcess:
    """A process by its id and its start: an id alone may belong to another one by now."""

    name: str
    pid: int
    started_at: float

    @classmethod
    def of(cls, name: str, pid: int) -> "RunningProcess":
        """Describe a process. One that has ended already is described as never alive."""
        try:
            return cls(name, pid, float(psutil.Process(pid).create_time()))
        except psutil.Error:
            return cls(name, pid, 0.0)

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        try:
            found = psutil.Process(self.pid)
            same = abs(found.create_time() - self.started_at) < SAME_START_S
            return bool(same and found.status() != psutil.STATUS_ZOMBIE)
        except psutil.Error:
            return False


@dataclass(frozen=True, slots=True)
class Record:
    """What one demo runs, and where it is reached."""

    demo: RunningProcess
    web_url: str
    simulator_url: str
    children: tuple[RunningProcess, ...] = ()

    @property
    def port(self) -> int:
        """The port of the service."""
        return urlsplit(self.web_url).port or 80


class NoDemoYet(Exception):
    """No demo has ever run in this folder."""

    def __init__(self) -> None:
        super().__init__("no demo has run here yet: `make demo` starts one")


def demo_folder() -> Path:
    """Return the demo's data folder, below the folder that the program was started in."""
    return Path(FOLDER).absolute()


def demo_environ(environ: Mapping[str, str], simulator_url: str, port: int | str) -> dict[str, str]:
    """Return the environment of the demo: no account, no database but its own, the simulator as every provider."""
    kept = {name: value for name, value in environ.items() if not name.startswith(LEFT_OUT)}
    # One web process is enough for one visitor, and is there sooner.
    return {"VOICEBOT_SERVICE_NAME": SHOP, "VOICEBOT_WEB_WORKERS": "1", **LOOSE_CAPS, **kept} | {
        "PORT": str(port),
        "VOICEBOT_SIMULATOR_URL": simulator_url,
        "VOICEBOT_BIND_HOST": "127.0.0.1",
        "VOICEBOT_DATA_DIR": str(demo_folder()),
        "OPERATOR_PHONE_NUMBER": OPERATOR,
        # Where nothing else is told; a number on Gather is there as well.
        "VOICE_TRANSPORT": "media",
    }


def visiting_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a command that works on the demo, whether it runs or not. Raises NoDemoYet."""
    record = read_record(demo_folder())
    if record is None:
        raise NoDemoYet
    if record.demo.alive:
        return demo_environ(environ, record.simulator_url, record.port)
    return demo_environ(environ, environ.get("VOICEBOT_SIMULATOR_URL", ""), environ.get("PORT", ""))


def write_record(folder: Path, record: Record) -> None:
    """Store the record of the running demo; a concurrent reader gets the old one or the new one."""
    being_written = folder / f"{RECORD}.new"
    being_written.write_text(json.dumps(asdict(record), indent=2), encoding="utf-8")
    being_written.replace(folder / RECORD)


def read_record(folder: Path) -> Record | None:
    """Return the record of the latest demo; None when there was none, or it cannot be read."""
    try:
        found: dict[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        children = tuple(RunningProcess(**child) for child in found["children"])
        record = Record(**(found | {"demo": RunningProcess(**found["demo"]), "children": children}))
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return record


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Be the only demo of a folder, until the block or this process ends; False when another one is."""
    folder.mkdir(parents=True, exist_ok=True)
    # Closed in every child, so that the lock belongs to this process alone; nobody else may open it, and so hold it.
    descriptor = os.open(folder / "demo.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as lock:
        os.fchmod(descriptor, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def enter(environ: Mapping[str, str]) -> None:
    """Make `environ` the environment of this process, whole."""
    os.environ.clear()
    os.environ.update(environ)
