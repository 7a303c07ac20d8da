"""`backup` and `restore`: everything in one file, and back."""

import os
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from voicebot.commands.screen import CommandFailed, say
from voicebot.services.upkeep.back_up import back_up
from voicebot.services.upkeep.restore import restore
from voicebot.settings import load_settings
from voicebot.storage.backup.archive import BackupError
from voicebot.storage.database import session_dsn

TOLD_EVERY_S = 2.0


def add_commands(commands: Any) -> None:
    """Add `backup` and `restore`."""
    keeping = commands.add_parser(
        "backup",
        description="Write the database as of one moment, the data folder's secrets and the spool into FILE, which only this "
        "account may read. The service may run meanwhile. Needs SUPABASE_DB_URL or the embedded database.",
    )
    keeping.add_argument("file", metavar="FILE", type=Path, help="a new file, as voicebot.tar.gz")
    keeping.add_argument("--clips", action="store_true", help="the spoken clips too; they can be made again")
    keeping.set_defaults(run=run_backup)

    restoring = commands.add_parser(
        "restore",
        description="Put FILE back into an empty database and data folder. Stop serve and worker first. Only the version that "
        "wrote FILE reads it.",
    )
    restoring.add_argument("file", metavar="FILE", type=Path, help="what `backup` wrote")
    restoring.add_argument("--force", action="store_true", help="replace what is there: its rows are deleted")
    restoring.set_defaults(run=run_restore)


def run_backup(arguments: Namespace) -> int:
    """Write a backup and say what is in it and what is not."""

    settings = load_settings()
    try:
        made = back_up(
            settings,
            session_dsn(settings),
            arguments.file,
            clips=arguments.clips,
            now=lambda: datetime.now(UTC),
            progress=progress_of("backing up"),
        )
    except BackupError as error:
        raise CommandFailed(str(error)) from error
    say(
        f"{arguments.file}: {made.tables} tables with {made.rows:,} rows, {made.facts} waiting facts, {size(made.bytes)}."
    )
    say(
        f"IT HOLDS SECRETS: {made.secrets} of the data folder, and what people said, with their numbers. "
        "It is not encrypted. Keep it as you keep a key."
    )
    for name in made.elsewhere:
        say(
            f"NOT IN IT: {name}, which the environment gives. Keep it apart: without it the backup is worth little."
        )
    say(
        "Not in it either: the other settings, recordings at Twilio"
        + ("." if arguments.clips else ", spoken clips.")
    )
    return 0


def run_restore(arguments: Namespace) -> int:
    """Put a backup back and say what to do next."""

    try:
        back = restore(os.environ, arguments.file, force=arguments.force, progress=progress_of("restoring"))
    except BackupError as error:
        raise CommandFailed(str(error)) from error
    say(
        f"Restored what was kept at {back.made_at}: {back.tables} tables with {back.rows:,} rows, {back.files} files."
    )
    for name in back.other_keys:
        say(
            f"{name} IS ANOTHER ONE than then: codes, links and waiting facts of that time cannot be read with it."
        )
    if back.texts or back.calls:
        say(
            f"{back.texts:,} TEXTS AND {back.calls:,} CALLS waited when the backup was made. They leave as soon as a worker runs, also "
            "those that have left since: cancel or pause first what is not to leave twice (`queue list`, `campaigns pause`, and the inbox)."
        )
    say("Next: `python -m voicebot doctor`, then serve and worker.")
    return 0


def progress_of(
    doing: str,
    *,
    clock: Callable[[], float] = time.monotonic,
    write: Callable[[str], object] | None = None,
) -> Callable[[str, int, int], None]:
    """Return what tells how far it is: nothing at first, then a line on stderr every two seconds."""
    began = told = clock()
    before = 0

    def tell(name: str, done: int, whole: int) -> None:
        nonlocal began, told, before
        now = clock()
        # Checksums and tables are two pieces of work, each from its own beginning.
        began = now if done < before else began
        before = done
        if now - told < TOLD_EVERY_S or not done:
            return
        told = now
        share = min(1.0, done / whole)
        left = round((now - began) * (1 - share) / share)
        line = f"{doing} {name}: {share:.0%}, {size(done)} of {size(whole)}, about {left} s left\n"
        (write or sys.stderr.write)(line)

    return tell


def size(length: int) -> str:
    """Return a number of bytes as people read it."""
    for power, unit in ((3, "GB"), (2, "MB"), (1, "kB")):
        if length >= 1000**power:
            return f"{length / 1000**power:,.1f} {unit}"
    return f"{length} bytes"
