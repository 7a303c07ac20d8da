"""What watchers ask: is the process alive, may it get traffic, what has it measured."""

import hmac
import ipaddress
import logging
import threading
import time
from collections.abc import Callable

from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST

from voicebot.current_runtime import current_runtime
from voicebot.domain.access.client_address import came_through_a_proxy
from voicebot.services.upkeep.backlog import render_backlog
from voicebot.services.upkeep.dialling_metrics import render_dialling
from voicebot.storage.database import DatabaseAway, DatabaseBug
from voicebot.telemetry import metrics

KNOWN_HOSTS = ("127.0.0.1", "localhost", "[::1]")

logger = logging.getLogger(__name__)


def health_blueprint(draining: threading.Event) -> Blueprint:
    """Make `/healthz`, `/readyz` and `/metrics`; once `draining` is set the process is not ready any more."""
    blueprint = Blueprint("health", __name__)
    database_is_there = _remembered(_ask_database)

    @blueprint.get("/healthz")
    def alive() -> Response:
        return jsonify(status="ok")

    @blueprint.get("/readyz")
    def ready() -> tuple[Response, int]:
        database = "ok" if database_is_there() else "away"
        is_ready = database == "ok" and not draining.is_set()
        body = jsonify(ready=is_ready, database=database, draining=draining.is_set())
        return body, 200 if is_ready else 503

    @blueprint.get("/metrics")
    def show_metrics() -> Response:
        settings = current_runtime().settings
        if not _may_see_metrics(settings.metrics_token, settings.client_address_header):
            return Response("not for you\n", status=403, mimetype="text/plain")
        shown = metrics.render() + render_backlog(current_runtime().database)
        shown += render_dialling(current_runtime())
        return Response(shown, content_type=CONTENT_TYPE_LATEST)

    return blueprint


def _ask_database() -> bool:
    try:
        current_runtime().database.call("health")
    except DatabaseAway:
        return False
    except DatabaseBug:
        # Reachable, but its functions are missing or older than we are.
        logger.exception("the database does not answer health()")
        return False
    return True


def _remembered(ask: Callable[[], bool]) -> Callable[[], bool]:
    lock = threading.Lock()
    answer, answered_at = False, float("-inf")

    def remembered() -> bool:
        nonlocal answer, answered_at
        with lock:
            if time.monotonic() - answered_at > current_runtime().limits.webhook.health_fresh_s:
                answer = ask()
                answered_at = time.monotonic()
            return answer

    return remembered


def _may_see_metrics(token: str, trusted: str) -> bool:
    given = request.headers.get("Authorization", "")
    if token and hmac.compare_digest(given.encode("utf-8", "replace"), f"Bearer {token}".encode()):
        return True
    # A proxy on this machine speaks for the whole world, and a browser here for every page whose name leads here.
    return (
        _is_loopback(request.remote_addr or "")
        and _host_name() in KNOWN_HOSTS
        and not came_through_a_proxy(request.headers.getlist, trusted)
        # nginx adds no header unless it is told to, and speaks to us as if it were 1996.
        and request.environ.get("SERVER_PROTOCOL") != "HTTP/1.0"
    )


def _host_name() -> str:
    host = request.headers.get("Host", "").lower()
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() and not name.endswith(":") else host


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
