"""The floor of the webhook benchmark: a signature check and one INSERT, on the same server, with nothing around it.

No framework and no pool's upkeep: what a request costs here, no service of ours on gunicorn and Postgres can save.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

import psycopg
from psycopg_pool import ConnectionPool

from voicebot.storage.database.greenlet_wait import wait_as_greenlets
from voicebot.transports.twilio.signatures import signature_is_valid

PUBLIC_URL, TOKENS = os.environ["PUBLIC_URL"], (os.environ["TWILIO_AUTH_TOKEN"],)
STORE = "insert into benchmark_floor (call_sid, body) values (%s, %s)"

wait_as_greenlets()
pool: ConnectionPool[psycopg.Connection[Any]] = ConnectionPool(
    os.environ["SUPABASE_DB_URL"], min_size=4, max_size=8, kwargs={"autocommit": True}, open=True
)


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one webhook: 204 once its row is committed, 403 when Twilio did not sign it."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    fields: dict[str, list[str]] = {}
    for name, value in parse_qsl(body.decode(), keep_blank_values=True):
        fields.setdefault(name, []).append(value)
    signature = environ.get("HTTP_X_TWILIO_SIGNATURE", "")
    if signature_is_valid(PUBLIC_URL + environ["RAW_URI"], fields, body, signature, TOKENS) is None:
        start_response("403 Forbidden", [("Content-Length", "0")])
        return [b""]
    with pool.connection() as connection:
        connection.execute(STORE, (fields["CallSid"][0], body.decode()))
    start_response("204 No Content", [])
    return [b""]
