"""What watchers see: alive, ready, and the metrics, which are not for everybody."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.limits import limits_with
from voicebot.limits import Limits
from voicebot.runtime import utc_now
from voicebot.storage.database import DatabaseAway, DatabaseBug
from voicebot.telemetry import metrics
from webhooks.health import health_blueprint

BACKLOG = {
    "threads": 3, "oldest_thread_s": 4.5, "texts": 2, "oldest_text_s": 1.5, "unconfirmed": 1, "jobs": 7,
    "oldest_job_s": 90.0, "heartbeat_age_s": 3.5, "rounds_age_s": None, "open_escalations": 3,
    "oldest_escalation_s": 7200.0,
}  # fmt: skip

RED = {
    "number": "+12025550100", "state": "red",
    "today": {"dials": 60, "answers": 6, "short_answers": 2, "busy": 9, "declined": 4, "blocked": 1},
}  # fmt: skip
ANSWERS = {
    "backlog": BACKLOG,
    "number_health": {"result": "found", "numbers": [RED]},
    "incident_health": {
        "open": [
            {"kind": "number_red", "subject": "+12025550100"},
            {"kind": "no_worker", "subject": "worker"},
        ],
        "causes": [{"kind": "no_worker", "subject": "worker"}, {"kind": "not_claimed", "subject": "queue"}],
    },
}


class Door:
    """A database that answers, or fails as it is told."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.asked = 0

    def call(self, function: str, **_: Any) -> dict[str, Any]:
        self.asked += 1
        if self.failure:
            raise self.failure
        return ANSWERS.get(function, {"server_version": "18.1"})


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def draining() -> threading.Event:
    return threading.Event()


def client_of(
    door: Door, draining: threading.Event, token: str = "", limits: Limits | None = None
) -> FlaskClient:
    app = Flask("watched")
    settings = SimpleNamespace(
        metrics_token=token,
        client_address_header="",
        calls_per_second=1.0,
        require_plan=False,
        max_call_seconds=1800,
        max_call_usd=5.0,
        max_daily_outbound_usd=100.0,
    )
    app.extensions["voicebot"] = SimpleNamespace(
        database=door,
        settings=settings,
        limits=limits or Limits(),
        now=utc_now,
        spool=SimpleNamespace(holds_back=lambda now: False),
        carriers=SimpleNamespace(main=SimpleNamespace(name="twilio")),
    )
    app.register_blueprint(health_blueprint(draining))
    return app.test_client()


def test_alive_does_not_ask_the_database(door, draining):
    door.failure = DatabaseAway("x")

    answer = client_of(door, draining).get("/healthz")

    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert door.asked == 0


def test_ready_with_a_database(door, draining):
    answer = client_of(door, draining).get("/readyz")

    assert (answer.status_code, answer.json) == (
        200,
        {"ready": True, "database": "ok", "draining": False},
    )


@pytest.mark.parametrize("failure", [DatabaseAway("x"), DatabaseBug("health", "42883")])
def test_not_ready_without_a_usable_database(door, draining, failure):
    door.failure = failure

    answer = client_of(door, draining).get("/readyz")

    assert (answer.status_code, answer.json["database"]) == (503, "away")


def test_not_ready_while_draining(door, draining):
    draining.set()

    answer = client_of(door, draining).get("/readyz")

    assert (answer.status_code, answer.json) == (
        503,
        {"ready": False, "database": "ok", "draining": True},
    )


def test_many_questions_are_one_for_the_database(door, draining):
    client = client_of(door, draining)

    for _ in range(50):
        client.get("/readyz")

    assert door.asked == 1


def test_an_old_answer_is_not_repeated(door, draining):
    client = client_of(door, draining, limits=limits_with(webhook={"health_fresh_s": 0.0}))
    client.get("/readyz")
    door.failure = DatabaseAway("x")

    assert client.get("/readyz").status_code == 503


def test_metrics_are_shown_to_this_machine(door, draining):
    metrics.REFUSED_SIGNATURES.labels("missing").inc()

    answer = client_of(door, draining).get("/metrics")

    assert answer.status_code == 200
    assert 'voicebot_refused_signatures_total{reason="missing"}' in answer.text


def test_metrics_tell_what_waits_and_whether_a_worker_is_there(door, draining):
    shown = client_of(door, draining).get("/metrics").text.splitlines()

    for line in (
        'voicebot_backlog{kind="threads"} 3.0',
        'voicebot_backlog_oldest_seconds{kind="threads"} 4.5',
        'voicebot_backlog_oldest_seconds{kind="texts"} 1.5',
        'voicebot_backlog_oldest_seconds{kind="jobs"} 90.0',
        "voicebot_unconfirmed_texts 1.0",
        "voicebot_open_escalations 3.0",
        "voicebot_open_escalations_oldest_seconds 7200.0",
        "voicebot_worker_heartbeat_age_seconds 3.5",
        "voicebot_rounds_age_seconds +Inf",
    ):
        assert line in shown


def test_metrics_tell_what_is_wrong_with_the_dialling_also_where_nobody_has_opened_it(door, draining):
    shown = client_of(door, draining).get("/metrics").text.splitlines()

    for line in (
        'voicebot_open_incidents{kind="number_red"} 1.0',
        'voicebot_open_incidents{kind="no_worker"} 1.0',
        'voicebot_open_incidents{kind="not_claimed"} 1.0',
        'voicebot_open_incidents{kind="stalled"} 0.0',
        'voicebot_open_incidents{kind="breaker_open"} 0.0',
        'voicebot_number_red{number="+12025550100"} 1.0',
        'voicebot_number_calls_today{number="+12025550100",outcome="dials"} 60.0',
        'voicebot_number_calls_today{number="+12025550100",outcome="blocked"} 1.0',
    ):
        assert line in shown


@pytest.mark.parametrize("failure", [DatabaseAway("x"), DatabaseBug("backlog", "42883")])
def test_metrics_are_shown_without_a_database_too(door, draining, failure):
    door.failure = failure

    answer = client_of(door, draining).get("/metrics")

    assert answer.status_code == 200
    assert "voicebot_database_away" in answer.text
    assert "voicebot_backlog" not in answer.text


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.7", {}, 403),
        ("", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}, 403),
        ("127.0.0.1", {"Via": "1.1 proxy"}, 403),
        ("10.0.0.7", {"Authorization": "Bearer open-sesame"}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "1.2.3.4", "Authorization": "Bearer open-sesame"}, 200),
        ("10.0.0.7", {"Authorization": "Bearer open-sesam"}, 403),
        ("10.0.0.7", {"Authorization": "Bearer ü"}, 403),
    ],
)
def test_metrics_are_not_open_to_the_world(door, draining, peer, headers, status):
    client = client_of(door, draining, token="open-sesame")

    answer = client.get("/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": peer})

    assert answer.status_code == status


def test_no_token_is_not_an_empty_token(door, draining):
    answer = client_of(door, draining).get(
        "/metrics", headers={"Authorization": "Bearer "}, environ_overrides={"REMOTE_ADDR": "10.0.0.7"}
    )

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:8080", 200),
        ("localhost", 200),
        ("LOCALHOST:8080", 200),
        ("[::1]", 200),
        ("[::1]:8080", 200),
        ("attacker.example", 403),
        ("attacker.example:8080", 403),
        ("127.0.0.1.attacker.example", 403),
        ("localhost.attacker.example:8080", 403),
        ("attacker.example@127.0.0.1", 403),
        ("127.0.0.1:8080@attacker.example", 403),
        ("127.0.0.1, attacker.example", 403),
        ("localhost.", 403),
        ("0.0.0.0:8080", 403),
        ("[::ffff:127.0.0.1]:8080", 403),
        ("voice.example.com", 403),
        ("", 403),
    ],
)
def test_metrics_are_shown_under_this_machines_own_names_alone(door, draining, host, status):
    # A page whose name is made to lead here has its own name in the request.
    answer = client_of(door, draining).get("/metrics", headers={"Host": host})

    assert answer.status_code == status


def test_with_the_token_any_name_will_do(door, draining):
    headers = {"Host": "voice.example.com", "Authorization": "Bearer open-sesame"}

    assert client_of(door, draining, token="open-sesame").get("/metrics", headers=headers).status_code == 200


def test_a_proxy_that_says_nothing_of_itself_is_known_by_its_old_protocol(door, draining):
    answer = client_of(door, draining).get("/metrics", environ_overrides={"SERVER_PROTOCOL": "HTTP/1.0"})

    assert answer.status_code == 403
