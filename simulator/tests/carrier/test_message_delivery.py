"""Delivery receipts: which statuses a message goes through and who is told (handbook 6.2, 6.6)."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.carrier.exchange import Exchange
from simulator.carrier.wire.signature import sign
from simulator.phone.client import PhoneClient
from simulator.tests.fake_product import NUMBER, FakeProduct, Rest

PERSON = "+13035550111"
SERVICE = "MG" + "a" * 32


def reported(product: FakeProduct, path: str = "/delivery") -> list[str]:
    return [each.form["MessageStatus"] for each in product.to(path)]


def made(product: FakeProduct, phone: PhoneClient, rest: Rest, **form: str) -> dict:
    """Create a message and wait for the last of its callbacks; the message as it is then."""
    ends = {} if "MessagingServiceSid" in form else {"From": NUMBER}
    defaults = {"To": PERSON, "Body": "Hello", "StatusCallback": f"{product.url}/delivery"}
    answer = rest.post("/Messages.json", data=ends | defaults | form)
    assert answer.status_code == 201, answer.text
    assert phone.callbacks_idle(20)
    return rest.get(f"/Messages/{answer.json()['sid']}.json").json() | {"initial": answer.json()["status"]}


@pytest.mark.parametrize(
    ("name", "form", "knobs"),
    [
        ("no-messaging-service-ok", {}, {}),
        ("messaging-service-ok", {"MessagingServiceSid": SERVICE}, {}),
        ("fails-before-carrier", {}, {"text_errors": {"*": 30002}}),
        ("carrier-rejects", {}, {"text_errors": {PERSON: 30003}}),
        (
            "whatsapp-read",
            {"From": f"whatsapp:{NUMBER}", "To": f"whatsapp:{PERSON}"},
            {"whatsapp_window": "open"},
        ),
    ],
)
def test_callbacks_follow_the_documented_sequences(
    product: FakeProduct,
    phone: PhoneClient,
    rest: Rest,
    message_vectors: dict,
    name: str,
    form: dict,
    knobs: dict,
) -> None:
    [sequence] = [each for each in message_vectors["messaging_status_sequences"] if each.get("id") == name]
    phone.knobs(knobs)

    message = made(product, phone, rest, **form)

    assert message["initial"] == sequence["rest_initial"]
    assert sorted(reported(product)) == sorted(sequence["callbacks"])
    assert message["status"] == sequence["callbacks"][-1]


@pytest.mark.parametrize(
    ("vector", "status"),
    [("doc-status-delivered-rawdlr", "delivered"), ("doc-status-undelivered", "undelivered")],
)
def test_callbacks_carry_the_documented_fields_and_a_signature(
    product: FakeProduct,
    phone: PhoneClient,
    rest: Rest,
    exchange: Exchange,
    message_vectors: dict,
    vector: str,
    status: str,
) -> None:
    [documented] = [each["form"] for each in message_vectors["messaging"] if each["id"] == vector]
    phone.knobs({"text_errors": {PERSON: 30003} if status == "undelivered" else {}})

    made(product, phone, rest)

    [callback] = [each for each in product.to("/delivery") if each.form["MessageStatus"] == status]
    assert set(callback.form) == set(documented)
    assert callback.form.get("ErrorCode") == documented.get("ErrorCode")
    assert callback.headers["X-Twilio-Signature"] == sign(
        exchange.config.auth_token, callback.url, callback.form.items()
    )


def test_a_whatsapp_message_that_was_read_says_so(
    product: FakeProduct, phone: PhoneClient, rest: Rest, message_vectors: dict
) -> None:
    [documented] = [
        each["form"] for each in message_vectors["messaging"] if each["id"] == "doc-status-whatsapp-read"
    ]
    phone.knobs({"whatsapp_window": "open"})

    made(product, phone, rest, From=f"whatsapp:{NUMBER}", To=f"whatsapp:{PERSON}")

    [read] = [each.form for each in product.to("/delivery") if each.form["MessageStatus"] == "read"]
    assert set(read) == set(documented)
    assert (read["EventType"], read["ChannelPrefix"]) == ("READ", "whatsapp")


def test_an_unregistered_number_is_accepted_and_nothing_arrives(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    phone.knobs({"text_errors": {"*": 30034}})

    message = made(product, phone, rest)

    assert (message["initial"], message["status"], message["error_code"]) == ("queued", "undelivered", 30034)
    assert "Unregistered" in message["error_message"]


def test_a_scheduled_message_that_is_taken_back_tells_only_that(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    form = {"MessagingServiceSid": SERVICE, "To": PERSON, "Body": "Later", "SendAt": later}
    extra = {"ScheduleType": "fixed", "StatusCallback": f"{product.url}/delivery"}
    sid = rest.post("/Messages.json", data=form | extra).json()["sid"]

    canceled = rest.post(f"/Messages/{sid}.json", Status="canceled").json()
    again = rest.post(f"/Messages/{sid}.json", Status="canceled")
    assert phone.callbacks_idle()

    assert (canceled["status"], again.status_code) == ("canceled", 400)
    assert reported(product) == ["canceled"]


def test_some_routes_never_confirm_the_delivery(product: FakeProduct, phone: PhoneClient, rest: Rest) -> None:
    phone.knobs({"delivery_receipts": False})

    message = made(product, phone, rest)

    assert (message["status"], reported(product)) == ("sent", ["sent"])


def test_the_service_is_told_unless_the_message_names_somebody(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    product.on("/service", "")
    phone.knobs({"service_status_callback": f"{product.url}/service"})

    made(product, phone, rest, MessagingServiceSid=SERVICE)
    made(product, phone, rest, MessagingServiceSid=SERVICE, StatusCallback="")

    assert sorted(reported(product)) == sorted(reported(product, "/service"))
    assert len(reported(product, "/service")) == 3


@pytest.mark.parametrize(("hostile", "times"), [({"duplicate": 1.0}, 2), ({"drop": 1.0}, 0)])
def test_receipts_come_twice_or_never_when_hostile(
    product: FakeProduct, phone: PhoneClient, rest: Rest, hostile: dict, times: int
) -> None:
    phone.knobs({"hostile": hostile})

    message = made(product, phone, rest)

    assert sorted(reported(product)) == sorted(["sent", "delivered"] * times)
    assert message["status"] == "delivered"


def test_receipts_change_places_when_hostile(product: FakeProduct, phone: PhoneClient, rest: Rest) -> None:
    phone.knobs({"hostile": {"reorder": 0.5, "delay_s": [0, 0.1]}, "loop_guard": "off"})

    arrived = []
    for _ in range(6):
        made(product, phone, rest)
        arrived.append(reported(product)[-2:])

    assert all(sorted(pair) == ["delivered", "sent"] for pair in arrived)
    assert ["delivered", "sent"] in arrived


def test_a_full_queue_refuses_a_number_and_fails_a_service_later(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    phone.knobs({"segments_per_second": 0.5, "message_queue_s": 1})
    first = rest.post("/Messages.json", From=NUMBER, To="+13035550120", Body="Hi").status_code

    refused = rest.post("/Messages.json", From=NUMBER, To=PERSON, Body="Hi")
    sid = rest.post("/Messages.json", MessagingServiceSid=SERVICE, To=PERSON, Body="Hi").json()["sid"]
    phone.wait_text(PERSON, for_="any")
    assert phone.callbacks_idle()

    assert (first, refused.json()["code"]) == (201, 21611)
    assert rest.get(f"/Messages/{sid}.json").json()["error_code"] == 30001
