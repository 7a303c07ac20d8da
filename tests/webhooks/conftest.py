"""The whole app on the embedded database, with a scripted model, and a sender who signs whatever it sends."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, quote_plus
from uuid import uuid4
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from tests.services.conftest import make_runtime, model, runtime, voice
from tests.support.apps import app_of
from voicebot.runtime import Runtime

__all__ = ["make_runtime", "model", "runtime", "voice"]

FORM_TYPE = "application/x-www-form-urlencoded"
CALLER, NUMBER = "+12025550123", "+12025550100"

Pairs = Iterable[tuple[str | bytes, str | bytes]]


@dataclass
class Sender:
    """Sends requests to the app with the signature that Twilio would give them."""

    client: FlaskClient
    runtime: Runtime

    def send(
        self, path: str, body: bytes, *, method: str = "POST", content_type: str | None = FORM_TYPE
    ) -> Any:
        """Send any bytes. `path` has the query, written as it goes over the wire."""
        if body and content_type != FORM_TYPE:
            # What is no form is signed by its hash in the address (vectors/signatures.json).
            path += f"{'&' if '?' in path else '?'}bodySHA256={sha256(body).hexdigest()}"
        signature = self.signature(path, body if content_type == FORM_TYPE else b"")
        return self.client.open(
            path.partition("?")[0],
            method=method,
            data=body,
            content_type=content_type,
            headers={"X-Twilio-Signature": signature},
            environ_overrides={"RAW_URI": path, "QUERY_STRING": path.partition("?")[2]},
        )

    def signature(self, path: str, body: bytes) -> str:
        """What Twilio's own SDK computes for a form."""
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace")
        settings = self.runtime.settings
        validator = RequestValidator(settings.twilio_auth_tokens[0])
        return str(validator.compute_signature(settings.public_url + path, MultiDict(pairs)))

    def post(self, path: str, **form: str) -> Any:
        """Send a form."""
        return self.send(path, encoded(form.items()))

    def call(self, **form: str) -> str:
        """Begin a call and return its SID."""
        sid = f"CA{uuid4().hex}"
        fields = {"From": CALLER, "To": NUMBER, "Direction": "inbound", "CallStatus": "ringing"}
        assert self.post("/twilio/voice", CallSid=sid, **(fields | form)).status_code == 200
        return sid


def encoded(pairs: Pairs) -> bytes:
    """A form as bytes; values given as bytes need not be UTF-8."""
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs).encode()


def verbs(answer: Any) -> list[str]:
    """The verbs of a voice document, nested ones too. Fails when it is none."""
    assert answer.status_code == 200, answer.status
    assert answer.mimetype == "text/xml"
    root = ElementTree.fromstring(answer.data)
    assert root.tag == "Response"
    return [element.tag for element in root.iter() if element is not root]


@pytest.fixture
def sender(runtime: Runtime) -> Sender:
    app = app_of(runtime)
    app.config["TESTING"] = False
    return Sender(app.test_client(), runtime)
