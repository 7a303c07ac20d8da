"""A system behind a tool of one's own, small enough to read: it checks the signature and keeps bookings in memory.

    SECRET=whsec_… python3 examples/bookings.py        # the secret: `python -m voicebot templates secret NAME`

It answers at http://127.0.0.1:9300/book with words for the caller. Only Python's own library is used.
"""

import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET, PORT, TABLES = os.environ.get("SECRET", ""), int(os.environ.get("PORT", "9300")), 8
booked: dict[str, dict] = {}
"""What was booked, by the id of the request: the same request again books nothing twice."""


def is_signed(headers, body: bytes) -> bool:
    """Whether the request is Voicebot's, and young (Standard Webhooks)."""
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return abs(time.time() - int(headers["webhook-timestamp"])) < 300 and any(
        hmac.compare_digest(wanted, each) for each in headers["webhook-signature"].split()
    )


def book(wish_id: str, wish: dict) -> tuple[int, str]:
    """Book a table, and return a status and what the caller is to be told: 2xx it is done, 4xx why it is not."""
    asked = wish["arguments"]
    if wish_id not in booked:
        if sum(one["day"] == asked["day"] for one in booked.values()) >= TABLES:
            return 409, f"There is no table left for {asked['day']}. Offer another day."
        if not wish["trial"]:
            booked[wish_id] = asked | {"caller": wish["caller"]}
    return 200, f"A table for {asked['people']} is booked for {asked['day']}."


class Handler(BaseHTTPRequestHandler):
    """Answers POST."""

    def do_POST(self) -> None:
        """Check, book, answer with plain words."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not SECRET or not is_signed(self.headers, body):
            status, words = 401, "The booking system does not know this bot."
        else:
            status, words = book(self.headers["webhook-id"], json.loads(body)["data"])
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(words.encode())


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
