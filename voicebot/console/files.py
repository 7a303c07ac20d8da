"""Answers that are saved as files: a whole list as CSV, and files made by a handler."""

import json
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import IO, Any

from flask import Response

from voicebot.console.routes import File, Page, Refused, Route, Table, Visit
from voicebot.transports.table_files.export import MARK, csv_lines, with_semicolons

PIECE_BYTES = 64 * 1024
PAGE_ROWS = 200
MOST_ROWS = 10_000
MOST_PAGES = 500
"""Of a list as a CSV: so many rows, and pages to find them."""
MOST_A_SESSION, MOST_AT_ONCE = 2, 8
SHORT = 64 * 1024
"""A list that the connection takes at once, whoever reads it."""

WITH_COMMA = (
    "bg", "cs", "da", "de", "el", "es", "et", "fi", "fr", "hr", "hu", "it", "lt", "lv", "nb", "nl", "nn", "no", "pl", "pt", "ro", "ru",
    "sk", "sl", "sr", "sv", "tr", "uk",
)  # fmt: skip
"""Languages whose decimals have a comma: spreadsheets there put a CSV with commas into one column."""
WITH_POINT = ("de-ch", "de-li", "it-ch", "es-419", "es-mx", "es-us")
"""Places of these languages where they have a point."""


def _as_read(pieces: Iterable[bytes], language: str) -> Iterable[bytes]:
    """Return a CSV as spreadsheets in the language of the browser open it; one that names no language gets commas."""
    place = language.lower().replace("_", "-")
    is_comma = place.partition("-")[0] in WITH_COMMA and place not in WITH_POINT
    return with_semicolons(pieces) if is_comma else pieces


def file_answer(file: File, language: str) -> Response:
    """Return what a handler gives; a CSV opens in spreadsheets with its letters right."""
    pieces = (file.body,) if isinstance(file.body, bytes) else file.body
    body = _as_read(chain((MARK,), pieces), language) if file.mimetype == "text/csv" else file.body
    answer = Response(body, status=file.status, mimetype=file.mimetype, headers=dict(file.headers))
    if file.name:
        answer.headers.set("Content-Disposition", "attachment", filename=file.name)
    return answer


@dataclass
class Leaving:
    """The lists that leave one process just now: each takes a file until its reader has it, and time of the database."""

    held: dict[object, str] = field(default_factory=dict)
    """Each with the secret of its session."""

    def begin(self, secret: str) -> Callable[[], None]:
        """Count another download of a session; returns a function that ends it. Raises Refused when there are too many."""
        if sum(one == secret for one in self.held.values()) >= MOST_A_SESSION:
            raise Refused(429, "Two lists are on their way to you already: wait until you have them.")
        if len(self.held) >= MOST_AT_ONCE:
            raise Refused(503, "Many lists leave just now: ask for this one again in a minute.")
        one = object()
        self.held[one] = secret

        def end() -> None:
            self.held.pop(one, None)

        return end


def list_as_file(route: Route, table: Table, visit: Visit, first: Page, leaving: Leaving) -> Response:
    """Return every row of the filter as a CSV. Raises Refused.

    The rows wait in an unnamed file, so only one page of them is in memory, and a failed list becomes a refusal instead
    of half a file. A CSV that ends before the last row says so in its name.
    """
    with ExitStack() as unless_sent:
        unless_sent.callback(leaving.begin(visit.secret))
        kept = unless_sent.enter_context(tempfile.TemporaryFile())
        rows, is_whole = _write(kept, route, table, visit, first)
        sent = unless_sent.pop_all()
    name = "voicebot.csv" if is_whole else f"voicebot-first-{rows}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if kept.tell() <= SHORT:
        kept.seek(0)
        answer = Response(
            b"".join(_as_read([kept.read()], visit.language)), mimetype="text/csv", headers=headers
        )
        sent.close()
        return answer
    kept.seek(0)
    pieces = iter(lambda: kept.read(PIECE_BYTES), b"")
    answer = Response(_as_read(pieces, visit.language), mimetype="text/csv", headers=headers)
    answer.call_on_close(sent.close)
    return answer


def _write(kept: IO[bytes], route: Route, table: Table, visit: Visit, first: Page) -> tuple[int, bool]:
    kept.write(MARK + b"".join(csv_lines([table.columns])))
    data: Mapping[str, Any] | None = first.data
    count, following = 0, None
    later = replace(visit, is_refresh=True, page_rows=PAGE_ROWS)
    # A search that took its time has pages without a row, so the pages are counted as well.
    for _ in range(MOST_PAGES):
        if data is None:
            break
        rows, following = data[table.rows], data.get(table.next)
        part = rows[: MOST_ROWS - count]
        kept.writelines(csv_lines([_cell(row.get(name)) for name in table.columns] for row in part))
        count += len(part)
        # Whatever else this process does goes on between two pages.
        time.sleep(0)
        if not following or count == MOST_ROWS:
            return count, not following and len(part) == len(rows)
        data = _page_after(route, table, replace(later, query={**visit.query, "before": following}))
    return count, not following


def _page_after(route: Route, table: Table, visit: Visit) -> Mapping[str, Any] | None:
    if table.following is not None:
        return table.following(visit)
    page = route.handler(visit)
    return page.data if isinstance(page, Page) else None


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value
