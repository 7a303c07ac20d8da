"""Providers that answer at once: a carrier that takes texts and notes when, and a model that knows one sentence."""

import itertools
import json
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

ANSWER = "We are open until six."
_CHUNK = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "stub"}


@dataclass
class Ledger:
    """What the carrier was asked to send."""

    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Number -> when, by the clock of this process."""
    count: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, number: str) -> None:
        """A text to this number was handed over."""
        with self.lock:
            self.taken[number].append(time.perf_counter())
            self.count += 1


class StubProviders:
    """One HTTP server for both; its address goes into TWILIO_API_BASE and OPENAI_BASE_URL."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self._names = itertools.count(1)
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.path.endswith("/Messages.json"):
                    self._send(201, "application/json", stub.message(body))
                else:
                    self._send(200, "text/event-stream", stub.completion())

            def _send(self, status: int, kind: str, body: bytes) -> None:
                head = f"HTTP/1.1 {status} OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
                self.wfile.write(head.encode() + body)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def message(self, body: bytes) -> bytes:
        """Take a text."""
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self.ledger.take(form["To"])
        answer = {
            "sid": f"SM{next(self._names):032x}", "status": "queued", "direction": "outbound-api", "to": form["To"],
            "from": form.get("From"), "body": form.get("Body"), "num_segments": "1", "num_media": "0",
        }  # fmt: skip
        return json.dumps(answer).encode()

    def completion(self) -> bytes:
        """Answer as a stream of one piece."""
        pieces = [
            {"delta": {"role": "assistant", "content": ANSWER}, "finish_reason": None},
            {"delta": {}, "finish_reason": "stop"},
        ]
        lines = [json.dumps({**_CHUNK, "choices": [{"index": 0, **piece}]}) for piece in pieces]
        return "".join(f"data: {line}\n\n" for line in [*lines, "[DONE]"]).encode()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
