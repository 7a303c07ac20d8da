"""How the REST API says no (handbook 1.10)."""

from typing import Any


class RestError(Exception):
    """A refusal: HTTP status, Twilio's code, and one sentence."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def error_body(status: int, code: int, message: str) -> dict[str, Any]:
    """The JSON of an error."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": message, "more_info": more, "status": status}


def not_found(path: str) -> RestError:
    """20404, for whatever does not exist."""
    return RestError(404, 20404, f"The requested resource {path} was not found")
