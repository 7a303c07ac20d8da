"""Facts that the database could not take, as files that survive a power cut.

One file a fact: `<us since 1970>-<key's digest>-<random>.fact`, or `….first.fact` for a request to stop, encrypted with
a key derived from SECRET_KEY, because it holds numbers and words. A file is written under another name, synced, renamed, and the folder synced: when `append`
returns, the fact is as durable as a commit. Nothing here runs on the hub that carries audio: see `off_hub`.
"""

import base64
import hashlib
import os
import platform
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken

from voicebot.settings import Settings
from voicebot.storage.database.clean import clean
from voicebot.storage.off_hub import off_hub

VERSION = 1
SUFFIX, FIRST, CORRUPT = ".fact", ".first.fact", ".corrupt"
MOMENT_DIGITS, KEY_DIGITS = 20, 16
ABANDONED_S = 3600.0
HOLD_S = 60.0
"""For how long texts and dials that nobody waits for are held back because of the newest waiting fact."""


class SpoolUnusable(Exception):
    """The spool's folder cannot be written: the service must not start, it could lose facts."""


class Corrupt(Exception):
    """A file of the spool cannot be read back."""


@dataclass(frozen=True)
class SpooledFact:
    """A write that waits: which SQL function, with which parameters, about whom, seen when and where."""

    function: str
    key: str
    params: Mapping[str, Any]
    observed_at: datetime
    machine: str = platform.node()
    version: int = VERSION

    @property
    def goes_first(self) -> bool:
        """Whether it is a request to stop, which is replayed before everything else."""
        asked = self.params.get("keyword") == "stop" or bool(self.params.get("opt_out"))
        return asked or self.function == "suppress"


def digest_of(key: str) -> str:
    """Return the part of a file's name that identifies its key, and reveals nothing of it."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:KEY_DIGITS]


def moment_of(name: str) -> float:
    """Return when the fact in a file of this name was seen, in seconds since 1970."""
    return int(name[:MOMENT_DIGITS]) / 1e6


def _is_fact(name: str) -> bool:
    # Other files there belong to somebody else.
    return name.endswith(SUFFIX) and name[:MOMENT_DIGITS].isdecimal()


class Spool:
    """The folder. Several processes of one machine may append; one of them replays."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._cipher = Fernet(base64.urlsafe_b64encode(key[:32]))

    @property
    def folder(self) -> Path:
        """The folder of this machine that holds the waiting facts."""
        return self._folder

    def probe(self) -> None:
        """Write and sync something, as a fact would be. Raises SpoolUnusable."""
        try:
            off_hub(self._probe)
        except OSError as error:
            raise SpoolUnusable(
                f"the spool folder {self._folder} cannot be written ({error.strerror}); "
                "set VOICEBOT_DATA_DIR to a folder on a disk with room"
            ) from error

    def _probe(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in self._folder.glob("*.half"):
            # Half written by a process that died, so never acknowledged.
            if time.time() - path.stat().st_mtime > ABANDONED_S:
                path.unlink(missing_ok=True)
        self._write(self._folder / f"probe-{secrets.token_hex(4)}", b"probe").unlink()

    def append(self, fact: SpooledFact) -> None:
        """Store the fact. Raises OSError when it could not be made durable; then nothing of it remains."""
        moment = int(fact.observed_at.timestamp() * 1_000_000)
        suffix = FIRST if fact.goes_first else SUFFIX
        name = f"{moment:0{MOMENT_DIGITS}d}-{digest_of(fact.key)}-{secrets.token_hex(4)}{suffix}"
        content = {
            "function": fact.function,
            "key": fact.key,
            "params": dict(fact.params),
            "observed_at": fact.observed_at,
            "machine": fact.machine,
            "version": fact.version,
        }
        # Cleaned as the database would: what cannot be written must not be refused here either.
        data = self._cipher.encrypt(orjson.dumps(clean(content), default=str))
        off_hub(lambda: self._write(self._folder / name, data))

    def _write(self, path: Path, data: bytes) -> Path:
        half = path.with_suffix(".half")
        try:
            with half.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            half.rename(path)
            self._sync_folder()
        except OSError:
            half.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise
        return path

    def _sync_folder(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def waiting(self) -> list[Path]:
        """Return the files that wait, the oldest fact first."""
        return [self._folder / name for name in self.names()]

    def names(self) -> list[str]:
        """Return the names of the files that wait, the oldest fact first."""
        return off_hub(lambda: sorted(self._names()))

    def in_order(self) -> Iterator[Path]:
        """Give the files that wait now as they are replayed: requests to stop first, then by age. Reads none of them."""
        names = self.names()
        yield from (self._folder / name for name in names if name.endswith(FIRST))
        yield from (self._folder / name for name in names if not name.endswith(FIRST))

    def _names(self) -> list[str]:
        # Names alone: after a long outage they are tens of thousands, and each look takes them all.
        try:
            names = os.listdir(self._folder)  # noqa: PTH208 (a Path for each would take longer than all the rest)
            return [name for name in names if _is_fact(name)]
        except (FileNotFoundError, NotADirectoryError):
            # Nothing can wait in a folder that is not there; appending will say so.
            return []

    def _is_empty(self) -> bool:
        """Tell it without leaving the hub: so it is nearly always, and every fact asks."""
        try:
            with os.scandir(self._folder) as entries:
                return not any(_is_fact(entry.name) for entry in entries)
        except (FileNotFoundError, NotADirectoryError):
            return True

    def holds_back(self, now: datetime) -> bool:
        """Tell whether facts wait that are not older than HOLD_S: a stranded one must not stop everything for good."""
        if self._is_empty():
            return False
        newest = off_hub(lambda: max(self._names(), default=None))
        return newest is not None and now.timestamp() - moment_of(newest) < HOLD_S

    def holds(self, key: str) -> bool:
        """Tell whether a fact of this key waits: then later ones have to wait behind it."""
        mark = f"-{digest_of(key)}-"
        return not self._is_empty() and off_hub(lambda: any(mark in name for name in self._names()))

    def read(self, path: Path) -> SpooledFact:
        """Read a file back. Raises Corrupt, and FileNotFoundError when somebody else replayed it."""
        try:
            content = orjson.loads(self._cipher.decrypt(off_hub(path.read_bytes)))
            return SpooledFact(
                function=content["function"],
                key=content["key"],
                params=content["params"],
                observed_at=datetime.fromisoformat(content["observed_at"]),
                machine=content["machine"],
                version=content["version"],
            )
        except FileNotFoundError:
            raise
        except (InvalidToken, orjson.JSONDecodeError, KeyError, TypeError, ValueError, OSError) as error:
            raise Corrupt(path.name) from error

    def remove(self, path: Path) -> None:
        """Forget a fact that the database has."""
        path.unlink(missing_ok=True)

    def set_aside(self, path: Path) -> Path:
        """Move a file that can never be replayed out of the way, for a person to look at."""
        aside = self._folder / CORRUPT
        aside.mkdir(exist_ok=True, mode=0o700)
        return path.rename(aside / path.name)


def open_spool(settings: Settings) -> Spool:
    """Return the spool of the configured data folder. Nothing is written before a fact needs it."""
    return Spool(Path(settings.data_dir) / "spool", settings.derived_key("spool"))
