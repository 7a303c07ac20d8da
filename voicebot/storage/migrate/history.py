"""Compare the migrations on disk with those a database has had; knows files and checksums, no database."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NUMBERED = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


class MigrationError(Exception):
    """The database was left at the last step that worked; the message says which one did not and why."""


@dataclass(frozen=True, slots=True)
class SqlFile:
    """One SQL file as it is on disk."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """The file's name without its folder: what history is kept by."""
        return self.path.name

    @property
    def checksum(self) -> str:
        """Changes with every edit but a change of line endings."""
        return hashlib.sha256(self.text.replace("\r\n", "\n").encode()).hexdigest()


def read_folder(folder: Path) -> list[SqlFile]:
    """Return the folder's SQL files in the order of their names."""
    return [SqlFile(path, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.sql"))]


def read_tree(folder: Path) -> list[SqlFile]:
    """Return the SQL files of the folder and of all folders in it, in the order of their paths."""
    return [SqlFile(path, path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.sql"))]


def pending_of(files: list[SqlFile], applied: Mapping[str, str]) -> list[SqlFile]:
    """Return the migrations that `applied` (name -> checksum) lacks.

    Raises MigrationError when history was edited, is ahead of the disk or would be applied out of order.
    """
    _refuse_bad_names(files)
    on_disk = {file.name for file in files}
    for name in sorted(applied):
        if name not in on_disk:
            raise MigrationError(
                f"the database already has {name}, which this version lacks: it is too old for it"
            )
    for file in files:
        if file.name in applied and applied[file.name] != file.checksum:
            raise MigrationError(
                f"{file.name} was edited after it was applied: put it back and add a new migration"
            )
    pending = [file for file in files if file.name not in applied]
    if pending and applied and pending[0].name < max(applied):
        raise MigrationError(
            f"{pending[0].name} is new but comes before {max(applied)}, which is applied: renumber it"
        )
    return pending


def _refuse_bad_names(files: list[SqlFile]) -> None:
    seen: dict[str, str] = {}
    for file in files:
        match = NUMBERED.fullmatch(file.name)
        if match is None:
            raise MigrationError(f"{file.name} is not named like 0001_what_it_adds.sql")
        other = seen.setdefault(match[1], file.name)
        if other != file.name:
            raise MigrationError(f"{other} and {file.name} have the same number")
