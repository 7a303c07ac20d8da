"""A runtime for `doctor` to examine, and a way to serve it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from flask import Flask, Response
from werkzeug.serving import make_server

from tests.support.accounts import carriers_of
from voicebot.domain.voices import ProviderVoice
from voicebot.limits import Limits
from voicebot.providers.carriers import Carriers
from voicebot.providers.ports import ModelDone, ProviderNumber, TextDelta
from voicebot.services.doctor.findings import Finding, Level
from voicebot.settings import Settings
from voicebot.storage.migrate.apply import SQL_FOLDER
from voicebot.transports.twilio.urls import number_urls
from webhooks.direct import posted, with_webhooks
from webhooks.twilio.streams import stream_views, turn_away

MIGRATIONS = sorted(path.name for path in (SQL_FOLDER / "migrations").glob("*.sql"))
HEALTH = {
    "server_version": "18.1",
    "migrations": {"applied": len(MIGRATIONS), "latest": MIGRATIONS[-1]},
    "jobs": {"due": 0, "oldest_due_s": 0, "failed": 0, "workers": 1, "heartbeat_age_s": 3.2},
}
BACKLOG = {
    "threads": 0, "oldest_thread_s": 0, "texts": 0, "oldest_text_s": 0, "unconfirmed": 0, "jobs": 0,
    "oldest_job_s": 0, "heartbeat_age_s": 3.2, "rounds_age_s": 12.0,
    "open_escalations": 0, "oldest_escalation_s": 0,
}  # fmt: skip

MAIL = {
    "last_sent_at": "2026-11-27T07:30:12+00:00", "failed": 0, "unknown": 0, "waiting": 0, "oldest_waiting_s": 0,
    "error": None,
}  # fmt: skip

WEBHOOKS = {"endpoints": 0, "gone": 0, "failing": 0, "dead": 0}


@dataclass
class Patient:
    """A runtime whose every part can be given a fault: a value to answer with or an exception to raise."""

    settings: Settings
    health: Any = field(default_factory=lambda: HEALTH)
    backlog: Any = field(default_factory=lambda: BACKLOG)
    mail: Any = field(default_factory=lambda: MAIL)
    mail_server: Any = None
    webhooks: Any = field(default_factory=lambda: WEBHOOKS)
    incidents: Any = field(default_factory=lambda: {"open": [], "causes": []})
    blocked: Any = field(default_factory=lambda: {"verifications": [], "counts": []})
    refused: Any = field(default_factory=lambda: {"refused": [], "counts": {}})
    unanswered: Any = field(default_factory=lambda: {"people": 0, "times": 0, "reasons": []})
    numbers: Any = None
    connected: Any = None
    voices: Any = field(default_factory=lambda: [ProviderVoice("21m00Tcm4TlvDq8ikWAM", "Rachel", "en")])
    pieces: Any = field(default_factory=lambda: [TextDelta("ok"), ModelDone("stop", "m")])
    hears: Any = None
    closed: bool = False
    limits: Limits = field(default_factory=Limits)

    @property
    def database(self) -> Any:
        def call(name: str, **_: Any) -> Any:
            kept = {
                "backlog": self.backlog,
                "list_numbers": self.kept_numbers,
                "mail_health": self.mail,
                "webhook_health": self.webhooks,
                "incident_health": self.incidents,
                "blocked_verifications": self.blocked,
                "list_refused": self.refused,
                "count_unanswered": self.unanswered,
                "running_erasures": {"erasures": []},
                "tapes_refused": {"count": 0},
            }
            return answer(kept.get(name, self.health))

        return SimpleNamespace(call=call, close=self.close)

    @property
    def spool(self) -> Any:
        return SimpleNamespace(holds_back=lambda now: False)

    def now(self) -> datetime:
        return datetime.now(UTC)

    @property
    def mailer(self) -> Any:
        return SimpleNamespace(check=lambda: answer(self.mail_server)) if self.settings.smtp_url else None

    @property
    def kept_numbers(self) -> Any:
        """The numbers that count as connected, as the database lists them, and one that does not."""
        ours = [self.settings.twilio_phone_number] if self.connected is None else self.connected
        stranger = {"full_number": "+12025550177", "connected_at": None}
        rows = [{"full_number": number, "connected_at": "2026-01-01T00:00:00Z"} for number in ours]
        return [*rows, stranger] if isinstance(self.health, dict) else self.health

    @property
    def carriers(self) -> Carriers:
        return carriers_of(self.settings, telephony=self.telephony)

    @property
    def telephony(self) -> Any:
        ours = ProviderNumber("PN1", self.settings.twilio_phone_number, **number_urls(self.settings))
        return SimpleNamespace(list_numbers=lambda: answer([ours] if self.numbers is None else self.numbers))

    @property
    def transcriber(self) -> Any:
        return SimpleNamespace(name=self.settings.transcriber, check=lambda: answer(self.hears))

    @property
    def voice(self) -> Any:
        return SimpleNamespace(list_voices=lambda: answer(self.voices))

    @property
    def model(self) -> Any:
        def stream(_request: object) -> Iterator[Any]:
            yield from answer(self.pieces)

        return SimpleNamespace(stream=stream)

    def close(self) -> None:
        self.closed = True


def answer(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


@contextmanager
def served(build: Callable[[str], Flask]) -> Iterator[str]:
    """The address of an app that is really served while the block runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    server = make_server("127.0.0.1", port, build(address), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


def service(settings: Settings) -> Flask:
    app = Flask("service")
    runtime: Any = SimpleNamespace(settings=settings, carriers=carriers_of(settings), limits=Limits())
    views = {
        **posted({"/twilio/voice/status": lambda _, __: Response("taken")}),
        **stream_views(turn_away, threading.Event()),
    }
    app.wsgi_app = with_webhooks(app.wsgi_app, runtime, views)  # type: ignore[method-assign, assignment]
    return app


def about(found: list[Finding], subject: str) -> Finding:
    """The worst finding about a subject."""
    order = [Level.FAIL, Level.WARN, Level.OK]
    return min((one for one in found if one.subject == subject), key=lambda one: order.index(one.level))
