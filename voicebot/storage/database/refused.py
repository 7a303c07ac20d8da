"""The database refuses a request: an answer, not a failure of the database."""

from collections.abc import Mapping
from typing import Any, TypeVar

Answer = TypeVar("Answer", bound=Mapping[str, Any])


class Refused(Exception):
    """What was asked for cannot be; `code` says why, in the database's word for it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotAllowed(Exception):
    """The actor may not do this, or may not reach the number that it is about."""


def allowed(answer: Answer) -> Answer:
    """Return the answer. Raises NotAllowed when it says so."""
    if answer.get("code") == "not_allowed":
        raise NotAllowed
    return answer
