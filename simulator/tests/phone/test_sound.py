"""The sound of a call over the phone's API: listened to as it comes, and spoken into by a microphone."""

import base64

import pytest
import requests

from simulator.carrier.exchange import Exchange
from simulator.carrier.streams.tap import CLEAR, SOUND, Tap
from simulator.phone.client import PhoneClient
from simulator.tests.fake_product import FakeProduct, Socket
from tests.support.waiting import wait_for


def pieces(body: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 0
    while at < len(body):
        length = int.from_bytes(body[at + 1 : at + 5], "big")
        found.append((body[at : at + 1], body[at + 5 : at + 5 + length]))
        at += 5 + length
    return found


def test_every_frame_that_is_played_is_heard_by_who_listens_until_the_call_is_over(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    sound = bytes(range(1, 201)) * 8

    def talk(socket: Socket) -> None:
        socket.until(lambda message: message["event"] == "start")
        wait_for(lambda: listened)
        sid = socket.messages[1]["streamSid"]
        payload = base64.b64encode(sound).decode()
        socket.send({"event": "media", "streamSid": sid, "media": {"payload": payload}})
        socket.send({"event": "mark", "streamSid": sid, "mark": {"name": "m"}})
        socket.until(lambda message: message["event"] == "mark")

    listened: list[requests.Response] = []
    product.talk = talk
    product.says(f'<Connect><Stream url="{product.socket_url}/media"/></Connect><Hangup/>')

    sid = phone.call(speed=10.0)
    listened.append(requests.get(f"{phone.base_url}/phone/calls/{sid}/listen", stream=True, timeout=10))
    heard = pieces(listened[0].content)

    assert b"".join(piece for what, piece in heard if what == SOUND) == sound
    assert {what for what, _ in heard} == {SOUND, CLEAR}
    assert exchange.live[sid].line.over


def test_who_listens_to_a_call_that_is_over_hears_nothing() -> None:
    tap = Tap()
    tap.end()

    assert list(tap.listen()) == []


def test_who_listens_late_hears_the_last_second_too() -> None:
    now = [0.0]
    tap = Tap(lambda: now[0])
    for word in (b"long ago", b"before", b"now"):
        tap.sound(word)
        now[0] += 0.7

    listener = tap.listen()
    heard = [next(listener) for _ in range(2)]
    tap.sound(b"later")

    assert [pieces(each) for each in [*heard, next(listener)]] == [
        [(CLEAR, b"")],
        [(SOUND, b"now")],
        [(SOUND, b"later")],
    ]


def test_a_microphone_s_sound_goes_into_the_frames_as_it_is(product: FakeProduct, phone: PhoneClient) -> None:
    spoken = bytes(range(160)) + bytes(range(90))

    def talk(socket: Socket) -> None:
        socket.until(lambda message: message["event"] == "media" and frame(message) == spoken[:160])
        socket.until(lambda message: message["event"] == "media")

    def frame(message: dict) -> bytes:
        return base64.b64decode(message["media"]["payload"])

    product.talk = talk
    product.says(f'<Connect><Stream url="{product.socket_url}/media"/></Connect><Hangup/>')

    sid = phone.call(speed=5.0)
    wait_for(lambda: phone.get(sid)["on_stream"] == "media")
    audio = base64.b64encode(spoken).decode()
    answer = requests.post(
        f"{phone.base_url}/phone/calls/{sid}/microphone", json={"audio": audio}, timeout=10
    )
    phone.wait(sid, "over")

    assert answer.json() == {"sid": sid, "heard": True}
    # The rest of a frame that the microphone did not fill is silence.
    assert frame(product.sockets[0].messages[-1]) == spoken[160:] + b"\xff" * 70


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("microphone", {}),
        ("microphone", {"audio": "%%"}),
        ("microphone", {"audio": base64.b64encode(bytes(16_001)).decode()}),
        ("sound", {"kind": "laughter"}),
        ("sound", {"kind": "music", "for_s": 1000}),
    ],
)
def test_what_is_no_sound_is_refused(product: FakeProduct, phone: PhoneClient, path: str, body: dict) -> None:
    product.says("<Pause/>")
    sid = phone.call()

    answer = requests.post(f"{phone.base_url}/phone/calls/{sid}/{path}", json=body, timeout=10)

    assert answer.status_code == 400
    assert answer.json()["error"]
