"""Twilio's webhooks, answered before Flask sees them: found by their path alone, checked, handed to their view and measured.

A view is a function of the runtime and of a request that Twilio signed. Every other route of the service is Flask's.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import Response
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed
from werkzeug.wrappers import Response as AnyResponse

from voicebot.runtime import Runtime
from voicebot.telemetry import metrics
from webhooks.bodies import Environ, WsgiApp
from webhooks.guard import Guard, Webhook


@dataclass(frozen=True, slots=True)
class Document:
    """TwiML as an answer: what a Response finds out about itself is known of it."""

    twiml: str
    status_code: ClassVar[int] = 200

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Send it."""
        del environ
        body = self.twiml.encode()
        headers = [("Content-Type", "text/xml; charset=utf-8"), ("Content-Length", str(len(body)))]
        start_response("200 OK", headers)
        return [body]


View = Callable[[Runtime, Webhook], Response | Document]
Views = Mapping[tuple[str, str], View]
"""By method and path."""

logger = logging.getLogger(__name__)


def posted(views: Mapping[str, View]) -> Views:
    """Return views that are given by their path as those of POST."""
    return {("POST", path): view for path, view in views.items()}


def with_webhooks(app: WsgiApp, runtime: Runtime, views: Views) -> WsgiApp:
    """Return an app that answers these itself, a path of theirs with another method with 405, and leaves the rest to `app`."""
    guard = Guard(runtime)
    methods: dict[str, list[str]] = {}
    for known_method, known_path in views:
        methods.setdefault(known_path, []).append(known_method)

    def answered(environ: Environ, start_response: Any) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        view = views.get((method, path))
        if view is None:
            others = methods.get(path)
            return (MethodNotAllowed(others) if others else app)(environ, start_response)
        started = time.perf_counter()
        response = _response(guard, runtime, view, environ, path)
        seconds = time.perf_counter() - started
        metrics.WEBHOOK_SECONDS.labels(path, str(response.status_code)).observe(seconds)
        return response(environ, start_response)

    return answered


def _response(
    guard: Guard, runtime: Runtime, view: View, environ: Environ, path: str
) -> AnyResponse | Document:
    try:
        webhook = guard.verified(environ, path)
        return view(runtime, webhook) if isinstance(webhook, Webhook) else webhook
    except HTTPException as error:
        return error.get_response(environ)
    except Exception:
        logger.exception("a webhook failed", extra={"route": path})
        return InternalServerError().get_response(environ)
