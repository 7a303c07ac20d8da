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
from tests.services.calls.aftermath import Connection
from tests.services.verification.verification_desk import code_of, new_number
from tests.support.apps import app_of
from tests.webhooks.conftest import Sender, verbs
from voicebot.domain.handover import Handover, HandoverOutcome
from voicebot.providers.twilio.telephony import TwilioTelephony
from voicebot.runtime import Runtime
from voicebot.services.dialling.dial import place_dials
from voicebot.services.verification import verify_phone
from voicebot.services.verification.read_out import DIGITS
from voicebot.storage import dials
from voicebot.storage.database import DatabaseAway
from voicebot.storage.dials import DialLimits
from voicebot.transports.twilio.urls import RETRY

pytestmark = pytest.mark.sql


# --- signed requests ------------------------------------------------------------------------------


@pytest.fixture
def attempt(sender: Sender, owner: Connection) -> str:
    """A call that has been placed."""
    owner.execute("delete from public.verification_counters")
    # Calls of earlier tests hold no line.
    owner.execute("update public.call_attempts set state = 'done' where state <> 'failed'")
    runtime = sender.runtime
    verify_phone.start(runtime, new_number(), "call")
    token = uuid4()
    (dial,) = dials.claim_calls(runtime.database, "codes", token=token, lease_s=60, limits=DialLimits()).dials
    placed = Handover(HandoverOutcome.SENT, sid="CA1")
    owner.execute("update public.call_attempts set call_sid = null where call_sid = 'CA1'")
    dials.finish_dial(runtime.database, dial.attempt_id, token=token, handover=placed)
    return str(dial.attempt_id)


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


@pytest.mark.parametrize(
    "path", ["/twilio/voice/outbound?v={}", "/twilio/voice/outbound?v={}&a=1", "/twilio/voice/outbound"]
)
def test_a_call_is_known_by_its_former_address_and_by_its_own_id(
    sender: Sender, attempt: str, path: str
) -> None:
    said = asked(sender, path.format(attempt), Digits="1" if "&a=1" in path else "")

    assert (b"Once more" if "&a=1" in path else b"Press 1 to hear it") in said.data


def test_the_row_says_that_a_call_talks(sender: Sender, attempt: str, owner: Connection) -> None:
    sid = f"CA{uuid4().hex}"
    owner.execute(
        "update public.call_attempts set kind = 'talk', call_sid = %s where id = %s", [sid, attempt]
    )

    said = sender.post(
        f"/twilio/voice/outbound?attempt={attempt}",
        CallSid=sid, Direction="outbound-api", From="+12025550100", To="+12025550123",
    )  # fmt: skip

    assert b"verification code" not in said.data
    assert owner.execute(
        "select count(*) from public.call_states s join public.call_history c on c.id = s.call_id where c.call_sid = %s",
        [sid],
    ).fetchone() == (1,)


@pytest.mark.parametrize("form", [{"CallSid": "CA-another"}, {"CallSid": ""}])
def test_a_call_that_came_too_late_or_has_no_name_is_ended(
    sender: Sender, attempt: str, form: dict[str, str]
) -> None:
    said = sender.post(f"/twilio/voice/outbound?attempt={attempt}", **({"Direction": "outbound-api"} | form))

    assert verbs(said) == ["Say", "Hangup"]
    assert b"code" not in said.data


def test_without_the_database_a_call_of_ours_is_asked_for_patience_twice(
    sender: Sender, attempt: str
) -> None:
    database = sender.runtime.database
    answered = database.call
    database.call = unreachable
    path, said = f"/twilio/voice/outbound?attempt={attempt}", []
    for _ in range(3):
        said.append(asked(sender, path))
        if verbs(said[-1])[-1] == "Redirect":
            path = said_path(said[-1], sender)
    asking = asked(sender, f"/twilio/voice/outbound?attempt={attempt}&asked=1")
    database.call = answered

    assert [verbs(answer)[-1] for answer in said] == ["Redirect", "Redirect", "Hangup"]
    # Asking for the key needs no row.
    assert verbs(asking) == ["Gather", "Say"]
    assert b"Press 1 to hear it" in asked(sender, said_path(said[1], sender)).data


def unreachable(*_: Any, **__: Any) -> Any:
    raise DatabaseAway("away")


def said_path(answer: Any, sender: Sender) -> str:
    onward = ElementTree.fromstring(answer.data).find("Redirect").text
    return str(onward.removeprefix(sender.runtime.settings.public_url).removesuffix(RETRY))


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
        server.app = app_of(made)
        yield made


def call_with_code(house: Runtime, simulator: PhoneClient, owner: Connection) -> dict[str, Any]:
    """Have a code brought by a call; return the call as the carrier saw it, with `code` and how it was settled."""
    owner.execute("delete from public.verification_counters")
    number = new_number()
    verify_phone.start(house, number, "call")
    code = code_of(house, number)
    while place_dials(house):
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
    digits = DIGITS.split()
    return "".join(str(digits.index(word)) for word in words if word in digits)


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
