"""Flask without what a webhook never needs: three hundred routes to compare with, a session, views that are coroutines.

Nor an exception for each field that a form could have and has not: Twilio's have a dozen of those.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from flask.sessions import NullSession, SessionInterface
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import MapAdapter, Rule


class Fields(ImmutableMultiDict[str, str]):
    """The fields of a form or of a query; one that is not there is found missing without raising anything."""

    def get(self, key: str, default: Any = None, type: Callable[[str], Any] | None = None) -> Any:  # type: ignore[override]
        """Return the first value of a field, or `default`; what `type` cannot read counts as missing."""
        return super().get(key, default, type) if key in self else default  # type: ignore[arg-type]


class QuickRequest(Request):
    """A request whose fields are `Fields`."""

    parameter_storage_class = Fields


class NoSession(SessionInterface):
    """Opens the same empty session for every request: nobody of this app keeps anything in Flask's."""

    nothing = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        """Return the one that is there for all."""
        del app, request
        return self.nothing


class StraightApp(Flask):
    """Finds the view of a webhook by its path alone, and everything else as Flask does."""

    session_interface = NoSession()
    request_class = QuickRequest

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._straight: dict[str, Rule] = {}

    def go_straight_to(self, prefix: str) -> None:
        """Look up by their path what is posted below `prefix` from now on: all routes are there."""
        self._straight = {
            rule.rule: rule
            for rule in self.url_map.iter_rules()
            if rule.rule.startswith(prefix) and not rule.arguments and "POST" in (rule.methods or ())
        }

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Match the request here where its path is enough; without an adapter Flask matches nothing."""
        if request is not None and request.method == "POST" and "HTTP_UPGRADE" not in request.environ:
            rule = self._straight.get(request.environ.get("PATH_INFO", ""))
            if rule is not None:
                request.url_rule, request.view_args = rule, {}
                return None
        return super().create_url_adapter(request)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: none of them is a coroutine."""
        return func
