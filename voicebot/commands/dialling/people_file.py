"""`campaigns import`: the people of a file, and what is wrong in it."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.progress import Progress

from voicebot.commands.connection import opened_runtime, typed_id
from voicebot.commands.examples import PROGRAM
from voicebot.commands.screen import CommandFailed, console, plain, say, show_json, show_table
from voicebot.services.dialling.ask import CallRefused
from voicebot.services.dialling.bad_rows import as_csv
from voicebot.services.dialling.import_people import (
    SHOWN_ROWS,
    ImportRefused,
    ImportReport,
    Wanted,
    import_people,
)
from voicebot.services.dialling.judge_row import REASONS, BadRow
from voicebot.services.tables.open_file import source_of_file
from voicebot.storage.queue import Consent


def add_arguments(importing: ArgumentParser) -> None:
    """Add what an import is told."""
    importing.add_argument(
        "id", type=typed_id("a campaign", "campaigns list"), help="as `campaigns list` shows it"
    )
    importing.add_argument("file", type=Path, help="a CSV file, or a workbook (.xlsx)")
    importing.add_argument("--phone-column", metavar="NAME", help="which column holds the numbers")
    importing.add_argument(
        "--sheet", metavar="NAME", help="which sheet of a workbook; found by content without"
    )
    importing.add_argument("--dry-run", action="store_true", help="look at the file, and add nobody")
    importing.add_argument("--skip-bad", action="store_true", help="add the others when rows are bad")
    importing.add_argument("--report", type=Path, metavar="FILE", help="write every bad row into a CSV file")
    importing.add_argument("--consent", metavar="WORDS", help="what these people agreed to; kept with each")
    importing.set_defaults(run=run_import)


def run_import(arguments: Namespace) -> int:
    """Import; 1 when a row is bad."""
    wanted = Wanted(
        phone_column=arguments.phone_column,
        sheet=arguments.sheet,
        dry_run=arguments.dry_run,
        skip_bad=arguments.skip_bad,
        consent=Consent(arguments.consent, source=arguments.file.name) if arguments.consent else None,
    )
    try:
        source = source_of_file(arguments.file)
    except OSError as error:
        raise CommandFailed(f"{arguments.file}: {error.strerror or error}", code=2) from None
    with opened_runtime() as runtime, _every_bad_row(arguments.report) as tell, _progress() as seen:
        try:
            report = import_people(runtime, arguments.id, lambda: seen(source()), wanted, every_bad_row=tell)
        except ImportRefused as error:
            raise CommandFailed(f"{arguments.file}: {error}", code=2) from None
        except CallRefused as refusal:
            raise CommandFailed(refusal.words, code=1) from None
    if arguments.json:
        show_json(as_json(report))
    else:
        _say(report, arguments)
    return 1 if report.rejected else 0


def as_json(report: ImportReport) -> dict[str, Any]:
    """Return a report as programs read it."""
    return {
        "phone_column": report.phone_column, "sheet": report.sheet, "variables": report.variables, "unused": report.unused, "missing": report.missing, "rows": report.rows,
        "imported": report.imported, "rejected": report.rejected, "duplicates": report.duplicates, "ready": report.ready,
        "bad": [
            {"line": one.line, "column": one.column, "cell": one.cell, "code": one.code, "reason": REASONS[one.code]}
            for one in report.bad
        ],
    }  # fmt: skip


def _say(report: ImportReport, arguments: Namespace) -> None:
    where = f" of the sheet {plain(report.sheet)!r}" if report.sheet is not None else ""
    say(f"Numbers are read from the column {plain(report.phone_column)!r}{where}.")
    if report.unused:
        say(f"The template has no use for: {', '.join(map(plain, report.unused))}.")
    if report.missing:
        say(
            f"No column gives {', '.join(report.missing)}: the template's own words stand in. A column is called like its variable."
        )
    if report.bad:
        rows = [(one.line, one.column, one.cell[:40], REASONS[one.code]) for one in report.bad]
        show_table(("Line", "Column", "Cell", "Why"), rows, empty="")
        if report.rejected > SHOWN_ROWS:
            say(f"{report.rejected - SHOWN_ROWS} more; --report FILE writes all of them.")
    left = f", {report.ready} good ones not imported" if report.ready else ""
    how = ": --skip-bad goes on without the bad ones" if report.stopped and not arguments.dry_run else ""
    say(
        f"{report.rows} rows: {report.imported} imported, {report.rejected} rejected, {report.duplicates} {'duplicate' if report.duplicates == 1 else 'duplicates'}"
        f"{left}{how}."
    )
    if arguments.consent and not (arguments.dry_run or (report.rejected and not arguments.skip_bad)):
        say("What they agreed to is noted, also of those who were in the campaign already.")
    if report.imported:
        say(f"`{PROGRAM} campaigns preview {arguments.id}` shows whom it would dial.")


@contextmanager
def _every_bad_row(path: Path | None) -> Iterator[Callable[[BadRow], None] | None]:
    if path is None:
        yield None
        return
    try:
        file = path.open("wb")
    except OSError as error:
        raise CommandFailed(f"{path}: {error.strerror or error}", code=2) from None
    with file:
        yield lambda row: file.writelines(as_csv(row, headed=not file.tell()))


@contextmanager
def _progress() -> Iterator[Callable[[Any], Iterator[bytes]]]:
    """Show on a terminal how much of a file was read."""
    with Progress(console=console(sys.stderr), disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def seen(pieces: Any) -> Iterator[bytes]:
            for piece in pieces:
                bar.advance(task, len(piece))
                yield piece

        yield seen
