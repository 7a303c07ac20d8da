"""Media Streams: what the carrier sends over the websocket, and where the call goes afterwards (handbook 2.7, 3)."""

import base64
import socket
import time

import pytest

from simulator.carrier.streams.socket import OPEN_WITHIN_S
from simulator.carrier.wire.signature import sign
from simulator.phone.client import PhoneClient
from simulator.tests.carrier.streams.layout import SPEED, event, mark, streams
from simulator.tests.fake_product import ACCOUNT, TOKEN, FakeProduct, Rest, Socket
from tests.support.waiting import wait_for


def test_a_stream_is_signed_and_begins_with_what_the_handbook_says(
    product: FakeProduct, phone: PhoneClient
) -> None:
    def talk(socket: Socket) -> None:
        for _ in range(5):
            socket.until(event("media"))

    product.talk = talk
    streams(product, "<Hangup/>")

    sid = phone.call(speed=SPEED)
    phone.wait(sid, "over")

    [socket] = product.sockets
    headers = socket.connection.request.headers
    assert headers["X-Twilio-Signature"] == sign(TOKEN, f"{product.socket_url}/media")
    connected, start, *frames = socket.messages
    assert connected == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
    assert start["sequenceNumber"] == "1"
    assert start["start"]["callSid"] == sid
    assert start["start"]["customParameters"] == {"token": "t 1"}
    assert [frame["sequenceNumber"] for frame in frames] == ["2", "3", "4", "5", "6"]
    assert [frame["media"]["timestamp"] for frame in frames] == ["5", "25", "45", "65", "85"]
    assert {len(base64.b64decode(frame["media"]["payload"])) for frame in frames} == {160}


def test_keys_go_out_at_once(product: FakeProduct, phone: PhoneClient) -> None:
    product.talk = lambda socket: socket.until(event("dtmf")) and None
    streams(product, "<Hangup/>")

    sid = phone.call(speed=SPEED)
    phone.keys(sid, "5")
    phone.wait(sid, "over")

    assert product.sockets[0].messages[-1]["dtmf"] == {"track": "inbound_track", "digit": "5"}


def test_a_hang_up_stops_the_stream_and_its_callback_is_told(
    product: FakeProduct, phone: PhoneClient
) -> None:
    product.on("/stream", "")
    streams(product, "<Say>Nobody hears this</Say>", more=' statusCallback="/stream" name="mine"')

    sid = phone.call(speed=SPEED)
    phone.wait(sid, "turn", timeout_s=20)
    phone.hangup(sid)
    view = phone.wait(sid, "over")
    assert phone.callbacks_idle()

    [socket] = product.sockets
    assert socket.messages[-1]["stop"] == {"accountSid": ACCOUNT, "callSid": sid}
    assert socket.code == 1000
    told = [each.form for each in product.to("/stream")]
    assert {each["StreamEvent"] for each in told} == {"stream-started", "stream-stopped"}
    assert {(each["StreamName"], each["CallSid"]) for each in told} == {("mine", sid)}
    assert [item["kind"] for item in view["heard"]] == ["hangup"]


def test_an_update_over_rest_ends_the_stream_and_the_call_goes_on_there(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    streams(product)

    sid = phone.call(speed=SPEED)
    wait_for(lambda: product.sockets and len(product.sockets[0].messages) > 5)
    rest.post(f"/Calls/{sid}.json", Twiml="<Response><Say>Goodbye</Say></Response>")
    view = phone.wait(sid, "over")

    assert [item["text"] for item in view["heard"]] == ["Goodbye", "bot"]
    assert product.sockets[0].messages[-1]["event"] == "stop"


@pytest.mark.parametrize(("knob", "expected"), [("next_verb", ["Still here", "bot"]), ("hang_up", ["bot"])])
def test_after_the_app_closed_the_stream_the_next_verb_runs_or_the_call_ends(
    product: FakeProduct, phone: PhoneClient, knob: str, expected: list[str]
) -> None:
    phone.knobs({"stream_closed": knob})
    product.talk = lambda socket: None
    streams(product, "<Say>Still here</Say>")

    view = phone.wait(phone.call(speed=SPEED), "over")

    assert [item["text"] for item in view["heard"]] == expected


def test_with_an_action_the_call_goes_on_there(product: FakeProduct, phone: PhoneClient) -> None:
    product.talk = lambda socket: None
    streams(product, "<Say>Not this</Say>", attributes=' action="/after"')
    product.says("<Say>This</Say>", path="/after")

    view = phone.wait(phone.call(speed=SPEED), "over")

    assert [item["text"] for item in view["heard"]] == ["This", "bot"]
    assert product.to("/after")[0].form["CallStatus"] == "in-progress"


def test_a_refused_upgrade_is_31920_and_the_next_verb_runs(product: FakeProduct, phone: PhoneClient) -> None:
    product.refuses = 403
    product.on("/stream", "")
    streams(product, "<Say>So be it</Say>", more=' statusCallback="/stream"')

    view = phone.wait(phone.call(speed=SPEED), "over")
    assert phone.callbacks_idle()

    assert [item["text"] for item in view["heard"]] == ["So be it", "bot"]
    assert [alert["error_code"] for alert in view["alerts"]] == [31920]
    [told] = product.to("/stream")
    assert told.form["StreamEvent"] == "stream-error"
    assert told.form["StreamError"].startswith("31920")


@pytest.mark.parametrize(
    ("url", "code"),
    [("http://127.0.0.1/media", 31922), ("ws://example.com/media", 31922), ("ws://127.0.0.1:1/", 31902)],
)
def test_what_is_no_websocket_of_anybody_is_not_opened(
    product: FakeProduct, phone: PhoneClient, url: str, code: int
) -> None:
    product.says(f'<Connect><Stream url="{url}"/></Connect><Hangup/>')

    view = phone.wait(phone.call(speed=SPEED), "over")

    assert [alert["error_code"] for alert in view["alerts"]] == [code]


def test_nonsense_is_told_to_the_debugger_once(product: FakeProduct, phone: PhoneClient) -> None:
    def talk(socket: Socket) -> None:
        socket.until(event("media"))
        socket.send(b"\x00", b"\x00", "nonsense", "{}", mark(socket, "end"))
        socket.until(event("mark"))

    product.talk = talk
    streams(product, "<Hangup/>")

    view = phone.wait(phone.call(speed=SPEED), "over")

    assert [alert["error_code"] for alert in view["alerts"]] == [31950, 31951]


def test_the_signature_may_be_of_the_same_url_with_https(product: FakeProduct, phone: PhoneClient) -> None:
    phone.knobs({"wss_signature": "https"})
    product.talk = lambda socket: None
    streams(product, "<Hangup/>")

    phone.wait(phone.call(speed=SPEED), "over")

    url = f"{product.socket_url}/media"
    headers = product.sockets[0].connection.request.headers
    assert headers["X-Twilio-Signature"] == sign(TOKEN, url.replace("ws:", "http:"))


def test_who_hangs_up_does_not_wait_for_an_app_that_does_not_answer(
    product: FakeProduct, phone: PhoneClient
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        product.says(f'<Connect><Stream url="ws://127.0.0.1:{silent.getsockname()[1]}/"/></Connect>')

        sid = phone.call(speed=SPEED)
        held, _ = silent.accept()
        began = time.monotonic()
        phone.hangup(sid)
        phone.wait(sid, "over")
        held.close()

    assert time.monotonic() - began < OPEN_WITHIN_S / 2
