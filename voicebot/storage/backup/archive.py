"""The file of a backup: a gzipped tar that begins with a header and ends with the checksum of every member.

Nothing of it is unpacked by name: members are read in order, and a name that is not expected makes the file damaged.
A table is cut into pieces, so that writing it needs no room beside the file.
"""

import gzip
import hashlib
import io
import os
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import orjson

FORMAT = 1
HEADER, MANIFEST, TABLES = "header.json", "manifest.json", "tables/"
PIECE_BYTES = 4 * 1024 * 1024
LONGEST_MEMBER = 64 * 1024 * 1024
COMPRESSION = 3
MEMBER = re.compile(r"header\.json|manifest\.json|(?:tables|files)/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
PARTS = {"sums", "migrations", "tables", "rows", "bytes", "sequences", "key_marks"}
DAMAGE = (
    OSError,
    EOFError,
    tarfile.TarError,
    zlib.error,
    orjson.JSONDecodeError,
    KeyError,
    TypeError,
    ValueError,
)


class BackupError(Exception):
    """A backup cannot be made, read or restored; the text is the one line to show."""


@dataclass
class ArchiveWriter:
    """Adds members to a backup and remembers their checksums."""

    tar: tarfile.TarFile
    sums: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, content: bytes) -> None:
        """Write one member, readable by its owner alone, and remember its checksum."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(content), 0o600
        self.tar.addfile(info, io.BytesIO(content))
        self.sums[name] = hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Archive:
    """A backup that was read to its end and found whole."""

    path: Path
    header: Mapping[str, Any]
    manifest: Mapping[str, Any]

    def members(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """Give the members whose names begin so, in the order in which they were written: files, then tables."""
        for name, content in _read(self.path):
            if name.startswith(prefix):
                yield name, content
            elif name.startswith(TABLES):
                # The files are over, and the tables may be many gigabytes.
                return


@contextmanager
def new_archive(path: Path, header: Mapping[str, Any]) -> Iterator[tuple[ArchiveWriter, dict[str, Any]]]:
    """Write a backup to `path`, which only this account may read; yields the writer and the manifest to fill.

    The file appears under its name once it is whole. Raises BackupError when the name is taken.
    """
    if path.exists():
        raise BackupError(f"{path} is there already: choose another name")
    half = path.with_name(f".{path.name}.half")
    manifest: dict[str, Any] = {}
    try:
        half.unlink(missing_ok=True)
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            with _packed(file) as tar:
                writer = ArchiveWriter(tar)
                writer.add(HEADER, orjson.dumps({"format": FORMAT, **header}))
                yield writer, manifest
                writer.add(MANIFEST, orjson.dumps({**manifest, "sums": writer.sums}))
            file.flush()
            os.fsync(file.fileno())
        half.rename(path)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        half.unlink(missing_ok=True)


@contextmanager
def _packed(file: IO[bytes]) -> Iterator[tarfile.TarFile]:
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=COMPRESSION, mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            yield tar


def open_archive(path: Path, progress: Callable[[str, int, int], None] = lambda *_: None) -> Archive:
    """Read a backup to its end and compare every checksum. Raises BackupError when anything is not as it was written."""
    if not path.is_file():
        raise BackupError(f"{path} is no file")
    sums: dict[str, str] = {}
    header: Any = None
    manifest: Any = None
    try:
        for name, content in _read(path, progress):
            if name == MANIFEST:
                manifest = orjson.loads(content)
                continue
            header = orjson.loads(content) if name == HEADER else header
            sums[name] = hashlib.sha256(content).hexdigest()
        made_in, _ = header["format"], header["made_at"]
        if manifest["sums"] != sums or not manifest.keys() >= PARTS:
            raise ValueError(MANIFEST)
    except DAMAGE as error:
        raise BackupError(f"{path} is damaged or no backup of ours: nothing was restored") from error
    if made_in != FORMAT:
        raise BackupError(f"{path} has format {made_in}, and this version reads format {FORMAT}")
    return Archive(path, header, manifest)


def _read(
    path: Path, progress: Callable[[str, int, int], None] = lambda *_: None
) -> Iterator[tuple[str, bytes]]:
    size = path.stat().st_size
    with (
        path.open("rb") as file,
        gzip.GzipFile(fileobj=file) as packed,
        tarfile.open(fileobj=packed, mode="r|") as tar,
    ):
        for info in tar:
            if not info.isfile() or info.size > LONGEST_MEMBER or not MEMBER.fullmatch(info.name):
                raise tarfile.TarError(info.name)
            member = tar.extractfile(info)
            content = member.read() if member else b""
            if len(content) != info.size:
                raise EOFError(info.name)
            progress("checksums", file.tell(), size)
            yield info.name, content
        # What follows the last member still counts: the sum of the whole is checked at its very end.
        while packed.read(PIECE_BYTES):
            pass
