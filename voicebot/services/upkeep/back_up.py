"""Write one file with everything that the service cannot make again."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from voicebot.settings import Settings
from voicebot.storage.backup import data_folder as files
from voicebot.storage.backup import tables
from voicebot.storage.backup.archive import new_archive
from voicebot.storage.backup.tables import Progress

KEYS = ("secret_key", "credentials_key")


@dataclass(frozen=True)
class BackedUp:
    """How much of each kind a finished backup holds."""

    tables: int
    rows: int
    bytes: int
    secrets: int
    facts: int
    clips: int
    elsewhere: tuple[str, ...]
    """Keys that the environment gives and the backup therefore lacks."""


def key_marks(settings: Settings) -> dict[str, str]:
    """Return what tells whether two keys are the same, and nothing more about them."""
    return {
        name: hmac.new(getattr(settings, name).encode(), b"backup", hashlib.sha256).hexdigest()[:16]
        for name in KEYS
    }


def back_up(
    settings: Settings, dsn: str, path: Path, *, clips: bool, now: Callable[[], datetime], progress: Progress
) -> BackedUp:
    """Write a backup to `path`: the secrets, the spool, and the tables as of one moment. Raises BackupError."""
    with tables.connected(dsn) as connection:
        with new_archive(path, {"made_at": now().isoformat()}) as (writer, manifest):
            # First: a fact that is replayed meanwhile is then in both, which changes nothing.
            packed = files.pack(settings.data_dir, writer, clips=clips)
            tables.begin_snapshot(connection)
            manifest["migrations"] = tables.migrations_of(connection)
            ours = tables.our_tables(connection)
            manifest["tables"] = [(table.name, table.columns) for table in ours]
            manifest["key_marks"] = key_marks(settings)
            manifest.update(tables.dump(connection, ours, writer, progress))
    return BackedUp(
        tables=len(ours),
        rows=sum(manifest["rows"].values()),
        bytes=path.stat().st_size,
        secrets=packed["secrets"],
        facts=packed["facts"],
        clips=packed["clips"],
        elsewhere=tuple(name.upper() for name in KEYS if name not in settings.generated),
    )
