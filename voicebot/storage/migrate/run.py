"""Run migrations on a database in use: calls go on meanwhile.

A session that waits for a table's lock delays every session after it. So a step that does not get its locks soon gives
up, lets the others go on, and is tried again.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from voicebot.storage.migrate.history import MigrationError, SqlFile
from voicebot.storage.migrate.steps import Kind, Step, steps_of

SESSION = """
    set search_path = public, extensions;
    set client_min_messages = warning;
    set statement_timeout = 0;
    set lock_timeout = '30s';
    set idle_in_transaction_session_timeout = '60s';
"""
BUSY = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)
Connection = psycopg.Connection[tuple[Any, ...]]
Echo = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a lock is waited for, how often that is tried and after which pause, and how often progress is told."""

    lock_s: float = 3.0
    tries: int = 40
    pause_s: float = 1.0
    progress_s: float = 5.0


class Runner:
    """Runs files on one connection, and tells how far it is."""

    def __init__(self, connection: Connection, echo: Echo, patience: Patience) -> None:
        self._connection, self._echo, self._patience = connection, echo, patience
        self._begin_anew()

    def run(self, file: SqlFile) -> None:
        """Run a file that may be repeated, in one transaction. Raises MigrationError."""
        with self._named(file, file.text, line=1):
            self._patiently(file, lambda: self._commit(file.text))

    def migrate(self, file: SqlFile) -> None:
        """Do the remaining steps of a migration, and record it with the last one. Raises MigrationError."""
        done = self._steps_done(file)
        steps = steps_of(file)
        for number, step in enumerate(steps, 1):
            if number not in done:
                with self._named(file, step.text, step.line):
                    self._do(file, step, number, is_last=number == len(steps))

    def _do(self, file: SqlFile, step: Step, number: int, *, is_last: bool) -> None:
        if step.kind is Kind.ALONE:
            # A concurrent index waits for the sessions that use its table, and delays none.
            self._connection.execute("set lock_timeout = '10min'")
            for statement in step.statements:
                self._patiently(file, lambda text=statement: self._connection.execute(text.encode()))  # type: ignore[misc]
        elif step.kind is Kind.BATCHES:
            self._run_batches(file, step)
        text = step.text if step.kind is Kind.TRANSACTION else ""
        self._patiently(file, lambda: self._commit(text, file, number, is_last=is_last))

    def _run_batches(self, file: SqlFile, step: Step) -> None:
        rows, told = 0, time.monotonic()
        while batch := self._patiently(file, lambda: self._commit(step.text)):
            rows += batch
            if time.monotonic() - told >= self._patience.progress_s:
                told = time.monotonic()
                self._echo(f"{file.name}: {rows:,} rows so far")

    def _commit(
        self, text: str, file: SqlFile | None = None, number: int = 0, *, is_last: bool = False
    ) -> int:
        """Run SQL in a transaction, with the record of the step; return the number that its last statement tells, or 0."""
        with self._connection.transaction():
            cursor = self._connection.execute(text.encode())
            while cursor.nextset():
                pass
            row = cursor.fetchone() if cursor.description else None
            if file is not None and is_last:
                self._connection.execute(
                    "delete from voicebot_meta.migration_steps where name = %s", [file.name]
                )
                self._connection.execute(
                    "insert into voicebot_meta.migrations (name, checksum) values (%s, %s)",
                    [file.name, file.checksum],
                )
            elif file is not None:
                self._connection.execute(
                    "insert into voicebot_meta.migration_steps (name, step, checksum) values (%s, %s, %s)",
                    [file.name, number, file.checksum],
                )
        # A file may set what holds for its session.
        self._begin_anew()
        return row[0] if row and isinstance(row[0], int) else 0

    def _begin_anew(self) -> None:
        self._connection.execute(SESSION + f"set lock_timeout = '{1000 * self._patience.lock_s:.0f}ms'")

    def _steps_done(self, file: SqlFile) -> set[int]:
        rows = self._connection.execute(
            "select step, checksum from voicebot_meta.migration_steps where name = %s", [file.name]
        ).fetchall()
        if any(checksum != file.checksum for _, checksum in rows):
            raise MigrationError(f"{file.name} was edited after a part of it was applied: put it back")
        return {step for step, _ in rows}

    def _patiently(self, file: SqlFile, work: Callable[[], Any]) -> Any:
        for tries in range(1, self._patience.tries + 1):
            try:
                return work()
            except BUSY:
                if tries == self._patience.tries:
                    raise
                if tries == 1:
                    self._echo(f"{file.name} waits for a table that is in use")
                time.sleep(self._patience.pause_s)
        raise AssertionError("unreachable")

    @contextmanager
    def _named(self, file: SqlFile, text: str, line: int) -> Iterator[None]:
        """Say in which line of the file the database refused."""
        try:
            yield
        except psycopg.Error as error:
            position = error.diag.statement_position
            place = f" line {line + text[: int(position)].count(chr(10))}" if position else ""
            raise MigrationError(f"{file.path.parent.name}/{file.name}{place}: {error}") from error
