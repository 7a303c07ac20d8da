"""An account at Vapi from its row to a call's history, over HTTP: the rules of every dial hold for its calls, too."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Any
from uuid import UUID

import pytest
import requests
from flask import Flask
from werkzeug.serving import make_server

from simulator.config import SimulatorConfig
from simulator.providers.vapi.account import CreateFault
from simulator.providers.vapi.api import vapi_blueprint, vapi_of
from tests.services.dialling.led.led_house import ANY_HOUR, nothing_heard
from tests.sql.dialling.conftest import Queue
from tests.support.apps import app_of
from tests.support.command_line import environ, run
from voicebot.limits import CarrierLimits
from voicebot.providers.carriers import Carriers
from voicebot.services.dialling.dial import place_dials
from voicebot.services.dialling.diallers import dialler_of
from voicebot.services.dialling.led.settle import fetch_led_call
from voicebot.services.dialling.settle import settle_silent_dials
from voicebot.settings import load_settings
from voicebot.storage.credentials import seal
from voicebot.wiring import StoredAccounts

pytestmark = pytest.mark.sql
__all__ = ["environ", "run"]
NAME, OUR_NUMBER = "vapi-house", "+12025550188"
WEBHOOK = {"type": "hmac", "secretKey": "topsecret-of-a-test"}


PEOPLE = (f"+1303242{place:04d}" for place in count(1000))
"""Numbers that may really be dialled."""


@contextmanager
def served(app: Flask, port: int = 0) -> Iterator[str]:
    running = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        running.server_close()
        thread.join(5)


class Vapi:
    """The stand-in, and the service that has an account there."""

    def __init__(self, runtime: Any, owner: Any, app: Flask, url: str) -> None:
        self.account, self.reporter = vapi_of(app)
        self.url, self.owner = url, owner
        self.queue = Queue(runtime.database, owner)
        self.queue.empty()
        secrets = {"key": "k-1", "assistant_id": "a-1", "webhook": json.dumps(WEBHOOK)}
        sealed = seal(runtime.settings.sealing_key, json.dumps(secrets))
        owner.execute("delete from public.call_service_providers where name = %s", [NAME])
        owner.execute(
            """insert into public.call_service_providers (
                   name, type, kind, account_sid, base_url, default_number, concurrency_limit, calls_per_second, priority,
                   api_credentials)
               values (%s, 'voice', 'vapi', 'p-1', %s, %s, 50, 1000, 0, jsonb_build_object('sealed', %s::text))""",
            [NAME, f"{url}/vapi", OUR_NUMBER, sealed],
        )
        stored = StoredAccounts(runtime.settings, runtime.database, CarrierLimits())
        self.runtime = replace(runtime, carriers=Carriers(runtime.carriers.main, stored=stored))

    def put(self, **columns: Any) -> str:
        """An entry; this account is asked before any other one."""
        given = {"hours_lifted": ANY_HOUR, "recipient_number": next(PEOPLE)} | columns
        (entry,) = self.queue.put(**given)
        return entry

    def place(self) -> None:
        """Dial what is due, and let every call be led to its end."""
        while place_dials(self.runtime):
            pass
        assert self.reporter.idle(20)

    def made(self) -> list[dict[str, Any]]:
        """The calls that were made there."""
        return self.account.calls({})

    def row(self, entry: str) -> tuple[Any, ...]:
        """The last dial of an entry: state, transport, who answered."""
        return self.owner.execute(
            """select state, transport_result, answered_by from public.call_attempts
                where call_queue_id = %s order by attempt_number desc limit 1""",
            [entry],
        ).fetchone()

    def attempt(self, entry: str) -> UUID:
        """The last dial of an entry."""
        (found,) = self.owner.execute(
            "select id from public.call_attempts where call_queue_id = %s order by attempt_number desc limit 1",
            [entry],
        ).fetchone()
        return UUID(str(found))


@pytest.fixture
def vapi(runtime, owner):
    app = Flask("vapi")
    placeholder = make_server("127.0.0.1", 0, app)
    port = placeholder.server_port
    placeholder.server_close()
    app.register_blueprint(vapi_blueprint(SimulatorConfig("AC" + "0" * 32, "t" * 32, port=port)))
    with served(app, port) as url:
        vapi = Vapi(runtime, owner, app, url)
        with served(app_of(vapi.runtime)) as product:
            vapi.account.server.url = f"{product}/vapi/events"
            vapi.account.server.credential = WEBHOOK
            yield vapi
    vapi.queue.empty()
    owner.execute("delete from public.call_service_providers where name = %s", [NAME])


def test_a_call_is_dialled_led_and_becomes_history(vapi):
    entry = vapi.put(custom_variables={"day": "Friday"})

    vapi.place()

    (call,) = vapi.made()
    assert call["assistantOverrides"]["variableValues"] == {
        "day": "Friday",
        "attempt": str(vapi.attempt(entry)),
    }
    assert call["name"] == str(vapi.attempt(entry))
    assert vapi.row(entry) == ("done", "completed", "human")
    shown = vapi.runtime.database.call("show_call", call_sid=call["id"])
    assert [said["content"] for said in shown["transcripts"]] == [
        "Hello, this is the surgery.",
        "Friday is fine.",
    ]
    assert (shown["call"]["call_status"], float(shown["call"]["cost"])) == ("completed", 0.12)
    assert vapi.queue.row(entry)[0] == "completed"


@pytest.mark.parametrize("fault", ["error_after", "lose_answer"])
def test_a_lost_answer_dials_nobody_twice(vapi, fault):
    vapi.account.faults.append(CreateFault(fault))
    vapi.account.server.lose = frozenset({"status-update", "end-of-call-report"})
    entry = vapi.put()

    vapi.place()
    assert vapi.row(entry)[0] == "unknown"
    for _ in range(3):
        nothing_heard(vapi.owner)
        settle_silent_dials(vapi.runtime)
        vapi.place()

    assert len(vapi.made()) == 1
    assert vapi.row(entry) == ("done", "completed", "human")
    assert len(vapi.runtime.database.call("show_call", call_sid=vapi.made()[0]["id"])["transcripts"]) == 2


def test_a_call_that_was_never_made_is_dialled_again_once_that_is_known(vapi):
    vapi.account.faults.append(CreateFault.ERROR_BEFORE)
    entry = vapi.put(redial='{"failed": [60]}')

    vapi.place()
    assert (vapi.row(entry)[0], vapi.made()) == ("unknown", [])
    for _ in range(2):
        nothing_heard(vapi.owner)
        settle_silent_dials(vapi.runtime)
    vapi.owner.execute("update public.call_queue set next_attempt_at = now() where id = %s", [entry])
    vapi.place()

    assert len(vapi.made()) == 1
    assert vapi.queue.row(entry)[0] == "completed"


def test_every_message_lost_is_made_up_for(vapi):
    vapi.account.server.lose = frozenset({"status-update", "end-of-call-report"})
    entry = vapi.put()

    vapi.place()
    assert vapi.row(entry)[0] == "sent"
    nothing_heard(vapi.owner)
    settle_silent_dials(vapi.runtime)

    assert vapi.row(entry) == ("done", "completed", "human")


def test_a_lost_report_is_fetched(vapi):
    vapi.account.server.lose = frozenset({"end-of-call-report"})
    entry = vapi.put()

    vapi.place()
    fetch_led_call(vapi.runtime, str(vapi.attempt(entry)))

    assert vapi.row(entry) == ("done", "completed", "human")


@pytest.mark.parametrize("way", ["twice", "reversed"])
def test_messages_in_any_order_and_number_end_alike(vapi, way):
    setattr(vapi.account.server, way, True)
    entry = vapi.put()

    vapi.place()

    assert vapi.row(entry) == ("done", "completed", "human")
    assert len(vapi.runtime.database.call("show_call", call_sid=vapi.made()[0]["id"])["transcripts"]) == 2


def test_a_live_call_is_hung_up(vapi):
    vapi.account.otherwise = replace(vapi.account.otherwise, hold=True)
    entry = vapi.put()
    vapi.place()
    (call,) = vapi.made()
    assert call["status"] == "in-progress"

    dialler_of(vapi.runtime, NAME).hang_up(call["id"])

    assert vapi.reporter.idle(20)
    assert vapi.row(entry) == ("done", "completed", "human")


def test_the_rules_of_every_dial_hold_for_vapi_s_calls(vapi, owner):
    allowed = vapi.put()
    refused = vapi.put()
    (number,) = owner.execute(
        "select recipient_number from public.call_queue where id = %s", [refused]
    ).fetchone()
    vapi.runtime.database.call("suppress", number=number, scope="calls", reason="operator")
    # A day of closed doors, whatever the hour of this test.
    closed = vapi.put(hours_lifted=None, time_window='{"mon": []}')
    called_today = vapi.put()
    owner.execute(
        """insert into public.call_attempts (call_queue_id, kind, attempt_number, to_number, state, sending_at, ended_at)
           select %s, 'talk', 1, q.recipient_number, 'done', now(), now() from public.call_queue q where q.id = %s""",
        [vapi.put(), called_today],
    )

    for _ in range(3):
        vapi.place()

    assert allowed in entries_called(vapi)
    assert not {refused, closed, called_today} & set(entries_called(vapi))
    assert len(entries_called(vapi)) == len(set(entries_called(vapi)))


def test_two_diallers_at_once_dial_each_person_once(vapi):
    entries = [vapi.put() for _ in range(20)]

    diallers = [threading.Thread(target=vapi.place) for _ in range(4)]
    for each in diallers:
        each.start()
    for each in diallers:
        each.join(60)
    # Whoever found everything taken has left; nothing is left to be found.
    vapi.place()

    assert vapi.reporter.idle(20)
    assert sorted(entries_called(vapi)) == sorted(entries)


def test_an_account_is_added_and_tried_from_the_command_line(vapi, run, environ, tmp_path, owner):
    secrets = tmp_path / "secrets"
    secrets.write_text(f"key=k-9\nassistant_id=a-9\nwebhook={json.dumps(WEBHOOK)}\n")
    here = f"{load_settings(environ).public_url}/vapi/events"
    vapi.account.server.url = here
    adding = ("providers", "add", "second", "--kind", "vapi", "--account", "p-9", "--base-url", f"{vapi.url}/vapi",
              "--number", "+12025550189", "--secrets-file", str(secrets))  # fmt: skip
    try:
        code, said, complained = run(*adding)

        assert (code, complained) == (0, "")
        assert "It answers" in said
        assert run("providers", "test", "second")[0] == 0
        vapi.account.server.url = "https://elsewhere.example/"
        code, _, complained = run("providers", "test", "second")
        assert code != 0
        assert here in complained
    finally:
        owner.execute("delete from public.call_service_providers where name = 'second'")


def test_an_account_tells_whether_its_reports_come_here(vapi):
    account = dialler_of(vapi.runtime, NAME)

    assert account.calls.readiness(vapi.account.server.url).problems == ()
    assert len(account.calls.readiness("https://elsewhere.example/vapi/events").problems) == 1


def test_a_message_with_another_proof_is_refused(vapi):
    answer = requests.post(
        vapi.account.server.url,
        data=b"{}",
        headers={"x-signature": "0" * 64, "x-timestamp": str(int(vapi.runtime.now().timestamp()))},
        timeout=10,
    )

    assert answer.status_code == 403


def entries_called(vapi: Vapi) -> list[str]:
    """The entries whose people were really called, one for each call at the provider."""
    rows = vapi.owner.execute("select id::text, call_queue_id::text from public.call_attempts").fetchall()
    of = dict(rows)
    return [of[call["name"]] for call in vapi.made()]
