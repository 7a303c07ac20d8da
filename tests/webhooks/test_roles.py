"""What a process serves is its role's to say: everything, all but sockets, or sockets and health alone."""

import threading
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask

from simulator.house import free_port
from tests.support.accounts import carriers_of
from voicebot import cli
from voicebot.commands.running import serve
from voicebot.settings import SettingsError, load_settings
from voicebot.telemetry import metrics
from voicebot.transports.twilio.signatures import signature_of
from webhooks.app import create_app

HEALTH = {"/healthz", "/readyz", "/metrics"}
SOCKETS = {"/twilio/relay", "/twilio/media", "/console/calls/<uuid:call>/audio"}


def app_of(role: str, folder: Path) -> Flask:
    settings = load_settings({"VOICEBOT_DATA_DIR": str(folder), "VOICEBOT_ROLE": role})
    return create_app(SimpleNamespace(settings=settings, carriers=carriers_of(settings), database=None))


def rules(app: Flask) -> set[str]:
    return {rule.rule for rule in app.url_map.iter_rules()} | {
        path for _, path in app.extensions["voicebot-webhooks"]
    }


def test_live_opens_sockets_and_answers_health_and_nothing_else(tmp_path):
    app = app_of("live", tmp_path)

    assert rules(app) == HEALTH | SOCKETS
    assert app.test_client().get("/healthz").status_code == 200
    for path in ("/twilio/voice", "/twilio/sms", "/api/v1/verifications"):
        assert app.test_client().post(path).status_code == 404


def test_web_serves_what_all_serves_but_for_sockets(tmp_path):
    assert rules(app_of("web", tmp_path)) == rules(app_of("all", tmp_path)) - SOCKETS > HEALTH


def test_a_path_of_twilio_s_answers_its_own_method_and_no_other_and_its_neighbours_are_not_there(tmp_path):
    app = app_of("all", tmp_path)
    client = app.test_client()
    for own, path in app.extensions["voicebot-webhooks"]:
        answers = {method: client.open(path, method=method) for method in ("POST", "GET", "PUT", "OPTIONS")}

        assert {method: answer.status_code for method, answer in answers.items()} == {
            method: 403 if method == own else 405 for method in answers
        }
        assert answers["PUT"].headers["Allow"] == own
        assert client.open(f"{path}/", method=own).status_code == 404


def test_a_fault_in_a_webhook_is_500_and_in_the_log_and_in_the_measures(tmp_path, caplog):
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path), "PUBLIC_URL": "https://bot.example.com"})
    # The view wants more of its runtime than there is.
    client = create_app(
        SimpleNamespace(settings=settings, carriers=carriers_of(settings), database=None)
    ).test_client()
    url = "https://bot.example.com/twilio/sms/status"
    signature = signature_of(url, {"SmsSid": ["SM1"]}, settings.twilio_auth_token)
    failed = metrics.WEBHOOK_SECONDS.labels("/twilio/sms/status", "500")
    before = failed._sum.get()

    answer = client.post(
        "/twilio/sms/status", data={"SmsSid": "SM1"}, headers={"X-Twilio-Signature": signature}
    )

    assert answer.status_code == 500
    assert "a webhook failed" in caplog.messages
    assert failed._sum.get() > before


def test_a_process_that_stops_opens_no_socket(tmp_path):
    settings = load_settings({"VOICEBOT_DATA_DIR": str(tmp_path), "PUBLIC_URL": "https://bot.example.com"})
    runtime, draining = (
        SimpleNamespace(settings=settings, carriers=carriers_of(settings), database=None),
        threading.Event(),
    )
    client = create_app(runtime, draining).test_client()
    draining.set()
    headers = {
        "X-Twilio-Signature": signature_of(
            "wss://bot.example.com/twilio/media", {}, settings.twilio_auth_token
        ),
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }

    assert client.get("/twilio/media", headers=headers).status_code == 503


def test_another_role_stops_the_start(tmp_path):
    with pytest.raises(SettingsError, match="VOICEBOT_ROLE: expected 'all', 'web' or 'live'"):
        app_of("worker", tmp_path)


@pytest.mark.parametrize(
    ("argument", "variable", "expected"),
    [(["--role", "live"], "web", "live"), ([], "web", "web"), ([], "", "all")],
)
def test_serve_hands_the_role_to_gunicorn(tmp_path, monkeypatch, argument, variable, expected):
    # Nobody connects: gunicorn does not run here.
    monkeypatch.setenv("SUPABASE_DB_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("VOICEBOT_ROLE", variable)
    monkeypatch.setenv("PORT", str(free_port()))
    # `serve` sets it for gunicorn; the next test must not count into a folder of this one.
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    started: list[str] = []

    def execute(_program: str, _command: list[str], environ: Mapping[str, str]) -> None:
        started.append(environ["VOICEBOT_ROLE"])
        started.append(environ["PROMETHEUS_MULTIPROC_DIR"])

    arguments: Namespace = cli.parser().parse_args(["serve", *argument])
    serve.run_serve(arguments, execute=execute)

    assert started == [expected, str(tmp_path / "metrics" / expected)]
