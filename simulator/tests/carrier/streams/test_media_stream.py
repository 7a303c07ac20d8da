"""Media Streams: what the carrier sends over the websocket, in real time, and where the call goes afterwards (handbook 2.7, 3)."""

import base64

from simulator.carrier.wire.signature import sign
from simulator.phone.client import PhoneClient
from simulator.tests.fake_product import TOKEN, FakeProduct, Socket

SPEED = 20.0


def streams(product: FakeProduct, *after: str, more: str = "", attributes: str = "") -> None:
    """Lay out a call that goes to a stream, and to some verbs after it."""
    parameter = '<Parameter name="token" value="t 1"/>'
    url = f"{product.socket_url}/media"
    product.says(
        f'<Connect{attributes}><Stream url="{url}"{more}>{parameter}</Stream></Connect>{"".join(after)}'
    )


def event(name: str):
    return lambda message: message["event"] == name


def media(socket: Socket, audio: bytes) -> dict:
    sid = socket.messages[1]["streamSid"]
    return {"event": "media", "streamSid": sid, "media": {"payload": base64.b64encode(audio).decode()}}


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
