"""What the console answers with: pages, files, lists as CSV."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from flask import Response, render_template, request

from voicebot.console.cookies import form_cookie, runtime_here, set_cookie
from voicebot.console.forms import form_token
from voicebot.console.render import navigation_of, values_of
from voicebot.console.routes import File, Page, Route, Table, Visit
from voicebot.console.table import ROUTES
from voicebot.storage.access.sessions import Session
from voicebot.storage.texts.inbox import waiting_for_people
from voicebot.transports.table_files.export import MARK, csv_lines

MOST_ROWS = 10_000
"""Of a list as a CSV."""


def html_page(
    template: str,
    data: Mapping[str, Any],
    session: Session | None,
    form_secret: str,
    *,
    route: Route | None = None,
    status: int = 200,
) -> Response:
    """Return a page of a template."""
    made = "" if form_secret else secrets.token_urlsafe(32)
    runtime = runtime_here()
    waits = waiting_for_people(runtime.database, actor=Visit(runtime, session, "").reader) if session else {}
    values = values_of(
        runtime, data, session, form_token=form_token(form_secret or made), route=route, query=request.args
    )
    text = render_template(
        f"console/{template}", **values, inbox_waits=waits, **navigation_of(ROUTES, session, route)
    )
    answer = Response(text, status=status, mimetype="text/html")
    if made:
        set_cookie(answer, form_cookie(), made, 3600)
    return answer


def file_to_keep(file: File) -> Response:
    """Return a file to keep."""
    pieces = (file.body,) if isinstance(file.body, bytes) else file.body
    body = chain((MARK,), pieces) if file.mimetype == "text/csv" else file.body
    answer = Response(body, status=file.status, mimetype=file.mimetype, headers=dict(file.headers))
    if file.name:
        answer.headers.set("Content-Disposition", "attachment", filename=file.name)
    return answer


def whole_list(route: Route, table: Table, visit: Visit, first: Page) -> list[Mapping[str, Any]]:
    """Every row that the filter finds, up to MOST_ROWS of them and one more."""
    rows, following = list(first.data[table.rows]), first.data.get(table.next)
    while following and len(rows) <= MOST_ROWS:
        page = route.handler(replace(visit, query={**visit.query, "before": following}, is_refresh=True))
        if not isinstance(page, Page) or not page.data[table.rows]:
            break
        rows += page.data[table.rows]
        following = page.data.get(table.next)
    return rows[: MOST_ROWS + 1]


def csv_file(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Response:
    """Return rows as a CSV, up to MOST_ROWS of them."""
    lines = [columns, *([_cell(row.get(name)) for name in columns] for row in rows[:MOST_ROWS])]
    # Whoever opens the file later sees by its name that there is more.
    name = "voicebot.csv" if len(rows) <= MOST_ROWS else f"voicebot-first-{MOST_ROWS}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(MARK + b"".join(csv_lines(lines)), mimetype="text/csv", headers=headers)


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value
