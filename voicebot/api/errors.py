"""How the API says no: `{"error": {"code", "message", "field"?}}`, whatever happened."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from flask import Response


class ApiError(Exception):
    """A refusal with its status and JSON. The message never repeats a value of the request."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.field = status, code, message, field
        self.headers = dict(headers or {})


def limited(retry_after_s: float) -> ApiError:
    """Too often: whole seconds to wait, at least one. It does not say which limit it was."""
    wait = max(1, math.ceil(retry_after_s))
    return ApiError(429, "limited", "Too many requests: try again later.", headers={"Retry-After": str(wait)})


def unavailable() -> ApiError:
    """Something that we need is away; asking again soon may help."""
    return ApiError(503, "unavailable", "Not possible right now: try again.", headers={"Retry-After": "5"})


def not_allowed() -> ApiError:
    """The number is not of somebody whom the key's owner may reach; it does not say whether anybody has it."""
    return ApiError(403, "not_allowed", "This key may not do this, or not for this number.")


def wrong_field(field: str, words: str) -> ApiError:
    """A field cannot be like this; the words say why, and become a sentence."""
    return ApiError(400, "invalid_request", f"{words[0].upper()}{words[1:]}.", field=field)


def changed_meanwhile() -> ApiError:
    """The thing is not what whoever changes it saw."""
    return ApiError(409, "changed_meanwhile", "Somebody changed it meanwhile: read it again.")


def json_response(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON that nobody keeps a copy of on the way."""
    answer = Response(orjson.dumps(value), status=status, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers.update(dict(headers or {}))
    return answer


def csv_response(status: int, lines: Iterable[bytes], headers: Mapping[str, str] | None = None) -> Response:
    """Return a table that a program saves; nobody keeps a copy of it on the way."""
    answer = Response(lines, status=status, mimetype="text/csv")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Disposition"] = 'attachment; filename="voicebot.csv"'
    answer.headers.update(dict(headers or {}))
    return answer


def file_response(
    status: int, pieces: Iterable[bytes], media: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a file in pieces that nobody keeps a copy of on the way."""
    answer = Response(pieces, status=status, mimetype=media)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Disposition"] = "attachment"
    answer.headers.update(dict(headers or {}))
    return answer


def error_response(error: ApiError) -> Response:
    """Return a refusal as the API words it."""
    told = {"code": error.code, "message": error.message}
    if error.field:
        told["field"] = error.field
    return json_response(error.status, {"error": told}, error.headers)
