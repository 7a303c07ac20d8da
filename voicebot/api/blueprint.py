"""`/api/v1`: every request is authenticated, checked against its route, and answered in JSON, whatever was sent."""

import logging
import re
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, g, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException

from voicebot.api import openapi
from voicebot.api.authentication import Authentication
from voicebot.api.errors import ApiError, error_response, json_response, unavailable
from voicebot.api.queries import read_queries
from voicebot.api.routes import Request, Route, all_routes
from voicebot.providers.ports import ProviderError
from voicebot.runtime import Runtime
from voicebot.storage.database import DatabaseAway

PREFIX = "/api/v1"
MAX_BODY_BYTES = 16 * 1024
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OPEN = "openapi"
WORDS = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}
log = logging.getLogger(__name__)


def api_blueprint() -> Blueprint:
    """Make the API; handlers find the runtime in `current_app.extensions["voicebot"]`."""
    blueprint = Blueprint("api", __name__, url_prefix=PREFIX)
    authentication, routes = Authentication(), all_routes()
    described = openapi.document(routes, PREFIX)
    sizes = {f"{blueprint.name}.{route.operation_id}": route.max_body_bytes for route in routes}

    @blueprint.before_request
    def authenticate() -> None:
        request.max_content_length = sizes.get(request.endpoint or "", MAX_BODY_BYTES)
        if request.endpoint == f"{blueprint.name}.{OPEN}" and request.method in ("GET", "HEAD"):
            return
        header = request.headers.get("Authorization", "")
        g.api_caller = authentication.caller(_runtime().database, header, request.remote_addr or "")

    for route in routes:
        blueprint.add_url_rule(
            route.path,
            route.operation_id,
            _view(route),
            methods=[route.method],
            provide_automatic_options=False,
        )
    blueprint.add_url_rule("/openapi.json", OPEN, lambda: json_response(200, described), methods=["GET"])
    # Whatever else is asked for below us is answered in JSON too, and only to those who have a key.
    unknown = _unknown(routes)
    for place in ("/", "/<path:rest>"):
        blueprint.add_url_rule(place, "unknown", unknown, methods=METHODS, provide_automatic_options=False)
    blueprint.register_error_handler(ApiError, error_response)
    blueprint.register_error_handler(HTTPException, _http_error)
    blueprint.register_error_handler(DatabaseAway, _away)
    blueprint.register_error_handler(ProviderError, _away)
    blueprint.register_error_handler(Exception, _fault)
    return blueprint


def _view(route: Route) -> Any:
    def view(**path: str) -> Response:
        if g.api_caller.role not in route.roles:
            wanted = " or ".join(route.roles)
            raise ApiError(403, "forbidden", f"This key's role may not do this: it takes {wanted}.")
        query = read_queries(route.query, request.args)
        body = _body(route.body) if route.body else _text_body() if route.text_body else None
        answer = route.handler(Request(_runtime(), g.api_caller, body, path, query))
        return json_response(answer.status, answer.value, answer.headers)

    return view


def _body(model: type[BaseModel]) -> BaseModel:
    try:
        sent = request.get_data(parse_form_data=False)
        # orjson refuses what pydantic's own reader lets pass; that one reads JSON's types as strictly as they are described.
        values = orjson.loads(sent)
        body = model.model_validate_json(sent, strict=True)
    except orjson.JSONDecodeError:
        raise ApiError(400, "invalid_json", "Expected a JSON object.") from None
    except ValidationError as error:
        # Neither the whole nor a part of what was sent is repeated: it may be a code.
        problem = error.errors(include_input=False, include_url=False, include_context=False)[0]
        if problem["type"] == "json_invalid":
            raise ApiError(400, "invalid_json", "Expected a JSON object.") from None
        place = problem["loc"][0] if problem["loc"] else None
        known = str(place) if place in model.model_fields else None
        message = problem["msg"]
        if problem["type"] == "model_type":
            message = "Expected a JSON object."
        elif place and not known:
            message = f"Known fields are: {', '.join(model.model_fields)}."
        elif problem["type"] == "extra_forbidden":
            message = "Something in this field is not known here."
        message = message.removeprefix("Value error, ").rstrip(".")
        raise ApiError(400, "invalid_request", f"{message[0].upper()}{message[1:]}.", field=known) from None
    # Postgres keeps no such character: it would keep another text than the one that was sent.
    if found := next((name for name, value in values.items() if _has_nul(value)), None):
        raise ApiError(400, "invalid_request", "Expected text without NUL characters.", field=found)
    return body


def _has_nul(sent: Any) -> bool:
    if isinstance(sent, dict):
        return any(_has_nul(name) or _has_nul(value) for name, value in sent.items())
    return "\0" in sent if isinstance(sent, str) else isinstance(sent, list) and any(map(_has_nul, sent))


def _text_body() -> str:
    try:
        return request.get_data(parse_form_data=False).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ApiError(400, "invalid_text", "Expected text in UTF-8.") from None


def _unknown(routes: tuple[Route, ...]) -> Any:
    def unknown(rest: str = "") -> Response:
        allowed = [route.method for route in routes if _shape(route.path).fullmatch(f"/{rest}")]
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


def _runtime() -> Runtime:
    runtime: Runtime = current_app.extensions["voicebot"]
    return runtime
