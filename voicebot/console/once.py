"""A form that makes something is done once: sent twice at once, or again from a page that stands open, it leads to what it made.

Each opening of such a form has a key of its own, and what counts is the key with all that was typed: whoever goes back and types
something else asks for something else. The session remembers its last forms, so it holds for all processes.
"""

import hashlib
import time
from collections.abc import Callable
from contextlib import suppress

from flask import Response, redirect

from voicebot.console.routes import Refused, Route, Visit
from voicebot.domain.access.api_key import hash_of
from voicebot.storage.access.sessions import begin_form, end_form
from voicebot.storage.database import DatabaseAway

KEY = "form_key"
TRIES, EVERY_S = 30, 0.1
DONE_BEFORE = "This form was sent already, and was done once: look at the list before you send it anew."


def once(route: Route, visit: Visit, answer: Callable[[], Response]) -> Response:
    """Carry out a new form; for a repeated one lead to its result. Raises Refused when that cannot be shown again."""
    if not route.is_once or not visit.form.get(KEY):
        return answer()
    session, key = hash_of(visit.secret), _key_of(route, visit)
    for _ in range(TRIES):
        told = begin_form(visit.runtime.database, session, key)
        if told.is_first:
            return _first(visit, session, key, answer)
        if told.to is not None:
            break
        # Another process does it just now.
        time.sleep(EVERY_S)
    if not told.to:
        raise Refused(409, DONE_BEFORE)
    led: Response = redirect(told.to, 303)  # type: ignore[assignment]
    return led


def _first(visit: Visit, session: str, key: str, answer: Callable[[], Response]) -> Response:
    database, given = visit.runtime.database, None
    try:
        given = answer()
        return given
    finally:
        # What was refused may be sent again; a database that is away now forgets the form by itself.
        is_done = given is not None and given.status_code < 400
        to = given.headers.get("Location", "") if given is not None else ""
        with suppress(DatabaseAway):
            end_form(database, session, key, to=to if is_done else None)


def _key_of(route: Route, visit: Visit) -> str:
    said = [
        f"{name}={value}"
        for name, values in sorted(visit.ticked.items())
        for value in values
        if name != "form_token"
    ]
    path = [f"{name}={value}" for name, value in sorted(visit.path.items())]
    return hashlib.sha256("\0".join([route.name, *path, "", *said]).encode()).hexdigest()
