"""`/console`: every request is checked against the table of routes, and answered as a page, as JSON or as a CSV."""

import hmac
import logging
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import orjson
from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException

from voicebot.console.again import form_again
from voicebot.console.assets import FOR_EVER, NOT_LONG, assets
from voicebot.console.files import file_answer, list_as_file
from voicebot.console.forms import form_token
from voicebot.console.live.hub import Hub
from voicebot.console.live.pages import Live
from voicebot.console.live.views import Views
from voicebot.console.packing import pack
from voicebot.console.render import navigation_of, values_of
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
from voicebot.console.table import ROUTES
from voicebot.domain.access.api_key import hash_of
from voicebot.domain.access.client_address import client_address
from voicebot.domain.access.next_page import HOME
from voicebot.runtime import Runtime
from voicebot.storage.access.members import note_audit
from voicebot.storage.access.sessions import Session, find_session
from voicebot.storage.database import DatabaseAway
from voicebot.storage.pages import ListRefused
from voicebot.storage.texts.inbox import waiting_for_people

LONGEST_SECRET = 128
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
PAGES = {route.name: route for route in ROUTES if route.method == "GET"}
WRITTEN = ("content", "text", "answer", "say", "words", "prompt", "greeting", "notes", "reason")
"""Fields in which people write at length."""
PARAMETER = re.compile(r"<\w+:(\w+)>")
SESSION_S = 12 * 3600
log = logging.getLogger(__name__)


def console_blueprint() -> Blueprint:
    """Make the console; handlers find the runtime in `current_app.extensions["voicebot"]`."""
    blueprint = Blueprint("console", __name__, url_prefix=HOME, template_folder="templates")

    bounds = {f"console.{route.name}": route.max_body_bytes for route in ROUTES}

    @blueprint.before_request
    def bound() -> None:
        request.max_content_length = bounds.get(request.endpoint or "", MAX_BODY_BYTES)

    @blueprint.after_request
    def private(answer: Response) -> Response:
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        pack(answer)
        pages, sockets = (urlsplit(getattr(_runtime().settings, f"public_{one}url")) for one in ("", "ws_"))
        if pages.netloc != sockets.netloc:
            # Calls are heard where their sockets are.
            policy = f"{answer.headers['Content-Security-Policy']}; connect-src 'self' {sockets.scheme}://{sockets.netloc}"
            answer.headers["Content-Security-Policy"] = policy
        return answer

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
        state.app.extensions["voicebot-live"] = Live(views, Hub(runtime.database, views.parts, draining))

    blueprint.add_url_rule("/style.css", "style", _style, methods=["GET"])
    blueprint.add_url_rule("/scripts/<name>.js", "script", _script, methods=["GET"])
    blueprint.register_error_handler(Refused, _refused)
    blueprint.register_error_handler(Unproven, _to_confirm)
    blueprint.register_error_handler(
        ListRefused, lambda _: _refused(Refused(403, "Your role may not see this."))
    )
    blueprint.register_error_handler(DatabaseAway, _away)
    blueprint.register_error_handler(HTTPException, _http_error)
    blueprint.register_error_handler(Exception, _fault)
    return blueprint


def kinds(route: Route) -> tuple[str, ...]:
    """Return the ends that a route's path may have."""
    if route.method != "GET" or route.is_open or route.is_data:
        return ("",)
    return KINDS if route.table else KINDS[:2]


def _view(route: Route, kind: str) -> Any:
    def view(**path: Any) -> Response:
        secret, session = _held(), None
        if not route.is_open:
            session = find_session(_runtime().database, hash_of(secret)) if secret else None
            if session is None:
                return _to_login(route, kind)
            if session.role not in route.roles:
                raise Refused(
                    403, f"This takes the role {' or '.join(route.roles)}; yours is {session.role}."
                )
        form_secret = _form_secret(secret, session)
        if route.method == "POST":
            _check_form(form_secret)
        _check_words(path)
        visit = Visit(
            _runtime(),
            session,
            _address(),
            secret,
            path,
            {name: value.replace("\0", "") for name, value in request.args.items()},
            request.form.to_dict(),
            request.form.to_dict(flat=False),
            {name: upload.read() for name, upload in request.files.items()},
        )
        return _answered(route, kind, visit, form_secret)

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
        if again := _form_again(route, visit, refusal, form_secret):
            return again
        raise
    match found:
        case Move():
            answer = redirect(found.to, 303)
            if found.secret is not None:
                _set_cookie(answer, _cookie(), found.secret, SESSION_S if found.secret else 0)
            return answer  # type: ignore[return-value]
        case File():
            return file_answer(found)
        case Notice():
            return _page(found.template, found.data, visit.session, form_secret, status=found.status)
        case Page() if kind == ".json":
            return Response(orjson.dumps(found.data), mimetype="application/json")
        case Page() if kind == ".csv" and route.table is not None:
            return list_as_file(route, route.table, visit, found)
        case Page():
            return _page(found.template, found.data, visit.session, form_secret, route=route)


def _form_again(route: Route, visit: Visit, refusal: Refused, form_secret: str) -> Response | None:
    for page in (PAGES[name] for name in route.form_on):
        path = {
            name: visit.path.get(name) or _id(visit.form.get(name, ""))
            for name in PARAMETER.findall(page.path)
        }
        if not all(path.values()) or (visit.session and visit.session.role not in page.roles):
            continue
        try:
            seen = page.handler(
                replace(visit, path=path, query={}, form={}, ticked={}, uploads={}, is_refresh=True)
            )
        except (Refused, ListRefused):
            continue
        if not isinstance(seen, Page):
            continue
        answer = _page(
            seen.template, seen.data, visit.session, form_secret, route=page, status=refusal.status
        )
        html, typed = answer.get_data(as_text=True), visit.ticked
        if filled := form_again(html, request.path, typed, refusal.message, refusal.field):
            answer.set_data(filled)
            return answer
    return None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _page(
    template: str,
    data: Mapping[str, Any],
    session: Session | None,
    form_secret: str,
    *,
    route: Route | None = None,
    status: int = 200,
) -> Response:
    made = "" if form_secret else secrets.token_urlsafe(32)
    runtime = _runtime()
    waits = waiting_for_people(runtime.database, actor=Visit(runtime, session, "").reader) if session else {}
    values = values_of(
        runtime, data, session, form_token=form_token(form_secret or made), route=route, query=request.args
    )
    text = render_template(
        f"console/{template}",
        **values,
        inbox_waits=waits,
        answers_form=request.method == "POST",
        read_at=_read_at() if status < 400 or route else "",
        **navigation_of(ROUTES, session, route),
    )
    answer = Response(text, status=status, mimetype="text/html")
    if made:
        _set_cookie(answer, _form_cookie(), made, 3600)
    return answer


def _read_at() -> str:
    """Return the path of what was posted to, or the next one above it that can be read."""
    path = request.path
    while path.startswith(f"{HOME}/"):
        try:
            current_app.url_map.bind("").match(path, method="GET")
        except HTTPException:
            path = path.rpartition("/")[0]
        else:
            return path
    return HOME


# --- cookies and forms ----------------------------------------------------------------------------


def _check_form(secret: str) -> None:
    sent = request.form.get("form_token", "")
    # Browsers say where a form came from; one that says nothing has the token to show.
    is_foreign = request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")
    if is_foreign or not secret or not hmac.compare_digest(sent.encode(), form_token(secret).encode()):
        raise Refused(403, "This form is too old, or came from elsewhere: open the page again.")


def _check_words(path: Mapping[str, Any]) -> None:
    """Refuse what no row can hold, before a handler asks for it."""
    if any("\0" in value for _, value in request.form.items(multi=True)):
        raise Refused(400, "There is a character in this that nobody types: write it again.")
    if any(isinstance(value, int) and value > LARGEST for value in path.values()):
        raise Refused(404, "There is nothing of this number.")


def _set_cookie(answer: Any, name: str, value: str, max_age_s: int) -> None:
    answer.set_cookie(
        name, value, max_age=max_age_s, path="/" if name.startswith("__Host-") else HOME, secure=_is_https(),
        httponly=True, samesite="Lax",
    )  # fmt: skip


def _form_secret(secret: str, session: Session | None) -> str:
    """Before there is a session its forms have a secret of their own."""
    return secret if session else request.cookies.get(_form_cookie(), "")[:LONGEST_SECRET]


def _held() -> str:
    return request.cookies.get(_cookie(), "")[:LONGEST_SECRET]


def _cookie() -> str:
    return "__Host-voicebot" if _is_https() else "voicebot"


def _form_cookie() -> str:
    return "__Host-voicebot-form" if _is_https() else "voicebot-form"


def _is_https() -> bool:
    return _runtime().settings.public_url.startswith("https://")


def _to_confirm(error: Unproven) -> Response:
    answer: Any = redirect(f"{HOME}/confirm?{urlencode({'next': HOME + error.back})}", 303)
    return answer  # type: ignore[no-any-return]


# --- refusals -------------------------------------------------------------------------------------


def _to_login(route: Route, kind: str) -> Response:
    if kind or route.method != "GET":
        raise Refused(401, "Sign in first.")
    wanted = request.full_path.rstrip("?")
    return redirect(f"{HOME}/login?{urlencode({'next': wanted})}", 303)  # type: ignore[return-value]


def _refused(error: Refused) -> Response:
    if request.path.endswith((".json", ".csv")):
        body = {"error": {"code": str(error.status), "message": error.message}}
        return Response(orjson.dumps(body), status=error.status, mimetype="application/json")
    secret = _held()
    session = None
    if secret and error.status != 503:
        session = find_session(_runtime().database, hash_of(secret))
    data = {"status": error.status, "message": error.message, "written": _written()}
    return _page("refused.html", data, session, _form_secret(secret, session), status=error.status)


def _written() -> list[str]:
    """Return texts that somebody wrote into a form of ours which nothing came of: they can be copied."""
    if request.method != "POST" or request.headers.get("Sec-Fetch-Site") != "same-origin":
        return []
    return [request.form[name] for name in WRITTEN if request.form.get(name, "").strip()]


def _away(error: Exception) -> Response:
    log.warning("the console cannot answer", extra={"reason": type(error).__name__})
    return _refused(Refused(503, "The database does not answer right now: try again in a moment."))


def _http_error(error: HTTPException) -> Response:
    return _refused(Refused(error.code or 500, f"{error.name}."))


def _fault(error: Exception) -> Response:
    log.error("a fault of the console", exc_info=error, extra={"route": request.endpoint or ""})
    words = "Something went wrong here, and nothing was changed. Open the page again; if it stays like this, tell whoever runs the service."
    return _refused(Refused(500, words))


def _address() -> str:
    trusted = _runtime().settings.client_address_header
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


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions["voicebot"]
    return runtime
