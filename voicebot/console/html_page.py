"""A page of the console."""

import secrets
from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, render_template, request
from werkzeug.exceptions import HTTPException

from voicebot.console.cookies import form_cookie, set_cookie
from voicebot.console.forms import form_token
from voicebot.console.render import navigation_of, values_of
from voicebot.console.routes import Route, Visit
from voicebot.console.table import ROUTES
from voicebot.current_runtime import current_runtime
from voicebot.domain.access.next_page import HOME
from voicebot.storage.access.sessions import Session
from voicebot.storage.texts.inbox import waiting_for_people

PAGES = {route.name: route for route in ROUTES if route.method == "GET"}


def html_page(
    template: str,
    data: Mapping[str, Any],
    session: Session | None,
    form_secret: str,
    *,
    route: Route | None = None,
    answers: Route | None = None,
    status: int = 200,
    posted_to: str = "",
) -> Response:
    """Return a page of a template: of a route that is read, or of one that was posted to and `answers`.

    `posted_to` is the address of the form that it shows again, where that is not the request's own.
    """
    made = "" if form_secret else secrets.token_urlsafe(32)
    runtime = current_runtime()
    waits = waiting_for_people(runtime.database, actor=Visit(runtime, session, "").reader) if session else {}
    values = values_of(
        runtime, data, session, form_token=form_token(form_secret or made), route=route, query=request.args
    )
    text = render_template(
        f"console/{template}",
        **values,
        inbox_waits=waits,
        answers_form=request.method == "POST",
        read_at=read_at(posted_to or request.path) if status < 400 or route else "",
        **navigation_of(ROUTES, session, route or answers),
    )
    answer = Response(text, status=status, mimetype="text/html")
    if made:
        set_cookie(answer, form_cookie(), made, 3600)
    return answer


def page_at(path: str) -> Route | None:
    """Return the route of the page that is read at an address; None where there is none."""
    try:
        endpoint, _ = current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return None
    route = PAGES.get(endpoint.removeprefix("console."))
    return None if route is None or route.is_data else route


def read_at(path: str) -> str:
    """Return the path of the form's target, or the nearest one above it that has a page."""
    while path.startswith(f"{HOME}/"):
        if page_at(path):
            return path
        path = path.rpartition("/")[0]
    return HOME
