"""Answers that are saved as files: a list as a whole CSV, and what a handler gives as one."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from flask import Response

from voicebot.console.routes import File, Page, Route, Table, Visit
from voicebot.transports.table_files.export import MARK, csv_lines

PIECE_ROWS = 100
MOST_ROWS = 10_000
MOST_PAGES = 500
"""Of a list as a CSV: so many rows, and pages to find them."""


def file_answer(file: File) -> Response:
    """Return what a handler gives; a CSV opens in spreadsheets with its letters right."""
    pieces = (file.body,) if isinstance(file.body, bytes) else file.body
    body = chain((MARK,), pieces) if file.mimetype == "text/csv" else file.body
    answer = Response(body, status=file.status, mimetype=file.mimetype, headers=dict(file.headers))
    if file.name:
        answer.headers.set("Content-Disposition", "attachment", filename=file.name)
    return answer


def list_as_file(route: Route, table: Table, visit: Visit, first: Page) -> Response:
    """Return every row that the filter finds as a CSV; one that ends before the last says so in its name."""
    rows, is_whole = _whole_list(route, table, visit, first)
    name = "voicebot.csv" if is_whole else f"voicebot-first-{len(rows)}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(_pieces(table.columns, rows), mimetype="text/csv", headers=headers)


def _pieces(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Iterator[bytes]:
    yield MARK + b"".join(csv_lines([columns]))
    for first in range(0, len(rows), PIECE_ROWS):
        part = rows[first : first + PIECE_ROWS]
        yield b"".join(csv_lines([_cell(row.get(name)) for name in columns] for row in part))
        # Whatever else this process does goes on between two pieces.
        time.sleep(0)


def _whole_list(
    route: Route, table: Table, visit: Visit, first: Page
) -> tuple[list[Mapping[str, Any]], bool]:
    rows, following = list(first.data[table.rows]), first.data.get(table.next)
    # A search that took its time has pages without a row, so the pages are counted as well.
    for _ in range(MOST_PAGES):
        if not following or len(rows) > MOST_ROWS:
            break
        data = _page_after(
            route, table, replace(visit, query={**visit.query, "before": following}, is_refresh=True)
        )
        if data is None:
            break
        rows += data[table.rows]
        following = data.get(table.next)
    return rows[:MOST_ROWS], not following and len(rows) <= MOST_ROWS


def _page_after(route: Route, table: Table, visit: Visit) -> Mapping[str, Any] | None:
    if table.following is not None:
        return table.following(visit)
    page = route.handler(visit)
    return page.data if isinstance(page, Page) else None


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value
