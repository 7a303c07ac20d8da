"""`/api/v1`: every request is authenticated, checked against its route, and answered in JSON, whatever was sent."""

import logging
import re
import tempfile
from collections.abc import Mapping
from functools import cache
from typing import Any

from flask import Blueprint, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from voicebot.api import openapi
from voicebot.api.authentication import Authentication
from voicebot.api.bodies import read_body
from voicebot.api.errors import (
    ApiError,
    csv_response,
    error_response,
    file_response,
    json_response,
    not_allowed,
    unavailable,
)
from voicebot.api.queries import read_query
from voicebot.api.records.noted import Noted
from voicebot.api.routes import MAX_BODY_BYTES, Request, Route
from voicebot.api.table import ROUTES
from voicebot.current_runtime import current_runtime
from voicebot.domain.access.client_address import client_address
from voicebot.providers.ports import ProviderError
from voicebot.storage.access.members import note_audit
from voicebot.storage.database import DatabaseAway
from voicebot.storage.database.refused import NotAllowed
from voicebot.storage.off_hub import off_hub
from voicebot.transports.table_files.table import PIECE, source_of_open

PREFIX = "/api/v1"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OPEN = "openapi"
WORDS = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 408: "too_slow", 413: "too_large"}
log = logging.getLogger(__name__)


def api_blueprint() -> Blueprint:
    """Make the API; handlers find the runtime in `current_app.extensions["voicebot"]`."""
    blueprint = Blueprint("api", __name__, url_prefix=PREFIX)
    authentication = Authentication()
    blueprint.record_once(lambda state: state.app.extensions.setdefault("voicebot-noted", Noted()))
    sizes = {f"{blueprint.name}.{route.operation_id}": route.max_body_bytes for route in ROUTES}

    @blueprint.before_request
    def authenticate() -> None:
        request.max_content_length = sizes.get(request.endpoint or "", MAX_BODY_BYTES)
        if request.endpoint == f"{blueprint.name}.{OPEN}" and request.method in ("GET", "HEAD"):
            return
        header = request.headers.get("Authorization", "")
        trusted = current_runtime().settings.client_address_header
        address = client_address(request.remote_addr or "", request.headers.getlist, trusted)
        g.key_holder = authentication.holder(current_runtime().database, header, address)

    for route in ROUTES:
        blueprint.add_url_rule(
            route.path,
            route.operation_id,
            _view(route),
            methods=[route.method],
            provide_automatic_options=False,
        )
    blueprint.add_url_rule("/openapi.json", OPEN, lambda: json_response(200, description()), methods=["GET"])
    # Every other path below us is answered in JSON too, and only to holders of a key.
    unknown = _unknown()
    for place in ("/", "/<path:rest>"):
        blueprint.add_url_rule(place, "unknown", unknown, methods=METHODS, provide_automatic_options=False)
    blueprint.register_error_handler(ApiError, error_response)
    blueprint.register_error_handler(HTTPException, _http_error)
    blueprint.register_error_handler(DatabaseAway, _away)
    # What depends on the number or the person is the database's to say.
    blueprint.register_error_handler(NotAllowed, lambda _: error_response(not_allowed()))
    blueprint.register_error_handler(ProviderError, _away)
    blueprint.register_error_handler(Exception, _fault)
    return blueprint


@cache
def description() -> dict[str, Any]:
    """Return openapi.json, made for the first request only, because that takes a tenth of a second. It never changes."""
    return off_hub(lambda: openapi.document(ROUTES, PREFIX))


def _view(route: Route) -> Any:
    def view(**path: str) -> Response:
        if g.key_holder.role not in route.roles:
            _note("route.denied", "route", route.operation_id)
            wanted = " or ".join(route.roles)
            raise ApiError(403, "forbidden", f"This key's role may not do this: it takes {wanted}.")
        if not route.is_open_to(g.key_holder.member_role):
            _note("route.denied", "route", route.operation_id)
            words = f"The member of this key is {g.key_holder.member_role} now, who may not do this."
            raise ApiError(403, "forbidden", words)
        query = read_query(route.query, request.args) if route.query else None
        if not route.file_body:
            return _answered(route, path, query, _body(route))
        with tempfile.TemporaryFile() as file:
            while piece := request.stream.read(PIECE):
                file.write(piece)
            return _answered(route, path, query, source_of_open(file))

    return view


def _answered(route: Route, path: Mapping[str, str], query: Any, body: Any) -> Response:
    reply = route.handler(Request(current_runtime(), g.key_holder, body, path, query))
    told = reply.value if isinstance(reply.value, dict) else {}
    # Of a number its last digits: no whole one stays in the log.
    number = f"…{told['number'][-3:]}" if isinstance(told.get("number"), str) else ""
    thing = str(told.get("id") or next(iter(path.values()), "") or told.get("name") or number)
    _put_on_record(route, thing)
    if reply.csv is not None:
        return csv_response(reply.status, reply.csv, reply.headers)
    if reply.file is not None:
        return file_response(reply.status, reply.file, reply.media, reply.headers)
    return json_response(reply.status, reply.value, reply.headers)


def _put_on_record(route: Route, thing: str) -> None:
    try:
        if route.done is not None:
            note_audit(current_runtime().database, *route.done, thing, actor=g.key_holder.actor)
        if route.noted is not None:
            _note(*route.noted, thing)
    except DatabaseAway:
        if route.method == "GET":
            raise
        # It is done: whoever hears that it is not does it a second time.
        log.warning("what a key did is not on record", extra={"route": _rule()})


def _note(deed: str, kind: str, thing: str) -> None:
    noted: Noted = current_app.extensions["voicebot-noted"]
    noted.note(current_runtime().database, g.key_holder, deed, kind, thing)


def _body(route: Route) -> Any:
    if route.body is not None:
        return read_body(route.body, request.get_data(parse_form_data=False))
    # A file is in any encoding: its reader tells which.
    return request.get_data(parse_form_data=False) if route.text_body else None


def _unknown() -> Any:
    def unknown(rest: str = "") -> Response:
        allowed = [route.method for route in ROUTES if _shape(route.path).fullmatch(f"/{rest}")]
        if rest == "openapi.json" or "GET" in allowed:
            allowed = [*dict.fromkeys(["GET", "HEAD", *allowed])]
        if allowed:
            raise ApiError(
                405, "method_not_allowed", "Not this method.", headers={"Allow": ", ".join(allowed)}
            )
        raise ApiError(404, "not_found", "There is nothing here.")

    return unknown


def _shape(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"<[^>]+>", "[^/]+", path))


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    return error_response(ApiError(status, WORDS.get(status, f"http_{status}"), f"{error.name}."))


def _away(error: Exception) -> Response:
    log.warning("the API cannot answer", extra={"reason": type(error).__name__, "route": _rule()})
    return error_response(unavailable())


def _fault(error: Exception) -> Response:
    log.error("a fault of the API", exc_info=error, extra={"route": _rule()})
    return error_response(ApiError(500, "internal", "Something went wrong here."))


def _rule() -> str:
    return request.url_rule.rule if request.url_rule else ""
