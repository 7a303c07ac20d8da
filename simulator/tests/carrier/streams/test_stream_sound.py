"""What is heard on a Media Stream at either end: words, marks, hold music, a microphone, a machine (handbook 2.7, 3)."""

from dataclasses import replace

import pytest

from simulator.carrier.exchange import Exchange
from simulator.carrier.legs.lifecycle import phone_in
from simulator.phone.client import PhoneClient
from simulator.tests.carrier.streams.layout import (
    SPEED,
    event,
    frame,
    mark,
    media,
    sid_of,
    sid_of_call,
    streams,
)
from simulator.tests.fake_product import NUMBER, FakeProduct, Rest, Socket


def test_what_is_played_is_heard_marked_and_recorded(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    sound = exchange.synthesize("Good morning to you", "rachel", "ulaw_8000")

    def talk(socket: Socket) -> None:
        socket.until(event("media"))
        socket.send(media(socket, sound), mark(socket, "said"))
        socket.until(event("mark"))

    product.talk = talk
    streams(product, "<Hangup/>")

    view = phone.wait(phone.call(speed=SPEED), "over")

    played, _ = view["heard"]
    assert (played["kind"], played["text"], played["cut"]) == ("play", "Good morning to you", False)
    assert played["duration_s"] == pytest.approx(len(sound) / 8000, abs=0.25)
    kind, recorded = phone.audio(view["sid"], played["n"])
    assert kind == "audio/wav"
    assert (len(recorded) - 44) / 2 >= len(sound) - 320
    [socket] = product.sockets
    frames = [each for each in socket.messages if each["event"] == "media"]
    # The mark comes when the sound has been played, at the pace of the frames that the caller sends.
    assert len(frames) >= len(sound) // 160


def test_clear_cuts_what_is_heard_and_returns_every_mark(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    sound = exchange.synthesize("One two three four five six seven eight nine ten", "rachel", "ulaw_8000")

    def talk(socket: Socket) -> None:
        socket.until(event("media"))
        socket.send(media(socket, sound), mark(socket, "a"), media(socket, sound), mark(socket, "b"))
        for _ in range(60):
            socket.until(event("media"))
        socket.send({"event": "clear", "streamSid": sid_of(socket)})
        socket.until(lambda message: message.get("mark") == {"name": "b"})

    product.talk = talk
    streams(product, "<Hangup/>")

    view = phone.wait(phone.call(speed=SPEED), "over")

    played, _ = view["heard"]
    assert played["cut"] is True
    assert played["text"].startswith("One two")
    assert "ten" not in played["text"]
    marks = [each["mark"]["name"] for each in product.sockets[0].messages if each["event"] == "mark"]
    assert marks == ["a", "b"]


def test_words_are_spoken_into_frames_that_the_book_of_what_is_said_knows(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    def talk(socket: Socket) -> None:
        while (place := exchange.said.find(frame(socket.until(event("media"))))) is None or not place.is_last:
            pass
        for _ in range(50):
            socket.until(event("media"))
        socket.messages.append({"event": "said", "text": place.utterance.text})

    product.talk = talk
    streams(product, "<Hangup/>")

    sid = phone.call(speed=SPEED)
    phone.say(sid, "I would like to book a table", barge_in=True)
    view = phone.wait(sid, "over")

    assert product.sockets[0].messages[-1]["text"] == "I would like to book a table"
    assert view["heard"][0]["text"] == "I would like to book a table"
    [utterance] = exchange.said.of_call(sid)
    assert utterance.words_by(utterance.lasts_s) == utterance.text
    assert utterance.text.startswith(utterance.words_by(utterance.lasts_s / 2) + " ")
    # Nothing came of it: the silence since the last word was owed.
    last = view["ear"]["owed"][-1]
    assert (last["since"], last["until"]) == ("turn", "hangup")
    assert last["silence_s"] >= 50 * 0.02 / SPEED


def test_a_polite_caller_waits_until_the_bot_is_silent(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    sound = exchange.synthesize("Please tell me your name", "rachel", "ulaw_8000")

    def talk(socket: Socket) -> None:
        socket.until(event("media"))
        socket.send(media(socket, sound))
        while exchange.said.find(frame(socket.until(event("media")))) is None:
            pass
        socket.until(
            lambda message: message["event"] == "media" and exchange.said.find(frame(message)) is None
        )

    product.talk = talk
    streams(product, "<Hangup/>")

    sid = phone.call(speed=SPEED)
    phone.say(sid, "Anna")
    asked, said, _ = phone.wait(sid, "over")["heard"]

    assert said["at_s"] >= asked["at_s"] + asked["duration_s"]


def test_whoever_sees_that_the_bot_speaks_sees_that_it_is_not_their_turn(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    sound = exchange.synthesize("Are you still there", "rachel", "ulaw_8000")
    turns: list[str | None] = []
    publish = exchange.feed.publish

    def look(kind: str, sid: str, data: dict) -> None:
        if kind == "heard" and not data.get("ended"):
            turns.append(exchange.live[sid].waiting())
        publish(kind, sid, data)

    def talk(socket: Socket) -> None:
        # Their turn has come before the bot speaks.
        phone.wait(sid_of_call(socket), "turn")
        socket.send(media(socket, sound), mark(socket, "said"))
        socket.until(event("mark"))

    exchange.feed.publish = look
    product.talk = talk
    streams(product, "<Hangup/>")

    phone.wait(phone.call(speed=SPEED), "over")

    assert turns[0] is None


def test_a_stream_takes_the_time_of_life_in_a_hasty_simulator_unless_a_call_is_asked_to_be_faster(
    exchange: Exchange,
) -> None:
    own = exchange.numbers.all()[0]
    exchange.config = replace(exchange.config, speed=3.0)

    speeds = [phone_in(exchange, "+12025550123", own, asked).stream_speed for asked in (None, 20.0, 0.0)]

    assert speeds == [1.0, 20.0, 1.0]


def test_hold_music_and_a_microphone_go_into_the_frames(product: FakeProduct, phone: PhoneClient) -> None:
    loud: list[bytes] = []

    def talk(socket: Socket) -> None:
        while len(loud) < 20:
            sound = frame(socket.until(event("media")))
            if len(set(sound)) > 20:
                loud.append(sound)

    product.talk = talk
    streams(product, "<Hangup/>")

    sid = phone.call(speed=SPEED)
    phone.sound(sid, "music", 2.0)
    phone.wait(sid, "over")

    assert len(set(loud)) > 10


@pytest.mark.parametrize(
    ("kind", "more", "text"),
    [("voicemail", {"says": ["Leave a message"]}, "Leave a message"), ("hold-music", {}, None)],
)
def test_a_machine_that_was_dialled_is_heard_at_once(
    product: FakeProduct,
    phone: PhoneClient,
    rest: Rest,
    exchange: Exchange,
    kind: str,
    more: dict,
    text: str | None,
) -> None:
    def talk(socket: Socket) -> None:
        loud = 0
        while loud < 15:
            loud += len(set(frame(socket.until(event("media"))))) > 20

    product.talk = talk
    streams(product, "<Hangup/>")
    phone.operator(kind, number="+12025550177", ring_s=0, speed=SPEED, **more)

    sid = rest.post("/Calls.json", From=NUMBER, To="+12025550177", Url=f"{product.url}/voice").json()["sid"]
    view = phone.wait(sid, "over")

    assert [each.text for each in exchange.said.of_call(sid)] == ([text] if text else [])
    assert [item["text"] for item in view["heard"] if item["kind"] == "caller"] == ([text] if text else [])
