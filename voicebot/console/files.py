"""Answers that are saved as files: a list as a whole CSV, and what a handler gives as one."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from flask import Response

from voicebot.console.routes import File, Page, Refused, Route, Table, Visit
from voicebot.transports.table_files.export import MARK, csv_lines

MOST_ROWS = 10_000
MOST_PAGES = 500
"""Of a list as a CSV: so many rows, and pages to find them."""
MOST_A_SESSION, MOST_AT_ONCE = 2, 8
SHORT = 64 * 1024
"""A list that the connection takes at once, whoever reads it."""


def file_answer(file: File) -> Response:
    """Return what a handler gives; a CSV opens in spreadsheets with its letters right."""
    pieces = (file.body,) if isinstance(file.body, bytes) else file.body
    body = chain((MARK,), pieces) if file.mimetype == "text/csv" else file.body
    answer = Response(body, status=file.status, mimetype=file.mimetype, headers=dict(file.headers))
    if file.name:
        answer.headers.set("Content-Disposition", "attachment", filename=file.name)
    return answer


@dataclass
class Leaving:
    """The lists that leave one process just now: each takes memory until its reader has it, and time of the database."""

    held: dict[object, str] = field(default_factory=dict)
    """Each with the secret of its session."""

    def begin(self, secret: str) -> Callable[[], None]:
        """Count another one of a session; returns what ends it. Raises Refused when there are too many."""
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
    """Return every row that the filter finds as a CSV; one that ends before the last says so in its name. Raises Refused."""
    end = leaving.begin(visit.secret)
    try:
        pieces, count, is_whole = _whole_list(route, table, visit, first)
    except BaseException:
        end()
        raise
    name = "voicebot.csv" if is_whole else f"voicebot-first-{count}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    answer = Response(iter(pieces), mimetype="text/csv", headers=headers)
    if sum(map(len, pieces)) <= SHORT:
        end()
    answer.call_on_close(end)
    return answer


def _whole_list(route: Route, table: Table, visit: Visit, first: Page) -> tuple[list[bytes], int, bool]:
    """Return the file in pieces, of how many rows it is, and whether it has all of them."""
    pieces, count = [MARK + b"".join(csv_lines([table.columns]))], 0

    def add(data: Mapping[str, Any]) -> None:
        nonlocal count
        rows = data[table.rows][: MOST_ROWS - count]
        pieces.append(b"".join(csv_lines([_cell(row.get(name)) for name in table.columns] for row in rows)))
        count += len(rows)

    rest, data = 0, first.data
    # A search that took its time has pages without a row, so the pages are counted as well.
    for _ in range(MOST_PAGES + 1):
        rest = count + len(data[table.rows]) - MOST_ROWS
        add(data)
        following = data.get(table.next)
        if not following or rest > 0:
            break
        page = _page_after(
            route, table, replace(visit, query={**visit.query, "before": following}, is_refresh=True)
        )
        if page is None:
            break
        data = page
    return pieces, count, not data.get(table.next) and rest <= 0


def _page_after(route: Route, table: Table, visit: Visit) -> Mapping[str, Any] | None:
    if table.following is not None:
        return table.following(visit)
    page = route.handler(visit)
    return page.data if isinstance(page, Page) else None


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value
