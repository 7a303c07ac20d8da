"""An app with a guarded route, and requests that are signed by Twilio's own SDK."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from tests.support.accounts import carriers_of
from voicebot.providers.carriers import Carriers
from voicebot.settings import Settings, load_settings
from voicebot.telemetry import metrics
from webhooks.direct import View, with_webhooks
from webhooks.guard import Webhook

PUBLIC_URL = "https://voice.example.com"
PATH = "/twilio/voice/turn?n=3&k=1"
FORM_TYPE = "application/x-www-form-urlencoded"
CALL = [
    ("CallSid", "CA" + "1" * 32),
    ("From", "+12025550123"),
    ("To", "+12025550100"),
    ("CallStatus", "in-progress"),
    ("FromCity", ""),
    ("SpeechResult", "It's five, isn't it? é ✓"),
    ("Digits", "1"),
]
Pairs = list[tuple[str, str]]


class Everywhere(dict[tuple[str, str], View]):
    """One view at each path, whatever the method."""

    def __init__(self, view: View) -> None:
        super().__init__()
        self._view = view

    def get(self, key: tuple[str, str], default: Any = None) -> Any:
        return self._view


@dataclass
class Bot:
    """An app with one guarded route that remembers what reached it."""

    settings: Settings
    reached: list[Pairs] = field(default_factory=list)
    args: list[Pairs] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    carriers: Carriers | None = None
    calls: dict[str, str] = field(default_factory=dict)
    """Whose a call is, by its account's name; of the others nobody has heard."""

    refused: list[tuple[str, str]] = field(default_factory=list)
    """What was kept of refused requests: the call that they named, and why."""

    def _may_tell(self, function: str, *, call_sid: str, account: str = "", **about: Any) -> dict[str, Any]:
        if function == "note_refused_webhook":
            self.refused.append((call_sid, about["reason"]))
            return {"result": "noted"}
        assert function == "may_tell_of_call"
        return {"allowed": self.calls.get(call_sid, account) == account}

    def client(self) -> FlaskClient:
        app = Flask("guarded")
        runtime: Any = SimpleNamespace(
            settings=self.settings,
            carriers=self.carriers or carriers_of(self.settings),
            database=SimpleNamespace(call=self._may_tell),
        )

        def take(_: Any, request: Webhook) -> Response:
            self.reached.append(list(request.form.items()))
            self.args.append(list(request.args.items()))
            self.tokens.append(request.token_index)
            return Response("taken")

        app.wsgi_app = with_webhooks(app.wsgi_app, runtime, Everywhere(take))  # type: ignore[method-assign, assignment]
        return app.test_client()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(
        {"PUBLIC_URL": PUBLIC_URL, "VOICEBOT_DATA_DIR": str(tmp_path_factory.mktemp("data"))}
    )


@pytest.fixture
def bot(settings: Settings) -> Bot:
    return Bot(settings)


def signed(settings: Settings, path: str, pairs: Pairs, token: str | None = None) -> str:
    validator = RequestValidator(token or settings.twilio_auth_tokens[0])
    return str(validator.compute_signature(settings.public_url + path, MultiDict(pairs)))


def post(client: FlaskClient, path: str, pairs: Pairs, signature: str | None, **headers: str) -> Any:
    if signature is not None:
        headers["X-Twilio-Signature"] = signature
    return client.post(path, data=urlencode(pairs), content_type=FORM_TYPE, headers=headers)


def refused_so_far() -> float:
    return sum(
        metrics.REFUSED_SIGNATURES.labels(reason)._value.get() for reason in ("wrong", "missing", "account")
    )
