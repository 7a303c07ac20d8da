"""The operator's own system, as tests have it: it keeps what is posted to it and knows nothing but the secret."""

import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """What was posted, headers in lower case; answers as the script says, then 204. Each answer names another place."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    words: str = ""
    """The body of every answer."""
    may_answer: threading.Event = field(default_factory=threading.Event)
    """Cleared, whoever posts waits for an answer."""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def is_valid(self, place: int, secret: str) -> bool:
        """Check a signature as the standard says it."""
        headers, body = self.got[place]
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return f"v1,{wanted}" in headers["webhook-signature"].split()


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen on this machine until the block ends."""
    known = Receiver()
    known.may_answer.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            known.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            known.may_answer.wait(60)
            self.send_response(known.answers.pop(0) if known.answers else 204)
            self.send_header("Location", f"{known.url}/elsewhere")
            for name, value in known.headers.items():
                self.send_header(name, value)
            words = known.words.encode()
            self.send_header("Content-Length", str(len(words)))
            self.end_headers()
            with suppress(OSError):
                # Whoever asked may have read enough.
                self.wfile.write(words)

        def log_message(self, *_: Any) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    known.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield known
    known.may_answer.set()
    server.shutdown()
    server.server_close()
