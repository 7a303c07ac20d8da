"""What the database holds about a call or a thread, for the phone page: the service's own rows, read as it reads them.

The one place where the simulator touches the product's database, and it only reads. Without an address there is
nothing to read, and the page says so.
"""

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request

from simulator.config import SimulatorConfig
from simulator.phone.read_only import ReadOnly

LONGEST_POLL_S = 25.0
LOOK_AGAIN_S = 0.4
LOOPBACK = ("127.0.0.1", "localhost", "::1")

Read = Callable[[str], list[dict[str, Any]]]
"""Call sid, or a person's address -> its rows, oldest first. Raises OSError when the database cannot be read now."""

EARLIER = ""
"""Asked about nobody, the reader lists the newest calls, newest first."""
LISTED_CALLS = 50
STANDING = "standing"
"""The name under which the reader lists the threads of people who get nothing, or no answers."""
LISTED_THREADS = 200


def rows_blueprint(config: SimulatorConfig, read: Read | None = None) -> Blueprint:
    """`GET /phone/calls/<sid>/rows?after=VERSION&timeout_s=S`: waits until the rows differ from `after`.

    And `GET /phone/threads/<address>/rows`, the same for the texts with one person, and `GET /phone/earlier`: the newest
    calls as the database has them, also those of a simulator that has ended. `GET /phone/standing` lists who opted out and who
    is blocked, among the newest threads.

    Answers `{"configured", "rows", "version", "problem"}`; `problem` says in words why nothing could be read.
    """
    blueprint = Blueprint("phone_rows", __name__, url_prefix="/phone")
    reader = read or (_reader(config.database_url) if config.database_url else None)

    @blueprint.before_request
    def only_by_our_own_name() -> tuple[Response, int] | None:
        # Another site's name that is made to point here must not read what callers said.
        if urlsplit(f"//{request.host}").hostname in (*LOOPBACK, config.host):
            return None
        return jsonify(error="this address is not served here"), 403

    @blueprint.get("/calls/<about>/rows")
    @blueprint.get("/threads/<about>/rows")
    def rows(about: str) -> dict[str, Any]:
        if reader is None:
            return _answer([], configured=False)
        seen = request.args.get("after", "")
        wished_s = request.args.get("timeout_s", default=0.0, type=float)
        until = time.monotonic() + max(0.0, min(LONGEST_POLL_S, wished_s))
        answer = _look(reader, about)
        while answer["version"] == seen and time.monotonic() < until:
            time.sleep(LOOK_AGAIN_S)
            answer = _look(reader, about)
        return answer

    @blueprint.get("/earlier")
    def earlier() -> dict[str, Any]:
        return _look(reader, EARLIER) if reader else _answer([], configured=False)

    @blueprint.get("/standing")
    def standing() -> dict[str, Any]:
        return _look(reader, STANDING) if reader else _answer([], configured=False)

    return blueprint


def _look(read: Read, about: str) -> dict[str, Any]:
    try:
        return _answer(read(about))
    except OSError as error:
        return _answer([], problem=str(error))


def _answer(rows: list[dict[str, Any]], *, configured: bool = True, problem: str = "") -> dict[str, Any]:
    whole = json.dumps([rows, problem], sort_keys=True, default=str)
    version = hashlib.sha256(whole.encode()).hexdigest()[:16]
    return {"configured": configured, "rows": rows, "version": version, "problem": problem}


def _standing(thread: dict[str, Any]) -> dict[str, Any]:
    return {
        "with": thread["customer_identifier"],
        "suppressed": thread["suppressed"],
        "blocked": thread["blocked"],
    }


def _reader(url: str) -> Read:
    database = ReadOnly(url)

    def read(about: str) -> list[dict[str, Any]]:
        if about == EARLIER:
            page = database.call("list_calls", direction="inbound", page_size=LISTED_CALLS)
            return list(page["rows"])
        if about == STANDING:
            page = database.call("conversations_page", page_size=LISTED_THREADS)
            return [_standing(row) for row in page["rows"] if row["suppressed"] or row["blocked"]]
        if about.startswith("CA"):
            return list(database.call("timeline", call_sid=about) or [])
        return list(database.call("thread_timeline", number=about) or [])

    return read
