"""Put a backup back, into a database and a data folder that are empty or may be emptied."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from voicebot.services.upkeep.back_up import key_marks
from voicebot.settings.load import data_folder, load_settings
from voicebot.storage.backup import data_folder as files
from voicebot.storage.backup import load_tables, tables
from voicebot.storage.backup.archive import Archive, BackupError, open_archive
from voicebot.storage.backup.tables import Progress
from voicebot.storage.database import session_dsn
from voicebot.storage.migrate.apply import SQL_FOLDER, migrate
from voicebot.storage.migrate.history import is_applied, read_folder

SAMPLE = 3
"""How many of the things in the way a refusal names."""


@dataclass(frozen=True)
class Restored:
    """How much a restore has put back, and the keys that do not fit."""

    made_at: str
    tables: int
    rows: int
    files: int
    other_keys: tuple[str, ...]
    """Keys that are not those of the backup: what they signed or encrypted then cannot be read now."""
    texts: int
    """Texts that a worker will send, also those that were sent since."""
    calls: int
    """Calls likewise."""


def restore(environ: Mapping[str, str], path: Path, *, force: bool, progress: Progress) -> Restored:
    """Restore a file of `back_up`. Raises BackupError before any change, and SettingsError.

    The secrets come first, because reading the settings without them would make new ones. Tables are filled in one
    transaction.
    """
    archive = open_archive(path, progress)
    _refuse_other_version(archive)
    folder = data_folder(environ)
    _refuse_used(files.used_parts(folder, archive), f"the data folder {folder}", force)
    new = files.unpack_secrets(folder, archive)
    try:
        settings = load_settings(environ)
        dsn = session_dsn(settings)
        _refuse_used_database(dsn, force)
    except Exception:
        for secret in new:
            secret.unlink(missing_ok=True)
        raise
    migrate(dsn)
    with tables.connected(dsn) as connection:
        rows = load_tables.load(connection, archive, progress)
        texts, calls = load_tables.what_leaves(connection)
    written = files.unpack_files(folder, archive)
    marks = archive.manifest["key_marks"]
    others = tuple(name.upper() for name, mark in key_marks(settings).items() if marks[name] != mark)
    return Restored(
        archive.header["made_at"],
        len(rows),
        sum(rows.values()),
        len(new) + written,
        others,
        texts=texts,
        calls=calls,
    )


def _refuse_other_version(archive: Archive) -> None:
    here, theirs = read_folder(SQL_FOLDER / "migrations"), archive.manifest["migrations"]
    if len(here) != len(theirs) or not all(is_applied(file, theirs.get(file.name)) for file in here):
        last = max(theirs, default="nothing")
        raise BackupError(
            f"the backup is of another version, whose last migration is {last}: restore it with that version, then upgrade"
        )


def _refuse_used_database(dsn: str, force: bool) -> None:
    with tables.connected(dsn) as connection:
        used = tables.used_tables(connection, tables.our_tables(connection))
    _refuse_used(used, "the database", force)


def _refuse_used(used: list[str], place: str, force: bool) -> None:
    if used and not force:
        more = f" and {len(used) - SAMPLE} more" if len(used) > SAMPLE else ""
        raise BackupError(
            f"{place} is in use ({', '.join(used[:SAMPLE])}{more}): --force replaces what is there by the backup"
        )
