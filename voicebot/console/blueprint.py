"""`/console`: every request is checked against the table of routes, and answered as a page, as JSON or as a CSV."""

import hmac
import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlsplit

import orjson
from flask import Blueprint, Flask, Response, current_app, redirect, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException

from voicebot.console.assets import FOR_EVER, NOT_LONG, assets
from voicebot.console.cookies import (
    browser_cookie,
    form_secret_of,
    held_secret,
    session_cookie,
    set_cookie,
)
from voicebot.console.files import Leaving, file_answer, list_as_file
from voicebot.console.forms import form_token
from voicebot.console.html_page import html_page
from voicebot.console.live.hub import Hub
from voicebot.console.live.pages import Live
from voicebot.console.live.views import Views
from voicebot.console.once import once
from voicebot.console.packing import pack
from voicebot.console.refusals import (
    away,
    fault,
    form_of,
    http_error,
    no_page,
    refused,
    to_confirm,
    to_login,
    unsent_of,
)
from voicebot.console.routes import (
    MAX_BODY_BYTES,
    File,
    Move,
    Notice,
    Page,
    Refused,
    Route,
    Unproven,
    Visit,
)
from voicebot.console.search.counts import Counts
from voicebot.console.search.views import COUNTS
from voicebot.console.table import ROUTES
from voicebot.current_runtime import current_runtime
from voicebot.domain.access.api_key import hash_of
from voicebot.domain.access.client_address import client_address
from voicebot.domain.access.next_page import HOME
from voicebot.storage.access.members import note_audit
from voicebot.storage.access.sessions import Session, find_session
from voicebot.storage.database import DatabaseAway
from voicebot.storage.pages import ListRefused

LARGEST = 2**31 - 1
"""Of a number in a path: a version, a text."""
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
KINDS = ("", ".json", ".csv")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SESSION_S = 12 * 3600
BROWSER_S = 90 * 86_400
NOTED_EVERY_S = 600.0
TOO_OLD = "This form is too old, or came from elsewhere: open the page again."
SIGNED_IN_ANEW = "You signed in anew after this page was opened, so nothing was done. Look at what you typed, and send it once more."
log = logging.getLogger(__name__)


def console_blueprint() -> Blueprint:
    """Make the console; handlers find the runtime in `current_app.extensions["voicebot"]`."""
    blueprint = Blueprint("console", __name__, url_prefix=HOME, template_folder="templates")

    bounds = {f"console.{route.name}": route.max_body_bytes for route in ROUTES}

    @blueprint.before_request
    def bound() -> None:
        request.max_content_length = bounds.get(request.endpoint or "", MAX_BODY_BYTES)

    blueprint.after_request(_private)
    for route in ROUTES:
        for kind in kinds(route):
            blueprint.add_url_rule(
                # The first page has no path of its own.
                (route.path or ("/now" if kind else "")) + kind,
                route.name + kind.replace(".", "_"),
                _view(route, kind),
                methods=[route.method],
                provide_automatic_options=False,
            )

    @blueprint.record_once
    def follow(state: BlueprintSetupState) -> None:
        runtime = state.app.extensions["voicebot"]
        views = Views(cast(Flask, state.app), runtime, ROUTES)
        draining = getattr(runtime, "draining", None) or threading.Event()
        state.app.extensions["voicebot-leaving"] = Leaving()
        state.app.extensions["voicebot-live"] = Live(views, Hub(runtime.database, views.parts, draining))
        state.app.extensions[COUNTS] = Counts()

    for rest in ("/", "/<path:rest>"):
        blueprint.add_url_rule(
            # What is not there is answered as privately as all else.
            rest,
            "unknown",
            no_page,
            methods=METHODS,
            provide_automatic_options=False,
            strict_slashes=False,
        )
    blueprint.add_url_rule("/style.css", "style", _style, methods=["GET"])
    blueprint.add_url_rule("/scripts/<name>.js", "script", _script, methods=["GET"])
    blueprint.register_error_handler(Refused, refused)
    blueprint.register_error_handler(Unproven, to_confirm)
    blueprint.register_error_handler(
        ListRefused, lambda _: refused(Refused(403, "Your role may not see this."))
    )
    blueprint.register_error_handler(DatabaseAway, away)
    blueprint.register_error_handler(HTTPException, http_error)
    blueprint.register_error_handler(Exception, fault)
    return blueprint


def _private(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    pack(answer)
    pages, sockets = (
        urlsplit(getattr(current_runtime().settings, f"public_{one}url")) for one in ("", "ws_")
    )
    if pages.netloc != sockets.netloc:
        # Calls are heard where their sockets are.
        policy = f"{answer.headers['Content-Security-Policy']}; connect-src 'self' {sockets.scheme}://{sockets.netloc}"
        answer.headers["Content-Security-Policy"] = policy
    return answer


def kinds(route: Route) -> tuple[str, ...]:
    """Return the ends that a route's path may have."""
    if route.method != "GET" or route.is_open or route.is_data:
        return ("",)
    return KINDS if route.table else KINDS[:2]


def _view(route: Route, kind: str) -> Any:
    def view(**path: Any) -> Response:
        secret, session = held_secret(), None
        if not route.is_open:
            session = find_session(current_runtime().database, hash_of(secret)) if secret else None
            if session is None:
                return to_login(is_page=route.method == "GET" and not kind)
            if session.role not in route.roles:
                _note_refusal("route.denied", route, session)
                *first, last = route.roles
                words = f"{', '.join(first)} or {last}" if first else last
                raise Refused(403, f"This takes the role {words}; yours is {session.role}.")
        form_secret = form_secret_of(secret, session)
        _check_words(path)
        visit = Visit(
            current_runtime(),
            session,
            _address(),
            secret,
            request.cookies.get(browser_cookie(), ""),
            path,
            {name: value.replace("\0", "") for name, value in request.args.items()},
            request.form.to_dict(),
            request.form.to_dict(flat=False),
            {name: upload.read() for name, upload in request.files.items()},
            next(iter(request.accept_languages.values()), ""),
        )
        if route.method == "POST" and (refusal := _form_refusal(form_secret, route, session)):
            return _of_another_session(route, visit, refusal, form_secret)
        return once(route, visit, lambda: _answered(route, kind, visit, form_secret))

    return view


def _answered(route: Route, kind: str, visit: Visit, form_secret: str) -> Response:
    if kind == ".csv":
        # A list that leaves the console: by somebody who is there, and on record.
        visit.needs_proof(request.full_path.rstrip("?").removeprefix(HOME))
        note_audit(visit.runtime.database, "list.exported", "list", route.name, actor=visit.actor)
        visit = replace(visit, query={name: value for name, value in visit.query.items() if name != "before"})
    try:
        found = route.handler(visit)
    except Refused as refusal:
        if again := form_of(route, visit, refusal, form_secret):
            return again
        raise
    match found:
        case Move():
            answer = (unsent_of(visit, found.to, found.secret) if found.secret else None) or redirect(
                found.to, 303
            )
            if found.secret is not None:
                set_cookie(answer, session_cookie(), found.secret, SESSION_S if found.secret else 0)
            if found.browser:
                set_cookie(answer, browser_cookie(), found.browser, BROWSER_S)
            return answer  # type: ignore[return-value]
        case File():
            return file_answer(found, visit.language)
        case Notice():
            return html_page(
                found.template, found.data, visit.session, form_secret, answers=route, status=found.status
            )
        case Page() if kind == ".json":
            return Response(orjson.dumps(found.data), mimetype="application/json")
        case Page() if kind == ".csv" and route.table is not None:
            return list_as_file(route, route.table, visit, found, current_app.extensions["voicebot-leaving"])
        case Page():
            return html_page(found.template, found.data, visit.session, form_secret, route=route)


def _form_refusal(secret: str, route: Route, session: Session | None) -> Refused | None:
    """Return why a form does not belong to this session; None when it does."""
    sent = request.form.get("form_token", "")
    # Browsers send the origin of a form; a form without an origin must have the token.
    is_foreign = request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")
    if not is_foreign and secret and hmac.compare_digest(sent.encode(), form_token(secret).encode()):
        return None
    if session is not None:
        _note_refusal("form.refused", route, session)
    return Refused(403, TOO_OLD)


def _of_another_session(route: Route, visit: Visit, refusal: Refused, secret: str) -> Response:
    """Answer a form that was opened in another session: where it surely is one of our pages, it is shown filled. Raises Refused."""
    is_ours = request.headers.get("Sec-Fetch-Site") == "same-origin" and visit.session is not None
    if is_ours and (again := form_of(route, visit, Refused(403, SIGNED_IN_ANEW), secret)):
        return again
    raise refusal


def _note_refusal(deed: str, route: Route, session: Session) -> None:
    """Put on record that somebody was refused; of the same person and route once in ten minutes."""
    actor = Visit(current_runtime(), session, _address()).actor
    note_audit(current_runtime().database, deed, "route", route.name, actor=actor, once_in_s=NOTED_EVERY_S)


def _check_words(path: Mapping[str, Any]) -> None:
    """Refuse what no row can hold, before a handler asks for it."""
    if any("\0" in value for _, value in request.form.items(multi=True)):
        raise Refused(400, "There is a character in this that nobody types: write it again.")
    if any(isinstance(value, int) and value > LARGEST for value in path.values()):
        raise Refused(404, "There is nothing of this number.")


def _address() -> str:
    trusted = current_runtime().settings.client_address_header
    return client_address(request.remote_addr or "", request.headers.getlist, trusted)


def _style() -> Response:
    return _asset("style.css")


def _script(name: str) -> Response:
    return _asset(f"scripts/{name}.js")


def _asset(name: str) -> Response:
    asset = assets().get(name)
    if asset is None:
        raise Refused(404, "There is no such script.")
    kept = FOR_EVER if request.args.get("v") == asset.version else NOT_LONG
    headers = HEADERS | {"Cache-Control": kept, "Vary": "Accept-Encoding"}
    if not request.accept_encodings["gzip"]:
        return Response(asset.plain, mimetype=asset.mimetype, headers=headers)
    return Response(asset.gzipped, mimetype=asset.mimetype, headers=headers | {"Content-Encoding": "gzip"})
