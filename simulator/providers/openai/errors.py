"""Errors as OpenAI's API words them."""

from flask import Response, jsonify


class ApiError(Exception):
    """A request that is answered with an error; `code` and `param` are what clients branch on."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.kind, self.code, self.param = status, message, kind, code, param

    def response(self, retry_after_s: float | None = None) -> Response:
        """The error as OpenAI sends it."""
        response = jsonify(
            {"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}}
        )
        response.status_code = self.status
        if retry_after_s is not None:
            response.headers["retry-after"] = str(max(1, round(retry_after_s)))
            response.headers["retry-after-ms"] = str(round(retry_after_s * 1000))
        return response


def bad(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """A request that will never work."""
    return ApiError(400, message, param=param, code=code)


def failed(status: int) -> ApiError:
    """The provider's own failure."""
    return ApiError(status, "The server had an error while processing the request.", kind="server_error")


def rate_limited() -> ApiError:
    """Too many requests."""
    return ApiError(
        429, "The rate limit of this model is reached.", kind="requests", code="rate_limit_exceeded"
    )


def out_of_quota() -> ApiError:
    """No credits left."""
    return ApiError(
        429, "You exceeded your current quota.", kind="insufficient_quota", code="insufficient_quota"
    )
