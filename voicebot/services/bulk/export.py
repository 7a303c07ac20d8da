"""An export: the rows of a filter as a CSV in the data folder, safe to open in a spreadsheet and deleted after a day."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import orjson

from voicebot.runtime import Runtime
from voicebot.settings import Settings
from voicebot.storage.bulk import actions as bulk
from voicebot.transports.table_files.export import csv_lines

KEPT_S = 24 * 3600.0
PIECE = 64 * 1024
COLUMNS = {
    "entry": (
        "id", "number", "status", "campaign", "template", "attempts", "last_error", "next_attempt_at", "tags", "variables",
        "created_at",
    ),
    "call": (
        "id", "number", "direction", "status", "began_at", "duration_s", "end_reason", "outcome", "summary", "cost", "currency",
        "tags",
    ),
}  # fmt: skip


def write_export(runtime: Runtime, bulk_id: UUID) -> None:
    """Write the file anew from its first row, and put it in place whole. Raises DatabaseAway."""
    path = _path(runtime.settings, bulk_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    after: int | None = 0
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            while after is not None:
                told = bulk.export_bulk_batch(
                    runtime.database, bulk_id, after, batch=runtime.limits.bulk.exported
                )
                if told["state"] != "running":
                    return
                columns = COLUMNS[told["object_type"]]
                if after == 0:
                    file.writelines(csv_lines([columns]))
                file.writelines(csv_lines([_cell(row.get(name)) for name in columns] for row in told["rows"]))
                after = told["next"]
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    bulk.finish_bulk(runtime.database, bulk_id)


def exported(settings: Settings, bulk_id: UUID) -> Iterator[bytes] | None:
    """Return the pieces of a file; None: it is not on this machine, or its day is over."""
    path = _path(settings, bulk_id)
    try:
        if path.stat().st_mtime < time.time() - KEPT_S:
            return None
        file = path.open("rb")
    except FileNotFoundError:
        return None

    def pieces() -> Iterator[bytes]:
        with file:
            while piece := file.read(PIECE):
                yield piece

    return pieces()


def drop_export(settings: Settings, bulk_id: UUID) -> None:
    """Delete the file of an export: somebody who stands in it was erased."""
    _path(settings, bulk_id).unlink(missing_ok=True)


def sweep_exports(settings: Settings) -> int:
    """Delete files older than a day, and the remains of killed workers; return how many."""
    old = [
        path
        for path in (Path(settings.data_dir) / "exports").glob("*")
        if path.stat().st_mtime < time.time() - KEPT_S
    ]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _path(settings: Settings, bulk_id: UUID) -> Path:
    return Path(settings.data_dir) / "exports" / f"{bulk_id}.csv"


def _cell(value: object) -> object:
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value
