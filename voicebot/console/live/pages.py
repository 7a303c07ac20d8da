"""`/console/live`: one stream of events for an open page, and the same parts for a browser that cannot hold one."""

from collections.abc import Iterator
from dataclasses import dataclass

import orjson
from flask import current_app

from voicebot.console.forms import form_token
from voicebot.console.live.hub import Ended, Full, Hub, Parts, Watcher
from voicebot.console.live.views import Gone, View, Views
from voicebot.console.render import FORM_TOKEN
from voicebot.console.routes import File, Refused, Route, Visit
from voicebot.domain.access.api_key import hash_of
from voicebot.storage.access.sessions import Session

HEARTBEAT_S = 15.0
RETRY_MS = 1000
STREAM = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(frozen=True)
class Live:
    """The live pages of one process, kept in `app.extensions["voicebot-live"]`."""

    views: Views
    hub: Hub


def stream(visit: Visit) -> File:
    """Send the parts of a page as they change, until the page is closed or its reader may not see it any more."""
    live = _live()
    view, first = _found(live, visit)
    watcher = Watcher(view, hash_of(visit.secret), _holder(_session(visit)))
    try:
        live.hub.watch(watcher)
    except Full:
        raise Refused(503, "Too many pages follow what happens: this one asks now and then.") from None
    return File(_events(live.hub, watcher, first, form_token(visit.secret)), STREAM, headers=HEADERS)


def parts(visit: Visit) -> File:
    """The parts of a page as they are now."""
    _, found = _found(_live(), visit)
    return File(_json(found, form_token(visit.secret)), "application/json", headers=HEADERS)


def _found(live: Live, visit: Visit) -> tuple[View, Parts]:
    view = live.views.find(visit.query.get("page", ""), _session(visit))
    try:
        found = live.views.parts(view)
    except Gone:
        raise Refused(404, "There is no such page, or none that you may see.") from None
    live.views.note(view, visit)
    return view, found


def _events(hub: Hub, watcher: Watcher, first: Parts, token: str) -> Iterator[bytes]:
    try:
        yield b"retry: %d\n\ndata: %b\n\n" % (RETRY_MS, _json(first, token))
        while True:
            changed = watcher.next(HEARTBEAT_S)
            yield b"data: %b\n\n" % _json(changed, token) if changed else b": still here\n\n"
    except Ended as end:
        if end.is_final or end.asks_instead:
            yield b"event: %b\ndata: {}\n\n" % (b"over" if end.is_final else b"ask")
    finally:
        hub.leave(watcher)


def _json(found: Parts, token: str) -> bytes:
    return orjson.dumps({name: html.replace(FORM_TOKEN, token) for name, html in found.items()})


def _holder(session: Session) -> str:
    return f"{session.user_id or '-'} {session.organization_id or '-'} {session.role}"


def _session(visit: Visit) -> Session:
    assert visit.session is not None, "the route is closed"
    return visit.session


def _live() -> Live:
    live: Live = current_app.extensions["voicebot-live"]
    return live


ROUTES = (
    Route("GET", "/live", "live", stream, is_data=True),
    Route("GET", "/live/parts", "liveParts", parts, is_data=True),
)
