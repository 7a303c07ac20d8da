"""The backup's part of the data folder: the secrets, the spool and, on request, the clips.

Everything else there is made again: the embedded database is copied as tables, metrics and logs are of one run.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from voicebot.storage.backup.archive import Archive, ArchiveWriter, BackupError
from voicebot.storage.spool.files import CORRUPT, SUFFIX

# `secret_files` names each secret like its setting; a file with another name holds no secret.
SECRET = re.compile(r"[a-z][a-z0-9_]*")
LONGEST_SECRET = 4096
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
SECRETS, SPOOL, ASIDE, CLIPS = "files/secrets/", "files/spool/", "files/aside/", "files/clips/"


def secrets_in(folder: Path) -> dict[str, bytes]:
    """Return the secrets that lie in the data folder, by name."""
    if not folder.is_dir():
        return {}
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.iterdir())
        if SECRET.fullmatch(path.name) and path.is_file() and path.stat().st_size <= LONGEST_SECRET
    }


def pack(folder: Path, writer: ArchiveWriter, *, clips: bool) -> dict[str, int]:
    """Add the files of the data folder to a backup; return how many of each kind.

    Runs before the snapshot of the tables: a fact that is replayed meanwhile is then in both, which does no harm.
    """
    secrets = secrets_in(folder)
    for name, content in secrets.items():
        writer.add(SECRETS + name, content)
    return {
        "secrets": len(secrets),
        "facts": _pack(folder / "spool", writer, SPOOL, SUFFIX),
        "aside": _pack(folder / "spool" / CORRUPT, writer, ASIDE),
        "clips": _pack(folder / "clips", writer, CLIPS) if clips else 0,
    }


def _pack(folder: Path, writer: ArchiveWriter, prefix: str, suffix: str = "") -> int:
    count = 0
    for path in _files(folder, suffix):
        try:
            writer.add(prefix + path.name, path.read_bytes())
        except FileNotFoundError:
            # Replayed, or swept, since we looked.
            continue
        count += 1
    return count


def _files(folder: Path, suffix: str = "") -> Iterator[Path]:
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if path.name.endswith(suffix) and PLAIN_NAME.fullmatch(path.name) and path.is_file():
                yield path


def used_parts(folder: Path, archive: Archive) -> list[str]:
    """Name what lies in the data folder and would be lost: other secrets than the backup's, facts that it lacks."""
    here = secrets_in(folder)
    kept = {name.removeprefix(SECRETS): content for name, content in archive.members(SECRETS)}
    facts = {name.removeprefix(SPOOL) for name, _ in archive.members(SPOOL)}
    others = [name for name, content in here.items() if kept.get(name, content) != content]
    waiting = [path for path in _files(folder / "spool", SUFFIX) if path.name not in facts]
    return others + ([f"{len(waiting)} facts in the spool"] if waiting else [])


def unpack_secrets(folder: Path, archive: Archive) -> list[Path]:
    """Write the secrets, over those that are there; return the files that were not there before."""
    return _unpack(folder, archive, SECRETS, SECRET)


def unpack_files(folder: Path, archive: Archive) -> int:
    """Write spooled facts, those set aside, and clips; return how many of them were not there before."""
    places = {SPOOL: folder / "spool", ASIDE: folder / "spool" / CORRUPT, CLIPS: folder / "clips"}
    return sum(len(_unpack(place, archive, prefix, PLAIN_NAME)) for prefix, place in places.items())


def _unpack(folder: Path, archive: Archive, prefix: str, allowed: re.Pattern[str]) -> list[Path]:
    new: list[Path] = []
    try:
        for name, content in archive.members(prefix):
            path = folder / name.removeprefix(prefix)
            if not allowed.fullmatch(path.name):
                raise BackupError(f"the backup holds a file with a strange name: {path.name}")
            # Others may pass through the data folder, and into no folder below it.
            folder.mkdir(parents=True, exist_ok=True, mode=0o711 if prefix == SECRETS else 0o700)
            if not path.exists():
                new.append(path)
            _write(path, content)
    except OSError as error:
        raise BackupError(f"{folder} cannot be written: {error.strerror}") from error
    return new


def _write(path: Path, content: bytes) -> None:
    half = path.with_name(f".{path.name}.half")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    half.rename(path)
