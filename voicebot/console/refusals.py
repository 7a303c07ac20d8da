"""What somebody sees who does not get what they asked for, and where they go on from there."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Response, current_app, redirect, request
from werkzeug.exceptions import HTTPException

from voicebot.console.again import form_again
from voicebot.console.cookies import form_secret_of, held_secret
from voicebot.console.html_page import PAGES, html_page, page_at, read_at
from voicebot.console.routes import EVERYBODY, Page, Refused, Route, Unproven, Visit
from voicebot.console.table import ROUTES
from voicebot.console.unsent import FIELD, read_unsent, sent_form, unsent_form
from voicebot.current_runtime import current_runtime
from voicebot.domain.access.api_key import hash_of
from voicebot.domain.access.next_page import HOME, safe_next
from voicebot.domain.uuid_text import uuid_of
from voicebot.storage.access.sessions import Session, find_session
from voicebot.storage.database import DatabaseAway
from voicebot.storage.pages import ListRefused

PLAIN = {
    400: "This request cannot be read: open the page again.",
    404: "There is no such page.",
    413: "This is larger than what is taken here: send less at once.",
}
"""What is said of refusals that no handler of ours made."""
WRITTEN = ("content", "text", "answer", "say", "words", "prompt", "greeting", "notes", "reason")
"""Fields in which people write at length."""
OVER = "You are not signed in any more, so nothing was done. Sign in, and look at what you typed before you send it again."
AGAIN = "You are signed in again. Nothing was sent yet: look at what you typed, and send it."
PARAMETER = re.compile(r"<\w+:(\w+)>")
AGAIN_S = 5
log = logging.getLogger(__name__)


def to_login(*, is_page: bool) -> Response:
    """Lead somebody who is not signed in to the door. Raises Refused where no page was asked for."""
    if not is_page:
        raise Refused(401, OVER if request.method == "POST" else "Sign in first.")
    wanted = request.full_path.rstrip("?")
    return redirect(f"{HOME}/login?{urlencode({'next': wanted})}", 303)  # type: ignore[return-value]


def to_confirm(error: Unproven) -> Response:
    """Lead somebody to the page on which they show once more who they are."""
    answer: Any = redirect(f"{HOME}/confirm?{urlencode({'next': HOME + error.back})}", 303)
    return answer  # type: ignore[no-any-return]


def refused(error: Refused) -> Response:
    """Return a refusal as what was asked for: a page, or JSON."""
    is_list = request.path.endswith(".csv") and "text/html" not in request.headers.get("Accept", "")
    if request.path.endswith(".json") or is_list:
        body = {"error": {"code": str(error.status), "message": error.message}}
        return Response(orjson.dumps(body), status=error.status, mimetype="application/json")
    secret = held_secret()
    session = None
    if secret and error.status != 503:
        try:
            session = find_session(current_runtime().database, hash_of(secret))
        except DatabaseAway:
            session = None
    back = "" if error.status in (403, 404) else _page_behind(session)
    data: dict[str, Any] = {
        "status": error.status,
        "message": error.message,
        "back": back,
        "written": _written(sent_form()),
    }
    if error.status == 401:
        data |= {
            "has_passwords": current_runtime().identity is not None,
            "next": safe_next(read_at(request.path)) if request.method == "POST" else HOME,
            "unsent": unsent_form(),
        }
    try:
        answer = html_page(
            "refused.html", data, session, form_secret_of(secret, session), status=error.status
        )
    except DatabaseAway:
        # A refusal is said without anything that would have to be asked for.
        answer = html_page("refused.html", data, None, form_secret_of(secret, None), status=error.status)
    if error.status == 503:
        answer.headers["Retry-After"] = str(AGAIN_S)
        if request.method == "GET":
            # Whoever waits for the page need not press anything.
            answer.headers["Refresh"] = str(AGAIN_S)
    return answer


def unsent_of(visit: Visit, next_: str, secret: str) -> Response | None:
    """Return, to somebody who has just signed in, the form that came along, filled and not sent; None: none came along."""
    unsent = read_unsent(visit.form.get(FIELD, ""))
    session = find_session(visit.runtime.database, hash_of(secret))
    if unsent is None or session is None:
        return None
    try:
        endpoint, path = current_app.url_map.bind("").match(unsent.path, method="POST")
    except HTTPException:
        return None
    route = next((one for one in ROUTES if f"console.{one.name}" == endpoint and not one.is_open), None)
    if route is None:
        return None
    form = {name: values[0] for name, values in unsent.typed.items() if values}
    again = replace(visit, session=session, secret=secret, path=path, form=form, ticked=unsent.typed)
    if session.role in route.roles:
        filled = form_of(route, again, Refused(200, AGAIN), secret, posted_to=unsent.path)
        if filled is not None:
            return filled
    data = {"written": _written(form), "next": next_}
    return html_page("sign_in/signed_in.html", data, session, secret) if data["written"] else None


def form_of(
    route: Route, visit: Visit, refusal: Refused, form_secret: str, *, posted_to: str = ""
) -> Response | None:
    """Return the page of the form that was refused, with what was typed and the reason at its field; None where there is none.

    `posted_to` is where the form was sent to, where that is not the request's own address.
    """
    for page in (PAGES[name] for name in route.form_on):
        path = {
            name: visit.path.get(name) or uuid_of(visit.form.get(name, ""))
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
        answer = html_page(
            seen.template,
            seen.data,
            visit.session,
            form_secret,
            route=page,
            status=refusal.status,
            posted_to=posted_to,
        )
        html, typed = answer.get_data(as_text=True), visit.ticked
        action, has_changed = posted_to or request.path, refusal.status == 409
        filled = form_again(html, action, typed, refusal.message, refusal.field, has_changed=has_changed)
        if filled:
            answer.set_data(filled)
            return answer
    return None


def _page_behind(session: Session | None) -> str:
    """Return the page from which the form came that was refused: the nearest above its own address. Blank: none.

    It is relative, so that a page repeats nothing of the address that it was asked by; the slash at its end leads on.
    """
    path, above = request.path, 0
    while session is not None and request.method == "POST" and len(path) > len(HOME):
        path = path.rpartition("/")[0]
        if path != HOME and _may_see(path, (session.role,)):
            return "/".join([".", *[".."] * above, ""])
        above += 1
    return ""


def _may_see(path: str, roles: Sequence[str]) -> bool:
    """Whether there is a page at an address that somebody of these roles may see."""
    page = page_at(path)
    return page is not None and not page.is_open and bool(set(roles) & set(page.roles))


def _first_below(path: str, session: Session) -> Route | None:
    """The first page of the navigation below an address that is no page itself, of those that the session may see."""
    below = [one for one in ROUTES if one.title and f"{HOME}{one.path}".startswith(f"{path}/")]
    return next((one for one in below if path != HOME and session.role in one.roles), None)


def no_page(**_: str) -> Response:
    """Answer a path that is no route with a page of the console.

    A path with a slash too much leads to the page without it; the name of a section (`/console/settings`) leads to the first
    page of it that the visitor may open.
    """
    secret = held_secret()
    session = find_session(current_runtime().database, hash_of(secret)) if secret else None
    if session is None:
        return to_login(is_page=request.method in ("GET", "HEAD"))
    path = request.path.rstrip("/")
    if request.method == "GET" and (first := _first_below(path, session)):
        return redirect(f"{HOME}{first.path}", 303)  # type: ignore[return-value]
    if request.method == "GET" and request.path != path and _may_see(path, EVERYBODY):
        return redirect(path, 308)  # type: ignore[return-value]
    if request.method not in ("GET", "HEAD") and _may_see(request.path, EVERYBODY):
        raise Refused(405, "This page is only looked at: open it, and use what stands on it.")
    raise Refused(404, PLAIN[404])


def _written(form: Mapping[str, str]) -> list[str]:
    """Return texts typed into a form of ours that was not carried out: they can be copied."""
    if request.method != "POST" or request.headers.get("Sec-Fetch-Site") != "same-origin":
        return []
    return [form[name] for name in WRITTEN if form.get(name, "").strip()]


def away(error: Exception) -> Response:
    """Answer while the database is away."""
    log.warning("the console cannot answer", extra={"reason": type(error).__name__})
    return refused(Refused(503, "The database does not answer right now: try again in a moment."))


def http_error(error: HTTPException) -> Response:
    """Answer what Flask refuses in our words."""
    return refused(Refused(error.code or 500, PLAIN.get(error.code or 0, f"{error.name}.")))


def fault(error: Exception) -> Response:
    """Answer a fault of ours, and keep it in the log."""
    log.error("a fault of the console", exc_info=error, extra={"route": request.endpoint or ""})
    words = "Something went wrong here, and nothing was changed. Open the page again; if it stays like this, tell whoever runs the service."
    return refused(Refused(500, words))
