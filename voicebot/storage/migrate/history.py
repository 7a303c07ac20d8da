"""Compare the migrations on disk with those a database has had; knows files and checksums, no database."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

WRITTEN_ANEW = {
    "0047_caller_numbers.sql": "30e3f64eb787848e354fc81985b344b032d13ea902a20434ace5782a917edc07",
    "0062_inbox.sql": "8b62c6a30c5701366cc210cc860c55e3f0b4171069bda73423339da2cf277145",
    "0063_people_and_search.sql": "7a350123474671427032cf6bf2cb8bb47aff2bb61cddf2fbdc4a3e16cf40174b",
    "0064_bulk_and_tags.sql": "5ec36153798a163304a81a470039b46bf5de1cf636eea4f6d917bb856d87fd61",
    "0068_figures_and_alerts.sql": "23e13d823e42d7932e2c59d5b7786dcdf0b365a14bd47598da7bde3e0f808d92",
    "0070_teams_and_their_numbers.sql": "bb535c3540a5a7cb7882d1a31de42483dc0fd574a4284ebbd3af708a07f79d6e",
    "0071_quick_figures.sql": "3483d4c2b100f92c5bdb634994bbad5d0cb85a78d72ace5f5127b11b1579b2b4",
}
"""Migrations that were written anew, so that calls go on meanwhile, for databases that do not have them yet, with the checksum of the text before:
whoever applied that has the same schema."""
NUMBERED = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


class MigrationError(Exception):
    """The database was left at the last step that worked; the message says which step failed and why."""


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


def is_applied(file: SqlFile, checksum: str | None) -> bool:
    """Whether what was applied by this checksum came to what the file comes to."""
    return checksum is not None and checksum in (file.checksum, WRITTEN_ANEW.get(file.name))


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
        if file.name in applied and not is_applied(file, applied[file.name]):
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
