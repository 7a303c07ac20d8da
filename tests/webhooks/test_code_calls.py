"""Calls that bring a code, over the wire: a person presses the key and hears it, a voicemail box does not."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import psycopg
import pytest
from flask import Flask
from werkzeug.serving import make_server

from simulator.app import create_app as create_simulator
from simulator.config import SimulatorConfig
from simulator.phone.client import PhoneClient
from tests.services.aftermath import Connection
from tests.services.verification_desk import code_of, new_number
from tests.webhooks.conftest import Sender, verbs
from voicebot.providers.twilio.telephony import TwilioTelephony
from voicebot.runtime import Runtime
from voicebot.services.dialling.dial import dial_verifications
from voicebot.services.verification import verify_phone
from voicebot.services.verification.read_out import DIGITS
from voicebot.storage.verification import sends
from voicebot.transports.twilio.urls import RETRY
from webhooks.app import create_app

pytestmark = pytest.mark.sql


# --- signed requests ------------------------------------------------------------------------------


@pytest.fixture
def attempt(sender: Sender, owner: Connection) -> str:
    """A call that has been placed."""
    owner.execute("delete from public.verification_counters")
    runtime = sender.runtime
    verify_phone.start(runtime, new_number(), "call")
    (call,) = sends.claim_verification_calls(runtime.database, token=(token := uuid4()), lease_s=60, batch=1)
    sends.finish_verification_call(
        runtime.database, call.attempt_id, token=token, outcome="placed", call_sid=f"CA{uuid4().hex}"
    )
    return str(call.attempt_id)


def asked(sender: Sender, path: str, **form: str) -> Any:
    return sender.post(path, CallSid="CA1", Direction="outbound-api", **form)


def test_a_key_is_asked_for_and_then_the_code_is_read(sender: Sender, attempt: str) -> None:
    first = asked(sender, f"/twilio/voice/outbound?attempt={attempt}")
    action = ElementTree.fromstring(first.data).find("Gather").attrib["action"]
    path = action.removeprefix(sender.runtime.settings.public_url).removesuffix(RETRY)

    told = [asked(sender, path, Digits="1") for _ in range(3)]
    unpressed = [
        asked(sender, path, **form) for form in ({}, {"Digits": ""}, {"Digits": "2"}, {"Digits": "11"})
    ]

    assert verbs(first) == ["Gather", "Say"]
    assert b"Once more" in told[0].data
    assert {answer.data for answer in told} == {told[0].data}
    assert [verbs(answer) for answer in unpressed] == [["Gather", "Say"]] * 4


@pytest.mark.parametrize(
    "more",
    ["", "&asked=1", "&asked=2", "&asked=999999999", "&read=3", "&pressed=1", "&asked=x&read=-1&tried=%00"],
)
@pytest.mark.parametrize("digits", [None, "", "1", "2", "11", "hangup", "\u0661"])
def test_any_step_is_a_document(sender: Sender, attempt: str, more: str, digits: str | None) -> None:
    form = {} if digits is None else {"Digits": digits}

    assert verbs(asked(sender, f"/twilio/voice/outbound?attempt={attempt}{more}", **form))


def test_a_database_that_does_not_answer_keeps_nobody_waiting(sender: Sender, attempt: str, dsn: str) -> None:
    with psycopg.connect(dsn) as slow:
        slow.execute("select from public.call_attempts where id = %s for update", [attempt])
        began = time.monotonic()
        answer = asked(sender, f"/twilio/voice/outbound?attempt={attempt}&asked=1", Digits="1")
        waited_s = time.monotonic() - began

    assert waited_s < 3
    assert verbs(answer) == ["Say", "Pause", "Redirect"]
    path = ElementTree.fromstring(answer.data).find("Redirect").text
    path = path.removeprefix(sender.runtime.settings.public_url).removesuffix(RETRY)
    # The redirect brings no key, and it is not asked for a second time.
    assert b"Once more" in asked(sender, path).data


# --- a whole call ---------------------------------------------------------------------------------


def served(app: Flask | None) -> Iterator[Any]:
    """A server on a free port; its app may be put in later."""
    server = make_server("127.0.0.1", 0, app or Flask("later"), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


@pytest.fixture
def simulator(runtime: Runtime) -> Iterator[PhoneClient]:
    """The simulated carrier in compressed time, with the account of the service."""
    for server in served(None):
        settings = runtime.settings
        config = SimulatorConfig(
            settings.twilio_account_sid,
            settings.twilio_auth_tokens[0],
            number=settings.twilio_phone_number,
            port=server.server_port,
            speed=0.0,
        )
        server.app = create_simulator(config)
        phone = PhoneClient(config.base_url)
        # Whoever does nothing is silent at once.
        phone.knobs({"patience_s": 0.05})
        yield phone


@pytest.fixture
def house(
    make_runtime: Callable[..., Runtime], runtime: Runtime, simulator: PhoneClient
) -> Iterator[Runtime]:
    """The service behind an address of its own, whose calls the simulator carries."""
    for server in served(None):
        settings = runtime.settings.model_copy(
            update={"public_url": f"http://127.0.0.1:{server.server_port}"}
        )
        account = settings.twilio_account_sid, settings.twilio_auth_tokens[0]
        made = make_runtime(settings=settings, telephony=TwilioTelephony(*account, simulator.base_url))
        server.app = create_app(made)
        yield made


def call_with_code(house: Runtime, simulator: PhoneClient, owner: Connection) -> dict[str, Any]:
    """Have a code brought by a call; return the call as the carrier saw it, with `code` and how it was settled."""
    owner.execute("delete from public.verification_counters")
    number = new_number()
    verify_phone.start(house, number, "call")
    code = code_of(house, number)
    while dial_verifications(house):
        pass
    (sid,) = owner.execute(
        "select call_sid from public.call_attempts where to_number = %s", [number]
    ).fetchone()
    view = simulator.wait(sid, "over")
    assert simulator.callbacks_idle()
    settled = owner.execute(
        """select a.state, a.error, c.outcome from public.call_attempts a
             join public.call_history c on c.call_sid = a.call_sid where a.call_sid = %s""",
        [sid],
    ).fetchone()
    return view | {"code": code, "settled": settled}


def digits_heard(view: dict[str, Any]) -> str:
    words = [str(item["text"]).rstrip(".") for item in view["heard"] if item["kind"] == "say"]
    return "".join(str(DIGITS.index(word)) for word in words if word in DIGITS)


def test_a_person_presses_the_key_and_hears_the_code(
    house: Runtime, simulator: PhoneClient, owner: Connection
) -> None:
    simulator.operator("answer", ring_s=0.0)

    view = call_with_code(house, simulator, owner)

    assert digits_heard(view) == view["code"] * 2
    assert [item["text"] for item in view["heard"] if item["kind"] == "key"] == ["1"]
    assert view["settled"] == ("done", None, "code_heard")
    assert view["alerts"] == []


def test_a_person_who_missed_it_hears_it_again(
    house: Runtime, simulator: PhoneClient, owner: Connection
) -> None:
    simulator.operator("answer", ring_s=0.0, obeys=2)

    assert digits_heard(view := call_with_code(house, simulator, owner)) == view["code"] * 4


def test_a_voicemail_box_keeps_no_code(house: Runtime, simulator: PhoneClient, owner: Connection) -> None:
    simulator.operator("voicemail", ring_s=0.0)

    view = call_with_code(house, simulator, owner)

    words = " ".join(str(item["text"]) for item in view["heard"])
    assert words.count("Press 1 to hear it") == 2
    assert (digits_heard(view), view["code"] in words) == ("", False)
    assert view["settled"] == ("done", "not_heard", "code_not_heard")
    assert view["alerts"] == []
