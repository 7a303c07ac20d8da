"""A call that goes to a Media Stream, and the messages of its socket."""

import base64

from simulator.tests.fake_product import FakeProduct, Socket

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


def sid_of_call(socket: Socket) -> str:
    socket.until(event("media"))
    return socket.messages[1]["start"]["callSid"]


def sid_of(socket: Socket) -> str:
    return socket.messages[1]["streamSid"]


def media(socket: Socket, audio: bytes) -> dict:
    return {
        "event": "media",
        "streamSid": sid_of(socket),
        "media": {"payload": base64.b64encode(audio).decode()},
    }


def mark(socket: Socket, name: str) -> dict:
    return {"event": "mark", "streamSid": sid_of(socket), "mark": {"name": name}}


def frame(message: dict) -> bytes:
    return base64.b64decode(message["media"]["payload"])
